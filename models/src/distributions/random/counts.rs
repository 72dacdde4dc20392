//! Counts: binomial, Poisson and hypergeometric variates.

use rand::Rng;

use super::open_uniform;
use super::ratio_of_uniforms::ratio_of_uniforms;
use crate::distributions::binomial::log_mass;
use crate::distributions::{hypergeometric as hyper, poisson as poisson_mass};
use crate::special::inv_logit;

/// Below this mean counts are drawn by inversion, above by the ratio of uniforms.
const SMALL_MEAN: f64 = 10.0;

/// A Binomial(n, p) count, for whole n from 0 to 2⁵³ and p in [0, 1]; NaN otherwise.
pub fn binomial(n: f64, p: f64, rng: &mut dyn Rng) -> f64 {
    binomial_shares(n, p, 1.0 - p, rng)
}

/// A Binomial(n, p) count where p is given by its logit: exact for p near 0 and near 1.
pub fn binomial_logit(n: f64, logit_p: f64, rng: &mut dyn Rng) -> f64 {
    binomial_shares(n, inv_logit(logit_p), inv_logit(-logit_p), rng)
}

/// A binomial count of success probability `p` and failure probability `q` = 1 − p, each accurate; NaN for a count or a
/// probability out of range.
pub fn binomial_shares(n: f64, p: f64, q: f64, rng: &mut dyn Rng) -> f64 {
    if !((0.0..f64::INFINITY).contains(&n) && (0.0..=1.0).contains(&p) && (0.0..=1.0).contains(&q)) {
        return f64::NAN;
    }
    if p > q {
        return n - binomial_shares(n, q, p, rng);
    }
    let mean = n * p;
    if mean == 0.0 {
        return 0.0;
    }
    if mean < SMALL_MEAN {
        let odds = p / q;
        let first = (n * (-p).ln_1p()).exp();
        return invert(first, 0.0, n, |k| odds * ((n - k) / (k + 1.0)), rng);
    }
    let mode = ((n + 1.0) * p).floor();
    let top = log_mass(mode, n, p, q);
    ratio_of_uniforms(mean, mean * q, n, |k| log_mass(k, n, p, q) - top, rng)
}

/// A Poisson count of the given mean, for finite mean ≥ 0; NaN otherwise.
///
/// Exact to the spacing of `f64`; the count is a multiple of it above 2⁵³.
pub fn poisson(mean: f64, rng: &mut dyn Rng) -> f64 {
    if !(0.0..f64::INFINITY).contains(&mean) {
        return f64::NAN;
    }
    if mean < SMALL_MEAN {
        return invert((-mean).exp(), 0.0, f64::INFINITY, |k| mean / (k + 1.0), rng);
    }
    let top = poisson_mass::log_mass(mean.floor(), mean);
    ratio_of_uniforms(mean, mean, f64::INFINITY, |k| poisson_mass::log_mass(k, mean) - top, rng)
}

/// A hypergeometric count: the successes among `draws` without replacement from `population` of which `successes` are;
/// all whole, from 0 to 2⁵³, the latter two at most `population`; NaN otherwise.
pub fn hypergeometric(population: f64, successes: f64, draws: f64, rng: &mut dyn Rng) -> f64 {
    let rest = population - successes;
    let unseen = population - draws;
    if !(successes >= 0.0 && draws >= 0.0 && rest >= 0.0 && unseen >= 0.0 && population < f64::INFINITY) {
        return f64::NAN;
    }
    // Count the rarer kind in the smaller part of the population.
    if successes > rest {
        return draws - hypergeometric(population, rest, draws, rng);
    }
    if draws > unseen {
        return successes - hypergeometric(population, successes, unseen, rng);
    }
    if successes == 0.0 || draws == 0.0 {
        return 0.0;
    }
    let mean = draws * (successes / population);
    let log_mass = |k: f64| hyper::log_mass(k, population, successes, draws);
    let largest = draws.min(successes);
    if mean < SMALL_MEAN {
        let ratio = |k: f64| ((successes - k) / (k + 1.0)) * ((draws - k) / (rest - draws + k + 1.0));
        return invert(log_mass(0.0).exp(), 0.0, largest, ratio, rng);
    }
    let variance = mean * (rest / population) * (unseen / (population - 1.0));
    let mode = ((draws + 1.0) * ((successes + 1.0) / (population + 2.0))).floor();
    let top = log_mass(mode);
    ratio_of_uniforms(mean, variance, largest, |k| log_mass(k) - top, rng)
}

/// Inversion by sequential search from `low`, whose probability is `first`, by the ratios f(k + 1)/f(k).
fn invert(first: f64, low: f64, high: f64, ratio: impl Fn(f64) -> f64, rng: &mut dyn Rng) -> f64 {
    if first.is_nan() || first <= 0.0 {
        return f64::NAN;
    }
    loop {
        let mut u = open_uniform(rng);
        let (mut k, mut mass) = (low, first);
        // The masses may sum to a little less than 1: a search that runs dry starts again.
        while u > mass && k < high && mass > 0.0 {
            u -= mass;
            mass *= ratio(k);
            k += 1.0;
        }
        if u <= mass {
            return k;
        }
    }
}
