//! The doubling tree of NUTS (Hoffman and Gelman, 2014), without its Hamiltonian.
//!
//! The algorithm grows a stretch of a trajectory by doubling it, forward or backward, until it
//! turns back on itself, and picks one of its leaves on the way. It needs only that a trajectory
//! can step, weigh a leaf, and join two neighbouring stretches: so it is tested on the integers,
//! with turns and divergences planted where they are wanted.

/// A way along the trajectory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Against time.
    Backward = 0,
    /// With time.
    Forward = 1,
}

impl Direction {
    /// The direction of doubling number `doubling`, from one bit of `bits`: 1 is forward.
    #[inline]
    pub fn from_bits(bits: u32, doubling: u32) -> Self {
        if (bits >> (doubling % u32::BITS)) & 1 == 1 { Self::Forward } else { Self::Backward }
    }

    /// +1 or -1.
    #[inline]
    pub fn sign(self) -> i8 {
        match self {
            Self::Backward => -1,
            Self::Forward => 1,
        }
    }
}

/// A trajectory a tree can grow on.
///
/// A [`Span`](Self::Span) stands for a stretch of consecutive leaves: its turn statistic, and the
/// candidate chosen among its leaves. It may be a mere handle: the tree holds at most `max_depth` + 2
/// of them at a time, and consumes them last in, first out.
pub trait Trajectory {
    /// A stretch of consecutive leaves.
    type Span;
    /// What is known of a divergence.
    type Divergence;
    /// An error that ends more than the trajectory.
    type Failure;

    /// Moves the end of the trajectory that lies in `direction` one leaf further.
    fn step(&mut self, direction: Direction) -> Result<Step<Self::Span, Self::Divergence>, Self::Failure>;

    /// Replaces the candidate of `base` by that of `extension` with the given probability.
    fn choose(&mut self, base: &mut Self::Span, extension: &Self::Span, probability: f64);

    /// Appends `extension`, which begins where `base` ends in `direction`; true if the joined
    /// stretch turns.
    fn join(&mut self, base: &mut Self::Span, extension: Self::Span, direction: Direction) -> bool;

    /// Whether to stop before doubling number `depth`, which takes 2^`depth` steps.
    fn interrupted(&self, depth: u32) -> bool {
        let _ = depth;
        false
    }
}

/// What one step along a trajectory met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step<S, D> {
    /// A leaf.
    Leaf {
        /// The stretch of this leaf alone.
        span: S,
        /// Weight, relative to that of the starting leaf.
        weight: Weight,
        /// Metropolis acceptance probability of this leaf against the starting leaf.
        acceptance: f64,
    },
    /// The end of all stepping.
    Divergence {
        /// What is known of it.
        detail: D,
        /// Acceptance probability of the diverging leaf, usually 0.
        acceptance: f64,
    },
}

/// A positive weight, held as value · e^scale with scale 0 unless that overflows or underflows: so
/// that sums and shares of weights cost neither an exponential nor a logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    value: f64,
    scale: f64,
}

impl Weight {
    /// The weight of the starting leaf.
    pub const ONE: Self = Self { value: 1.0, scale: 0.0 };

    /// Logs of weights within this distance of 0 need no scale: 2²⁰ of them can be added, and any
    /// of them times e^-scale is no more than the log itself says.
    const PLAIN: f64 = 500.0;

    /// The weight e^`log`, for finite `log`.
    #[inline]
    pub fn from_log(log: f64) -> Self {
        if log.abs() <= Self::PLAIN { Self { value: log.exp(), scale: 0.0 } } else { Self { value: 1.0, scale: log } }
    }

    /// min(1, weight), which is the Metropolis acceptance probability of a leaf.
    #[inline]
    pub fn capped(self) -> f64 {
        let weight = if self.scale == 0.0 { self.value } else { self.scale.exp() * self.value };
        weight.min(1.0)
    }

    /// Both values on the greater of the two scales, which keeps its value above 0.
    #[inline]
    fn aligned(self, other: Self) -> (f64, f64, f64) {
        if self.scale == other.scale {
            return (self.value, other.value, self.scale);
        }
        let scale = self.scale.max(other.scale);
        (self.value * (self.scale - scale).exp(), other.value * (other.scale - scale).exp(), scale)
    }

    /// The sum of two weights, and the share of the second in it.
    #[inline]
    fn sum_and_share(self, other: Self) -> (Self, f64) {
        let (first, second, scale) = self.aligned(other);
        let value = first + second;
        (Self { value, scale }, second / value)
    }

    /// min(1, other/self).
    #[inline]
    fn bias_toward(self, other: Self) -> f64 {
        let (first, second, _) = self.aligned(other);
        if second >= first { 1.0 } else { second / first }
    }
}

/// Why a trajectory ended. Leaves are numbered by time, with the start at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Termination<D> {
    /// The leaves from `first` to `last` turn back on themselves.
    Turning {
        /// The earliest leaf.
        first: i64,
        /// The latest leaf.
        last: i64,
    },
    /// A step diverged.
    Divergence {
        /// The leaf it would have reached.
        leaf: i64,
        /// What is known of it.
        detail: D,
    },
    /// The tree reached its greatest depth without turning.
    MaxDepth,
    /// The trajectory was told to stop; its candidate is not a valid draw.
    Interrupted,
}

