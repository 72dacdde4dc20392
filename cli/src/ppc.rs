//! `polya ppc`: a kept fit against its data.

use polya::Table;
use polya::checks::by_groups::{GroupedChecks, check_groups};
use polya::checks::predictive::{ColumnChecks, SURPRISING, check_columns};
use polya::checks::statistics::StatisticCheck;
use serde_json::{Value, json};

use crate::STANDS;
use crate::args::{Format, PpcOptions};
use crate::failure::Failure;
use crate::input::Data;
use crate::kept::Kept;
use crate::output::Output;
use crate::render::grid::{Grid, Side};
use crate::render::numbers::plain;
use crate::values::nearest;

/// Groups that are listed whether or not they are surprising.
const MOST_GROUPS: usize = 20;
/// The label of a missing cell.
const MISSING: &str = "NA";

/// Runs the command.
pub fn run(options: &PpcOptions, output: &Output) -> Result<u8, Failure> {
    let kept = Kept::open(&options.folder)?;
    kept.must_observe("check")?;
    let grouped = grouped(options, &kept, output)?;
    let checks = check_columns(&kept.replay()).map_err(|error| kept.fault(error))?;
    match options.format {
        Format::Json => {
            let mut value = json!({ "schema": "polya.ppc/1", "columns": checks });
            if !options.by.is_empty() {
                value["by_groups"] = grouped.iter().map(|checks| json!(checks)).collect::<Value>();
            }
            output.result(&(value.to_string() + "\n"))?;
        }
        Format::Table => {
            let tables = checks.iter().map(table).chain(grouped.iter().map(group_table));
            output.result(&tables.collect::<Vec<String>>().join("\n"))?;
        }
    }
    Ok(STANDS)
}

/// The checks by groups, where they are asked for.
fn grouped(options: &PpcOptions, kept: &Kept, output: &Output) -> Result<Vec<GroupedChecks>, Failure> {
    if options.by.is_empty() {
        return Ok(Vec::new());
    }
    let read = match options.data.data {
        Some(_) => Data::read(&options.data, &options.by)?.loaded,
        None => None,
    };
    if let (Some(read), Some(fitted)) = (&read, &kept.opened.summary.data) {
        if read.table.rows() != fitted.rows {
            let (rows, wanted) = (read.table.rows(), fitted.rows);
            return Err(Failure::request(format!("these data have {rows} rows, those of the fit {wanted}")));
        }
        if read.sha256 != fitted.sha256 {
            output.note("these data are not the file that was fitted; are their rows the same?");
        }
    }
    let table = read.as_ref().map(|read| &read.table).or(kept.opened.table.as_ref());
    let table = table.ok_or_else(|| Failure::request("the fit has no data, so its rows have no groups"))?;
    let columns = options.by.iter().map(|name| table.column(name).ok_or_else(|| no_column(name, table)));
    let columns = columns.collect::<Result<Vec<_>, Failure>>()?;
    let label = |row: usize| -> Vec<String> {
        let texts = columns.iter().map(|column| column.text(row - 1));
        texts.map(|text| text.map_or_else(|| MISSING.to_owned(), |text| text.into_owned())).collect()
    };
    check_groups(&kept.replay(), &options.by, label).map_err(|error| kept.fault(error))
}

fn no_column(name: &str, table: &Table) -> Failure {
    let known = || table.column_names().chain(table.headers_seen().iter().map(String::as_str));
    let failure = Failure::request(format!("there is no column `{name}` among those kept with the fit"));
    failure.help(match nearest(name, known()) {
        Some(other) => format!("did you mean `{other}`?"),
        None => "a fit keeps the columns that its model declares; name the data for others: --data FILE".to_owned(),
    })
}

/// Column heads of statistics beside those of replications, after others.
fn heads<'a>(first: &[(&'a str, Side)]) -> Vec<(&'a str, Side)> {
    let own = [
        ("data", Side::Right),
        ("replications", Side::Right),
        ("P(rep ≤ data)", Side::Right),
        ("P(rep ≥ data)", Side::Right),
        ("p", Side::Right),
    ];
    first.iter().copied().chain(own).collect()
}

fn cells(check: &StatisticCheck) -> [String; 5] {
    [
        plain(check.observed),
        plain(check.replicated),
        format!("{:.3}", check.tails.lower),
        format!("{:.3}", check.tails.upper),
        format!("{:.3}", check.p_value),
    ]
}

fn table(checks: &ColumnChecks) -> String {
    let mut text = format!("{}: {} rows, {} replications\n\n", checks.column, checks.rows, checks.replications);
    let mut grid = Grid::new(&heads(&[("statistic", Side::Left)]));
    for check in checks.statistics.iter().chain(&checks.levels) {
        grid.row(std::iter::once(check.name.clone()).chain(cells(check)).collect());
    }
    text += &grid.text();
    if let Some(pit) = &checks.pit {
        let source = if pit.exact { "exact distribution functions" } else { "replicated data" };
        let outer = pit.rows.iter().filter(|r| !(0.025..=0.975).contains(&r.randomized(0.5))).count();
        let count = pit.rows.len();
        let numbers = if count == checks.rows { "rows" } else { "numbers" };
        text += &format!(
            "\n{outer} of {count} {numbers} in the outer 5% of their predictive distributions (from {source})\n"
        );
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

/// The first groups, and all that are surprising.
fn group_table(checks: &GroupedChecks) -> String {
    let by = checks.by.join(", ");
    let mut text = format!(
        "{} by {by}: {} groups; p allows for the statistics of all of them\n\n",
        checks.column,
        checks.groups.len()
    );
    let mut grid = Grid::new(&heads(&[(&by, Side::Left), ("rows", Side::Right), ("statistic", Side::Left)]));
    let mut left_out = 0;
    for (i, group) in checks.groups.iter().enumerate() {
        let surprising = group.statistics.iter().any(|check| check.p_value < SURPRISING);
        if i >= MOST_GROUPS && !surprising {
            left_out += 1;
            continue;
        }
        for (j, check) in group.statistics.iter().enumerate() {
            let first = |text: String| if j == 0 { text } else { String::new() };
            let head = [first(group.labels.join(", ")), first(group.rows.to_string()), check.name.clone()];
            grid.row(head.into_iter().chain(cells(check)).collect());
        }
    }
    text += &grid.text();
    if left_out > 0 {
        text += &format!("… and {left_out} groups more\n");
    }
    if checks.findings.is_empty() {
        text += "nothing surprising in any group\n";
    }
    checks.findings.iter().for_each(|finding| text += &format!("! {finding}\n"));
    text
}
