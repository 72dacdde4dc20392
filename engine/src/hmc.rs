//! Static Hamiltonian Monte Carlo: trajectories of a length fixed in advance.
//!
//! Duane et al. (1987); Neal (2011). The step size is jittered, because a fixed length can resonate
//! with the period of a direction and then never explore it.

use crate::density::{DensityError, LogDensity};
use crate::hamiltonian::Hamiltonian;
use crate::point::Point;
use crate::stream::Stream;
use crate::transition::{Divergence, Ending, Transition};
use rand::RngExt;

/// Length of a static trajectory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// A number of leapfrog steps, at least 1.
    Steps(u32),
    /// An integration time, in units in which a whitened direction has period 2π; at least one step
    /// is taken, and at most [`MAX_STEPS`].
    Time(f64),
}

/// Most leapfrog steps of a static trajectory.
pub const MAX_STEPS: u32 = 1 << 14;

/// The sampler and its working memory, allocated once.
#[derive(Debug, Clone)]
pub struct Hmc {
    length: Length,
    jitter: f64,
    divergence_threshold: f64,
    proposal: Point,
    before: Vec<f64>,
}

impl Hmc {
    /// A sampler of trajectories of one length. The step size of each is multiplied by a uniform
    /// number from (1 - `jitter`, 1 + `jitter`), with `jitter` in [0, 1).
    pub fn new(dimension: usize, length: Length, jitter: f64, divergence_threshold: f64) -> Self {
        let proposal = Point::zeros(dimension);
        Self { length, jitter, divergence_threshold, proposal, before: vec![0.0; dimension] }
    }

    /// Moves `point` to the next state of the chain. Allocates nothing.
    ///
    /// `stop` is asked before each power of two of steps; if it says yes, the point stays and the
    /// record's ending is [`Ending::Interrupted`]. After an error the point is unchanged.
    pub fn transition<D: LogDensity>(
        &mut self,
        hamiltonian: Hamiltonian<'_, D>,
        point: &mut Point,
        step_size: f64,
        stream: &mut Stream,
        scratch: &mut D::Scratch,
        stop: &dyn Fn() -> bool,
    ) -> Result<Transition, DensityError> {
        hamiltonian.refresh(point, stream);
        let start_energy = point.energy();
        let step = step_size * (1.0 + self.jitter * (2.0 * stream.random::<f64>() - 1.0));
        let proposal = &mut self.proposal;
        proposal.copy_from(point);
        let mut record = Transition {
            ending: Ending::Completed,
            depth: 0,
            leapfrogs: 0,
            acceptance: 0.0,
            energy: start_energy,
            offset: 0,
        };
        let steps = match self.length {
            Length::Steps(steps) => steps.clamp(1, MAX_STEPS),
            Length::Time(time) => (time / step_size).round().clamp(1.0, f64::from(MAX_STEPS)) as u32,
        };
        for taken in 0..steps {
            if (taken == 0 || taken.is_power_of_two()) && stop() {
                record.ending = Ending::Interrupted;
                return Ok(record);
            }
            record.leapfrogs += 1;
            self.before.copy_from_slice(&proposal.position);
            let rejection = match hamiltonian.leapfrog(proposal, step, scratch) {
                Ok(()) => None,
                Err(DensityError::Rejected(rejection)) => Some(rejection),
                Err(failed) => return Err(failed),
            };
            let error = if rejection.is_some() { f64::NAN } else { proposal.energy() - start_energy };
            if !error.is_finite() || error > self.divergence_threshold {
                let energy_error = if error.is_nan() { f64::INFINITY } else { error };
                record.ending = Ending::Divergence(Divergence { energy_error, rejection });
                return Ok(record);
            }
        }
        let energy = proposal.energy();
        record.acceptance = (start_energy - energy).exp().min(1.0);
        if stream.random::<f64>() < record.acceptance {
            point.copy_from(proposal);
            record.energy = energy;
            record.offset = steps as i32;
        }
        Ok(record)
    }

    /// Where the step began that ended the last trajectory, if that was a divergence.
    pub fn last_step_start(&self) -> &[f64] {
        &self.before
    }
}