/// What a tree came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth<D> {
    /// Number of completed doublings.
    pub depth: u32,
    /// Number of steps taken, that of a divergence included.
    pub steps: u32,
    /// Sum of the acceptance probabilities over all steps.
    pub acceptance_sum: f64,
    /// Why the tree stopped growing.
    pub termination: Termination<D>,
}

/// Grows a trajectory from its starting leaf, `start`, of weight 1.
///
/// Doubling number k goes in the direction of bit k of `directions`. Inside a doubling the candidate is a
/// multinomial sample of its leaves; between the old tree and its doubling the choice is biased
/// toward the new one (biased progressive sampling, Betancourt, 2017, arXiv:1701.02434, appendix
/// A.3.2). A doubling that turns or diverges within itself is dropped. On return the candidate of
/// `start` is the next state.
pub fn grow<T: Trajectory>(
    trajectory: &mut T,
    start: &mut T::Span,
    directions: u32,
    max_depth: u32,
) -> Result<Growth<T::Divergence>, T::Failure> {
    let mut tree = Tree { trajectory, ends: [0, 0], steps: 0, acceptance_sum: 0.0, stop: None };
    let mut weight = Weight::ONE;
    let mut depth = 0;
    let termination = loop {
        if depth == max_depth {
            break Termination::MaxDepth;
        }
        if tree.trajectory.interrupted(depth) {
            break Termination::Interrupted;
        }
        let direction = Direction::from_bits(directions, depth);
        let Some((extension, extension_weight)) = tree.subtree(depth, direction) else {
            match tree.stop {
                Some(Stop::Ended(termination)) => break termination,
                Some(Stop::Failed(failure)) => return Err(failure),
                None => break Termination::Interrupted,
            }
        };
        depth += 1;
        tree.trajectory.choose(start, &extension, weight.bias_toward(extension_weight));
        weight = weight.sum_and_share(extension_weight).0;
        if tree.trajectory.join(start, extension, direction) {
            let [first, last] = tree.ends;
            break Termination::Turning { first, last };
        }
    };
    let Tree { steps, acceptance_sum, .. } = tree;
    Ok(Growth { depth, steps, acceptance_sum, termination })
}

/// The part of a tree that all its subtrees share.
struct Tree<'a, T: Trajectory> {
    trajectory: &'a mut T,
    /// The earliest and the latest leaf reached.
    ends: [i64; 2],
    steps: u32,
    acceptance_sum: f64,
    /// Why the last subtree is none; here, so that subtrees are returned in registers.
    stop: Option<Stop<T::Divergence, T::Failure>>,
}

/// Why a subtree is none.
enum Stop<D, F> {
    Ended(Termination<D>),
    Failed(F),
}

/// A subtree's span and weight; without one, the tree knows why.
type Subtree<T> = Option<(<T as Trajectory>::Span, Weight)>;

impl<T: Trajectory> Tree<'_, T> {
    /// The next 2^depth leaves in a direction.
    fn subtree(&mut self, depth: u32, direction: Direction) -> Subtree<T> {
        let near_leaf = self.ends[direction as usize] + i64::from(direction.sign());
        // Pairs of leaves without recursion, which halves the calls.
        let ((mut near, near_weight), (far, far_weight)) = match depth {
            0 => return self.leaf(direction),
            1 => (self.leaf(direction)?, self.leaf(direction)?),
            _ => (self.subtree(depth - 1, direction)?, self.subtree(depth - 1, direction)?),
        };
        let (weight, far_share) = near_weight.sum_and_share(far_weight);
        self.trajectory.choose(&mut near, &far, far_share);
        if self.trajectory.join(&mut near, far, direction) {
            let far_leaf = self.ends[direction as usize];
            let (first, last) = (near_leaf.min(far_leaf), near_leaf.max(far_leaf));
            self.stop = Some(Stop::Ended(Termination::Turning { first, last }));
            return None;
        }
        Some((near, weight))
    }

    #[inline]
    fn leaf(&mut self, direction: Direction) -> Subtree<T> {
        self.steps += 1;
        let end = &mut self.ends[direction as usize];
        *end += i64::from(direction.sign());
        match self.trajectory.step(direction) {
            Ok(Step::Leaf { span, weight, acceptance }) => {
                self.acceptance_sum += acceptance;
                return Some((span, weight));
            }
            Ok(Step::Divergence { detail, acceptance }) => {
                self.acceptance_sum += acceptance;
                self.stop = Some(Stop::Ended(Termination::Divergence { leaf: *end, detail }));
            }
            Err(failure) => self.stop = Some(Stop::Failed(failure)),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_any_size_add_and_compare() {
        let logs = [-1e300, -1e4, -700.0, -500.5, -499.0, -1.0, 0.0, 2.0, 499.0, 501.0, 1e4, 1e300];
        for a in logs {
            assert_eq!(Weight::from_log(a).capped(), a.exp().min(1.0), "{a}");
            for b in logs {
                let (sum, share) = Weight::from_log(a).sum_and_share(Weight::from_log(b));
                let expected = 1.0 / (1.0 + (a - b).exp());
                assert!((share - expected).abs() < 1e-12, "{a} {b}: {share}");
                let log = sum.value.ln() + sum.scale;
                let expected = a.max(b) + (-(a - b).abs()).exp().ln_1p();
                assert!((log - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{a} {b}: {log}");
                let bias = Weight::from_log(a).bias_toward(Weight::from_log(b));
                assert!((bias - (b - a).exp().min(1.0)).abs() < 1e-12, "{a} {b}: {bias}");
            }
        }
    }
}
