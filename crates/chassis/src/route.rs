//! The routes of a service and who may use each: written down from the handler's own type.

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on, options};

use crate::api::{Api, Scope};
use crate::app::App;
use crate::hook::Hook;
use crate::limits::{Limiter, limit};
use crate::page::{Page, Role};

/// Who may call a handler: told by its first parameter, so that a handler without it does not compile.
#[diagnostic::on_unimplemented(
    message = "the first parameter of a handler must say who may call it",
    note = "make it `Page<Anyone>`, `Page<SignedIn>`, `Page<Staff<…>>`, `Api<…>` or `Hook`"
)]
pub trait Access {
    /// Who may, as the route table prints it.
    fn who() -> &'static str;
}

/// The type of an axum handler's parameters begins with a marker of axum's own.
macro_rules! access {
    ($($more:ident)*) => {
        impl<M, R: Role, $($more),*> Access for (M, Page<R>, $($more,)*) {
            fn who() -> &'static str {
                R::WHO
            }
        }
    };
}

access!();
access!(A);
access!(A B);
access!(A B C);
access!(A B C D);

/// As with pages, for programs with a token.
macro_rules! api_access {
    ($($more:ident)*) => {
        impl<M, S: Scope, $($more),*> Access for (M, Api<S>, $($more,)*) {
            fn who() -> &'static str {
                S::WHO
            }
        }
    };
}

api_access!();
api_access!(A);
api_access!(A B);

impl<M> Access for (M, Hook) {
    fn who() -> &'static str {
        "machine"
    }
}

/// One line of the route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteEntry {
    /// `GET` (and with it `HEAD`) or `POST`.
    pub method: &'static str,
    /// The path, with `{names}`.
    pub path: String,
    /// Who may: `anyone`, `signed in`, `staff.finance`, `token account:read`, `machine`.
    pub who: String,
    /// How often one address may ask in a minute, if that is limited.
    pub per_minute: Option<u32>,
}

/// The routes of a service, as it describes them.
#[derive(Default)]
pub struct Routes {
    routes: Vec<Described>,
}

/// One route.
struct Described {
    entry: RouteEntry,
    route: MethodRouter<App>,
    /// Whether scripts of any website may read what it answers.
    everywhere: bool,
}

impl Routes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows something; changes nothing.
    #[must_use]
    pub fn get<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Access + 'static,
    {
        self.on("GET", MethodFilter::GET, path, handler)
    }

    /// Changes something.
    #[must_use]
    pub fn post<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Access + 'static,
    {
        self.on("POST", MethodFilter::POST, path, handler)
    }

    fn on<H, T>(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: Access + 'static,
    {
        let (path, who) = (path.to_owned(), T::who().to_owned());
        let entry = RouteEntry { method, path, who, per_minute: None };
        self.routes.push(Described { entry, route: on(filter, handler), everywhere: false });
        self
    }

    /// The last route answers one address at most `per_minute` times a minute.
    #[must_use]
    pub fn limit(mut self, per_minute: u32) -> Self {
        if let Some(last) = self.routes.last_mut() {
            last.entry.per_minute = Some(per_minute);
        }
        self
    }

    /// Scripts of any website may call the last route and read its answer. No cookie comes with
    /// such a call: only for what reads none.
    #[must_use]
    pub fn everywhere(mut self) -> Self {
        if let Some(last) = self.routes.last_mut() {
            last.everywhere = true;
        }
        self
    }

    /// The router and the route table.
    pub fn into_parts(self) -> (Router<App>, Vec<RouteEntry>) {
        let mut router = Router::new();
        let mut table = Vec::with_capacity(self.routes.len());
        let mut asked_before = HashSet::new();
        for Described { entry, mut route, everywhere } in self.routes {
            if let Some(per_minute) = entry.per_minute.and_then(NonZeroU32::new) {
                let limiter = Arc::new(Limiter::new(per_minute));
                route = route.route_layer(from_fn_with_state(limiter, limit));
            }
            if everywhere {
                route = route.route_layer(map_response(readable_everywhere));
                // Browsers ask before a call with a header of its own; once for each path.
                if asked_before.insert(entry.path.clone()) {
                    let before = options(async || StatusCode::NO_CONTENT);
                    route = route.merge(before.route_layer(map_response(readable_everywhere)));
                }
            }
            router = router.route(&entry.path, route);
            table.push(entry);
        }
        (router, table)
    }
}

/// What a browser needs to hear before a script of another website may read an answer; nothing is
/// said of credentials, so it sends none.
async fn readable_everywhere(mut answer: Response) -> Response {
    const SAYS: [(&str, &str); 5] = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, POST"),
        ("access-control-allow-headers", "authorization, content-type"),
        ("access-control-expose-headers", "www-authenticate"),
        ("cross-origin-resource-policy", "cross-origin"),
    ];
    let headers: &mut HeaderMap = answer.headers_mut();
    for (name, value) in SAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Answer;
    use crate::page::{Anyone, SignedIn, Staff, StaffFinance};

    async fn show(page: Page<Anyone>) -> Answer {
        page.to("/")
    }
    async fn change(page: Page<SignedIn>, _path: axum::extract::Path<String>) -> Answer {
        page.to("/")
    }
    async fn refund(page: Page<Staff<StaffFinance>>) -> Answer {
        page.to("/")
    }
    async fn notified(hook: Hook) -> Answer {
        hook.done()
    }

    #[test]
    fn the_table_says_who_may_from_the_handlers_types() {
        let (_, table) = Routes::new()
            .get("/x", show)
            .post("/x/{id}", change)
            .limit(20)
            .post("/staff/x", refund)
            .post("/x/hooks", notified)
            .into_parts();

        let lines: Vec<_> =
            table.iter().map(|e| (e.method, e.path.as_str(), e.who.as_str())).collect();
        assert_eq!(
            lines,
            [
                ("GET", "/x", "anyone"),
                ("POST", "/x/{id}", "signed in"),
                ("POST", "/staff/x", "staff.finance"),
                ("POST", "/x/hooks", "machine"),
            ]
        );
        assert_eq!(table[1].per_minute, Some(20));
    }
}
