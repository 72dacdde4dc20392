//! What inference sees of a compiled model.
//!
//! A [`Posterior`] has a dimension, a log density with gradient over unconstrained reals, and `expand`: from one
//! position and a random stream to every named value of the model as written. Dimension 0 is no special case: the
//! position is empty, and the draws are exact and independent.

use crate::bind::Bound;
use crate::by_row::ByRow;
use crate::compiler::compiled::{Compiled, Passes, Replicate, SampledBlock, StatementDensity};
use crate::compiler::explain::{Explanation, explain};
use crate::compiler::graph::{NodeId, Op};
use crate::compiler::statements::compile;
use crate::compiler::terms::gather_terms;
use crate::compiler::transform::{Parameterisation, is_location_scale};
use crate::coordinates::below;
use crate::distributions::Support;
use crate::error::Error;
use crate::mixture::{Mixture, mixtures};
use crate::program::execute::{self, Workspace};
use crate::program::sampler::Streams;
use crate::program::schedule::{Schedule, Wanted, schedule};
use crate::resolve::Role;

/// A compiled model.
#[derive(Debug)]
pub struct Posterior {
    bound: Bound,
    compiled: Compiled,
    passes: Passes,
    pub(crate) density: Schedule,
    /// Residual, location and log scale of each block that is centred in part.
    pub(crate) coordinates: Schedule,
    /// For each block that is centred in part, those that it is the location of.
    pub(crate) below: Vec<Vec<usize>>,
    pub(crate) starting_weights: Vec<f64>,
    pub(crate) conditionals: Schedule,
    pub(crate) mixtures: Vec<Mixture>,
    values: Schedule,
    by_row: ByRow,
    groups: std::sync::OnceLock<crate::groups::Groups>,
    /// Whether everything is drawn forward from the prior.
    pub(crate) is_prior: bool,
    /// The same with the rows of weights apart.
    pub(crate) apart: std::sync::OnceLock<Box<Posterior>>,
}

/// The cells of an observed statement, for pointwise log likelihoods.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The column.
    pub name: String,
    /// The rows of the table, from 1.
    pub rows: Vec<usize>,
}

/// Which rows of the observed columns are predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredictedRows {
    /// All: replicated data, and the cells that were left out.
    All,
    /// The cells that were left out because they are empty.
    LeftOut,
}

/// A scalar of the model as written.
#[derive(Clone, Debug)]
pub struct ScalarName {
    /// The variable.
    pub variable: String,
    /// Its levels.
    pub levels: Vec<String>,
    /// The part it plays.
    pub role: Role,
}

impl Bound {
    /// Compiles the bound model.
    ///
    /// # Errors
    /// Shapes that do not fit, levels that do not exist, arguments outside their domain, data outside their support.
    pub fn compile(self) -> Result<Posterior, Error> {
        self.compile_with(Passes::default())
    }

    /// Compiles the bound model with a choice of passes.
    ///
    /// # Errors
    /// As [`Bound::compile`].
    pub fn compile_with(self, passes: Passes) -> Result<Posterior, Error> {
        let compiled = compile(&self, passes)?;
        Ok(Posterior::of(self, compiled, passes))
    }
}

impl Posterior {
    /// Lays out the programs of a compiled model.
    pub(crate) fn of(bound: Bound, compiled: Compiled, passes: Passes) -> Self {
        let terms = gather_terms(&compiled);
        let outputs: Vec<NodeId> = compiled.outputs.iter().map(|o| o.node).collect();
        let graph = &compiled.graph;
        let wanted = |outputs| Wanted { terms: &[], outputs };
        let partial = compiled.sampled.iter().filter_map(|b| b.partial);
        let coordinates: Vec<NodeId> = partial.flat_map(|p| [p.residual, p.location, p.log_scale]).collect();
        let conditionals: Vec<NodeId> = compiled.conditionals.iter().flat_map(|c| c.parameters).collect();
        let mut posterior = Posterior {
            density: schedule(graph, &Wanted { terms: &terms, outputs: &[] }),
            coordinates: schedule(graph, &wanted(&coordinates)),
            below: below(&compiled),
            starting_weights: Vec::new(),
            conditionals: schedule(graph, &wanted(&conditionals)),
            mixtures: mixtures(&compiled),
            values: schedule(graph, &wanted(&outputs)),
            by_row: ByRow::default(),
            groups: std::sync::OnceLock::new(),
            is_prior: false,
            apart: std::sync::OnceLock::new(),
            bound,
            compiled,
            passes,
        };
        posterior.starting_weights = posterior.weights_from_prior();
        posterior
    }
}

