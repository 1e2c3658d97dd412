//! Staff: the companies, one of them, its record, whom we ask there, its terms. Read in this order.

mod list;
mod show;
mod edit;
mod roles;
mod terms;

use chassis::Routes;

pub(crate) fn routes(routes: Routes) -> Routes {
    terms::routes(roles::routes(edit::routes(show::routes(list::routes(routes)))))
}
