//! Sums over terms that share their arguments, as those of a collapsed likelihood do: value and gradient in one pass.
//!
//! `Σ w(t) f(x₁[i₁(t)], x₂[i₂(t)], …)`, where few numbers x, or one, are read by many terms, and nothing but the log density waits for
//! the terms. As separate instructions this would write the gathered arguments, the terms, their partial derivatives and
//! the adjoints of all of these to arrays; here a block of terms is evaluated and what it adds goes straight to the adjoints
//! of the x.

use super::buffer::Buffer;
use super::forward::{Reader, fold};
use super::fused::{Fused, Partials};
use super::instruction::{BLOCK, Index, MAX_ARITY, Operand, Weight};
use super::schedule::{Schedule, Wanted};
use crate::compiler::graph::{Graph, NodeId, Op};
use crate::special::vector::{self, LANES, Lanes, each, groups, splat};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Groups of scratch that a sum needs: gathered arguments, partial derivatives, and values.
pub(super) const SCRATCH: usize = (2 * MAX_ARITY + 1) * BLOCK;

/// A sum over terms.
#[derive(Clone, Debug)]
pub struct TermSum {
    function: &'static Fused,
    arguments: [Argument; MAX_ARITY],
    /// The weight of each term; 0 where the last group is filled up.
    weights: Arc<[Lanes]>,
}

/// Where a sum finds an argument of its terms.
#[derive(Clone, Debug)]
enum Argument {
    /// A constant for each term.
    Each(Operand),
    /// One number for all.
    Single(Operand),
    /// Gathered.
    Gathered(Index, Operand),
}

impl Argument {
    fn operand(&self) -> &Operand {
        match self {
            Argument::Each(x) | Argument::Single(x) | Argument::Gathered(_, x) => x,
        }
    }
}

/// Which terms of a log density are summed this way.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Their nodes, and the gathers that they alone read.
    pub nodes: HashSet<NodeId>,
    /// What is to be computed before.
    pub sources: HashSet<NodeId>,
}

impl Chosen {
    /// Those that apply a function to constants, single numbers and gathered arrays, and that nothing but the log density
    /// reads.
    pub fn of(graph: &Graph, wanted: &Wanted<'_>, needed: &[NodeId]) -> Self {
        let mut readers: HashMap<NodeId, usize> = HashMap::new();
        let inputs = needed.iter().flat_map(|id| graph.node(*id).inputs.iter());
        for id in inputs.chain(wanted.outputs).chain(wanted.terms.iter().map(|term| &term.0)) {
            *readers.entry(*id).or_insert(0) += 1;
        }
        let mut chosen = Self::default();
        for (id, weight) in wanted.terms {
            let node = graph.node(*id);
            let is_gathered = |x: &NodeId| matches!(graph.node(*x).op, Op::Gather(_)) && readers.get(x) == Some(&1);
            let is_fit = |x: &NodeId| graph.size(*x) == 1 || graph.constant_of(*x).is_some() || is_gathered(x);
            let alone = matches!(node.op, Op::Fused(_)) && readers.get(id) == Some(&1) && node.size > 1;
            // Here a term without weight would have to be a number.
            let all_count = (0..node.size).all(|i| weight.at(i) != 0.0);
            if !(alone && all_count && node.inputs.iter().all(is_fit)) {
                continue;
            }
            chosen.nodes.insert(*id);
            for x in &node.inputs {
                match graph.node(*x).op {
                    Op::Gather(_) if graph.size(*x) > 1 => {
                        chosen.nodes.insert(*x);
                        chosen.sources.extend(&graph.node(*x).inputs);
                    }
                    _ => _ = chosen.sources.insert(*x),
                }
            }
        }
        chosen
    }
}

