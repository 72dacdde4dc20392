//! A stuck chain: one that hardly moves, or sits apart while the others agree.

use super::super::{Code, Severity, Warning, list, listed};
use super::{Scalar, chains_in_words};
use crate::chains::Chains;
use crate::rhat::rhat;
use crate::sums::{mean, variance};

/// A chain hardly moves if it spreads at most this share of what the others do, by their median.
const STANDSTILL: f64 = 0.1;
/// A chain sits apart if its mean is so many standard deviations of the others from theirs.
const APART: f64 = 1.5;
/// The others agree up to this R-hat.
const AGREEMENT: f64 = 1.05;

/// Mean and standard deviation of each chain.
fn moments(scalar: &Scalar<'_>) -> Vec<(f64, f64)> {
    scalar.chains.iter().map(|chain| (mean(chain), variance(chain).sqrt())).collect()
}

/// Chains that hardly move.
pub(super) fn still(failing: &[Scalar<'_>]) -> Option<Warning> {
    let mut chains: Vec<usize> = Vec::new();
    let mut names = Vec::new();
    for scalar in failing {
        let spreads: Vec<f64> = moments(scalar).iter().map(|m| m.1).collect();
        let own: Vec<usize> =
            (0..spreads.len()).filter(|c| spreads[*c] <= STANDSTILL * median_of_others(&spreads, *c)).collect();
        if !own.is_empty() && spreads.len() > 1 {
            names.push(scalar.name);
            chains.extend(own.into_iter().filter(|c| !chains.contains(c)).collect::<Vec<_>>());
        }
    }
    chains.sort_unstable();
    let all = failing.first().is_some_and(|scalar| chains.len() == scalar.chains.count());
    let (first, rest) = (names.first()?, names.len() - 1);
    let more = if rest > 0 { format!(" and {rest} more scalars") } else { String::new() };
    let message = match all {
        true => format!("All chains are stuck: each hardly moves in {first}{more}."),
        false => format!(
            "{} hardly {} in {first}{more}, where the others do: {} stuck.",
            capital(&chains_in_words(&chains)),
            if chains.len() == 1 { "moves" } else { "move" },
            if chains.len() == 1 { "it is" } else { "they are" },
        ),
    };
    Some(warning(message, &names))
}

/// The upper median of all but one.
fn median_of_others(spreads: &[f64], left_out: usize) -> f64 {
    let mut others: Vec<f64> = spreads.iter().enumerate().filter(|(c, _)| *c != left_out).map(|(_, s)| *s).collect();
    others.sort_unstable_by(f64::total_cmp);
    others.get(others.len() / 2).copied().unwrap_or(0.0)
}

/// The one chain without which the others agree.
pub(super) fn apart(failing: &[Scalar<'_>]) -> Option<Warning> {
    let count = failing.first()?.chains.count();
    if count < 3 {
        return None;
    }
    let agree = |scalar: &&Scalar<'_>, chain: usize| without(scalar, chain).is_none_or(|value| value <= AGREEMENT);
    let strays = |scalar: &Scalar<'_>, chain: usize| {
        let moments = moments(scalar);
        let others = || moments.iter().enumerate().filter(|(c, _)| *c != chain).map(|(_, m)| m);
        let middle = others().map(|m| m.0).sum::<f64>() / (count - 1) as f64;
        let spread = (others().map(|m| m.1 * m.1).sum::<f64>() / (count - 1) as f64).sqrt();
        (moments[chain].0 - middle).abs() > APART * spread
    };
    let chain = (0..count)
        .find(|c| failing.iter().any(|scalar| strays(scalar, *c)) && failing.iter().all(|scalar| agree(&scalar, *c)))?;
    let names: Vec<&str> = failing.iter().filter(|scalar| strays(scalar, chain)).map(|scalar| scalar.name).collect();
    Some(warning(
        format!(
            "Chain {} sits apart in {}, while the other {} agree: it is stuck in a place of its own.",
            chain + 1,
            list(&names),
            count - 1
        ),
        &names,
    ))
}

/// R-hat of the chains but one.
fn without(scalar: &Scalar<'_>, left_out: usize) -> Option<f64> {
    let kept = scalar.chains.iter().enumerate().filter(|(c, _)| *c != left_out);
    let draws: Vec<f64> = kept.flat_map(|(_, chain)| chain.iter().copied()).collect();
    rhat(Chains::new(&draws, scalar.chains.count() - 1)?)
}

fn warning(message: String, names: &[&str]) -> Warning {
    Warning {
        code: Code::StuckChain,
        severity: Severity::Warning,
        message,
        advice: "Run again with another --seed and a longer warmup (--warmup 2000). Do not merely drop the chain: if one gets stuck again, the \
                 posterior has a place that chains do not leave, a second mode or a far tail: tighten the priors that allow it."
            .to_owned(),
        scalars: listed(names),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
