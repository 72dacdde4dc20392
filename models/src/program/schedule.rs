//! From the graph to loops: which nodes run together, and where their numbers live.
//!
//! Nodes of one size that feed each other elementwise run in one loop over blocks of [`BLOCK`] cells, so that what one
//! writes is still in first-level cache when the next reads it. A node that needs another array at random places (a
//! gather, a reduction) starts after the loop that makes that array: the *stage* of a node counts such waits. A loop
//! whose results nobody waits for (the densities of rows) runs forward and backward block by block, and its numbers
//! live in registers of one block; the others keep whole arrays from the forward to the backward sweep.

use crate::compiler::graph::{Graph, NodeId, Op};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Cells in a block: a few registers of this many doubles stay in first-level cache.
pub const BLOCK: usize = 256;

/// Where an array lives while the program runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// Constant array, by number.
    Constant(usize),
    /// Constant number, spread over a block, by number.
    Uniform(usize),
    /// The position handed in, from this offset.
    Position(usize),
    /// The centring weights of the workspace, from this offset.
    Weights(usize),
    /// The arena, from this offset; a register holds one block, an array all cells.
    Arena {
        /// First element.
        offset: usize,
        /// Whether it holds one block only.
        register: bool,
    },
}

/// One operation of the program.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// What it computes.
    pub op: Code,
    /// Where its inputs live.
    pub inputs: Vec<Place>,
    /// How many numbers each input holds.
    pub input_sizes: Vec<usize>,
    /// Where its output lives.
    pub offset: usize,
    /// Whether the output is one block.
    pub register: bool,
    /// Where its partial derivatives live, and the distance between their lanes.
    pub partials: (usize, usize),
}

/// An operation: those of the graph, and the spreading of one number over a block.
#[derive(Clone, Debug)]
pub enum Code {
    /// An operation of the graph.
    Graph(Op),
    /// One number to all cells.
    Broadcast,
}

/// A loop over the cells of arrays of one size.
#[derive(Clone, Debug)]
pub struct Loop {
    /// Number of cells.
    pub size: usize,
    /// Cells a block; the whole size where an operation cannot be cut.
    pub block: usize,
    /// Its instructions.
    pub instructions: std::ops::Range<usize>,
    /// The part of the arena that they write.
    pub arena: std::ops::Range<usize>,
    /// Whether nothing outside waits for its results.
    pub terminal: bool,
    /// Nodes whose weighted sum enters the log density.
    pub terms: Vec<Term>,
}

/// A node whose sum, weighted, enters the log density.
#[derive(Clone, Debug)]
pub struct Term {
    /// Where the node lives.
    pub place: Place,
    /// One weight for all cells, or one for each.
    pub weight: Weight,
}

/// The weights of the cells of a term.
#[derive(Clone, Debug)]
pub enum Weight {
    /// The same for all.
    Uniform(f64),
    /// One for each.
    Each(Arc<[f64]>),
}

impl Weight {
    /// The weight of cell `i`.
    #[inline]
    pub fn at(&self, i: usize) -> f64 {
        match self {
            Weight::Uniform(w) => *w,
            Weight::Each(w) => w[i],
        }
    }
}

/// The loops of a program and the room they need.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// Loops in the order they run forward.
    pub loops: Vec<Loop>,
    /// All instructions.
    pub instructions: Vec<Instruction>,
    /// Constant arrays.
    pub constants: Vec<Arc<[f64]>>,
    /// Constant numbers.
    pub uniforms: Vec<f64>,
    /// Centring weights that the program reads.
    pub weights: usize,
    /// Numbers in the arena.
    pub arena: usize,
    /// Numbers in the store of partial derivatives.
    pub partials: usize,
    /// Terms that are slices of the position itself.
    pub position_terms: Vec<(usize, usize, Weight)>,
    /// What the constant terms add.
    pub constant: f64,
    /// Where each wanted node lives.
    pub outputs: Vec<(Place, usize)>,
}

/// What a schedule is made for.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// Nodes whose weighted sums make the log density.
    pub terms: &'a [(NodeId, Weight)],
    /// Nodes whose arrays are wanted.
    pub outputs: &'a [NodeId],
}

