//! Points on a trajectory, laid out for the processor.
//!
//! Vectors are held in blocks of four numbers, the last filled up with zeros: so every loop runs
//! over whole blocks, without a remainder, and the zeros add nothing to any sum.

use crate::density::{DensityError, LogDensity, evaluate};
use crate::hamiltonian::Hamiltonian;
use crate::metric::Metric;
use crate::point::Point;
use crate::stream::Stream;

/// Four consecutive coordinates.
pub(crate) type Block = [f64; 4];

/// A vector of so many coordinates in blocks, all zero.
pub(crate) fn zeros(dimension: usize) -> Vec<Block> {
    vec![[0.0; 4]; dimension.div_ceil(4)]
}

/// A vector in blocks.
pub(crate) fn blocks(vector: &[f64]) -> Vec<Block> {
    let mut blocks = zeros(vector.len());
    blocks.as_flattened_mut()[..vector.len()].copy_from_slice(vector);
    blocks
}

/// A [`Point`] in blocks, complete in all its parts.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub position: Vec<Block>,
    pub momentum: Vec<Block>,
    pub velocity: Vec<Block>,
    pub gradient: Vec<Block>,
    /// M⁻¹∇ log π(q), kept for dense metrics alone: with it a step needs one product by M⁻¹ where
    /// the velocities of momenta at half and whole steps would need two.
    acceleration: Vec<Block>,
    pub log_density: f64,
    /// H(q, p).
    pub energy: f64,
}

impl State {
    pub fn zeros(dimension: usize) -> Self {
        let zeros = zeros(dimension);
        Self {
            position: zeros.clone(),
            momentum: zeros.clone(),
            velocity: zeros.clone(),
            gradient: zeros.clone(),
            acceleration: zeros,
            log_density: 0.0,
            energy: 0.0,
        }
    }

    /// Starts a trajectory at a point, with momentum p ~ Normal(0, M).
    pub fn begin(&mut self, point: &Point, metric: &Metric, stream: &mut Stream) {
        let d = point.position.len();
        self.position.as_flattened_mut()[..d].copy_from_slice(&point.position);
        self.gradient.as_flattened_mut()[..d].copy_from_slice(&point.gradient);
        self.log_density = point.log_density;
        let momentum = &mut self.momentum.as_flattened_mut()[..d];
        metric.draw_momentum(stream, momentum);
        metric.velocity(momentum, &mut self.velocity.as_flattened_mut()[..d]);
        self.accelerate(metric, d);
        let mut kinetic = [0.0; 4];
        for (p, v) in self.momentum.iter().zip(&self.velocity) {
            for lane in 0..4 {
                kinetic[lane] += p[lane] * v[lane];
            }
        }
        self.energy = energy(kinetic, self.log_density);
    }

    /// M⁻¹ times the gradient, for metrics whose product with a vector is dearer than a pass over it.
    #[inline]
    fn accelerate(&mut self, metric: &Metric, d: usize) {
        let gradient = &self.gradient.as_flattened()[..d];
        match metric {
            Metric::Diagonal(_) => {}
            Metric::Dense(metric) => metric.product(gradient, &mut self.acceleration),
            Metric::LowRank(metric) => metric.velocity(gradient, &mut self.acceleration.as_flattened_mut()[..d]),
        }
    }

    /// Copies position, gradient and log density out.
    pub fn copy_to(&self, point: &mut Point) {
        let d = point.position.len();
        point.position.copy_from_slice(&self.position.as_flattened()[..d]);
        point.gradient.copy_from_slice(&self.gradient.as_flattened()[..d]);
        point.log_density = self.log_density;
    }

    /// The leapfrog step of signed size `step` that leads from another state to this one.
    ///
    /// After an error this is no state.
    #[inline]
    pub fn step_from<D: LogDensity>(
        &mut self,
        from: &Self,
        hamiltonian: Hamiltonian<'_, D>,
        step: f64,
        scratch: &mut D::Scratch,
    ) -> Result<(), DensityError> {
        let (d, half) = (hamiltonian.metric.dimension(), 0.5 * step);
        let kinetic = match hamiltonian.metric {
            Metric::Diagonal(metric) => {
                let start: [&[Block]; 3] = [&from.momentum, &from.gradient, &from.position];
                kick_drift(start, metric.blocks(), step, &mut self.momentum, &mut self.position);
                self.evaluate(hamiltonian.density, d, scratch)?;
                kick(&self.gradient, metric.blocks(), half, &mut self.momentum, &mut self.velocity)
            }
            metric @ (Metric::Dense(_) | Metric::LowRank(_)) => {
                add(&from.momentum, half, &from.gradient, &mut self.momentum);
                add(&from.velocity, half, &from.acceleration, &mut self.velocity);
                add(&from.position, step, &self.velocity, &mut self.position);
                self.evaluate(hamiltonian.density, d, scratch)?;
                self.accelerate(metric, d);
                kick_both([&self.gradient, &self.acceleration], half, &mut self.momentum, &mut self.velocity)
            }
        };
        self.energy = energy(kinetic, self.log_density);
        Ok(())
    }

    #[inline]
    fn evaluate<D: LogDensity>(&mut self, density: &D, d: usize, scratch: &mut D::Scratch) -> Result<(), DensityError> {
        let gradient = &mut self.gradient.as_flattened_mut()[..d];
        self.log_density = evaluate(density, &self.position.as_flattened()[..d], gradient, scratch)?;
        Ok(())
    }
}

