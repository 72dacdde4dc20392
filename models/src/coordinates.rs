//! The working coordinates of a chain: how far each level of a hierarchy is centred.
//!
//! Centring suits levels whose data tell more than their prior, not centring those whose data tell less. Each level has
//! a weight between the two ([`centring`](crate::compiler::centring)): about s² I/(1 + s² I), with s the scale and I the
//! curvature of the log likelihood by the level's value, from the difference of two gradients. It starts from the middle of
//! the prior, and is taken anew from the warmup draws of the chain until it is frozen with the rest of the adaptation.
//!
//! What the data tell of a level also says where it goes when its location or scale moves far ([`carried`]).

use crate::compiler::centring::PartialCentring;
use crate::compiler::compiled::{Compiled, SampledBlock};
use crate::compiler::density::standard;
use crate::compiler::graph::Op;
use crate::posterior::{Posterior, ScalarName};
use crate::program::execute::{self, Workspace};
use crate::program::of_cell;
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
    /// In working coordinates as well, after a move.
    moved: Workspace,
    /// What the data tell of each level that is centred in part.
    told: Vec<Told>,
}

/// What the data tell of the value of a level: about a normal log likelihood.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// Its curvature I.
    information: f64,
    /// Where it is largest, times I.
    weighted_peak: f64,
}

impl Scratch {
    pub(crate) fn new(posterior: &Posterior) -> Self {
        let coordinates = &posterior.coordinates;
        let reported = Workspace::forward_only(coordinates);
        let (working, moved) = (reported.clone(), reported.clone());
        let told = vec![Told::default(); posterior.starting_weights.len()];
        let mut scratch = Self { density: Workspace::new(&posterior.density), working, reported, moved, told };
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
            self.moved.weights.copy_from_slice(weights);
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
        (of_cell(self.residual, i), of_cell(self.location, i), of_cell(self.log_scale, i))
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
        let told = self.told_at(&position, &mut scratch);
        told.iter().map(|(ratio, _)| if *ratio > 0.0 { ratio / (1.0 + ratio) } else { 0.0 }).collect()
    }

    /// Of each level at a position in reported coordinates s² I and s g, I and g being the curvature and the slope of the
    /// log likelihood by the value of the level.
    ///
    /// Of a level that is the location of others, I and g are those of the likelihood given the level alone, the others
    /// integrated out: 1/I = 1/A + 1/B, with A where the others keep their residuals and so move with the level, and all
    /// that the data tell of them tells of it; and B where they keep their values, and all that is known of the level is
    /// that they are its children. The Newton steps g/I add. (Exact for equal normal children, and without rows of its own.)
    fn told_at(&self, reported: &[f64], scratch: &mut Scratch) -> Vec<(f64, f64)> {
        let weights = scratch.weights().to_vec();
        let mut told = Vec::with_capacity(weights.len());
        for (block, below) in self.partial_blocks().zip(&self.below) {
            scratch.density.weights.fill(0.0);
            let moving = self.curvature(block, reported.to_vec(), scratch);
            if below.is_empty() {
                told.extend(moving);
                continue;
            }
            // Levels that are wholly centred are their values.
            let mut first = 0;
            for (b, other) in self.partial_blocks().enumerate() {
                if below.contains(&b) {
                    scratch.density.weights[first..first + other.size].fill(1.0);
                }
                first += other.size;
            }
            let mut position = vec![0.0; reported.len()];
            self.to_working(reported, scratch, &mut position);
            let held = self.curvature(block, position, scratch);
            told.extend(moving.into_iter().zip(held).map(both));
        }
        scratch.density.weights.copy_from_slice(&weights);
        told
    }

    /// The curvature and the slope of the log density by the residual of each level of a block, less the prior's, from
    /// two gradients, in the coordinates that are set.
    fn curvature(&self, block: &SampledBlock, mut position: Vec<f64>, scratch: &mut Scratch) -> Vec<(f64, f64)> {
        let (mut above, mut below) = (vec![0.0; position.len()], vec![0.0; position.len()]);
        let own = block.offset..block.offset + block.size;
        let residuals = position[own.clone()].to_vec();
        // Levels of one block seldom share rows: one step of all gives the curvature of each.
        let mut gradient_at = |step: f64, gradient: &mut [f64]| {
            position[own.clone()].iter_mut().zip(&residuals).for_each(|(x, z)| *x = z + step);
            execute::log_density_gradient(&self.density, &mut scratch.density, &position, gradient).is_finite()
        };
        let known = gradient_at(STEP, &mut above) && gradient_at(-STEP, &mut below);
        let prior = |z: f64| self.prior_slope(block, z);
        let of_level = |(i, z): (usize, &f64)| {
            let (below, above) = (below[block.offset + i] - prior(z - STEP), above[block.offset + i] - prior(z + STEP));
            if known { ((below - above) / (2.0 * STEP), 0.5 * (below + above)) } else { (0.0, 0.0) }
        };
        residuals.iter().enumerate().map(of_level).collect()
    }

