//! The pages of an applicant. Read in this order: the choice and the form, the course of an
//! application in steps, the page that shows it.

mod join;
mod course;
mod show;

use chassis::Routes;

pub(crate) fn routes(routes: Routes) -> Routes {
    show::routes(join::routes(routes))
}
