//! The no-U-turn sampler: the doubling tree over a Hamiltonian trajectory.
//!
//! Hoffman and Gelman (2014) with the multinomial weights and generalised turn criterion of
//! Betancourt (2017, arXiv:1701.02434), and two more checks across the seam of every join, which
//! catch the resonance of steps with the period of a direction (Stan pull request 2800).

use crate::density::{DensityError, LogDensity, Rejection};
use crate::hamiltonian::Hamiltonian;
use crate::metric::Metric;
use crate::point::Point;
use crate::state::{Block, State, sum};
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
        let memory = &mut self.memory;
        let energy = memory.begin(point, hamiltonian.metric, stream);
        let mut start = 0;
        let directions = stream.next_u32();
        let threshold = self.divergence_threshold;
        let mut walk = Walk { hamiltonian, step_size, energy, threshold, memory, stream, scratch, stop };
        let growth = grow(&mut walk, &mut start, directions, self.max_depth)?;
        let leaf = &memory.leaves[usize::from(memory.spans[start].candidate)];
        if growth.termination != Termination::Interrupted && leaf.number != 0 {
            leaf.state.copy_to(point);
        }
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
            energy: leaf.state.energy,
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
    leaves: Vec<Leaf>,
    /// One bit for each leaf that a stretch refers to.
    live: u64,
    spans: Vec<Span>,
    used: usize,
    /// The sum of momenta ρ of each stretch of more than one leaf.
    rho: Vec<Block>,
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
        let leaf = Leaf { state: State::zeros(dimension), number: 0 };
        Self {
            leaves: vec![leaf; 3 * depth + 2],
            live: 0,
            spans: vec![Span::default(); depth + 2],
            used: 0,
            rho: vec![[0.0; 4]; (depth + 2) * dimension.div_ceil(4)],
            before: vec![0.0; dimension],
        }
    }

    /// Takes `point` in as the first leaf, alone in the first stretch, and returns its energy.
    fn begin(&mut self, point: &Point, metric: &Metric, stream: &mut Stream) -> f64 {
        self.live = 1;
        self.used = 1;
        self.spans[0] = Span::default();
        let leaf = &mut self.leaves[0];
        leaf.state.begin(point, metric, stream);
        leaf.number = 0;
        leaf.state.energy
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

    #[inline]
    fn state(&self, leaf: u8) -> &State {
        &self.leaves[usize::from(leaf)].state
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
        let Memory { before, leaves, .. } = &mut *self.memory;
        let position = leaves[from].state.position.as_flattened();
        let d = before.len();
        before.copy_from_slice(&position[..d]);
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
        match end.state.step_from(&start.state, self.hamiltonian, step, self.scratch) {
            Ok(()) => {}
            Err(DensityError::Rejected(rejection)) => {
                return Ok(self.diverged(from, f64::INFINITY, Some(rejection), 0.0));
            }
            Err(failed) => return Err(failed),
        }
        end.number = start.number + i32::from(direction.sign());
        let error = end.state.energy - self.energy;
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
        let kept = bit(joined.ends[0]) | bit(joined.ends[1]) | bit(joined.candidate);
        memory.live &= kept | !(bit(first.ends[out]) | bit(second.ends[back]) | bit(second.candidate));

        let mut rho = std::mem::take(&mut memory.rho);
        let (outer, far) = (memory.state(first.ends[back]), memory.state(second.ends[out]));
        let n = outer.momentum.len();
        let (low, high) = rho.split_at_mut(extension * n);
        let base_rho = &mut low[*base * n..][..n];
        let turning = if first.ends[0] == first.ends[1] {
            // Of two leaves, the further checks are the first one again.
            turns_pair([&outer.momentum, &outer.velocity, &far.momentum, &far.velocity], base_rho)
        } else {
            let (near, seam) = (memory.state(first.ends[out]), memory.state(second.ends[back]));
            let base_ends: [&[Block]; 3] = [&outer.velocity, &near.momentum, &near.velocity];
            turns(base_ends, base_rho, [&seam.momentum, &seam.velocity, &far.velocity], &high[..n])
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
fn turns_pair(ends: [&[Block]; 4], rho: &mut [Block]) -> bool {
    let n = rho.len();
    let (p1, v1, p2, v2) = (&ends[0][..n], &ends[1][..n], &ends[2][..n], &ends[3][..n]);
    let (mut first, mut second) = ([0.0; 4], [0.0; 4]);
    for i in 0..n {
        for lane in 0..4 {
            let whole = p1[i][lane] + p2[i][lane];
            rho[i][lane] = whole;
            first[lane] += v1[i][lane] * whole;
            second[lane] += v2[i][lane] * whole;
        }
    }
    !((sum(first) > 0.0) & (sum(second) > 0.0))
}

/// The three checks in one pass, from: the velocity at the outer end of the base, momentum and
/// velocity at its seam, and its ρ; momentum and velocity at the seam of the extension, the
/// velocity at its outer end, and its ρ. The ρ of the base becomes the sum of both.
#[inline]
fn turns(base: [&[Block]; 3], base_rho: &mut [Block], extension: [&[Block]; 3], rho: &[Block]) -> bool {
    // Two lanes at a time: six sums of four would not fit the registers.
    let base_rho = base_rho.as_flattened_mut().as_chunks_mut::<2>().0;
    let n = base_rho.len();
    let (o1, p1, v1) = (pairs(base[0], n), pairs(base[1], n), pairs(base[2], n));
    let (p2, v2, o2) = (pairs(extension[0], n), pairs(extension[1], n), pairs(extension[2], n));
    let rho = pairs(rho, n);
    let [mut a, mut b, mut c, mut d, mut e, mut f] = [[0.0; 2]; 6];
    for i in 0..n {
        for lane in 0..2 {
            let (r1, r2) = (base_rho[i][lane], rho[i][lane]);
            let (whole, first, second) = (r1 + r2, r1 + p2[i][lane], p1[i][lane] + r2);
            base_rho[i][lane] = whole;
            a[lane] += o1[i][lane] * whole;
            b[lane] += o2[i][lane] * whole;
            c[lane] += o1[i][lane] * first;
            d[lane] += v2[i][lane] * first;
            e[lane] += v1[i][lane] * second;
            f[lane] += o2[i][lane] * second;
        }
    }
    ![a, b, c, d, e, f].iter().fold(true, |straight, s| straight & (s[0] + s[1] > 0.0))
}

/// The first `n` pairs of lanes of a vector.
#[inline]
fn pairs(vector: &[Block], n: usize) -> &[[f64; 2]] {
    &vector.as_flattened().as_chunks::<2>().0[..n]
}
