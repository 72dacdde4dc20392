//! Hamiltonian dynamics: fresh momenta, and the leapfrog integrator.

use crate::density::{DensityError, LogDensity, evaluate};
use crate::linear::add_scaled;
use crate::metric::Metric;
use crate::point::Point;
use crate::stream::Stream;

/// H(q, p) = -log π(q) + ½ pᵀM⁻¹p: a density with a metric.
#[derive(Debug)]
pub struct Hamiltonian<'a, D> {
    /// π, up to a constant.
    pub density: &'a D,
    /// M⁻¹, an estimate of the covariance of π.
    pub metric: &'a Metric,
}

impl<D> Clone for Hamiltonian<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Hamiltonian<'_, D> {}

impl<D: LogDensity> Hamiltonian<'_, D> {
    /// Draws p ~ Normal(0, M) and sets the velocity.
    pub fn refresh(&self, point: &mut Point, stream: &mut Stream) {
        self.metric.draw_momentum(stream, &mut point.momentum);
        self.metric.velocity(&point.momentum, &mut point.velocity);
    }

    /// One leapfrog step of signed size ε (Neal, 2011, eq. 2.28-2.30): half a kick, a drift, half a
    /// kick. Reversible and volume preserving; its energy error is O(ε²) over a fixed time.
    ///
    /// Costs one gradient. After an error the position is where the density refused, and the rest
    /// of the point is not a state.
    #[inline]
    pub fn leapfrog(&self, point: &mut Point, step: f64, scratch: &mut D::Scratch) -> Result<(), DensityError> {
        let Point { position, momentum, velocity, gradient, log_density } = point;
        add_scaled(momentum, 0.5 * step, gradient);
        self.metric.velocity(momentum, velocity);
        add_scaled(position, step, velocity);
        *log_density = evaluate(self.density, position, gradient, scratch)?;
        add_scaled(momentum, 0.5 * step, gradient);
        self.metric.velocity(momentum, velocity);
        Ok(())
    }
}
