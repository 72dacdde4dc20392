//! What a transition leaves behind, whichever sampler made it.

use crate::density::Rejection;

/// Record of one transition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// Why the trajectory ended.
    pub ending: Ending,
    /// Number of completed doublings; 0 for static trajectories.
    pub depth: u32,
    /// Leapfrog steps taken; each costs one gradient.
    pub leapfrogs: u32,
    /// Mean Metropolis acceptance probability over the trajectory, in [0, 1]; for a static
    /// trajectory that of its end.
    pub acceptance: f64,
    /// H(q, p) at the new state with the momentum it has on its trajectory.
    pub energy: f64,
    /// Number of the chosen leaf on the trajectory; 0 if the chain stayed where it was.
    pub offset: i32,
}

impl Transition {
    /// Where there is nowhere to go: the transition of a point without coordinates.
    pub(crate) fn still(log_density: f64) -> Self {
        Self { ending: Ending::Completed, depth: 0, leapfrogs: 0, acceptance: 1.0, energy: -log_density, offset: 0 }
    }

    /// The divergence that ended the trajectory, if one did.
    pub fn divergence(&self) -> Option<Divergence> {
        match self.ending {
            Ending::Divergence(divergence) => Some(divergence),
            _ => None,
        }
    }
}

/// Why a trajectory ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ending {
    /// It turned back on itself.
    Turning,
    /// It diverged.
    Divergence(Divergence),
    /// The tree reached its greatest depth without turning.
    MaxDepth,
    /// A static trajectory reached its end.
    Completed,
    /// There was none: an independence step was made instead.
    Independence,
    /// It was told to stop, and made no draw.
    Interrupted,
}

/// A trajectory that the integrator could not follow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Divergence {
    /// H at the diverging leaf less H at the start; infinite where it is no number.
    pub energy_error: f64,
    /// Why the density refused the leaf, if it did.
    pub rejection: Option<Rejection>,
}
