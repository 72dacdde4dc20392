//! Kept fits: a folder with the summary, the draws and where they came from, written whole or not at all.
//!
//! | file | holds |
//! | --- | --- |
//! | `summary.json` | the [`Summary`], schema `polya.summary/1` |
//! | `draws.parquet` | `chain`, `draw` (both from 1) and one column for each scalar, named as in the summary |
//! | `sampler.parquet` | what the sampler did at each draw |
//! | `positions.parquet` | the unconstrained position of each draw: `q[0]` and so on |
//! | `log_lik.parquet` | the log likelihood of each observed row at each draw, `tumours[3]` for row 3 |
//! | `predictive.parquet` | draws of the observed columns, also of rows left out because their cell is missing |
//! | `data.parquet` | the columns of the table that the model declares |
//! | `model.polya` | the model's text |
//! | `fit.json` | a [`Record`], schema `polya.fit/1`, with the length and the SHA-256 of each other file |
//!
//! [`DrawsFormat::CmdStan`] adds `draws-1.csv` and so on, one for each chain, [`DrawsFormat::Arrow`] `draws.arrow`, and [`DrawsFormat::Arviz`] adds the store
//! `fit.zarr`. A scalar that is called `chain` or `draw` itself has the column `chain (variable)` or `draw (variable)`.
//! [`open`] reads all of it back, and answers with an error where a file is not what was written; [`open_without_rows`] leaves
//! out what has a number for each row of the data and each draw.

mod arrow;
mod arviz;
mod cells;
mod check;
mod cmdstan;
mod columns;
mod error;
mod fields;
mod folder;
mod name;
mod open;
mod record;
mod restore;
mod seal;
mod sheet;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use polya_models::ObservedColumn;

use crate::draws::{Draws, Scalar};
use crate::summary::Summary;

pub use cells::KeptTable;
pub use error::KeepError;
pub use open::{Opened, open, open_without_rows};
pub use record::{Hashes, RECORD_SCHEMA, Record, Times, Versions};
pub use restore::{read_record, read_summary};
pub use seal::Fingerprint;

/// What the sampler did at one draw.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SamplerRow {
    /// The energy at the start of the trajectory, after the momentum was drawn.
    pub energy: f64,
    /// The depth of the tree.
    pub depth: u32,
    /// The step size.
    pub step_size: f64,
    /// Whether the trajectory diverged.
    pub divergent: bool,
    /// The mean acceptance probability.
    pub acceptance: f64,
    /// The log density of the draw.
    pub log_density: f64,
    /// The number of leapfrog steps.
    pub leapfrogs: u32,
}

impl From<&polya_engine::DrawStats> for SamplerRow {
    fn from(stats: &polya_engine::DrawStats) -> Self {
        Self {
            energy: stats.energy,
            depth: stats.depth,
            step_size: stats.step_size,
            divergent: stats.divergent,
            acceptance: stats.acceptance,
            log_density: stats.log_density,
            leapfrogs: stats.leapfrogs,
        }
    }
}

/// Columns of numbers over all draws, chain after chain. [`Draws`] are; a source that computes each column when it is asked
/// for needs no memory for the others.
pub trait Columns {
    /// The number of columns.
    fn width(&self) -> usize;
    /// The name of a column.
    fn name(&self, column: usize) -> Cow<'_, str>;
    /// The numbers of a column, which may be computed into the buffer.
    fn values<'a>(&'a self, column: usize, buffer: &'a mut Vec<f64>) -> &'a [f64];
}

impl Columns for Draws {
    fn width(&self) -> usize {
        self.scalars().len()
    }

    fn name(&self, column: usize) -> Cow<'_, str> {
        self.scalars().get(column).map_or_else(String::new, |scalar: &Scalar| scalar.name.clone()).into()
    }

    fn values<'a>(&'a self, column: usize, _: &'a mut Vec<f64>) -> &'a [f64] {
        self.scalar(column)
    }
}

/// What other programs read of the draws, besides `draws.parquet`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DrawsFormat {
    /// Nothing else.
    #[default]
    Parquet,
    /// One CSV for each chain, as CmdStan writes them; indices are positions, and comments tell their labels.
    CmdStan,
    /// The same columns as an Arrow IPC file.
    Arrow,
    /// The store `fit.zarr`, which ArviZ opens as its InferenceData with named dimensions and labels.
    Arviz,
}