/// (s₀ + s₁) + (s₂ + s₃).
#[inline]
pub(crate) fn sum(lanes: Block) -> f64 {
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// ½ pᵀv - log π(q), from the lanes of pᵀv.
#[inline]
fn energy(kinetic: Block, log_density: f64) -> f64 {
    0.5 * sum(kinetic) - log_density
}

/// out = y + a x.
#[inline]
fn add(y: &[Block], a: f64, x: &[Block], out: &mut [Block]) {
    let n = out.len();
    let (y, x) = (&y[..n], &x[..n]);
    for i in 0..n {
        for lane in 0..4 {
            out[i][lane] = y[i][lane] + a * x[i][lane];
        }
    }
}

/// Half a kick and a drift: p' = p + ½ε g and q' = q + ε σ² p', from [p, g, q].
#[inline]
fn kick_drift(from: [&[Block]; 3], variances: &[Block], step: f64, momentum: &mut [Block], position: &mut [Block]) {
    let n = momentum.len();
    let (p, g, q) = (&from[0][..n], &from[1][..n], &from[2][..n]);
    let (variances, position) = (&variances[..n], &mut position[..n]);
    for i in 0..n {
        for lane in 0..4 {
            let kicked = p[i][lane] + 0.5 * step * g[i][lane];
            momentum[i][lane] = kicked;
            position[i][lane] = q[i][lane] + step * (variances[i][lane] * kicked);
        }
    }
}

/// p ← p + h g and v = σ² p; returns the lanes of pᵀv.
#[inline]
fn kick(g: &[Block], variances: &[Block], h: f64, momentum: &mut [Block], velocity: &mut [Block]) -> Block {
    let n = momentum.len();
    let (g, variances, velocity) = (&g[..n], &variances[..n], &mut velocity[..n]);
    let mut kinetic = [0.0; 4];
    for i in 0..n {
        for lane in 0..4 {
            let p = momentum[i][lane] + h * g[i][lane];
            let v = variances[i][lane] * p;
            (momentum[i][lane], velocity[i][lane]) = (p, v);
            kinetic[lane] += p * v;
        }
    }
    kinetic
}

/// p ← p + h g and v ← v + h a, from [g, a]; returns the lanes of pᵀv.
#[inline]
fn kick_both(changes: [&[Block]; 2], h: f64, momentum: &mut [Block], velocity: &mut [Block]) -> Block {
    let n = momentum.len();
    let (g, a, velocity) = (&changes[0][..n], &changes[1][..n], &mut velocity[..n]);
    let mut kinetic = [0.0; 4];
    for i in 0..n {
        for lane in 0..4 {
            let p = momentum[i][lane] + h * g[i][lane];
            let v = velocity[i][lane] + h * a[i][lane];
            (momentum[i][lane], velocity[i][lane]) = (p, v);
            kinetic[lane] += p * v;
        }
    }
    kinetic
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::from_fn;
    use crate::metric::{Dense, Diagonal};
    use crate::stream::Purpose;
    use approx::assert_relative_eq;
    use nalgebra::DMatrix;

    #[test]
    fn steps_are_leapfrog_steps() {
        for d in 1..=9 {
            let density = from_fn(d, |x, g| {
                for (i, (x, g)) in x.iter().zip(&mut *g).enumerate() {
                    *g = -x.powi(3) - i as f64;
                }
                x.iter().enumerate().map(|(i, x)| -0.25 * x.powi(4) - i as f64 * x).sum()
            });
            let covariance =
                DMatrix::from_fn(d, d, |i, j| if i == j { 1.0 + i as f64 } else { 0.5 / (1.0 + (i + j) as f64) });
            let variances = (0..d).map(|i| 0.5 + i as f64).collect();
            let metrics =
                [Metric::Diagonal(Diagonal::new(variances).unwrap()), Metric::Dense(Dense::new(covariance).unwrap())];
            for metric in &metrics {
                let hamiltonian = Hamiltonian { density: &density, metric };
                let start: Vec<f64> = (0..d).map(|i| 0.3 - 0.1 * i as f64).collect();
                let mut point = Point::at(&density, &start, &mut ()).unwrap();
                let mut states = [State::zeros(d), State::zeros(d)];
                states[0].begin(&point, metric, &mut Stream::new(d as u64, 0, 0, Purpose::Other, 0));
                hamiltonian.refresh(&mut point, &mut Stream::new(d as u64, 0, 0, Purpose::Other, 0));
                for step in [0.1, 0.1, -0.05, 0.2] {
                    hamiltonian.leapfrog(&mut point, step, &mut ()).unwrap();
                    let [from, to] = &mut states;
                    to.step_from(from, hamiltonian, step, &mut ()).unwrap();
                    states.swap(0, 1);
                    let pairs = [
                        (&states[0].position, &point.position),
                        (&states[0].momentum, &point.momentum),
                        (&states[0].velocity, &point.velocity),
                        (&states[0].gradient, &point.gradient),
                    ];
                    for (state, expected) in pairs {
                        let (state, padding) = state.as_flattened().split_at(d);
                        assert_relative_eq!(state, &expected[..], max_relative = 1e-12, epsilon = 1e-13);
                        assert!(padding.iter().all(|x| *x == 0.0));
                    }
                    assert_relative_eq!(states[0].energy, point.energy(), max_relative = 1e-12);
                }
            }
        }
    }
}