    /// The slope of the log prior of a block by its standardised residual z.
    fn prior_slope(&self, block: &SampledBlock, z: f64) -> f64 {
        let standard = standard(block.arguments.distribution);
        let Some(pieces) = standard.scalar().and_then(|s| s.pieces()) else { return 0.0 };
        // Degrees of freedom that are sampled are taken as few.
        let known = block.arguments.node(0).and_then(|df| self.compiled().graph.constant_of(df));
        let df = known.and_then(|df| df.first()).copied().unwrap_or(4.0);
        let (with_df, without) = ([z, df, 0.0, 1.0], [z, 0.0, 1.0]);
        let (_, slopes) = pieces.kernel.at(if pieces.kernel.arity == 4 { &with_df[..] } else { &without });
        slopes[0]
    }

    /// The weights that the states of a window suggest, and what the data tell, which is taken at four of them.
    fn weights_from_states(&self, window: WarmupWindow<'_>, scratch: &mut Scratch) -> (Vec<f64>, Vec<Told>) {
        let levels = scratch.weights().len();
        let (mut told, mut spreads) = (vec![Told::default(); levels], Vec::with_capacity(window.count() * levels));
        let asked = [1, 2, 3, 4].map(|quarter| window.count() * quarter / 4 - 1);
        for (state, (position, _)) in window.states().enumerate() {
            execute::forward(&self.coordinates, &mut scratch.working, position);
            let mut levels = Vec::with_capacity(told.len());
            for (b, block) in self.partial_blocks().enumerate() {
                let level = self.level(&scratch.working, b);
                let first = levels.len();
                levels.extend((0..block.size).map(|i| level.at(i)));
                let slope = |z: f64| self.prior_slope(block, z);
                spreads.extend(levels[first..].iter().map(|(z, _, log_scale)| (*log_scale, log_reach(*z, slope))));
            }
            if asked.contains(&state) {
                let mut reported = vec![0.0; position.len()];
                self.copy_reported(position, &scratch.working, &mut reported);
                let found = self.told_at(&reported, scratch);
                for ((told, (ratio, slope)), (z, location, log_scale)) in told.iter_mut().zip(found).zip(levels) {
                    let scale = log_scale.exp();
                    let information = ratio.max(0.0) / (scale * scale);
                    told.information += information / asked.len() as f64;
                    told.weighted_peak += (information * (location + scale * z) + slope / scale) / asked.len() as f64;
                }
            }
        }
        let weight = |(j, told): (usize, &Told)| {
            centring_weight(told.information, spreads.iter().skip(j).step_by(levels).copied())
        };
        (told.iter().enumerate().map(weight).collect(), told)
    }
}

/// Curvature and slope of a likelihood that is held between two: reciprocals of the curvatures add, and Newton steps.
fn both(((a, slope_a), (b, slope_b)): ((f64, f64), (f64, f64))) -> (f64, f64) {
    if a <= 0.0 || b <= 0.0 {
        return (a, slope_a);
    }
    let curvature = a * b / (a + b);
    (curvature, curvature * (slope_a / a + slope_b / b))
}

/// For each block that is centred in part, those of which it is part of the location or scale.
pub(crate) fn below(compiled: &Compiled) -> Vec<Vec<usize>> {
    let partial = || compiled.sampled.iter().filter_map(|block| Some((block, block.partial?)));
    let reached = |block: &SampledBlock, other: PartialCentring| {
        let own = |op: &Op| matches!(op, Op::Parameter(offset) if *offset == block.offset);
        compiled.graph.reaches(vec![other.location, other.log_scale], own)
    };
    let of =
        |block| partial().enumerate().filter(move |(_, (_, other))| reached(block, *other)).map(|(b, _)| b).collect();
    partial().map(|(block, _)| of(block)).collect()
}