/// A fit to keep.
#[derive(Clone, Copy)]
pub struct KeptFit<'a> {
    /// The summary.
    pub summary: &'a Summary,
    /// The draws of all scalars.
    pub draws: &'a Draws,
    /// The variables whose draws are kept; `None` keeps all.
    pub keep: Option<&'a [String]>,
    /// For each chain, what the sampler did at each draw; empty chains where nothing was sampled.
    pub sampler: &'a [Vec<SamplerRow>],
    /// The log likelihood of each observed row.
    pub log_lik: Option<&'a dyn Columns>,
    /// Draws of the observed columns, named as the log likelihoods are; also of rows left out.
    pub predictive: Option<&'a dyn Columns>,
    /// The observed columns, which the store of ArviZ holds beside their predictions.
    pub observed: &'a [ObservedColumn],
    /// The table that the model was bound to.
    pub data: Option<&'a KeptTable>,
    /// For each chain, its positions in unconstrained space, draw after draw.
    pub positions: Option<&'a [&'a [f64]]>,
    /// The names of the indices of each variable.
    pub indices: Option<&'a BTreeMap<String, Vec<String>>>,
    /// The model's text.
    pub model: &'a str,
    /// The settings of the run, by name.
    pub settings: &'a serde_json::Map<String, serde_json::Value>,
    /// When the run began.
    pub started: SystemTime,
    /// When it ended.
    pub finished: SystemTime,
    /// How the draws are written.
    pub format: DrawsFormat,
}

impl std::fmt::Debug for KeptFit<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scalars = self.draws.scalars().len();
        formatter
            .debug_struct("KeptFit")
            .field("scalars", &scalars)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// A folder that can take a kept fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    folder: PathBuf,
}

impl Destination {
    /// Checks that a fit can be written here: the folder is new, empty or a kept fit, and the one above can be written to.
    /// Leaves nothing behind.
    pub fn check(folder: &Path) -> Result<Self, KeepError> {
        Ok(Self { folder: folder::check(folder)? })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a fit under a temporary name beside the folder, then puts it in place. A kept fit that was there goes only
    /// when the new one is complete; where anything fails, it stays as it was.
    pub fn write(&self, fit: &KeptFit<'_>) -> Result<(), KeepError> {
        folder::replace(&self.folder, |staging| write_files(staging, fit))
    }
}

fn write_files(staging: &Path, fit: &KeptFit<'_>) -> Result<(), KeepError> {
    check::parts(fit)?;
    let shape = columns::Shape { chains: fit.draws.chains(), draws: fit.draws.draws() };
    let kept: Vec<usize> = fit
        .draws
        .scalars()
        .iter()
        .enumerate()
        .filter(|(_, scalar)| fit.keep.is_none_or(|keep| keep.contains(&scalar.variable)))
        .map(|(i, _)| i)
        .collect();
    columns::write(&staging.join(DRAWS), shape, fit.draws, &kept)?;
    columns::write_sampler(&staging.join(SAMPLER), fit.sampler)?;
    for (name, matrix) in [(LOG_LIK, fit.log_lik), (PREDICTIVE, fit.predictive)] {
        if let Some(matrix) = matrix {
            let all: Vec<usize> = (0..matrix.width()).collect();
            columns::write(&staging.join(name), shape, matrix, &all)?;
        }
    }
    if let Some(positions) = fit.positions {
        columns::write_positions(&staging.join(POSITIONS), shape, fit.summary.compiled.dimension, positions)?;
    }
    if let Some(table) = fit.data {
        table.write(&staging.join(DATA))?;
    }
    match fit.format {
        DrawsFormat::Parquet => {}
        DrawsFormat::CmdStan => cmdstan::write(staging, fit, &kept)?,
        DrawsFormat::Arrow => arrow::write(&staging.join(ARROW), fit, &kept)?,
        DrawsFormat::Arviz => arviz::write(&staging.join(STORE), fit, &kept)?,
    }
    folder::write(&staging.join(MODEL), fit.model)?;
    let summary = staging.join(SUMMARY);
    let text = fit.summary.to_json().map_err(|error| KeepError::malformed(&summary, error))?;
    folder::write(&summary, text + "\n")?;
    // Last, because it is what makes the folder a kept fit.
    let record = staging.join(RECORD);
    let sealed = Record::of(fit, seal::files(staging)?).sealed();
    folder::write(&record, sealed.map_err(|error| KeepError::malformed(&record, error))?)
}

const RECORD: &str = "fit.json";
const SUMMARY: &str = "summary.json";
const MODEL: &str = "model.polya";
const DRAWS: &str = "draws.parquet";
const SAMPLER: &str = "sampler.parquet";
const LOG_LIK: &str = "log_lik.parquet";
const PREDICTIVE: &str = "predictive.parquet";
const POSITIONS: &str = "positions.parquet";
const DATA: &str = "data.parquet";
const ARROW: &str = "draws.arrow";
const STORE: &str = "fit.zarr";

#[cfg(test)]
mod damage;
#[cfg(test)]
mod tests;
