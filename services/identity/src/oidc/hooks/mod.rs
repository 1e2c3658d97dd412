//! What machines ask: no cookie is read here, no token of our forms is needed, and scripts of other
//! websites may call most of it. Read in this order.

pub(crate) mod answers;
pub(crate) mod caller;
mod metadata;
mod token;
mod about;

use chassis::Routes;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/.well-known/openid-configuration", metadata::discovery)
        .limit(600)
        .everywhere()
        .get("/.well-known/oauth-authorization-server", metadata::discovery)
        .limit(600)
        .everywhere()
        .get("/oidc/keys", metadata::keys)
        .limit(600)
        .everywhere()
        .post("/oidc/token", token::give)
        .limit(600)
        .everywhere()
        .get("/oidc/userinfo", about::userinfo)
        .limit(600)
        .everywhere()
        .post("/oidc/userinfo", about::userinfo)
        .limit(600)
        .everywhere()
        .post("/oidc/revoke", token::revoke)
        .limit(600)
        .everywhere()
        .post("/oidc/introspect", about::introspect)
        .limit(600)
}