impl TermSum {
    /// Of a chosen node, with the places of what it reads; `None` for any other.
    pub(super) fn new(graph: &Graph, id: NodeId, weight: &Weight, place: impl Fn(NodeId) -> Operand) -> Option<Self> {
        let node = graph.node(id);
        let Op::Fused(function) = node.op else { return None };
        let argument = |x: &NodeId| match (&graph.node(*x).op, graph.node(*x).inputs.first()) {
            _ if graph.size(*x) == 1 => Argument::Single(place(*x)),
            (Op::Gather(index), Some(source)) => Argument::Gathered(Index::new(index.clone()), place(*source)),
            _ => Argument::Each(place(*x)),
        };
        let mut all: Vec<Argument> = node.inputs.iter().map(argument).collect();
        let last = all.last()?.clone();
        all.resize(MAX_ARITY, last);
        let weights = (0..groups(node.size)).map(|g| {
            let cell = |k| g * LANES + k;
            each(|k| if cell(k) < node.size { weight.at(cell(k)) } else { 0.0 })
        });
        Some(Self { function, arguments: all.try_into().ok()?, weights: weights.collect() })
    }

    /// What it reads that depends on the position.
    pub(super) fn live(&self) -> impl Iterator<Item = &Operand> {
        self.arguments[..self.function.arity].iter().map(Argument::operand).filter(|x| x.live)
    }

    /// The sum; what it adds to the adjoints is added. The scratch holds [`SCRATCH`] groups.
    pub(super) fn run(
        &self,
        schedule: &Schedule,
        memory: &[Lanes],
        adjoints: &mut [Lanes],
        scratch: &mut Buffer,
    ) -> f64 {
        vector::run(Run { sum: self, schedule, memory, adjoints, scratch })
    }
}

struct Run<'a> {
    sum: &'a TermSum,
    schedule: &'a Schedule,
    memory: &'a [Lanes],
    adjoints: &'a mut [Lanes],
    scratch: &'a mut [Lanes],
}

impl vector::Kernel for Run<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Run { sum, schedule, memory, adjoints, scratch } = self;
        let (gathered, scratch) = scratch.split_at_mut(MAX_ARITY * BLOCK);
        let (slopes, values) = scratch.split_at_mut(MAX_ARITY * BLOCK);
        let arguments = &sum.arguments[..sum.function.arity];
        let reader = Reader { schedule, memory };
        let mut total = [0.0; LANES];
        for (block, weights) in sum.weights.chunks(BLOCK).enumerate() {
            let (start, count) = (block * BLOCK, weights.len());
            for (argument, out) in arguments.iter().zip(gathered.chunks_exact_mut(BLOCK)) {
                argument.fill(&reader, start, &mut out[..count]);
            }
            let mut inputs: [&[Lanes]; MAX_ARITY] = [&[]; MAX_ARITY];
            for ((input, argument), filled) in inputs.iter_mut().zip(arguments).zip(gathered.chunks_exact(BLOCK)) {
                *input = match argument {
                    Argument::Each(x) => reader.groups(x, start, count),
                    _ => &filled[..count],
                };
            }
            (sum.function.block)(&inputs, &mut values[..count], &mut Partials::new(slopes, BLOCK, 0));
            for (value, weight) in values.iter().zip(weights) {
                total = each(|k| total[k] + weight[k] * value[k]);
            }
            for (argument, slopes) in arguments.iter().zip(slopes.chunks_exact(BLOCK)) {
                argument.pull(adjoints, start, &slopes[..count], weights);
            }
        }
        fold(total)
    }
}

impl Argument {
    /// Writes the argument of the terms from group `start`, unless it is a constant for each.
    #[inline(always)]
    fn fill(&self, reader: &Reader<'_>, start: usize, out: &mut [Lanes]) {
        match self {
            Argument::Each(_) => {}
            Argument::Single(x) => out.fill(splat(reader.one(x))),
            Argument::Gathered(index, x) => index.gather(reader.whole(x), start, out),
        }
    }

    /// Adds `weights * slopes` of the terms from group `start` to the adjoint.
    #[inline(always)]
    fn pull(&self, adjoints: &mut [Lanes], start: usize, slopes: &[Lanes], weights: &[Lanes]) {
        let x = self.operand();
        if !x.live {
            return;
        }
        let products = slopes.iter().zip(weights).map(|(slope, weight)| each(|k| slope[k] * weight[k]));
        match self {
            Argument::Gathered(index, _) => {
                index.scatter(products, start, &mut adjoints[x.groups()].as_flattened_mut()[..x.size]);
            }
            _ => {
                let sum = products.fold([0.0; LANES], |sum, product| each(|k| sum[k] + product[k]));
                adjoints[x.offset][0] += fold(sum);
            }
        }
    }
}
