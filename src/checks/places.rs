//! The place of each row in a prediction that has not seen it: the probability integral transform, left out.
//!
//! Where the model is right the places are uniform, which those of [`predictive`](super::predictive), whose predictions have
//! seen the rows, are not. They are means of exact distribution functions over the draws, with the importance weights of
//! leaving out ([`polya_diagnostics::loo_pit`]). Whether they are uniform is tested in a way that allows for their dependence
//! (Tesso and Vehtari 2026, *LOO-PIT predictive model checking*, arXiv:2603.02928).

use crate::replay::Replay;
use polya_diagnostics::{
    ByRow, Efficiency, LooError, PitInterval, UniformityTest, Written, cauchy_combination, loo_pit, uniformity,
};
use polya_engine::{Purpose, Stream};
use rand::RngExt;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

use super::loo::{GroupsLeftOut, LeaveOutError, RowsLeftOut};

/// A p-value of uniformity below this is worth a word.
pub const NOT_UNIFORM: f64 = 0.01;
/// How often discrete places are made numbers at random; the p-values are combined.
const RANDOMISATIONS: u64 = 25;
/// Places that are tested at a time.
const MOST_PLACES: usize = 20_000;
/// The share of rows with a high k up to which places are relied on.
const MOST_HIGH_K: f64 = 0.01;

/// The places of the rows of one observed column in predictions that have not seen them.
#[derive(Clone, Debug, Serialize)]
pub struct PlacesLeftOut {
    /// The column.
    pub column: String,
    /// The rows of the table, from 1.
    pub rows: Vec<usize>,
    /// For each row the probabilities of less than, and of at most, the observed value.
    pub places: Vec<PitInterval>,
    /// Rows whose importance weights are not to be relied on: Pareto k above its limit.
    pub high_k: usize,
    /// The p-value of a test that the places are uniform, which does not ask for their independence; at most 1/2. None where
    /// rows count several times.
    pub p_value: Option<f64>,
    /// What is worth a word.
    pub finding: Option<String>,
}

impl PlacesLeftOut {
    /// Whether the importance weights of all rows, but for one in a hundred, are to be relied on.
    pub fn reliable(&self) -> bool {
        self.high_k as f64 <= MOST_HIGH_K * self.rows.len() as f64
    }
}

/// The places of the rows of each column with a known distribution function, each row left out in turn. `left_out` is
/// [`leave_rows_out`](super::loo::leave_rows_out) of the same draws.
///
/// # Errors
/// As [`leave_rows_out`](super::loo::leave_rows_out).
pub fn places_of_rows(replay: &Replay<'_>, left_out: &RowsLeftOut) -> Result<Vec<PlacesLeftOut>, LeaveOutError> {
    let replay = replay.rows_apart()?;
    let replay = &replay;
    let cells = cells_of_columns(replay);
    if cells.iter().all(|(_, cells)| cells.is_empty()) {
        return Ok(Vec::new());
    }
    let kinds = Kinds::of(replay, &cells);
    let replay = &replay.where_all_fit((2 * kinds.found.len()).max(replay.posterior().alike().cells.len()));
    let (log_lik, cdfs) = (replay.log_lik_of_kinds(), replay.cdfs_of_kinds(kinds.found.len()));
    let left_out_by = LeftOut { log_lik: &log_lik.values, of: kinds.found.clone(), cdfs: &cdfs.values };
    let places = kinds.of_cells(&weighted_places(&left_out_by, replay)?);
    let high: Vec<usize> = left_out.loo.high_k().collect();
    Ok(by_column(replay, &cells, &places, |cell| high.binary_search(&cell).is_ok(), |cell| cell))
}

