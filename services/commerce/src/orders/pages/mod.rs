//! The payer's pages: paying an order, and what was bought before. Read in this order.

mod sheet;
mod steps;
mod checkout;
mod billing;

use chassis::Routes;

pub(crate) use sheet::Sheet;

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    billing::routes(checkout::routes(routes))
}