/// Memory for [`Posterior::expand`] and its kin; one for each thread.
#[derive(Debug)]
pub struct ExpandScratch {
    values: Workspace,
    pub(crate) conditionals: Option<Workspace>,
    predictive: Option<(PredictedRows, Workspace)>,
    log_lik: Option<Workspace>,
    pub(crate) log_lik_of_kinds: Option<Workspace>,
    pub(crate) cdfs_of_kinds: Option<Workspace>,
    guards: Option<Workspace>,
    pub(crate) cdfs: Option<Workspace>,
    pub(crate) groups: Option<Workspace>,
    pub(crate) group_cdfs: Option<Workspace>,
}

impl Posterior {
    /// The bound model.
    pub fn bound(&self) -> &Bound {
        &self.bound
    }

    /// How far each level of the hierarchies that are centred in part is centred at the start, 0 to 1.
    pub fn starting_weights(&self) -> &[f64] {
        &self.starting_weights
    }

    pub(crate) fn groups(&self) -> &std::sync::OnceLock<crate::groups::Groups> {
        &self.groups
    }

    pub(crate) fn by_row(&self) -> &ByRow {
        &self.by_row
    }

    pub(crate) fn passes(&self) -> Passes {
        self.passes
    }

    /// The compiled model: its graph, and which of its nodes mean what.
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// The variables that were integrated out.
    pub fn integrated_out(&self) -> Vec<&str> {
        let outputs = self.compiled.outputs.iter().filter(|o| o.role == Role::IntegratedOut);
        outputs.map(|o| o.name.as_str()).collect()
    }

    /// The sampled variables that are positive without an upper bound: standard deviations, concentrations, rates.
    pub fn scales(&self) -> Vec<String> {
        let positive =
            |b: &&SampledBlock| matches!(b.arguments.distribution.support(), Support::Positive | Support::NonNegative);
        self.compiled.sampled.iter().filter(positive).map(|b| b.name.clone()).collect()
    }

    /// The first variable of levels, centred at least in part, whose scale is computed of a sampled variable: what
    /// `@noncentred` may be written after.
    pub fn levels_scaled_by(&self, variable: &str) -> Option<&str> {
        let sampled = &self.compiled.sampled;
        let offset = sampled.iter().find(|block| block.name == variable)?.offset;
        let own = |op: &Op| matches!(op, Op::Parameter(o) if *o == offset);
        let scale = |block: &SampledBlock| match block.partial {
            Some(partial) => Some(partial.log_scale),
            None if block.parameterisation == Parameterisation::Noncentred => None,
            None if is_location_scale(block.arguments.distribution.name()) => block.arguments.all().last().copied(),
            None => None,
        };
        let levels = sampled.iter().find(|b| scale(b).is_some_and(|s| self.compiled.graph.reaches(vec![s], own)))?;
        Some(&levels.name)
    }

    /// The same model with nothing integrated out and no rows collapsed: what the passes are measured against.
    ///
    /// # Errors
    /// As [`Bound::compile`].
    pub fn as_written(&self) -> Result<Posterior, Error> {
        self.bound.clone().compile_with(Passes { integrate: false, collapse: false })
    }

    /// What the compiler made of the model.
    pub fn explain(&self) -> Explanation {
        explain(&self.bound, &self.compiled, self.passes, &self.starting_weights)
    }

