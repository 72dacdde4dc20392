//! Independence steps beside trajectories, where a proposal that knows nothing of the chain's place does better.
//!
//! A proposal is drawn from an approximation of the posterior, whatever the chain's position, and accepted with Metropolis'
//! probability (Tierney 1994, *Markov chains for exploring posterior distributions*, Annals of Statistics 22, section
//! 2.3.3). It costs one evaluation of the density, and what it returns owes nothing to the draw before. The approximation is
//! a [`Mixture`] of Student t distributions, fitted to the chain's own warmup a few times. There are two uses:
//!
//! - *In few dimensions*, for all coordinates at once, by a mixture for each block of coordinates that the draws show no
//!   dependence between. What is left of a hierarchical model after everything conjugate was integrated out is of that
//!   kind, and nearly normal. Four of five draws are then made by such steps, up to three each, until it is unlikely that
//!   the chain still stands where it stood. Every fifth stays a trajectory: it follows the density into tails and ridges
//!   that the mixture does not know, and tells divergences and energies as ever.
//! - *In many dimensions*, for single coordinates that trajectories move slowly, such as the scale of a hierarchy whose
//!   groups tell little of it. Every trajectory is followed by one or two steps for each of them, with all others held but for
//!   those that [follow](followers) it, or that the density itself [carries along](LogDensity::carry).
//!
//! After warmup nothing changes any more. Proposals that were not accepted often enough at the end of warmup are not made,
//! though those of all coordinates have saved trajectories until then; and none for all coordinates where trajectories
//! diverged once the metric had settled: there the trajectories are needed, all of them, to tell how bad it is.

mod blocks;
mod followers;
mod mixture;

use crate::density::{DensityError, LogDensity, evaluate};
use crate::point::Point;
use crate::schedule::Schedule;
use crate::stream::Stream;
use crate::transition::{Ending, Transition};
use blocks::independent_blocks;
use followers::Followers;
use mixture::{MOST_DIMENSIONS, Mixture};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Of so many transitions one is a trajectory, where steps are for all coordinates.
const PERIOD: usize = 5;
/// When warmup begins to keep draws, in hundredths of it.
const KEEPS_FROM: usize = 2;
/// When mixtures are fitted, in hundredths of the warmup: of all coordinates early, to save trajectories, and of slow ones
/// when the metric has settled. The rest of the warmup judges the last.
const FITS: [usize; 5] = [5, 12, 25, 50, 85];
const FITS_OF_SLOW: [usize; 2] = [50, 85];
/// From when on divergences speak against steps of all coordinates, in hundredths of the warmup, and how many do: a single
/// one may be the step size's, which still moves.
const SETTLED: usize = 50;
const DIVERGENCES: u32 = 2;
/// Mean acceptance probability below which proposals are not worth their evaluations: of all coordinates, which stand in for
/// a trajectory, and of single ones, which follow it.
const LEAST_ACCEPTANCE: [f64; 2] = [0.75, 0.15];
/// The probability of staying that steps one after the other aim at, and their largest number, of all coordinates (as many
/// as a trajectory of few dimensions has) and of slow ones.
const STAYING: f64 = 0.05;
const MOST_REPEATS: [usize; 2] = [3, 2];
/// Proposals needed to judge a mixture.
const FEWEST_PROPOSALS: u32 = 20;
/// Correlation of successive draws above which a coordinate is slow, and in standard errors: of hundreds of coordinates
/// some seem slow by chance.
const SLOW: (f64, f64) = (0.2, 3.5);
/// Most single coordinates with steps of their own.
const MOST_SLOW: usize = 4;
/// Fewest draws by which a coordinate is called slow.
const FEWEST_DRAWS: usize = 40;

/// The proposals of one chain.
#[derive(Debug, Clone)]
pub(crate) struct Independence {
    warmup: usize,
    keeps_from: usize,
    /// Draws of the warmup, one after the other.
    draws: Vec<f64>,
    candidate: Point,
    proposals: Vec<Proposal>,
    /// Since the metric has settled.
    divergences: u32,
}

