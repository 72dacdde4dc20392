//! The model without a normal variable: the density of the estimates in its place, and its draws.

use super::children::{Child, by_level};
use super::sum::Term;
use super::{NormalLikelihood, Spread};
use crate::compiler::compiled::{Compiled, Conditional, ConditionalPrior, SampledBlock, StatementDensity};
use crate::compiler::density::{Counts, Density, Part};
use crate::compiler::graph::{NodeId, Op, Segments};
use crate::compiler::rewrite::Rewrite;
use crate::distributions::Normal;
use crate::distributions::normal::{KERNEL, NORMALISER, VARIANCE_DENSITY};
use crate::program::ops::{Binary, Reduction, Unary};
use crate::program::sampler::Sampler;
use crate::special::HALF_LOG_TWO_PI;
use std::sync::Arc;

/// What the cells of a child tell of each level.
struct Evidence {
    /// Precision of the estimate, for each level; 0 where there are no data.
    precision: NodeId,
    /// Precision times estimate.
    weighted: NodeId,
    /// Where all cells of a level have one scale: Σ a (y - c), Σ a² and that scale, of which the others are made.
    plain: Option<[NodeId; 3]>,
}

/// The model without a block; none where something else needs its parameters.
pub(super) fn without(compiled: &Compiled, block: &SampledBlock, children: &[Child]) -> Option<Compiled> {
    let mut pass =
        Pass { rewrite: Rewrite::without(compiled, Some(&block.name)), compiled, levels: block.shape.size() };
    let evidence: Vec<Evidence> = children.iter().map(|c| pass.evidence(c)).collect();
    let sum = |pass: &mut Pass<'_>, of: fn(&Evidence) -> NodeId| {
        let nodes: Vec<NodeId> = evidence.iter().map(of).collect();
        nodes.into_iter().reduce(|a, b| pass.rewrite.to.binary(Binary::Add, a, b))
    };
    let precision = sum(&mut pass, |e| e.precision)?;
    let weighted = sum(&mut pass, |e| e.weighted)?;

    // Levels with data, and their estimates.
    let mut informed = vec![false; pass.levels];
    for child in children {
        let told = child.levels.iter().zip(&child.informed).filter(|(_, told)| **told);
        told.for_each(|(l, _)| informed[*l as usize] = true);
    }
    let at: Arc<[u32]> = (0..pass.levels as u32).filter(|l| informed[*l as usize]).collect();
    let own_precision = pass.at(precision, &at);
    let (estimate, coefficient) = match evidence.as_slice() {
        [Evidence { plain: Some([sum, count, scale]), .. }] => {
            let [sum, count, scale] = [sum, count, scale].map(|node| pass.at(*node, &at));
            let log_scale = pass.rewrite.to.log(scale);
            let coefficient = pass.coefficient(count);
            let g = &mut pass.rewrite.to;
            (g.binary(Binary::Divide, sum, count), g.binary(Binary::Add, coefficient, log_scale))
        }
        _ => {
            let own_weighted = pass.at(weighted, &at);
            let estimate = pass.rewrite.to.binary(Binary::Divide, own_weighted, own_precision);
            (estimate, pass.coefficient(own_precision))
        }
    };

    // The variable itself, drawn from its conditional.
    let (location, scale) = pass.prior(block);
    let shift = children.first().filter(|_| children.len() == 1).and_then(|c| pass.shift(c));
    let moved = match shift {
        Some(shift) => pass.rewrite.to.binary(Binary::Add, location, shift),
        None => location,
    };
    let conditional = pass.conditional(location, moved, scale, precision, weighted);
    pass.rewrite.replace(block.node, conditional.node);

    // Its marginal: the estimates about the prior location.
    let (location, scale) = (pass.at(moved, &at), pass.at(scale, &at));
    let g = &mut pass.rewrite.to;
    let one = g.scalar(1.0);
    let own_variance = g.binary(Binary::Divide, one, own_precision);
    let prior_variance = g.binary(Binary::Multiply, scale, scale);
    let variance = g.binary(Binary::Add, prior_variance, own_variance);
    let marginal = NormalLikelihood { value: estimate, location, spread: Spread::Variance(variance) };
    let count = at.len();
    let mut parts = pass.density(&marginal, count);
    parts.push(Part { node: coefficient, counts: Counts::Of(count) });

    let densities = compiled.densities.iter().enumerate().map(|(i, statement)| {
        if statement.name == block.name {
            let density = Density { parts: std::mem::take(&mut parts), cells: count };
            let own = StatementDensity::as_written(block.name.clone(), block.span, density);
            return StatementDensity { normal: Some(marginal), cells: Some(count), ..own };
        }
        let mut copy = pass.rewrite.statement(statement);
        if let Some(child) = children.iter().find(|c| c.statement == i) {
            copy.terms = Some(pass.at_estimate(child, estimate, &at));
            copy.normal = None;
            copy.absorbed_by.get_or_insert_with(|| block.name.clone());
        }
        copy
    });
    let densities = densities.collect();
    pass.rewrite.finish(densities, Some(&block.name), Some(conditional))
}

