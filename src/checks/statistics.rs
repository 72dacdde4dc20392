//! Statistics of data beside those of replications: the usual ones, and any function of a data set.

use super::replicated::Replicated;
use super::replications::Replications;
use super::words::{p_value, short};
use crate::replay::Replay;
use polya_diagnostics::{
    PredictiveCheck, Statistic, binomial_dispersion, multinomial_dispersion, predictive_p_value, quantile,
};
use polya_models::{Error, ObservedColumn};
use serde::Serialize;
use std::cmp::Reverse;

/// Levels of a factor whose shares are looked at.
const MOST_SHARES: usize = 50;

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
    /// Compares a statistic of the data with those of replications; none without replications, and with a NaN.
    pub fn new(name: impl Into<String>, observed: f64, replicated: &[f64]) -> Option<Self> {
        let tails = PredictiveCheck::new(observed, replicated)?;
        let mean = replicated.iter().sum::<f64>() / replicated.len() as f64;
        let p_value = predictive_p_value(observed, replicated)?;
        let mut sorted = replicated.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let [low, median, high] = [0.05, 0.5, 0.95].map(|p| quantile(&sorted, p).unwrap_or(f64::NAN));
        Some(Self { name: name.into(), observed, replicated: mean, low, median, high, tails, p_value })
    }
}

/// A function of a data set.
type Function<'a> = Box<dyn Fn(&[f64]) -> f64 + Sync + 'a>;

/// A function of a data set, with its name.
pub struct NamedStatistic<'a> {
    name: String,
    /// The function.
    pub(super) of: Function<'a>,
}

impl std::fmt::Debug for NamedStatistic<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NamedStatistic").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> NamedStatistic<'a> {
    /// A function of the numbers of a column, row by row and in a row element by element.
    pub fn new(name: impl Into<String>, of: impl Fn(&[f64]) -> f64 + Sync + 'a) -> Self {
        Self { name: name.into(), of: Box::new(of) }
    }
}

/// Statistics of an observed column beside those of its replications; none where there is no such column. A statistic that
/// is NaN for the data or for a replication is left out. A row with a weight stands there as many times as it counts.
///
/// # Errors
/// As [`check_columns`](super::predictive::check_columns).
///
/// ```
/// use polya::checks::statistics::{NamedStatistic, check_statistics};
/// use polya::{Control, Fit, Model, Replay, Settings, Table};
///
/// let table = Table::builder("days").numbers("y", vec![0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 9.0, 7.0]).build()?;
/// let model = Model::parse("data y: count\nrate ~ Gamma(1, 0.2)\ny ~ Poisson(rate)\n")?;
/// let posterior = model.bind(Some(&table), &Default::default())?.compile()?;
/// let fit = Fit::sample(&posterior, &Settings::default(), &Control::default())?;
///
/// let longest_run_of_zeros = NamedStatistic::new("longest run of zeros", |y: &[f64]| {
///     y.split(|y| *y > 0.0).map(<[f64]>::len).max().unwrap_or(0) as f64
/// });
/// let found = check_statistics(&Replay::of(&posterior, &fit), "y", &[longest_run_of_zeros])?.ok_or("no such column")?;
/// assert_eq!(found[0].observed, 4.0);
/// assert!(found[0].p_value < 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_statistics(
    replay: &Replay<'_>,
    column: &str,
    statistics: &[NamedStatistic<'_>],
) -> Result<Option<Vec<StatisticCheck>>, Error> {
    if replay.posterior().observed_columns().iter().all(|own| own.name != column) {
        return Ok(None);
    }
    let replications = Replications::of(replay)?;
    let found = replications.replicated().find(|(own, _)| own.name == column);
    Ok(found.map(|(own, replicated)| check_all(statistics, &own.values, &replicated)))
}

/// Statistics of numbers beside those of their replications.
pub(super) fn check_all(
    statistics: &[NamedStatistic<'_>],
    values: &[f64],
    replicated: &Replicated<'_>,
) -> Vec<StatisticCheck> {
    let check = |NamedStatistic { name, of }: &NamedStatistic<'_>| {
        StatisticCheck::new(name.clone(), of(values), &replicated.statistics(of))
    };
    statistics.iter().filter_map(check).collect()
}

