//! Estimators of the inverse mass matrix: pure functions of the moments of draws and gradients.
//!
//! Two families. From draws alone: the regularised covariance of Stan. From draws and gradients:
//! the M⁻¹ that minimises the Fisher divergence between the whitened posterior and a standard
//! normal (Seyboldt, Carlson and Carpenter, 2026, arXiv:2603.18845); for a normal posterior it is
//! exact after a few draws, because the noise of the gradients cancels that of the draws.
//!
//! An estimator that has no finite answer says so with `None`, and the metric stays as it is.

use nalgebra::{Cholesky, DMatrix, SymmetricEigen};

/// Variances outside this range are clamped to it.
pub(super) const VARIANCE_RANGE: (f64, f64) = (1e-20, 1e20);

/// First guess from one gradient g: σᵢ² = 1/|gᵢ|, or 1 where that is no number.
pub fn from_gradient(gradient: &[f64]) -> Vec<f64> {
    let guess = |g: &f64| {
        let variance = g.abs().recip();
        if variance.is_finite() { variance.clamp(1e-10, 1e10) } else { 1.0 }
    };
    gradient.iter().map(guess).collect()
}

/// σ² = n/(n + 5) s² + 10⁻³ · 5/(n + 5), the regularised variance of Stan.
pub fn regularised_variances(count: usize, draws: &[f64]) -> Option<Vec<f64>> {
    let n = count as f64;
    let shrink = |s2: &f64| n / (n + 5.0) * s2 + 1e-3 * 5.0 / (n + 5.0);
    usable(draws.iter().map(shrink).collect())
}

/// σᵢ² = √(Var xᵢ / Var gᵢ), from the variances of draws x and of gradients g.
///
/// Where a gradient does not vary (a locally linear log density), the variance of the draws.
pub fn fisher_variances(draws: &[f64], gradients: &[f64]) -> Option<Vec<f64>> {
    let ratio = |(x, g): (&f64, &f64)| if *g > 0.0 { (x / g).sqrt() } else { *x };
    usable(draws.iter().zip(gradients).map(ratio).collect())
}

/// Σ = n/(n + 5) S + 10⁻³ · 5/(n + 5) I, the regularised covariance of Stan, with the correlations
/// in S further shrunk by [`correlation_weight`], so that few draws do not make a needle of it.
pub fn regularised_covariance(count: usize, draws: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let n = count as f64;
    let mut covariance = draws * (n / (n + 5.0) * correlation_weight(draws.nrows(), count));
    for i in 0..covariance.nrows() {
        covariance[(i, i)] = n / (n + 5.0) * draws[(i, i)] + 1e-3 * 5.0 / (n + 5.0);
    }
    let finite = covariance.iter().all(|x| x.is_finite());
    finite.then_some(covariance)
}

/// 1/(1 + (d/n)⁴), by which correlations among d coordinates estimated from n draws are multiplied.
///
/// A half for as many draws as coordinates, and soon no shrinkage at all, since strong correlations
/// are what a dense metric is for.
pub fn correlation_weight(dimension: usize, count: usize) -> f64 {
    1.0 / (1.0 + (dimension as f64 / count.max(1) as f64).powi(4))
}

/// Σ = A # B⁻¹, the geometric mean of the covariance A of draws and the inverse of the covariance
/// B of gradients: the positive definite solution of Σ B Σ = A.
///
/// Both are first scaled by [`fisher_variances`], so that their diagonals agree, and then shrunk
/// toward those diagonals by [`correlation_weight`]. With few draws that gives the diagonal
/// estimate, with many the full one; where neither draws nor gradients say anything about a
/// direction, their shrinkage cancels.
pub fn fisher_covariance(count: usize, draws: &DMatrix<f64>, gradients: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let dimension = draws.nrows();
    let diagonal = |m: &DMatrix<f64>| m.diagonal().iter().copied().collect::<Vec<_>>();
    let variances = fisher_variances(&diagonal(draws), &diagonal(gradients))?;
    let scale: Vec<f64> = variances.iter().map(|v| v.sqrt()).collect();
    let shrink = correlation_weight(dimension, count);
    let weight = |i: usize, j: usize| if i == j { 1.0 } else { shrink };
    let size = (dimension, dimension);
    let a = DMatrix::from_fn(size.0, size.1, |i, j| weight(i, j) * draws[(i, j)] / (scale[i] * scale[j]));
    let b = DMatrix::from_fn(size.0, size.1, |i, j| weight(i, j) * gradients[(i, j)] * scale[i] * scale[j]);
    let mut mean = geometric_mean_with_inverse(&a, &b)?;
    for i in 0..dimension {
        for j in 0..dimension {
            mean[(i, j)] *= scale[i] * scale[j];
        }
    }
    mean.iter().all(|x| x.is_finite()).then_some(mean)
}