/// Lays the wanted part of a graph out in loops.
pub fn schedule(graph: &Graph, wanted: &Wanted<'_>) -> Schedule {
    let mut layout = Layout { graph, out: Schedule::default(), places: HashMap::new(), broadcasts: HashMap::new() };
    layout.out.weights = graph.weights();
    let needed = layout.needed(wanted);
    let stages = layout.stages(&needed);
    let mut loops: BTreeMap<(usize, usize, usize), Vec<NodeId>> = BTreeMap::new();
    for &id in &needed {
        let node = graph.node(id);
        if is_leaf(&node.op) {
            continue;
        }
        // An operation that cannot be cut into blocks has a loop of its own.
        let alone = if is_whole(&node.op) { id.index() + 1 } else { 0 };
        loops.entry((stages[&id], alone, node.size)).or_default().push(id);
    }
    let waited = layout.waited_for(&needed, &stages, wanted);
    for ((_, alone, size), nodes) in loops {
        layout.lay_loop(size, alone != 0, &nodes, &waited);
    }
    layout.terms(wanted);
    layout.out.outputs = wanted.outputs.iter().map(|id| (layout.place(*id), graph.size(*id))).collect();
    layout.out
}

fn is_leaf(op: &Op) -> bool {
    matches!(op, Op::Constant(_) | Op::Parameter(_) | Op::Weights(_))
}

fn is_whole(op: &Op) -> bool {
    matches!(op, Op::Simplex(_) | Op::Stack | Op::Draw(..))
}

/// Whether the operation reads its inputs at places other than the cell it writes.
fn reads_elsewhere(op: &Op) -> bool {
    matches!(op, Op::Gather(_) | Op::Reduce(..) | Op::Linear(..)) || is_whole(op)
}

struct Layout<'a> {
    graph: &'a Graph,
    out: Schedule,
    places: HashMap<NodeId, Place>,
    broadcasts: HashMap<(NodeId, usize), Place>,
}