/// The logarithm of the standard deviation of a level with residual z, given its scale 1, where its prior is taken as a
/// mixture of normals: λ, the precision of the one that z points to, is minus the slope of the log prior by z over z
/// (Dempster, Laird and Rubin 1980, "Iteratively reweighted least squares for linear regression when errors are
/// normal/independent distributed"). So a level far out under a Cauchy prior is held by its data alone, however small the
/// scale.
fn log_reach(z: f64, prior_slope: impl Fn(f64) -> f64) -> f64 {
    let z = z.abs().max(STEP);
    let precision = -prior_slope(z) / z;
    if precision > 0.0 { -0.5 * precision.ln() } else { 0.0 }
}

/// The weight of a level of which the data tell so much, given draws of its log scale and of its log reach.
///
/// Given the scale s, log Var(t) changes with log s by 2 w - 2 s² I/(1 + s² I): the best weight is s² I/(1 + s² I), as if
/// only one scale were possible. Over the draws it is taken below its mean, since too much centring makes a funnel where
/// the scale is small, and too little only some correlation: by two of its standard deviations, and by one under a heavy
/// tail, where a level that is far out has a reach of its own and does not follow the scale down.
fn centring_weight(information: f64, spreads: impl Iterator<Item = (f64, f64)>) -> f64 {
    if information.is_nan() || information <= 0.0 {
        return 0.0;
    }
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut deviations = 2.0;
    for (log_scale, log_reach) in spreads {
        let weight = crate::special::inv_logit(2.0 * (log_scale + log_reach) + information.ln());
        count += 1.0;
        let before = weight - mean;
        mean += before / count;
        squares += before * (weight - mean);
        if log_reach != 0.0 {
            deviations = 1.0;
        }
    }
    (mean - deviations * (squares / count).sqrt()).clamp(0.0, 1.0)
}

/// The working coordinate of a level of weight w after its location and log scale have moved, and the log of the slope of
/// the move.
///
/// Given location m and scale s, the value η of a level is about normal, with precision 1/s² + I and mean
/// m + s² I r² (p - m), r² = 1/(1 + s² I), if the log likelihood is about normal with curvature I and peak p. The level
/// keeps its place within that distribution: in terms of its residual z = (η - m)/s, the number z/r - s I r (p - m).
fn carried(t: f64, w: f64, told: Told, [m, log_s]: [f64; 2], [m_after, log_s_after]: [f64; 2]) -> (f64, f64) {
    let (s, s_after) = (log_s.exp(), log_s_after.exp());
    let log_spread = |s: f64| -0.5 * (s * s * told.information).ln_1p();
    let (log_r, log_r_after) = (log_spread(s), log_spread(s_after));
    let (r, r_after) = (log_r.exp(), log_r_after.exp());
    // I (p - m)
    let pull = |m: f64| (-told.information).mul_add(m, told.weighted_peak);
    let z = (t - w * m) * (-w * log_s).exp();
    let place = z / r - s * r * pull(m);
    let z_after = r_after * (place + s_after * r_after * pull(m_after));
    (w * m_after + (w * log_s_after).exp() * z_after, w * (log_s_after - log_s) + (log_r_after - log_r))
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
        let (weights, told) = self.weights_from_states(window, scratch);
        scratch.told = told;
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

    fn carry(&self, from: &[f64], position: &mut [f64], scratch: &mut Scratch) -> f64 {
        let (mut first, mut log_jacobian) = (0, 0.0);
        if scratch.told.is_empty() {
            return log_jacobian;
        }
        execute::forward(&self.coordinates, &mut scratch.working, from);
        execute::forward(&self.coordinates, &mut scratch.moved, position);
        for (b, block) in self.partial_blocks().enumerate() {
            let (before, after) = (self.level(&scratch.working, b), self.level(&scratch.moved, b));
            let mut moves = false;
            for i in 0..block.size {
                let ((_, m, log_s), (_, m_after, log_s_after)) = (before.at(i), after.at(i));
                if (m, log_s) != (m_after, log_s_after) {
                    let (w, told) = (scratch.density.weights[first + i], scratch.told[first + i]);
                    let t = &mut position[block.offset + i];
                    let (t_after, log_slope) = carried(*t, w, told, [m, log_s], [m_after, log_s_after]);
                    (*t, moves) = (t_after, true);
                    log_jacobian += log_slope;
                }
            }
            first += block.size;
            if moves && first < scratch.told.len() {
                // Locations of later blocks may depend on this one.
                execute::forward(&self.coordinates, &mut scratch.moved, position);
            }
        }
        log_jacobian
    }
}