/// X = A # B⁻¹ = L⁻ᵀ (Lᵀ A L)^½ L⁻¹ with B = L Lᵀ; solves X B X = A.
pub(super) fn geometric_mean_with_inverse(a: &DMatrix<f64>, b: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    if !a.iter().chain(b.iter()).all(|x| x.is_finite()) {
        return None;
    }
    let factor = Cholesky::new(b.clone())?.unpack();
    let inner = factor.transpose() * a * &factor;
    let eigen = SymmetricEigen::try_new(inner, f64::EPSILON, 10_000)?;
    if !eigen.eigenvalues.iter().all(|x| *x > 0.0) {
        return None;
    }
    // X = W Wᵀ with W = L⁻ᵀ V diag(λ^¼), which is symmetric whatever the rounding.
    let mut columns = eigen.eigenvectors;
    for (mut column, lambda) in columns.column_iter_mut().zip(eigen.eigenvalues.iter()) {
        column *= lambda.sqrt().sqrt();
    }
    let half = factor.transpose().solve_upper_triangular(&columns)?;
    Some(&half * half.transpose())
}

/// Variances clamped to their range; `None` if one is NaN or all draws were equal.
fn usable(mut variances: Vec<f64>) -> Option<Vec<f64>> {
    if !variances.iter().all(|v| *v > 0.0) {
        return None;
    }
    for variance in &mut variances {
        *variance = variance.clamp(VARIANCE_RANGE.0, VARIANCE_RANGE.1);
    }
    Some(variances)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn spd(dimension: usize, seed: u64) -> DMatrix<f64> {
        use crate::stream::{Purpose, Stream};
        use rand::RngExt;
        let mut stream = Stream::new(seed, 0, 0, Purpose::Other, 0);
        let root = DMatrix::from_fn(dimension, dimension, |_, _| stream.random_range(-1.0..1.0));
        &root * root.transpose() + DMatrix::identity(dimension, dimension) * 0.1
    }

    #[test]
    fn the_geometric_mean_solves_its_equation() {
        for seed in 0..10 {
            let (a, b) = (spd(6, seed), spd(6, seed + 100));
            let x = geometric_mean_with_inverse(&a, &b).unwrap();
            assert_relative_eq!(&x * &b * &x, a, max_relative = 1e-8, epsilon = 1e-9);
        }
    }

    #[test]
    fn a_normal_posterior_is_recovered_from_noisy_moments() {
        // With gradients -Σ⁻¹x, Cov g = Σ⁻¹ S Σ⁻¹ for whatever the sample covariance S of x is.
        let (sigma, sample) = (spd(4, 1), spd(4, 2));
        let precision = sigma.clone().try_inverse().unwrap();
        let gradients = &precision * &sample * &precision;
        let estimate = fisher_covariance(1_000_000_000, &sample, &gradients).unwrap();
        assert_relative_eq!(estimate, sigma, max_relative = 1e-6);
    }

    #[test]
    fn few_draws_give_a_positive_definite_estimate() {
        // Rank 2 moments in 10 dimensions.
        let thin = |seed| {
            let root = spd(10, seed).columns(0, 2).into_owned();
            &root * root.transpose()
        };
        let estimate = fisher_covariance(3, &thin(3), &thin(4)).unwrap();
        let eigenvalues = SymmetricEigen::new(estimate).eigenvalues;
        assert!(eigenvalues.min() > 1e-3 && eigenvalues.max() < 1e3, "{eigenvalues}");
    }

    #[test]
    fn degenerate_moments_have_no_estimate() {
        assert_eq!(fisher_variances(&[0.0], &[1.0]), None);
        assert_eq!(fisher_variances(&[f64::NAN], &[1.0]), None);
        assert_eq!(fisher_variances(&[4.0], &[0.0]), Some(vec![4.0]));
        assert_eq!(regularised_variances(10, &[f64::NAN]), None);
        let zero = DMatrix::zeros(2, 2);
        assert_eq!(fisher_covariance(10, &zero, &zero), None);
    }
}
