//! The summary of a fit as plain data, and its JSON: the contract `polya.summary/1`.
//!
//! Fields stand in the order of the contract. A number that is not finite is `null` in JSON; read back, it is NaN.

mod nullable;
mod verdict;

use std::collections::BTreeMap;

use polya_diagnostics::ScalarSummary;
use serde::{Deserialize, Serialize};

use crate::draws::Scalar;

pub use verdict::{Finding, Severity, Verdict};

/// The schema of [`Summary`].
pub const SCHEMA: &str = "polya.summary/1";

/// Everything that a fit says: what was asked, what was done, whether it can be trusted, and what came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: String,
    /// The model.
    pub model: ModelInfo,
    /// The data; `None` without a table.
    pub data: Option<DataInfo>,
    /// What the compiler made of the variables.
    pub compiled: Compiled,
    /// What the sampler did.
    pub sampler: Sampler,
    /// Whether the fit can be trusted.
    pub verdict: Verdict,
    /// How long each step took.
    pub timing_s: Timing,
    /// The scalars, in declaration order.
    pub parameters: Vec<Parameter>,
}

/// The model of a fit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The path of its file, or the name of a ready-made model.
    pub path: String,
    /// The SHA-256 of its text.
    pub sha256: String,
    /// All inputs with the values used.
    pub inputs: BTreeMap<String, Input>,
}

/// The value of an input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Input {
    /// Of an input without index.
    Number(f64),
    /// Of an input over an index, in the order of its levels.
    List(Vec<f64>),
}

/// The data of a fit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DataInfo {
    /// The path of the file; `-` is standard input.
    pub path: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// The number of its rows.
    pub rows: usize,
    /// How many rows each statement leaves out because its observed cell is missing; statements that leave out none are not
    /// listed.
    pub rows_left_out: BTreeMap<String, usize>,
    /// The number of cells that the observed rows became.
    pub cells: usize,
}

/// What the compiler made of the variables; `let` names are not listed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Compiled {
    /// Variables that are sampled.
    pub sampled: Vec<String>,
    /// Variables that are integrated out and drawn back.
    pub integrated_out: Vec<String>,
    /// Quantities.
    pub computed: Vec<String>,
    /// Predictions.
    pub predicted: Vec<String>,
    /// The number of unconstrained reals that are sampled.
    pub dimension: usize,
    /// How far the levels of hierarchies are centred, where the chains chose; not listed where there are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub centring: BTreeMap<String, Centring>,
}

/// How far the levels of a variable are centred, each the mean over the chains: 0 not at all, 1 wholly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Centring {
    /// The least of its levels.
    pub least: f64,
    /// The one in the middle.
    pub median: f64,
    /// The most of its levels.
    pub most: f64,
}

impl Centring {
    /// Of the weights of all levels; none where there are no levels.
    pub fn of(mut weights: Vec<f64>) -> Option<Self> {
        weights.sort_by(f64::total_cmp);
        let (least, most) = (*weights.first()?, *weights.last()?);
        Some(Self { least, median: weights[weights.len() / 2], most })
    }
}

/// How the draws were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// The No-U-Turn sampler.
    Nuts,
    /// Independent draws from the exact posterior.
    Exact,
}

/// Independence steps while drawing, each of which evaluates the density once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndependenceSteps {
    /// How many there were.
    pub proposals: u64,
    /// How many of them moved the chain.
    pub accepted: u64,
}

/// What the sampler did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampler {
    /// How the draws were made.
    pub algorithm: Algorithm,
    /// The number of chains.
    pub chains: usize,
    /// The number of superchains that they form, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superchains: Option<usize>,
    /// Warmup transitions of each chain.
    pub warmup: usize,
    /// Draws of each chain.
    pub draws: usize,
    /// The seed.
    pub seed: u64,
    /// Divergent transitions among the draws.
    pub divergences: usize,
    /// Draws whose trajectory reached the maximum depth.
    pub max_depth_hits: usize,
    /// Evaluations of the gradient while drawing: leapfrog steps, and independence steps, which take one each.
    pub leapfrogs: u64,
    /// Evaluations of the gradient during warmup.
    pub leapfrogs_warmup: u64,
    /// The independence steps among them; none where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub independence: Option<IndependenceSteps>,
    /// The step size of each chain; empty where nothing is sampled.
    pub step_size: Vec<f64>,
    /// E-BFMI of each chain, where it exists; empty where nothing is sampled.
    pub ebfmi: Vec<Option<f64>>,
    /// The log marginal likelihood, where it is known exactly.
    pub log_evidence: Option<f64>,
}

