//! The marginal likelihood by bridge sampling: what the density of the posterior integrates to.
//!
//! Meng and Wong (1996), *Simulating ratios of normalizing constants via a simple identity*, Statistica
//! Sinica 6; Gronau et al. (2017), *A tutorial on bridge sampling*, Journal of Mathematical Psychology
//! 81.

use std::error::Error;
use std::f64::consts::PI;
use std::fmt;

use rayon::prelude::*;
use serde::Serialize;

use crate::chains::Chains;
use crate::ess::ess_mean;
use crate::linear::Cholesky;
use crate::sums::{log_sum_exp, mean, variance};

/// Why there is no marginal likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BridgeError {
    /// The numbers of values, chains and dimensions do not fit each other, or there are none.
    Shape,
    /// Half of the draws are no more than there are dimensions.
    TooFewDraws,
    /// A draw, a density at a draw, or a standard normal variable is NaN or infinite, or a density at
    /// a proposal is NaN or plus infinity.
    NotFinite,
    /// The draws lie in fewer dimensions than they have coordinates, so that no normal distribution
    /// has their covariance.
    Degenerate,
    /// The proposal and the posterior have nothing in common.
    NoOverlap,
    /// The iteration did not settle.
    NotConverged,
}

impl fmt::Display for BridgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "the numbers of values, chains and dimensions do not fit each other",
            Self::TooFewDraws => "there are too few draws for so many dimensions",
            Self::NotFinite => "a draw or a density is NaN or infinite",
            Self::Degenerate => "the draws lie in fewer dimensions than they have coordinates",
            Self::NoOverlap => "the normal proposal and the posterior have nothing in common",
            Self::NotConverged => "the iteration did not settle",
        })
    }
}

impl Error for BridgeError {}

/// A marginal likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bridge {
    /// Its logarithm.
    pub log_marginal: f64,
    /// The standard error of the marginal likelihood relative to itself, and so nearly that of its
    /// logarithm (Frühwirth-Schnatter 2004, *Estimating marginal likelihoods for mixture and Markov
    /// switching models using bridge sampling techniques*, Econometrics Journal 7). It knows of no
    /// part of the posterior that neither draws nor proposals have reached.
    pub relative_error: f64,
    /// The number of iterations.
    pub iterations: usize,
}

/// The log densities between which to bridge, each of the posterior without its constant and of the
/// normalised proposal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BridgeDensities<'a> {
    /// The posterior at its draws.
    pub posterior_at_draws: Chains<'a>,
    /// The proposal at the draws of the posterior.
    pub proposal_at_draws: &'a [f64],
    /// The posterior at draws of the proposal; minus infinity where it is zero.
    pub posterior_at_proposals: &'a [f64],
    /// The proposal at its draws.
    pub proposal_at_proposals: &'a [f64],
}

