//! Scalars whose distribution given the rest is known: what was integrated out, and comparisons of it with numbers.
//!
//! Over draws of the rest their posterior is the mixture of those distributions, so that means, quantiles and tail
//! probabilities can be had without drawing them (Rao and Blackwell; Gelfand and Smith 1990, section 2.4).

use crate::compiler::compiled::Compiled;
use crate::compiler::graph::{Graph, NodeId, Op};
use crate::distributions::Scalar;
use crate::posterior::{ExpandScratch, Posterior};
use crate::program::execute::{self, Workspace};
use crate::program::of_cell;
use crate::program::ops::Binary;
use crate::program::sampler::Streams;

/// A scalar of the model as written whose distribution given the rest is known.
#[derive(Clone, Copy, Debug)]
pub struct Mixture {
    /// Its position among [`Posterior::scalars`].
    pub scalar: usize,
    /// The distribution, of two canonical arguments.
    pub family: &'static dyn Scalar,
    /// Whether its arguments are known before sampling, so that they are the same in all draws.
    pub known: bool,
    /// Of a 0/1 quantity: the event that it tells of a variable with that distribution.
    pub event: Option<Event>,
    /// Which of the conditionals, and which of its scalars.
    conditional: (usize, usize),
}

/// The event that a variable is above a number, or below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// The number.
    pub threshold: f64,
    /// Whether above.
    pub above: bool,
}

/// The mixtures among the outputs of a model.
pub(crate) fn mixtures(compiled: &Compiled) -> Vec<Mixture> {
    let graph = &compiled.graph;
    let conditional = |node: NodeId| compiled.conditionals.iter().position(|c| c.node == node);
    let mut found = Vec::new();
    let mut first = 0;
    for output in &compiled.outputs {
        let size = output.shape.size();
        let (node, cells) = gathered(graph, output.node);
        let event = comparison(graph, node);
        // What is compared may itself be some levels of the variable.
        let (source, levels) = gathered(graph, event.as_ref().map_or(node, |e| e.0));
        let at = |index: &Option<Index>, i: usize| index.as_ref().map_or(i, |index| index[i] as usize);
        if let Some(c) = conditional(source) {
            let family = compiled.conditionals[c].family;
            let random = |op: &Op| matches!(op, Op::Parameter(_) | Op::Draw(..));
            let known = !graph.reaches(compiled.conditionals[c].parameters.to_vec(), random);
            for i in 0..size {
                let cell = at(&cells, i);
                let event = event.as_ref().map(|(_, thresholds, above)| {
                    let threshold = of_cell(thresholds, cell);
                    Event { threshold, above: *above }
                });
                found.push(Mixture { scalar: first + i, family, known, event, conditional: (c, at(&levels, cell)) });
            }
        }
        first += size;
    }
    found
}

type Index = std::sync::Arc<[u32]>;

/// What a node gathers, and which cells of that.
fn gathered(graph: &Graph, id: NodeId) -> (NodeId, Option<Index>) {
    match &graph.node(id).op {
        Op::Gather(index) => (graph.node(id).inputs[0], Some(index.clone())),
        _ => (id, None),
    }
}

/// The variable, the numbers and the direction of a comparison with constants.
fn comparison(graph: &Graph, id: NodeId) -> Option<(NodeId, std::sync::Arc<[f64]>, bool)> {
    let node = graph.node(id);
    let &[a, b] = node.inputs.as_slice() else { return None };
    let Op::Binary(op) = node.op else { return None };
    let above = match op {
        Binary::Greater | Binary::GreaterEqual => true,
        Binary::Less | Binary::LessEqual => false,
        _ => return None,
    };
    match (graph.constant_of(a), graph.constant_of(b)) {
        (None, Some(c)) => Some((a, c.clone(), above)),
        (Some(c), None) => Some((b, c.clone(), !above)),
        _ => None,
    }
}

impl Posterior {
    /// The scalars whose distribution given the rest is known.
    pub fn mixtures(&self) -> &[Mixture] {
        &self.mixtures
    }

    /// Writes the two arguments of the distribution of each of some mixtures, given the values that
    /// [`Posterior::expand`] writes with these streams.
    pub fn mixture_arguments(
        &self,
        mixtures: &[Mixture],
        position: &[f64],
        streams: &mut dyn Streams,
        scratch: &mut ExpandScratch,
        out: &mut [f64],
    ) {
        let schedule = &self.conditionals;
        let work = scratch.conditionals.get_or_insert_with(|| Workspace::forward_only(schedule));
        execute::forward_with_draws(schedule, work, position, streams);
        for (mixture, out) in mixtures.iter().zip(out.chunks_exact_mut(2)) {
            let (conditional, i) = mixture.conditional;
            for (j, out) in out.iter_mut().enumerate() {
                let values = work.array(schedule, &schedule.outputs[2 * conditional + j]);
                *out = of_cell(values, i);
            }
        }
    }
}
