//! Prior predictive checks: what the priors imply for each observed column before any data are seen, and how alike they make
//! the levels of a hierarchy.

mod concentrations;
mod factors;

use super::words::short;
use crate::replay::Replay;
use polya_diagnostics::quantile;
use polya_models::{Error, ObservedColumn};
use serde::Serialize;

pub use concentrations::{PriorConcentration, describe_concentrations};
pub use factors::{PriorFactor, PriorShare, describe_factors};

/// A rate nearer than this to 0 or 1 is at the edge.
const EDGE: f64 = 0.01;
/// The share of prior mass at an edge, beyond that of a uniform, that is worth a warning.
const MOST_AT_EDGES: f64 = 0.5;

/// What the priors imply for one observed column of numbers.
#[derive(Clone, Debug, Serialize)]
pub struct PriorColumn {
    /// The column.
    pub column: String,
    /// Its observed rows.
    pub rows: usize,
    /// Whether the numbers below are shares of trials, not counts.
    pub shares: bool,
    /// The 5%, 25%, 50%, 75% and 95% quantiles over draws and rows.
    pub quantiles: [f64; 5],
    /// Those of the data.
    pub observed: [f64; 5],
    /// The share of prior predictive rows below all of the data, and above.
    pub outside: (f64, f64),
    /// The share of prior predictive rates below 0.01, and above 0.99; of counts that of zeros, and none.
    pub edges: (f64, f64),
    /// What is worth a thought, in words.
    pub warnings: Vec<String>,
}

const PROBABILITIES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Describes each observed column of numbers under the prior; the replay is [`Replay::of_prior`]. A row with a weight stands
/// there as many times as it counts. For factors there is [`describe_factors`].
///
/// # Errors
/// As [`check_columns`](super::predictive::check_columns).
pub fn describe_columns(replay: &Replay<'_>) -> Result<Vec<PriorColumn>, Error> {
    let replay = replay.rows_apart()?;
    let predictive = replay.predictive();
    let mut first = 0;
    let mut columns = Vec::new();
    for column in &replay.posterior().observed_columns() {
        let cells = first..first + column.values.len();
        first = cells.end;
        if !column.levels.is_empty() {
            continue;
        }
        let per = |i: usize, x: f64| match (&column.trials, column.width) {
            (Some(trials), _) if trials[i] > 0.0 => x / trials[i],
            (Some(_), _) => f64::NAN,
            _ => x,
        };
        let mut drawn: Vec<f64> = Vec::with_capacity(cells.len() * predictive.total());
        for (i, cell) in cells.enumerate() {
            drawn.extend(predictive.column(cell).iter().map(|x| per(i, *x)).filter(|x| !x.is_nan()));
        }
        let mut data: Vec<f64> =
            column.values.iter().enumerate().map(|(i, x)| per(i, *x)).filter(|x| !x.is_nan()).collect();
        drawn.sort_unstable_by(f64::total_cmp);
        data.sort_unstable_by(f64::total_cmp);
        columns.push(describe(column, &drawn, &data));
    }
    Ok(columns)
}

fn describe(column: &ObservedColumn, drawn: &[f64], data: &[f64]) -> PriorColumn {
    let of = |sorted: &[f64]| PROBABILITIES.map(|p| quantile(sorted, p).unwrap_or(f64::NAN));
    let share = |count: usize| count as f64 / drawn.len().max(1) as f64;
    let below = |x: f64| drawn.partition_point(|d| *d < x);
    let upto = |x: f64| drawn.partition_point(|d| *d <= x);
    let (low, high) = (data.first().copied().unwrap_or(f64::NAN), data.last().copied().unwrap_or(f64::NAN));
    let shares = column.trials.is_some();
    let edges = if shares {
        (share(upto(EDGE)), share(drawn.len() - below(1.0 - EDGE)))
    } else if column.is_count {
        (share(upto(0.0)), 0.0)
    } else {
        (0.0, 0.0)
    };
    let mut described = PriorColumn {
        column: column.name.clone(),
        rows: column.rows.len(),
        shares,
        quantiles: of(drawn),
        observed: of(data),
        outside: (share(below(low)), share(drawn.len() - upto(high))),
        edges,
        warnings: Vec::new(),
    };
    described.warnings = warnings(&described, data.is_empty());
    described
}

fn warnings(column: &PriorColumn, no_data: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    let (zero, one) = column.edges;
    if column.shares && zero + one > MOST_AT_EDGES {
        warnings.push(format!(
            "the priors put {:.0}% of the rates of `{}` at the edges (below {EDGE} {:.0}%, above {} {:.0}%): a prior on a \
             logit with a large scale, or a small concentration, does that; is it meant?",
            100.0 * (zero + one),
            column.column,
            100.0 * zero,
            1.0 - EDGE,
            100.0 * one
        ));
    } else if !column.shares && zero > 0.9 {
        warnings.push(format!("under the priors {:.0}% of `{}` are 0", 100.0 * zero, column.column));
    }
    let [q5, .., q95] = column.quantiles;
    let [_, _, middle, _, top] = column.observed;
    if !no_data && !column.shares && q95 > 1e4 * top.abs().max(1.0) {
        warnings.push(format!(
            "the priors allow `{}` up to {q95:.3e} (95% quantile), where the data end at {top}: a scale, concentration or \
             rate without bound?",
            column.column
        ));
    }
    if !no_data && !(q5..=q95).contains(&middle) {
        warnings.push(format!(
            "the middle of `{}` in the data, {}, is outside the central 90% of the prior predictive, {} to {}: the \
             priors and the data disagree, or the priors are narrow",
            column.column,
            short(middle),
            short(q5),
            short(q95)
        ));
    }
    warnings
}
