//! Findings about single scalars.

use super::{Code, Evidence, Limits, Origin, Row, Severity, Warning, list, listed};

/// A scalar that exceeds a limit.
pub(super) struct Offender<'a> {
    /// Its place among the rows.
    pub(super) row: usize,
    name: &'a str,
    pub(super) value: f64,
    pub(super) limit: f64,
}

/// The scalars that fail, the worst first. `badness` is above 1 for a value beyond its limit.
fn offenders<'a>(
    evidence: &Evidence<'a>,
    value: impl Fn(&Row<'a>) -> Option<f64>,
    limit: impl Fn(&Limits) -> f64,
    badness: impl Fn(&Offender<'a>) -> f64,
) -> Vec<Offender<'a>> {
    let chained = || evidence.rows.iter().enumerate().filter(|(_, row)| !row.independent);
    let others = chained().filter(|(_, row)| !row.is_sampled() && !row.summary.constant).count();
    let [of_sampled, of_others] = limits(evidence, chained().count(), others).map(|limits| limit(&limits));
    let judged = chained().filter_map(|(place, row)| {
        let limit = if row.is_sampled() { of_sampled } else { of_others };
        Some(Offender { row: place, name: row.name, value: value(row)?, limit })
    });
    let mut found: Vec<Offender<'a>> = judged.filter(|offender| badness(offender) > 1.0).collect();
    found.sort_by(|a, b| badness(b).total_cmp(&badness(a)));
    found
}

/// The limits of sampled scalars, and those of the others, of which there are so many.
fn limits(evidence: &Evidence<'_>, all: usize, others: usize) -> [Limits; 2] {
    let of_others = Limits::of_others(evidence.chains, evidence.draws, others);
    match evidence.superchains {
        None => [Limits::of_sampled(evidence.chains), of_others],
        Some(superchains) => {
            let nested = Limits::of_superchains(superchains, evidence.chains, evidence.draws, all);
            [nested, Limits { ess: nested.ess.min(of_others.ess), ..nested }]
        }
    }
}

/// The R-hat that a scalar is judged by.
pub(super) fn rhat_of(evidence: &Evidence<'_>, row: &Row<'_>) -> Option<f64> {
    if evidence.superchains.is_some() { row.summary.rhat_nested } else { row.summary.rhat }
}

fn names<'a>(offenders: &[Offender<'a>]) -> Vec<&'a str> {
    offenders.iter().map(|offender| offender.name).collect()
}

/// The names after the worst, as a sentence, if there are any.
fn rest(names: &[&str]) -> String {
    match names.len() {
        0 | 1 => String::new(),
        _ => format!(" The same holds for {}.", list(&names[1..])),
    }
}

/// The scalars whose R-hat is too large, the worst first.
pub(super) fn unmixed<'a>(evidence: &Evidence<'a>) -> Vec<Offender<'a>> {
    offenders(evidence, |row| rhat_of(evidence, row), |limits| limits.rhat, |o| o.value / o.limit)
}

/// The scalars whose bulk ESS is too small, the worst first.
pub(super) fn short_of_bulk<'a>(evidence: &Evidence<'a>) -> Vec<Offender<'a>> {
    offenders(evidence, |row| row.summary.ess_bulk, |limits| limits.ess, |o| o.limit / o.value)
}

/// The scalars whose tail ESS is too small, the worst first.
pub(super) fn short_of_tail<'a>(evidence: &Evidence<'a>) -> Vec<Offender<'a>> {
    offenders(evidence, |row| row.summary.ess_tail, |limits| limits.ess, |o| o.limit / o.value)
}

pub(super) fn rhat(evidence: &Evidence<'_>) -> Option<Warning> {
    let found = unmixed(evidence);
    let worst = found.first()?;
    let (name, limit) = (worst.name, figure(worst.limit));
    let says = if evidence.superchains.is_some() {
        let found = figure(worst.value);
        format!("Nested R-hat of {name} is {found} (limit {limit}): the chains have not forgotten where they started.")
    } else if worst.value.is_finite() {
        format!("R-hat of {name} is {} (limit {limit}): the chains have not mixed.", figure(worst.value))
    } else {
        format!("R-hat of {name} is infinite (limit {limit}): each chain is stuck at a value of its own.")
    };
    let longer = 2 * evidence.draws.max(500);
    Some(Warning {
        code: Code::Rhat,
        severity: Severity::Warning,
        message: says + &rest(&names(&found)),
        advice: format!(
            "Run longer (--warmup {longer} --draws {longer}). If it stays, the posterior may have several modes, or {name} may hardly be \
             determined by the data: compare the chains, and look at its prior."
        ),
        scalars: listed(&names(&found)),
    })
}

