//! Copies a compiled model to a new graph, with some of its nodes replaced: how a pass changes what it was given.

use super::arguments::Arguments;
use super::compiled::{Compiled, Conditional, Likelihood, SampledBlock, StatementDensity};
use super::density::Part;
use super::graph::{Graph, NodeId, Op};
use super::normal::NormalLikelihood;
use crate::resolve::Role;
use std::collections::HashMap;

/// A copy under way.
pub(super) struct Rewrite<'a> {
    from: &'a Compiled,
    /// The new graph.
    pub(super) to: Graph,
    copies: HashMap<NodeId, NodeId>,
    /// Whether something still needed a parameter that leaves.
    incomplete: bool,
}

impl<'a> Rewrite<'a> {
    /// Begins with the parameters of all blocks but the one that leaves, in their order.
    pub(super) fn without(from: &'a Compiled, block: Option<&str>) -> Self {
        let mut parameters = HashMap::new();
        for (i, node) in from.graph.nodes().iter().enumerate() {
            if let Op::Parameter(offset) = node.op {
                parameters.insert(offset, NodeId(i as u32));
            }
        }
        let mut rewrite = Self { from, to: Graph::default(), copies: HashMap::new(), incomplete: false };
        for block in from.sampled.iter().filter(|b| b.size > 0 && Some(b.name.as_str()) != block) {
            if let Some(old) = parameters.get(&block.offset) {
                let new = rewrite.to.parameter(block.size);
                rewrite.copies.insert(*old, new);
            }
            if let Some(partial) = &block.partial {
                let new = rewrite.to.centring_weights(block.size);
                rewrite.copies.insert(partial.weights, new);
            }
        }
        rewrite
    }

    /// Lets a new node stand for an old one.
    pub(super) fn replace(&mut self, old: NodeId, new: NodeId) {
        self.copies.insert(old, new);
    }

    /// The copy of a node, made with all that it is computed from.
    pub(super) fn copy(&mut self, id: NodeId) -> NodeId {
        let mut open = vec![id];
        while let Some(&next) = open.last() {
            if self.copies.contains_key(&next) {
                open.pop();
                continue;
            }
            let from = &self.from.graph;
            let folded = from.folded(next).map(|f| f.1);
            let missing = from.node(next).inputs.iter().copied().chain(folded).filter(|x| !self.copies.contains_key(x));
            let before = open.len();
            open.extend(missing.collect::<Vec<_>>());
            if open.len() == before {
                let new = self.make(next);
                self.copies.insert(next, new);
                open.pop();
            }
        }
        self.copies[&id]
    }

    /// Makes a node whose inputs have been copied.
    fn make(&mut self, id: NodeId) -> NodeId {
        let node = self.from.graph.node(id);
        let inputs: Vec<NodeId> = node.inputs.iter().map(|x| self.copies[x]).collect();
        match (&node.op, inputs.as_slice()) {
            (Op::Constant(values), _) => match self.from.graph.folded(id) {
                Some((f, argument)) => self.to.unary(f, self.copies[&argument]),
                None => self.to.constant(values.clone()),
            },
            (Op::Unary(f), &[x]) => self.to.unary(*f, x),
            (Op::Binary(f), &[a, b]) => self.to.binary(*f, a, b),
            (Op::Select, &[c, a, b]) => self.to.select(c, a, b),
            (Op::Fused(f), _) => self.to.fused(f, inputs),
            (Op::Gather(index), &[source]) => self.to.gather(source, index),
            (Op::Reduce(how, segments), &[x]) => self.to.reduce(*how, x, segments.clone(), node.size),
            (Op::Linear(matrix, columns), &[vector]) => self.to.linear(matrix.clone(), *columns, vector),
            (Op::Simplex(k), &[x]) => self.to.simplex_logits(x, *k),
            (Op::Stack, _) => self.to.stack(inputs),
            (Op::Draw(sampler, _), _) => self.to.draw(*sampler, inputs, node.size),
            // The parameter of the block that leaves.
            _ => {
                self.incomplete = true;
                self.to.scalar(f64::NAN)
            }
        }
    }

    /// The copies of the parts of a density.
    pub(super) fn parts(&mut self, parts: &[Part]) -> Vec<Part> {
        parts.iter().map(|p| Part { node: self.copy(p.node), counts: p.counts.clone() }).collect()
    }

    fn arguments(&mut self, arguments: &Arguments) -> Arguments {
        let mut copy = arguments.clone();
        for numbers in copy.nodes.iter_mut().flatten() {
            numbers.node = self.copy(numbers.node);
        }
        copy
    }

    /// The copy of a statement.
    pub(super) fn statement(&mut self, statement: &StatementDensity) -> StatementDensity {
        let mut copy = statement.clone();
        copy.density.parts = self.parts(&statement.density.parts);
        copy.terms = statement.terms.as_ref().map(|t| self.parts(t));
        copy.likelihood = statement
            .likelihood
            .as_ref()
            .map(|l| Likelihood { arguments: self.arguments(&l.arguments), observed: l.observed.clone() });
        copy.normal = statement.normal.map(|n| NormalLikelihood {
            value: self.copy(n.value),
            location: self.copy(n.location),
            spread: n.spread.with(self.copy(n.spread.node())),
        });
        copy
    }

    /// The whole model with these statements, and the conditional of what left; none where something needed that.
    pub(super) fn finish(
        mut self,
        densities: Vec<StatementDensity>,
        left: Option<&str>,
        own: Option<Conditional>,
    ) -> Option<Compiled> {
        let from = self.from;
        let mut offset = 0;
        let mut sampled: Vec<SampledBlock> = Vec::new();
        for block in from.sampled.iter().filter(|b| Some(b.name.as_str()) != left) {
            let (node, arguments) = (self.copy(block.node), self.arguments(&block.arguments));
            let partial = block.partial.map(|p| p.map(|node| self.copy(node)));
            sampled.push(SampledBlock { offset, node, arguments, partial, ..block.clone() });
            offset += block.size;
        }
        let mut outputs = from.outputs.clone();
        for output in &mut outputs {
            output.node = self.copy(output.node);
            if Some(output.name.as_str()) == left {
                output.role = Role::IntegratedOut;
            }
        }
        let (mut left_out, mut replicated) = (from.left_out.clone(), from.replicated.clone());
        for replicate in left_out.iter_mut().chain(&mut replicated) {
            replicate.node = self.copy(replicate.node);
        }
        let mut conditionals = from.conditionals.clone();
        conditionals.extend(own);
        for conditional in conditionals.iter_mut().take(from.conditionals.len()) {
            conditional.node = self.copy(conditional.node);
            conditional.parameters = conditional.parameters.map(|node| self.copy(node));
            conditional.prior = conditional.prior.map(|node| self.copy(node));
        }
        let mut guards = from.guards.clone();
        for guard in &mut guards {
            (guard.value, guard.term) = (self.copy(guard.value), self.copy(guard.term));
            guard.entering = self.copy(guard.entering);
        }
        let complete = !self.incomplete;
        complete.then_some(Compiled {
            graph: self.to,
            densities,
            guards,
            sampled,
            outputs,
            conditionals,
            left_out,
            replicated,
            priors: from.priors.clone(),
        })
    }
}
