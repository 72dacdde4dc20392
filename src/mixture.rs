//! Better than draws: summaries of integrated-out variables as mixtures of their conditionals (Rao and Blackwell).
//!
//! Where the distribution of a scalar given the rest is known, its posterior is the mean of that distribution over the
//! draws s of the rest:
//!
//! ```text
//! mean      E = mean m_s                     variance  V = mean v_s + var m_s
//! quantile  q with mean F_s(q) = p           P(θ > c)  = mean (1 - F_s(c))
//! ```
//!
//! with m_s, v_s and F_s the mean, variance and cdf given draw s. The Monte Carlo error of each is that of a mean over the
//! draws of the rest: it is estimated from the series m_s, v_s + (m_s - E)², F_s(q)/f(q) and F_s(c), f being the mixture's
//! density. The effective sample size is that of independent draws with the same error: V / error² for the bulk, and for
//! the tails the smaller p (1 - p) / error² of the 5% and 95% quantiles, which may well exceed the number of draws. Where
//! the distribution is known before sampling, the summary is exact, its error 0, and the effective sample size that of the
//! draws; where nothing is sampled but variables are drawn from one another, it is not. Each estimate replaces that of the
//! draws only where its error is the smaller.
//!
//! Two errors would be too small as they are. Conditionals so narrow that hardly any reach a quantile do not tell the
//! density there: then the draws' own quantile stays. And the mean of probabilities of which a few are far larger than
//! the rest has an error that its draws do not show: then that of as many independent 0/1 draws takes its place.

use crate::expansion::Expander;
use crate::sampling::Settings;
use polya_diagnostics::{Chains, ScalarSummary, mcse_mean, pareto_k, pareto_k_limit};
use polya_models::distributions::Scalar;
use polya_models::{Event, Mixture, Posterior};
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Arguments that are held at a time, 2 MB of them, of at least [`FEWEST_AT_A_TIME`] mixtures: the conditionals of all are
/// computed once more for every few.
const HELD: usize = 1 << 18;
const FEWEST_AT_A_TIME: usize = 32;

/// Evaluations of cdfs that a fit may spend on quantiles of one step each, as long as [`FEWEST_DRAWS`] are used.
const EVALUATIONS: usize = 250_000;

/// Fewest draws that a quantile rests on, of all chains together.
const FEWEST_DRAWS: usize = 200;

/// Scalars from which on not all draws are used.
const MANY: usize = 4096;

/// Most steps toward a quantile: from the draws' own it is one or two, and more where almost all mass lies at an edge.
const STEPS: usize = 30;

/// A last step is corrected by at most so much of the Monte Carlo error, and changes the density by at most so much of it.
const SETTLED: f64 = 0.25;

/// Fewest conditionals, counted by their share, that make up the density at a quantile: it is then known to a fifth.
const FEWEST_REACHING: f64 = 25.0;

/// Fewest draws of a chain of which equal numbers say that all are equal.
const FEWEST_EQUAL: usize = 4;

/// From a probability as close as this, a step leaves nothing but rounding.
const CLOSE: f64 = 1e-7;

/// Odd numbers whose multiples spread over all bits.
const ODD: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];

