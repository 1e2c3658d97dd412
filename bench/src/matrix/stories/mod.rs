//! The rows as they are played: for each story what is there before, what a person does while
//! something may be away, and what must have come about in the end.

mod account;
mod joining;
mod reading;
mod staff;

use std::sync::Arc;

use futures::future::BoxFuture;

use super::judge::Seen;
use super::person::Person;
use super::stage::Stage;
use super::words::words;
use crate::browser::Page;
use crate::outcome::Outcome;

/// A user story.
pub(crate) trait Story: Sized + Send + 'static {
    /// What is there before; nothing is away yet.
    fn given(stage: &Arc<Stage>) -> impl Future<Output = Outcome<Self>> + Send;

    /// Who looks at pages in it.
    fn person(&mut self) -> &mut Person;

    /// What the person does; ends with the page that was answered. Done again when it was refused.
    fn act(&mut self) -> impl Future<Output = Outcome<Page>> + Send;

    /// Looks once more at what the act led to: pages complete by themselves.
    fn look(&mut self, last: &str) -> impl Future<Output = Outcome<Page>> + Send {
        async move { self.person().reads(last).await }
    }

    /// Whether all came about that the story is for, beside what the page says.
    fn whole(&mut self) -> impl Future<Output = Outcome<bool>> + Send {
        async { Ok(true) }
    }

    /// What is still missing of what must have come about when nothing is away any more.
    fn missing(&mut self) -> impl Future<Output = Outcome<Option<String>>> + Send {
        async { Ok(None) }
    }
}

/// The same of any kind.
pub(crate) trait AnyStory: Send {
    fn act(&mut self) -> BoxFuture<'_, Seen>;
    fn look<'a>(&'a mut self, last: &'a str) -> BoxFuture<'a, Seen>;
    fn missing(&mut self) -> BoxFuture<'_, Outcome<Option<String>>>;
}

impl<S: Story> AnyStory for S {
    fn act(&mut self) -> BoxFuture<'_, Seen> {
        Box::pin(async {
            let page = Story::act(self).await;
            seen(self, page).await
        })
    }

    fn look<'a>(&'a mut self, last: &'a str) -> BoxFuture<'a, Seen> {
        Box::pin(async move {
            let page = Story::look(self, last).await;
            seen(self, page).await
        })
    }

    fn missing(&mut self) -> BoxFuture<'_, Outcome<Option<String>>> {
        Box::pin(Story::missing(self))
    }
}

async fn seen<S: Story>(story: &mut S, page: Outcome<Page>) -> Seen {
    let looked = match page {
        Ok(page) if page.status == 200 => story.whole().await.map(|whole| (page, whole)),
        other => other.map(|page| (page, false)),
    };
    match looked {
        Ok((page, whole)) => {
            let kind = page.headers.get("content-type").and_then(|kind| kind.to_str().ok());
            Seen {
                words: words(&page.text),
                come_back: page.headers.contains_key("retry-after"),
                page: kind.is_some_and(|kind| kind.starts_with("text/html")),
                path: page.path,
                status: page.status,
                whole,
            }
        }
        Err(why) => Seen { words: why.to_string(), ..Seen::default() },
    }
}

/// Prepares a story.
pub(crate) type Given = fn(Arc<Stage>) -> BoxFuture<'static, Outcome<Box<dyn AnyStory>>>;

fn given<S: Story>(stage: Arc<Stage>) -> BoxFuture<'static, Outcome<Box<dyn AnyStory>>> {
    Box::pin(async move {
        let story: Box<dyn AnyStory> = Box::new(S::given(&stage).await?);
        Ok(story)
    })
}

/// Every story by its name in the list of features.
pub(crate) const ALL: &[(&str, Given)] = &[
    ("CN-26", given::<reading::Home>),
    ("CN-02", given::<reading::Prices>),
    ("CN-S2", given::<reading::Teaser>),
    ("CN-S3", given::<reading::InFull>),
    ("CN-S8", given::<reading::OldAddress>),
    ("CN-15", given::<reading::News>),
    ("IN-S1", given::<reading::Search>),
    ("ID-02", given::<account::Registers>),
    ("ID-S1", given::<account::Confirms>),
    ("ID-03", given::<account::SignsIn>),
    ("ID-07", given::<account::Forgets>),
    ("ID-11", given::<account::LooksAtSignIns>),
    ("ID-S6", given::<account::SignsOutEverywhere>),
    ("ID-12", given::<account::SignsOutHere>),
    ("ME-02", given::<joining::Chooses>),
    ("ME-19", given::<reading::Chapters>),
    ("ME-S1", given::<joining::Applies>),
    ("ME-04", given::<joining::Withdraws>),
    ("CO-01", given::<joining::OpensOrder>),
    ("CO-S10", given::<joining::ClicksTwice>),
    ("CO-04", given::<joining::Pays>),
    ("CO-S2", given::<joining::LeavesWhilePaying>),
    ("CO-03", given::<joining::IsDeclined>),
    ("CO-23", given::<joining::ReadsReceipt>),
    ("ME-08", given::<reading::OwnMembership>),
    ("ME-01", given::<account::ChangesName>),
    ("OU-19", given::<reading::OwnMails>),
    ("OU-05", given::<account::ChoosesMails>),
    ("OU-S1", given::<reading::Mailbox>),
    ("ME-28", given::<staff::ListsMembers>),
    ("CO-24", given::<staff::FindsOrder>),
    ("CO-15", given::<staff::Refunds>),
    ("CN-03", given::<staff::Publishes>),
    ("CN-16", given::<staff::RenamesEntry>),
    ("OU-S7", given::<staff::FindsMail>),
    ("ID-22", given::<staff::ListsAccounts>),
    ("X-02", given::<staff::LooksAtOperations>),
];
