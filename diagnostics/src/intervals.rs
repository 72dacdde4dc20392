//! What to report of the draws of one scalar: intervals, a mode, and the probabilities of decisions.
//!
//! Draws come in any order, chains pooled. Nothing is said of draws that contain NaN.

use serde::Serialize;

use crate::quantile::quantile;

/// An interval, ends included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

fn sorted(draws: &[f64]) -> Option<Vec<f64>> {
    if draws.is_empty() || draws.iter().any(|x| x.is_nan()) {
        return None;
    }
    // Adding 0 makes both zeros the same.
    let mut sorted: Vec<f64> = draws.iter().map(|x| x + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

/// The interval with the same probability, half of `1 - mass`, on each side: from quantile to
/// [`quantile`].
///
/// `None` without draws, with a NaN, and unless `0 < mass <= 1`.
pub fn equal_tailed_interval(draws: &[f64], mass: f64) -> Option<Interval> {
    if !(mass > 0.0 && mass <= 1.0) {
        return None;
    }
    let sorted = sorted(draws)?;
    let tail = (1.0 - mass) / 2.0;
    Some(Interval { low: quantile(&sorted, tail)?, high: quantile(&sorted, 1.0 - tail)? })
}

/// The highest-density interval, for a distribution of one mode: the shortest interval from draw to
/// draw that holds `⌊mass S⌋ + 1` of `S` draws (Hyndman 1996, *Computing and graphing highest density
/// regions*, The American Statistician 50), as in the R package `HDInterval` and in ArviZ.
///
/// Of equally short intervals, which draws of counts have, the one with the most draws is taken, and
/// the lowest of those. `None` as for [`equal_tailed_interval`].
///
/// ```
/// use polya_diagnostics::{Interval, highest_density_interval};
///
/// let draws = [0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 7.0];
/// assert_eq!(highest_density_interval(&draws, 0.6), Some(Interval { low: 1.0, high: 2.0 }));
/// ```
pub fn highest_density_interval(draws: &[f64], mass: f64) -> Option<Interval> {
    if !(mass > 0.0 && mass <= 1.0) {
        return None;
    }
    let sorted = sorted(draws)?;
    let steps = ((mass * sorted.len() as f64) as usize).min(sorted.len() - 1);
    let held = |low: f64, high: f64| sorted.partition_point(|&x| x <= high) - sorted.partition_point(|&x| x < low);
    let width = |low: f64, high: f64| if low == high { 0.0 } else { high - low };
    let mut best = (sorted[0], sorted[steps]);
    let mut most = held(best.0, best.1);
    for (&low, &high) in sorted.iter().zip(&sorted[steps..]).skip(1) {
        let (found, least) = (width(low, high), width(best.0, best.1));
        if found < least || (found == least && low > best.0 && held(low, high) > most) {
            (best, most) = ((low, high), held(low, high));
        }
    }
    Some(Interval { low: best.0, high: best.1 })
}

/// How the draws lie with respect to a region of practical equivalence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RegionShares {
    /// The share of draws below the region.
    pub below: f64,
    /// The share of draws in it, ends included.
    pub inside: f64,
    /// The share of draws above it.
    pub above: f64,
}

/// The shares of draws below, in and above a region in which values make no practical difference
/// (Kruschke 2018, *Rejecting or accepting parameter values in Bayesian estimation*, AMPPS 1).
///
/// `None` without draws, with a NaN, and unless the region has its ends in order.
pub fn region_shares(draws: &[f64], region: Interval) -> Option<RegionShares> {
    let known = !draws.is_empty() && draws.iter().all(|x| !x.is_nan());
    if !known || region.low.is_nan() || region.high.is_nan() || region.low > region.high {
        return None;
    }
    let share = |holds: &dyn Fn(f64) -> bool| draws.iter().filter(|x| holds(**x)).count() as f64 / draws.len() as f64;
    Some(RegionShares {
        below: share(&|x| x < region.low),
        inside: share(&|x| region.low <= x && x <= region.high),
        above: share(&|x| x > region.high),
    })
}

/// The probability that the scalar is above `reference`; draws equal to it count half.
///
/// `None` without draws and with a NaN.
pub fn probability_above(draws: &[f64], reference: f64) -> Option<f64> {
    let shares = region_shares(draws, Interval { low: reference, high: reference })?;
    Some(shares.above + shares.inside / 2.0)
}

/// The probability of direction: that the scalar has the sign it more probably has; between 1/2 and 1
/// (Makowski, Ben-Shachar, Chen and Lüdecke 2019, *Indices of effect existence and significance in the
/// Bayesian framework*, Frontiers in Psychology 10). Zeros count half.
///
/// `None` as for [`probability_above`].
pub fn probability_of_direction(draws: &[f64]) -> Option<f64> {
    let above = probability_above(draws, 0.0)?;
    Some(above.max(1.0 - above))
}

/// The mode of draws.
///
/// For draws of few values, at most a tenth as many as draws, the most frequent, and the lowest of
/// equally frequent ones. Else the half-sample mode (Robertson and Cryer 1974, JASA 69; Bickel and
/// Frühwirth 2006, CSDA 50): the shortest interval with half of the draws, of these the shortest with
/// half of them, and so on to two or three. It needs no bandwidth, is not drawn by outliers, and
/// finds modes at bounds; it is noisy, with an error that falls as the cube root of the draws.
///
/// `None` without draws and for draws that are not finite.
pub fn mode(draws: &[f64]) -> Option<f64> {
    const DRAWS_PER_VALUE: usize = 10;
    let sorted = sorted(draws).filter(|_| draws.iter().all(|x| x.is_finite()))?;
    let values = sorted.chunk_by(|a, b| a == b);
    if values.clone().count() * DRAWS_PER_VALUE <= sorted.len() {
        return values.rev().max_by_key(|ties| ties.len()).and_then(|ties| ties.first().copied());
    }
    half_sample_mode(&sorted)
}

fn half_sample_mode(mut sorted: &[f64]) -> Option<f64> {
    while sorted.len() > 3 {
        let half = sorted.len().div_ceil(2);
        let widths = || sorted.iter().zip(&sorted[half - 1..]).map(|(low, high)| high / 2.0 - low / 2.0);
        let least = widths().fold(f64::INFINITY, f64::min);
        // Of equally short halves the middle one.
        let shortest: Vec<usize> = widths().enumerate().filter(|(_, w)| *w == least).map(|(place, _)| place).collect();
        let start = *shortest.get(shortest.len() / 2)?;
        sorted = &sorted[start..start + half];
    }
    match *sorted {
        [a, b, c] if b - a < c - b => Some(a.midpoint(b)),
        [a, b, c] if b - a > c - b => Some(b.midpoint(c)),
        [_, b, _] => Some(b),
        [a, b] => Some(a.midpoint(b)),
        [a] => Some(a),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::{incomplete_beta, normal_quantile};

    /// Evenly spaced quantiles in a scrambled order.
    fn draws_of(quantile: impl Fn(f64) -> f64) -> Vec<f64> {
        const COUNT: usize = 10_007;
        (0..COUNT).map(|i| quantile(((i * 7919 % COUNT) as f64 + 0.5) / COUNT as f64)).collect()
    }

    fn interval(low: f64, high: f64) -> Option<Interval> {
        Some(Interval { low, high })
    }

    #[test]
    fn intervals_of_a_symmetric_law_agree() {
        let normal = draws_of(normal_quantile);
        for found in [equal_tailed_interval(&normal, 0.95), highest_density_interval(&normal, 0.95)] {
            let found = found.unwrap();
            assert!((found.low + 1.96).abs() < 0.02 && (found.high - 1.96).abs() < 0.02, "{found:?}");
        }
    }

    #[test]
    fn the_highest_density_of_a_falling_density_starts_at_its_bound() {
        let exponential = draws_of(|p| -(-p).ln_1p());
        let found = highest_density_interval(&exponential, 0.9).unwrap();
        assert!(found.low < 1e-3 && (found.high - 10.0_f64.ln()).abs() < 0.01, "{found:?}");
        let found = equal_tailed_interval(&exponential, 0.9).unwrap();
        assert!((found.low + 0.95_f64.ln()).abs() < 1e-3 && (found.high + 0.05_f64.ln()).abs() < 0.01);
    }

    #[test]
    fn the_highest_density_has_equal_densities_at_its_ends() {
        // Beta(3, 9), whose density is x² (1 - x)⁸ up to a constant.
        let beta = draws_of(|p| crate::special::inverse_incomplete_beta(p, 3.0, 9.0));
        let found = highest_density_interval(&beta, 0.8).unwrap();
        let density = |x: f64| x * x * (1.0 - x).powi(8);
        assert!((density(found.low) / density(found.high) - 1.0).abs() < 0.05, "{found:?}");
        let mass = incomplete_beta(found.high, 3.0, 9.0) - incomplete_beta(found.low, 3.0, 9.0);
        assert!((mass - 0.8).abs() < 1e-3);
    }

    #[test]
    fn small_samples_by_hand() {
        let draws = [5.0, 1.0, 2.0, 2.5, 9.0];
        // ⌊0.5 · 5⌋ + 1 = 3 draws.
        assert_eq!(highest_density_interval(&draws, 0.5), interval(1.0, 2.5));
        assert_eq!(highest_density_interval(&draws, 1.0), interval(1.0, 9.0));
        assert_eq!(equal_tailed_interval(&draws, 0.5), interval(2.0, 5.0));
        assert_eq!(highest_density_interval(&[4.0], 0.9), interval(4.0, 4.0));
        // Both [0, 1] and [1, 2] hold enough and are as short; the second holds more.
        let counts = [0.0, 1.0, 1.0, 1.0, 2.0, 2.0];
        assert_eq!(highest_density_interval(&counts, 0.5), interval(1.0, 2.0));
        let lone = [f64::NEG_INFINITY, 1.0, 2.0, f64::INFINITY];
        assert_eq!(highest_density_interval(&lone, 0.25), interval(1.0, 2.0));
    }

    #[test]
    fn nothing_is_said_without_draws_or_of_nan() {
        for draws in [&[][..], &[1.0, f64::NAN]] {
            assert_eq!(equal_tailed_interval(draws, 0.9), None);
            assert_eq!(highest_density_interval(draws, 0.9), None);
            assert_eq!(region_shares(draws, Interval { low: 0.0, high: 1.0 }), None);
            assert_eq!(probability_of_direction(draws), None);
            assert_eq!(mode(draws), None);
        }
        assert_eq!(mode(&[1.0, f64::INFINITY]), None);
        for mass in [0.0, -1.0, 1.1, f64::NAN] {
            assert_eq!(equal_tailed_interval(&[1.0], mass), None);
            assert_eq!(highest_density_interval(&[1.0], mass), None);
        }
        assert_eq!(region_shares(&[1.0], Interval { low: 2.0, high: 1.0 }), None);
        assert_eq!(probability_above(&[1.0], f64::NAN), None);
    }

    #[test]
    fn directions_and_regions_share_the_draws() {
        let draws = [-1.0, 0.0, -0.0, 2.0, 3.0, 0.5, 7.0, -4.0];
        assert_eq!(probability_above(&draws, 0.0), Some(5.0 / 8.0));
        assert_eq!(probability_of_direction(&draws), Some(5.0 / 8.0));
        assert_eq!(probability_of_direction(&draws.map(|x| -x)), Some(5.0 / 8.0));
        assert_eq!(probability_of_direction(&[0.0; 3]), Some(0.5));
        let found = region_shares(&draws, Interval { low: -1.0, high: 0.5 }).unwrap();
        assert_eq!((found.below, found.inside, found.above), (1.0 / 8.0, 0.5, 3.0 / 8.0));
    }

    #[test]
    fn modes_are_where_the_density_is_highest() {
        let beta = draws_of(|p| crate::special::inverse_incomplete_beta(p, 3.0, 9.0));
        assert!((mode(&beta).unwrap() - 0.2).abs() < 0.02, "{:?}", mode(&beta));
        let exponential = draws_of(|p| -(-p).ln_1p());
        assert!(mode(&exponential).unwrap() < 0.01);
        let counts: Vec<f64> = (0..100).map(|i| f64::from([3, 1, 4, 1, 5, 9, 2, 6, 5, 1][i % 10])).collect();
        assert_eq!(mode(&counts), Some(1.0));
        let twice: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        assert_eq!(mode(&twice), Some(0.0));
        assert_eq!(mode(&[3.0]), Some(3.0));
        assert_eq!(mode(&[3.0, 5.0]), Some(4.0));
        assert_eq!(mode(&[3.0, 5.0, 6.0]), Some(5.5));
        // The half with the least width: 2, 2.25, 2.75; of that the closer two.
        assert_eq!(mode(&[9.0, 1.0, 2.0, 2.25, 2.75, 5.0]), Some(2.125));
    }
}