/// Replaces the summaries of scalars whose distribution given the rest is known.
pub(crate) fn improve(
    posterior: &Posterior,
    settings: &Settings,
    positions: &[&[f64]],
    draws: usize,
    statistics: &mut [ScalarSummary],
) {
    let chains = positions.len();
    let mixtures = posterior.mixtures();
    if draws == 0 || mixtures.is_empty() {
        return;
    }
    // Of very many scalars every so many draws are enough: each then costs what it gives.
    let step = (mixtures.len() / MANY).clamp(1, (draws / FEWEST_DRAWS).max(1));
    let kept = draws.div_ceil(step);
    let dimension = positions.first().map_or(0, |p| p.len() / draws);
    let thinned: Vec<Vec<f64>> = positions
        .iter()
        .map(|chain| chain.chunks(dimension.max(1)).step_by(step).flatten().copied().collect())
        .collect();
    let positions: Vec<&[f64]> = thinned.iter().map(Vec::as_slice).collect();
    let wanted = (EVALUATIONS / (mixtures.len() * 3)).max(FEWEST_DRAWS).div_ceil(chains);
    let stride = (kept / wanted.max(4)).max(1);
    let total = chains * kept;
    // Levels with the same data have the same mixture: it is found once.
    let mut found: HashMap<[u64; 2], Option<Improvement>> = HashMap::new();
    for block in mixtures.chunks((HELD / (2 * total)).max(FEWEST_AT_A_TIME)) {
        let expander = Expander {
            posterior,
            width: 2 * block.len(),
            seed: settings.seed,
            job: settings.job,
            numbers: None,
            write: &|position, streams, scratch, row| {
                posterior.mixture_arguments(block, position, streams, scratch, row);
            },
        };
        let Some(arguments) = expander.scalar_major(&positions, kept) else { return };
        let known: Vec<Known<'_>> = block
            .iter()
            .zip(arguments.chunks_exact(2 * total))
            .map(|(mixture, own)| Known {
                mixture: *mixture,
                chains,
                draws: kept,
                stride,
                arguments: own.split_at(total),
            })
            .collect();
        let keys: Vec<[u64; 2]> = known.par_iter().map(|known| known.key()).collect();
        let mut fresh: Vec<usize> = Vec::new();
        for (i, key) in keys.iter().enumerate() {
            found.entry(*key).or_insert_with(|| {
                fresh.push(i);
                None
            });
        }
        let improvements: Vec<Option<Improvement>> =
            fresh.par_iter().map(|&i| known[i].improvement(&statistics[known[i].mixture.scalar])).collect();
        for (i, improvement) in fresh.into_iter().zip(improvements) {
            found.insert(keys[i], improvement);
        }
        for (known, key) in known.iter().zip(&keys) {
            if let Some(Some(improvement)) = found.get(key) {
                improvement.apply(&mut statistics[known.mixture.scalar]);
            }
        }
    }
}

/// The conditionals of one scalar over all draws.
struct Known<'a> {
    mixture: Mixture,
    chains: usize,
    draws: usize,
    /// Cdfs are taken at every so many draws of a chain.
    stride: usize,
    /// Both arguments at each draw, chain after chain.
    arguments: (&'a [f64], &'a [f64]),
}

/// An estimate with its Monte Carlo error.
#[derive(Clone, Copy)]
struct Estimate {
    value: f64,
    error: f64,
}

impl Estimate {
    /// Independent draws, each with this variance, whose mean has the same error.
    fn effective_size(self, variance: f64) -> Option<f64> {
        (self.error > 0.0).then(|| variance / (self.error * self.error))
    }
}

/// A function of the arguments of each draw, found once for draws that follow each other with the same: all of an exact
/// posterior's.
fn over(arguments: &[[f64; 2]], f: impl Fn(&[f64; 2]) -> f64) -> impl Iterator<Item = f64> {
    let mut last = None;
    arguments.iter().map(move |own| match last {
        Some((known, value)) if known == own => value,
        _ => {
            let value = f(own);
            last = Some((own, value));
            value
        }
    })
}

/// The density of a mixture at a point.
#[derive(Clone, Copy)]
struct Density {
    value: f64,
    /// Of how many conditionals it is made, each counted by its share.
    reaching: f64,
}

/// What a mixture tells of a scalar.
#[derive(Default)]
struct Improvement {
    mean: Option<Estimate>,
    sd: Option<Estimate>,
    /// The 5%, 50% and 95% quantiles.
    quantiles: [Option<Estimate>; 3],
    ess_bulk: Option<f64>,
    /// Of the 5% and the 95% quantile; infinite where it is exact.
    ess_tail: [Option<f64>; 2],
    /// Whether it is of a 0/1 quantity, whose quantiles follow from its mean.
    binary: bool,
}

impl Improvement {
    /// Takes the place of what the draws tell, where its error is smaller.
    fn apply(&self, summary: &mut ScalarSummary) {
        let replace = |new: Option<Estimate>, value: &mut f64, error: &mut Option<f64>| match new {
            Some(new) if error.is_none_or(|e| new.error < e) => {
                (*value, *error) = (new.value, Some(new.error));
                true
            }
            _ => false,
        };
        if replace(self.mean, &mut summary.mean, &mut summary.mcse_mean) {
            // Of an exact mean there is no effective sample size: that of the draws stays.
            summary.ess_bulk = self.ess_bulk.or(summary.ess_bulk);
            if self.binary {
                (summary.mcse_q5, summary.mcse_median, summary.mcse_q95) = (None, None, None);
            }
        }
        replace(self.sd, &mut summary.sd, &mut summary.mcse_sd);
        let low = replace(self.quantiles[0], &mut summary.q5, &mut summary.mcse_q5);
        replace(self.quantiles[1], &mut summary.median, &mut summary.mcse_median);
        let high = replace(self.quantiles[2], &mut summary.q95, &mut summary.mcse_q95);
        if low && high {
            summary.ess_tail = match self.ess_tail {
                [Some(low), Some(high)] => Some(low.min(high)),
                [one, other] => one.or(other).or(summary.ess_tail),
            };
        }
    }
}

