//! Files and batches in the service's own database.

use chassis::batch::{self, Progress, RetryFailed, Work};
use chassis::files::{self, ForgetUnfinished, Upload};
use chassis::testing::{Slice, slice_test};
use chassis::{Actor, Audience, Command, Error, Result, Tx};
use chrono::TimeDelta;
use uuid::Uuid;

fn actor() -> Actor {
    Actor::job("test", Uuid::nil())
}

async fn begin(slice: &Slice, kind: &str) -> Result<Upload> {
    Upload::begin(slice.db(), &actor(), "report.pdf", kind, None, Audience::Public).await
}

#[slice_test]
async fn a_file_comes_back_as_it_went_in(slice: Slice) {
    let content: Vec<u8> =
        b"%PDF-1.7\n".iter().copied().chain((0..=250).cycle().take(2_500_000)).collect();
    let mut upload = begin(&slice, "application/pdf").await.unwrap();
    for piece in content.chunks(300_000) {
        upload.write(piece).await.unwrap();
    }
    let id = upload.finish().await.unwrap();

    let file = slice.db().read(async |tx| files::find(tx, id).await).await.unwrap().unwrap();
    assert_eq!(usize::try_from(file.size).unwrap(), content.len());
    let answer = files::send(slice.db(), &file).unwrap();
    assert_eq!(answer.headers()["content-security-policy"], "default-src 'none'; sandbox");
    let sent = axum::body::to_bytes(answer.into_body(), 10_000_000).await.unwrap();
    assert!(sent == content);
}

#[slice_test]
async fn a_file_that_lies_or_is_empty_or_too_large_is_refused(slice: Slice) {
    assert!(begin(&slice, "text/html").await.is_err());
    let mut lying = begin(&slice, "application/pdf").await.unwrap();
    lying.write(b"<html>").await.unwrap();
    assert!(matches!(lying.finish().await, Err(Error::Invalid(_))));
    assert!(begin(&slice, "application/pdf").await.unwrap().finish().await.is_err());

    let mut large = begin(&slice, "application/pdf").await.unwrap();
    assert!(large.write(&vec![b'%'; files::MOST_BYTES + 1]).await.is_err());
    slice.advance(TimeDelta::hours(25)).await;
    slice.execute(&actor(), &ForgetUnfinished).await.unwrap();
    let left = slice.db().read(async |tx| tx.all("select id from file", Vec::new()).await).await;
    assert!(left.unwrap().is_empty());
}

/// Refuses odd numbers until it is told not to.
struct Numbers {
    strict: bool,
}

impl Work for Numbers {
    const NAME: &'static str = "probe.numbers";
    type Row = i64;

    async fn one(&self, tx: &Tx, row: &i64) -> Result<()> {
        tx.audit(
            "number",
            Uuid::from_u128(u128::try_from(*row).map_err(Error::internal)?),
            "done",
            serde_json::json!({}),
        )
        .await?;
        if self.strict && row % 2 == 1 {
            Err(Error::refused("odd", "odd numbers are not taken"))
        } else {
            Ok(())
        }
    }
}

struct Start;

impl Command for Start {
    type Out = Uuid;

    async fn run(&self, tx: &Tx) -> Result<Uuid> {
        batch::start::<Numbers>(tx, &[1, 2, 3, 4, 5]).await
    }
}

#[slice_test]
async fn a_batch_goes_on_where_it_stopped_and_keeps_its_errors(slice: Slice) {
    let id = slice.execute(&actor(), &Start).await.unwrap();
    let progress =
        async || slice.db().read(async |tx| batch::progress(tx, id).await).await.unwrap();
    let strict = Numbers { strict: true };

    assert_eq!(batch::step(slice.db(), &actor(), &strict, 2).await.unwrap(), 2);
    assert_eq!(progress().await, Progress { done: 1, failed: 1, waiting: 3 });
    assert_eq!(batch::step(slice.db(), &actor(), &strict, 10).await.unwrap(), 3);
    assert_eq!(batch::step(slice.db(), &actor(), &strict, 10).await.unwrap(), 0);
    assert_eq!(progress().await, Progress { done: 2, failed: 3, waiting: 0 });
    let failures = slice.db().read(async |tx| batch::failures(tx, id, 10).await).await.unwrap();
    assert_eq!(failures[0], (1, "odd numbers are not taken".to_owned()));
    // What a refused row had done was undone with it.
    let audited = slice.db().read(async |tx| tx.audited("number", Uuid::from_u128(1)).await).await;
    assert!(audited.unwrap().is_empty());

    slice.execute(&actor(), &RetryFailed { batch: id }).await.unwrap();
    batch::step(slice.db(), &actor(), &Numbers { strict: false }, 10).await.unwrap();
    assert_eq!(progress().await, Progress { done: 5, failed: 0, waiting: 0 });
}
