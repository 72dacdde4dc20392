//! The low-rank metric: a diagonal one corrected along a few directions.

use super::Diagonal;
use crate::linear::{add_scaled, dot};
use crate::stream::Stream;
use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};

/// M⁻¹ = D^½ (I + U (Λ - I) Uᵀ) D^½ with D diagonal, k orthonormal directions U (d × k) and their
/// variances Λ, all in coordinates scaled by D (Seyboldt, Carlson and Carpenter, 2026,
/// arXiv:2603.18845, section on low-rank metrics).
///
/// A velocity costs 2dk multiplications, and so does a momentum, where a dense metric takes d² of
/// them. With W = D^½U it is kept as M⁻¹ = D + W (Λ - I) Wᵀ.
#[derive(Debug, Clone, PartialEq)]
pub struct LowRank {
    /// D.
    scales: Vec<f64>,
    /// D^-½.
    inverse_deviations: Vec<f64>,
    /// Columns of W, one after the other.
    directions: Vec<f64>,
    /// Λ.
    eigenvalues: Vec<f64>,
    /// The diagonal of M⁻¹.
    variances: Vec<f64>,
}

impl LowRank {
    /// From D (of length d), U (d × k, whose columns the caller knows to be orthonormal) and Λ (of
    /// length k); `None` unless the shapes agree, and D and Λ are finite and positive with finite
    /// reciprocals.
    pub fn new(scales: Vec<f64>, directions: &DMatrix<f64>, eigenvalues: Vec<f64>) -> Option<Self> {
        let usable = |v: &f64| *v > 0.0 && v.is_finite() && v.recip().is_finite();
        let shape = (scales.len(), eigenvalues.len());
        let valid = scales.iter().chain(&eigenvalues).all(usable) && directions.iter().all(|u| u.is_finite());
        if directions.shape() != shape || !valid {
            return None;
        }
        let mut scaled = Vec::with_capacity(directions.len());
        let mut variances = scales.clone();
        for (column, lambda) in directions.column_iter().zip(&eigenvalues) {
            for ((u, scale), variance) in column.iter().zip(&scales).zip(&mut variances) {
                let w = scale.sqrt() * u;
                scaled.push(w);
                *variance += (lambda - 1.0) * w * w;
            }
        }
        let inverse_deviations = scales.iter().map(|v| v.sqrt().recip()).collect();
        let positive = variances.iter().all(usable);
        positive.then_some(Self { scales, inverse_deviations, directions: scaled, eigenvalues, variances })
    }

    /// The diagonal of M⁻¹.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// D: what M⁻¹ would be without its directions.
    pub fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// Λ: variances along the directions, of a posterior scaled by D.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// Columns of W = D^½U with their variances.
    fn terms(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.directions.chunks_exact(self.scales.len().max(1)).zip(self.eigenvalues.iter().copied())
    }

    /// Dp + Σ (λ - 1) w (wᵀp).
    #[inline]
    pub(crate) fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        for ((v, p), scale) in velocity.iter_mut().zip(momentum).zip(&self.scales) {
            *v = scale * p;
        }
        for (w, lambda) in self.terms() {
            add_scaled(velocity, (lambda - 1.0) * dot(w, momentum), w);
        }
    }

    /// p = D^-½ (I + U (Λ^-½ - I) Uᵀ) z, of covariance M since U is orthonormal.
    ///
    /// With q = D^-½z one has Uᵀz = Wᵀq, which no term changes for the next.
    pub(super) fn draw_momentum(&self, stream: &mut Stream, momentum: &mut [f64]) {
        for (p, scale) in momentum.iter_mut().zip(&self.inverse_deviations) {
            let z: f64 = StandardNormal.sample(stream);
            *p = scale * z;
        }
        for (w, lambda) in self.terms() {
            let factor = (lambda.sqrt().recip() - 1.0) * dot(w, momentum);
            for ((p, w), scale) in momentum.iter_mut().zip(w).zip(&self.inverse_deviations) {
                *p += factor * scale * scale * w;
            }
        }
    }

    /// ½ tr(M₂M₁⁻¹ + M₁M₂⁻¹) - d, exactly, in O(d k²).
    pub(super) fn divergence_from(&self, old: &Self) -> f64 {
        0.5 * (trace(self, old) + trace(old, self)) - self.scales.len() as f64
    }
}

impl From<&Diagonal> for LowRank {
    /// The same metric, with no direction.
    fn from(diagonal: &Diagonal) -> Self {
        let variances = diagonal.variances().to_vec();
        let inverse_deviations = variances.iter().map(|v| v.sqrt().recip()).collect();
        let (directions, eigenvalues) = (Vec::new(), Vec::new());
        Self { scales: variances.clone(), inverse_deviations, directions, eigenvalues, variances }
    }
}