impl Known<'_> {
    /// Two hashes of all that the mixture is, so that equal ones can be told without keeping them.
    fn key(&self) -> [u64; 2] {
        [0_u8, 1].map(|which| {
            let mut hasher = DefaultHasher::new();
            which.hash(&mut hasher);
            self.mixture.family.name().hash(&mut hasher);
            self.mixture.event.map(|e| (e.threshold.to_bits(), e.above)).hash(&mut hasher);
            // The arguments are many: they are folded into one number by a cheap hash first, another for each key.
            let fold =
                |digest: u64, a: &f64| (digest.rotate_left(5) ^ a.to_bits()).wrapping_mul(ODD[usize::from(which)]);
            self.numbers().fold(0, fold).hash(&mut hasher);
            hasher.finish()
        })
    }

    /// The arguments of each draw.
    fn pairs(&self) -> impl Iterator<Item = [f64; 2]> {
        self.arguments.0.iter().zip(self.arguments.1).map(|(a, b)| [*a, *b])
    }

    /// All numbers among the arguments.
    fn numbers(&self) -> impl Iterator<Item = &f64> {
        self.arguments.0.iter().chain(self.arguments.1)
    }

    fn family(&self) -> &'static dyn Scalar {
        self.mixture.family
    }

    /// The mean of a series over the draws; none where its error cannot be told.
    fn estimate(&self, series: &[f64]) -> Option<Estimate> {
        let first = *series.first()?;
        // Beside the first, so that numbers far from 0 lose nothing.
        let value = first + series.iter().map(|x| x - first).sum::<f64>() / series.len() as f64;
        let (low, high) = series.iter().fold((first, first), |(l, h), x| (l.min(*x), h.max(*x)));
        // A series of equal numbers is exact: what spreads is rounding.
        let equal = high - low <= 8.0 * f64::EPSILON * value.abs() && series.len() >= FEWEST_EQUAL * self.chains;
        let error = if self.mixture.known || equal { 0.0 } else { mcse_mean(Chains::new(series, self.chains)?)? };
        value.is_finite().then_some(Estimate { value, error })
    }

    fn improvement(&self, drawn: &ScalarSummary) -> Option<Improvement> {
        if drawn.non_finite > 0 || self.numbers().any(|a| !a.is_finite()) {
            return None;
        }
        match self.mixture.event {
            None => self.of_variable(drawn),
            Some(event) => self.of_event(event),
        }
    }

    fn of_variable(&self, drawn: &ScalarSummary) -> Option<Improvement> {
        let moments: Vec<(f64, f64)> = self.pairs().map(|a| self.family().moments(&a)).collect();
        let means: Vec<f64> = moments.iter().map(|m| m.0).collect();
        let mean = self.estimate(&means)?;
        let squares: Vec<f64> = moments.iter().map(|(m, v)| v + (m - mean.value).powi(2)).collect();
        let variance = self.estimate(&squares)?;
        let sd = Estimate { value: variance.value.sqrt(), error: variance.error / (2.0 * variance.value.sqrt()) };
        let mut improvement = Improvement {
            mean: Some(mean),
            sd: Some(sd),
            ess_bulk: mean.effective_size(variance.value),
            ..Improvement::default()
        };
        let thinned = self.thinned();
        let starts = [(0.05, drawn.q5), (0.5, drawn.median), (0.95, drawn.q95)];
        for (i, (p, start)) in starts.into_iter().enumerate() {
            let Some((quantile, probability)) = self.quantile(&thinned, p, start) else { continue };
            improvement.quantiles[i] = Some(quantile);
            if i != 1 {
                improvement.ess_tail[i / 2] = probability.effective_size(p * (1.0 - p));
            }
        }
        Some(improvement)
    }

    /// The arguments at every so many draws of each chain.
    fn thinned(&self) -> Vec<[f64; 2]> {
        self.pairs().enumerate().filter(|(i, _)| (i % self.draws).is_multiple_of(self.stride)).map(|(_, a)| a).collect()
    }

    /// A quantile of the mixture, and the probability below it, by Newton steps kept within what has been found.
    ///
    /// The draws' own quantile is so close that a single step nearly always suffices. Beyond it lies, by the trapezoid of
    /// the densities f at both ends of a step h,
    ///
    /// ```text
    /// F(q + h) - p = ½ h (f(q + h) - f(q)) + O(h³ f'')
    /// ```
    ///
    /// which is taken off as well. Where f' is 0 the trapezoid is off by a third of itself, else by about the relative
    /// change of f: with both the correction in units of the Monte Carlo error and that change at most [`SETTLED`], what
    /// is left is below a tenth of the error. Where there is no error, the search goes on to [`CLOSE`].
    fn quantile(&self, thinned: &[[f64; 2]], p: f64, start: f64) -> Option<(Estimate, Estimate)> {
        let (mut below, mut above) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut at = start;
        let mut density = self.density(thinned, at);
        for _ in 0..STEPS {
            let cdfs: Vec<f64> = over(thinned, |a| self.family().cdf(at, a)).collect();
            let probability = self.estimate(&cdfs)?;
            let miss = probability.value - p;
            let newton = at - miss / density.value;
            let beyond = self.density(thinned, newton);
            let left = 0.5 * (newton - at) * (beyond.value - density.value);
            let change = (beyond.value / density.value - 1.0).abs();
            let settled = left.abs() <= SETTLED * probability.error && change <= SETTLED;
            if settled || miss.abs() < CLOSE {
                if probability.error > 0.0 && density.reaching < FEWEST_REACHING {
                    return None;
                }
                let error = probability.error / density.value;
                let quantile = Estimate { value: newton - left / beyond.value, error };
                return (quantile.value.is_finite() && quantile.error.is_finite()).then_some((quantile, probability));
            }
            if miss > 0.0 {
                above = at
            } else {
                below = at
            }
            if newton > below && newton < above {
                (at, density) = (newton, beyond);
            } else if below.is_finite() && above.is_finite() {
                at = 0.5 * (below + above);
                density = self.density(thinned, at);
            } else {
                return None;
            }
        }
        // A search that did not arrive leaves the draws' own quantile.
        None
    }

    /// The density of the mixture.
    fn density(&self, thinned: &[[f64; 2]], at: f64) -> Density {
        let each = over(thinned, |a| self.family().log_density(at, a).exp());
        let (sum, squares) = each.fold((0.0, 0.0), |(sum, squares), f| (sum + f, squares + f * f));
        Density { value: sum / thinned.len() as f64, reaching: sum * sum / squares }
    }

    fn of_event(&self, event: Event) -> Option<Improvement> {
        let probability = |a: &[f64; 2]| {
            let below = self.family().cdf(event.threshold, a);
            if event.above { 1.0 - below } else { below }
        };
        let series: Vec<f64> = over(&self.thinned(), probability).collect();
        let mean = self.of_probabilities(&series)?;
        let variance = mean.value * (1.0 - mean.value);
        // The slope of the standard deviation by the probability is (½ - p) over it, and half its curvature -1 at ½.
        let (off, sd) = (0.5 - mean.value, variance.sqrt());
        let error = mean.error * off.hypot(mean.error * std::f64::consts::FRAC_1_SQRT_2) / sd.max(f64::MIN_POSITIVE);
        // The least of 0 and 1 that is not exceeded with probability p, where the error leaves no doubt.
        let quantile = |p: f64| {
            let beyond = mean.value - (1.0 - p);
            let value = if beyond > 0.0 { 1.0 } else { 0.0 };
            Estimate { value, error: if beyond.abs() >= 2.0 * mean.error { 0.0 } else { 0.5 } }
        };
        Some(Improvement {
            mean: Some(mean),
            sd: Some(Estimate { value: sd, error }),
            quantiles: [0.05, 0.5, 0.95].map(|p| Some(quantile(p))),
            ess_bulk: mean.effective_size(variance),
            binary: true,
            ..Improvement::default()
        })
    }

    /// The mean of probabilities. Where a few are so much larger than the rest that their own spread does not show the
    /// error (by the Pareto shape of their tail; Vehtari et al. 2024), it is that of as many 0/1 draws, which is never
    /// smaller.
    fn of_probabilities(&self, series: &[f64]) -> Option<Estimate> {
        let mean = self.estimate(series)?;
        let squares: f64 = series.iter().map(|p| (p - mean.value).powi(2)).sum();
        let variance = squares / series.len() as f64;
        if mean.error == 0.0 || variance.sqrt() <= mean.value.min(1.0 - mean.value) {
            return Some(mean);
        }
        let shape = Chains::new(series, self.chains).and_then(pareto_k);
        if shape.is_some_and(|k| k <= pareto_k_limit(series.len())) {
            return Some(mean);
        }
        let independent = (variance / mean.error.powi(2)).min(series.len() as f64);
        let binary = (mean.value * (1.0 - mean.value) / independent).sqrt();
        Some(Estimate { error: mean.error.max(binary), ..mean })
    }
}

#[cfg(test)]
mod tests;
