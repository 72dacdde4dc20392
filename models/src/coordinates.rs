//! The working coordinates of a chain: how far each level of a hierarchy is centred.
//!
//! Centring suits levels whose data tell more than their prior, not centring those whose data tell less. Each level has
//! a weight between the two ([`centring`](crate::compiler::centring)): about s² I/(1 + s² I), with s the scale and I the
//! curvature of the log likelihood by the level's value, from the difference of two gradients. It starts from the middle of
//! the prior, and is taken anew from the warmup draws of the chain until it is frozen with the rest of the adaptation.

use crate::compiler::compiled::SampledBlock;
use crate::posterior::{Posterior, ScalarName};
use crate::program::execute::{self, Workspace};
use crate::resolve::Role;
use polya_engine::{DensityError, LogDensity, WarmupWindow};

/// The step of a standardised residual over which curvatures are taken.
const STEP: f64 = 0.1;

/// Fewest states to choose from.
const FEWEST_STATES: usize = 8;

/// What a chain needs to evaluate a posterior: its memory, and its working coordinates.
#[derive(Clone, Debug)]
pub struct Scratch {
    pub(crate) density: Workspace,
    /// For the nodes of the coordinates: in working ones, and in reported ones, which are not centred.
    working: Workspace,
    reported: Workspace,
}

impl Scratch {
    pub(crate) fn new(posterior: &Posterior) -> Self {
        let coordinates = &posterior.coordinates;
        let reported = Workspace::forward_only(coordinates);
        let mut scratch = Self { density: Workspace::new(&posterior.density), working: reported.clone(), reported };
        scratch.set_weights(&posterior.starting_weights);
        scratch
    }

    /// How far each level of the hierarchies that are centred in part is centred, 0 to 1, block by block.
    pub fn weights(&self) -> &[f64] {
        &self.density.weights
    }

    /// Changes the weights; fewer or more than there are change none.
    pub fn set_weights(&mut self, weights: &[f64]) {
        if weights.len() == self.density.weights.len() {
            self.density.weights.copy_from_slice(weights);
            self.working.weights.copy_from_slice(weights);
        }
    }
}

/// The nodes of one block, evaluated at a position.
struct Level<'a> {
    residual: &'a [f64],
    location: &'a [f64],
    log_scale: &'a [f64],
}

impl Level<'_> {
    /// Residual, location and log scale of level `i`.
    fn at(&self, i: usize) -> (f64, f64, f64) {
        let one = |values: &[f64]| values[if values.len() == 1 { 0 } else { i }];
        (one(self.residual), one(self.location), one(self.log_scale))
    }
}

impl Posterior {
    /// Blocks that are centred in part, in the order of their weights.
    pub(crate) fn partial_blocks(&self) -> impl Iterator<Item = &SampledBlock> {
        self.compiled().sampled.iter().filter(|b| b.partial.is_some())
    }

    /// The levels that are centred in part, in the order of their weights.
    pub fn centred_levels(&self) -> Vec<ScalarName> {
        let name = |block: &SampledBlock, i: usize| ScalarName {
            variable: block.name.clone(),
            levels: block.shape.labels(self.bound(), i),
            role: Role::Parameter,
        };
        self.partial_blocks().flat_map(|block| (0..block.size).map(move |i| name(block, i))).collect()
    }

    /// The nodes of block number `i` after a run of the coordinates.
    fn level<'a>(&'a self, work: &'a Workspace, i: usize) -> Level<'a> {
        let array = |j: usize| work.array(&self.coordinates, &self.coordinates.outputs[3 * i + j]);
        Level { residual: array(0), location: array(1), log_scale: array(2) }
    }

    /// Writes the reported coordinates of a position, after a run of the coordinates there.
    fn copy_reported(&self, position: &[f64], working: &Workspace, reported: &mut [f64]) {
        reported.copy_from_slice(position);
        for (b, block) in self.partial_blocks().enumerate() {
            let level = self.level(working, b);
            for i in 0..block.size {
                reported[block.offset + i] = level.at(i).0;
            }
        }
    }

    /// The weights that what the data tell of each level suggests, at the middle of the prior.
    pub(crate) fn weights_from_prior(&self) -> Vec<f64> {
        let position = vec![0.0; self.dimension()];
        let mut scratch = Scratch::new(self);
        let ratios = self.information_ratios(&position, &mut scratch);
        ratios.iter().map(|ratio| if *ratio > 0.0 { ratio / (1.0 + ratio) } else { 0.0 }).collect()
    }

