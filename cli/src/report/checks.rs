//! Pictures of the checks: predictive, and prior sensitivity.

use polya::checks::assessment::conflicts;
use polya::checks::predictive::{ColumnChecks, SURPRISING, check_columns};
use polya::checks::sensitivity::power_scale;
use polya::diagnostics::SENSITIVITY_LIMIT;
use polya::summary::Kind;
use polya_report::page::{CheckRow, CoverageRow, PredictiveChecks, Section};
use polya_report::plot::{IntervalRow, Intervals, Rootogram, RootogramBar, RootogramKind, Sensitivity, SensitivityRow};

use super::places::Places;
use super::sentence;
use crate::kept::Kept;
use crate::left_out::LeftOut;

/// Rows of the data in a picture of predictive intervals.
const MOST_INTERVALS: usize = 1000;

/// The predictive checks of every observed column.
pub fn predictive(kept: &Kept, left_out: Option<&LeftOut>) -> PredictiveChecks {
    let replay = kept.replay();
    let mut out = PredictiveChecks::default();
    let all = match check_columns(&replay) {
        Ok(all) => all,
        Err(error) => {
            out.notes.push(error.message());
            return out;
        }
    };
    for checks in &all {
        let named = |name: &str| if all.len() > 1 { format!("{}: {name}", checks.column) } else { name.to_owned() };
        out.statistics.extend(checks.statistics.iter().chain(&checks.levels).map(|check| CheckRow {
            statistic: named(&check.name),
            observed: check.observed,
            low: check.low,
            median: check.median,
            high: check.high,
            p: check.p_value,
            flagged: check.p_value < SURPRISING,
        }));
        out.coverage.extend(checks.coverage.iter().map(|c| CoverageRow {
            nominal: c.mass,
            observed: c.observed,
            expected: c.expected,
        }));
        out.rootograms.extend(rootogram(checks));
        out.notes.extend(checks.findings.iter().map(|finding| sentence(finding)));
        if let Some(places) = Places::of(checks, left_out) {
            out.pit.push(places.ecdf());
            out.pit_histograms.extend(places.histogram());
            out.notes.extend(places.note());
        }
    }
    out.intervals = intervals(kept);
    out
}

fn rootogram(checks: &ColumnChecks) -> Option<Rootogram> {
    let bars: Vec<RootogramBar> = checks
        .rootogram
        .iter()
        .map(|bar| RootogramBar {
            value: bar.value,
            observed: bar.observed as f64,
            expected: bar.expected,
            low: bar.low,
            high: bar.high,
        })
        .collect();
    (!bars.is_empty()).then(|| Rootogram {
        title: format!("Counts of {}", checks.column),
        axis: checks.column.clone(),
        bars,
        kind: RootogramKind::Hanging,
        open: true,
        level: 0.9,
    })
}

/// Predictive intervals against the data, of the columns with one number a row.
fn intervals(kept: &Kept) -> Vec<Intervals> {
    let replay = kept.replay();
    let predictive = replay.predictive();
    let mut first = 0;
    let mut plots = Vec::new();
    for column in kept.posterior.observed_columns() {
        let cells = first..first + column.values.len();
        first = cells.end;
        if column.width > 1 {
            continue;
        }
        let step = column.values.len().div_ceil(MOST_INTERVALS).max(1);
        let row = |(cell, observed): (usize, &f64)| {
            let mut sorted = predictive.column(cell).to_vec();
            sorted.sort_unstable_by(f64::total_cmp);
            let q = |p: f64| polya::diagnostics::quantile(&sorted, p).unwrap_or(f64::NAN);
            IntervalRow { observed: *observed, median: q(0.5), inner: (q(0.25), q(0.75)), outer: (q(0.05), q(0.95)) }
        };
        plots.push(Intervals {
            title: format!("Predictive intervals of {}", column.name),
            axis: column.name.clone(),
            counts: column.is_count,
            rows: cells.zip(&column.values).step_by(step).map(row).collect(),
        });
    }
    plots
}

/// Power scaling of the priors together.
pub fn sensitivity(kept: &Kept) -> Section<Sensitivity> {
    let draws = &kept.opened.draws;
    let Ok(found) = power_scale(&kept.replay(), draws) else { return Section::default() };
    let Some(joint) = found.first() else { return Section::default() };
    let sampled = |name: &str| draws.find(name).is_some_and(|i| draws.scalars()[i].kind == Kind::Sampled);
    let rows = joint.scalars.iter().filter(|(name, _)| sampled(name)).filter_map(|(name, s)| {
        let s = (*s)?;
        Some(SensitivityRow { label: name.clone(), prior: s.prior, likelihood: s.likelihood })
    });
    let rows: Vec<SensitivityRow> = rows.collect();
    let notes = conflicts(&kept.replay(), draws).into_iter().map(|finding| finding.message).collect();
    let plots = match rows.is_empty() {
        true => Vec::new(),
        false => vec![Sensitivity { title: "Power scaling".to_owned(), rows, limit: SENSITIVITY_LIMIT }],
    };
    Section { plots, notes }
}