/// tr(M₂M₁⁻¹), where M₂ = D₂⁻¹ + Σ (1/λ - 1) D₂⁻¹w wᵀD₂⁻¹.
fn trace(of: &LowRank, by: &LowRank) -> f64 {
    let weighted = |a: &[f64], b: &[f64], weight: &dyn Fn(f64) -> f64| -> f64 {
        a.iter().zip(b).zip(&by.inverse_deviations).map(|((a, b), s)| a * b * weight(*s)).sum()
    };
    let ratios: f64 = of.scales.iter().zip(&by.scales).map(|(a, b)| a / b).sum();
    let first: f64 = of.terms().map(|(w, lambda)| (lambda - 1.0) * weighted(w, w, &|s| s * s)).sum();
    let mut second = 0.0;
    for (v, mu) in by.terms() {
        let squares: Vec<f64> = v.iter().map(|v| v * v).collect();
        let mut inner = weighted(&squares, &of.scales, &|s| (s * s) * (s * s));
        for (w, lambda) in of.terms() {
            inner += (lambda - 1.0) * weighted(v, w, &|s| s * s).powi(2);
        }
        second += (mu.recip() - 1.0) * inner;
    }
    ratios + first + second
}

#[cfg(test)]
mod tests {
    use super::super::{Dense, Metric};
    use super::*;
    use crate::stream::Purpose;
    use approx::assert_relative_eq;
    use nalgebra::DVector;

    /// Four dimensions, two directions.
    fn example(lambda: f64) -> LowRank {
        let h = 0.5_f64.sqrt();
        let directions = DMatrix::from_column_slice(4, 2, &[h, 0.0, -h, 0.0, 0.5, 0.5, 0.5, -0.5]);
        LowRank::new(vec![1.0, 4.0, 0.25, 2.0], &directions, vec![lambda, 0.1]).unwrap()
    }

    fn covariance(metric: &Metric) -> DMatrix<f64> {
        let d = metric.dimension();
        let mut columns = Vec::new();
        for i in 0..d {
            let (mut unit, mut column) = (vec![0.0; d], vec![0.0; d]);
            unit[i] = 1.0;
            metric.velocity(&unit, &mut column);
            columns.extend(column);
        }
        DMatrix::from_vec(d, d, columns)
    }

    #[test]
    fn velocities_and_variances_are_those_of_the_formula() {
        let metric = example(9.0);
        let h = 0.5_f64.sqrt();
        let u = DMatrix::from_column_slice(4, 2, &[h, 0.0, -h, 0.0, 0.5, 0.5, 0.5, -0.5]);
        let lambda = DMatrix::from_diagonal(&DVector::from_vec(vec![8.0, -0.9]));
        let root = DMatrix::from_diagonal(&DVector::from_vec(vec![1.0, 2.0, 0.5, 2.0_f64.sqrt()]));
        let expected = &root * (DMatrix::identity(4, 4) + &u * lambda * u.transpose()) * &root;
        let found = covariance(&Metric::LowRank(metric.clone()));
        assert_relative_eq!(found, expected, max_relative = 1e-12, epsilon = 1e-12);
        for (i, variance) in metric.variances().iter().enumerate() {
            assert_relative_eq!(*variance, expected[(i, i)], max_relative = 1e-12);
        }
    }

    #[test]
    fn momenta_have_the_covariance_of_the_mass_matrix() {
        let metric = Metric::LowRank(example(9.0));
        let mass = covariance(&metric).try_inverse().unwrap();
        let mut stream = Stream::new(3, 0, 0, Purpose::Other, 0);
        let (mut p, count) = ([0.0; 4], 100_000);
        let mut sums = DMatrix::zeros(4, 4);
        for _ in 0..count {
            metric.draw_momentum(&mut stream, &mut p);
            sums += DMatrix::from_fn(4, 4, |i, j| p[i] * p[j]);
        }
        let sample = sums / f64::from(count);
        for i in 0..4 {
            for j in 0..4 {
                let error = ((mass[(i, i)] * mass[(j, j)] + mass[(i, j)].powi(2)) / f64::from(count)).sqrt();
                assert!((sample[(i, j)] - mass[(i, j)]).abs() < 5.0 * error);
            }
        }
    }

    #[test]
    fn divergences_are_those_of_dense_metrics() {
        let diagonal = Metric::Diagonal(Diagonal::new(vec![1.0, 2.0, 3.0, 0.1]).unwrap());
        let metrics = [Metric::LowRank(example(9.0)), Metric::LowRank(example(0.2)), diagonal];
        for a in &metrics {
            for b in &metrics {
                let dense = |m| Dense::new(covariance(m)).unwrap();
                let expected = dense(a).divergence_from(&dense(b));
                assert_relative_eq!(a.divergence_from(b), expected, max_relative = 1e-9, epsilon = 1e-9);
            }
        }
    }

    #[test]
    fn bad_parts_make_no_metric() {
        let u = DMatrix::from_column_slice(2, 1, &[1.0, 0.0]);
        assert!(LowRank::new(vec![1.0, 1.0], &u, vec![2.0]).is_some());
        assert!(LowRank::new(vec![1.0], &u, vec![2.0]).is_none());
        assert!(LowRank::new(vec![1.0, 1.0], &u, vec![]).is_none());
        assert!(LowRank::new(vec![1.0, 0.0], &u, vec![2.0]).is_none());
        assert!(LowRank::new(vec![1.0, 1.0], &u, vec![f64::NAN]).is_none());
    }
}
