//! Metrics: the inverse mass matrix M⁻¹ that makes a posterior look round to its trajectories.
//!
//! The best M⁻¹ is near the covariance of the posterior: then all directions move at one pace. How
//! it is estimated is apart ([`estimate`]), and so is when ([`Schedule`](crate::Schedule)).

mod dense;
mod diagonal;
pub mod directions;
pub mod estimate;
mod low_rank;

pub use dense::Dense;
pub use diagonal::Diagonal;
pub use low_rank::LowRank;

use crate::settings::MetricEstimator;
use crate::stream::Stream;

/// An inverse mass matrix.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// One variance for each coordinate.
    Diagonal(Diagonal),
    /// A full covariance matrix.
    Dense(Dense),
    /// A diagonal corrected along a few directions.
    LowRank(LowRank),
}

impl Metric {
    /// The diagonal metric with variance 1 in each coordinate.
    pub fn unit(dimension: usize) -> Self {
        Self::Diagonal(Diagonal::unit(dimension))
    }

    /// A first guess where there are no draws yet: [`estimate::from_gradient`] for an estimator that
    /// reads gradients, else the unit metric.
    pub fn from_gradient(estimator: MetricEstimator, gradient: &[f64]) -> Self {
        let guess = match estimator {
            MetricEstimator::Draws => None,
            MetricEstimator::DrawsAndGradients => Diagonal::new(estimate::from_gradient(gradient)),
        };
        guess.map_or_else(|| Self::unit(gradient.len()), Self::Diagonal)
    }

    /// Number of coordinates.
    pub fn dimension(&self) -> usize {
        self.variances().len()
    }

    /// The diagonal of M⁻¹, in squared units of each coordinate.
    pub fn variances(&self) -> &[f64] {
        match self {
            Self::Diagonal(metric) => metric.variances(),
            Self::Dense(metric) => metric.variances(),
            Self::LowRank(metric) => metric.variances(),
        }
    }

    /// Writes M⁻¹p.
    #[inline]
    pub fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        match self {
            Self::Diagonal(metric) => metric.velocity(momentum, velocity),
            Self::Dense(metric) => metric.velocity(momentum, velocity),
            Self::LowRank(metric) => metric.velocity(momentum, velocity),
        }
    }

    /// Draws p ~ Normal(0, M).
    pub fn draw_momentum(&self, stream: &mut Stream, momentum: &mut [f64]) {
        match self {
            Self::Diagonal(metric) => metric.draw_momentum(stream, momentum),
            Self::Dense(metric) => metric.draw_momentum(stream, momentum),
            Self::LowRank(metric) => metric.draw_momentum(stream, momentum),
        }
    }

    /// Jeffreys divergence between Normal(0, M₁⁻¹) and Normal(0, M₂⁻¹): half the sum of
    /// λᵢ + 1/λᵢ - 2 over the eigenvalues λ of M₁M₂⁻¹; 0 for equal metrics. Of a dense metric and one
    /// of another shape, only the diagonals of M⁻¹ are compared.
    pub fn divergence_from(&self, other: &Self) -> f64 {
        match (self, other) {
            (Self::Dense(new), Self::Dense(old)) => new.divergence_from(old),
            (Self::LowRank(new), Self::LowRank(old)) => new.divergence_from(old),
            (Self::LowRank(low_rank), Self::Diagonal(diagonal))
            | (Self::Diagonal(diagonal), Self::LowRank(low_rank)) => low_rank.divergence_from(&LowRank::from(diagonal)),
            _ => {
                let pairs = self.variances().iter().zip(other.variances());
                pairs.map(|(a, b)| 0.5 * (a / b + b / a - 2.0)).sum()
            }
        }
    }
}
