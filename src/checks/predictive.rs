//! Posterior predictive checks: does data that the model makes look like the data it was given?
//!
//! Each observed column is replicated under every draw, and described by statistics beside those of the data (Gelman, Meng
//! and Stern 1996). Where the distribution function of a column is known, the place of each row in its predictive
//! distribution is the mean of the function over the draws, without the noise of replicated data (Czado, Gneiting and Held
//! 2009).

use super::replicated::Replicated;
use super::replications::Replications;
use super::statistics::{StatisticCheck, check_all, finding, standard};
use crate::replay::{Matrix, Replay};
use polya_diagnostics::{
    ByRow, COVERAGE_MASSES, Coverage, PitInterval, RootogramBar, coverage, pit_histogram, rootogram,
};
use polya_models::{Error, ObservedColumn};
use rayon::prelude::*;
use serde::Serialize;

/// Two-sided predictive p-values below this are surprising.
pub const SURPRISING: f64 = 0.01;
/// Of a factor with more levels, the levels are not looked at one by one.
const MOST_LEVELS: usize = 1000;
/// The largest count that has a bar of its own in a rootogram.
const HIGHEST_BAR: usize = 60;
/// Bins of a histogram of predictive places.
const PIT_BINS: usize = 20;

/// The checks of one observed column.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnChecks {
    /// The column.
    pub column: String,
    /// Its observed rows.
    pub rows: usize,
    /// Replicated data sets.
    pub replications: usize,
    /// Statistics of the data among those of the replications.
    pub statistics: Vec<StatisticCheck>,
    /// The levels of factors whose mean is surprising, allowing for the number of levels.
    pub levels: Vec<StatisticCheck>,
    /// How many rows lie in the central predictive intervals of each mass.
    pub coverage: Vec<Coverage>,
    /// The places of the rows in their predictive distributions.
    pub pit: Option<Pit>,
    /// The bars of a rootogram, for counts.
    pub rootogram: Vec<RootogramBar>,
    /// What is surprising, in words; empty if nothing is.
    pub findings: Vec<String>,
}

/// The probability integral transform of the rows: the place of each in its predictive distribution. Since the model has
/// seen the rows, and one with a parameter for each row has nearly learnt them, the places crowd in the middle where all is
/// well; places at the edges speak against the model, places in the middle do not speak for it.
#[derive(Clone, Debug, Serialize)]
pub struct Pit {
    /// For each row the probabilities of less than, and of at most, the observed value.
    pub rows: Vec<PitInterval>,
    /// Whether they come from exact distribution functions, or from replicated data.
    pub exact: bool,
    /// The shares of bins of equal width, the non-randomised histogram: all equal if the model is right.
    pub histogram: Vec<f64>,
}

/// Checks every observed column; a row with a weight stands there as many times as it counts.
///
/// # Errors
/// Weights that stand for too many rows ([`Posterior::rows_apart`](polya_models::Posterior::rows_apart)).
pub fn check_columns(replay: &Replay<'_>) -> Result<Vec<ColumnChecks>, Error> {
    Ok(check_replications(&Replications::of(replay)?))
}

/// The same of columns that have been replicated.
pub fn check_replications(replications: &Replications<'_>) -> Vec<ColumnChecks> {
    let replay = replications.replay();
    let cdfs = replay.cdfs();
    let with_cdf = replay.posterior().cdf_columns();
    let cells: usize = with_cdf.iter().map(|c| c.rows.len()).sum();
    let mut checks = Vec::new();
    for (column, replicated) in replications.replicated() {
        let start = with_cdf.iter().scan(0, |at, c| {
            let own = (c.name == column.name).then_some(*at);
            *at += c.rows.len();
            Some(own)
        });
        let exact = start.flatten().next().map(|start| (&cdfs, start, cells));
        checks.push(check_column(column, &replicated, exact));
    }
    checks
}