/// The places of the rows of each column with a known distribution function, each group of rows left out as a whole with its
/// own parameter; none where groups cannot be left out, or their rows have no such function. `left_out` is
/// [`leave_groups_out`](super::loo::leave_groups_out) of the same draws.
///
/// # Errors
/// As [`leave_groups_out`](super::loo::leave_groups_out).
pub fn places_of_groups(replay: &Replay<'_>, left_out: &GroupsLeftOut) -> Result<Option<Vec<PlacesLeftOut>>, LooError> {
    let GroupsLeftOut { groups, loo } = left_out;
    let cells = cells_of_columns(replay);
    if cells.iter().all(|(_, cells)| cells.is_empty()) || !replay.posterior().has_group_cdfs() {
        return Ok(None);
    }
    let mut group_of = vec![usize::MAX; replay.posterior().observed_count()];
    for (group, own) in groups.iter().enumerate() {
        own.cells.iter().for_each(|cell| group_of[*cell] = group);
    }
    let kinds = Kinds::of(replay, &cells);
    let alike = replay.posterior().alike();
    let of: Vec<usize> = kinds.found.iter().map(|kind| group_of[alike.cells[*kind] as usize]).collect();
    if of.iter().any(|group| *group >= groups.len()) {
        return Ok(None);
    }
    let replay = &replay.where_all_fit(2 * of.len());
    let (log_lik, cdfs) = (replay.group_log_lik(), replay.group_cdfs_of_kinds(of.len()));
    let left_out_by = LeftOut { log_lik: &log_lik.values, of, cdfs: &cdfs.values };
    let places = kinds.of_cells(&weighted_places(&left_out_by, replay)?);
    let high: Vec<usize> = loo.high_k().collect();
    let is_high = |cell: usize| high.binary_search(&group_of[cell]).is_ok();
    Ok(Some(by_column(replay, &cells, &places, is_high, |cell| group_of[cell])))
}

/// The columns with a known distribution function, and which of the observed cells they are.
fn cells_of_columns(replay: &Replay<'_>) -> Vec<(String, Vec<usize>)> {
    let posterior = replay.posterior();
    let known = posterior.cdf_columns();
    let mut first = 0;
    let mut columns = Vec::new();
    for observed in posterior.observed() {
        let cells = first..first + observed.rows.len();
        first = cells.end;
        if known.iter().any(|column| column.name == observed.name) {
            columns.push((observed.name, cells.collect()));
        }
    }
    columns
}

/// The kinds of the cells of some columns: those that are alike have one place.
struct Kinds {
    /// The kinds, ascending.
    found: Vec<usize>,
    /// The kind of each cell, as its place among those.
    of: Vec<usize>,
}

impl Kinds {
    fn of(replay: &Replay<'_>, columns: &[(String, Vec<usize>)]) -> Self {
        let kinds = &replay.posterior().alike().kinds;
        let of_cells = || columns.iter().flat_map(|(_, cells)| cells.iter().map(|cell| kinds[*cell] as usize));
        let mut found: Vec<usize> = of_cells().collect();
        found.sort_unstable();
        found.dedup();
        let of = of_cells().map(|kind| found.partition_point(|known| *known < kind)).collect();
        Self { found, of }
    }

    /// What is known of the kinds, of each cell.
    fn of_cells(&self, places: &[PitInterval]) -> Vec<PitInterval> {
        self.of.iter().map(|at| places[*at]).collect()
    }
}

/// What is left out with each row, and the distribution functions of the rows.
struct LeftOut<'a> {
    /// The log likelihoods of what is left out, one after the other.
    log_lik: &'a [f64],
    /// Which of those each row is left out with.
    of: Vec<usize>,
    /// P(Y < y) of each row, and then P(Y ≤ y).
    cdfs: &'a [f64],
}

fn weighted_places(left_out: &LeftOut<'_>, replay: &Replay<'_>) -> Result<Vec<PitInterval>, LooError> {
    let (draws, rows) = (replay.total(), left_out.of.len());
    let log_lik = Written::new(draws, rows, |row, column: &mut [f64]| {
        let start = left_out.of[row] * draws;
        column.copy_from_slice(&left_out.log_lik[start..start + draws]);
    });
    let (below, upto) = left_out.cdfs.split_at(rows * draws);
    let columns = |values| ByRow::new(values, draws).ok_or(LooError::NoDraws);
    loo_pit(&log_lik, &columns(below)?, &columns(upto)?, Efficiency::Chains(replay.chains()))
}

