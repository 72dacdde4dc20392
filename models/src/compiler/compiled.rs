//! A compiled model: what statements became, before the density is laid out as a program.

use super::arguments::Arguments;
use super::centring::PartialCentring;
use super::density::{Density, Part};
use super::graph::{Graph, NodeId};
use super::guard::Guard;
use super::likelihood::Observations;
use super::normal::NormalLikelihood;
use super::rows::Rows;
use super::shape::Shape;
use super::transform::Parameterisation;
use crate::bind::IndexId;
use crate::distributions::Scalar;
use crate::prior::Prior;
use crate::resolve::Role;
use crate::syntax::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which passes run; all by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes {
    /// Integrate out what is conjugate to all that depends on it.
    pub integrate: bool,
    /// Collapse rows that reach the density through the same parameters to cells.
    pub collapse: bool,
}

impl Default for Passes {
    fn default() -> Self {
        Self { integrate: true, collapse: true }
    }
}

/// A variable that has been compiled.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its scalars.
    pub node: NodeId,
    /// Which combination of levels each is for.
    pub shape: Shape,
}

/// A named value of the model as written, kept with the draws.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// The part it plays; a new level is a prediction.
    pub role: Role,
    /// Its scalars.
    pub node: NodeId,
    /// Which combination of levels each is for.
    pub shape: Shape,
}

/// A parameter of the density.
#[derive(Clone, Debug)]
pub struct SampledBlock {
    /// The variable.
    pub name: String,
    /// Its statement.
    pub span: Span,
    /// Its unconstrained reals: the first, and how many.
    pub offset: usize,
    /// How many unconstrained reals.
    pub size: usize,
    /// How it is laid out.
    pub parameterisation: Parameterisation,
    /// The nodes of its working coordinates, where each chain chooses how far to centre.
    pub partial: Option<PartialCentring>,
    /// Which combination of levels each scalar is for.
    pub shape: Shape,
    /// Its values.
    pub node: NodeId,
    /// Its distribution and the arguments of that.
    pub arguments: Arguments,
}

/// What was observed, and given what: enough to see whether it is conjugate.
#[derive(Clone, Debug)]
pub struct Likelihood {
    /// The distribution and its arguments at the cells.
    pub arguments: Arguments,
    /// The observed values.
    pub observed: Observations,
}

/// What is known of an integrated-out variable given the rest: the distribution each of its scalars is drawn from.
#[derive(Clone, Debug)]
pub struct Conditional {
    /// The values drawn from it.
    pub node: NodeId,
    /// The distribution of each scalar: of one part of a simplex, its Beta.
    pub family: &'static dyn Scalar,
    /// Its two canonical arguments, for each scalar or for all.
    pub parameters: [NodeId; 2],
    /// Its prior given the rest.
    pub prior: ConditionalPrior,
}

/// The prior of an integrated-out variable given the rest, of the family of its conditional.
#[derive(Clone, Copy, Debug)]
pub enum ConditionalPrior {
    /// The two canonical arguments of each scalar, or of all.
    Scalars([NodeId; 2]),
    /// The concentrations of simplexes of that width, one after the other; those of the conditional are its first
    /// parameter.
    Simplexes(NodeId, usize),
}

impl ConditionalPrior {
    /// The same of other nodes.
    pub fn map(self, mut f: impl FnMut(NodeId) -> NodeId) -> Self {
        match self {
            ConditionalPrior::Scalars(nodes) => ConditionalPrior::Scalars(nodes.map(f)),
            ConditionalPrior::Simplexes(node, width) => ConditionalPrior::Simplexes(f(node), width),
        }
    }

    /// How many scalars a level has.
    pub fn width(self) -> usize {
        match self {
            ConditionalPrior::Scalars(_) => 1,
            ConditionalPrior::Simplexes(_, width) => width,
        }
    }
}

