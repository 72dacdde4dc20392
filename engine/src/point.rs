//! A point of phase space: a position, its momentum, and what follows from the two.

use crate::density::{DensityError, LogDensity, evaluate};
use crate::linear::dot;

/// A position q with its log density and gradient, and a momentum p with its velocity M⁻¹p.
///
/// Between transitions only the position, gradient and log density mean something; a transition
/// draws a new momentum first.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// q, on the unconstrained scale.
    pub position: Vec<f64>,
    /// p.
    pub momentum: Vec<f64>,
    /// M⁻¹p, the time derivative of the position (p♯ in Betancourt's notation).
    pub velocity: Vec<f64>,
    /// ∇ log π(q).
    pub gradient: Vec<f64>,
    /// log π(q), up to a constant.
    pub log_density: f64,
}

impl Point {
    /// A point of zeros; it is no state until its density is evaluated.
    pub fn zeros(dimension: usize) -> Self {
        let zeros = vec![0.0; dimension];
        Self {
            position: zeros.clone(),
            momentum: zeros.clone(),
            velocity: zeros.clone(),
            gradient: zeros,
            log_density: 0.0,
        }
    }

    /// The point at rest at `position`.
    pub fn at<D: LogDensity>(density: &D, position: &[f64], scratch: &mut D::Scratch) -> Result<Self, DensityError> {
        let mut point = Self::zeros(position.len());
        point.position.copy_from_slice(position);
        point.log_density = evaluate(density, position, &mut point.gradient, scratch)?;
        Ok(point)
    }

    /// H(q, p) = -log π(q) + ½ pᵀM⁻¹p, up to a constant.
    ///
    /// The normalising constant of the momentum, ½ log det M, is left out: it does not change
    /// within a trajectory.
    #[inline]
    pub fn energy(&self) -> f64 {
        0.5 * dot(&self.momentum, &self.velocity) - self.log_density
    }

    /// Copies another point of the same dimension without allocating.
    #[inline]
    pub fn copy_from(&mut self, other: &Self) {
        self.position.copy_from_slice(&other.position);
        self.momentum.copy_from_slice(&other.momentum);
        self.velocity.copy_from_slice(&other.velocity);
        self.gradient.copy_from_slice(&other.gradient);
        self.log_density = other.log_density;
    }
}
