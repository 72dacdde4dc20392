//! Predictive p-values beyond what replications can count.
//!
//! Of 4000 replications none may reach an observation that one in 5000 would: counting then says 0, and a family of some
//! hundred statistics would alarm at random. Beyond the outer twentieth of the replications the tail is taken as a
//! generalised Pareto, no lighter than exponential (Pickands 1975, *Statistical inference using extreme order
//! statistics*, Annals of Statistics 3).

use crate::pareto::GeneralizedPareto;
use crate::sums::mean;

/// The share of the replications that make up a tail.
const TAIL: f64 = 0.05;
/// Fewer replications than this in a tail are no tail.
const FEWEST: usize = 10;

/// Twice the smaller of the two tail probabilities of an observation among replications, at most 1, and never 0 but for an
/// observation that is infinite or outside of replications that are all equal. Fewer than 200 replications have no tail:
/// of them the observation counts as one more (Davison and Hinkley 1997, *Bootstrap Methods and their Application*, 4.2).
///
/// `None` without replications and with a NaN.
///
/// ```
/// use polya_diagnostics::{predictive_p_value, special::normal_quantile};
///
/// let replicated: Vec<f64> = (0..4000).map(|i| normal_quantile((f64::from(i) + 0.5) / 4000.0)).collect();
/// assert!((predictive_p_value(0.3, &replicated).unwrap() - 0.764).abs() < 0.001);
/// // Five standard deviations out: 6e-7 for a normal, more for the tail of a guarded extrapolation.
/// let far = predictive_p_value(5.0, &replicated).unwrap();
/// assert!(far > 6e-7 && far < 1e-4);
/// ```
pub fn predictive_p_value(observed: f64, replicated: &[f64]) -> Option<f64> {
    if replicated.is_empty() || observed.is_nan() || replicated.iter().any(|x| x.is_nan()) {
        return None;
    }
    let mut sorted = replicated.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let above = upper(observed, &sorted);
    sorted.reverse();
    sorted.iter_mut().for_each(|x| *x = -*x);
    let below = upper(-observed, &sorted);
    Some((2.0 * above.min(below)).min(1.0))
}

/// P(X ≥ observed), of ascending draws of X.
fn upper(observed: f64, sorted: &[f64]) -> f64 {
    let count = sorted.len();
    let counted = (count - sorted.partition_point(|x| *x < observed)) as f64 / count as f64;
    let length = (TAIL * count as f64) as usize;
    if length < FEWEST {
        // The observation is one more draw: none of four says no more than one in five.
        return (counted * count as f64 + 1.0) / (count as f64 + 1.0);
    }
    if counted > TAIL || !observed.is_finite() {
        return counted;
    }
    let tail = &sorted[count - length..];
    let limit = sorted[count - length - 1];
    let exceedances: Vec<f64> = tail.iter().map(|x| x - limit).collect();
    let excess = (observed - limit - step(tail)).max(0.0);
    let share = length as f64 / count as f64;
    counted.max(share * survival(&exceedances, excess))
}

/// The probability of exceeding a place in the tail.
fn survival(exceedances: &[f64], excess: f64) -> f64 {
    let average = mean(exceedances);
    if !(average > 0.0 && average.is_finite()) {
        return 0.0;
    }
    match GeneralizedPareto::fit(exceedances).filter(|fit| fit.k > 1e-6) {
        Some(fit) => (-(fit.k * excess / fit.sigma).ln_1p() / fit.k).exp(),
        None => (-excess / average).exp(),
    }
}

/// The step of a discrete statistic, 0 for one whose values differ mostly: of a discrete X, P(X ≥ x) is P(X > x - step).
fn step(tail: &[f64]) -> f64 {
    let gaps = || tail.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0.0);
    let is_discrete = gaps().count() < tail.len() / 2;
    if is_discrete { gaps().min_by(f64::total_cmp).unwrap_or(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::normal_quantile;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Of observations that are as the replications, a share of at most `a` has a p-value of at most `a`, also where counting
    /// knows only 0.
    #[test]
    fn small_p_values_are_as_rare_as_they_say() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut uniform = || rng.random::<f64>();
        let laws: [fn(f64) -> f64; 3] =
            [normal_quantile, |u| (normal_quantile(u) * 0.7).exp(), |u| (-u.ln() * 4.0).floor()];
        for law in laws {
            let replicated: Vec<f64> = (0..2000).map(|_| law(uniform())).collect();
            for a in [1e-2, 1e-3, 1e-4] {
                let many = 40_000;
                let mut sorted = replicated.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                let negative: Vec<f64> = sorted.iter().rev().map(|x| -x).collect();
                let hits = (0..many).filter(|_| {
                    let x = law(uniform());
                    2.0 * upper(x, &sorted).min(upper(-x, &negative)) <= a
                });
                // The replications themselves are a sample: twice the level leaves room for that.
                assert!((hits.count() as f64) < 2.0 * a * f64::from(many) + 6.0, "{a}");
            }
        }
    }

    #[test]
    fn constants_and_what_is_no_number() {
        assert_eq!(predictive_p_value(1.0, &[1.0; 400]), Some(1.0));
        assert_eq!(predictive_p_value(2.0, &[1.0; 400]), Some(0.0));
        assert_eq!(predictive_p_value(f64::NAN, &[1.0; 400]), None);
        assert_eq!(predictive_p_value(1.0, &[]), None);
        assert_eq!(predictive_p_value(1.0, &[f64::NAN, 1.0]), None);
        assert_eq!(predictive_p_value(f64::INFINITY, &[1.0; 400]), Some(0.0));
    }

    #[test]
    fn few_replications_say_little() {
        assert_eq!(predictive_p_value(9.0, &[1.0, 2.0, 3.0, 4.0]), Some(0.4));
        assert_eq!(predictive_p_value(f64::INFINITY, &[1.0; 4]), Some(0.4));
        let hundred: Vec<f64> = (0..100).map(f64::from).collect();
        // Three of a hundred are at least 97.
        assert_eq!(predictive_p_value(97.0, &hundred), Some(2.0 * 4.0 / 101.0));
        assert_eq!(predictive_p_value(50.0, &hundred), Some(1.0));
    }
}