fn check_column(
    column: &ObservedColumn,
    replicated: &Replicated<'_>,
    exact: Option<(&Matrix, usize, usize)>,
) -> ColumnChecks {
    let pit = pit(column, replicated, exact);
    let rows: Vec<f64> = (0..column.values.len()).flat_map(|i| replicated.of(i).iter().copied()).collect();
    let coverage = ByRow::new(&rows, replicated.total())
        .and_then(|columns| coverage(&column.values, &columns, &COVERAGE_MASSES))
        .unwrap_or_default();
    let mut checks = ColumnChecks {
        column: column.name.clone(),
        rows: column.rows.len(),
        replications: replicated.count(),
        statistics: check_all(&standard(column), &column.values, replicated),
        levels: surprising_levels(column, replicated),
        coverage,
        pit,
        rootogram: bars(column, replicated),
        findings: Vec::new(),
    };
    checks.findings = findings(&checks);
    checks
}

/// The levels of factors whose total is surprising; the p-value is that of the smallest of as many as there are levels.
pub(super) fn surprising_levels(column: &ObservedColumn, replicated: &Replicated<'_>) -> Vec<StatisticCheck> {
    if column.width > 1 {
        return Vec::new();
    }
    let mut found = Vec::new();
    for grouping in column.groupings.iter().filter(|g| (2..=MOST_LEVELS).contains(&g.levels.len())) {
        let mut rows = vec![Vec::new(); grouping.levels.len()];
        grouping.codes.iter().enumerate().for_each(|(row, code)| rows[*code as usize].push(row));
        let check = |(level, rows): (usize, &Vec<usize>)| {
            let count = rows.len() as f64;
            let observed = rows.iter().map(|r| column.values[*r]).sum::<f64>() / count;
            let mut means = vec![0.0; replicated.total()];
            for row in rows {
                means.iter_mut().zip(replicated.of(*row)).for_each(|(mean, x)| *mean += x / count);
            }
            let name = format!("mean at {}={}", grouping.factor, grouping.levels[level]);
            let mut check = StatisticCheck::new(name, observed, &means)?;
            check.p_value = (check.p_value * grouping.levels.len() as f64).min(1.0);
            (check.p_value < SURPRISING).then_some(check)
        };
        let with_rows: Vec<_> = rows.iter().enumerate().filter(|(_, rows)| !rows.is_empty()).collect();
        found.par_extend(with_rows.into_par_iter().filter_map(check));
    }
    found
}

fn pit(column: &ObservedColumn, replicated: &Replicated<'_>, exact: Option<(&Matrix, usize, usize)>) -> Option<Pit> {
    let interval = |i: usize| match exact {
        Some((cdfs, start, cells)) => {
            PitInterval::from_cdfs(cdfs.column(start + i), cdfs.column(cells + start + i), None)
        }
        None => PitInterval::from_draws(column.values[i], replicated.of(i), None),
    };
    let rows: Vec<PitInterval> = (0..column.values.len()).map(interval).collect::<Option<_>>()?;
    let histogram = pit_histogram(&rows, PIT_BINS)?;
    Some(Pit { rows, exact: exact.is_some(), histogram })
}

fn bars(column: &ObservedColumn, replicated: &Replicated<'_>) -> Vec<RootogramBar> {
    if !column.is_count || column.values.iter().any(|x| !(0.0..1e15).contains(x)) {
        return Vec::new();
    }
    let data: Vec<u64> = column.values.iter().map(|x| *x as u64).collect();
    let highest = data.iter().max().map_or(0, |x| *x as usize).min(HIGHEST_BAR);
    let write = |draw: usize, out: &mut [u64]| {
        out.iter_mut()
            .enumerate()
            .for_each(|(i, x)| *x = replicated.of(i)[replicated.draw(draw)].clamp(0.0, 1e15) as u64);
    };
    rootogram(&data, highest, replicated.count(), write, 0.9).unwrap_or_default()
}

/// What is surprising, in words.
fn findings(checks: &ColumnChecks) -> Vec<String> {
    let all = checks.statistics.iter().chain(&checks.levels);
    all.filter(|check| check.p_value < SURPRISING).map(|check| finding(check, &checks.column)).collect()
}