    /// The cells that reach the density: rows of data, and of an integrated-out variable the levels that differ.
    pub fn cells(&self) -> usize {
        // A variable whose marginal holds only other such variables has cells of its own, but no rows became them.
        self.compiled.densities.iter().filter_map(|d| d.entering_cells(&self.compiled)).sum()
    }

    /// The part of the log density that no parameter enters, normalising constants included: what
    /// [`LogDensity::log_density`](polya_engine::LogDensity::log_density) leaves out.
    pub fn constant(&self) -> f64 {
        self.density.constant
    }

    /// The logarithm of the volume that the map from unconstrained reals leaves out of the log density: 1/2 log k for each
    /// sampled simplex of k parts, whose k - 1 reals are the orthonormal image of its logarithms
    /// ([Egozcue et al. 2003](https://doi.org/10.1023/A:1023818214614)). The integral of exp(log density) over the reals
    /// with [`Posterior::constant`] and this is the marginal likelihood.
    pub fn log_volume(&self) -> f64 {
        let of = |block: &crate::compiler::compiled::SampledBlock| {
            let (scalars, reals) = (block.shape.size(), block.size);
            let simplexes = (scalars - reals) as f64;
            if scalars == reals { 0.0 } else { 0.5 * simplexes * (scalars as f64 / simplexes).ln() }
        };
        self.compiled.sampled.iter().map(of).sum()
    }

    /// Rows left out of each observed column because their cell is empty.
    pub fn rows_left_out(&self) -> std::collections::BTreeMap<String, usize> {
        self.compiled.rows_left_out()
    }

    /// The names of all scalars that [`Posterior::expand`] writes, in order.
    pub fn scalars(&self) -> Vec<ScalarName> {
        let mut names = Vec::new();
        for output in &self.compiled.outputs {
            for position in 0..output.shape.size() {
                let levels = output.shape.labels(&self.bound, position);
                names.push(ScalarName { variable: output.name.clone(), levels, role: output.role });
            }
        }
        names
    }

    /// Number of scalars that [`Posterior::expand`] writes.
    pub fn scalar_count(&self) -> usize {
        self.compiled.outputs.iter().map(|o| o.shape.size()).sum()
    }

    /// Memory for [`Posterior::expand`].
    pub fn expand_scratch(&self) -> ExpandScratch {
        ExpandScratch {
            values: Workspace::forward_only(&self.values),
            conditionals: None,
            predictive: None,
            log_lik: None,
            log_lik_of_kinds: None,
            cdfs_of_kinds: None,
            guards: None,
            cdfs: None,
            groups: None,
            group_cdfs: None,
        }
    }

    /// From one unconstrained position to every named value of the model as written: transformed, computed, predicted.
    pub fn expand(&self, position: &[f64], streams: &mut dyn Streams, scratch: &mut ExpandScratch, out: &mut [f64]) {
        execute::forward_with_draws(&self.values, &mut scratch.values, position, streams);
        copy_outputs(&self.values, &scratch.values, out);
    }

    /// Whether no argument is outside its domain, given the values that [`Posterior::expand`] writes with these streams:
    /// of a prior, what it draws may be impossible.
    pub fn is_possible(&self, position: &[f64], streams: &mut dyn Streams, scratch: &mut ExpandScratch) -> bool {
        if self.compiled.guards.is_empty() {
            return true;
        }
        let schedule = self.by_row.guards(&self.compiled);
        let work = scratch.guards.get_or_insert_with(|| Workspace::forward_only(schedule));
        execute::forward_with_draws(schedule, work, position, streams);
        schedule.outputs.iter().all(|output| work.array(schedule, output).iter().all(|term| *term == 0.0))
    }

    fn replicates(&self, rows: PredictedRows) -> impl Iterator<Item = &Replicate> {
        let observed = match rows {
            PredictedRows::All => self.compiled.replicated.as_slice(),
            PredictedRows::LeftOut => &[],
        };
        observed.iter().chain(&self.compiled.left_out)
    }

