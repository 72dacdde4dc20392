//! Posterior predictive checks by groups of rows: does the model fit all parts of the data?

use super::predictive::SURPRISING;
use super::replications::Replications;
use super::statistics::{StatisticCheck, check_all, of_group};
use super::words::{p_value, short};
use crate::replay::Replay;
use polya_models::{Error, ObservedColumn};
use rayon::prelude::*;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::HashMap;

/// The checks of one observed column by groups of its rows.
#[derive(Clone, Debug, Serialize)]
pub struct GroupedChecks {
    /// The column.
    pub column: String,
    /// The columns whose labels make the groups.
    pub by: Vec<String>,
    /// The groups, in the order of their labels.
    pub groups: Vec<GroupCheck>,
    /// What is surprising, in words; empty if nothing is.
    pub findings: Vec<String>,
}

/// The rows of one group.
#[derive(Clone, Debug, Serialize)]
pub struct GroupCheck {
    /// Its labels.
    pub labels: Vec<String>,
    /// Its observed rows.
    pub rows: usize,
    /// Its statistics; the p-values are those of the smallest of as many as all groups have.
    pub statistics: Vec<StatisticCheck>,
}

/// Checks every observed column by groups: `labels` gives those of a row of the table, counted from 1. Of counts the share or
/// the mean, the dispersion and the zeros are looked at, of vectors the share of each element, of numbers mean and sd. The
/// p-values are multiplied by how many there are, the bound of Bonferroni.
///
/// # Errors
/// As [`check_columns`](super::predictive::check_columns).
pub fn check_groups(
    replay: &Replay<'_>,
    by: &[String],
    labels: impl Fn(usize) -> Vec<String> + Sync,
) -> Result<Vec<GroupedChecks>, Error> {
    let mut checked = Vec::new();
    for (column, replicated) in Replications::of(replay)?.replicated() {
        let groups = grouped(column, &labels);
        let check = |(labels, rows): &(Vec<String>, Vec<usize>)| {
            let numbers = rows.iter().flat_map(|row| row * column.width..(row + 1) * column.width);
            let own = rows_of(column, rows);
            let statistics = of_group(&own, |j| column.elements.get(j).cloned().unwrap_or_default());
            let statistics = check_all(&statistics, &own.values, &replicated.part(numbers));
            GroupCheck { labels: labels.clone(), rows: rows.len(), statistics }
        };
        let mut groups: Vec<GroupCheck> = groups.par_iter().map(check).collect();
        let count: usize = groups.iter().map(|group| group.statistics.len()).sum();
        for statistic in groups.iter_mut().flat_map(|group| &mut group.statistics) {
            statistic.p_value = (statistic.p_value * count as f64).min(1.0);
        }
        let findings = findings(&column.name, by, &groups);
        checked.push(GroupedChecks { column: column.name.clone(), by: by.to_vec(), groups, findings });
    }
    Ok(checked)
}

/// The rows of each group, counted among those of the column.
fn grouped(column: &ObservedColumn, labels: &impl Fn(usize) -> Vec<String>) -> Vec<(Vec<String>, Vec<usize>)> {
    let mut rows_of: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    for (i, row) in column.rows.iter().enumerate() {
        rows_of.entry(labels(*row)).or_default().push(i);
    }
    let mut groups: Vec<_> = rows_of.into_iter().collect();
    groups.sort_by(|(a, _), (b, _)| in_order(a, b));
    groups
}

/// Numbers in their order, then all other labels by code point.
fn in_order(a: &[String], b: &[String]) -> Ordering {
    let one = |(a, b): (&String, &String)| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (x, y) => y.is_ok().cmp(&x.is_ok()).then_with(|| a.cmp(b)),
    };
    a.iter().zip(b).map(one).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// The column at some of its rows.
fn rows_of(column: &ObservedColumn, rows: &[usize]) -> ObservedColumn {
    let k = column.width;
    ObservedColumn {
        rows: rows.iter().map(|row| column.rows[*row]).collect(),
        values: rows.iter().flat_map(|row| &column.values[row * k..(row + 1) * k]).copied().collect(),
        trials: column.trials.as_ref().map(|trials| rows.iter().map(|row| trials[*row]).collect()),
        groupings: Vec::new(),
        ..column.clone()
    }
}

fn findings(column: &str, by: &[String], groups: &[GroupCheck]) -> Vec<String> {
    let mut findings = Vec::new();
    for group in groups {
        let place =
            by.iter().zip(&group.labels).map(|(by, label)| format!("{by}={label}")).collect::<Vec<_>>().join(", ");
        for check in group.statistics.iter().filter(|check| check.p_value < SURPRISING) {
            findings.push(format!(
                "{} of {column} at {place} is {}, replications have {} ({})",
                check.name,
                short(check.observed),
                short(check.replicated),
                p_value(check.p_value)
            ));
        }
    }
    findings
}
