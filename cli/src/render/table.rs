//! The summary of a fit for people: what was asked and done, the scalars, the verdict in words.

use std::path::Path;

use polya::summary::{Algorithm, Finding, IndependenceSteps, Input, Parameter, Severity, Summary};

use super::grid::{Grid, Side};
use super::{numbers, printable, unnamed};

/// The levels of a variable that the table shows.
const SHOWN: usize = 20;

/// The whole text; `folder` is where the fit was kept, if it was read from there.
pub fn summary(summary: &Summary, folder: Option<&Path>) -> String {
    let mut text = head(summary, folder);
    text.push('\n');
    text.push_str(&parameters(&summary.parameters, summary.sampler.superchains.is_some()));
    text.push('\n');
    text.push_str(&verdict(summary));
    text
}

fn head(summary: &Summary, folder: Option<&Path>) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    if let Some(folder) = folder {
        lines.push(("fit", folder.display().to_string()));
    }
    lines.push(("model", summary.model.path.clone()));
    let inputs: Vec<String> =
        summary.model.inputs.iter().map(|(name, value)| format!("{name} = {}", input(value))).collect();
    if !inputs.is_empty() {
        lines.push(("inputs", inputs.join(", ")));
    }
    lines.push(("data", data(summary)));
    let compiled = &summary.compiled;
    let dimension = format!("{} dimension{}", compiled.dimension, if compiled.dimension == 1 { "" } else { "s" });
    for (what, names, detail) in [
        ("sampled", &compiled.sampled, dimension.as_str()),
        ("integrated out", &compiled.integrated_out, ""),
        ("computed", &compiled.computed, ""),
        ("predicted", &compiled.predicted, ""),
    ] {
        if !names.is_empty() {
            lines.push((
                what,
                names.join(", ") + &if detail.is_empty() { String::new() } else { format!(" ({detail})") },
            ));
        }
    }
    for (name, c) in &compiled.centring {
        let range = format!("{name}: {:.2} to {:.2}, median {:.2} (0 not, 1 wholly)", c.least, c.most, c.median);
        lines.push(("centred", range));
    }
    lines.push(("sampler", sampler(summary)));
    lines.iter().map(|(what, value)| format!("{what:<15} {}\n", printable(value))).collect()
}

fn input(value: &Input) -> String {
    match value {
        Input::Number(number) => polya::models::table::shortest(*number),
        Input::List(list) => format!(
            "[{}]",
            list.iter().map(|&number| polya::models::table::shortest(number)).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn data(summary: &Summary) -> String {
    let Some(data) = &summary.data else { return "none".to_owned() };
    let mut text = format!("{}: {} in {}", data.path, counted(data.rows, "row"), counted(data.cells, "cell"));
    for (statement, rows) in &data.rows_left_out {
        text.push_str(&format!("; {} left out of {statement}", counted(*rows, "row")));
    }
    text
}

fn sampler(summary: &Summary) -> String {
    let sampler = &summary.sampler;
    let superchains = sampler.superchains.map_or_else(String::new, |number| format!(" in {number} superchains"));
    let draws = format!("{}{superchains} × {}", counted(sampler.chains, "chain"), counted(sampler.draws, "draw"));
    let seconds = numbers::plain(summary.timing_s.total);
    match sampler.algorithm {
        Algorithm::Exact => {
            let evidence = sampler
                .log_evidence
                .map_or_else(String::new, |value| format!(", log evidence {}", numbers::estimate(value, None)));
            format!("exact, {draws}, independent, seed {}{evidence}, {seconds} s", sampler.seed)
        }
        Algorithm::Nuts => {
            let divergences = counted(sampler.divergences, "divergence");
            let gradients = match sampler.independence {
                Some(IndependenceSteps { proposals, accepted }) => {
                    format!("{} gradients, {accepted} of {proposals} independence steps taken", sampler.leapfrogs)
                }
                None => format!("{} leapfrogs", sampler.leapfrogs),
            };
            format!(
                "NUTS, {draws} after {} of warmup, seed {}, {gradients}, {divergences}, {seconds} s",
                sampler.warmup, sampler.seed
            )
        }
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The scalars; `nested` where nested R-hat judges them.
fn parameters(parameters: &[Parameter], nested: bool) -> String {
    if parameters.is_empty() {
        return "There is nothing to list.\n".to_owned();
    }
    let rhat = if nested { "rhat_nested" } else { "rhat" };
    let heading = ["mean", "sd", "5%", "median", "95%", "mcse", "ess_bulk", "ess_tail", rhat];
    let heading: Vec<(&str, Side)> =
        std::iter::once(("", Side::Left)).chain(heading.map(|name| (name, Side::Right))).collect();
    let mut grid = Grid::new(&heading);
    for levels in parameters.chunk_by(|a, b| a.variable == b.variable) {
        for parameter in levels.iter().take(SHOWN) {
            grid.row(row(parameter, nested));
        }
        if let (Some(first), more @ 1..) = (levels.first(), levels.len().saturating_sub(SHOWN)) {
            grid.row(vec![format!("… {more} more of {} (--format json lists all)", first.variable)]);
        }
    }
    grid.text()
}

fn row(parameter: &Parameter, nested: bool) -> Vec<String> {
    vec![
        parameter.name.clone(),
        numbers::estimate(parameter.mean, parameter.mcse_mean),
        numbers::estimate(parameter.sd, parameter.mcse_sd),
        numbers::estimate(parameter.q5, parameter.mcse_q5),
        numbers::estimate(parameter.median, parameter.mcse_median),
        numbers::estimate(parameter.q95, parameter.mcse_q95),
        numbers::error(parameter.mcse_mean),
        numbers::count(parameter.ess_bulk),
        numbers::count(parameter.ess_tail),
        numbers::rhat(if nested { parameter.rhat_nested } else { parameter.rhat }),
    ]
}

fn verdict(summary: &Summary) -> String {
    let verdict = &summary.verdict;
    let mut text = if !verdict.ok {
        "Do not trust this fit as it is:\n".to_owned()
    } else if summary.sampler.algorithm == Algorithm::Exact {
        "The fit stands: its draws are exact and independent.\n".to_owned()
    } else {
        "The fit stands: the chains agree, and nothing in them speaks against it.\n".to_owned()
    };
    for finding in &verdict.warnings {
        text.push_str(&described(finding));
    }
    text
}

fn described(finding: &Finding) -> String {
    let what = match finding.severity {
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let unnamed = unnamed(&finding.message, &finding.scalars);
    let scalars = if unnamed.is_empty() { String::new() } else { format!(" ({})", unnamed.join(", ")) };
    let advice =
        if finding.advice.is_empty() { String::new() } else { format!("    {}\n", printable(&finding.advice)) };
    format!("  {what}: {}\n{advice}", printable(&format!("{}{scalars}", finding.message)))
}

#[cfg(test)]
mod tests;