    /// s² I of each level at a position in reported coordinates, I being the curvature of the log likelihood by the value
    /// of the level with all else held.
    fn information_ratios(&self, reported: &[f64], scratch: &mut Scratch) -> Vec<f64> {
        let dimension = reported.len();
        let mut position = reported.to_vec();
        let (mut above, mut below) = (vec![0.0; dimension], vec![0.0; dimension]);
        let weights = std::mem::replace(&mut scratch.density.weights, vec![0.0; scratch.reported.weights.len()]);
        let mut ratios = Vec::with_capacity(weights.len());
        for block in self.partial_blocks() {
            let own = block.offset..block.offset + block.size;
            // Levels of one block seldom share rows: one step of all gives the curvature of each.
            let mut gradient_at = |step: f64, gradient: &mut [f64]| {
                own.clone().for_each(|i| position[i] = reported[i] + step);
                let value = execute::log_density_gradient(&self.density, &mut scratch.density, &position, gradient);
                own.clone().for_each(|i| position[i] = reported[i]);
                value.is_finite()
            };
            let known = gradient_at(STEP, &mut above) && gradient_at(-STEP, &mut below);
            // By the standardised residual the curvature of the prior is 1, and that of the data s² I.
            ratios.extend(own.clone().map(|i| if known { (below[i] - above[i]) / (2.0 * STEP) - 1.0 } else { 0.0 }));
        }
        scratch.density.weights = weights;
        ratios
    }

    /// The weights that the states of a window suggest: what the data tell is taken at four of them.
    fn weights_from_states(&self, window: WarmupWindow<'_>, scratch: &mut Scratch) -> Vec<f64> {
        let levels = scratch.weights().len();
        let (mut information, mut log_scales) = (vec![0.0; levels], Vec::with_capacity(window.count() * levels));
        let asked = [1, 2, 3, 4].map(|quarter| window.count() * quarter / 4 - 1);
        for (state, (position, _)) in window.states().enumerate() {
            execute::forward(&self.coordinates, &mut scratch.working, position);
            let first = log_scales.len();
            for (b, block) in self.partial_blocks().enumerate() {
                let level = self.level(&scratch.working, b);
                log_scales.extend((0..block.size).map(|i| level.at(i).2));
            }
            if asked.contains(&state) {
                let mut reported = vec![0.0; position.len()];
                self.copy_reported(position, &scratch.working, &mut reported);
                let ratios = self.information_ratios(&reported, scratch);
                for ((total, ratio), log_scale) in information.iter_mut().zip(&ratios).zip(&log_scales[first..]) {
                    *total += ratio.max(0.0) * (-2.0 * log_scale).exp() / asked.len() as f64;
                }
            }
        }
        let weight = |(j, information): (usize, &f64)| {
            centring_weight(*information, log_scales.iter().skip(j).step_by(levels).copied())
        };
        information.iter().enumerate().map(weight).collect()
    }
}

/// The weight of a level of which the data tell so much, given draws of its log scale.
///
/// Given the scale s, log Var(t) changes with log s by 2 w - 2 s² I/(1 + s² I): the best weight is s² I/(1 + s² I), as if
/// only one scale were possible. Over the draws it is taken a standard deviation below its mean, since too much centring
/// makes a funnel where the scale is small, and too little only some correlation.
fn centring_weight(information: f64, log_scales: impl Iterator<Item = f64>) -> f64 {
    if information.is_nan() || information <= 0.0 {
        return 0.0;
    }
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for log_scale in log_scales {
        let weight = crate::special::inv_logit(2.0 * log_scale + information.ln());
        count += 1.0;
        let before = weight - mean;
        mean += before / count;
        squares += before * (weight - mean);
    }
    (mean - (squares / count).sqrt()).clamp(0.0, 1.0)
}

impl LogDensity for Posterior {
    type Scratch = Scratch;

    fn dimension(&self) -> usize {
        self.compiled().graph.dimension()
    }

    fn scratch(&self) -> Scratch {
        Scratch::new(self)
    }

    fn log_density(&self, position: &[f64], gradient: &mut [f64], scratch: &mut Scratch) -> Result<f64, DensityError> {
        Ok(execute::log_density_gradient(&self.density, &mut scratch.density, position, gradient))
    }

    fn adapts_coordinates(&self) -> bool {
        self.compiled().graph.weights() > 0
    }

    fn adapt_coordinates(&self, window: WarmupWindow<'_>, scratch: &mut Scratch) -> bool {
        if window.count() < FEWEST_STATES {
            return false;
        }
        let weights = self.weights_from_states(window, scratch);
        let changed = weights != scratch.weights();
        scratch.set_weights(&weights);
        changed
    }

    fn to_reported(&self, position: &[f64], scratch: &mut Scratch, reported: &mut [f64]) {
        execute::forward(&self.coordinates, &mut scratch.working, position);
        self.copy_reported(position, &scratch.working, reported);
    }

    fn to_working(&self, reported: &[f64], scratch: &mut Scratch, position: &mut [f64]) {
        position.copy_from_slice(reported);
        execute::forward(&self.coordinates, &mut scratch.reported, reported);
        let mut first = 0;
        for (b, block) in self.partial_blocks().enumerate() {
            let level = self.level(&scratch.reported, b);
            for i in 0..block.size {
                let (z, location, log_scale) = level.at(i);
                let w = scratch.density.weights[first + i];
                position[block.offset + i] = w * location + (w * log_scale).exp() * z;
            }
            first += block.size;
        }
    }
}
