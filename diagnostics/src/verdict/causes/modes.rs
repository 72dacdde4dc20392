//! Several modes: places between which chains hardly ever cross.

use super::super::{Code, Severity, Warning, list, listed};
use super::Scalar;
use crate::sums::{mean, variance};

/// Two clusters are so many of their standard deviations apart. The best cut of a normal distribution gives 2.6, that of
/// a uniform one 3.5.
const LEAST_GAP: f64 = 5.0;
/// Chains go from one to the other at most this share of the times that independent draws would.
const MOST_CROSSINGS: f64 = 0.2;
/// The share of the draws that a cluster has at least, of all or of a chain that has seen it.
const LEAST_SHARE: f64 = 0.01;
/// Chains, each at rest, are so many of their standard deviations apart.
const APART: f64 = 3.0;

/// Modes of which more than one chain has seen both.
pub(super) fn shared(failing: &[Scalar<'_>]) -> Option<Warning> {
    let both = |scalar: &Scalar<'_>| clusters(scalar).filter(|clusters| clusters.seen_by > 1).map(|c| c.places);
    warning(failing.iter().filter_map(|scalar| Some((scalar, both(scalar)?))).collect())
}

/// Modes of any kind: two clusters, or chains that are each at rest in a place of their own.
pub(super) fn find(failing: &[Scalar<'_>]) -> Option<Warning> {
    let modes = |scalar: &Scalar<'_>| clusters(scalar).map(|c| c.places).or_else(|| chains_apart(scalar));
    warning(failing.iter().filter_map(|scalar| Some((scalar, modes(scalar)?))).collect())
}

fn warning(torn: Vec<(&Scalar<'_>, [f64; 2])>) -> Option<Warning> {
    let (first, [low, high]) = torn.first()?;
    let names: Vec<&str> = torn.iter().map(|(scalar, _)| scalar.name).collect();
    Some(Warning {
        code: Code::SeveralModes,
        severity: Severity::Warning,
        message: format!(
            "The posterior has several modes: {} is around {low:.4} in some draws and around {high:.4} in others, and the chains hardly ever \
             cross between them{}.",
            first.name,
            match names.len() {
                1 => String::new(),
                _ => format!(" (also {})", list(&names[1..])),
            }
        ),
        advice: "How much weight each has cannot be told from these draws. If one makes no sense, rule it out by a prior; else write the model so \
                 that it tells them apart."
            .to_owned(),
        scalars: listed(&names),
    })
}

/// Two clusters of the draws of a scalar.
struct Clusters {
    /// The mean of each.
    places: [f64; 2],
    /// Chains that have been in both.
    seen_by: usize,
}

/// The two clusters of the draws, if they are well apart.
fn clusters(scalar: &Scalar<'_>) -> Option<Clusters> {
    let mut sorted = scalar.chains.draws().to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let cut = best_cut(&sorted)?;
    let (low, high) = sorted.split_at(cut);
    let total = sorted.len() as f64;
    let weighted = |side: &[f64]| side.len() as f64 * if side.len() > 1 { variance(side) } else { 0.0 };
    let spread = ((weighted(low) + weighted(high)) / total).sqrt();
    let limit = high.first()?;
    let crossed = |chain: &[f64]| chain.windows(2).filter(|pair| (pair[0] < *limit) != (pair[1] < *limit)).count();
    let crossings: usize = scalar.chains.iter().map(crossed).sum();
    let in_both = |chain: &&[f64]| {
        let below = chain.iter().filter(|x| *x < limit).count();
        below.min(chain.len() - below) as f64 >= LEAST_SHARE * chain.len() as f64
    };
    let seen_by = scalar.chains.iter().filter(in_both).count();
    let apart = mean(high) - mean(low) >= LEAST_GAP * spread;
    let enough = low.len().min(high.len()) as f64 >= LEAST_SHARE * total;
    let independent = 2.0 * low.len() as f64 * high.len() as f64 / total;
    let rarely = crossings as f64 <= MOST_CROSSINGS * independent;
    (apart && enough && rarely).then(|| Clusters { places: [mean(low), mean(high)], seen_by })
}

/// The cut in two that leaves the least variance within (Otsu 1979).
fn best_cut(sorted: &[f64]) -> Option<usize> {
    let count = sorted.len() as f64;
    let centre = mean(sorted);
    let mut below = 0.0;
    let mut best = (0.0, None);
    for (cut, pair) in (1..).zip(sorted.windows(2)) {
        below += pair[0] - centre;
        let n = cut as f64;
        // The variance between, up to a factor: the sum below is minus that above.
        let between = below * below / (n * (count - n));
        if between > best.0 && pair[0] < pair[1] {
            best = (between, Some(cut));
        }
    }
    best.1
}

/// The least and the greatest mean of a chain, where each chain is at rest and they are well apart.
fn chains_apart(scalar: &Scalar<'_>) -> Option<[f64; 2]> {
    let means: Vec<f64> = scalar.chains.iter().map(mean).collect();
    let within = scalar.chains.iter().map(variance).sum::<f64>() / means.len() as f64;
    let (low, high) = crate::sums::range(&means)?;
    let halves: Vec<f64> = scalar.chains.halves().map(mean).collect();
    let at_rest = halves.chunks_exact(2).all(|pair| (pair[0] - pair[1]).abs() <= within.sqrt());
    (at_rest && high - low >= APART * within.sqrt()).then_some([low, high])
}
