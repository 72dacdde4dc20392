//! The no-U-turn sampler: the doubling tree over a Hamiltonian trajectory.
//!
//! Hoffman and Gelman (2014) with the multinomial weights and generalised turn criterion of
//! Betancourt (2017, arXiv:1701.02434), and two more checks across the seam of every join, which
//! catch the resonance of steps with the period of a direction (Stan pull request 2800).

use crate::density::{DensityError, LogDensity, Rejection};
use crate::hamiltonian::Hamiltonian;
use crate::point::{Point, State};
use crate::stream::Stream;
use crate::transition::{Divergence, Ending, Transition};
use crate::tree::{Direction, Step, Termination, Trajectory, Weight, grow};
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
        let memory = Memory::new(dimension, max_depth);
        Self { max_depth, divergence_threshold, memory }
    }

    /// Moves `point` to the next state of the chain. Allocates nothing.
    ///
    /// `stop` is asked before each doubling of 16 or more steps; if it says yes, the point stays and
    /// the record's ending is [`Ending::Interrupted`]. After an error the point is unchanged.
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
        memory.begin(point, energy);
        hamiltonian.complete(&mut memory.leaves[0].state);
        let mut start = 0;
        let directions = stream.next_u32();
        let threshold = self.divergence_threshold;
        let mut walk = Walk { hamiltonian, step_size, energy, threshold, memory, stream, scratch, stop };
        let grown = grow(&mut walk, &mut start, directions, self.max_depth);
        let stays = grown.as_ref().is_ok_and(|growth| growth.termination == Termination::Interrupted);
        let next = if stays || grown.is_err() { 0 } else { memory.spans[start].candidate };
        let leaf = &mut memory.leaves[usize::from(next)];
        std::mem::swap(point, &mut leaf.state.point);
        let growth = grown?;
        let ending = match growth.termination {
            Termination::Turning { .. } => Ending::Turning,
            Termination::Divergence { detail, .. } => Ending::Divergence(detail),
            Termination::MaxDepth => Ending::MaxDepth,
            Termination::Interrupted => Ending::Interrupted,
        };
        let steps = f64::from(growth.steps.max(1));
        Ok(Transition {
            ending,
            depth: growth.depth,
            leapfrogs: growth.steps,
            acceptance: growth.acceptance_sum / steps,
            energy: leaf.energy,
            offset: leaf.number,
        })
    }

    /// Where the step began that ended the last trajectory, if that was a divergence.
    pub fn last_step_start(&self) -> &[f64] {
        &self.memory.before
    }
}

/// Doublings with fewer than 2⁴ steps are not worth asking for an interruption.
const FIRST_ASKED: u32 = 4;

/// A state on the trajectory.
#[derive(Debug, Clone)]
struct Leaf {
    state: State,
    energy: f64,
    /// Steps from the start, negative backward.
    number: i32,
}

/// A stretch of the trajectory: which leaves are its backward and forward ends, and its candidate.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    ends: [u8; 2],
    candidate: u8,
}

/// Leaves, and a stack of the stretches in flight. A step writes a new leaf from an old one, and
/// nothing is copied: stretches refer to their leaves by number.
#[derive(Debug, Clone)]
struct Memory {
    dimension: usize,
    leaves: Vec<Leaf>,
    /// One bit for each leaf that a stretch refers to; the first, the start, stays to the end.
    live: u64,
    spans: Vec<Span>,
    used: usize,
    /// The sum of momenta ρ of each stretch of more than one leaf.
    rho: Vec<f64>,
    /// Where a step began that diverged.
    before: Vec<f64>,
}

#[inline]
fn bit(leaf: u8) -> u64 {
    1 << (leaf & 63)
}

impl Memory {
    fn new(dimension: usize, max_depth: u32) -> Self {
        let depth = max_depth as usize;
        // A stretch refers to at most three leaves, and one at the bottom to fewer.
        let leaf = Leaf { state: State::zeros(dimension), energy: 0.0, number: 0 };
        Self {
            dimension,
            leaves: vec![leaf; 3 * depth + 2],
            live: 0,
            spans: vec![Span::default(); depth + 2],
            used: 0,
            rho: vec![0.0; (depth + 2) * dimension],
            before: vec![0.0; dimension],
        }
    }

    /// Takes `point` in as the first leaf, alone in the first stretch; what `point` is then is no state.
    fn begin(&mut self, point: &mut Point, energy: f64) {
        self.live = 1;
        self.used = 1;
        self.spans[0] = Span::default();
        let leaf = &mut self.leaves[0];
        std::mem::swap(&mut leaf.state.point, point);
        (leaf.energy, leaf.number) = (energy, 0);
    }

    /// Two leaves, the second to be written.
    #[inline]
    fn pair(&mut self, from: usize, to: usize) -> (&Leaf, &mut Leaf) {
        if from < to {
            let (low, high) = self.leaves.split_at_mut(to);
            (&low[from], &mut high[0])
        } else {
            let (low, high) = self.leaves.split_at_mut(from);
            (&high[0], &mut low[to])
        }
    }

    fn point(&self, leaf: u8) -> &Point {
        &self.leaves[usize::from(leaf)].state.point
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
}

impl<D: LogDensity> Walk<'_, D> {
    #[cold]
    fn diverged(
        &mut self,
        from: usize,
        energy_error: f64,
        rejection: Option<Rejection>,
        acceptance: f64,
    ) -> Step<usize, Divergence> {
        let memory = &mut *self.memory;
        memory.before.copy_from_slice(&memory.leaves[from].state.point.position);
        Step::Divergence { detail: Divergence { energy_error, rejection }, acceptance }
    }
}