impl BridgeDensities<'_> {
    /// The logarithms of the ratios of posterior to proposal, at draws and at proposals.
    fn log_ratios(&self) -> Result<(Vec<f64>, Vec<f64>), BridgeError> {
        let at_draws = self.posterior_at_draws.draws();
        let fits = at_draws.len() == self.proposal_at_draws.len()
            && self.posterior_at_proposals.len() == self.proposal_at_proposals.len()
            && !self.posterior_at_proposals.is_empty();
        if !fits {
            return Err(BridgeError::Shape);
        }
        let ratios = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect();
        let first: Vec<f64> = ratios(at_draws, self.proposal_at_draws);
        let second: Vec<f64> = ratios(self.posterior_at_proposals, self.proposal_at_proposals);
        let finite = first.iter().all(|x| x.is_finite()) && second.iter().all(|x| *x < f64::INFINITY);
        if finite { Ok((first, second)) } else { Err(BridgeError::NotFinite) }
    }

    /// Finds the constant of the posterior by the iteration of Meng and Wong (1996, equation 4.1) for
    /// their optimal bridge,
    ///
    /// `r ← mean(l₂ / (s₁ l₂ + s₂ r)) / mean(1 / (s₁ l₁ + s₂ r))`,
    ///
    /// where `l₁` and `l₂` are the ratios of posterior to proposal at draws and at proposals, and `s₁`
    /// and `s₂` the shares of both in all draws. Those of the posterior count as `effective` draws,
    /// because they depend on each other.
    pub fn solve(&self, effective: f64) -> Result<Bridge, BridgeError> {
        const ROUNDS: usize = 10_000;
        const TOLERANCE: f64 = 1e-12;
        let (first, second) = self.log_ratios()?;
        if !(effective > 0.0 && effective.is_finite()) {
            return Err(BridgeError::Shape);
        }
        if second.iter().all(|&l| l == f64::NEG_INFINITY) {
            return Err(BridgeError::NoOverlap);
        }
        let all = effective + second.len() as f64;
        let shares = [(effective / all).ln(), (second.len() as f64 / all).ln()];
        let mixture = |l: f64, log_r: f64| log_add(shares[0] + l, shares[1] + log_r);
        let average = |terms: &mut dyn Iterator<Item = f64>, count: usize| {
            let terms: Vec<f64> = terms.collect();
            log_sum_exp(terms.into_iter()) - (count as f64).ln()
        };

        let mut log_r = median(&first);
        for iterations in 1..=ROUNDS {
            let above = average(&mut second.iter().map(|&l| l - mixture(l, log_r)), second.len());
            let below = average(&mut first.iter().map(|&l| -mixture(l, log_r)), first.len());
            let next = above - below;
            if !next.is_finite() {
                return Err(BridgeError::NoOverlap);
            }
            let step = (next - log_r).abs();
            log_r = next;
            if step <= TOLERANCE * log_r.abs().max(1.0) {
                let at_proposals: Vec<f64> = second.iter().map(|&l| (l - mixture(l, log_r)).exp()).collect();
                let at_draws: Vec<f64> = first.iter().map(|&l| (log_r - mixture(l, log_r)).exp()).collect();
                let relative_error = self.relative_error(&at_proposals, &at_draws);
                return Ok(Bridge { log_marginal: log_r, relative_error, iterations });
            }
        }
        Err(BridgeError::NotConverged)
    }

    /// The square root of `Var(f₁) / (N₂ mean(f₁)²) + Var(f₂) / (N₁ mean(f₂)²)`, with `N₁` the effective
    /// number of draws for `f₂` (Frühwirth-Schnatter 2004, equation 12).
    ///
    /// The R package `bridgesampling` multiplies the second term by the variance of `f₂` once more. Where
    /// proposal and posterior are close that makes it vanish, and the error is too small by `sqrt(2)`.
    fn relative_error(&self, at_proposals: &[f64], at_draws: &[f64]) -> f64 {
        let size = Chains::new(at_draws, self.posterior_at_draws.count()).and_then(ess_mean);
        let size = size.unwrap_or(at_draws.len() as f64);
        let term = |values: &[f64], size: f64| variance(values) / (size * mean(values).powi(2));
        (term(at_proposals, at_proposals.len() as f64) + term(at_draws, size)).sqrt()
    }
}

fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if high == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Draws of a posterior on a scale without bounds, for [`bridge`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BridgeDraws<'a> {
    /// Draw after draw, chain after chain; the coordinates of a draw lie together.
    pub values: &'a [f64],
    /// The number of coordinates.
    pub dimension: usize,
    /// The number of chains.
    pub chains: usize,
}

impl BridgeDraws<'_> {
    /// The draws of the first and of the second halves of all chains; an odd chain's middle draw is in
    /// the second.
    fn halves(&self) -> Result<[Vec<&[f64]>; 2], BridgeError> {
        let &Self { values, dimension, chains } = self;
        let divides = dimension > 0 && chains > 0 && !values.is_empty() && values.len().is_multiple_of(dimension);
        if !divides || !(values.len() / dimension).is_multiple_of(chains) {
            return Err(BridgeError::Shape);
        }
        if !values.iter().all(|x| x.is_finite()) {
            return Err(BridgeError::NotFinite);
        }
        let length = values.len() / dimension / chains;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for chain in values.chunks_exact(length * dimension) {
            let (a, b) = chain.split_at(length / 2 * dimension);
            first.extend(a.chunks_exact(dimension));
            second.extend(b.chunks_exact(dimension));
        }
        if first.len() <= dimension { Err(BridgeError::TooFewDraws) } else { Ok([first, second]) }
    }
}

