//! A funnel: the curvature of the posterior changes with a scale, so that no step size fits everywhere.
//!
//! Where a scale is small, what hangs on it is confined; steps that fit the wide part are too large there, and the sampler
//! diverges or keeps out (Betancourt and Girolami 2015, *Hamiltonian Monte Carlo for hierarchical models*). So divergent
//! draws gather at one end of the scale, the energy goes with it, or what hangs on it spreads with it.

use super::super::{Code, Evidence, Scale, Severity, Warning, sampler};
use super::Scalar;
use crate::quantile::quantile;
use crate::sums::mean;

/// Divergences that a place can be told from.
const FEWEST_DIVERGENCES: usize = 5;
/// How far from a half the probability is that a divergent draw has the smaller scale.
const LEAST_LEAN: f64 = 0.2;
/// The standard scores from which that is no chance.
const LEAST_SCORE: f64 = 2.5;
/// The least rank correlation of the energy with the scale.
const WITH_ENERGY: f64 = 0.4;
/// The least rank correlation of the spread of levels with the scale.
const WITH_SPREAD: f64 = 0.7;
/// The least ratio of the 95% to the 5% quantile of such a scale.
const LEAST_RANGE: f64 = 3.0;

/// Which end of a scale is the narrow one, and what shows it.
struct Neck<'a> {
    scale: Scalar<'a>,
    small: bool,
    shown_by: String,
    strength: f64,
}

pub(super) fn find(evidence: &Evidence<'_>, sampled: &[Scalar<'_>], failing: &[Scalar<'_>]) -> Option<Warning> {
    let scales: Vec<&Scalar<'_>> = sampled.iter().filter(|scalar| scalar.scale.is_some() && varies(scalar)).collect();
    let by_divergences = || strongest(scales.iter().filter_map(|s| of_divergences(evidence, s)));
    let by_energy = || strongest(scales.iter().filter_map(|s| of_energy(evidence, s)));
    let fails = |scale: &&&Scalar<'_>| failing.iter().any(|other| other.name == scale.name);
    let by_spread = || strongest(scales.iter().filter(fails).filter_map(|s| of_spread(s, sampled)));
    let diverges = sampler::diverges(evidence).then(by_divergences).flatten();
    let found = diverges.or_else(|| sampler::lacks_energy(evidence).then(by_energy).flatten()).or_else(by_spread)?;
    let Neck { scale: Scalar { name: scale, scale: of, .. }, small, shown_by, .. } = found;
    let end = if small { "small" } else { "large" };
    let tighter = if small { "keeps it away from zero (Gamma(2, …), LogNormal)" } else { "keeps it from growing" };
    let prior =
        |give: &str| format!("{give} {scale} a prior that {tighter}; then smaller steps (--target-accept 0.95).");
    Some(Warning {
        code: Code::Funnel,
        severity: Severity::Warning,
        message: format!(
            "The posterior is a funnel: where {scale} is {end}, what depends on it is confined to a narrow neck that the sampler does not get \
             into or out of. {shown_by}"
        ),
        advice: match of {
            Some(Scale::OfLevels(levels)) => format!(
                "Write `@noncentred` after the distribution of {levels}, or take `@centred` away from it; {}",
                prior("give")
            ),
            _ => prior("Give"),
        },
        scalars: vec![scale.to_owned()],
    })
}

fn strongest<'a>(necks: impl Iterator<Item = Neck<'a>>) -> Option<Neck<'a>> {
    necks.max_by(|a, b| a.strength.total_cmp(&b.strength))
}

/// Whether the scale has an order of magnitude to speak of.
fn varies(scalar: &Scalar<'_>) -> bool {
    let mut sorted = scalar.chains.draws().to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |p| quantile(&sorted, p).unwrap_or(f64::NAN);
    sorted.first().is_some_and(|least| *least >= 0.0) && at(0.95) >= LEAST_RANGE * at(0.05)
}

/// Where divergent draws lie among the others: the score of Mann and Whitney (1947).
fn of_divergences<'a>(evidence: &Evidence<'_>, scale: &Scalar<'a>) -> Option<Neck<'a>> {
    let draws = scale.chains.draws();
    let count = evidence.divergent.iter().filter(|d| **d).count();
    if evidence.divergent.len() != draws.len() || count < FEWEST_DIVERGENCES || count == draws.len() {
        return None;
    }
    let ranks = ranks(draws);
    let (n, m) = (count as f64, (draws.len() - count) as f64);
    let sum: f64 = ranks.iter().zip(&evidence.divergent).filter(|(_, d)| **d).map(|(r, _)| r).sum();
    // The probability that a divergent draw has the larger scale.
    let larger = (sum - n * (n + 1.0) / 2.0) / (n * m);
    let score = (larger - 0.5).abs() * (12.0 * n * m / (n + m + 1.0)).sqrt();
    let leans = (larger - 0.5).abs() >= LEAST_LEAN && score >= LEAST_SCORE;
    let small = larger < 0.5;
    leans.then(|| Neck {
        scale: *scale,
        small,
        shown_by: format!(
            "The {count} divergences gather there: a divergent draw has the {} {} with a probability of {:.2}.",
            if small { "smaller" } else { "larger" },
            scale.name,
            larger.max(1.0 - larger)
        ),
        strength: score,
    })
}

/// How the energy goes with the scale.
fn of_energy<'a>(evidence: &Evidence<'_>, scale: &Scalar<'a>) -> Option<Neck<'a>> {
    let draws = scale.chains.draws();
    if evidence.energies.len() != draws.len() {
        return None;
    }
    let correlation = correlation(&ranks(draws), &ranks(&evidence.energies));
    (correlation.abs() >= WITH_ENERGY).then(|| Neck {
        scale: *scale,
        // Deep in the neck the density is high, and the energy low.
        small: correlation > 0.0,
        shown_by: format!(
            "The energy, which changes too slowly, goes with {} (rank correlation {correlation:.2}).",
            scale.name
        ),
        strength: correlation.abs(),
    })
}

/// How the levels of a variable spread with the scale.
fn of_spread<'a>(scale: &Scalar<'a>, sampled: &[Scalar<'_>]) -> Option<Neck<'a>> {
    let own = ranks(scale.chains.draws());
    let variables = sampled.chunk_by(|a, b| a.variable() == b.variable()).filter(|levels| levels.len() > 2);
    let best = variables
        .map(|levels| correlation(&own, &ranks(&spreads(levels))))
        .max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
    (best.abs() >= WITH_SPREAD).then(|| Neck {
        scale: *scale,
        small: best > 0.0,
        shown_by: format!("The levels that depend on it spread with {} (rank correlation {best:.2}).", scale.name),
        strength: best.abs(),
    })
}

/// The variance over levels at each draw.
fn spreads(levels: &[Scalar<'_>]) -> Vec<f64> {
    let draws = levels.first().map_or(0, |level| level.chains.draws().len());
    let mut at = vec![0.0; levels.len()];
    let one = |draw: usize| {
        at.iter_mut().zip(levels).for_each(|(slot, level)| *slot = level.chains.draws()[draw]);
        crate::sums::variance(&at)
    };
    (0..draws).map(one).collect()
}

/// Ranks from 1; of equal values in the order they stand in.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    order.iter().zip(1..).for_each(|(place, rank)| ranks[*place] = f64::from(rank));
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (x, y) = (mean(a), mean(b));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        xx += (a - x).powi(2);
        yy += (b - y).powi(2);
        xy += (a - x) * (b - y);
    }
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}
