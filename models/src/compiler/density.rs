//! The log density of a statement as terms: nodes whose sum over the cells it is.

use super::arguments::Arguments;
use super::graph::NodeId;
use super::statements::Compiler;
use super::transform::is_location_scale;
use crate::distributions::{self as d, KernelInputs, dirichlet};
use crate::program::ops::{Binary, Unary};
use std::sync::Arc;

/// A node whose sum over the cells of a statement enters its log density.
#[derive(Clone, Debug)]
pub struct Part {
    /// The node.
    pub node: NodeId,
    /// How often each of its numbers counts.
    pub counts: Counts,
}

/// How often the numbers of a part count.
#[derive(Clone, Debug)]
pub enum Counts {
    /// So many numbers for each cell of the statement, or for all cells together; as often as the cell counts.
    Cells(usize),
    /// Each as often as told.
    Weighted(Arc<[f64]>),
    /// Each once; one number stands for so many.
    Of(usize),
    /// Once, whatever the cells.
    Once,
}

impl Part {
    /// So many numbers for each cell.
    pub fn cells(node: NodeId, elements: usize) -> Self {
        Self { node, counts: Counts::Cells(elements) }
    }

    /// Numbers for each cell of the statement; 1 where cells have no part in it.
    pub fn elements(&self) -> usize {
        if let Counts::Cells(elements) = self.counts { elements } else { 1 }
    }
}

/// The log density of a statement: its parts, over a number of cells.
#[derive(Clone, Debug)]
pub struct Density {
    /// What is summed.
    pub parts: Vec<Part>,
    /// Number of cells: rows of data, or levels of a parameter.
    pub cells: usize,
}

/// The value a density is of, on the scales kernels ask for.
#[derive(Clone, Copy, Debug)]
pub struct Variate {
    /// The value itself.
    pub x: NodeId,
    /// Its logarithm, where the support is positive.
    pub log: Option<NodeId>,
    /// The logarithm of its complement, where the support is the unit interval.
    pub log1m: Option<NodeId>,
}

/// The distribution of the residual of a location-scale one: of LogNormal's, which is of logarithms, Normal.
pub(crate) fn standard(distribution: &'static dyn d::Distribution) -> &'static dyn d::Distribution {
    if distribution.name() == "LogNormal" { &d::Normal } else { distribution }
}

impl Compiler<'_> {
    /// The log density, without Jacobian, of a continuous variable with scalar arguments.
    pub(super) fn continuous_density(&mut self, arguments: &Arguments, variate: Variate) -> Vec<Part> {
        let Some(pieces) = arguments.distribution.scalar().and_then(|s| s.pieces()) else { return Vec::new() };
        let canonical = self.canonical(arguments);
        let log = |c: &mut Self| variate.log.unwrap_or_else(|| c.graph.log(variate.x));
        let mut inputs = match pieces.inputs {
            KernelInputs::X => vec![variate.x],
            KernelInputs::XLogX => vec![variate.x, log(self)],
            KernelInputs::LogXLog1mX => {
                let log = log(self);
                let log1m = variate.log1m.unwrap_or_else(|| self.graph.log1m(variate.x));
                vec![log, log1m]
            }
        };
        inputs.extend(&canonical);
        let mut spread = canonical;
        if let (true, n @ 2..) = (is_location_scale(arguments.distribution.name()), spread.len()) {
            // The location has no part in the normaliser, and would make one for each row of it.
            spread[n - 2] = self.graph.scalar(0.0);
        }
        let normaliser = self.graph.fused(pieces.normaliser, spread);
        let kernel = self.graph.fused(pieces.kernel, inputs);
        vec![Part::cells(kernel, 1), Part::cells(normaliser, 1)]
    }

    /// The log density of simplices, given their logarithms, without Jacobian.
    pub(super) fn dirichlet_density(&mut self, arguments: &Arguments, log_x: NodeId) -> Vec<Part> {
        let k = arguments.width.map_or(1, |w| w.length);
        let alpha = self.canonical(arguments)[0];
        let sum = self.vector_sum(alpha, k);
        let cells = self.graph.size(log_x) / k.max(1);
        let spread = if self.graph.size(alpha) == k { self.graph.tile(alpha, cells) } else { alpha };
        let kernel = self.graph.fused(&dirichlet::ELEMENT_KERNEL, vec![log_x, spread]);
        let elements = self.graph.fused(&dirichlet::ELEMENT_NORMALISER, vec![alpha]);
        let total = self.graph.fused(&dirichlet::TOTAL_NORMALISER, vec![sum]);
        let part = Part::cells;
        vec![part(kernel, k), part(elements, k), part(total, 1)]
    }

    /// The standard form of a location-scale distribution: location 0, scale 1.
    pub(super) fn standard_density(&mut self, arguments: &Arguments, z: NodeId) -> Vec<Part> {
        let (zero, one) = (self.graph.scalar(0.0), self.graph.scalar(1.0));
        let Some(pieces) = standard(arguments.distribution).scalar().and_then(|s| s.pieces()) else {
            return Vec::new();
        };
        let mut canonical = self.canonical(arguments);
        let n = canonical.len();
        if n >= 2 {
            (canonical[n - 2], canonical[n - 1]) = (zero, one);
        }
        let normaliser = self.graph.fused(pieces.normaliser, canonical.clone());
        canonical.insert(0, z);
        let kernel = self.graph.fused(pieces.kernel, canonical);
        vec![Part::cells(kernel, 1), Part::cells(normaliser, 1)]
    }

    /// `log σ(u) + log σ(-u)`: the logarithm of the derivative of the inverse logit.
    pub(super) fn logistic_jacobian(&mut self, u: NodeId) -> NodeId {
        let negated = self.graph.unary(Unary::Negate, u);
        let (a, b) = (self.graph.unary(Unary::LogInvLogit, u), self.graph.unary(Unary::LogInvLogit, negated));
        self.graph.binary(Binary::Add, a, b)
    }
}
