//! Are values of the probability integral transform uniform? Tests that stay right when the values
//! depend on each other, as those of leave-one-out do.
//!
//! Tesso and Vehtari (2026), *LOO-PIT predictive model checking*, arXiv:2603.02928. Each value gets a
//! p-value of its own; the Cauchy combination of Liu and Xie (2020, JASA 115) joins them, whatever
//! their dependence, truncated at 1/2 after Chen, Xu and Gao (2025, arXiv:2506.12489).

use std::f64::consts::PI;

use serde::Serialize;

use crate::special::incomplete_beta;

/// What the p-value of a single value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum UniformityTest {
    /// POT: the place of the i-th smallest of n values in Beta(i, n + 1 - i). Sees most departures, for
    /// continuous values.
    OrderStatistics,
    /// PIET: `2 min(u, 1 - u)`. Sees what happens in the tails, and needs no order.
    Tails,
    /// PRIT: the place of the number of values up to `u` in Binomial(n, u). For values that are
    /// discrete, such as ranks.
    Ranks,
}

/// The outcome of [`uniformity`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Uniformity {
    /// The p-value of all values together. By the truncation it is at most 1/2 for
    /// [`UniformityTest::OrderStatistics`] and [`UniformityTest::Ranks`].
    pub p_value: f64,
    /// The p-value of every value, in the order given: small where it breaks uniformity.
    pub pointwise: Vec<f64>,
}

/// Tests that `values` are uniform on 0 to 1 (`uniformity_test` of `posterior`). The combination is
/// truncated for [`UniformityTest::OrderStatistics`] and [`UniformityTest::Ranks`].
///
/// Under uniformity a p-value below 0.05 comes in about 5% of cases, up to 7% for order statistics,
/// and less for coarse ranks. `None` for no values and for one outside 0 to 1.
///
/// ```
/// use polya_diagnostics::{UniformityTest, uniformity};
///
/// let even: Vec<f64> = (0..100).map(|i| (f64::from(i) + 0.5) / 100.0).collect();
/// let low: Vec<f64> = even.iter().map(|u| u * u).collect();
/// assert!(uniformity(&even, UniformityTest::OrderStatistics).unwrap().p_value > 0.4);
/// assert!(uniformity(&low, UniformityTest::OrderStatistics).unwrap().p_value < 1e-3);
/// ```
pub fn uniformity(values: &[f64], test: UniformityTest) -> Option<Uniformity> {
    if values.is_empty() || !values.iter().all(|u| (0.0..=1.0).contains(u)) {
        return None;
    }
    let pointwise = match test {
        UniformityTest::OrderStatistics => of_order_statistics(values),
        UniformityTest::Tails => values.iter().map(|&u| 2.0 * u.min(1.0 - u)).collect(),
        UniformityTest::Ranks => of_ranks(values),
    };
    let p_value = cauchy_combination(&pointwise, test != UniformityTest::Tails)?;
    Some(Uniformity { p_value, pointwise })
}

/// Tests that ranks are uniform on 0 to `highest`, by [`UniformityTest::Ranks`].
///
/// A rank r stands at (r + 1)/(highest + 1), the probability of a rank up to r if all are as probable; anywhere else in its
/// step many simulations would condemn ranks for being discrete. `None` for no ranks and for one above the highest.
pub fn rank_uniformity(ranks: &[usize], highest: usize) -> Option<Uniformity> {
    let places: Vec<f64> = ranks.iter().map(|rank| (rank + 1) as f64 / (highest + 1) as f64).collect();
    uniformity(&places, UniformityTest::Ranks)
}

fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    order
}

fn of_order_statistics(values: &[f64]) -> Vec<f64> {
    let mut pointwise = vec![f64::NAN; values.len()];
    for (rank, place) in ascending(values).into_iter().enumerate() {
        let (a, b) = ((rank + 1) as f64, (values.len() - rank) as f64);
        pointwise[place] = (2.0 * smaller_tail(values[place], a, b)).min(1.0);
    }
    pointwise
}

/// The smaller tail of Beta(a, b) at `x`. Each is computed as such, so that a small one keeps its digits; the one on the
/// other side of the mean only where the first turns out to be the larger.
fn smaller_tail(x: f64, a: f64, b: f64) -> f64 {
    let tail = |below: bool| if below { incomplete_beta(x, a, b) } else { incomplete_beta(1.0 - x, b, a) };
    let below = x * (a + b) < a;
    let first = tail(below);
    if first < 0.5 { first } else { first.min(tail(!below)) }
}

fn of_ranks(values: &[f64]) -> Vec<f64> {
    let mut pointwise = vec![f64::NAN; values.len()];
    let mut below = 0;
    for ties in ascending(values).chunk_by(|&a, &b| values[a] == values[b]) {
        let upto = below + ties.len();
        let (n, u) = (values.len(), values[ties[0]]);
        let p_value = (2.0 * at_least(upto, n, u).min(at_most(upto, n, u))).min(1.0);
        ties.iter().for_each(|&place| pointwise[place] = p_value);
        below = upto;
    }
    pointwise
}