/// The normal distribution with the mean and the covariance of draws.
struct Proposal {
    centre: Vec<f64>,
    factor: Cholesky,
    log_constant: f64,
}

impl Proposal {
    fn fit(draws: &[&[f64]], dimension: usize) -> Option<Self> {
        let count = draws.len() as f64;
        let centre: Vec<f64> = (0..dimension).map(|j| draws.iter().map(|x| x[j]).sum::<f64>() / count).collect();
        let mut covariance = vec![0.0; dimension * dimension];
        for draw in draws {
            for i in 0..dimension {
                let distance = draw[i] - centre[i];
                for j in 0..=i {
                    covariance[i * dimension + j] += distance * (draw[j] - centre[j]) / (count - 1.0);
                }
            }
        }
        let factor = Cholesky::new(covariance, dimension)?;
        let log_constant = -0.5 * dimension as f64 * (2.0 * PI).ln() - factor.half_log_determinant();
        Some(Self { centre, factor, log_constant })
    }

    fn log_density(&self, x: &[f64]) -> f64 {
        let mut z: Vec<f64> = x.iter().zip(&self.centre).map(|(x, centre)| x - centre).collect();
        self.factor.solve_lower(&mut z);
        self.log_constant - 0.5 * z.iter().map(|z| z * z).sum::<f64>()
    }

    fn draw(&self, normal: &mut impl FnMut() -> f64) -> Vec<f64> {
        let z: Vec<f64> = self.centre.iter().map(|_| normal()).collect();
        self.factor.multiply(&z).iter().zip(&self.centre).map(|(x, centre)| x + centre).collect()
    }
}

/// The logarithm of the integral of `exp(log_density)` from draws of the distribution it is the
/// unnormalised density of.
///
/// A normal proposal is fitted to the first halves of the chains; as many draws of it as there are
/// draws in the second halves, and those, go into [`BridgeDensities::solve`], with the median of the
/// effective sample sizes of the coordinates. Coordinates must be without bounds, and the density
/// must contain the Jacobian of the transformation that made them so. The density is evaluated once
/// at each of these draws, on the threads of the current rayon pool; `normal` returns independent
/// standard normal variables, which are drawn one after the other.
///
/// ```
/// use polya_diagnostics::{BridgeDraws, bridge};
///
/// // Normal scores in place of random numbers: draws of a standard normal distribution.
/// let score = |i: usize, n: usize| polya_diagnostics::special::normal_quantile((i as f64 + 0.5) / n as f64);
/// let draws: Vec<f64> = (0..1000).map(|i| score(i * 377 % 1000, 1000)).collect();
/// let mut count = 0;
/// let normal = || {
///     count += 1;
///     score(count * 211 % 500, 500)
/// };
/// let draws = BridgeDraws { values: &draws, dimension: 1, chains: 1 };
/// let found = bridge(draws, |x| -0.5 * x[0] * x[0], normal).unwrap();
/// assert!((found.log_marginal - 0.5 * (2.0 * std::f64::consts::PI).ln()).abs() < 0.01);
/// ```
pub fn bridge(
    draws: BridgeDraws<'_>,
    log_density: impl Fn(&[f64]) -> f64 + Sync,
    mut normal: impl FnMut() -> f64,
) -> Result<Bridge, BridgeError> {
    let [first, second] = draws.halves()?;
    let proposal = Proposal::fit(&first, draws.dimension).ok_or(BridgeError::Degenerate)?;
    let proposals: Vec<Vec<f64>> = second.iter().map(|_| proposal.draw(&mut normal)).collect();
    if !proposals.iter().flatten().all(|x| x.is_finite()) {
        return Err(BridgeError::NotFinite);
    }
    let posterior_at_draws: Vec<f64> = second.par_iter().map(|x| log_density(x)).collect();
    let posterior_at_proposals: Vec<f64> = proposals.par_iter().map(|x| log_density(x)).collect();
    let proposal_at_draws: Vec<f64> = second.iter().map(|x| proposal.log_density(x)).collect();
    let proposal_at_proposals: Vec<f64> = proposals.iter().map(|x| proposal.log_density(x)).collect();
    let densities = BridgeDensities {
        posterior_at_draws: Chains::new(&posterior_at_draws, draws.chains).ok_or(BridgeError::Shape)?,
        proposal_at_draws: &proposal_at_draws,
        posterior_at_proposals: &posterior_at_proposals,
        proposal_at_proposals: &proposal_at_proposals,
    };
    densities.solve(effective_draws(&second, draws))
}