/// A proposal for some coordinates.
#[derive(Debug, Clone)]
struct Proposal {
    coordinates: Vec<usize>,
    /// Independent parts of them, each with its approximation; none before the first fit.
    parts: Vec<(Vec<usize>, Mixture)>,
    /// What goes along with a slow coordinate.
    followers: Option<Followers>,
    /// Steps one after the other.
    repeats: usize,
    /// Sum of acceptance probabilities since the last fit, and their number.
    acceptance: (f64, u32),
}

/// Proposals made, and how many of them were taken.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Steps {
    pub proposals: u64,
    pub accepted: u64,
}

impl Steps {
    fn add(&mut self, accepted: bool) {
        self.proposals += 1;
        self.accepted += u64::from(accepted);
    }
}

impl Independence {
    /// Proposals for a chain of so many dimensions; `None` without a warmup to learn from.
    pub fn new(dimension: usize, schedule: &Schedule) -> Option<Self> {
        let warmup = schedule.warmup;
        let last_change = schedule.coordinates.last().copied().unwrap_or(0);
        (dimension > 0 && warmup > 0).then(|| Self {
            warmup,
            keeps_from: (warmup * KEEPS_FROM / 100).max(last_change),
            draws: Vec::new(),
            candidate: Point::zeros(dimension),
            proposals: Vec::new(),
            divergences: 0,
        })
    }

    fn dimension(&self) -> usize {
        self.candidate.position.len()
    }

    /// Whether proposals are for all coordinates.
    fn is_whole(&self) -> bool {
        self.dimension() <= MOST_DIMENSIONS
    }

    /// Whether transition number `transition`, of its phase, is an independence step and no trajectory.
    pub fn replaces(&self, transition: usize) -> bool {
        let ready = self.proposals.first().is_some_and(|proposal| proposal.is_fitted());
        self.is_whole() && ready && !transition.is_multiple_of(PERIOD)
    }

    /// Learns from where warmup transition number `transition` led.
    pub fn observe<D: LogDensity>(
        &mut self,
        transition: usize,
        record: &Transition,
        position: &[f64],
        density: &D,
        scratch: &mut D::Scratch,
    ) {
        if transition < self.keeps_from {
            return;
        }
        self.draws.extend_from_slice(position);
        let percent = |p: &usize| self.warmup * p / 100;
        self.divergences += u32::from(record.divergence().is_some() && transition >= percent(&SETTLED));
        if self.is_whole() && self.divergences >= DIVERGENCES {
            self.proposals.clear();
            return;
        }
        let fits: &[usize] = if self.is_whole() { &FITS } else { &FITS_OF_SLOW };
        if fits.iter().map(percent).any(|fit| fit == transition + 1) {
            self.fit(density, scratch);
        }
    }

    /// Fits mixtures to the later three quarters of the draws.
    fn fit<D: LogDensity>(&mut self, density: &D, scratch: &mut D::Scratch) {
        let d = self.dimension();
        let later = self.draws.len() / d / 4 * d;
        let draws = &self.draws[later..];
        if self.is_whole() && self.proposals.is_empty() {
            self.proposals.push(Proposal::of((0..d).collect()));
        } else if !self.is_whole() {
            // A coordinate with steps of its own is slow no more, and keeps them.
            let known: Vec<usize> = self.proposals.iter().flat_map(|proposal| proposal.coordinates.clone()).collect();
            let slow = slow_coordinates(draws, d).into_iter().filter(|i| !known.contains(i));
            self.proposals.extend(slow.take(MOST_SLOW.saturating_sub(known.len())).map(|i| Proposal::of(vec![i])));
        }
        for proposal in &mut self.proposals {
            proposal.fit(draws, d);
            if let &[slow] = proposal.coordinates.as_slice() {
                let carried = carried_by(slow, draws, d, density, scratch);
                proposal.followers = Some(Followers::fit(draws, d, slow, &carried));
            }
        }
    }