struct Pass<'a> {
    rewrite: Rewrite<'a>,
    compiled: &'a Compiled,
    levels: usize,
}

impl Pass<'_> {
    /// Some elements of a node; a node of one number stands for all.
    fn at(&mut self, node: NodeId, index: &Arc<[u32]>) -> NodeId {
        if self.rewrite.to.size(node) == 1 { node } else { self.rewrite.to.gather(node, index) }
    }

    fn multiply(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.rewrite.to.binary(Binary::Multiply, a, b)
    }

    /// The prior location and scale of a block, one number for each level or one for all.
    fn prior(&mut self, block: &SampledBlock) -> (NodeId, NodeId) {
        let [location, scale] = [0, 1].map(|i| block.arguments.node(i).unwrap_or(block.node));
        (self.rewrite.copy(location), self.rewrite.copy(scale))
    }

    /// The sum of a node's cells, level by level.
    fn by_level(&mut self, node: NodeId, levels: &[u32]) -> NodeId {
        let mut order: Vec<u32> = (0..levels.len() as u32).collect();
        order.sort_by_key(|cell| levels[*cell as usize]);
        let mut ends = vec![0u32; self.levels];
        levels.iter().for_each(|l| ends[*l as usize] += 1);
        ends.iter_mut().fold(0, |total, end| {
            *end += total;
            *end
        });
        let sorted = self.rewrite.to.gather(node, &order.into());
        self.rewrite.to.reduce(Reduction::Sum, sorted, Segments::Ragged(ends.into()), self.levels)
    }

    /// A sum of terms at the cells (or levels) they are indexed for.
    fn terms(&mut self, terms: &[Term]) -> Option<NodeId> {
        let mut total = None;
        for term in terms {
            let node = self.rewrite.copy(term.node);
            let mut own = self.at(node, &term.index.clone().into());
            if term.factors.iter().any(|f| *f != 1.0) {
                let factors = self.rewrite.to.constant(term.factors.clone());
                own = self.multiply(factors, own);
            }
            total = Some(match total {
                Some(total) => self.rewrite.to.binary(Binary::Add, total, own),
                None => own,
            });
        }
        total
    }

    /// What shifts the levels of a child, level by level.
    fn shift(&mut self, child: &Child) -> Option<NodeId> {
        let terms = child.shift.iter().filter_map(|t| {
            let index = by_level(&child.levels, &t.index, self.levels)?;
            Some(Term { node: t.node, index, factors: vec![1.0; self.levels] })
        });
        self.terms(&terms.collect::<Vec<_>>())
    }

    /// What is observed less the terms that differ within levels.
    fn residual(&mut self, child: &Child, normal: &NormalLikelihood) -> NodeId {
        let value = match &child.cells {
            Some(cells) => self.rewrite.to.constant(cells.means.clone()),
            None => self.rewrite.copy(normal.value),
        };
        match self.terms(&child.rest) {
            Some(rest) => self.rewrite.to.binary(Binary::Subtract, value, rest),
            None => value,
        }
    }

    fn evidence(&mut self, child: &Child) -> Evidence {
        let statement = &self.compiled.densities[child.statement];
        let Some(normal) = statement.normal else {
            let nothing = self.rewrite.to.scalar(0.0);
            return Evidence { precision: nothing, weighted: nothing, plain: None };
        };
        let linear: Vec<f64> = child.factors.iter().zip(&child.weights).map(|(a, w)| w * a).collect();
        let square: Vec<f64> = child.factors.iter().zip(&linear).map(|(a, wa)| a * wa).collect();
        let residual = self.residual(child, &normal);
        let linear = self.rewrite.to.constant(linear);
        let square = self.rewrite.to.constant(square);
        let spread = self.spread(child, &normal);
        let level_scale = match normal.spread {
            Spread::Scale(scale) => self.level_scale(child, scale),
            Spread::Variance(_) => None,
        };
        if let Some(scale) = level_scale {
            // One scale for all cells of a level: the sums are of data alone, unless the residual is not.
            let products = self.multiply(linear, residual);
            let (sum, count) = (self.by_level(products, &child.levels), self.by_level(square, &child.levels));
            let inverse = self.inverse_variance(Spread::Scale(scale));
            let (precision, weighted) = (self.multiply(count, inverse), self.multiply(sum, inverse));
            return Evidence { precision, weighted, plain: Some([sum, count, scale]) };
        }
        let inverse = self.inverse_variance(spread);
        let (precisions, products) = (self.multiply(square, inverse), self.multiply(linear, inverse));
        let products = self.multiply(products, residual);
        let precision = self.by_level(precisions, &child.levels);
        let weighted = self.by_level(products, &child.levels);
        Evidence { precision, weighted, plain: None }
    }

    /// The spread of the cells of a child.
    fn spread(&mut self, child: &Child, normal: &NormalLikelihood) -> Spread {
        let node = self.rewrite.copy(normal.spread.node());
        normal.spread.with(match &child.cells {
            Some(cells) => self.at(node, &cells.rows.clone()),
            None => node,
        })
    }

    /// ½ log(2π / precision).
    fn coefficient(&mut self, precision: NodeId) -> NodeId {
        let g = &mut self.rewrite.to;
        let (log, half, offset) = (g.log(precision), g.scalar(-0.5), g.scalar(HALF_LOG_TWO_PI));
        let log = g.binary(Binary::Multiply, half, log);
        g.binary(Binary::Add, offset, log)
    }

    fn inverse_variance(&mut self, spread: Spread) -> NodeId {
        let one = self.rewrite.to.scalar(1.0);
        let inverse = self.rewrite.to.binary(Binary::Divide, one, spread.node());
        match spread {
            Spread::Scale(_) => self.multiply(inverse, inverse),
            Spread::Variance(_) => inverse,
        }
    }

    /// The scale of each level, where it is not data and all cells of a level have the same.
    fn level_scale(&mut self, child: &Child, scale: NodeId) -> Option<NodeId> {
        let graph = &self.compiled.graph;
        let node = graph.node(scale);
        if graph.constant_of(scale).is_some() && node.size > 1 {
            return None;
        }
        if node.size == 1 {
            return Some(self.rewrite.copy(scale));
        }
        let Op::Gather(index) = &node.op else { return None };
        let of_cells: Option<Vec<u32>> =
            child.cells.as_ref().map(|cells| cells.rows.iter().map(|row| index[*row as usize]).collect());
        let index = by_level(&child.levels, of_cells.as_deref().unwrap_or(index), self.levels)?;
        let source = self.rewrite.copy(node.inputs[0]);
        Some(self.at(source, &index.into()))
    }

    /// The draw of each level given the rest: `location` is its prior's, `moved` that of what the data speak of.
    fn conditional(
        &mut self,
        location: NodeId,
        moved: NodeId,
        scale: NodeId,
        precision: NodeId,
        weighted: NodeId,
    ) -> Conditional {
        let levels = self.levels;
        let known = self.multiply(precision, moved);
        let g = &mut self.rewrite.to;
        let surplus = g.binary(Binary::Subtract, weighted, known);
        let variance = g.binary(Binary::Multiply, scale, scale);
        let ratio = g.binary(Binary::Multiply, variance, precision);
        let one = g.scalar(1.0);
        let shrink = g.binary(Binary::Add, one, ratio);
        let root = g.unary(Unary::Sqrt, shrink);
        let sd = g.binary(Binary::Divide, scale, root);
        let gain = g.binary(Binary::Multiply, variance, surplus);
        let gain = g.binary(Binary::Divide, gain, shrink);
        let mean = g.binary(Binary::Add, location, gain);
        let node = g.draw(Sampler::Scalar(&Normal), vec![mean, sd], levels);
        Conditional {
            node,
            family: &Normal,
            parameters: [mean, sd],
            prior: ConditionalPrior::Scalars([location, scale]),
        }
    }

    /// The density of a normal likelihood over so many cells.
    fn density(&mut self, normal: &NormalLikelihood, cells: usize) -> Vec<Part> {
        let NormalLikelihood { value, location, spread } = *normal;
        let g = &mut self.rewrite.to;
        let nodes = match spread {
            Spread::Scale(scale) => {
                let zero = g.scalar(0.0);
                vec![g.fused(&KERNEL, vec![value, location, scale]), g.fused(&NORMALISER, vec![zero, scale])]
            }
            Spread::Variance(variance) => vec![g.fused(&VARIANCE_DENSITY, vec![value, location, variance])],
        };
        nodes.into_iter().map(|node| Part { node, counts: Counts::Of(cells) }).collect()
    }

    /// The likelihood of a child at the estimates: what the density keeps of it.
    fn at_estimate(&mut self, child: &Child, estimate: NodeId, informed: &Arc<[u32]>) -> Vec<Part> {
        let statement = &self.compiled.densities[child.statement];
        let Some(normal) = statement.normal else { return Vec::new() };
        let value = self.residual(child, &normal);
        let mut place = vec![0u32; self.levels];
        informed.iter().enumerate().for_each(|(i, l)| place[*l as usize] = i as u32);
        let index: Arc<[u32]> = child.levels.iter().map(|l| place[*l as usize]).collect();
        let mut location = self.at(estimate, &index);
        if child.factors.iter().any(|f| *f != 1.0) {
            let factors = self.rewrite.to.constant(child.factors.clone());
            location = self.multiply(factors, location);
        }
        let spread = self.spread(child, &normal);
        let mut parts = self.density(&NormalLikelihood { value, location, spread }, child.levels.len());
        if let Some(cells) = &child.cells {
            // The means of cells count as their rows; about them the rows spread.
            let weights: Arc<[f64]> = child.weights.clone().into();
            parts.iter_mut().for_each(|part| part.counts = Counts::Weighted(weights.clone()));
            let about = self.rewrite.to.constant(cells.squares.iter().map(|s| s.sqrt()).collect::<Vec<_>>());
            let zero = self.rewrite.to.scalar(0.0);
            let node = self.rewrite.to.fused(&KERNEL, vec![about, zero, spread.node()]);
            parts.push(Part { node, counts: Counts::Of(cells.squares.len()) });
            return parts;
        }
        // Weights of rows are those of the statement; the parts of a marginal beside its density stay as they are.
        if statement.rows.is_some() {
            parts.iter_mut().for_each(|p| p.counts = Counts::Cells(1));
        } else {
            let others = self.rewrite.parts(&statement.entering()[parts.len()..]);
            parts.extend(others);
        }
        parts
    }
}
