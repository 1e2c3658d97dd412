//! Plays the stories of one column: everything is there, something is taken away, people act, it is
//! brought back, and everything must have come about.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::column::Column;
use super::converge;
use super::declared::{Declared, Expected, Row};
use super::judge::{Seen, Verdict, judge};
use super::place::{self, Place};
use super::stage::{AGAIN, Stage};
use super::stories::{ALL, AnyStory, Given};
use crate::outcome::{Failed, Outcome, print};

/// How many people are at work at the same time.
const AT_ONCE: usize = 6;

/// How long a page may take to complete by itself while something is away.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often the clock is moved on while something is still missing.
const ROUNDS: u32 = 8;

/// A cell that was tried.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tried {
    pub(crate) shape: &'static str,
    pub(crate) away: Column,
    pub(crate) story: String,
    /// `full`, `degraded` or `refused`, as it is declared.
    pub(crate) declared: &'static str,
    /// Whether the owner of the story could do its work.
    pub(crate) owner_up: bool,
    /// What was seen while it was away.
    pub(crate) seen: String,
    /// Why that is not what is declared.
    pub(crate) undeclared: Option<String>,
    /// What had not come about after it was back.
    pub(crate) violation: Option<String>,
}

/// A column that was tried.
#[derive(Debug, Default)]
pub(crate) struct Came {
    pub(crate) cells: Vec<Tried>,
    /// What was wrong with the whole afterwards: lost, doubled, not equal.
    pub(crate) violations: Vec<String>,
}

/// A story on its way through the phases.
struct Play {
    row: Row,
    expected: Expected,
    story: Box<dyn AnyStory>,
    tried: Tried,
    /// Where the act led.
    led: String,
    /// What was seen last.
    seen: Seen,
    done: bool,
}

/// Tries the rows of a column.
///
/// # Errors
/// When the installation breaks: a part does not stop, start or come to rest.
pub(crate) async fn column(
    place: &mut Place,
    declared: &Declared,
    away: Column,
    run: &str,
) -> Outcome<Came> {
    let began = Instant::now();
    let shape = place::name(place.shape);
    let label = format!("{shape}-{}-{run}", away.name());
    let stage = Stage::new(place.cluster.origin(), place.outside.mails.clone(), label);
    let mut came = Came::default();
    let mut plays = prepare(declared, away, shape, &stage, &mut came).await;
    place.settle().await?;
    let prepared = began.elapsed();

    place.take_away(away).await?;
    together(&mut plays, Play::acts).await;
    together(&mut plays, Play::stays).await;
    let acted = began.elapsed();

    place.bring_back(away).await?;
    for round in 0..=ROUNDS {
        place.settle().await?;
        together(&mut plays, Play::comes_about).await;
        if plays.iter().all(|play| play.done) {
            break;
        }
        if round < ROUNDS {
            place.move_on().await?;
        }
    }
    place.settle().await?;
    came.violations.extend(converge::faults(&place.cluster).await?);
    came.violations.extend(stage.doubled()?);
    for violation in &mut came.violations {
        violation.insert_str(0, &format!("{shape}, {} away: ", away.name()));
    }
    came.cells.extend(plays.into_iter().map(|play| play.tried));
    let seconds = |from: Duration, to: Duration| to.saturating_sub(from).as_secs_f64();
    print(format!(
        "  {shape:<8} {:<21} {} cells: prepared in {:.1} s, away for {:.1} s, at rest after {:.1} s",
        away.name(),
        came.cells.len(),
        seconds(Duration::ZERO, prepared),
        seconds(prepared, acted),
        seconds(acted, began.elapsed())
    ));
    Ok(came)
}

/// Prepares every story of the column; one that cannot be prepared is a violation.
async fn prepare(
    declared: &Declared,
    away: Column,
    shape: &'static str,
    stage: &Arc<Stage>,
    came: &mut Came,
) -> Vec<Play> {
    let turns = Semaphore::new(AT_ONCE);
    let begun = declared.rows.iter().map(async |row| {
        let _turn = turns.acquire().await;
        (row, play(row, away, shape, stage).await)
    });
    let mut plays = Vec::new();
    for (row, play) in join_all(begun).await {
        match play {
            Ok(play) => plays.push(play),
            Err(why) => came.violations.push(format!("{} cannot be prepared: {why}", row.id)),
        }
    }
    plays
}

async fn play(row: &Row, away: Column, shape: &'static str, stage: &Arc<Stage>) -> Outcome<Play> {
    let given: Given = ALL
        .iter()
        .find_map(|(id, given)| (*id == row.id).then_some(*given))
        .ok_or_else(|| Failed::because("there is no such story"))?;
    let expected = row.cell(away).ok_or_else(|| Failed::because("the cell is not declared"))?;
    let story = given(stage.clone()).await?;
    let tried = Tried {
        shape,
        away,
        story: row.id.clone(),
        declared: expected.word(),
        owner_up: away.spares(&row.owner),
        seen: String::new(),
        undeclared: None,
        violation: None,
    };
    let row = row.clone();
    Ok(Play { row, expected, story, tried, led: String::new(), seen: Seen::default(), done: false })
}

/// Lets all go through a phase, some at the same time.
async fn together(plays: &mut [Play], phase: impl AsyncFn(&mut Play)) {
    let turns = Semaphore::new(AT_ONCE);
    let (turns, phase) = (&turns, &phase);
    let going = plays.iter_mut().map(async |play| {
        let _turn = turns.acquire().await;
        phase(play).await;
    });
    join_all(going).await;
}

impl Play {
    /// The person acts, and looks until what is declared is there.
    async fn acts(&mut self) {
        let began = Instant::now();
        let mut seen = self.story.act().await;
        self.led.clone_from(&seen.path);
        loop {
            match judge(&self.expected, &self.row.shows, &seen) {
                Verdict::Fits => break,
                Verdict::Wrong(why) => {
                    self.tried.undeclared = Some(why);
                    break;
                }
                Verdict::NotYet if began.elapsed() > PATIENCE => {
                    self.tried.undeclared = Some(format!("it stays so: {}", seen.quoted()));
                    break;
                }
                Verdict::NotYet => {
                    tokio::time::sleep(AGAIN).await;
                    seen = self.story.look(&self.led).await;
                }
            }
        }
        self.tried.seen = seen.quoted();
        self.seen = seen;
    }

    /// Later, and still away: what was degraded is still so, or the declaration says too little.
    async fn stays(&mut self) {
        if self.tried.undeclared.is_some() || !matches!(self.expected, Expected::Degraded(_)) {
            return;
        }
        let seen = self.story.look(&self.led).await;
        if judge(&self.expected, &self.row.shows, &seen) != Verdict::Fits {
            self.tried.undeclared = Some(format!("later it is otherwise: {}", seen.quoted()));
        }
        self.seen = seen;
    }

    /// Everything is there again: what was refused is done again, what was waited for has come.
    async fn comes_about(&mut self) {
        if self.done {
            return;
        }
        if !self.seen.is_full(&self.row.shows) {
            self.seen = if self.seen.status == 200 {
                self.story.look(&self.led).await
            } else {
                let seen = self.story.act().await;
                self.led.clone_from(&seen.path);
                seen
            };
        }
        let missing = if self.seen.is_full(&self.row.shows) {
            self.story.missing().await.unwrap_or_else(|why| Some(why.to_string()))
        } else {
            Some(self.seen.quoted())
        };
        self.done = missing.is_none();
        self.tried.violation = missing.map(|what| format!("never came about: {what}"));
    }
}
