//! `proof matrix`: every user story while each part of the system is away, on real processes, held
//! against what is declared in `docs/reference/matrix.yaml`. Read [`run`] for the phases of a column
//! and [`judge`] for what counts as declared.

mod column;
mod words;
mod declared;
mod judge;
mod stage;
mod person;
mod stories;
mod outside;
mod place;
mod run;
mod converge;
mod report;
mod table;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use clap::ValueEnum;
use cluster::Shape;
use rand::SeedableRng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha20Rng;

use crate::outcome::{Failed, Outcome, folder, print};
use column::Column;
use declared::Declared;
use place::Place;
use report::Report;
use run::Came;

/// How many columns the short form tries of each shape, with half of the stories.
const SHORT: usize = 2;

/// A shape, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InShape {
    /// One process: quick, for whoever writes a story.
    One,
    /// A process for each service, feeds over HTTP.
    Apart,
    /// Two processes for each service on PostgreSQL and NATS.
    AtScale,
}

impl InShape {
    fn shape(self) -> Shape {
        match self {
            Self::One => Shape::One,
            Self::Apart => Shape::Apart,
            Self::AtScale => Shape::AtScale,
        }
    }
}

/// What to prove.
#[derive(Debug, Clone)]
pub struct Asked {
    /// From which all chance comes.
    pub seed: u64,
    /// Whether to try every column, not some.
    pub full: bool,
    /// In which shapes.
    pub shapes: Vec<InShape>,
    /// Only these columns, by name; none means by chance, or all.
    pub away: Vec<String>,
    /// Only write the page.
    pub table: bool,
}

impl Asked {
    /// Whether every story is tried.
    fn is_whole(&self) -> bool {
        self.full || !self.away.is_empty()
    }
}

/// Tries the cells, prints, and writes `target/proof/matrix.json`.
///
/// # Errors
/// When a cell is otherwise than declared, something was lost, doubled or is not equal, the page
/// that people read is not that of the declaration, or the proof could not be run.
pub async fn prove(asked: &Asked) -> Outcome {
    let began = Instant::now();
    let declared = Declared::read()?;
    known(&declared)?;
    let page = declared::documents().join("autonomy-matrix.md");
    if asked.table {
        return Ok(std::fs::write(page, table::page(&declared))?);
    }
    if std::fs::read_to_string(&page).unwrap_or_default() != table::page(&declared) {
        let why = "docs/reference/autonomy-matrix.md is not that of matrix.yaml: write it by \
                   `cargo xtask proof matrix --table`";
        return Err(Failed::because(why));
    }
    let (seed, extent) = (asked.seed, if asked.full { "everything" } else { "some columns" });
    print(format!("matrix: seed {seed}, {extent}, {} stories", declared.rows.len()));
    let proof = folder("proof")?;
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut came = Vec::new();
    for shape in asked.shapes.iter().map(|shape| shape.shape()) {
        let columns = chosen(shape, asked, &mut rng)?;
        let declared = if asked.is_whole() { declared.clone() } else { half(&declared, &mut rng) };
        let names: Vec<_> = columns.iter().map(|column| column.name()).collect();
        print(format!("  {:<8} away: {}", place::name(shape), names.join(", ")));
        if !asked.is_whole() {
            let rows: Vec<_> = declared.rows.iter().map(|row| row.id.as_str()).collect();
            print(format!("  {:<8} stories: {}", place::name(shape), rows.join(" ")));
        }
        let data = proof.join("matrix").join(place::name(shape));
        let tried = Box::pin(in_shape(shape, &columns, &data, asked.seed, &declared)).await?;
        came.push((place::name(shape), tried));
    }
    let report = Report::of((seed, asked.full, began.elapsed().as_secs_f64()), came);
    report.write(&proof)?;
    if report.is_clean() {
        return Ok(());
    }
    Err(Failed::because(format!("it is not as declared, with seed {seed}")))
}

/// Every story is declared, and every row is a story.
fn known(declared: &Declared) -> Outcome {
    let rows: BTreeSet<_> = declared.rows.iter().map(|row| row.id.as_str()).collect();
    let stories: BTreeSet<_> = stories::ALL.iter().map(|(id, _)| *id).collect();
    if rows == stories {
        return Ok(());
    }
    let differ: Vec<_> = rows.symmetric_difference(&stories).collect();
    Err(Failed::because(format!("declared or played, but not both: {differ:?}")))
}

/// Which columns are tried: those named; all; or some by chance.
fn chosen(shape: Shape, asked: &Asked, rng: &mut ChaCha20Rng) -> Outcome<Vec<Column>> {
    let there = place::columns(shape);
    if !asked.away.is_empty() {
        let wanted = |column: &Column| asked.away.iter().any(|name| name == column.name());
        let chosen: Vec<_> = there.into_iter().filter(wanted).collect();
        let missing = chosen.is_empty();
        return if missing { Err(Failed::because("there is no such column")) } else { Ok(chosen) };
    }
    if asked.full {
        return Ok(there);
    }
    let mut some: Vec<_> = there.sample(rng, SHORT).copied().collect();
    some.sort_unstable();
    Ok(some)
}

/// Half of the rows, by chance, in their order.
fn half(declared: &Declared, rng: &mut ChaCha20Rng) -> Declared {
    let many = declared.rows.len().div_ceil(2);
    let chosen: BTreeSet<_> = declared.rows.sample(rng, many).map(|row| row.id.clone()).collect();
    let rows = declared.rows.iter().filter(|row| chosen.contains(&row.id)).cloned().collect();
    Declared { rows }
}

async fn in_shape(
    shape: Shape,
    columns: &[Column],
    data: &Path,
    seed: u64,
    declared: &Declared,
) -> Outcome<Came> {
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    let began = Instant::now();
    let mut place = Place::start(shape, data, seed).await?;
    let seconds = began.elapsed().as_secs_f64();
    print(format!("  {:<8} started in {seconds:.1} s", place::name(shape)));
    let mut all = Came::default();
    for column in columns {
        let came = Box::pin(run::column(&mut place, declared, *column, &format!("{seed:x}"))).await;
        let mut came = came.map_err(|why| {
            let (shape, away) = (place::name(shape), column.name());
            Failed::because(format!("{shape}, {away} away: {why}"))
        })?;
        all.cells.append(&mut came.cells);
        all.violations.append(&mut came.violations);
    }
    place.cluster.stop_all().await?;
    Ok(all)
}
