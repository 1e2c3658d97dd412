//! Staff: find people, look at one, introduce one. Read in this order.

mod list;
mod life;
mod one;
mod introduce;

use chassis::Routes;

pub(crate) fn routes(routes: Routes) -> Routes {
    introduce::routes(one::routes(list::routes(routes)))
}