/// The probability of at least `count` successes, which is not 0, in `trials`. Both tails are computed
/// as such, so that small ones keep their digits.
fn at_least(count: usize, trials: usize, probability: f64) -> f64 {
    incomplete_beta(probability, count as f64, (trials - count + 1) as f64)
}

/// The probability of at most `count` successes.
fn at_most(count: usize, trials: usize, probability: f64) -> f64 {
    if count < trials { at_least(trials - count, trials, 1.0 - probability) } else { 1.0 }
}

/// The p-value of several p-values together, whatever their dependence: `Pr(C > mean(cot(π p)))` with
/// `C` a standard Cauchy variable (Liu and Xie 2020). Truncated, p-values of 1/2 and above count as
/// 1/2, so that one near 1 cannot hide the others.
///
/// `None` for no p-values and for one outside 0 to 1.
pub fn cauchy_combination(p_values: &[f64], truncated: bool) -> Option<f64> {
    if p_values.is_empty() || !p_values.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let score = |&p: &f64| if truncated && p >= 0.5 { 0.0 } else { 1.0 / (PI * p).tan() };
    let mean = p_values.iter().map(score).sum::<f64>() / p_values.len() as f64;
    Some(if mean > 1.0 { (1.0 / mean).atan() / PI } else { 0.5 - mean.atan() / PI })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of many coarse ranks a level of 5% is kept, and a shift by a fifth of a step is found.
    #[test]
    fn many_coarse_ranks_are_judged_rightly() {
        let mut state = 9_u64;
        let mut number = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut share = |ranks: &dyn Fn(f64) -> usize| {
            let small = |_: &i32| {
                let ranks: Vec<usize> = (0..2000).map(|_| ranks(number())).collect();
                rank_uniformity(&ranks, 19).unwrap().p_value < 0.05
            };
            (0..400).filter(small).count()
        };
        let (right, shifted) = (share(&|u| (20.0 * u) as usize), share(&|u| (20.0 * u.powf(1.15)) as usize));
        // Of 400 at 5% more than 40 are five standard errors too many.
        assert!(right < 40 && shifted > 350, "{right} and {shifted} of 400");
    }

    #[test]
    fn one_value_is_its_own_test() {
        let p_value = |u: f64, test| uniformity(&[u], test).unwrap().p_value;
        for test in [UniformityTest::OrderStatistics, UniformityTest::Tails] {
            assert!((p_value(0.03, test) - 0.06).abs() < 1e-15);
            assert!((p_value(0.98, test) - 0.04).abs() < 1e-14);
        }
        assert!((p_value(0.5, UniformityTest::Tails) - 1.0).abs() < 1e-15);
        // One value up to u in Binomial(1, u): at least one with probability u.
        assert!((p_value(0.03, UniformityTest::Ranks) - 0.06).abs() < 1e-15);
    }

    #[test]
    fn order_statistics_of_two_by_hand() {
        // The smaller of two is below u with probability 1 - (1 - u)², the larger with u².
        let found = uniformity(&[0.9, 0.1], UniformityTest::OrderStatistics).unwrap();
        assert!((found.pointwise[1] - 2.0 * (1.0 - 0.81)).abs() < 1e-14);
        assert!((found.pointwise[0] - 2.0 * (1.0 - 0.81)).abs() < 1e-14);
    }

    #[test]
    fn equal_p_values_combine_to_themselves() {
        for p in [1e-200, 1e-9, 0.01, 0.3] {
            let found = cauchy_combination(&[p; 7], true).unwrap();
            assert!((found / p - 1.0).abs() < 1e-13, "{p} {found}");
        }
        assert_eq!(cauchy_combination(&[0.7; 7], true), Some(0.5));
        assert!((cauchy_combination(&[0.7; 7], false).unwrap() - 0.7).abs() < 1e-15);
        assert_eq!(cauchy_combination(&[0.0, 1.0], false), Some(0.0));
        assert_eq!(cauchy_combination(&[], true), None);
        assert_eq!(cauchy_combination(&[1.5], true), None);
    }

    #[test]
    fn what_is_no_transform_is_refused() {
        for values in [&[][..], &[0.5, f64::NAN], &[-0.1], &[1.1]] {
            assert_eq!(uniformity(values, UniformityTest::OrderStatistics), None);
        }
        // The ends belong to it, and are as unlikely as can be.
        assert_eq!(uniformity(&[0.0, 0.5], UniformityTest::OrderStatistics).unwrap().p_value, 0.0);
        assert_eq!(uniformity(&[1.0, 1.0], UniformityTest::Ranks).unwrap().p_value, 0.5);
    }
}
