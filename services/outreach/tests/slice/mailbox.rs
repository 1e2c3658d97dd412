//! The mailbox page stands in for a mail server, on this machine only.

use axum::body::Body;
use axum::http::Request;
use chassis::Mode;
use chassis::testing::{Slice, slice_test};

use crate::given::*;
use crate::smtp::{MailServer, Mood};
use crate::tables;

#[slice_test]
async fn a_stranger_on_this_machine_reads_the_mails(slice: Slice) {
    jo_is_known(&slice).await;
    let mut browser = slice.stranger();
    here(&mut browser, "/notifications/mailbox").await.is(200).shows("No mail yet");
    slice.deliver("commerce", paid()).await;

    here(&mut browser, "/notifications/mailbox")
        .await
        .is(200)
        .shows("Receipt SCTE-2027-000001")
        .shows("Jo@scte.example");
    let path = format!("/notifications/mailbox/{}", tables::only_delivery(&slice).await);
    here(&mut browser, &path).await.is(200).shows("Total paid").lacks("style=");

    let html = here(&mut browser, &format!("{path}/html")).await;
    html.is(200).shows("Receipt SCTE-2027-000001");
    let policy = html.header("content-security-policy").unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
}

#[slice_test]
async fn it_is_absent_where_others_can_come(mut slice: Slice) {
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    let path = format!("/notifications/mailbox/{}", tables::only_delivery(&slice).await);
    let paths = ["/notifications/mailbox", &path, &format!("{path}/html")];

    slice.with_site(|site| site.loopback = false).await;
    for path in paths {
        here(&mut slice.stranger(), path).await.is(404).lacks("SCTE-2027-000001");
        here(&mut slice.sign_in(jo()).await, path).await.is(404);
    }

    slice.with_site(|site| (site.loopback, site.mode) = (true, Mode::Production)).await;
    here(&mut slice.stranger(), "/notifications/mailbox").await.is(200);
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;
    for path in paths {
        here(&mut slice.stranger(), path).await.is(404);
    }
}

#[slice_test]
async fn a_foreign_page_that_leads_to_this_machine_reads_nothing(slice: Slice) {
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    let path = format!("/notifications/mailbox/{}", tables::only_delivery(&slice).await);

    for path in ["/notifications/mailbox", &path, &format!("{path}/html")] {
        let from = |host| Request::get(path).header("host", host);
        for host in ["evil.example", "localhost.evil.example:8080", "127.0.0.1.evil.example"] {
            let answer = slice.stranger().send(from(host), Body::empty()).await;
            answer.is(404).lacks("SCTE-2027-000001");
        }
        for host in ["localhost:8080", "127.0.0.1", "[::1]:8080"] {
            slice.stranger().send(from(host), Body::empty()).await.is(200);
        }
    }
}

#[slice_test]
async fn a_long_mailbox_is_read_page_by_page(slice: Slice) {
    jo_is_known(&slice).await;
    for _ in 0..30 {
        slice.deliver("commerce", declined()).await;
    }

    let mut browser = slice.stranger();
    let first = here(&mut browser, "/notifications/mailbox").await;
    assert_eq!(first.text().matches("was declined</a>").count(), 25);
    let older = first.text().split("href=\"/notifications/mailbox?before=").nth(1).unwrap();
    let older = older.split('"').next().unwrap();
    let second = here(&mut browser, &format!("/notifications/mailbox?before={older}")).await;
    assert_eq!(second.text().matches("was declined</a>").count(), 5);
    second.lacks("Older");
    here(&mut browser, "/notifications/mailbox?before=nonsense").await.is(200);
}
