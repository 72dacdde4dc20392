//! Numbers of predictive checks and of cross-validation.

use crate::numbers::{percent, short, significant, with_error};
use crate::page::figures::{Figures, write_plot};
use crate::page::html::Html;
use crate::page::table::{Cell, Column, Table};
use crate::plot::{Comparison, EcdfDifference, Intervals, Loo, PitHistogram, Rootogram};

/// Does the data that the model makes look like the data that it was given?
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PredictiveChecks {
    /// Statistics of the data and of replications.
    pub statistics: Vec<CheckRow>,
    /// How often observations are in predictive intervals.
    pub coverage: Vec<CoverageRow>,
    /// Rootograms.
    pub rootograms: Vec<Rootogram>,
    /// Differences of the distribution of PIT values from the uniform one.
    pub pit: Vec<EcdfDifference>,
    /// Histograms of PIT values.
    pub pit_histograms: Vec<PitHistogram>,
    /// Predictions and observations.
    pub intervals: Vec<Intervals>,
    /// What else there is to say, a sentence each.
    pub notes: Vec<String>,
}

/// One statistic of the data, and of data that the model makes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CheckRow {
    /// What it is, such as "share of zeros in tumours".
    pub statistic: String,
    /// Its value in the data.
    pub observed: f64,
    /// The 5% quantile over replications.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The 95% quantile.
    pub high: f64,
    /// Twice the smaller tail: how often replications are as far out as the data.
    pub p: f64,
    /// Whether the observed value is surprising.
    pub flagged: bool,
}

/// How often observations are in predictive intervals.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CoverageRow {
    /// The probability of the intervals.
    pub nominal: f64,
    /// The share of observations inside.
    pub observed: f64,
    /// The share that is expected, which for counts is more than the nominal.
    pub expected: f64,
}

/// Leave-one-out cross-validation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LooSection {
    /// The expected log predictive density, with its standard error.
    pub elpd: (f64, f64),
    /// The effective number of parameters, with its standard error.
    pub p_loo: (f64, f64),
    /// The rows.
    pub plot: Loo,
    /// What the numbers mean and what to do, a sentence each.
    pub notes: Vec<String>,
}

impl PredictiveChecks {
    pub(super) fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    pub(super) fn write(&self, html: &mut Html) {
        if !self.statistics.is_empty() {
            let table = Table {
                caption: "Statistics of the data and of replications".to_owned(),
                columns: vec![
                    Column::words("statistic", ""),
                    Column::number("observed", "In the data"),
                    Column::number("5%", "5% quantile over replications"),
                    Column::number("median", "Median over replications"),
                    Column::number("95%", "95% quantile over replications"),
                    Column::number("p", "Twice the smaller tail: how often replications are as far out as the data"),
                ],
                rows: self.statistics.iter().map(CheckRow::cells).collect(),
                sortable: false,
            };
            table.write(html);
            if self.statistics.iter().any(|row| row.flagged) {
                html.element("p class=\"note\"", "▲ marks what the model hardly ever makes.");
            }
        }
        if !self.coverage.is_empty() {
            let share = |value: f64| Cell::number(percent(value), Some(value));
            let table = Table {
                caption: "How often observations are in their predictive intervals".to_owned(),
                columns: vec![
                    Column::number("interval", "The probability of the interval"),
                    Column::number("observed", "The share of observations inside"),
                    Column::number("expected", "The share expected if the model is right"),
                ],
                rows: self
                    .coverage
                    .iter()
                    .map(|row| vec![share(row.nominal), share(row.observed), share(row.expected)])
                    .collect(),
                sortable: false,
            };
            table.write(html);
            html.element(
                "p class=\"note\"",
                "What is expected is for rows that the model has not seen. Of those it has seen more are inside, the more the \
                 nearer it comes to a parameter for each.",
            );
        }
        let mut figures = Figures::default();
        figures.add_plots(&self.rootograms);
        figures.add_plots(&self.intervals);
        figures.add_plots(&self.pit);
        figures.add_plots(&self.pit_histograms);
        figures.write(html);
        html.notes(&self.notes);
    }
}

impl CheckRow {
    fn cells(&self) -> Vec<Cell> {
        let number = |value: f64| Cell::number(short(value, 4), Some(value));
        vec![
            Cell::words(&self.statistic).marked(self.flagged),
            number(self.observed),
            number(self.low),
            number(self.median),
            number(self.high),
            Cell::number(significant(self.p, 2), Some(self.p)),
        ]
    }
}

impl LooSection {
    pub(super) fn write(&self, html: &mut Html) {
        let words = format!(
            "Expected log predictive density {}; effective number of parameters {}.",
            with_error(self.elpd.0, self.elpd.1),
            with_error(self.p_loo.0, self.p_loo.1)
        );
        html.element("p", &words);
        write_plot(&self.plot, html);
        html.notes(&self.notes);
    }
}

/// The models of a comparison as a table, and as a picture.
pub(super) fn write_comparison(comparison: &Comparison, html: &mut Html) {
    let rows = comparison.models.iter().map(|model| {
        let number = |value: f64, digits: usize| Cell::number(significant(value, digits), Some(value));
        let maybe = |value: Option<f64>| value.map_or_else(|| Cell::number("–", None), |value| number(value, 2));
        vec![
            Cell::words(&model.name),
            number(model.elpd, 4),
            number(model.se, 2),
            number(model.difference, 3),
            maybe(model.se_difference),
            maybe(model.weight),
        ]
    });
    let table = Table {
        caption: "Models, the best first".to_owned(),
        columns: vec![
            Column::words("model", ""),
            Column::number("elpd", "Expected log predictive density"),
            Column::number("se", "Its standard error"),
            Column::number("difference", "From the best"),
            Column::number("se of it", "The standard error of the difference"),
            Column::number("weight", "In a mixture of all models"),
        ],
        rows: rows.collect(),
        sortable: true,
    };
    table.write(html);
    write_plot(comparison, html);
}
