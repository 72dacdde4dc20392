//! The no-U-turn sampler: the doubling tree over a Hamiltonian trajectory.
//!
//! Hoffman and Gelman (2014) with the multinomial weights and generalised turn criterion of
//! Betancourt (2017, arXiv:1701.02434), and two more checks across the seam of every join, which
//! catch the resonance of steps with the period of a direction (Stan pull request 2800).

use crate::density::{DensityError, LogDensity};
use crate::hamiltonian::Hamiltonian;
use crate::point::Point;
use crate::stream::Stream;
use crate::transition::{Divergence, Ending, Transition};
use crate::tree::{Direction, Step, Termination, Trajectory, grow};
use rand::{Rng, RngExt};

/// The sampler and its working memory, allocated once.
#[derive(Debug, Clone)]
pub struct Nuts {
    max_depth: u32,
    divergence_threshold: f64,
    memory: Memory,
}

impl Nuts {
    /// A sampler whose trees double at most `max_depth` times (a trajectory has at most
    /// 2^`max_depth` points), and diverge where the energy error exceeds `divergence_threshold`.
    ///
    /// Depths above 20 are cut to 20.
    pub fn new(dimension: usize, max_depth: u32, divergence_threshold: f64) -> Self {
        let max_depth = max_depth.min(20);
        let slots = max_depth as usize + 2;
        let memory = Memory {
            dimension,
            ends: [Point::zeros(dimension), Point::zeros(dimension)],
            before: vec![0.0; dimension],
            slots: vec![0.0; slots * FIELDS * dimension],
            candidates: vec![Candidate::default(); slots],
            used: 0,
        };
        Self { max_depth, divergence_threshold, memory }
    }

    /// Moves `point` to the next state of the chain. Allocates nothing.
    ///
    /// `stop` is asked before each doubling; if it says yes, the point stays and the record's
    /// ending is [`Ending::Interrupted`]. After an error the point is unchanged.
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
        let energy = point.energy();
        let memory = &mut self.memory;
        let [backward, forward] = &mut memory.ends;
        backward.copy_from(point);
        forward.copy_from(point);
        memory.used = 0;
        let mut start = memory.push_leaf(Direction::Forward, energy, 0);
        let directions = stream.next_u32();
        let threshold = self.divergence_threshold;
        let mut walk = Walk { hamiltonian, step_size, energy, threshold, memory, stream, scratch, stop, ends: [0, 0] };
        let growth = grow(&mut walk, &mut start, directions, self.max_depth)?;
        let ending = match growth.termination {
            Termination::Turning { .. } => Ending::Turning,
            Termination::Divergence { detail, .. } => Ending::Divergence(detail),
            Termination::MaxDepth => Ending::MaxDepth,
            Termination::Interrupted => Ending::Interrupted,
        };
        let memory = &self.memory;
        let candidate = memory.candidates[start];
        if !matches!(ending, Ending::Interrupted) {
            let (position, gradient) = memory.candidate_vectors(start);
            point.position.copy_from_slice(position);
            point.gradient.copy_from_slice(gradient);
            point.log_density = candidate.log_density;
        }
        let steps = f64::from(growth.steps.max(1));
        Ok(Transition {
            ending,
            depth: growth.depth,
            leapfrogs: growth.steps,
            acceptance: growth.acceptance_sum / steps,
            energy: candidate.energy,
            offset: candidate.leaf,
        })
    }

    /// Where the step began that ended the last trajectory, if that was a divergence.
    pub fn last_step_start(&self) -> &[f64] {
        &self.memory.before
    }
}

/// Vectors of a slot: momentum and velocity at the backward and at the forward end, the sum of
/// momenta ρ, and the position and gradient of the candidate.
const FIELDS: usize = 7;

#[derive(Debug, Clone, Copy, Default)]
struct Candidate {
    log_density: f64,
    energy: f64,
    leaf: i32,
}

/// The two ends of the trajectory, and a stack of slots, one for each stretch in flight.
#[derive(Debug, Clone)]
struct Memory {
    dimension: usize,
    ends: [Point; 2],
    /// Position before the last step.
    before: Vec<f64>,
    slots: Vec<f64>,
    candidates: Vec<Candidate>,
    used: usize,
}

impl Memory {
    fn push_leaf(&mut self, direction: Direction, energy: f64, leaf: i32) -> usize {
        let index = self.used;
        self.used += 1;
        let d = self.dimension;
        let point = &self.ends[direction as usize];
        let mut fields = self.slots[index * FIELDS * d..].chunks_exact_mut(d.max(1));
        let (p, v) = (&point.momentum, &point.velocity);
        for vector in [p, v, p, v, p, &point.position, &point.gradient] {
            if let Some(field) = fields.next() {
                field.copy_from_slice(vector);
            }
        }
        self.candidates[index] = Candidate { log_density: point.log_density, energy, leaf };
        index
    }

    fn candidate_vectors(&self, slot: usize) -> (&[f64], &[f64]) {
        let d = self.dimension;
        let fields = &self.slots[slot * FIELDS * d..(slot + 1) * FIELDS * d];
        fields[5 * d..].split_at(d)
    }

    /// The fields of two slots, the first before the second on the stack.
    #[inline]
    fn pair(&mut self, base: usize, extension: usize) -> (&mut [f64], &mut [f64]) {
        let length = FIELDS * self.dimension;
        let (low, high) = self.slots.split_at_mut(extension * length);
        (&mut low[base * length..][..length], &mut high[..length])
    }
}

