//! Observed factors: what the priors imply for the share of each level.

use super::PROBABILITIES;
use crate::checks::replications::Replications;
use crate::checks::statistics::{StatisticCheck, shares_of_levels};
use crate::checks::words::short;
use crate::replay::Replay;
use polya_diagnostics::quantile;
use polya_models::Error;
use serde::Serialize;

/// The probability of the central part of the prior predictive.
const CENTRAL: f64 = 0.9;

/// What the priors imply for one observed factor.
#[derive(Clone, Debug, Serialize)]
pub struct PriorFactor {
    /// The column.
    pub column: String,
    /// Its observed rows.
    pub rows: usize,
    /// Its levels; of very many those that most rows have.
    pub levels: Vec<PriorShare>,
    /// What is worth a thought, in words.
    pub warnings: Vec<String>,
}

/// The share of the rows that one level has.
#[derive(Clone, Debug, Serialize)]
pub struct PriorShare {
    /// The level.
    pub level: String,
    /// The 5%, 25%, 50%, 75% and 95% quantiles of its share over draws.
    pub quantiles: [f64; 5],
    /// Its share in the data.
    pub observed: f64,
    /// The smaller tail of the prior predictive beyond that, doubled, times the number of levels.
    pub p_value: f64,
}

/// Describes each observed factor under the prior; the replay is [`Replay::of_prior`]. A row with a weight stands there as
/// many times as it counts.
///
/// # Errors
/// As [`check_columns`](crate::checks::predictive::check_columns).
pub fn describe_factors(replay: &Replay<'_>) -> Result<Vec<PriorFactor>, Error> {
    if replay.posterior().observed_columns().iter().all(|column| column.levels.is_empty()) {
        return Ok(Vec::new());
    }
    let replications = Replications::of(replay)?;
    let factors = replications.replicated().filter(|(column, _)| !column.levels.is_empty());
    let described = factors.map(|(column, replicated)| {
        let wanted = shares_of_levels(column);
        let shares = wanted.iter().filter_map(|(level, share)| {
            let drawn = replicated.statistics(&share.of);
            PriorShare::new(level, (share.of)(&column.values), drawn, wanted.len())
        });
        let mut factor = PriorFactor {
            column: column.name.clone(),
            rows: column.rows.len(),
            levels: shares.collect(),
            warnings: vec![],
        };
        factor.warnings = warning(&factor).into_iter().collect();
        factor
    });
    Ok(described.collect())
}

impl PriorShare {
    fn new(level: &str, observed: f64, mut drawn: Vec<f64>, levels: usize) -> Option<Self> {
        let p_value = StatisticCheck::new(level, observed, &drawn)?.p_value;
        drawn.sort_unstable_by(f64::total_cmp);
        let quantiles = PROBABILITIES.map(|p| quantile(&drawn, p).unwrap_or(f64::NAN));
        Some(Self { level: level.to_owned(), quantiles, observed, p_value: (p_value * levels as f64).min(1.0) })
    }
}

/// The level that is farthest out, where that is farther than the farthest of so many should be.
fn warning(factor: &PriorFactor) -> Option<String> {
    let farthest = factor.levels.iter().min_by(|a, b| a.p_value.total_cmp(&b.p_value))?;
    let [low, .., high] = farthest.quantiles;
    (farthest.p_value < 1.0 - CENTRAL).then(|| {
        format!(
            "the share of `{}` in `{}` is {} in the data, where the central 90% of the prior predictive is {} to {}: the \
             priors and the data disagree, or the priors are narrow",
            farthest.level,
            factor.column,
            short(farthest.observed),
            short(low),
            short(high)
        )
    })
}