impl<D: LogDensity> Trajectory for Walk<'_, D> {
    type Span = usize;
    type Divergence = Divergence;
    type Failure = DensityError;

    #[inline]
    fn step(&mut self, direction: Direction) -> Result<Step<usize, Divergence>, DensityError> {
        let memory = &mut *self.memory;
        // The latest stretch is the one that reaches farthest.
        let from = usize::from(memory.spans[memory.used - 1].ends[direction as usize]);
        let free = memory.live.trailing_ones() as u8;
        let (start, end) = memory.pair(from, usize::from(free));
        let step = f64::from(direction.sign()) * self.step_size;
        match self.hamiltonian.advance(&start.state, step, &mut end.state, self.scratch) {
            Ok(()) => {}
            Err(DensityError::Rejected(rejection)) => {
                return Ok(self.diverged(from, f64::INFINITY, Some(rejection), 0.0));
            }
            Err(failed) => return Err(failed),
        }
        end.energy = end.state.point.energy();
        end.number = start.number + i32::from(direction.sign());
        let error = end.energy - self.energy;
        // Momenta can overflow where the density does not.
        if !error.is_finite() {
            return Ok(self.diverged(from, f64::INFINITY, None, 0.0));
        }
        let weight = Weight::from_log(-error);
        let acceptance = weight.capped();
        if error > self.threshold {
            return Ok(self.diverged(from, error, None, acceptance));
        }
        memory.live |= bit(free);
        let span = memory.used;
        memory.spans[span] = Span { ends: [free; 2], candidate: free };
        memory.used += 1;
        Ok(Step::Leaf { span, weight, acceptance })
    }

    #[inline]
    fn choose(&mut self, base: &mut usize, extension: &usize, probability: f64) {
        if probability < 1.0 && self.stream.random::<f64>() >= probability {
            return;
        }
        let spans = &mut self.memory.spans;
        // The extension gets the one that lost, so that joining can let go of it.
        let lost = spans[*base].candidate;
        spans[*base].candidate = spans[*extension].candidate;
        spans[*extension].candidate = lost;
    }

    /// The generalised criterion: a stretch turns if ρ·v ≤ 0 at either end, where ρ is the sum of
    /// its momenta; also asked of each part with the first leaf of the other.
    #[inline]
    fn join(&mut self, base: &mut usize, extension: usize, direction: Direction) -> bool {
        let memory = &mut *self.memory;
        memory.used = extension;
        let (first, second) = (memory.spans[*base], memory.spans[extension]);
        let (out, back) = (direction as usize, 1 - direction as usize);
        let mut joined = first;
        joined.ends[out] = second.ends[out];
        memory.spans[*base] = joined;
        let kept = bit(joined.ends[0]) | bit(joined.ends[1]) | bit(joined.candidate) | 1;
        memory.live &= kept | !(bit(first.ends[out]) | bit(second.ends[back]) | bit(second.candidate));

        let d = memory.dimension;
        let mut rho = std::mem::take(&mut memory.rho);
        let (low, high) = rho.split_at_mut(extension * d);
        let base_rho = &mut low[*base * d..][..d];
        let (outer, far) = (memory.point(first.ends[back]), memory.point(second.ends[out]));
        let turning = if first.ends[0] == first.ends[1] {
            // Of two leaves, the further checks are the first one again.
            turns_pair([&outer.momentum, &outer.velocity, &far.momentum, &far.velocity], base_rho)
        } else {
            let (near, seam) = (memory.point(first.ends[out]), memory.point(second.ends[back]));
            let ends = [&outer.velocity, &near.momentum, &near.velocity, &seam.momentum, &seam.velocity, &far.velocity];
            turns(ends.map(Vec::as_slice), &high[..d], base_rho)
        };
        memory.rho = rho;
        turning
    }

    fn interrupted(&self, depth: u32) -> bool {
        depth >= FIRST_ASKED && (self.stop)()
    }
}

/// The check of two single leaves, given by momentum and velocity of each; `rho` becomes the sum.
#[inline]
fn turns_pair(ends: [&[f64]; 4], rho: &mut [f64]) -> bool {
    let d = rho.len();
    let [p1, v1, p2, v2] = ends.map(|x| &x[..d]);
    let mut sums = [0.0; 2];
    for i in 0..d {
        let whole = p1[i] + p2[i];
        rho[i] = whole;
        sums[0] += v1[i] * whole;
        sums[1] += v2[i] * whole;
    }
    !(sums[0] > 0.0 && sums[1] > 0.0)
}

/// The three checks in one pass. `ends` are: the velocity at the outer end of the base, momentum
/// and velocity at its seam, momentum and velocity at the seam of the extension, and the velocity
/// at its outer end. `base_rho` becomes the sum of both.
#[inline]
fn turns(ends: [&[f64]; 6], rho: &[f64], base_rho: &mut [f64]) -> bool {
    let d = base_rho.len();
    let [o1, p1, v1, p2, v2, o2] = ends.map(|x| &x[..d]);
    let rho = &rho[..d];
    let mut sums = [0.0; 6];
    for i in 0..d {
        let whole = base_rho[i] + rho[i];
        let first = base_rho[i] + p2[i];
        let second = p1[i] + rho[i];
        base_rho[i] = whole;
        sums[0] += o1[i] * whole;
        sums[1] += o2[i] * whole;
        sums[2] += o1[i] * first;
        sums[3] += v2[i] * first;
        sums[4] += v1[i] * second;
        sums[5] += o2[i] * second;
    }
    !sums.iter().fold(true, |straight, s| straight & (*s > 0.0))
}