/// The median over coordinates of the effective sample sizes, but no more than there are draws.
fn effective_draws(second: &[&[f64]], draws: BridgeDraws<'_>) -> f64 {
    let most = second.len() as f64;
    let size = |j: usize| {
        let coordinate: Vec<f64> = second.iter().map(|x| x[j]).collect();
        Chains::new(&coordinate, draws.chains).and_then(ess_mean).unwrap_or(most)
    };
    median(&(0..draws.dimension).map(size).collect::<Vec<f64>>()).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], dimension: usize, chains: usize) -> Result<Bridge, BridgeError> {
        bridge(BridgeDraws { values, dimension, chains }, |x| -x[0] * x[0], || 0.3)
    }

    #[test]
    fn what_cannot_be_bridged_is_refused() {
        assert_eq!(of(&[], 1, 1), Err(BridgeError::Shape));
        assert_eq!(of(&[1.0; 6], 0, 1), Err(BridgeError::Shape));
        assert_eq!(of(&[1.0; 6], 4, 1), Err(BridgeError::Shape));
        assert_eq!(of(&[1.0; 6], 2, 2), Err(BridgeError::Shape));
        assert_eq!(of(&[1.0], 1, 1), Err(BridgeError::TooFewDraws));
        assert_eq!(of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 2, 1), Err(BridgeError::TooFewDraws));
        assert_eq!(of(&[1.0; 20], 1, 1), Err(BridgeError::Degenerate));
        assert_eq!(of(&[1.0, f64::NAN, 2.0, 3.0], 1, 1), Err(BridgeError::NotFinite));
    }

    #[test]
    fn densities_that_make_no_sense_are_refused() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 41)).collect();
        let draws = BridgeDraws { values: &values, dimension: 1, chains: 1 };
        assert_eq!(bridge(draws, |_| f64::NAN, || 0.1), Err(BridgeError::NotFinite));
        assert_eq!(bridge(draws, |_| f64::NEG_INFINITY, || 0.1), Err(BridgeError::NotFinite));
        assert_eq!(bridge(draws, |_| 0.0, || f64::NAN), Err(BridgeError::NotFinite));
        // All proposals fall where the density is zero.
        let bounded = |x: &[f64]| if x[0] < 100.0 { 0.0 } else { f64::NEG_INFINITY };
        assert_eq!(bridge(draws, bounded, || 50.0), Err(BridgeError::NoOverlap));
    }

    #[test]
    fn a_proposal_equal_to_the_posterior_has_no_error() {
        let densities = [-1.0, -2.0, -0.5, -0.7, -3.0, -1.1, -0.9, -2.5];
        let posterior: Vec<f64> = densities.iter().map(|x| x + 700.0).collect();
        let found = BridgeDensities {
            posterior_at_draws: Chains::new(&posterior, 2).unwrap(),
            proposal_at_draws: &densities,
            posterior_at_proposals: &posterior,
            proposal_at_proposals: &densities,
        };
        let found = found.solve(5.0).unwrap();
        assert!((found.log_marginal - 700.0).abs() < 1e-9);
        assert!(found.relative_error < 1e-9);
    }
}
