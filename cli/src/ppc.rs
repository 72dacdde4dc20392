//! `polya ppc`: a kept fit against its data.

use polya::checks::predictive::{ColumnChecks, check_columns};
use serde_json::json;

use crate::STANDS;
use crate::args::{Format, KeptOptions};
use crate::failure::Failure;
use crate::kept::Kept;
use crate::output::Output;
use crate::render::grid::{Grid, Side};
use crate::render::numbers::plain;

/// Runs the command.
pub fn run(options: &KeptOptions, output: &Output) -> Result<u8, Failure> {
    let kept = Kept::open(&options.folder)?;
    let checks = check_columns(&kept.replay());
    match options.format {
        Format::Json => output.result(&(json!({ "schema": "polya.ppc/1", "columns": checks }).to_string() + "\n"))?,
        Format::Table => {
            let tables: Vec<String> = checks.iter().map(table).collect();
            output.result(&tables.join("\n"))?;
        }
    }
    Ok(STANDS)
}

fn table(checks: &ColumnChecks) -> String {
    let mut text = format!("{}: {} rows, {} replications\n\n", checks.column, checks.rows, checks.replications);
    let mut grid = Grid::new(&[
        ("statistic", Side::Left),
        ("data", Side::Right),
        ("replications", Side::Right),
        ("P(rep ≤ data)", Side::Right),
        ("P(rep ≥ data)", Side::Right),
        ("p", Side::Right),
    ]);
    for check in checks.statistics.iter().chain(&checks.levels) {
        grid.row(vec![
            check.name.clone(),
            plain(check.observed),
            plain(check.replicated),
            format!("{:.3}", check.tails.lower),
            format!("{:.3}", check.tails.upper),
            format!("{:.3}", check.p_value),
        ]);
    }
    text += &grid.text();
    if let Some(pit) = &checks.pit {
        let source = if pit.exact { "exact distribution functions" } else { "replicated data" };
        let outer = pit.rows.iter().filter(|r| !(0.025..=0.975).contains(&r.randomized(0.5))).count();
        let rows = pit.rows.len();
        text +=
            &format!("\n{outer} of {rows} rows in the outer 5% of their predictive distributions (from {source})\n");
    }
    let covered = checks.coverage.iter().map(|c| {
        format!("{:.0}% interval {:.1}% (expected {:.1}%)", 100.0 * c.mass, 100.0 * c.observed, 100.0 * c.expected)
    });
    text += &format!("coverage: {}\n", covered.collect::<Vec<_>>().join(", "));
    if checks.findings.is_empty() {
        text += "nothing surprising\n";
    }
    for finding in &checks.findings {
        text += &format!("! {finding}\n");
    }
    text
}
