//! Pictures of the checks: predictive, leave-one-out, and prior sensitivity.

use polya::checks::loo::{leave_groups_out, leave_rows_out};
use polya::checks::predictive::{ColumnChecks, Pit, SURPRISING, check_columns};
use polya::checks::sensitivity::{findings, power_scale};
use polya::diagnostics::SENSITIVITY_LIMIT;
use polya::draws::scalar_name;
use polya::summary::Kind;
use polya_report::page::{CheckRow, CoverageRow, LooSection, PredictiveChecks, Section};
use polya_report::plot::{
    EcdfDifference, EcdfSeries, IntervalRow, Intervals, Loo, LooRow, PitHistogram, Rootogram, RootogramBar,
    RootogramKind, Sensitivity, SensitivityRow,
};

use crate::kept::Kept;

/// Places at which distribution functions are compared.
const POINTS: usize = 50;
/// Rows of the data in a picture of predictive intervals.
const MOST_INTERVALS: usize = 1000;

/// The predictive checks of every observed column.
pub fn predictive(kept: &Kept) -> PredictiveChecks {
    let replay = kept.replay();
    let all = check_columns(&replay);
    let mut out = PredictiveChecks::default();
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
        if let Some(pit) = &checks.pit {
            out.pit.extend(pit_ecdf(&checks.column, pit));
            out.pit_histograms.push(PitHistogram {
                title: format!("PIT of {}", checks.column),
                heights: pit.histogram.clone(),
                band: None,
            });
        }
        out.notes.extend(checks.findings.iter().cloned());
    }
    if !out.pit.is_empty() {
        out.notes.push(
            "The model has seen the rows: with a parameter for each, their places crowd in the middle, which is no fault."
                .to_owned(),
        );
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

/// How far the distribution function of the places of the rows is from that of the uniform.
fn pit_ecdf(column: &str, pit: &Pit) -> Option<EcdfDifference> {
    let size = pit.rows.len();
    if size == 0 {
        return None;
    }
    let points: Vec<f64> = (1..=POINTS).map(|i| i as f64 / POINTS as f64).collect();
    // Of a discrete row the place is spread over its interval: the mean distribution function, without random numbers.
    let at = |u: f64| pit.rows.iter().map(|row| row.distribution(u)).sum::<f64>() / size as f64;
    Some(EcdfDifference {
        title: format!("PIT-ECDF of {column}"),
        axis: "probability integral transform".to_owned(),
        // No band: the model has seen the rows, and their places crowd in the middle where all is well.
        lower: Vec::new(),
        upper: Vec::new(),
        band: String::new(),
        series: vec![EcdfSeries { name: column.to_owned(), differences: points.iter().map(|u| at(*u) - u).collect() }],
        points,
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
            rows: cells.zip(&column.values).step_by(step).map(row).collect(),
        });
    }
    plots
}

/// Leave-one-out cross-validation: of whole groups where their parameter was integrated out, of rows elsewhere.
pub fn loo(kept: &Kept) -> Option<LooSection> {
    let replay = kept.replay();
    if let Ok(Some((groups, loo))) = leave_groups_out(&replay) {
        let rows = groups.iter().zip(&loo.rows);
        let rows = rows.map(|(g, row)| LooRow { label: scalar_name(&g.variable, &g.levels), k: row.k }).collect();
        let note = format!(
            "Each of {} groups was left out whole, with its own parameter, by the marginal likelihood of its rows.",
            groups.len()
        );
        return Some(LooSection {
            elpd: (loo.elpd, loo.se_elpd),
            p_loo: (loo.p_loo, loo.se_p_loo),
            plot: Loo { title: "Pareto k of each group".to_owned(), rows, limit: loo.k_limit },
            notes: std::iter::once(note).chain(loo.advice()).collect(),
        });
    }
    let left_out = leave_rows_out(&replay).ok()?;
    let loo = &left_out.loo;
    let row = |(id, row): (&polya::checks::loo::RowOfColumn, &polya::diagnostics::LooRow)| LooRow {
        label: format!("{}[{}]", id.column, id.row),
        k: row.k,
    };
    Some(LooSection {
        elpd: (loo.elpd, loo.se_elpd),
        p_loo: (loo.p_loo, loo.se_p_loo),
        plot: Loo {
            title: "Pareto k of each row".to_owned(),
            rows: left_out.rows.iter().zip(&loo.rows).map(row).collect(),
            limit: loo.k_limit,
        },
        notes: loo.advice().into_iter().collect(),
    })
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
    let notes = findings(&found, draws);
    let plots = match rows.is_empty() {
        true => Vec::new(),
        false => vec![Sensitivity { title: "Power scaling".to_owned(), rows, limit: SENSITIVITY_LIMIT }],
    };
    Section { plots, notes }
}