fn by_column(
    replay: &Replay<'_>,
    columns: &[(String, Vec<usize>)],
    places: &[PitInterval],
    is_high: impl Fn(usize) -> bool,
    group_of: impl Fn(usize) -> usize,
) -> Vec<PlacesLeftOut> {
    let observed = replay.posterior().observed();
    let rows: Vec<usize> = observed.iter().flat_map(|column| column.rows.iter().copied()).collect();
    let weights = replay.posterior().row_weights();
    let mut places = places.iter().copied();
    let mut found = Vec::new();
    for (number, (name, cells)) in columns.iter().enumerate() {
        let own: Vec<PitInterval> = places.by_ref().take(cells.len()).collect();
        let counts_once = cells.iter().all(|cell| weights[*cell] == 1.0);
        let groups = groups_of(cells.iter().map(|cell| group_of(*cell)));
        let p_value = counts_once.then(|| uniformity_of(&own, &groups, number as u64)).flatten();
        let mut column = PlacesLeftOut {
            column: name.clone(),
            rows: cells.iter().map(|cell| rows[*cell]).collect(),
            high_k: cells.iter().filter(|cell| is_high(**cell)).count(),
            places: own,
            p_value,
            finding: None,
        };
        column.finding = finding(&column);
        found.push(column);
    }
    found
}

/// Which places are left out together, group by group in the order in which these come.
fn groups_of(groups: impl Iterator<Item = usize>) -> Vec<Vec<usize>> {
    let mut own: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    groups.enumerate().for_each(|(place, group)| own.entry(group).or_default().push(place));
    own.into_values().collect()
}

/// The p-value of uniformity: of order statistics, and where places are intervals, which are made numbers at random, the
/// Cauchy combination of the p-values of several such numbers. Rows that are left out together share what nothing has
/// seen, so that their places go together: of each group one stands for all, another each time.
fn uniformity_of(places: &[PitInterval], groups: &[Vec<usize>], stream: u64) -> Option<f64> {
    let is_exact = places.iter().all(|place| place.below() == place.upto()) && groups.len() == places.len();
    // Of very many, some each time: more would find departures of no consequence.
    let step = groups.len().div_ceil(MOST_PLACES).max(1);
    let randomised = |round: u64| {
        let mut coin = Stream::new(0, 0, stream, Purpose::Other, round);
        let mut one_of = |group: &Vec<usize>| match group.as_slice() {
            [one] => *one,
            several => several[coin.random_range(0..several.len())],
        };
        let some = groups.iter().skip(round as usize % step).step_by(step);
        let chosen: Vec<usize> = some.map(&mut one_of).collect();
        let values: Vec<f64> = chosen.iter().map(|place| places[*place].randomized(coin.random())).collect();
        uniformity(&values, UniformityTest::OrderStatistics).map(|found| found.p_value)
    };
    let rounds = if is_exact { 1 } else { RANDOMISATIONS };
    let p_values: Vec<f64> = (0..rounds).into_par_iter().map(randomised).collect::<Option<_>>()?;
    cauchy_combination(&p_values, true)
}

/// How the places depart from the uniform, where they do.
fn finding(column: &PlacesLeftOut) -> Option<String> {
    let p_value = column.p_value.filter(|p| *p < NOT_UNIFORM && column.reliable())?;
    let count = column.places.len() as f64;
    let middles: Vec<f64> = column.places.iter().map(|place| place.randomized(0.5)).collect();
    let mean = middles.iter().sum::<f64>() / count;
    let spread = column.places.iter().map(spread).sum::<f64>() / count;
    // Standard errors of the mean place and the mean squared distance from the middle, of uniform variables.
    let (shift, width) = ((mean - 0.5) * (12.0 * count).sqrt(), (spread - 1.0 / 12.0) * (180.0 * count).sqrt());
    let how = match (shift.abs() > width.abs(), shift > 0.0, width > 0.0) {
        (true, true, _) => "the data are higher than predicted",
        (true, false, _) => "the data are lower than predicted",
        (false, _, true) => "the data are more extreme than predicted: predictions are too narrow",
        (false, _, false) => "the data crowd in the middle of their predictions, which are too wide",
    };
    Some(format!("the places of {} are not uniform (p = {p_value:.1e}): {how}", column.column))
}

/// The mean squared distance from 1/2 over the interval.
fn spread(place: &PitInterval) -> f64 {
    let (a, b) = (place.below() - 0.5, place.upto() - 0.5);
    (a * a + a * b + b * b) / 3.0
}
