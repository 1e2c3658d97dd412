//! Pages: who asks (by the handler's type), what they may, and the answer in the site's frame.
//!
//! Read in this order: the roles, who is there, [`Page`] here, what was seen, the frame.

mod role;
mod who;
mod seen;
mod bare;
pub(crate) mod frame;
pub(crate) mod own;

use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use axum::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, VARY};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, Utc};
use contracts::PersonId;
use cookie::Cookie;
use messaging::{Actor, Command, Committed, Error, Result, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use bare::bare;
pub use role::{
    AnyStaff, Anyone, Known, Needs, Operator, Role, SignedIn, Staff, StaffAdmin, StaffContent,
    StaffFinance, StaffIdentity, StaffMembership, StaffOutreach, StaffRole,
};
pub(crate) use who::Patience;

use crate::app::App;
use crate::form::{self, CSRF_COOKIE, Fields, Form};
use crate::http::visit::Visit;
use crate::http::{Answer, Failure, cookie_of, html};
use crate::readers::{Act, Menu, Reader, Thing, may};
use crate::signin;
use crate::ui::{Asked, Confirm, ConfirmHtml, List, Listed, Wanted};
use frame::{Again, Frame};
use seen::SeenPositions;

/// One request for a page by somebody whom `R` lets in; the first parameter of every handler.
pub struct Page<R = Anyone> {
    app: App,
    visit: Visit,
    reader: Arc<Reader>,
    menu: Arc<Menu>,
    method: Method,
    path: String,
    headers: HeaderMap,
    seen: SeenPositions,
    /// Set when what the reader just did elsewhere is not yet known here.
    as_of: Option<DateTime<Utc>>,
    csrf: OnceLock<String>,
    role: PhantomData<fn() -> R>,
}

/// Put into a request by whoever answers it at another path than the browser asked for, so that the
/// page knows the browser's.
#[derive(Debug, Clone)]
pub struct AskedPath(pub String);

/// Answers that were rendered as they should be; [`crate::http::outer`] leaves them alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dressed;

impl<R: Role> Page<R> {
    /// The service.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Who asks.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Who acts, for a command: staff where the route is for staff, else the person or a visitor.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let correlation = self.visit.correlation();
        match self.reader.viewed_by.or(self.reader.person) {
            None => Actor::visitor(correlation),
            Some(person) if self.reader.viewed_by.is_some() => Actor::staff(person, correlation),
            Some(person) if R::ACTS_AS_STAFF => Actor::staff(person, correlation),
            Some(person) => Actor::person(person, correlation),
        }
    }

    /// What ties this request to all it brings about.
    #[must_use]
    pub fn correlation(&self) -> uuid::Uuid {
        self.visit.correlation()
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock().now()
    }

    /// What day it is in the society's zone.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.app.site().day(self.now())
    }

    /// The path asked for, with its query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A header of the request, when it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The value of a cookie of ours, by its name without `__Host-`.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookie_of(&self.headers, &self.app.site().cookie_name(name))
    }

    /// Sets a cookie with the answer, whatever the answer is.
    pub fn set_cookie(&self, cookie: Cookie<'static>) {
        self.visit.set_cookie(cookie);
    }

    /// Reads, on a connection that cannot write.
    ///
    /// # Errors
    /// Those of `read`; [`Error::Unavailable`] when the database is away.
    pub async fn read<T>(&self, read: impl AsyncFnOnce(&Tx) -> Result<T>) -> Result<T> {
        self.app.db().read(read).await
    }

    /// Reads what hangs on published messages alone (the service's own or those it copies), and
    /// keeps it until one comes: asked again, it costs no statement.
    ///
    /// # Errors
    /// As [`Page::read`].
    pub async fn remembered<T: Send + Sync + 'static>(
        &self,
        key: &str,
        read: impl AsyncFnOnce(&Tx) -> Result<Option<T>>,
    ) -> Result<Option<Arc<T>>> {
        self.app.remembered().get(self.app.db(), key, read).await
    }

    /// Runs a command in the name of whoever asks.
    ///
    /// # Errors
    /// Those of the command.
    pub async fn execute<C: Command>(&self, command: &C) -> Result<C::Out> {
        self.may_change()?;
        Ok(self.noted(self.app.db().run(&self.actor(), command).await?))
    }

    /// Runs a command once for this form: a double click and the back button change nothing more.
    ///
    /// # Errors
    /// Those of the command; `idempotency_key_reused` when the form's key came with other input.
    pub async fn execute_once<C>(&self, form: &Form, command: &C) -> Result<C::Out>
    where
        C: Command,
        C::Out: Serialize + DeserializeOwned + Sync,
    {
        Ok(self.noted(self.once(form, command).await?))
    }

    /// As [`Page::execute_once`], for a command as it was read from the form: when it could not be,
    /// that is the error.
    ///
    /// # Errors
    /// That of reading; as [`Page::execute_once`].
    pub async fn execute_read<C>(&self, form: &Form, read: Result<C>) -> Result<C::Out>
    where
        C: Command,
        C::Out: Serialize + DeserializeOwned + Sync,
    {
        self.execute_once(form, &read?).await
    }

    /// As [`Page::execute_once`], and no cookie tells whether anything was published: for what the
    /// reader must not learn, such as whether an address has an account.
    ///
    /// # Errors
    /// As [`Page::execute_once`].
    pub async fn execute_once_unseen<C>(&self, form: &Form, command: &C) -> Result<C::Out>
    where
        C: Command,
        C::Out: Serialize + DeserializeOwned + Sync,
    {
        Ok(self.once(form, command).await?.out)
    }

    async fn once<C>(&self, form: &Form, command: &C) -> Result<Committed<C::Out>>
    where
        C: Command,
        C::Out: Serialize + DeserializeOwned + Sync,
    {
        if form.key().is_empty() {
            return Err(Error::refused(
                "idempotency_key_missing",
                "the form came without its key: load the page again",
            ));
        }
        self.may_change()?;
        let actor = self.actor();
        let hash = form::hash(&[form.request().as_bytes(), actor.to_string().as_bytes()]);
        let db = self.app.db();
        // Of this actor alone: nobody uses up the key of another, or of a machine.
        let key = format!("form/{actor}/{}", form.key());
        db.execute_once(&actor, &key, &hash, command).await
    }

    /// Nothing changes in a view but that it ends, not even by a page that is merely looked at.
    fn may_change(&self) -> Result<()> {
        let views = self.reader.viewed_by.is_some() && !who::ends_view(&self.app, &self.path);
        if views { Err(Error::Forbidden) } else { Ok(()) }
    }

    /// Remembers what was published, so that the reader's next page can wait for it.
    fn noted<T>(&self, committed: Committed<T>) -> T {
        if let Some(position) = &committed.seen {
            let value = self.seen.with(self.app.service(), position);
            self.set_cookie(signin::with_age(self.app.site(), seen::COOKIE, value, Some(60)));
        }
        committed.out
    }

    /// Goes on only when the reader may do this with that thing.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; a stranger who looks is sent to sign in.
    pub fn may(&self, act: Act, thing: &impl Thing) -> Result<(), Failure> {
        if may(&self.reader, act, thing, self.today()) {
            Ok(())
        } else if self.reader.is_signed_in() {
            Err(Error::Forbidden.into())
        } else {
            Err(who::turned_away(&self.method, &self.path, false))
        }
    }

    /// Goes on only when the reader proved who they are a short while ago.
    ///
    /// # Errors
    /// Sends the browser to prove it again, and back to the page it came from.
    pub fn fresh(&self) -> Result<(), Failure> {
        if self.reader.is_fresh(self.now()) {
            return Ok(());
        }
        let sent = self.method == Method::POST;
        let came_from = || who::came_from(&self.headers, self.app.site());
        let back = if sent { came_from() } else { &self.path };
        Err(Failure::elsewhere(who::sign_in_path("/account/sign-in?fresh=1&", back)))
    }

    /// What repeats the CSRF cookie; sets the cookie when the browser has none.
    fn csrf(&self) -> &str {
        self.csrf.get_or_init(|| {
            if let Some(known) = self.cookie(CSRF_COOKIE).filter(|value| value.len() == 43) {
                return known;
            }
            let fresh = URL_SAFE_NO_PAD.encode(self.app.ids().bytes::<32>());
            self.set_cookie(signin::with_age(self.app.site(), CSRF_COOKIE, fresh.clone(), None));
            fresh
        })
    }

    /// A form nobody has typed into yet.
    #[must_use]
    pub fn blank(&self) -> Fields {
        let key = URL_SAFE_NO_PAD.encode(self.app.ids().bytes::<16>());
        Fields::new(self.csrf().to_owned(), key)
    }

    /// The form with what was typed, passwords left out; for a preview.
    #[must_use]
    pub fn typed(&self, form: &Form) -> Fields {
        self.blank().typed(form.kept())
    }

    /// The form with what was typed and what was wrong with it, and the status to show it with.
    ///
    /// # Errors
    /// The error itself when no form can mend it.
    pub fn again(
        &self,
        form: &Form,
        error: impl Into<Failure>,
    ) -> Result<(Fields, StatusCode), Failure> {
        let failure = error.into();
        let fields = self.typed(form);
        let fields = match failure.error() {
            Some(Error::Invalid(wrong)) => fields.wrong(wrong.clone()),
            Some(Error::Refused { message, .. }) => fields.said(message.clone()),
            Some(Error::Conflict) => fields.said(
                "somebody else changed this at the same time: look at it again, then send it again"
                    .to_owned(),
            ),
            _ => return Err(failure),
        };
        Ok((fields, failure.status()))
    }

    /// Shows a page.
    ///
    /// # Errors
    /// [`Error::Internal`] when a template cannot be rendered.
    pub fn show(&self, title: &str, body: &impl askama::Template) -> Answer {
        self.rendered(StatusCode::OK, title, body, None)
    }

    /// Shows a page with a status of its own.
    ///
    /// # Errors
    /// As [`Page::show`].
    pub fn show_as(&self, status: StatusCode, title: &str, body: &impl askama::Template) -> Answer {
        self.rendered(status, title, body, None)
    }

    /// Shows a page that another service will complete: it completes by itself as soon as this
    /// service hears of it; without scripts it loads itself again every two seconds.
    ///
    /// # Errors
    /// As [`Page::show`].
    pub fn show_pending(&self, title: &str, body: &impl askama::Template) -> Answer {
        self.rendered(StatusCode::OK, title, body, Some(Again::WhenMoved))
    }

    /// Shows a page that is asked for again every so many seconds, whatever was heard.
    ///
    /// # Errors
    /// As [`Page::show`].
    pub fn show_again(
        &self,
        status: StatusCode,
        seconds: u32,
        title: &str,
        body: &impl askama::Template,
    ) -> Answer {
        self.rendered(status, title, body, Some(Again::Every(seconds)))
    }

    /// Asks before something that cannot be undone.
    ///
    /// # Errors
    /// As [`Page::show`].
    pub fn confirm(&self, confirm: &Confirm, fields: &Fields) -> Answer {
        self.confirm_as(StatusCode::OK, confirm, fields)
    }

    /// Asks again after a form that could not be used, with what [`Page::again`] gave.
    ///
    /// # Errors
    /// As [`Page::show`].
    pub fn confirm_as(&self, status: StatusCode, confirm: &Confirm, fields: &Fields) -> Answer {
        self.show_as(status, &confirm.title, &ConfirmHtml { confirm, fields })
    }

    /// Shows a list, or gives it as a file; see [`ui::list`](crate::ui::list).
    ///
    /// # Errors
    /// Those of `fetch`.
    pub async fn list<T>(
        &self,
        list: &List<'_, T>,
        asked: &Asked,
        fetch: impl AsyncFn(&Tx, &Wanted) -> Result<Vec<T>>,
    ) -> Answer {
        match self.listed(list, asked, fetch).await? {
            Listed::File(answer) => Ok(answer),
            Listed::Table(table) => self.show(list.title(), &list.page(asked, table)),
        }
    }

    /// The table of a list for a page of one's own, or the list as a file.
    ///
    /// # Errors
    /// Those of `fetch`; `too_many_rows` when a file would have more than 50,000 rows.
    pub async fn listed<T>(
        &self,
        list: &List<'_, T>,
        asked: &Asked,
        fetch: impl AsyncFn(&Tx, &Wanted) -> Result<Vec<T>>,
    ) -> Result<Listed, Failure> {
        let wanted = list.wanted(asked);
        if asked.is_file() {
            return Ok(Listed::File(self.file_of(list, wanted, fetch).await?));
        }
        let found = self.read(async |tx| fetch(tx, &wanted).await).await?;
        Ok(Listed::Table(list.table(asked, &wanted, found, || self.blank())?))
    }

    /// The rows are read page by page, so that no statement and no connection is held for long.
    async fn file_of<T>(
        &self,
        list: &List<'_, T>,
        wanted: Wanted,
        fetch: impl AsyncFn(&Tx, &Wanted) -> Result<Vec<T>>,
    ) -> Answer {
        let mut file = list.file()?;
        let mut next = Some(wanted.for_file());
        while let Some(wanted) = next {
            let found = self.read(async |tx| fetch(tx, &wanted).await).await?;
            next = list.write_page(&mut file, &wanted, &found)?;
        }
        let name = format!("{}-{}", list.name(), self.today());
        Ok(file.answer(&name)?)
    }

    /// Goes back to a list after an act on `count` chosen rows; the list says so.
    ///
    /// # Errors
    /// As [`Page::to`].
    pub fn acted(&self, list: &str, count: usize) -> Answer {
        self.to(format!("{list}?done={count}"))
    }

    fn rendered(
        &self,
        status: StatusCode,
        title: &str,
        body: &impl askama::Template,
        again: Option<Again>,
    ) -> Answer {
        let body = body.render().map_err(Error::internal)?;
        let today = self.today();
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let wrong = status.is_client_error().then(|| format!("Error: {title}"));
        let asked = Asked::of(if path == "/search" { query } else { "" });
        let frame = Frame {
            site: self.app.site(),
            service: self.app.service(),
            title: wrong.as_deref().unwrap_or(title),
            body: &body,
            menu: self.menu.seen_by(&self.reader, today, path),
            reader: &self.reader,
            staff: R::ACTS_AS_STAFF,
            csrf: self.reader.is_signed_in().then(|| self.csrf()),
            return_to: who::sign_in_path("/account/sign-in?", &self.path),
            as_of: self.as_of,
            searched: asked.value("q").unwrap_or_default(),
            again,
        };
        let mut answer = html(status, frame.render()?);
        answer.extensions_mut().insert(Dressed);
        let headers = answer.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("Cookie"));
        // A page with a form or a name in it is nobody else's; others may be asked after.
        let own = self.reader.is_signed_in() || self.csrf.get().is_some();
        let keep = if own { "private, no-store" } else { "no-cache" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
        Ok(answer)
    }

    /// Goes to another page of this site; a path that would leave it leads home.
    ///
    /// # Errors
    /// [`Error::Internal`] when the path cannot stand in a header.
    pub fn to(&self, path: impl AsRef<str>) -> Answer {
        redirected(local_path(path.as_ref()).unwrap_or("/"))
    }

    /// Goes to another site, for example to pay there; never to an address that somebody typed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the address cannot stand in a header.
    pub fn leave(&self, url: &str) -> Answer {
        redirected(url)
    }
}

impl<R: Known> Page<R> {
    /// Who is signed in.
    #[must_use]
    pub fn person(&self) -> PersonId {
        // Nobody without a person is let in by a known role.
        self.reader.person.unwrap_or(PersonId(uuid::Uuid::nil()))
    }
}

fn redirected(to: &str) -> Answer {
    let to = HeaderValue::from_str(to).map_err(Error::internal)?;
    let mut answer = StatusCode::SEE_OTHER.into_response();
    answer.headers_mut().insert(LOCATION, to);
    Ok(answer)
}

/// The text when it is a path of this site, whatever tricks it tries: else nothing.
#[must_use]
pub fn local_path(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let ours = chars.next() == Some('/') && !matches!(chars.next(), Some('/' | '\\'));
    (ours && !text.chars().any(|c| c.is_control() || c == '\\')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn a_path_of_ours_stays_on_this_site() {
        for ours in ["/", "/a?b=c", "/a//b", "/ä"] {
            assert_eq!(local_path(ours), Some(ours));
        }
        for foreign in
            ["", "a", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/a\\b"]
        {
            assert_eq!(local_path(foreign), None, "{foreign}");
        }
    }
}
