//! Who gives a company's seats: its admins, and those of the company it is a branch of. A handler that
//! takes one of these types is reached by nobody else; all others are told that there is no such page.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use chassis::{App, Error, Failure, Form, Page, Reader, Result, SignedIn, Tx};
use contracts::{CompanyId, SeatId};
use uuid::Uuid;

use crate::companies;
use crate::companies::domain::{Company, Role};
use crate::seats::domain::Seat;
use crate::seats::tables;

/// A company whose seats the reader gives.
pub(in crate::seats) struct Administered {
    pub(in crate::seats) company: Company,
    /// The company it is a branch of.
    pub(in crate::seats) parent: Option<Company>,
}

impl Administered {
    /// Whose terms cover it.
    pub(in crate::seats) fn root(&self) -> CompanyId {
        self.company.root()
    }

    pub(in crate::seats) fn path(&self) -> String {
        format!("/companies/{}", self.company.id)
    }
}

/// A seat of a company whose seats the reader gives.
pub(super) struct AdministeredSeat {
    pub(super) seat: Seat,
    pub(super) of: Administered,
}

/// What was sent about a thing that the reader may change.
pub(super) struct Sent<T> {
    pub(super) to: T,
    pub(super) form: Form,
}

/// The company of this id, when `reader` gives its seats.
///
/// # Errors
/// `NotFound`, whether there is no such company or it is not theirs.
pub(in crate::seats) async fn administered(
    tx: &Tx,
    reader: &Reader,
    id: CompanyId,
) -> Result<Administered> {
    let unknown = || Error::not_found("company", id);
    let runs = |company: &Company| company.holders(Role::Admin).any(|admin| reader.is(admin));
    let company = companies::tables::load(tx, id).await?.ok_or_else(unknown)?;
    let parent = match company.parent {
        Some(parent) => companies::tables::load(tx, parent).await?,
        None => None,
    };
    if runs(&company) || parent.as_ref().is_some_and(runs) {
        Ok(Administered { company, parent })
    } else {
        Err(unknown())
    }
}

/// Who asks, and the id in the path.
async fn asked(parts: &mut Parts, app: &App) -> Result<(Page<SignedIn>, Uuid), Failure> {
    let page = Page::<SignedIn>::from_request_parts(parts, app).await?;
    let id = Path::<Uuid>::from_request_parts(parts, app).await;
    let Path(id) = id.map_err(|_| Error::not_found("page", page.path()))?;
    Ok((page, id))
}

impl FromRequestParts<App> for Administered {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let (page, id) = asked(parts, app).await?;
        Ok(page.read(async |tx| administered(tx, page.reader(), id.into()).await).await?)
    }
}

impl FromRequestParts<App> for AdministeredSeat {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let (page, id) = asked(parts, app).await?;
        let read = async |tx: &Tx| {
            let seat = tables::load(tx, SeatId(id)).await?;
            let seat = seat.ok_or_else(|| Error::not_found("seat", id))?;
            let of = administered(tx, page.reader(), seat.company).await?;
            Ok(Self { seat, of })
        };
        Ok(page.read(read).await?)
    }
}

impl<T: FromRequestParts<App, Rejection = Failure> + Send> FromRequest<App> for Sent<T> {
    type Rejection = Failure;

    /// A form that is none of ours is refused before anything is said of what it is about.
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let to = T::from_request_parts(&mut parts, app).await;
        let form = Form::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Self { to: to?, form })
    }
}
