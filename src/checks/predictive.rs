//! Posterior predictive checks: does data that the model makes look like the data it was given?
//!
//! Each observed column is replicated under every draw, and described by statistics beside those of the data (Gelman, Meng
//! and Stern 1996). Where the distribution function of a column is known, the place of each row in its predictive
//! distribution is the mean of the function over the draws, without the noise of replicated data (Czado, Gneiting and Held
//! 2009).

use crate::replay::{Matrix, Replay};
use polya_diagnostics::{
    ByRow, COVERAGE_MASSES, Coverage, PitInterval, PredictiveCheck, RootogramBar, Statistic, binomial_dispersion,
    coverage, multinomial_dispersion, pit_histogram, predictive_p_value, quantile, rootogram,
};
use polya_models::ObservedColumn;
use rayon::prelude::*;
use serde::Serialize;

/// Two-sided predictive p-values below this are surprising.
pub const SURPRISING: f64 = 0.01;
/// Of a factor with more levels, the levels are not looked at one by one.
const MOST_LEVELS: usize = 1000;
/// The largest count that has a bar of its own in a rootogram.
const HIGHEST_BAR: usize = 60;
/// Replicated numbers that statistics are formed of at most; of large tables fewer replications are looked at.
const MOST_NUMBERS: usize = 20_000_000;
/// But so many at least.
const FEWEST_REPLICATIONS: usize = 200;
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

/// One statistic of the data among those of replications.
#[derive(Clone, Debug, Serialize)]
pub struct StatisticCheck {
    /// The statistic; of a level its mean.
    pub name: String,
    /// Its value for the data.
    pub observed: f64,
    /// Its mean over replications.
    pub replicated: f64,
    /// The 5% quantile over replications.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The 95% quantile.
    pub high: f64,
    /// The two tails.
    #[serde(flatten)]
    pub tails: PredictiveCheck,
    /// The smaller of the tails doubled, at most 1; beyond the replications extrapolated, and of a level times their number.
    pub p_value: f64,
}

