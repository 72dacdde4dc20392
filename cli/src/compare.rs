//! `polya compare`: models ranked by how well they predict rows that they have not seen.

use polya::checks::loo::{RowsLeftOut, leave_rows_out};
use polya::diagnostics::{compare, stacking_weights};
use serde_json::{Value, json};

use crate::args::{CompareOptions, Format};
use crate::failure::Failure;
use crate::kept::Kept;
use crate::output::Output;
use crate::render::grid::{Grid, Side};
use crate::{STANDS, UNRELIABLE};

/// Runs the command.
pub fn run(options: &CompareOptions, output: &Output) -> Result<u8, Failure> {
    let mut names = Vec::new();
    let mut left_out: Vec<RowsLeftOut> = Vec::new();
    let mut data = Vec::new();
    for folder in &options.folders {
        let shown = folder.display().to_string();
        let kept = Kept::open(folder)?;
        let own = leave_rows_out(&kept.replay()).map_err(|error| Failure::request(format!("{shown}: {error}")))?;
        if let Some(first) = left_out.first()
            && first.rows != own.rows
        {
            return Err(Failure::request(format!("{shown} was fitted to other rows or columns than {}", names[0]))
                .help("only models of the same observed rows can be compared"));
        }
        data.push(kept.opened.summary.data.as_ref().map(|d| d.sha256.clone()));
        names.push(shown);
        left_out.push(own);
    }
    if data.iter().any(|hash| *hash != data[0]) {
        output
            .note("the fits were made from different files; their rows have the same numbers, but are they the same?");
    }
    let pointwise: Vec<Vec<f64>> = left_out.iter().map(|l| l.loo.pointwise()).collect();
    let models: Vec<&[f64]> = pointwise.iter().map(Vec::as_slice).collect();
    let ranked = compare(&models).map_err(|error| Failure::request(error.to_string()))?;
    let weights = stacking_weights(&models).map_err(|error| Failure::request(error.to_string()))?.weights;
    let high = |model: usize| left_out[model].loo.high_k().count();
    match options.format {
        Format::Json => {
            let models: Vec<Value> = ranked
                .iter()
                .map(|c| {
                    json!({ "model": names[c.model], "elpd_loo": c.elpd, "se_elpd_loo": c.se_elpd,
                            "elpd_diff": c.elpd_diff, "se_diff": c.se_diff, "weight": weights[c.model],
                            "p_loo": left_out[c.model].loo.p_loo, "high_k": high(c.model) })
                })
                .collect();
            output.result(&(json!({ "schema": "polya.compare/1", "models": models }).to_string() + "\n"))?;
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
                    names[c.model].clone(),
                    format!("{:.2}", c.elpd),
                    format!("{:.2}", c.se_elpd),
                    format!("{:.2}", c.elpd_diff),
                    format!("{:.2}", c.se_diff),
                    format!("{:.3}", weights[c.model]),
                    high(c.model).to_string(),
                ]);
            }
            let mut text = grid.text();
            if let Some(second) = ranked.get(1)
                && second.elpd_diff.abs() < 2.0 * second.se_diff
            {
                text += "! the first two are within two standard errors: these data do not tell them apart\n";
            }
            if ranked.iter().any(|c| high(c.model) > 0) {
                text += "! some Pareto k are high: their rows' part is uncertain; `polya loo DIR` says which\n";
            }
            output.result(&text)?;
        }
    }
    Ok(if ranked.iter().all(|c| high(c.model) == 0) { STANDS } else { UNRELIABLE })
}
