//! Does the posterior follow the prior, the data, or does it hang between both? Power-scaling asks
//! what changes when the prior or the likelihood counts a little more or less, without a new fit.
//!
//! Kallioinen, Paananen, Bürkner and Vehtari (2024), *Detecting and diagnosing prior and likelihood
//! sensitivity with power-scaling*, Statistics and Computing 34.

use std::fmt;

use rayon::prelude::*;
use serde::Serialize;

use crate::chains::Chains;
use crate::ess::ess_tail;
use crate::pareto::tail_length;
use crate::psis::{PsisError, Smoother};

/// The powers to which a density is raised.
const LOWER: f64 = 0.99;
const UPPER: f64 = 1.01;

/// The sensitivity from which a quantity counts as sensitive.
pub const SENSITIVITY_LIMIT: f64 = 0.05;

/// The posterior with the prior or the likelihood raised to a power slightly below and slightly above
/// 1: the same draws, with other weights.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerScaled {
    lower: Vec<f64>,
    upper: Vec<f64>,
    k: Option<f64>,
}

impl PowerScaled {
    /// From the log density of every draw: the joint log prior of the parameters whose prior is in
    /// question, or the joint log likelihood.
    ///
    /// In a hierarchical model only the priors at the top belong to the prior: what is between them and
    /// the data, also what was integrated out, is likelihood.
    pub fn new(log_density: Chains<'_>) -> Result<Self, PsisError> {
        let (lower, a) = scale(log_density, LOWER)?;
        let (upper, b) = scale(log_density, UPPER)?;
        let k = match (a, b) {
            (Some(a), Some(b)) => Some(f64::max(a, b)),
            (a, b) => a.or(b),
        };
        Ok(Self { lower, upper, k })
    }

    /// The larger shape of the tails of the two sets of weights; `None` where none could be fitted.
    pub fn k(&self) -> Option<f64> {
        self.k
    }

    /// The weights of the draws under the lower and under the higher power; each sum to 1.
    pub fn weights(&self) -> (&[f64], &[f64]) {
        (&self.lower, &self.upper)
    }

    /// How fast the distribution of a quantity changes with the power: half the sum of the distances
    /// to the posterior under the lower and the higher power, each per binary logarithm of the power.
    ///
    /// `None` for a constant, and unless there is one finite value per draw.
    pub fn sensitivity(&self, quantity: &[f64]) -> Option<f64> {
        self.sensitivity_of(&Ordered::of(quantity)?)
    }

    fn sensitivity_of(&self, quantity: &Ordered) -> Option<f64> {
        let (lower, upper) = (quantity.distance(&self.lower)?, quantity.distance(&self.upper)?);
        Some((upper / UPPER.log2() - lower / LOWER.log2()) / 2.0)
    }
}

/// The weights `density^(power - 1)`, smoothed as by `pareto_smooth` of `posterior`.
fn scale(log_density: Chains<'_>, power: f64) -> Result<(Vec<f64>, Option<f64>), PsisError> {
    let draws = log_density.draws();
    if let Some(place) = draws.iter().position(|x| !x.is_finite()) {
        return Err(PsisError::NotFinite(place));
    }
    let mut weights: Vec<f64> = draws.iter().map(|x| (power - 1.0) * x).collect();
    let efficiency = Chains::new(&weights, log_density.count()).and_then(ess_tail);
    let length = tail_length(draws.len(), efficiency.unwrap_or(draws.len() as f64) / draws.len() as f64);
    let found = Smoother::default().smooth(&mut weights, length.max(5))?;
    weights.iter_mut().for_each(|w| *w = w.exp());
    Ok((weights, found.k))
}

/// The symmetrised cumulative Jensen-Shannon distance between the distributions of draws with equal
/// weights, `P`, and with the given ones, `Q` (Nguyen and Vreeken 2015; Kallioinen et al. 2024,
/// section 2.3): the square root of
///
/// `(CJS(P, Q) + CJS(Q, P)) / (∫P + ∫Q)`, where
/// `CJS(P, Q) = ∫ P log2(2 P / (P + Q)) + (∫Q - ∫P) / (2 ln 2)`.
///
/// Between 0 and 1. `None` for a constant, and unless all is finite, there are as many weights as
/// draws, and the weights are not negative nor all zero.
pub fn cumulative_jensen_shannon(draws: &[f64], weights: &[f64]) -> Option<f64> {
    Ordered::of(draws)?.jensen_shannon(weights)
}

