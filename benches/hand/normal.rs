//! Levels under a normal distribution, each centred in part.

use super::{accumulate, packed, padded, total};
use polya::models::special::vector::{LANES, Lanes, each, exp, log, log_inv_logit, softplus_and_inv_logit};

/// How far each level is centred, and whether it exists: groups are filled up.
pub struct Levels {
    weights: Vec<Lanes>,
    exists: Vec<Lanes>,
}

/// The values of a group of levels, and what their derivatives need.
pub struct Values {
    /// m + s^(1 − w) (t − w m)
    pub value: Lanes,
    /// Of the value, by t.
    factor: Lanes,
    /// Of the value, by log s.
    by_log_scale: Lanes,
}

/// The sums over levels: of the log density, and of its derivatives by the location and by the logarithm of the scale.
#[derive(Default)]
pub struct Sums {
    value: Lanes,
    by_location: Lanes,
    by_log_scale: Lanes,
}

impl Levels {
    /// Of the centring weights.
    pub fn new(weights: &[f64]) -> Self {
        Self { weights: packed(weights), exists: padded(&vec![1.0; weights.len()]) }
    }

    /// The values of group `g`.
    #[inline(always)]
    pub fn values(&self, g: usize, t: &Lanes, location: f64, log_scale: f64) -> Values {
        let w = &self.weights[g];
        let factor = each(|i| exp((1.0 - w[i]) * log_scale));
        let spread = each(|i| factor[i] * (-w[i]).mul_add(location, t[i]));
        Values { value: each(|i| location + spread[i]), factor, by_log_scale: each(|i| (1.0 - w[i]) * spread[i]) }
    }

    /// Adds the log density of group `g`, of whose values the likelihood has these `slopes`, to the sums; the
    /// derivatives by the levels.
    #[inline(always)]
    pub fn add(
        &self,
        g: usize,
        t: &Lanes,
        (location, log_scale): (f64, f64),
        values: &Values,
        slopes: &Lanes,
        sums: &mut Sums,
    ) -> Lanes {
        let (w, exists) = (&self.weights[g], &self.exists[g]);
        let factor = each(|i| exp(-w[i] * log_scale));
        let z = each(|i| factor[i] * (-w[i]).mul_add(location, t[i]));
        let of_value = each(|i| slopes[i] * exists[i]);
        accumulate(&mut sums.value, exists, &each(|i| -0.5 * z[i] * z[i] - w[i] * log_scale));
        let by_location = each(|i| of_value[i] * (1.0 - w[i] * values.factor[i]) + z[i] * w[i] * factor[i]);
        let by_log_scale = each(|i| of_value[i] * values.by_log_scale[i] + (z[i] * w[i] * z[i] - w[i]));
        accumulate(&mut sums.by_location, exists, &by_location);
        accumulate(&mut sums.by_log_scale, exists, &by_log_scale);
        each(|i| of_value[i] * values.factor[i] - z[i] * factor[i])
    }

    /// How many groups of eight there are.
    pub fn groups(&self) -> usize {
        self.weights.len()
    }
}

impl Sums {
    /// The log density, and its derivatives by location and log scale.
    #[inline(always)]
    pub fn totals(&self) -> [f64; 3] {
        [total(&self.value), total(&self.by_location), total(&self.by_log_scale)]
    }
}

/// Group `g` of numbers, filled up with the last.
#[inline(always)]
pub fn group(numbers: &[f64], g: usize) -> Lanes {
    let part = &numbers[g * LANES..];
    match part.first_chunk() {
        Some(whole) => *whole,
        None => each(|i| part[i.min(part.len() - 1)]),
    }
}

/// Writes group `g` of numbers.
#[inline(always)]
pub fn write(numbers: &mut [f64], g: usize, lanes: &Lanes) {
    let part = &mut numbers[g * LANES..];
    let count = part.len().min(LANES);
    part[..count].copy_from_slice(&lanes[..count]);
}

/// A standard half-normal scale that is sampled as s = log(1 + exp(u)).
pub struct Scale {
    pub log: f64,
    value: f64,
    /// Of s by u, and its logarithm's.
    slope: f64,
    log_slope: f64,
}

impl Scale {
    /// Of u.
    #[inline(always)]
    pub fn new(u: f64) -> Self {
        let (value, slope) = softplus_and_inv_logit(u);
        Self { log: log(value), value, slope, log_slope: log_inv_logit(u) }
    }

    /// The prior with its Jacobian, and the derivative by u of it and of what has this derivative by log s.
    #[inline(always)]
    pub fn add(&self, by_log: f64) -> (f64, f64) {
        let by_value = by_log / self.value - self.value;
        (self.log_slope - 0.5 * self.value * self.value, by_value * self.slope + (1.0 - self.slope))
    }
}

/// k η − n log(1 + exp(η)) and its derivative by η.
#[inline(always)]
pub fn binomial_logit(k: f64, n: f64, eta: f64) -> (f64, f64) {
    use polya::models::special::vector::log1p_of_fraction;
    let e = exp(-eta.abs());
    let failures = n - k;
    let (count, rest) = if eta > 0.0 { (-failures, k * e - failures) } else { (k, k - failures * e) };
    (count * eta - n * log1p_of_fraction(e), rest / (1.0 + e))
}
