//! Stacking: the weights of models whose mixture predicts best.
//!
//! Yao, Vehtari, Simpson and Gelman (2018), *Using stacking to average Bayesian predictive
//! distributions*, Bayesian Analysis 13.

use serde::Serialize;

use crate::compare::{CompareError, check};
use crate::linear::Cholesky;

/// The outcome of [`stacking_weights`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stacking {
    /// The weight of each model; they sum to 1.
    pub weights: Vec<f64>,
    /// The mean over rows of the log predictive density of the mixture.
    pub mean_log_score: f64,
    /// By how much no other weights can raise that mean: a proof that these are the best.
    pub gap: f64,
}

/// The weights that maximise `mean_i ln(Σ_k w_k exp(elpd_ik))` over the simplex, from the elpd of
/// every row under every model, [`crate::Loo::pointwise`].
///
/// The function is concave, so that there is one optimum; the optimiser of `loo` stops 3e-4 short of
/// it in weights. Here an interior-point method goes on until no weights can be better by 1e-13 a
/// row. Models that predict every row alike share their weight equally.
///
/// ```
/// use polya_diagnostics::stacking_weights;
///
/// // Each model is right about one of two rows, and the second more strongly so.
/// let found = stacking_weights(&[&[0.8_f64.ln(), 0.1_f64.ln()], &[0.2_f64.ln(), 0.9_f64.ln()]]).unwrap();
/// assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
/// ```
pub fn stacking_weights(models: &[&[f64]]) -> Result<Stacking, CompareError> {
    const ROUNDS: usize = 200;
    const GAP: f64 = 1e-13;
    let rows = check(models)?;
    let count = models.len();
    let problem = Problem::new(models, rows);
    // The simplex is replaced by `w >= 0` and a penalty `Σ w`, whose optimum sums to 1 by itself
    // (Kim, Carbonetto, Stephens and Anitescu 2020, JCGS 29, section 3). `dual` are the multipliers.
    let mut weights = vec![1.0 / count as f64; count];
    let mut dual = vec![1.0; count];
    let mut best = problem.describe(&weights);
    for _ in 0..ROUNDS {
        if best.gap <= GAP {
            break;
        }
        let complementarity: f64 = weights.iter().zip(&dual).map(|(w, z)| w * z).sum::<f64>() / count as f64;
        let Some(step) = problem.step(&weights, &dual, 0.1 * complementarity) else { break };
        let (length, dual_length) = (longest(&weights, &step.weights), longest(&dual, &step.dual));
        weights.iter_mut().zip(&step.weights).for_each(|(w, d)| *w += length * d);
        dual.iter_mut().zip(&step.dual).for_each(|(z, d)| *z += dual_length * d);
        let found = problem.describe(&weights);
        if found.gap < best.gap {
            best = found;
        }
    }
    if best.gap <= 1e-9 { Ok(best) } else { Err(CompareError::NotConverged) }
}

/// The largest part of a step that keeps values positive, a little less than to the boundary.
fn longest(values: &[f64], step: &[f64]) -> f64 {
    let limits = values.iter().zip(step).filter(|(_, d)| **d < 0.0).map(|(v, d)| -0.995 * v / d);
    limits.fold(1.0, f64::min)
}

struct Step {
    weights: Vec<f64>,
    dual: Vec<f64>,
}

/// The densities, those of a row divided by their largest.
struct Problem {
    /// Row after row.
    densities: Vec<f64>,
    models: usize,
    /// The mean of the logarithms of the largest.
    level: f64,
}

impl Problem {
    fn new(models: &[&[f64]], rows: usize) -> Self {
        let mut densities = Vec::with_capacity(rows * models.len());
        let mut level = 0.0;
        for row in 0..rows {
            let greatest = models.iter().map(|model| model[row]).fold(f64::NEG_INFINITY, f64::max);
            densities.extend(models.iter().map(|model| (model[row] - greatest).exp()));
            level += greatest / rows as f64;
        }
        Self { densities, models: models.len(), level }
    }

    fn rows(&self) -> f64 {
        (self.densities.len() / self.models) as f64
    }

    /// The mean over rows of `density / mixture`, for each model: 1 for those in the optimal mixture,
    /// less for the others.
    fn gains(&self, weights: &[f64]) -> Vec<f64> {
        let mut gains = vec![0.0; self.models];
        for row in self.densities.chunks_exact(self.models) {
            let mixture = dot(row, weights);
            gains.iter_mut().zip(row).for_each(|(gain, density)| *gain += density / mixture);
        }
        gains.iter_mut().for_each(|gain| *gain /= self.rows());
        gains
    }