    /// The scalars that [`Posterior::predict`] writes: column, row of the table, element of a vector.
    pub fn predicted_scalars(&self, rows: PredictedRows) -> Vec<ScalarName> {
        let mut names = Vec::new();
        for replicate in self.replicates(rows) {
            let width = replicate.index.map_or(1, |i| self.bound.levels(i).len());
            for row in replicate.rows.iter() {
                for element in 0..width {
                    let mut levels = vec![self.bound.table_row(row).to_string()];
                    levels.extend(replicate.index.map(|i| self.bound.levels(i).label(element).into_owned()));
                    names.push(ScalarName { variable: replicate.name.clone(), levels, role: Role::Predicted });
                }
            }
        }
        names
    }

    /// How many scalars [`Posterior::predict`] writes.
    pub fn predicted_count(&self, rows: PredictedRows) -> usize {
        self.replicates(rows).map(|r| r.rows.len() * r.index.map_or(1, |i| self.bound.levels(i).len())).sum()
    }

    /// Draws the observed columns anew, given the values that [`Posterior::expand`] writes with these streams.
    pub fn predict(
        &self,
        rows: PredictedRows,
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        out: &mut [f64],
    ) {
        let schedule = self.by_row.predictive(&self.compiled, rows);
        let known = scratch.predictive.take().filter(|(own, _)| *own == rows);
        let (_, work) = scratch.predictive.insert(known.unwrap_or_else(|| (rows, Workspace::forward_only(schedule))));
        execute::forward_with_draws(schedule, work, position, streams);
        copy_outputs(schedule, work, out);
    }

    /// The observed statements and their rows, in the order [`Posterior::log_lik`] writes.
    pub fn observed(&self) -> Vec<Observed> {
        let statement = |d: &StatementDensity| {
            let rows = d.rows.as_ref()?.iter().map(|r| self.bound.table_row(r)).collect();
            Some(Observed { name: d.name.clone(), rows })
        };
        self.compiled.densities.iter().filter_map(statement).collect()
    }

    /// How often each observed cell counts, as [`Posterior::log_lik`] writes them: 1 but for columns with a weight.
    pub fn row_weights(&self) -> Vec<f64> {
        let observed = self.compiled.densities.iter().filter(|d| d.rows.is_some());
        let of = |d: &StatementDensity| match &d.weights {
            Some(weights) => weights.to_vec(),
            None => vec![1.0; d.density.cells],
        };
        observed.flat_map(of).collect()
    }

    /// How many scalars [`Posterior::log_lik`] writes.
    pub fn observed_count(&self) -> usize {
        self.compiled.densities.iter().filter_map(|d| d.rows.as_ref()).map(|rows| rows.len()).sum()
    }

    /// The log likelihood of each observed cell, given the values that [`Posterior::expand`] writes with these streams.
    pub fn log_lik(&self, position: &[f64], streams: &mut dyn Streams, scratch: &mut ExpandScratch, out: &mut [f64]) {
        let schedule = self.by_row.log_lik(&self.compiled);
        let work = scratch.log_lik.get_or_insert_with(|| Workspace::forward_only(schedule));
        execute::forward_with_draws(schedule, work, position, streams);
        copy_outputs(schedule, work, out);
    }

    /// The variable, and the levels of the scalar, that an unconstrained coordinate belongs to.
    pub fn coordinate(&self, coordinate: usize) -> Option<ScalarName> {
        let block = self.compiled.sampled.iter().find(|b| (b.offset..b.offset + b.size).contains(&coordinate))?;
        let at = coordinate - block.offset;
        // Of a simplex the last part has no coordinate of its own.
        let levels = if block.size == block.shape.size() { block.shape.labels(&self.bound, at) } else { Vec::new() };
        Some(ScalarName { variable: block.name.clone(), levels, role: Role::Parameter })
    }
}

pub(crate) fn copy_outputs(schedule: &Schedule, work: &Workspace, out: &mut [f64]) {
    let mut at = 0;
    for output in &schedule.outputs {
        out[at..at + output.size].copy_from_slice(work.array(schedule, output));
        at += output.size;
    }
}
