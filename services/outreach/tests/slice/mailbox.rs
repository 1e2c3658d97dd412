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
    here(&mut browser, "/notifications/mailbox").await.is(200).shows("No mail here");
    slice.deliver("commerce", paid()).await;

    here(&mut browser, "/notifications/mailbox")
        .await
        .is(200)
        .shows("Receipt SCTE-2027-000001")
        .shows("Jo@scte.example");
    let path = format!("/notifications/mailbox/{}", tables::only_delivery(&slice).await);

    let mail = here(&mut browser, &path).await;
    mail.is(200).shows(&format!("<iframe class=\"letter\" src=\"{path}/html\"")).lacks("style=");
    let policy = mail.header("content-security-policy").unwrap();
    assert!(policy.ends_with("; frame-src 'self'"), "{policy}");
    let text = here(&mut browser, &format!("{path}/text")).await;
    text.is(200).shows("Total paid").shows("$114.00").lacks("<iframe").lacks("style=");

    let html = here(&mut browser, &format!("{path}/html")).await;
    html.is(200).shows("Receipt SCTE-2027-000001").shows("<base target=\"_top\">");
    let policy = html.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline';"), "{policy}");
    assert!(policy.contains("sandbox") && !policy.contains("allow-scripts"), "{policy}");
}

#[slice_test]
async fn the_mail_of_one_address_is_found(slice: Slice) {
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    let mut browser = slice.stranger();

    let found = here(&mut browser, "/notifications/mailbox?q=JO@scte").await;
    found.shows("Receipt SCTE-2027-000001").shows("Jo Alvarez");
    for nobody in ["kim", "o@scte", "jo%25", "jo_scte"] {
        let path = format!("/notifications/mailbox?q={nobody}");
        here(&mut browser, &path).await.is(200).shows("No mail here").lacks("SCTE-2027-000001");
    }
}

#[slice_test]
async fn it_is_absent_where_others_can_come(mut slice: Slice) {
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    let path = format!("/notifications/mailbox/{}", tables::only_delivery(&slice).await);
    let (text, html) = (format!("{path}/text"), format!("{path}/html"));
    let paths =
        ["/notifications/mailbox", "/notifications/mailbox?format=csv", &path, &text, &html];

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

    let (text, html) = (format!("{path}/text"), format!("{path}/html"));
    for path in ["/notifications/mailbox", &path, &text, &html] {
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
    for _ in 0..60 {
        slice.deliver("commerce", declined()).await;
    }

    let mut browser = slice.stranger();
    let first = here(&mut browser, "/notifications/mailbox").await;
    assert_eq!(first.text().matches("was declined</a>").count(), 50);
    let older = first.text().split("rel=\"next\" href=\"").nth(1).unwrap();
    let older = older.split('"').next().unwrap();
    let second = here(&mut browser, older).await;
    assert_eq!(second.text().matches("was declined</a>").count(), 10);
    second.lacks("rel=\"next\"").shows("rel=\"prev\"");
    here(&mut browser, "/notifications/mailbox?after=nonsense&sort=nonsense").await.is(200);
}
