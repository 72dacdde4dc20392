//! Pictures of the checks: predictive, and prior sensitivity.

use polya::Error;
use polya::checks::assessment::{Assessment, Subject};
use polya::checks::predictive::{ColumnChecks, SURPRISING, check_replications};
use polya::checks::replications::Replications;
use polya::checks::sensitivity::power_scale;
use polya::diagnostics::SENSITIVITY_LIMIT;
use polya::models::ObservedColumn;
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
pub fn predictive(replications: &Result<Replications<'_>, Error>, left_out: Option<&LeftOut>) -> PredictiveChecks {
    let mut out = PredictiveChecks::default();
    let replications = match replications {
        Ok(replications) => replications,
        Err(error) => {
            out.notes.push(error.message());
            return out;
        }
    };
    let all = check_replications(replications);
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
    out.intervals = replications.columns().filter_map(|(column, cells)| intervals(column, cells)).collect();
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

/// Predictive intervals against the data, of a column with one number a row.
fn intervals<'a>(column: &ObservedColumn, cells: impl Iterator<Item = &'a [f64]>) -> Option<Intervals> {
    if column.width > 1 {
        return None;
    }
    let step = column.values.len().div_ceil(MOST_INTERVALS).max(1);
    let row = |(draws, observed): (&[f64], &f64)| {
        let mut sorted = draws.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let q = |p: f64| polya::diagnostics::quantile(&sorted, p).unwrap_or(f64::NAN);
        IntervalRow { observed: *observed, median: q(0.5), inner: (q(0.25), q(0.75)), outer: (q(0.05), q(0.95)) }
    };
    Some(Intervals {
        title: format!("Predictive intervals of {}", column.name),
        axis: column.name.clone(),
        counts: column.is_count,
        rows: cells.zip(&column.values).step_by(step).map(row).collect(),
    })
}

/// Power scaling of the priors together, with what the verdict says of priors.
pub fn sensitivity(kept: &Kept, assessment: &Assessment) -> Section<Sensitivity> {
    let draws = &kept.opened.draws;
    let found = match power_scale(&kept.replay(), draws) {
        Ok(found) => found,
        Err(error) => return Section { plots: Vec::new(), notes: vec![format!("It is left out: {error}.")] },
    };
    let Some(joint) = found.first() else { return Section::default() };
    let sampled = |name: &str| draws.find(name).is_some_and(|i| draws.scalars()[i].kind == Kind::Sampled);
    let rows = joint.scalars.iter().filter(|(name, _)| sampled(name)).filter_map(|(name, s)| {
        let s = (*s)?;
        Some(SensitivityRow { label: name.clone(), prior: s.prior, likelihood: s.likelihood })
    });
    let rows: Vec<SensitivityRow> = rows.collect();
    let of_priors = assessment.findings.iter().filter(|finding| finding.about == Subject::Prior);
    let notes = of_priors.map(|finding| finding.message.clone()).collect();
    let plots = match rows.is_empty() {
        true => Vec::new(),
        false => vec![Sensitivity { title: "Power scaling".to_owned(), rows, limit: SENSITIVITY_LIMIT }],
    };
    Section { plots, notes }
}