/// Draws in ascending order, each with its place: sorted once for all weights.
struct Ordered(Vec<(f64, usize)>);

impl Ordered {
    /// `None` unless all are finite.
    fn of(draws: &[f64]) -> Option<Self> {
        let mut placed: Vec<(f64, usize)> = draws.iter().copied().zip(0..).collect();
        placed.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        draws.iter().all(|x| x.is_finite()).then_some(Self(placed))
    }

    /// [`cumulative_jensen_shannon`] of the draws.
    fn jensen_shannon(&self, weights: &[f64]) -> Option<f64> {
        if self.0.len() != weights.len() {
            return None;
        }
        divergence(self.0.windows(2).map(|pair| (width(pair), weights[pair[0].1])), weights)
    }

    /// The distance between the distributions of draws with equal and with other weights: the larger of
    /// [`cumulative_jensen_shannon`] of the draws and of their negatives.
    fn distance(&self, weights: &[f64]) -> Option<f64> {
        let distance = self.jensen_shannon(weights)?;
        let negatives = self.0.windows(2).rev().map(|pair| (width(pair), weights[pair[1].1]));
        Some(distance.max(divergence(negatives, weights)?))
    }
}

/// Half the distance of neighbours, so that that between the largest doubles does not overflow.
fn width(pair: &[(f64, usize)]) -> f64 {
    pair[1].0 / 2.0 - pair[0].0 / 2.0
}

/// The distance from the steps between neighbours in order: the width of each, and the weight of the draw before it.
fn divergence(steps: impl Iterator<Item = (f64, f64)>, weights: &[f64]) -> Option<f64> {
    let (total, count) = (crate::sums::total_weight(weights)?, weights.len() as f64);
    // `∫ P log2(2P / (P + Q)) + ∫ Q log2(2Q / (P + Q))`: the other terms of the two sides cancel.
    let (mut divergence, mut area, mut cumulative) = (0.0, 0.0, 0.0);
    for (rank, (width, weight)) in steps.enumerate() {
        cumulative += weight;
        if width > 0.0 {
            let (p, q) = ((rank + 1) as f64 / count, cumulative / total);
            divergence += width * (entropy_term(p, p - q, p + q) + entropy_term(q, q - p, p + q));
            area += width * (p + q);
        }
    }
    let square = divergence / area;
    (area > 0.0 && square.is_finite()).then(|| square.max(0.0).sqrt())
}

/// `part log2(2 part / sum)`, where `2 part / sum = 1 + excess / sum`.
fn entropy_term(part: f64, excess: f64, sum: f64) -> f64 {
    if part > 0.0 { part * (excess / sum).ln_1p() / std::f64::consts::LN_2 } else { 0.0 }
}

/// What the sensitivities of a quantity say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Diagnosis {
    /// Prior and likelihood both move the quantity: what `priorsense` calls a potential conflict. They also do where prior
    /// and data agree and both say something, so that this alone is no evidence of one.
    PriorDataConflict,
    /// The prior moves the quantity and the likelihood does not: the prior may be strong, or the data
    /// say little.
    StrongPriorWeakLikelihood,
    /// Nothing is noteworthy.
    None,
}

impl Diagnosis {
    /// The diagnosis of a pair of sensitivities, with [`SENSITIVITY_LIMIT`] between low and high.
    pub fn of(prior: f64, likelihood: f64) -> Self {
        match (prior >= SENSITIVITY_LIMIT, likelihood >= SENSITIVITY_LIMIT) {
            (true, true) => Self::PriorDataConflict,
            (true, false) => Self::StrongPriorWeakLikelihood,
            (false, _) => Self::None,
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PriorDataConflict => "prior and data both matter",
            Self::StrongPriorWeakLikelihood => "the prior may be strong or the data weak",
            Self::None => "nothing noteworthy",
        })
    }
}

/// How sensitive one quantity is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sensitivity {
    /// Its sensitivity to the prior.
    pub prior: f64,
    /// Its sensitivity to the likelihood.
    pub likelihood: f64,
    /// What they say together.
    pub diagnosis: Diagnosis,
}

