//! The dense metric.

use crate::linear::{add_scaled, dot};
use crate::stream::Stream;
use nalgebra::{Cholesky, DMatrix};
use rand_distr::{Distribution, StandardNormal};

/// M⁻¹ = Σ, a full covariance matrix.
///
/// Costs 2d² multiplications per leapfrog step and a Cholesky factorisation per update, so it pays
/// in few dimensions or for dear densities.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    covariance: DMatrix<f64>,
    /// L, lower triangular, with Σ = L Lᵀ.
    factor: DMatrix<f64>,
    variances: Vec<f64>,
}

impl Dense {
    /// From a covariance matrix, of which the lower triangle is read; `None` unless it is square,
    /// finite and positive definite.
    pub fn new(mut covariance: DMatrix<f64>) -> Option<Self> {
        if !covariance.is_square() || !covariance.iter().all(|x| x.is_finite()) {
            return None;
        }
        covariance.fill_upper_triangle_with_lower_triangle();
        let factor = Cholesky::new(covariance.clone())?.unpack();
        let usable = |x: f64| x > 0.0 && (x * x).recip().is_finite();
        if !factor.diagonal().iter().all(|x| usable(*x)) {
            return None;
        }
        let variances = covariance.diagonal().iter().copied().collect();
        Some(Self { covariance, factor, variances })
    }

    /// Σ.
    pub fn covariance(&self) -> &DMatrix<f64> {
        &self.covariance
    }

    /// The diagonal of Σ.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Σp as a sum of columns, four at a time, which vectorises.
    #[inline]
    pub(crate) fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        let d = momentum.len();
        velocity.fill(0.0);
        let (blocks, rest) = momentum.as_chunks::<4>();
        let (block_columns, rest_columns) = self.covariance.as_slice().split_at(4 * blocks.len() * d);
        for (columns, p) in block_columns.chunks_exact((4 * d).max(1)).zip(blocks) {
            let (left, right) = columns.split_at(2 * d);
            let ((a, b), (c, e)) = (left.split_at(d), right.split_at(d));
            for ((((v, a), b), c), e) in velocity.iter_mut().zip(a).zip(b).zip(c).zip(e) {
                *v += (p[0] * a + p[1] * b) + (p[2] * c + p[3] * e);
            }
        }
        for (column, p) in rest_columns.chunks_exact(d.max(1)).zip(rest) {
            add_scaled(velocity, *p, column);
        }
    }

    /// p = L⁻ᵀz, of covariance Σ⁻¹, by back substitution.
    pub(super) fn draw_momentum(&self, stream: &mut Stream, momentum: &mut [f64]) {
        for p in momentum.iter_mut() {
            *p = StandardNormal.sample(stream);
        }
        let columns = self.factor.as_slice().chunks_exact(momentum.len().max(1));
        for (i, column) in columns.enumerate().rev() {
            let (head, solved) = momentum.split_at_mut(i + 1);
            if let Some(p) = head.last_mut() {
                *p = (*p - dot(&column[i + 1..], solved)) / column[i];
            }
        }
    }

    /// ½ tr(Σ₂⁻¹Σ₁ + Σ₁⁻¹Σ₂) - d, with tr(Σ₂⁻¹Σ₁) = ‖L₂⁻¹L₁‖².
    pub(super) fn divergence_from(&self, old: &Self) -> f64 {
        let trace = |of: &Self, by: &Self| {
            let solved = by.factor.solve_lower_triangular(&of.factor);
            solved.map_or(f64::INFINITY, |x| x.norm_squared())
        };
        0.5 * (trace(self, old) + trace(old, self)) - self.variances.len() as f64
    }
}
