//! The diagonal metric.

use crate::state::{self, Block};
use crate::stream::Stream;
use rand_distr::{Distribution, StandardNormal};

/// M⁻¹ = diag(σ₁², …, σ_d²).
#[derive(Debug, Clone, PartialEq)]
pub struct Diagonal {
    variances: Vec<f64>,
    /// The same in blocks.
    blocks: Vec<Block>,
    /// 1/σᵢ, the standard deviations of the momenta.
    inverse_deviations: Vec<f64>,
}

impl Diagonal {
    /// Variance 1 in each coordinate.
    pub fn unit(dimension: usize) -> Self {
        let ones = vec![1.0; dimension];
        Self { blocks: state::blocks(&ones), variances: ones.clone(), inverse_deviations: ones }
    }

    /// From variances; `None` unless each is finite and positive, with a finite reciprocal.
    pub fn new(variances: Vec<f64>) -> Option<Self> {
        let usable = |v: &f64| *v > 0.0 && v.is_finite() && v.recip().is_finite();
        if !variances.iter().all(usable) {
            return None;
        }
        let inverse_deviations = variances.iter().map(|v| v.sqrt().recip()).collect();
        Some(Self { blocks: state::blocks(&variances), variances, inverse_deviations })
    }

    /// σ².
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    #[inline]
    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    #[inline]
    pub(super) fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        for ((v, p), variance) in velocity.iter_mut().zip(momentum).zip(&self.variances) {
            *v = variance * p;
        }
    }

    pub(super) fn draw_momentum(&self, stream: &mut Stream, momentum: &mut [f64]) {
        for (p, scale) in momentum.iter_mut().zip(&self.inverse_deviations) {
            let z: f64 = StandardNormal.sample(stream);
            *p = scale * z;
        }
    }
}