/// The density of one statement.
#[derive(Clone, Debug)]
pub struct StatementDensity {
    /// The variable or column.
    pub name: String,
    /// The statement.
    pub span: Span,
    /// Its parts as written: of an observed column, the log likelihood of each cell.
    pub density: Density,
    /// What enters the log density in place of those parts: nothing where the marginal of an integrated-out variable holds
    /// them, or their sufficient statistics. None where the parts themselves enter.
    pub terms: Option<Vec<Part>>,
    /// The rows of the model it speaks of; none for a parameter.
    pub rows: Option<Rows>,
    /// Rows of the model at which its column is empty.
    pub empty: usize,
    /// How often each cell counts, at least once; none where once.
    pub weights: Option<Arc<[f64]>>,
    /// What was observed; none for a parameter.
    pub likelihood: Option<Likelihood>,
    /// The density that enters as that of a Normal variate, where it is one: what a Normal parent is conjugate to.
    pub normal: Option<NormalLikelihood>,
    /// The integrated-out variable whose marginal density holds it.
    pub absorbed_by: Option<String>,
    /// The cells that enter: of an integrated-out variable, levels that differ in their data or their parents, those
    /// without data left out; of a column whose rows were collapsed, the cells they became.
    pub cells: Option<usize>,
}

/// Draws of an observed column at some rows: those left out because their cell is empty, or those observed, replicated.
#[derive(Clone, Debug)]
pub struct Replicate {
    /// The column.
    pub name: String,
    /// The rows of the model.
    pub rows: Rows,
    /// The draws: one for each row, or one vector.
    pub node: NodeId,
    /// The index of a vector.
    pub index: Option<IndexId>,
}

/// A compiled model: its graph, and which of its nodes mean what.
#[derive(Debug)]
pub struct Compiled {
    /// The graph.
    pub graph: Graph,
    /// The densities of parameters and observed columns.
    pub densities: Vec<StatementDensity>,
    /// Where arguments might leave their domain.
    pub guards: Vec<Guard>,
    /// The parameters in the order of the position.
    pub sampled: Vec<SampledBlock>,
    /// What is kept with the draws, in the order of declaration.
    pub outputs: Vec<Output>,
    /// The conditionals of what was integrated out.
    pub conditionals: Vec<Conditional>,
    /// Predictions for left-out rows.
    pub left_out: Vec<Replicate>,
    /// Replicated data of observed rows.
    pub replicated: Vec<Replicate>,
    /// The priors whose arguments are known.
    pub priors: Vec<Prior>,
}

impl Compiled {
    /// Rows left out of each observed statement because their cell is empty, by column.
    pub fn rows_left_out(&self) -> BTreeMap<String, usize> {
        self.densities.iter().filter(|d| d.empty > 0).map(|d| (d.name.clone(), d.empty)).collect()
    }
}

impl StatementDensity {
    /// Whether there are rows, but all have a weight of 0.
    pub fn counts_nothing(&self) -> bool {
        self.weights.as_ref().is_some_and(|weights| weights.is_empty())
    }

    /// A statement whose parts enter the density as they are written.
    pub fn as_written(name: String, span: Span, density: Density) -> Self {
        Self {
            name,
            span,
            density,
            terms: None,
            rows: None,
            empty: 0,
            weights: None,
            likelihood: None,
            normal: None,
            absorbed_by: None,
            cells: None,
        }
    }

    /// The parts as written, for one cell after the other.
    pub fn parts(&self) -> &[Part] {
        &self.density.parts
    }

    /// The parts that enter the log density.
    pub fn entering(&self) -> &[Part] {
        self.terms.as_deref().unwrap_or(&self.density.parts)
    }

    /// The cells of an integrated-out variable that holds rows, or of rows that none holds, which enter the log density;
    /// those of its own, or as many as stay of the rows that hang on it, if these are more.
    pub fn entering_cells(&self, compiled: &Compiled) -> Option<usize> {
        if self.rows.is_some() {
            return (!self.is_absorbed()).then(|| self.cells.unwrap_or(self.density.cells));
        }
        let (own, graph) = (self.cells?, &compiled.graph);
        let held = compiled.densities.iter().filter(|d| d.rows.is_some() && d.absorbed_by.as_ref() == Some(&self.name));
        let stays = |part: &Part| graph.size(part.node) / part.elements().max(1);
        held.map(|d| d.entering().iter().map(stays).max().unwrap_or(0)).max().map(|stay| own.max(stay))
    }

    /// Whether the marginal density of an integrated-out variable holds it.
    pub fn is_absorbed(&self) -> bool {
        self.absorbed_by.is_some()
    }
}
