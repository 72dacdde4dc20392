//! `polya compare`: models ranked by how well they predict rows that they have not seen.

use polya::Replay;
use polya::checks::loo::{LeaveOutError, leave_rows_out, leave_these_out};
use polya::diagnostics::{Loo, compare, stacking_weights};
use polya::models::{Group, Observed};
use serde_json::{Value, json};

use crate::args::{CompareOptions, Format};
use crate::failure::Failure;
use crate::kept::Kept;
use crate::output::Output;
use crate::render::grid::{Grid, Side};
use crate::{STANDS, UNRELIABLE};

/// A kept fit, and its predictions of what it has not seen.
struct Candidate {
    name: String,
    loo: Loo,
}

/// Runs the command.
pub fn run(options: &CompareOptions, output: &Output) -> Result<u8, Failure> {
    let names: Vec<String> = options.folders.iter().map(|folder| folder.display().to_string()).collect();
    let fits = options.folders.iter().map(|folder| Kept::open(folder)).collect::<Result<Vec<_>, Failure>>()?;
    let rows = |kept: &Kept| -> Result<Vec<(String, Vec<usize>)>, Failure> {
        let apart = kept.posterior.rows_apart().map_err(|error| kept.fault(error))?;
        Ok(apart.observed().into_iter().map(|Observed { name, rows }| (name, rows)).collect())
    };
    let all = fits.iter().map(rows).collect::<Result<Vec<_>, Failure>>()?;
    if let Some((_, other)) = all.iter().zip(&names).find(|(rows, _)| **rows != all[0]) {
        return Err(Failure::request(format!("{other} was fitted to other rows or columns than {}", names[0]))
            .help("only models of the same observed rows can be compared"));
    }
    let data = |kept: &Kept| kept.opened.summary.data.as_ref().map(|d| d.sha256.clone());
    if fits.iter().any(|kept| data(kept) != data(&fits[0])) {
        output
            .note("the fits were made from different files; their rows have the same numbers, but are they the same?");
    }
    let groups = if options.groups { Some(common_groups(&fits)?) } else { None };
    let left_out = |replay: &Replay<'_>| -> Result<Loo, LeaveOutError> {
        match groups {
            Some(groups) => Ok(leave_these_out(replay, groups)?.loo),
            None => Ok(leave_rows_out(replay)?.loo),
        }
    };
    let candidate = |(kept, name): (&Kept, &String)| {
        let loo = left_out(&kept.replay()).map_err(|error| kept.cannot_leave_out(error))?;
        Ok(Candidate { name: name.clone(), loo })
    };
    let candidates = fits.iter().zip(&names).map(candidate).collect::<Result<Vec<_>, Failure>>()?;
    ranked(&candidates, groups, options.format, output)
}

/// The groups of the first fit that has some.
fn common_groups(fits: &[Kept]) -> Result<&[Group], Failure> {
    let own = fits.iter().map(|kept| kept.posterior.groups_left_out()).find(|groups| groups.len() > 1);
    own.ok_or_else(|| {
        Failure::request("none of the fits has groups whose own parameter was integrated out")
            .help("compare by rows: leave --groups away")
    })
}

fn ranked(candidates: &[Candidate], groups: Option<&[Group]>, format: Format, output: &Output) -> Result<u8, Failure> {
    let pointwise: Vec<Vec<f64>> = candidates.iter().map(|c| c.loo.pointwise()).collect();
    let models: Vec<&[f64]> = pointwise.iter().map(Vec::as_slice).collect();
    let ranked = compare(&models).map_err(|error| Failure::request(error.to_string()))?;
    let weights = stacking_weights(&models).map_err(|error| Failure::request(error.to_string()))?.weights;
    let high = |model: usize| candidates[model].loo.high_k().count();
    match format {
        Format::Json => {
            let models: Vec<Value> = ranked
                .iter()
                .map(|c| {
                    json!({ "model": candidates[c.model].name, "elpd_loo": c.elpd, "se_elpd_loo": c.se_elpd,
                            "elpd_diff": c.elpd_diff, "se_diff": c.se_diff, "weight": weights[c.model],
                            "p_loo": candidates[c.model].loo.p_loo, "high_k": high(c.model) })
                })
                .collect();
            let mut value = json!({ "schema": "polya.compare/1", "models": models });
            if let Some(groups) = groups {
                value["groups"] = json!({ "variable": groups[0].variable, "count": groups.len() });
            }
            output.result(&(value.to_string() + "\n"))?;
        }
        Format::Table => {
            let mut grid = Grid::new(&[
                ("model", Side::Left),
                ("elpd", Side::Right),
                ("se", Side::Right),
                ("difference", Side::Right),
                ("se", Side::Right),
                ("weight", Side::Right),
                ("high k", Side::Right),
            ]);
            for c in &ranked {
                grid.row(vec![
                    candidates[c.model].name.clone(),
                    format!("{:.2}", c.elpd),
                    format!("{:.2}", c.se_elpd),
                    format!("{:.2}", c.elpd_diff),
                    format!("{:.2}", c.se_diff),
                    format!("{:.3}", weights[c.model]),
                    high(c.model).to_string(),
                ]);
            }
            let mut text = match groups {
                Some(groups) => format!("{} groups of `{}` left out in turn\n\n", groups.len(), groups[0].variable),
                None => String::new(),
            };
            text += &grid.text();
            if let Some(second) = ranked.get(1)
                && second.elpd_diff.abs() < 2.0 * second.se_diff
            {
                text += "! the first two are within two standard errors: these data do not tell them apart\n";
            }
            if ranked.iter().any(|c| high(c.model) > 0) {
                text += match groups {
                    Some(_) => "! some Pareto k are high: the part of their groups is uncertain\n",
                    None => "! some Pareto k are high: their rows' part is uncertain; `polya loo DIR` says which\n",
                };
            }
            output.result(&text)?;
        }
    }
    Ok(if ranked.iter().all(|c| high(c.model) == 0) { STANDS } else { UNRELIABLE })
}
