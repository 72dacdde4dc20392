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

    /// Whether to stop before the next doubling.
    fn interrupted(&self) -> bool {
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
        /// Log weight, relative to that of the starting leaf.
        log_weight: f64,
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
    let mut tree = Tree { trajectory, ends: [0, 0], steps: 0, acceptance_sum: 0.0 };
    let mut log_weight = 0.0;
    let mut depth = 0;
    let termination = loop {
        if depth == max_depth {
            break Termination::MaxDepth;
        }
        if tree.trajectory.interrupted() {
            break Termination::Interrupted;
        }
        let direction = Direction::from_bits(directions, depth);
        let (extension, extension_weight) = match tree.subtree(depth, direction) {
            Ok(subtree) => subtree,
            Err(Stop::Ended(termination)) => break termination,
            Err(Stop::Failed(failure)) => return Err(failure),
        };
        depth += 1;
        let bias = (extension_weight - log_weight).exp().min(1.0);
        tree.trajectory.choose(start, &extension, bias);
        log_weight = mix(log_weight, extension_weight).0;
        if tree.trajectory.join(start, extension, direction) {
            let [first, last] = tree.ends;
            break Termination::Turning { first, last };
        }
    };
    let Tree { steps, acceptance_sum, .. } = tree;
    Ok(Growth { depth, steps, acceptance_sum, termination })
}

/// The part of a tree that all its subtrees share.
struct Tree<'a, T> {
    trajectory: &'a mut T,
    /// The earliest and the latest leaf reached.
    ends: [i64; 2],
    steps: u32,
    acceptance_sum: f64,
}

/// Why a subtree is none.
enum Stop<D, F> {
    Ended(Termination<D>),
    Failed(F),
}

/// A subtree's span and log weight.
type Subtree<T> =
    Result<(<T as Trajectory>::Span, f64), Stop<<T as Trajectory>::Divergence, <T as Trajectory>::Failure>>;

impl<T: Trajectory> Tree<'_, T> {
    /// The next 2^depth leaves in a direction.
    fn subtree(&mut self, depth: u32, direction: Direction) -> Subtree<T> {
        if depth == 0 {
            return self.leaf(direction);
        }
        let near_leaf = self.ends[direction as usize] + i64::from(direction.sign());
        let (mut near, near_weight) = self.subtree(depth - 1, direction)?;
        let (far, far_weight) = self.subtree(depth - 1, direction)?;
        let (log_weight, far_share) = mix(near_weight, far_weight);
        self.trajectory.choose(&mut near, &far, far_share);
        if self.trajectory.join(&mut near, far, direction) {
            let far_leaf = self.ends[direction as usize];
            let (first, last) = (near_leaf.min(far_leaf), near_leaf.max(far_leaf));
            return Err(Stop::Ended(Termination::Turning { first, last }));
        }
        Ok((near, log_weight))
    }

    #[inline]
    fn leaf(&mut self, direction: Direction) -> Subtree<T> {
        self.steps += 1;
        let end = &mut self.ends[direction as usize];
        *end += i64::from(direction.sign());
        match self.trajectory.step(direction).map_err(Stop::Failed)? {
            Step::Leaf { span, log_weight, acceptance } => {
                self.acceptance_sum += acceptance;
                Ok((span, log_weight))
            }
            Step::Divergence { detail, acceptance } => {
                self.acceptance_sum += acceptance;
                Err(Stop::Ended(Termination::Divergence { leaf: *end, detail }))
            }
        }
    }
}

/// The log of eᵃ + eᵇ, and the share of eᵇ in it; for finite arguments.
#[inline]
fn mix(a: f64, b: f64) -> (f64, f64) {
    let ratio = (-(a - b).abs()).exp();
    let share = if b >= a { 1.0 / (1.0 + ratio) } else { ratio / (1.0 + ratio) };
    (a.max(b) + ratio.ln_1p(), share)
}