/// R-hat with as many digits as it takes to tell it from the limit.
fn figure(rhat: f64) -> String {
    match rhat {
        _ if rhat >= 100.0 => format!("{rhat:.0}"),
        _ if rhat >= 1.02 => format!("{rhat:.3}"),
        _ => format!("{rhat:.4}").trim_end_matches('0').to_owned(),
    }
}

pub(super) fn bulk(evidence: &Evidence<'_>) -> Option<Warning> {
    let found = short_of_bulk(evidence);
    effective_size(evidence, &found, Code::EssBulk, "Bulk", "its mean and median are known too roughly")
}

pub(super) fn tail(evidence: &Evidence<'_>) -> Option<Warning> {
    let found = short_of_tail(evidence);
    effective_size(evidence, &found, Code::EssTail, "Tail", "its intervals are known too roughly")
}

fn effective_size(
    evidence: &Evidence<'_>,
    found: &[Offender<'_>],
    code: Code,
    part: &str,
    harm: &str,
) -> Option<Warning> {
    let worst = found.first()?;
    let needed = two_digits_up(1.2 * evidence.draws as f64 * worst.limit / worst.value);
    Some(Warning {
        code,
        severity: Severity::Warning,
        message: format!(
            "{part} ESS of {} is {:.0} (limit {:.0}): {harm}.{}",
            worst.name,
            worst.value.floor(),
            worst.limit,
            rest(&names(found))
        ),
        advice: format!(
            "Draw more: at this rate about {needed} draws per chain are enough (--draws {needed}). If that is too many, look for parameters that \
             the data cannot tell apart."
        ),
        scalars: listed(&names(found)),
    })
}

/// Rounds up to two significant digits.
pub(super) fn two_digits_up(x: f64) -> u64 {
    let unit = 10_f64.powf((x.max(1.0).log10().floor() - 1.0).max(0.0));
    ((x / unit).ceil() * unit) as u64
}

pub(super) fn non_finite(evidence: &Evidence<'_>) -> Option<Warning> {
    let mut rows: Vec<&Row<'_>> = evidence.rows.iter().filter(|row| row.summary.non_finite > 0).collect();
    // Without R-hat nobody knows whether a parameter was sampled well, and of one that is never finite nothing is known.
    let beyond_judgement = |row: &&Row<'_>| {
        let never_finite = row.summary.non_finite == evidence.total_draws();
        row.origin != Origin::Computed && (never_finite || rhat_of(evidence, row).is_none())
    };
    rows.sort_by_key(|row| (!beyond_judgement(row), std::cmp::Reverse(row.summary.non_finite)));
    let worst = rows.first()?;
    let names: Vec<&str> = rows.iter().map(|row| row.name).collect();
    // Draws with NaN have no median; infinite draws have one.
    let what = if worst.summary.median.is_nan() { "NaN" } else { "infinite" };
    Some(Warning {
        code: Code::NonFinite,
        severity: if beyond_judgement(worst) { Severity::Warning } else { Severity::Note },
        message: format!(
            "{} of {} draws of {} are {what}.{}",
            worst.summary.non_finite,
            evidence.total_draws(),
            worst.name,
            match names.len() {
                1 => String::new(),
                _ => format!(" Others with such draws: {}.", list(&names[1..])),
            }
        ),
        advice: format!(
            "Look at how {} is computed: a division by zero, the logarithm of zero, or an overflow.",
            worst.name
        ),
        scalars: listed(&names),
    })
}

/// Beyond this squares leave the range of numbers.
const HUGE: f64 = 1e150;

/// Parameters with so many huge draws that only the range of numbers keeps them from going further.
pub(super) fn overflow(evidence: &Evidence<'_>) -> Option<Warning> {
    let reach = |row: &Row<'_>| row.summary.q95.max(-row.summary.q5);
    let huge = |row: &&Row<'_>| row.origin != Origin::Computed && reach(row) >= HUGE;
    let mut rows: Vec<&Row<'_>> = evidence.rows.iter().filter(huge).collect();
    rows.sort_by(|a, b| reach(b).total_cmp(&reach(a)));
    let worst = rows.first()?;
    let names: Vec<&str> = rows.iter().map(|row| row.name).collect();
    Some(Warning {
        code: Code::Overflow,
        severity: Severity::Warning,
        message: format!(
            "One of twenty draws of {} is beyond {:.0e}: nothing but the range of numbers holds it.{}",
            worst.name,
            reach(worst),
            rest(&names)
        ),
        advice: format!(
            "The posterior is most likely improper: the data do not bound {}, and its prior's tail is too heavy. Give it a prior with a \
             lighter tail.",
            worst.name
        ),
        scalars: listed(&names),
    })
}