/// What a column is described by: size and spread relative to what its distribution would have, moments, extremes and
/// quantiles; of a factor the shares of its levels.
pub(super) fn standard(column: &ObservedColumn) -> Vec<NamedStatistic<'static>> {
    if !column.levels.is_empty() {
        return shares_of_levels(column).into_iter().map(|(_, share)| share).collect();
    }
    let mut wanted = relative(column);
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
            wanted.push(NamedStatistic::new(name, move |y: &[f64]| statistic.of(y)));
        }
    }
    wanted
}

/// What a group of rows is described by: of vectors the share of each element, `element` its name, of factors that of each
/// level; of one row no spread.
pub(super) fn of_group(rows: &ObservedColumn, element: impl Fn(usize) -> String) -> Vec<NamedStatistic<'static>> {
    let mut wanted = relative(rows);
    let (width, one_row) = (rows.width, rows.rows.len() == 1);
    if width > 1 {
        for j in 0..width {
            let share = move |y: &[f64]| y.iter().skip(j).step_by(width).sum::<f64>() / y.iter().sum::<f64>();
            wanted.push(NamedStatistic::new(format!("share of {}", element(j)), share));
        }
        return wanted;
    }
    if !rows.levels.is_empty() {
        return shares_of_levels(rows).into_iter().map(|(_, share)| share).collect();
    }
    if rows.trials.is_none() {
        wanted.push(NamedStatistic::new("mean", |y: &[f64]| Statistic::Mean.of(y)));
    }
    if one_row {
        wanted.retain(|statistic| ["share", "mean"].contains(&statistic.name.as_str()));
        return wanted;
    }
    match rows.is_count {
        true => wanted.push(NamedStatistic::new("zeros", |y: &[f64]| Statistic::Zeros.of(y))),
        false => wanted.push(NamedStatistic::new("sd", |y: &[f64]| Statistic::Sd.of(y))),
    }
    wanted
}

/// Each level of a factor with its share; of very many those that most rows have.
pub(super) fn shares_of_levels(column: &ObservedColumn) -> Vec<(&str, NamedStatistic<'static>)> {
    let mut levels: Vec<(f64, &String)> = (1..).map(f64::from).zip(&column.levels).collect();
    if levels.len() > MOST_SHARES {
        let rows = |code: f64| column.values.iter().filter(|x| **x == code).count();
        levels.sort_by_cached_key(|(code, _)| Reverse(rows(*code)));
        levels.truncate(MOST_SHARES);
    }
    let share = |(code, level)| {
        let of = move |y: &[f64]| y.iter().filter(|x| **x == code).count() as f64 / y.len() as f64;
        (String::as_str(level), NamedStatistic::new(format!("share of {level}"), of))
    };
    levels.into_iter().map(share).collect()
}

/// Size and spread relative to what the distribution of a column would have: of counts alone.
fn relative(column: &ObservedColumn) -> Vec<NamedStatistic<'static>> {
    if let Some(trials) = column.trials.clone() {
        let total: f64 = trials.iter().sum();
        let dispersion = move |y: &[f64]| binomial_dispersion(y, &trials).unwrap_or(f64::NAN);
        vec![
            NamedStatistic::new("share", move |y: &[f64]| y.iter().sum::<f64>() / total),
            NamedStatistic::new("dispersion", dispersion),
        ]
    } else if column.width > 1 {
        let k = column.width;
        vec![NamedStatistic::new("dispersion", move |y: &[f64]| multinomial_dispersion(y, k).unwrap_or(f64::NAN))]
    } else if column.is_count {
        let ratio = |y: &[f64]| Statistic::Sd.of(y).powi(2) / Statistic::Mean.of(y);
        vec![NamedStatistic::new("variance/mean", ratio)]
    } else {
        Vec::new()
    }
}

/// A surprising statistic in words, with what may be behind it.
pub(super) fn finding(check: &StatisticCheck, column: &str) -> String {
    let more = check.observed > check.replicated;
    let advice = match (check.name.as_str(), more) {
        ("dispersion" | "variance/mean", true) => ": overdispersion; let the rates differ between rows or groups",
        ("dispersion" | "variance/mean", false) => ": underdispersion; rows are more alike than the model has it",
        ("zeros", true) => ": more zeros than the model makes; some rows may be zero for a reason of their own",
        (name, _) if name.starts_with("mean at") => ": the model misses this level",
        _ => "",
    };
    format!(
        "{} of {column} is {}, replications have {} ({}){advice}",
        check.name,
        short(check.observed),
        short(check.replicated),
        p_value(check.p_value)
    )
}
