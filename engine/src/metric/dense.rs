//! The dense metric.

use crate::linear::add_scaled;
use crate::state::Block;
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
    /// Σ by blocks of four rows, column by column within each.
    rows: Vec<Block>,
    /// L row by row.
    factor_rows: Vec<f64>,
    /// 1/Lᵢᵢ.
    inverse_pivots: Vec<f64>,
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
        let d = covariance.nrows();
        let mut rows = vec![[0.0; 4]; d.div_ceil(4) * d];
        for (j, column) in covariance.as_slice().chunks_exact(d.max(1)).enumerate() {
            for (i, x) in column.iter().enumerate() {
                rows[i / 4 * d + j][i % 4] = *x;
            }
        }
        let factor_rows = factor.transpose().as_slice().to_vec();
        let inverse_pivots = factor.diagonal().iter().map(|x| x.recip()).collect();
        Some(Self { covariance, factor, variances, rows, factor_rows, inverse_pivots })
    }

    /// Σ.
    pub fn covariance(&self) -> &DMatrix<f64> {
        &self.covariance
    }

    /// The diagonal of Σ.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Writes Σp.
    #[inline]
    pub(super) fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        let rows = self.rows.chunks_exact(momentum.len().max(1));
        for (rows, velocity) in rows.zip(velocity.chunks_mut(4)) {
            velocity.copy_from_slice(&products(rows, momentum)[..velocity.len()]);
        }
    }

    /// Writes Σx in blocks.
    #[inline]
    pub(crate) fn product(&self, x: &[f64], out: &mut [Block]) {
        let rows = self.rows.chunks_exact(x.len().max(1));
        for (rows, out) in rows.zip(out) {
            *out = products(rows, x);
        }
    }

    /// p = L⁻ᵀz, of covariance Σ⁻¹, by back substitution: each solved coordinate is taken
    /// out of those before it.
    pub(super) fn draw_momentum(&self, stream: &mut Stream, momentum: &mut [f64]) {
        for p in momentum.iter_mut() {
            *p = StandardNormal.sample(stream);
        }
        let rows = self.factor_rows.chunks_exact(momentum.len().max(1));
        for (i, (row, inverse)) in rows.zip(&self.inverse_pivots).enumerate().rev() {
            let (unsolved, solved) = momentum.split_at_mut(i);
            if let Some(p) = solved.first_mut() {
                *p *= inverse;
                add_scaled(unsolved, -*p, &row[..i]);
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

/// The products of four rows with x, in two partial sums over even and odd columns.
#[inline]
fn products(rows: &[Block], x: &[f64]) -> Block {
    let (pairs, last) = rows.as_chunks::<2>();
    let (x_pairs, x_last) = x.as_chunks::<2>();
    let (mut even, mut odd) = ([0.0; 4], [0.0; 4]);
    for ([a, b], [x, y]) in pairs.iter().zip(x_pairs) {
        for lane in 0..4 {
            even[lane] += a[lane] * x;
            odd[lane] += b[lane] * y;
        }
    }
    for (a, x) in last.iter().zip(x_last) {
        for lane in 0..4 {
            even[lane] += a[lane] * x;
        }
    }
    std::array::from_fn(|lane| even[lane] + odd[lane])
}
