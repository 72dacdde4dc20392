//! The table of parameters.

use crate::numbers::{estimate, significant};
use crate::page::html::Html;
use crate::page::table::{Cell, Column, Table};
use crate::words::hidden;

/// The most rows of the table.
const MOST: usize = 500;

/// The table of parameters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters {
    /// The scalars.
    pub rows: Vec<Parameter>,
    /// What was left out, a sentence each.
    pub notes: Vec<String>,
}

/// The summary of one scalar.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The part it plays: sampled, integrated out, computed or predicted.
    pub kind: String,
    /// The mean of the draws.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: f64,
    /// The 5% quantile.
    pub q5: f64,
    /// The median.
    pub median: f64,
    /// The 95% quantile.
    pub q95: f64,
    /// The Monte Carlo standard error of the mean, if it exists.
    pub mcse_mean: Option<f64>,
    /// The effective sample size of the bulk, if it exists.
    pub ess_bulk: Option<f64>,
    /// The effective sample size of the tails, if it exists.
    pub ess_tail: Option<f64>,
    /// R-hat, if it exists.
    pub rhat: Option<f64>,
    /// Whether the verdict speaks against this scalar.
    pub flagged: bool,
}

const COLUMNS: [Column; 11] = [
    Column::words("name", ""),
    Column::words("role", "The part it plays in the model"),
    Column::number("mean", "The mean of the draws"),
    Column::number("sd", "The standard deviation of the draws"),
    Column::number("5%", "The 5% quantile"),
    Column::number("median", "The median"),
    Column::number("95%", "The 95% quantile"),
    Column::number("mcse", "The Monte Carlo standard error of the mean"),
    Column::number("ess bulk", "The effective sample size of the bulk"),
    Column::number("ess tail", "The effective sample size of the tails"),
    Column::number("R-hat", "Rank-normalised split R-hat; 1 when chains agree"),
];

impl Parameters {
    pub(super) fn write(&self, html: &mut Html) {
        // Those that the verdict speaks against are not among what is left out.
        let (flagged, usual): (Vec<&Parameter>, Vec<_>) = self.rows.iter().partition(|row| row.flagged);
        let shown: Vec<&Parameter> = if self.rows.len() > MOST {
            flagged.into_iter().chain(usual).take(MOST).collect()
        } else {
            self.rows.iter().collect()
        };
        let table = Table {
            caption: "Summaries of the draws".to_owned(),
            columns: COLUMNS.to_vec(),
            rows: shown.iter().map(|row| row.cells()).collect(),
            sortable: true,
        };
        table.write(html);
        if shown.iter().any(|row| row.flagged) {
            html.element("p class=\"note\"", "▲ marks what the verdict speaks against.");
        }
        if self.rows.len() > shown.len() {
            html.element("p class=\"note\"", &hidden(self.rows.len() - shown.len(), "row", "rows"));
        }
        html.notes(&self.notes);
    }
}

impl Parameter {
    fn cells(&self) -> Vec<Cell> {
        let known = |value: f64| Cell::number(estimate(value, self.mcse_mean), Some(value));
        let maybe = |value: Option<f64>, write: fn(f64) -> String| {
            Cell::number(value.map_or_else(|| "–".to_owned(), write), value)
        };
        vec![
            Cell::words(&self.name).marked(self.flagged),
            Cell::words(&self.kind),
            known(self.mean),
            Cell::number(significant(self.sd, 3), Some(self.sd)),
            known(self.q5),
            known(self.median),
            known(self.q95),
            maybe(self.mcse_mean, |value| significant(value, 2)),
            maybe(self.ess_bulk, whole),
            maybe(self.ess_tail, whole),
            maybe(self.rhat, rhat),
        ]
    }
}

fn whole(value: f64) -> String {
    if value.is_finite() && value.abs() < 1e15 { format!("{value:.0}") } else { significant(value, 3) }
}

fn rhat(value: f64) -> String {
    if value.is_finite() && value < 1000.0 { format!("{value:.3}") } else { significant(value, 3) }
}
