//! The pages of a company's admins. Read in this order: who may, their companies, one company with its
//! seats, giving seats, one seat.

mod who;
mod mine;
mod company;
mod offer;
mod seat;

use chassis::Routes;

pub(super) use who::administered;

pub(crate) fn routes(routes: Routes) -> Routes {
    seat::routes(offer::routes(company::routes(mine::routes(routes))))
}