    /// Ends the warmup: from here on nothing changes. Proposals that have not proved themselves are dropped.
    pub fn freeze(&mut self) {
        let least = LEAST_ACCEPTANCE[usize::from(!self.is_whole())];
        self.proposals.retain(|proposal| {
            let (sum, count) = proposal.acceptance;
            count >= FEWEST_PROPOSALS && sum >= least * f64::from(count)
        });
        let most = MOST_REPEATS[usize::from(!self.is_whole())];
        self.proposals.iter_mut().for_each(|proposal| proposal.repeats = proposal.repeats_needed().min(most));
        self.draws = Vec::new();
    }

    /// A transition of independence steps, and how many there were. After an error the point is unchanged since the last.
    pub fn transition<D: LogDensity>(
        &mut self,
        density: &D,
        point: &mut Point,
        stream: &mut Stream,
        scratch: &mut D::Scratch,
    ) -> Result<(Transition, Steps), DensityError> {
        let mut steps = Steps::default();
        let mut acceptance = 0.0;
        for proposal in &mut self.proposals {
            for _ in 0..proposal.repeats {
                let (probability, accepted) = proposal.step(density, point, &mut self.candidate, stream, scratch)?;
                acceptance += probability / proposal.repeats as f64;
                steps.add(accepted);
            }
        }
        let record = Transition {
            ending: Ending::Independence,
            depth: 0,
            leapfrogs: 0,
            acceptance,
            energy: kinetic_energy(point.position.len(), stream) - point.log_density,
            offset: i32::from(steps.accepted > 0),
        };
        Ok((record, steps))
    }

    /// Follows a trajectory by a step for each slow coordinate, and adds to its record what they changed.
    pub fn follow<D: LogDensity>(
        &mut self,
        density: &D,
        record: &mut Transition,
        point: &mut Point,
        stream: &mut Stream,
        scratch: &mut D::Scratch,
    ) -> Result<Steps, DensityError> {
        let mut steps = Steps::default();
        if self.is_whole() {
            return Ok(steps);
        }
        for proposal in self.proposals.iter_mut().filter(|proposal| proposal.is_fitted()) {
            for _ in 0..proposal.repeats {
                let before = point.log_density;
                let (_, accepted) = proposal.step(density, point, &mut self.candidate, stream, scratch)?;
                steps.add(accepted);
                if accepted {
                    record.energy += before - point.log_density;
                    record.offset = if record.offset == 0 { 1 } else { record.offset };
                }
            }
        }
        Ok(steps)
    }
}

impl Proposal {
    fn of(coordinates: Vec<usize>) -> Self {
        Self { coordinates, parts: Vec::new(), followers: None, repeats: 1, acceptance: (0.0, 0) }
    }

    fn fit(&mut self, draws: &[f64], dimension: usize) {
        let of = |coordinates: &[usize]| -> Vec<f64> {
            draws.chunks_exact(dimension).flat_map(|x| coordinates.iter().map(|i| x[*i])).collect()
        };
        let blocks = independent_blocks(&of(&self.coordinates), self.coordinates.len());
        let parts = blocks.into_iter().map(|block| {
            let coordinates: Vec<usize> = block.into_iter().map(|i| self.coordinates[i]).collect();
            let mixture = Mixture::fit(&of(&coordinates), coordinates.len())?;
            Some((coordinates, mixture))
        });
        self.parts = parts.collect::<Option<_>>().unwrap_or_default();
        self.acceptance = (0.0, 0);
    }

    /// After how many steps the place before is left behind but for [`STAYING`].
    fn repeats_needed(&self) -> usize {
        let (sum, count) = self.acceptance;
        let staying = 1.0 - sum / f64::from(count.max(1));
        ((STAYING.ln() / staying.ln()).ceil() as usize).max(1)
    }

    fn is_fitted(&self) -> bool {
        !self.parts.is_empty()
    }

    /// The log density of the approximation at a position, up to a constant.
    fn log_density(&self, position: &[f64]) -> f64 {
        let one = |(coordinates, mixture): &(Vec<usize>, Mixture)| {
            let mut block = [0.0; MOST_DIMENSIONS];
            block.iter_mut().zip(coordinates).for_each(|(x, i)| *x = position[*i]);
            mixture.log_density(&block[..coordinates.len()])
        };
        self.parts.iter().map(one).sum()
    }

