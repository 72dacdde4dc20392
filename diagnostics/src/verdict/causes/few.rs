//! Too few draws: chains that are too short to judge, or that only need to go on.

use super::super::convergence::{rhat_of, short_of_bulk, short_of_tail, two_digits_up, unmixed};
use super::super::{Code, Evidence, Row, Severity, Warning, list, listed};

/// So many times the draws that were made are still only more of them; beyond that something else is wrong.
const MOST_GROWTH: f64 = 10.0;
/// And so many draws of each chain are cheap in any case.
const CHEAP: f64 = 5000.0;
/// Of fewer draws of a chain nobody can say that they stay the same.
const FEWEST: usize = 4;

pub(super) fn find(evidence: &Evidence<'_>, explained: bool) -> Option<Warning> {
    too_short(evidence).or_else(|| if explained { None } else { too_few(evidence) })
}

/// Chains without R-hat or effective sample size.
fn too_short(evidence: &Evidence<'_>) -> Option<Warning> {
    let silent = |row: &&Row<'_>| {
        let unknown = rhat_of(evidence, row).is_none() || row.summary.ess_bulk.is_none();
        let constant = row.summary.constant && evidence.draws >= FEWEST;
        row.is_sampled() && !row.independent && !constant && row.summary.non_finite == 0 && unknown
    };
    let names: Vec<&str> = evidence.rows.iter().filter(silent).map(|row| row.name).collect();
    let nothing = evidence.total_draws() == 0;
    (nothing || !names.is_empty()).then(|| Warning {
        code: Code::FewDraws,
        severity: Severity::Warning,
        message: format!(
            "{} draws in each of {} chains are too few to judge the fit.",
            evidence.draws, evidence.chains
        ),
        advice: "Run longer (--warmup 1000 --draws 1000).".to_owned(),
        scalars: listed(&names),
    })
}

/// Chains that would pass if they went on as they do.
fn too_few(evidence: &Evidence<'_>) -> Option<Warning> {
    // Superchains are made longer by more chains as well.
    if evidence.values.is_empty() || evidence.superchains.is_some() {
        return None;
    }
    let (rhat, bulk, tail) = (unmixed(evidence), short_of_bulk(evidence), short_of_tail(evidence));
    // R-hat² - 1 shrinks with the draws, and the effective sample size grows with them.
    let by_rhat = rhat.iter().map(|o| (o.row, (o.value.powi(2) - 1.0) / (o.limit.powi(2) - 1.0)));
    let by_size = bulk.iter().chain(&tail).map(|o| (o.row, o.limit / o.value));
    let mut growths: Vec<(usize, f64)> = by_rhat.chain(by_size).collect();
    growths.sort_by(|a, b| b.1.total_cmp(&a.1));
    let growth = growths.first()?.1;
    let draws = evidence.draws as f64;
    if !(growth <= MOST_GROWTH || growth * draws <= CHEAP) {
        return None;
    }
    let mut rows: Vec<usize> = Vec::new();
    for (row, _) in growths {
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    let names: Vec<&str> = rows.iter().map(|row| evidence.rows[*row].name).collect();
    let needed = two_digits_up(1.2 * growth * draws);
    Some(Warning {
        code: Code::FewDraws,
        severity: Severity::Warning,
        message: format!(
            "{} draws in each of {} chains are too few for {}. No other cause was found.",
            evidence.draws,
            evidence.chains,
            list(&names)
        ),
        advice: format!("Draw more: about {needed} draws per chain should do (--draws {needed})."),
        scalars: listed(&names),
    })
}
