//! Independence steps between trajectories, for densities of few dimensions.
//!
//! What is left of a hierarchical model after everything conjugate was integrated out has few dimensions and a smooth,
//! nearly normal density. There a proposal that does not depend on where the chain is can be drawn from an approximation
//! of the posterior and accepted with Metropolis' probability (Tierney 1994, *Markov chains for exploring posterior
//! distributions*, Annals of Statistics 22, section 2.3.3): one evaluation of the density makes a draw that owes nothing to
//! the one before, where a trajectory takes several gradients and returns a draw that does.
//!
//! The approximation is a [`Mixture`] of Student t distributions with heavy tails, fitted to the chain's own warmup a few
//! times. Every fifth transition stays a trajectory: it follows the density wherever it goes, into tails and ridges that
//! the mixture does not know, and tells divergences and energies as ever. After warmup nothing changes any more. A chain
//! whose proposals were rarely accepted at the end of warmup, or whose trajectories diverged once the metric had settled,
//! makes no independence steps at all.

mod mixture;

use crate::density::{DensityError, LogDensity, evaluate};
use crate::point::Point;
use crate::schedule::Schedule;
use crate::stream::Stream;
use crate::transition::{Ending, Transition};
use mixture::{MOST_DIMENSIONS, Mixture};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Of so many transitions one is a trajectory.
const PERIOD: usize = 5;
/// When warmup begins to keep draws, in hundredths of it.
const KEEPS_FROM: usize = 4;
/// When mixtures are fitted, in hundredths of the warmup. The last but the rest of the warmup, which judges it.
const FITS: [usize; 4] = [12, 25, 50, 85];
/// From when on a divergence speaks against independence steps, in hundredths of the warmup.
const SETTLED: usize = 25;
/// Mean acceptance probability below which proposals are not worth their evaluations.
const LEAST_ACCEPTANCE: f64 = 0.5;
/// Proposals needed to judge a mixture.
const FEWEST_PROPOSALS: u32 = 20;

/// The proposals of one chain.
#[derive(Debug, Clone)]
pub(crate) struct Independence {
    warmup: usize,
    keeps_from: usize,
    /// Draws of the warmup, one after the other.
    draws: Vec<f64>,
    proposal: Option<Mixture>,
    /// log π - log q at the chain's point, as long as it is there.
    log_ratio: Option<f64>,
    candidate: Point,
    /// Sum of acceptance probabilities since the last fit, and their number.
    acceptance: (f64, u32),
    diverged: bool,
}

impl Independence {
    /// Proposals for a chain of so many dimensions; `None` where there are too many, or no warmup.
    pub fn new(dimension: usize, schedule: &Schedule) -> Option<Self> {
        let warmup = schedule.warmup;
        let last_change = schedule.coordinates.last().copied().unwrap_or(0);
        ((1..=MOST_DIMENSIONS).contains(&dimension) && warmup > 0).then(|| Self {
            warmup,
            keeps_from: (warmup * KEEPS_FROM / 100).max(last_change),
            draws: Vec::new(),
            proposal: None,
            log_ratio: None,
            candidate: Point::zeros(dimension),
            acceptance: (0.0, 0),
            diverged: false,
        })
    }

    /// Whether transition number `transition`, of its phase, is an independence step.
    pub fn applies(&self, transition: usize) -> bool {
        self.proposal.is_some() && !transition.is_multiple_of(PERIOD)
    }

    /// Learns from where warmup transition number `transition` led.
    pub fn observe(&mut self, transition: usize, record: &Transition, position: &[f64]) {
        if transition < self.keeps_from {
            return;
        }
        self.draws.extend_from_slice(position);
        let percent = |p: &usize| self.warmup * p / 100;
        self.diverged |= record.divergence().is_some() && transition >= percent(&SETTLED);
        if self.diverged {
            self.proposal = None;
        } else if FITS.iter().map(percent).any(|fit| fit == transition + 1) {
            self.fit(position.len());
        }
    }

    /// Fits a mixture to the later three quarters of the draws.
    fn fit(&mut self, dimension: usize) {
        let count = self.draws.len() / dimension;
        let later = count / 4 * dimension;
        self.proposal =
            (count >= 20 * (dimension + 1)).then(|| Mixture::fit(&self.draws[later..], dimension)).flatten();
        self.log_ratio = None;
        self.acceptance = (0.0, 0);
    }

    /// Ends the warmup: from here on nothing changes. Without a mixture that has proved itself there will be no steps.
    pub fn freeze(&mut self) {
        let (sum, count) = self.acceptance;
        if count < FEWEST_PROPOSALS || sum < LEAST_ACCEPTANCE * f64::from(count) {
            self.proposal = None;
        }
        self.draws = Vec::new();
    }

    /// Forgets where the chain is: something else moved it.
    pub fn moved(&mut self) {
        self.log_ratio = None;
    }

    /// Proposes a position and takes it, or leaves `point` where it is. After an error the point is unchanged.
    ///
    /// A position that the density refuses has probability 0 and is not taken.
    pub fn transition<D: LogDensity>(
        &mut self,
        density: &D,
        point: &mut Point,
        stream: &mut Stream,
        scratch: &mut D::Scratch,
    ) -> Result<Transition, DensityError> {
        let Self { proposal: Some(mixture), candidate, .. } = self else {
            return Ok(Transition::still(point.log_density));
        };
        let log_ratio = *self.log_ratio.get_or_insert_with(|| point.log_density - mixture.log_density(&point.position));
        mixture.draw(stream, &mut candidate.position);
        let level = stream.random::<f64>();
        let proposed = match evaluate(density, &candidate.position, &mut candidate.gradient, scratch) {
            Ok(log_density) => {
                candidate.log_density = log_density;
                log_density - mixture.log_density(&candidate.position)
            }
            Err(DensityError::Rejected(_)) => f64::NEG_INFINITY,
            Err(failed) => return Err(failed),
        };
        let acceptance = (proposed - log_ratio).exp().min(1.0);
        let accepted = level < acceptance;
        if accepted {
            std::mem::swap(point, candidate);
            self.log_ratio = Some(proposed);
        }
        self.acceptance.0 += acceptance;
        self.acceptance.1 += 1;
        Ok(Transition {
            ending: Ending::Independence,
            depth: 0,
            leapfrogs: 0,
            acceptance,
            energy: kinetic_energy(point.position.len(), stream) - point.log_density,
            offset: i32::from(accepted),
        })
    }
}

/// ½ pᵀM⁻¹p of a momentum p ~ Normal(0, M): half a chi squared number. With it energies of these steps are as comparable
/// as those of trajectories, which begin with such a momentum.
fn kinetic_energy(dimension: usize, stream: &mut Stream) -> f64 {
    let square = |_| {
        let z: f64 = StandardNormal.sample(stream);
        z * z
    };
    0.5 * (0..dimension).map(square).sum::<f64>()
}