/// For each of many quantities its sensitivity to each prior, beside that to the likelihood: in parallel and in the order
/// given; `None` for a quantity that is constant, not finite, or does not have one value per draw.
pub fn sensitivities(
    priors: &[PowerScaled],
    likelihood: &PowerScaled,
    quantities: &[&[f64]],
) -> Vec<Vec<Option<Sensitivity>>> {
    let one = |quantity: &&[f64]| -> Vec<Option<Sensitivity>> {
        let ordered = Ordered::of(quantity);
        let to = |scaled: &PowerScaled| scaled.sensitivity_of(ordered.as_ref()?);
        let likelihood = to(likelihood);
        let beside = |prior: f64, likelihood: f64| Sensitivity {
            prior,
            likelihood,
            diagnosis: Diagnosis::of(prior, likelihood),
        };
        priors.iter().map(|prior| Some(beside(to(prior)?, likelihood?))).collect()
    };
    quantities.par_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrambled(count: usize) -> Vec<f64> {
        (0..count).map(|i| (i * 7919 % 1009) as f64 / 100.0).collect()
    }

    #[test]
    fn a_flat_density_moves_nothing() {
        let draws = scrambled(800);
        let flat = PowerScaled::new(Chains::new(&[-3.5; 800], 4).unwrap()).unwrap();
        assert!(flat.sensitivity(&draws).unwrap() < 1e-6);
        let steep: Vec<f64> = draws.iter().map(|x| -x * x).collect();
        let steep = PowerScaled::new(Chains::new(&steep, 4).unwrap()).unwrap();
        assert!(steep.sensitivity(&draws).unwrap() > 0.5);
        let found = sensitivities(&[steep, flat.clone()], &flat, &[&draws, &[1.0; 800], &draws[..5]]);
        let diagnoses: Vec<_> = found[0].iter().map(|found| found.unwrap().diagnosis).collect();
        assert_eq!(diagnoses, [Diagnosis::StrongPriorWeakLikelihood, Diagnosis::None]);
        assert_eq!(&found[1..], [[None, None], [None, None]]);
    }

    #[test]
    fn densities_that_are_not_finite_are_refused() {
        for bad in [f64::NAN, f64::NEG_INFINITY] {
            let density = [1.0, bad, 2.0];
            assert_eq!(PowerScaled::new(Chains::new(&density, 1).unwrap()), Err(PsisError::NotFinite(1)));
        }
        let alone = PowerScaled::new(Chains::new(&[1.0], 1).unwrap()).unwrap();
        assert_eq!(alone.sensitivity(&[1.0]), None);
    }

    #[test]
    fn the_distance_of_two_draws_by_hand() {
        // Between the draws P is 1/2 and Q is 1/4: the width cancels.
        let (p, q, m) = (0.5_f64, 0.25_f64, 0.375_f64);
        let wanted = ((p * (p / m).log2() + q * (q / m).log2()) / (p + q)).sqrt();
        for width in [1e-300, 1.0, f64::MAX] {
            let found = cumulative_jensen_shannon(&[width, -width], &[0.75, 0.25]).unwrap();
            assert!((found - wanted).abs() < 1e-14, "{width}: {found} {wanted}");
        }
    }

    #[test]
    fn equal_weights_are_no_distance_and_bad_ones_are_refused() {
        let draws = scrambled(50);
        assert!(cumulative_jensen_shannon(&draws, &[2.0; 50]).unwrap() < 1e-7);
        assert_eq!(cumulative_jensen_shannon(&[1.0; 50], &[2.0; 50]), None);
        assert_eq!(cumulative_jensen_shannon(&draws, &[1.0; 49]), None);
        assert_eq!(cumulative_jensen_shannon(&draws, &[0.0; 50]), None);
        assert_eq!(cumulative_jensen_shannon(&[], &[]), None);
        assert_eq!(cumulative_jensen_shannon(&[1.0, f64::NAN], &[1.0, 1.0]), None);
    }

    #[test]
    fn diagnoses_name_the_combination() {
        assert_eq!(Diagnosis::of(0.05, 0.05), Diagnosis::PriorDataConflict);
        assert_eq!(Diagnosis::of(0.05, 0.049), Diagnosis::StrongPriorWeakLikelihood);
        assert_eq!(Diagnosis::of(0.049, 3.0), Diagnosis::None);
        assert_eq!(Diagnosis::of(f64::NAN, 1.0), Diagnosis::None);
    }
}