impl Layout<'_> {
    fn needed(&self, wanted: &Wanted<'_>) -> Vec<NodeId> {
        let mut marked = vec![false; self.graph.nodes().len()];
        for id in wanted.terms.iter().map(|t| t.0).chain(wanted.outputs.iter().copied()) {
            marked[id.index()] = true;
        }
        for i in (0..marked.len()).rev() {
            if marked[i] {
                self.graph.nodes()[i].inputs.iter().for_each(|x| marked[x.index()] = true);
            }
        }
        (0..marked.len()).filter(|i| marked[*i]).map(|i| NodeId(i as u32)).collect()
    }

    fn stages(&self, needed: &[NodeId]) -> HashMap<NodeId, usize> {
        let mut stages = HashMap::with_capacity(needed.len());
        for &id in needed {
            let node = self.graph.node(id);
            let stage = node.inputs.iter().map(|x| {
                let input = self.graph.node(*x);
                let waits = !is_leaf(&input.op)
                    && (reads_elsewhere(&node.op) || input.size != node.size || is_whole(&input.op));
                stages[x] + usize::from(waits)
            });
            let stage = stage.max().unwrap_or(0);
            stages.insert(id, stage);
        }
        stages
    }

    /// Nodes that another loop, or the caller, reads.
    fn waited_for(&self, needed: &[NodeId], stages: &HashMap<NodeId, usize>, wanted: &Wanted<'_>) -> Vec<bool> {
        let mut waited = vec![false; self.graph.nodes().len()];
        wanted.outputs.iter().for_each(|id| waited[id.index()] = true);
        for &id in needed {
            for x in &self.graph.node(id).inputs {
                let same_loop = stages[x] == stages[&id] && self.graph.size(*x) == self.graph.size(id);
                if !same_loop || is_whole(&self.graph.node(*x).op) || is_whole(&self.graph.node(id).op) {
                    waited[x.index()] = true;
                }
            }
        }
        waited
    }

    fn lay_loop(&mut self, size: usize, whole: bool, nodes: &[NodeId], waited: &[bool]) {
        let terminal = !whole && nodes.iter().all(|id| !waited[id.index()]);
        let block = if whole { size } else { BLOCK.min(size) };
        let start = self.out.instructions.len();
        let first = self.out.arena;
        for &id in nodes {
            let node = self.graph.node(id);
            let elsewhere = reads_elsewhere(&node.op);
            let inputs: Vec<Place> = node
                .inputs
                .iter()
                .map(|x| {
                    if elsewhere || self.graph.size(*x) == size {
                        self.place(*x)
                    } else {
                        self.broadcast(*x, size, terminal, block, start)
                    }
                })
                .collect();
            let lanes = match &node.op {
                Op::Fused(f) => f.arity,
                _ => 0,
            };
            let room = if terminal { block } else { size };
            let partials = (self.out.partials, room);
            self.out.partials += lanes * room;
            let offset = self.room(room);
            self.out.instructions.push(Instruction {
                op: Code::Graph(node.op.clone()),
                inputs,
                input_sizes: node.inputs.iter().map(|x| self.graph.size(*x)).collect(),
                offset,
                register: terminal,
                partials,
            });
            self.places.insert(id, Place::Arena { offset, register: terminal });
        }
        let instructions = start..self.out.instructions.len();
        let arena = first..self.out.arena;
        self.out.loops.push(Loop { size, block: block.max(1), instructions, arena, terminal, terms: Vec::new() });
    }

    fn room(&mut self, n: usize) -> usize {
        let offset = self.out.arena;
        self.out.arena += n;
        offset
    }

    fn place(&mut self, id: NodeId) -> Place {
        if let Some(place) = self.places.get(&id) {
            return *place;
        }
        let place = match &self.graph.node(id).op {
            Op::Parameter(offset) => Place::Position(*offset),
            Op::Weights(offset) => Place::Weights(*offset),
            Op::Constant(values) => {
                self.out.constants.push(values.clone());
                Place::Constant(self.out.constants.len() - 1)
            }
            // Every other node was laid before whatever reads it.
            _ => Place::Arena { offset: 0, register: false },
        };
        self.places.insert(id, place);
        place
    }

    /// One number as an operand of a loop: a block filled once if it is constant, an instruction of the loop if not.
    fn broadcast(&mut self, id: NodeId, size: usize, terminal: bool, block: usize, start: usize) -> Place {
        if let Some(value) = self.graph.scalar_of(id) {
            let bits = value.to_bits();
            let known = self.out.uniforms.iter().position(|u| u.to_bits() == bits);
            return Place::Uniform(known.unwrap_or_else(|| {
                self.out.uniforms.push(value);
                self.out.uniforms.len() - 1
            }));
        }
        if let Some(place) = self.broadcasts.get(&(id, start)) {
            return *place;
        }
        let source = self.place(id);
        let offset = self.room(if terminal { block } else { size });
        self.out.instructions.push(Instruction {
            op: Code::Broadcast,
            inputs: vec![source],
            input_sizes: vec![1],
            offset,
            register: terminal,
            partials: (0, 0),
        });
        let place = Place::Arena { offset, register: terminal };
        self.broadcasts.insert((id, start), place);
        place
    }

    fn terms(&mut self, wanted: &Wanted<'_>) {
        for (id, weight) in wanted.terms {
            let node = self.graph.node(*id);
            match &node.op {
                Op::Constant(values) => {
                    self.out.constant += values.iter().enumerate().map(|(i, v)| v * weight.at(i)).sum::<f64>();
                }
                Op::Parameter(offset) => self.out.position_terms.push((*offset, node.size, weight.clone())),
                _ => {
                    let place = self.place(*id);
                    if let Place::Arena { offset, .. } = place {
                        let at = self.out.instructions.iter().position(|i| i.offset == offset);
                        let owner =
                            self.out.loops.iter_mut().find(|l| at.is_some_and(|at| l.instructions.contains(&at)));
                        if let Some(owner) = owner {
                            owner.terms.push(Term { place, weight: weight.clone() });
                        }
                    }
                }
            }
        }
    }
}