    /// The Newton step of the optimality conditions with `w z = target`, each in place of zero.
    fn step(&self, weights: &[f64], dual: &[f64], target: f64) -> Option<Step> {
        let k = self.models;
        let mut curvature = vec![0.0; k * k];
        for row in self.densities.chunks_exact(k) {
            let scale = 1.0 / (dot(row, weights).powi(2) * self.rows());
            for (i, a) in row.iter().enumerate() {
                let factor = scale * a;
                curvature[i * k..(i + 1) * k].iter_mut().zip(row).for_each(|(sum, b)| *sum += factor * b);
            }
        }
        for i in 0..k {
            curvature[i * k + i] += dual[i] / weights[i];
        }
        let gains = self.gains(weights);
        let mut change: Vec<f64> = gains.iter().zip(weights).map(|(gain, w)| gain - 1.0 + target / w).collect();
        Cholesky::new(curvature, k)?.solve(&mut change);
        let dual_change = |((w, z), d): ((&f64, &f64), &f64)| target / w - z - z * d / w;
        let dual = weights.iter().zip(dual).zip(&change).map(dual_change).collect();
        Some(Step { weights: change, dual })
    }

    /// Weights scaled to sum to 1, with their score. By concavity no other score is higher than by
    /// the largest gain less 1.
    fn describe(&self, weights: &[f64]) -> Stacking {
        let total: f64 = weights.iter().sum();
        let weights: Vec<f64> = weights.iter().map(|w| w / total).collect();
        let scores = self.densities.chunks_exact(self.models).map(|row| dot(row, &weights).ln());
        let mean_log_score = self.level + scores.sum::<f64>() / self.rows();
        let gap = self.gains(&weights).into_iter().fold(f64::NEG_INFINITY, f64::max) - 1.0;
        Stacking { weights, mean_log_score, gap: if gap.is_nan() { f64::INFINITY } else { gap.max(0.0) } }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(models: &[&[f64]]) -> Vec<f64> {
        stacking_weights(models).unwrap().weights
    }

    #[test]
    fn two_models_and_two_rows_by_hand() {
        // Maximise ln(0.8 w + 0.2 (1 - w)) + ln(0.1 w + 0.9 (1 - w)): 0.6 / (0.2 + 0.6 w) = 0.8 / (0.9 - 0.8 w).
        let found = weights(&[&[0.8_f64.ln(), 0.1_f64.ln()], &[0.2_f64.ln(), 0.9_f64.ln()]]);
        let wanted = (0.6 * 0.9 - 0.8 * 0.2) / (2.0 * 0.6 * 0.8);
        assert!((found[0] - wanted).abs() < 1e-10, "{found:?} {wanted}");
    }

    #[test]
    fn a_model_that_is_always_better_takes_all() {
        let found = weights(&[&[-1.0, -2.0, -1.5], &[-1.1, -2.5, -1.6]]);
        assert!((found[0] - 1.0).abs() < 1e-10, "{found:?}");
        assert_eq!(weights(&[&[-3.0]]), [1.0]);
    }

    #[test]
    fn equal_models_share_and_hopeless_ones_get_nothing() {
        let model: &[f64] = &[-1.0, -2.0, -1.5];
        let found = weights(&[model, model, &[-900.0, -901.0, -902.0], model]);
        for place in [0, 1, 3] {
            assert!((found[place] - 1.0 / 3.0).abs() < 1e-8, "{found:?}");
        }
        assert!(found[2] < 1e-10);
    }

    #[test]
    fn many_models_reach_the_optimum() {
        let noise = |i: usize| ((i * 7919 % 10_007) as f64 / 10_007.0 - 0.5) * 4.0;
        let models: Vec<Vec<f64>> = (0..20).map(|k| (0..500).map(|i| noise(k * 501 + i * 13)).collect()).collect();
        let views: Vec<&[f64]> = models.iter().map(Vec::as_slice).collect();
        let found = stacking_weights(&views).unwrap();
        assert!(found.gap <= 1e-12, "{}", found.gap);
        assert!(found.weights.iter().all(|w| *w >= 0.0));
    }

    #[test]
    fn what_cannot_be_stacked_is_refused() {
        assert_eq!(stacking_weights(&[]), Err(CompareError::Empty));
        assert_eq!(stacking_weights(&[&[f64::NAN]]), Err(CompareError::NotFinite(0)));
    }
}