    /// Draws the coordinates from the approximation.
    fn draw(&self, stream: &mut Stream, position: &mut [f64]) {
        for (coordinates, mixture) in &self.parts {
            let mut block = [0.0; MOST_DIMENSIONS];
            mixture.draw(stream, &mut block[..coordinates.len()]);
            coordinates.iter().zip(block).for_each(|(i, x)| position[*i] = x);
        }
    }

    /// Proposes new values of the coordinates and takes them, or leaves `point` where it is; the acceptance probability, and
    /// whether they were taken. A position that the density refuses has probability 0.
    fn step<D: LogDensity>(
        &mut self,
        density: &D,
        point: &mut Point,
        candidate: &mut Point,
        stream: &mut Stream,
        scratch: &mut D::Scratch,
    ) -> Result<(f64, bool), DensityError> {
        if !self.is_fitted() {
            return Ok((1.0, false));
        }
        let present = point.log_density - self.log_density(&point.position);
        candidate.position.copy_from_slice(&point.position);
        self.draw(stream, &mut candidate.position);
        let jacobian = match &self.followers {
            Some(followers) => {
                let learnt = followers.carry(&mut candidate.position, point.position[self.coordinates[0]]);
                learnt + density.carry(&point.position, &mut candidate.position, scratch)
            }
            None => 0.0,
        };
        let level = stream.random::<f64>();
        let proposed = match evaluate(density, &candidate.position, &mut candidate.gradient, scratch) {
            Ok(log_density) => {
                candidate.log_density = log_density;
                log_density - self.log_density(&candidate.position) + jacobian
            }
            Err(DensityError::Rejected(_)) => f64::NEG_INFINITY,
            Err(failed) => return Err(failed),
        };
        let acceptance = (proposed - present).exp().min(1.0);
        let accepted = level < acceptance;
        if accepted {
            std::mem::swap(point, candidate);
        }
        self.acceptance.0 += acceptance;
        self.acceptance.1 += 1;
        Ok((acceptance, accepted))
    }
}

/// Which coordinates the density itself carries along with a slow one: those that do when it moves by its standard
/// deviation.
fn carried_by<D: LogDensity>(
    slow: usize,
    draws: &[f64],
    dimension: usize,
    density: &D,
    scratch: &mut D::Scratch,
) -> Vec<bool> {
    let Some(from) = draws.chunks_exact(dimension).last() else { return vec![false; dimension] };
    let values = draws.iter().skip(slow).step_by(dimension);
    let count = (draws.len() / dimension) as f64;
    let mean = values.clone().sum::<f64>() / count;
    let mut to = from.to_vec();
    to[slow] += (values.map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
    density.carry(from, &mut to, scratch);
    (0..dimension).map(|i| i != slow && to[i] != from[i]).collect()
}

/// The coordinates whose successive draws are correlated, the slowest first.
fn slow_coordinates(draws: &[f64], dimension: usize) -> Vec<usize> {
    let count = draws.len() / dimension;
    if count < FEWEST_DRAWS {
        return Vec::new();
    }
    let correlation = |i: usize| {
        let values = draws.iter().skip(i).step_by(dimension);
        let mean = values.clone().sum::<f64>() / count as f64;
        let variance = values.clone().map(|x| (x - mean).powi(2)).sum::<f64>();
        let covariance = values.clone().zip(values.skip(1)).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
        if variance > 0.0 { covariance / variance } else { 0.0 }
    };
    let limit = SLOW.0.max(SLOW.1 / (count as f64).sqrt());
    let mut slow: Vec<(usize, f64)> = (0..dimension).map(|i| (i, correlation(i))).filter(|(_, r)| *r > limit).collect();
    slow.sort_by(|a, b| b.1.total_cmp(&a.1));
    slow.into_iter().map(|(i, _)| i).collect()
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
