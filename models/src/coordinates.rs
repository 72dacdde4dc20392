//! The working coordinates of a chain: how far each level of a hierarchy is centred.
//!
//! Centring suits levels whose data tell more than their prior, not centring those whose data tell less. Each level has
//! a weight between the two ([`centring`](crate::compiler::centring)): about s² I/(1 + s² I), with s the scale and I the
//! curvature of the log likelihood by the level's value. It starts from the curvature at the middle of the prior, and is
//! taken anew from the warmup draws of the chain and their gradients, at no further cost, until it is frozen with the
//! rest of the adaptation.

use crate::compiler::compiled::SampledBlock;
use crate::posterior::{Posterior, ScalarName};
use crate::program::execute::{self, Workspace};
use crate::resolve::Role;
use polya_engine::{DensityError, LogDensity, WarmupWindow};

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
    fn level<'a>(&'a self, work: &'a Workspace, position: &'a [f64], i: usize) -> Level<'a> {
        let array = |j: usize| {
            let (place, size) = self.coordinates.outputs[3 * i + j];
            work.array(&self.coordinates, position, place, size)
        };
        Level { residual: array(0), location: array(1), log_scale: array(2) }
    }

    /// The weights that what the data tell of each level suggests, at the middle of the prior.
    pub(crate) fn weights_from_information(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.compiled().graph.weights()];
        let mut scratch = Scratch::new(self);
        let dimension = self.dimension();
        let mut position = vec![0.0; dimension];
        let (mut above, mut below) = (vec![0.0; dimension], vec![0.0; dimension]);
        let mut first = 0;
        for block in self.partial_blocks() {
            let own = block.offset..block.offset + block.size;
            // Levels of one block seldom share rows: one step of all gives the curvature of each.
            let step = 0.5;
            let mut gradient_at = |step: f64, gradient: &mut [f64]| {
                position[own.clone()].fill(step);
                let value = execute::log_density_gradient(&self.density, &mut scratch.density, &position, gradient);
                position[own.clone()].fill(0.0);
                value.is_finite()
            };
            if gradient_at(step, &mut above) && gradient_at(-step, &mut below) {
                for (weight, i) in weights[first..].iter_mut().zip(own) {
                    // Not centred, the curvature of the prior is 1 and that of the data s² I.
                    let information = (below[i] - above[i]) / (2.0 * step) - 1.0;
                    *weight = if information > 0.0 { information / (1.0 + information) } else { 0.0 };
                }
            }
            first += block.size;
        }
        weights
    }

    /// The weights that the states of a window suggest.
    fn weights_from_states(&self, window: WarmupWindow<'_>, scratch: &mut Scratch) -> Vec<f64> {
        let mut slopes = vec![Slope::default(); scratch.weights().len()];
        let mut log_scales = Vec::with_capacity(window.count() * slopes.len());
        for (position, gradient) in window.states() {
            execute::forward(&self.coordinates, &mut scratch.working, position);
            let mut first = 0;
            for (b, block) in self.partial_blocks().enumerate() {
                let level = self.level(&scratch.working, position, b);
                for i in 0..block.size {
                    let (z, location, log_scale) = level.at(i);
                    let w = scratch.density.weights[first + i];
                    // The gradient by the value of the level, the prior's part taken off.
                    let by_residual = gradient[block.offset + i] * (w * log_scale).exp() + z;
                    slopes[first + i].add(location + log_scale.exp() * z, by_residual * (-log_scale).exp());
                    log_scales.push(log_scale);
                }
                first += block.size;
            }
        }
        let levels = slopes.len();
        let weight = |(j, slope): (usize, &Slope)| {
            centring_weight(slope.information(), log_scales.iter().skip(j).step_by(levels).copied())
        };
        slopes.iter().enumerate().map(weight).collect()
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

/// Running moments of the values of a level and the gradients of its likelihood (Welford 1962).
#[derive(Clone, Copy, Debug, Default)]
struct Slope {
    count: f64,
    value: f64,
    gradient: f64,
    square: f64,
    product: f64,
}

impl Slope {
    fn add(&mut self, value: f64, gradient: f64) {
        self.count += 1.0;
        let before = value - self.value;
        self.value += before / self.count;
        self.gradient += (gradient - self.gradient) / self.count;
        self.square += before * (value - self.value);
        self.product += before * (gradient - self.gradient);
    }

    /// The curvature of the log likelihood: how its gradient falls with the value.
    fn information(&self) -> f64 {
        -self.product / self.square
    }
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
        reported.copy_from_slice(position);
        execute::forward(&self.coordinates, &mut scratch.working, position);
        for (b, block) in self.partial_blocks().enumerate() {
            let level = self.level(&scratch.working, position, b);
            for i in 0..block.size {
                reported[block.offset + i] = level.at(i).0;
            }
        }
    }

    fn to_working(&self, reported: &[f64], scratch: &mut Scratch, position: &mut [f64]) {
        position.copy_from_slice(reported);
        execute::forward(&self.coordinates, &mut scratch.reported, reported);
        let mut first = 0;
        for (b, block) in self.partial_blocks().enumerate() {
            let level = self.level(&scratch.reported, reported, b);
            for i in 0..block.size {
                let (z, location, log_scale) = level.at(i);
                let w = scratch.density.weights[first + i];
                position[block.offset + i] = w * location + (w * log_scale).exp() * z;
            }
            first += block.size;
        }
    }
}