impl StatisticCheck {
    fn new(name: impl Into<String>, observed: f64, replicated: &[f64]) -> Option<Self> {
        let tails = PredictiveCheck::new(observed, replicated)?;
        let mean = replicated.iter().sum::<f64>() / replicated.len() as f64;
        let p_value = predictive_p_value(observed, replicated)?;
        let mut sorted = replicated.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let [low, median, high] = [0.05, 0.5, 0.95].map(|p| quantile(&sorted, p).unwrap_or(f64::NAN));
        Some(Self { name: name.into(), observed, replicated: mean, low, median, high, tails, p_value })
    }
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

/// Checks every observed column.
pub fn check_columns(replay: &Replay<'_>) -> Vec<ColumnChecks> {
    let predictive = replay.predictive();
    let cdfs = replay.cdfs();
    let with_cdf = replay.posterior().cdf_columns();
    let cells: usize = with_cdf.iter().map(|c| c.rows.len()).sum();
    let columns = replay.posterior().observed_columns();
    let mut checks = Vec::new();
    for (column, replicated) in columns.iter().zip(Replicated::of_columns(&columns, &predictive)) {
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

/// The replications of one column.
pub(crate) struct Replicated<'a> {
    matrix: &'a Matrix,
    first: usize,
    numbers: usize,
}

impl<'a> Replicated<'a> {
    /// Each column beside its replications; `predictive` is [`Replay::predictive`].
    pub(crate) fn of_columns(columns: &[ObservedColumn], predictive: &'a Matrix) -> Vec<Self> {
        let firsts = columns.iter().scan(0, |next, column| {
            let first = *next;
            *next += column.values.len();
            Some((first, column.values.len()))
        });
        firsts.map(|(first, numbers)| Self { matrix: predictive, first, numbers }).collect()
    }

    /// The draws of one number.
    pub(crate) fn of(&self, i: usize) -> &[f64] {
        self.matrix.column(self.first + i)
    }

    /// The mean of one number over the draws.
    pub(crate) fn mean(&self, i: usize) -> f64 {
        self.of(i).iter().sum::<f64>() / self.matrix.total() as f64
    }

    /// How many replications are looked at as whole data sets.
    pub(crate) fn count(&self) -> usize {
        self.matrix.total().min((MOST_NUMBERS / self.numbers.max(1)).max(FEWEST_REPLICATIONS))
    }

    /// The draw of a replication: evenly spaced.
    fn draw(&self, replication: usize) -> usize {
        replication * self.matrix.total() / self.count().max(1)
    }

    /// One replicated data set.
    fn write(&self, replication: usize, out: &mut [f64]) {
        let draw = self.draw(replication);
        out.iter_mut().enumerate().for_each(|(i, x)| *x = self.of(i)[draw]);
    }

    /// A statistic of each replicated data set.
    fn statistics(&self, statistic: &(dyn Fn(&[f64]) -> f64 + Sync)) -> Vec<f64> {
        let one = |data: &mut Vec<f64>, draw: usize| {
            self.write(draw, data);
            statistic(data)
        };
        (0..self.count()).into_par_iter().map_init(|| vec![0.0; self.numbers], one).collect()
    }
}

fn check_column(
    column: &ObservedColumn,
    replicated: &Replicated<'_>,
    exact: Option<(&Matrix, usize, usize)>,
) -> ColumnChecks {
    let pit = pit(column, replicated, exact);
    let rows: Vec<f64> = (0..column.values.len()).flat_map(|i| replicated.of(i).iter().copied()).collect();
    let coverage = ByRow::new(&rows, replicated.matrix.total())
        .and_then(|columns| coverage(&column.values, &columns, &COVERAGE_MASSES))
        .unwrap_or_default();
    let mut checks = ColumnChecks {
        column: column.name.clone(),
        rows: column.rows.len(),
        replications: replicated.count(),
        statistics: statistics(column, replicated),
        levels: surprising_levels(column, replicated),
        coverage,
        pit,
        rootogram: bars(column, replicated),
        findings: Vec::new(),
    };
    checks.findings = findings(&checks);
    checks
}

/// A statistic of a data set.
type Function = Box<dyn Fn(&[f64]) -> f64 + Sync>;

/// Statistics of a column among those of its replications.
pub(crate) fn statistics(column: &ObservedColumn, replicated: &Replicated<'_>) -> Vec<StatisticCheck> {
    let mut wanted: Vec<(String, Function)> = Vec::new();
    let mut add = |name: &str, f: Function| wanted.push((name.to_owned(), f));
    if let Some(trials) = column.trials.clone() {
        let total: f64 = trials.iter().sum();
        add("share", Box::new(move |y| y.iter().sum::<f64>() / total));
        add("dispersion", Box::new(move |y| binomial_dispersion(y, &trials).unwrap_or(f64::NAN)));
    } else if column.width > 1 {
        let k = column.width;
        add("dispersion", Box::new(move |y| multinomial_dispersion(y, k).unwrap_or(f64::NAN)));
    } else if column.is_count {
        add("variance/mean", Box::new(|y| Statistic::Sd.of(y).powi(2) / Statistic::Mean.of(y)));
    }
    for (name, statistic) in [
        ("mean", Statistic::Mean),
        ("sd", Statistic::Sd),
        ("min", Statistic::Min),
        ("max", Statistic::Max),
        ("zeros", Statistic::Zeros),
        ("q10", Statistic::Quantile(0.1)),
        ("median", Statistic::Quantile(0.5)),
        ("q90", Statistic::Quantile(0.9)),
    ] {
        if column.is_count || name != "zeros" {
            add(name, Box::new(move |y| statistic.of(y)));
        }
    }
    let check = |(name, f): &(String, Function)| {
        StatisticCheck::new(name.clone(), f(&column.values), &replicated.statistics(f))
    };
    wanted.iter().filter_map(check).collect()
}

/// The levels of factors whose total is surprising; the p-value is that of the smallest of as many as there are levels.
pub(crate) fn surprising_levels(column: &ObservedColumn, replicated: &Replicated<'_>) -> Vec<StatisticCheck> {
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
            let mut means = vec![0.0; replicated.matrix.total()];
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
    let mut findings = Vec::new();
    for check in checks.statistics.iter().chain(&checks.levels).filter(|c| c.p_value < SURPRISING) {
        let more = check.observed > check.replicated;
        let advice = match (check.name.as_str(), more) {
            ("dispersion" | "variance/mean", true) => ": overdispersion; let the rates differ between rows or groups",
            ("dispersion" | "variance/mean", false) => ": underdispersion; rows are more alike than the model has it",
            ("zeros", true) => ": more zeros than the model makes; some rows may be zero for a reason of their own",
            (name, _) if name.starts_with("mean at") => ": the model misses this level",
            _ => "",
        };
        findings.push(format!(
            "{} of {} is {:.4}, replications have {:.4} (p = {:.4}){advice}",
            check.name, checks.column, check.observed, check.replicated, check.p_value
        ));
    }
    findings
}
