//! How somebody stands, for themselves and for staff. Read in this order: the rows, the page.

mod rows;
mod home;

use chassis::Routes;

pub(crate) use rows::{
    ApplicationRow, TermRow, application_rows, member_until, sentence, standing_word, term_rows,
};

pub(crate) fn routes(routes: Routes) -> Routes {
    home::routes(routes)
}
