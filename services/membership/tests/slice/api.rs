//! ID-20: programs read who is a member: their owner's own terms, and machines all members by pages.

use chassis::api::{AccessToken, Holder};
use chassis::signin::SESSION_COOKIE;
use chassis::testing::{Program, Slice, slice_test};
use chrono::TimeDelta;
use contracts::PersonId;
use contracts::identity::{ClientChanged, TokenRevoked};
use contracts::shared::{ChargeRequested, TokenUsed};
use serde_json::Value;
use uuid::Uuid;

use crate::given::{ada, an_open_society, apply, kim, opened, paid, sam};

async fn program(slice: &Slice, holder: Holder, scope: &str) -> Program {
    let expires_at = slice.now() + TimeDelta::days(400);
    let scopes = vec![scope.to_owned()];
    let id = Uuid::from_u128(9);
    slice.program(&AccessToken { id, holder, scopes, expires_at, brief: false }).await
}

async fn own(slice: &Slice, person: PersonId) -> Program {
    program(slice, Holder::Person(person), "membership:read").await
}

async fn machine(slice: &Slice) -> Program {
    let holder = Holder::Client { entity: Uuid::from_u128(5), client_id: "crm".to_owned() };
    program(slice, holder, "members:read").await
}

async fn joined(slice: &Slice, person: PersonId, name: &str) {
    let mut browser = slice.sign_in(person).await;
    apply(slice, &mut browser, name).await.is(303);
    let charge = slice.published::<ChargeRequested>().await.pop().unwrap().charge.clone();
    slice.deliver("commerce", opened(&charge)).await;
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:00:00Z")).await;
}

async fn read(program: &mut Program, path: &str) -> Value {
    let answer = program.get(path).await;
    serde_json::from_str(answer.is(200).text()).unwrap()
}

#[slice_test]
async fn a_program_reads_its_owners_membership_and_nobody_elses(slice: Slice) {
    an_open_society(&slice).await;
    joined(&slice, sam(), "Sam Okafor").await;

    let me = read(&mut own(&slice, sam()).await, "/api/membership/me").await;
    assert_eq!((&me["name"], &me["member"]), (&"Sam Okafor".into(), &true.into()));
    assert_eq!(me["member_until"], "2028-03-01");
    assert_eq!(me["terms"].as_array().unwrap().len(), 2);
    own(&slice, kim()).await.get("/api/membership/me").await.is(404).lacks("Sam");
    // After a year the terms are there, and the membership is not.
    let mut program = own(&slice, sam()).await;
    slice.today("2028-03-01").await;
    let me = read(&mut program, "/api/membership/me").await;
    assert_eq!((&me["member"], &me["member_until"]), (&false.into(), &Value::Null));
}

#[slice_test]
async fn a_machine_reads_all_members_page_by_page(slice: Slice) {
    an_open_society(&slice).await;
    joined(&slice, sam(), "Sam Okafor").await;
    joined(&slice, kim(), "Kim Lee").await;
    let mut visitor = slice.sign_in(ada()).await;
    apply(&slice, &mut visitor, "Ada Not Paid").await.is(303);

    let mut crm = machine(&slice).await;
    let path = "/api/membership/members";
    let all = read(&mut crm, path).await;
    assert_eq!((all["members"].as_array().unwrap().len(), &all["next"]), (2, &Value::Null));
    let first = read(&mut crm, &format!("{path}?limit=1")).await;
    assert_eq!(first["members"][0]["name"], "Sam Okafor");
    assert_eq!(first["members"][0]["terms"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let second = read(&mut crm, &format!("{path}?limit=1&cursor={next}")).await;
    assert_eq!((&second["members"][0]["name"], &second["next"]), (&"Kim Lee".into(), &Value::Null));

    for odd in ["limit=0", "limit=501", "limit=x", "cursor=x"] {
        let refused = crm.get(&format!("{path}?{odd}")).await;
        assert!((400..500).contains(&refused.status()), "{odd}: {}", refused.text());
        let kind = refused.header("content-type").unwrap();
        assert_eq!(kind, "application/problem+json", "{odd}");
    }
    own(&slice, sam()).await.get(path).await.is(403).shows("insufficient_scope").lacks("Kim");
    crm.get("/api/membership/me").await.is(403).lacks("Sam");
    slice.today("2028-03-01").await;
    assert_eq!(read(&mut crm, path).await["members"].as_array().unwrap().len(), 0);
}

/// A machine with what it gets for its secret: good for ten minutes.
fn brief(slice: &Slice, id: u128, scope: &str) -> AccessToken {
    AccessToken {
        id: Uuid::from_u128(id),
        holder: Holder::Client { entity: Uuid::from_u128(5), client_id: "crm".to_owned() },
        scopes: vec![scope.to_owned()],
        expires_at: slice.now() + TimeDelta::minutes(10),
        brief: true,
    }
}

#[slice_test]
async fn a_machine_reads_members_with_what_it_got_for_its_secret(slice: Slice) {
    an_open_society(&slice).await;
    joined(&slice, sam(), "Sam Okafor").await;
    let path = "/api/membership/members";
    let token = brief(&slice, 11, "members:read");
    let mut crm = slice.program(&token).await;
    assert_eq!(read(&mut crm, path).await["members"][0]["name"], "Sam Okafor");
    assert!(slice.published::<TokenUsed>().await.is_empty());
    let mut odd = slice.program(&brief(&slice, 12, "membership:read")).await;
    odd.get(path).await.is(403).shows("insufficient_scope").lacks("Sam");
    crm.get("/api/membership/me").await.is(403).lacks("Sam");
    // A sign-in is signed by the same key, and for something else.
    let sam = slice.sign_in(sam()).await;
    let session = sam.cookie(SESSION_COOKIE).unwrap();
    slice.bearer(session).get(path).await.is(401).shows("no access token of ours");

    let (token_id, expires_at) = (token.id, token.expires_at);
    slice.deliver("identity", TokenRevoked { token_id, expires_at, version: 2 }).await;
    crm.get(path).await.is(401).shows("the token was revoked").lacks("Sam");

    let mut crm = slice.program(&brief(&slice, 13, "members:read")).await;
    crm.get(path).await.is(200);
    let closed = ClientChanged {
        entity: Uuid::from_u128(5),
        client_id: "crm".to_owned(),
        name: "The CRM".to_owned(),
        open: false,
        version: 2,
    };
    slice.deliver("identity", closed).await;
    crm.get(path).await.is(401).shows("the client was closed").lacks("Sam");
}

#[slice_test]
async fn what_a_machine_got_for_its_secret_runs_out(slice: Slice) {
    an_open_society(&slice).await;
    let mut crm = slice.program(&brief(&slice, 11, "members:read")).await;
    crm.get("/api/membership/members").await.is(200);
    slice.advance(TimeDelta::minutes(10)).await;
    crm.get("/api/membership/members").await.is(401).shows("run out");
}