/// How long each step took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Reading the data.
    pub read: f64,
    /// Parsing, binding and compiling.
    pub compile: f64,
    /// Warmup.
    pub warmup: f64,
    /// Drawing.
    pub sample: f64,
    /// All of it.
    pub total: f64,
}

/// What became of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Sampled.
    Sampled,
    /// Integrated out, and drawn from its conditional for each draw of the rest.
    IntegratedOut,
    /// Computed from others.
    Computed,
    /// Drawn forward.
    Predicted,
}

/// The summary of one scalar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The name with its levels, as [`crate::draws::scalar_name`] writes it.
    pub name: String,
    /// The variable.
    pub variable: String,
    /// The levels, one for each index.
    pub levels: Vec<String>,
    /// What became of the variable.
    pub kind: Kind,
    /// The mean.
    #[serde(with = "nullable")]
    pub mean: f64,
    /// The standard deviation.
    #[serde(with = "nullable")]
    pub sd: f64,
    /// The 5% quantile.
    #[serde(with = "nullable")]
    pub q5: f64,
    /// The median.
    #[serde(with = "nullable")]
    pub median: f64,
    /// The 95% quantile.
    #[serde(with = "nullable")]
    pub q95: f64,
    /// The Monte Carlo standard error of the mean.
    pub mcse_mean: Option<f64>,
    /// The Monte Carlo standard error of the standard deviation.
    pub mcse_sd: Option<f64>,
    /// The Monte Carlo standard error of the 5% quantile.
    pub mcse_q5: Option<f64>,
    /// The Monte Carlo standard error of the median.
    pub mcse_median: Option<f64>,
    /// The Monte Carlo standard error of the 95% quantile.
    pub mcse_q95: Option<f64>,
    /// The effective sample size of the bulk; `None` for a constant.
    pub ess_bulk: Option<f64>,
    /// The effective sample size of the tails; `None` for a constant.
    pub ess_tail: Option<f64>,
    /// R-hat; `None` for a constant.
    pub rhat: Option<f64>,
    /// Nested R-hat, which judges where chains form superchains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rhat_nested: Option<f64>,
}

impl Parameter {
    /// The row of a scalar with these statistics.
    pub fn new(scalar: &Scalar, statistics: &ScalarSummary) -> Self {
        Self {
            name: scalar.name.clone(),
            variable: scalar.variable.clone(),
            levels: scalar.levels.clone(),
            kind: scalar.kind,
            mean: statistics.mean,
            sd: statistics.sd,
            q5: statistics.q5,
            median: statistics.median,
            q95: statistics.q95,
            mcse_mean: statistics.mcse_mean,
            mcse_sd: statistics.mcse_sd,
            mcse_q5: statistics.mcse_q5,
            mcse_median: statistics.mcse_median,
            mcse_q95: statistics.mcse_q95,
            ess_bulk: statistics.ess_bulk,
            ess_tail: statistics.ess_tail,
            rhat: statistics.rhat,
            rhat_nested: statistics.rhat_nested,
        }
    }
}

/// Why a text is no summary.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// The schema is none that this version reads.
    #[error("the schema is `{found}`, and this version of polya reads `{SCHEMA}`")]
    UnknownSchema {
        /// The schema of the text.
        found: String,
    },
    /// The text is not JSON, or fields are missing or of another type.
    #[error("this is no summary of a fit: {0}")]
    Malformed(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct SchemaOnly {
    schema: String,
}

impl Summary {
    /// The summary behind its JSON.
    pub fn from_json(text: &str) -> Result<Self, SummaryError> {
        let SchemaOnly { schema } = serde_json::from_str(text)?;
        if schema != SCHEMA {
            return Err(SummaryError::UnknownSchema { found: schema });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// One JSON object, over several lines.
    pub fn to_json(&self) -> Result<String, SummaryError> {
        Ok(serde_json::to_string_pretty(self)?)
    }
}

#[cfg(test)]
pub(crate) mod tests;