/// A trajectory of one transition.
struct Walk<'a, D: LogDensity> {
    hamiltonian: Hamiltonian<'a, D>,
    step_size: f64,
    /// Energy at the start.
    energy: f64,
    threshold: f64,
    memory: &'a mut Memory,
    stream: &'a mut Stream,
    scratch: &'a mut D::Scratch,
    stop: &'a dyn Fn() -> bool,
    ends: [i32; 2],
}

impl<D: LogDensity> Trajectory for Walk<'_, D> {
    type Span = usize;
    type Divergence = Divergence;
    type Failure = DensityError;

    #[inline]
    fn step(&mut self, direction: Direction) -> Result<Step<usize, Divergence>, DensityError> {
        let end = direction as usize;
        let point = &mut self.memory.ends[end];
        self.memory.before.copy_from_slice(&point.position);
        let step = f64::from(direction.sign()) * self.step_size;
        match self.hamiltonian.leapfrog(point, step, self.scratch) {
            Ok(()) => {}
            Err(DensityError::Rejected(rejection)) => {
                let detail = Divergence { energy_error: f64::INFINITY, rejection: Some(rejection) };
                return Ok(Step::Divergence { detail, acceptance: 0.0 });
            }
            Err(failed) => return Err(failed),
        }
        let energy = point.energy();
        let error = energy - self.energy;
        // Momenta can overflow where the density does not.
        if !error.is_finite() {
            let detail = Divergence { energy_error: f64::INFINITY, rejection: None };
            return Ok(Step::Divergence { detail, acceptance: 0.0 });
        }
        let log_weight = -error;
        let acceptance = log_weight.exp().min(1.0);
        if error > self.threshold {
            let detail = Divergence { energy_error: error, rejection: None };
            return Ok(Step::Divergence { detail, acceptance });
        }
        self.ends[end] += i32::from(direction.sign());
        let span = self.memory.push_leaf(direction, energy, self.ends[end]);
        Ok(Step::Leaf { span, log_weight, acceptance })
    }

    #[inline]
    fn choose(&mut self, base: &mut usize, extension: &usize, probability: f64) {
        if probability < 1.0 && self.stream.random::<f64>() >= probability {
            return;
        }
        self.memory.candidates[*base] = self.memory.candidates[*extension];
        let start = 5 * self.memory.dimension;
        let (to, from) = self.memory.pair(*base, *extension);
        to[start..].copy_from_slice(&from[start..]);
    }

    /// The generalised criterion: a stretch turns if ρ·v ≤ 0 at either end, where ρ is the sum of
    /// its momenta; also asked of each part with the first leaf of the other.
    #[inline]
    fn join(&mut self, base: &mut usize, extension: usize, direction: Direction) -> bool {
        let d = self.memory.dimension;
        self.memory.used = extension;
        let (base, extension) = self.memory.pair(*base, extension);
        // Split each slot into [outer end, seam end, ρ] as seen from the seam.
        let (base_ends, base_rest) = base.split_at_mut(4 * d);
        let (backward, forward) = base_ends.split_at_mut(2 * d);
        let (base_outer, base_seam) = match direction {
            Direction::Forward => (backward, forward),
            Direction::Backward => (forward, backward),
        };
        let (backward, forward) = extension[..4 * d].split_at(2 * d);
        let (seam, outer) = match direction {
            Direction::Forward => (backward, forward),
            Direction::Backward => (forward, backward),
        };
        let base_rho = &mut base_rest[..d];
        let rho = &extension[4 * d..5 * d];
        let turning = turns(base_rho, rho, [&base_outer[d..], base_seam, &seam[..d], &seam[d..], &outer[d..]], d);
        for (sum, x) in base_rho.iter_mut().zip(rho) {
            *sum += x;
        }
        base_seam.copy_from_slice(outer);
        turning
    }

    fn interrupted(&self) -> bool {
        (self.stop)()
    }
}

/// The three checks in one pass. `ends` are: the velocity at the outer end of the base, momentum
/// and velocity at its seam, momentum and velocity at the seam of the extension, and the velocity at its outer end.
#[inline]
fn turns(base_rho: &[f64], rho: &[f64], ends: [&[f64]; 5], d: usize) -> bool {
    let [base_outer, base_seam, seam_momentum, seam_velocity, outer] = ends;
    let (base_seam_momentum, base_seam_velocity) = base_seam.split_at(d);
    let (r1, r2) = (&base_rho[..d], &rho[..d]);
    let (p1, p2) = (&base_seam_momentum[..d], &seam_momentum[..d]);
    let (v1, v2) = (&base_seam_velocity[..d], &seam_velocity[..d]);
    let (o1, o2) = (&base_outer[..d], &outer[..d]);
    let mut sums = [0.0; 6];
    for i in 0..d {
        let whole = r1[i] + r2[i];
        let first = r1[i] + p2[i];
        let second = p1[i] + r2[i];
        sums[0] += o1[i] * whole;
        sums[1] += o2[i] * whole;
        sums[2] += o1[i] * first;
        sums[3] += v2[i] * first;
        sums[4] += v1[i] * second;
        sums[5] += o2[i] * second;
    }
    !sums.iter().fold(true, |straight, s| straight & (*s > 0.0))
}
