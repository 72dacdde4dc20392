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
//! nothing is sampled, the summary is exact, its error 0, and the effective sample size that of the draws. Each estimate
//! replaces that of the draws only where its error is the smaller.

use crate::expansion::Expander;
use crate::sampling::Settings;
use polya_diagnostics::{Chains, ScalarSummary, mcse_mean};
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
        let arguments = expander.scalar_major(&positions, kept);
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
    /// The mean of a series over the draws of some chains; none where its error cannot be told.
    fn of_series(series: &[f64], chains: usize) -> Option<Self> {
        let value = series.iter().sum::<f64>() / series.len() as f64;
        let (low, high) = series.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
        // A series of equal numbers is exact: what spreads is rounding. Their mean has more of it than they have.
        let exact = high - low <= 1e-13 * value.abs();
        let error = if exact { 0.0 } else { mcse_mean(Chains::new(series, chains)?)? };
        value.is_finite().then_some(Self { value, error })
    }

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
        let mean = Estimate::of_series(&means, self.chains)?;
        let squares: Vec<f64> = moments.iter().map(|(m, v)| v + (m - mean.value).powi(2)).collect();
        let variance = Estimate::of_series(&squares, self.chains)?;
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
            let probability = Estimate::of_series(&cdfs, self.chains)?;
            let miss = probability.value - p;
            let newton = at - miss / density;
            let beyond = self.density(thinned, newton);
            let left = 0.5 * (newton - at) * (beyond - density);
            let settled = left.abs() <= SETTLED * probability.error && (beyond / density - 1.0).abs() <= SETTLED;
            if settled || miss.abs() < CLOSE {
                let quantile = Estimate { value: newton - left / beyond, error: probability.error / density };
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
    fn density(&self, thinned: &[[f64; 2]], at: f64) -> f64 {
        over(thinned, |a| self.family().log_density(at, a).exp()).sum::<f64>() / thinned.len() as f64
    }

    fn of_event(&self, event: Event) -> Option<Improvement> {
        let probability = |a: &[f64; 2]| {
            let below = self.family().cdf(event.threshold, a);
            if event.above { 1.0 - below } else { below }
        };
        let series: Vec<f64> = over(&self.thinned(), probability).collect();
        let mean = Estimate::of_series(&series, self.chains)?;
        let variance = mean.value * (1.0 - mean.value);
        // Half the slope of the variance by the probability, over the standard deviation.
        let error = mean.error * (0.5 - mean.value).abs() / variance.sqrt().max(f64::MIN_POSITIVE);
        let sd = Estimate { value: variance.sqrt(), error };
        Some(Improvement {
            mean: Some(mean),
            sd: Some(sd),
            ess_bulk: mean.effective_size(variance),
            ..Improvement::default()
        })
    }
}

#[cfg(test)]
mod tests;
