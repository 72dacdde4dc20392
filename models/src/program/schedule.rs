//! From the graph to loops: which nodes run together, and where their numbers live.
//!
//! Nodes of one size that feed each other elementwise run in one loop over blocks of [`BLOCK`] cells, so that what one
//! writes is still in first-level cache when the next reads it. A node that needs another array at random places (a
//! gather, a reduction) starts after the loop that makes that array: the *stage* of a node counts such waits. A loop
//! whose results nobody waits for (the densities of rows) runs forward and backward block by block, and its numbers
//! live in registers of one block; the others keep whole arrays from the forward to the backward sweep. Arrays of one group
//! need no loop: the instructions on them that follow each other run one after the other.

use super::adjoints;
use super::fused::Fused;
use super::instruction::{BLOCK, Code, Extent, Index, Instruction, Loop, MAX_ARITY, Operand, Source, Term, Weight};
use super::small::Small;
use super::term_sum::{self, Chosen, TermSum};
use crate::compiler::graph::{Graph, NodeId, Op};
use crate::special::Sum;
use crate::special::vector::{LANES, Lanes, groups, pack};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// The loops of a program and the room they need.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// Loops in the order they run forward.
    pub loops: Vec<Loop>,
    /// Terms of the log density that run after the loops, before these run backward.
    pub sums: Vec<TermSum>,
    /// All instructions.
    pub instructions: Vec<Instruction>,
    /// Where parts of the position are copied to: the first coordinate, and the array.
    pub positions: Vec<(usize, Operand)>,
    /// Where parts of the centring weights are copied to: the first weight, and the array.
    pub weights: Vec<(usize, Operand)>,
    /// How many centring weights there are.
    pub weight_count: usize,
    /// Short constants: the groups of the memory they fill, the last number again and again at the end.
    pub constants: Vec<(Range<usize>, Arc<[f64]>)>,
    /// Long constant arrays.
    pub data: Vec<Arc<[Lanes]>>,
    /// Groups in the memory.
    pub memory: usize,
    /// The adjoints of the position.
    pub live: Range<usize>,
    /// Groups in the store of partial derivatives.
    pub partials: usize,
    /// Groups of scratch that the sums need.
    pub scratch: usize,
    /// Terms that are slices of the position itself.
    pub position_terms: Vec<(usize, usize, Weight)>,
    /// Terms that are slices of the centring weights.
    pub weight_terms: Vec<(usize, usize, Weight)>,
    /// What the constant terms add.
    pub constant: f64,
    /// Where each wanted node lives.
    pub outputs: Vec<Operand>,
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
    let out = Schedule { weight_count: graph.weights(), ..Schedule::default() };
    let mut layout = Layout { graph, out, places: HashMap::new(), spread: HashMap::new() };
    let mut needed = layout.needed(wanted);
    let chosen = Chosen::of(graph, wanted, &needed);
    needed.retain(|id| !chosen.nodes.contains(id));
    // Leaves stand before all that reads them, as every operand stands before the output; constants first.
    let is_position = |id: &&NodeId| matches!(graph.node(**id).op, Op::Parameter(_));
    needed.iter().filter(|id| !is_position(id)).for_each(|id| layout.lay_leaf(*id));
    let live = layout.out.memory;
    needed.iter().filter(is_position).for_each(|id| layout.lay_leaf(*id));
    layout.out.live = live..layout.out.memory;
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
    let waited = layout.waited_for(&needed, &stages, wanted.outputs.iter().chain(&chosen.sources));
    for ((_, alone, size), nodes) in loops {
        layout.lay_loop(size, alone != 0, &nodes, &waited);
    }
    layout.terms(wanted, &chosen);
    adjoints::lay(&mut layout.out);
    layout.out.outputs = wanted.outputs.iter().map(|id| layout.place(*id)).collect();
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

/// The arrays that a loop writes.
#[derive(Clone, Copy)]
struct Room {
    /// Their cells.
    size: usize,
    /// How many groups of them are kept: all, or one block.
    kept: usize,
    /// The first instruction of the loop.
    first: usize,
}

/// Constants of more cells than this are shared by all workspaces.
const SHORT: usize = 1024;

struct Layout<'a> {
    graph: &'a Graph,
    out: Schedule,
    places: HashMap<NodeId, Operand>,
    /// Numbers spread over the cells of a loop, by the first instruction of the loop; constants by the groups they fill.
    spread: HashMap<(NodeId, usize), Operand>,
}

impl Layout<'_> {
    fn needed(&self, wanted: &Wanted<'_>) -> Vec<NodeId> {
        let mut marked = vec![false; self.graph.nodes().len()];
        // A constant term is added up once and for all.
        let terms = wanted.terms.iter().map(|t| t.0).filter(|id| self.graph.constant_of(*id).is_none());
        for id in terms.chain(wanted.outputs.iter().copied()) {
            marked[id.index()] = true;
        }
        for i in (0..marked.len()).rev() {
            if marked[i] {
                self.graph.nodes()[i].inputs.iter().for_each(|x| marked[x.index()] = true);
            }
        }
        (0..marked.len()).filter(|i| marked[*i]).map(|i| NodeId(i as u32)).collect()
    }

    /// Whether a node can start only after the loop that makes an input.
    fn waits(&self, id: NodeId, input: NodeId) -> bool {
        let (node, input) = (self.graph.node(id), self.graph.node(input));
        !is_leaf(&input.op) && (reads_elsewhere(&node.op) || input.size != node.size || is_whole(&input.op))
    }

    fn stages(&self, needed: &[NodeId]) -> HashMap<NodeId, usize> {
        let mut stages = HashMap::with_capacity(needed.len());
        for &id in needed {
            let inputs = self.graph.node(id).inputs.iter();
            let stage = inputs.map(|x| stages[x] + usize::from(self.waits(id, *x))).max().unwrap_or(0);
            stages.insert(id, stage);
        }
        self.sink(needed, &mut stages);
        stages
    }

    /// Moves what is computed cell by cell from leaves and single numbers to the stage of the first that reads it, so
    /// that it need not be kept whole meanwhile.
    fn sink(&self, needed: &[NodeId], stages: &mut HashMap<NodeId, usize>) {
        let mut latest: HashMap<NodeId, usize> = HashMap::new();
        for &id in needed.iter().rev() {
            let node = self.graph.node(id);
            let free = |x: &NodeId| is_leaf(&self.graph.node(*x).op) || self.graph.size(*x) == 1;
            let movable = node.size > 1 && !reads_elsewhere(&node.op) && node.inputs.iter().all(free);
            if let Some(stage) = latest.get(&id).filter(|_| movable) {
                stages.insert(id, *stage);
            }
            for x in &node.inputs {
                let bound = stages[&id] - usize::from(self.waits(id, *x));
                latest.entry(*x).and_modify(|stage| *stage = bound.min(*stage)).or_insert(bound);
            }
        }
    }

    /// Nodes that another loop, or the caller, reads.
    fn waited_for<'a>(
        &self,
        needed: &[NodeId],
        stages: &HashMap<NodeId, usize>,
        wanted: impl Iterator<Item = &'a NodeId>,
    ) -> Vec<bool> {
        let mut waited = vec![false; self.graph.nodes().len()];
        wanted.for_each(|id| waited[id.index()] = true);
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

    /// Finds room for a leaf.
    fn lay_leaf(&mut self, id: NodeId) {
        let size = self.graph.size(id);
        let mut place = Operand { source: Source::Memory, offset: 0, size, moves: usize::MAX, live: false };
        match &self.graph.node(id).op {
            Op::Parameter(first) => {
                place.live = true;
                place.offset = self.allocate(groups(size));
                self.out.positions.push((*first, place));
            }
            Op::Weights(first) => {
                place.offset = self.allocate(groups(size));
                self.out.weights.push((*first, place));
            }
            Op::Constant(values) if size > SHORT => {
                let mut data = vec![[0.0; LANES]; groups(size)];
                pack(values, &mut data);
                place.source = Source::Data(self.out.data.len());
                self.out.data.push(data.into());
            }
            Op::Constant(values) => {
                place.offset = self.allocate(groups(size));
                self.out.constants.push((place.groups(), values.clone()));
            }
            _ => return,
        }
        self.places.insert(id, place);
    }

    fn lay_loop(&mut self, size: usize, whole: bool, nodes: &[NodeId], waited: &[bool]) {
        let small = groups(size) == 1 && !nodes.iter().any(|id| matches!(self.graph.node(*id).op, Op::Draw(..)));
        let terminal = !whole && !small && nodes.iter().all(|id| !waited[id.index()]);
        let all = groups(size);
        let block = (if whole { all } else { BLOCK.min(all) }).max(1);
        let room = Room { size, kept: if terminal { block } else { all }, first: self.out.instructions.len() };
        let memory = self.out.memory;
        for &id in nodes {
            let node = self.graph.node(id);
            let mut inputs = Vec::with_capacity(node.inputs.len());
            for x in &node.inputs {
                let as_it_is = reads_elsewhere(&node.op) || self.graph.size(*x) == size;
                inputs.push(if as_it_is { self.place(*x) } else { self.broadcast(*x, room) });
            }
            let live = inputs.iter().any(|input| input.live);
            if let Some(code) = self.code(&node.op, inputs, room) {
                let output = self.emit(code, room, live);
                self.places.insert(id, output);
            }
        }
        let instructions = room.first..self.out.instructions.len();
        let memory = memory..self.out.memory;
        match self.out.loops.last_mut().filter(|last| small && matches!(last.extent, Extent::Small(_))) {
            Some(last) => {
                last.instructions.end = instructions.end;
                last.memory.end = memory.end;
            }
            None => {
                // The steps of small arrays are made when all that reads them is known, with the adjoints.
                let extent = if small { Extent::Small(Small::default()) } else { Extent::Cells { size, block } };
                let (adjoints, terms) = (Vec::new(), Vec::new());
                self.out.loops.push(Loop { extent, instructions, memory, adjoints, terminal, terms });
            }
        }
    }

    /// The instruction of an operation; none for a leaf, which has no instruction.
    fn code(&mut self, op: &Op, inputs: Vec<Operand>, room: Room) -> Option<Code> {
        // Every operation has the number of inputs that its constructor in the graph gave it.
        let first = || inputs.first().copied();
        Some(match op {
            Op::Unary(f) => match f.with_slope().filter(|_| inputs.iter().any(|input| input.live)) {
                Some(function) => self.fused(function, inputs, room)?,
                None => Code::Unary(*f, first()?),
            },
            Op::Binary(f) => Code::Binary(*f, inputs.try_into().ok()?),
            Op::Select => Code::Select(inputs.try_into().ok()?),
            Op::Fused(function) => self.fused(function, inputs, room)?,
            Op::Gather(index) => Code::Gather(Index::new(index.clone()), first()?),
            Op::Reduce(how, segments) => Code::Reduce(*how, segments.clone(), first()?),
            Op::Linear(matrix, columns) => Code::Linear(matrix.clone(), *columns, first()?),
            Op::Simplex(k) => Code::Simplex(*k, first()?),
            Op::Stack => Code::Stack(inputs),
            Op::Draw(sampler, number) => Code::Draw(*sampler, *number, inputs),
            Op::Constant(_) | Op::Parameter(_) | Op::Weights(_) => return None,
        })
    }

    /// A function with its partial derivatives, and room for these.
    fn fused(&mut self, function: &'static Fused, inputs: Vec<Operand>, room: Room) -> Option<Code> {
        let partials = self.out.partials;
        self.out.partials += function.arity * room.kept;
        let mut all = [inputs.first().copied()?; MAX_ARITY];
        all.iter_mut().zip(&inputs).for_each(|(slot, input)| *slot = *input);
        Some(Code::Fused { function, inputs: all, partials, stride: room.kept })
    }

    fn allocate(&mut self, groups: usize) -> usize {
        let offset = self.out.memory;
        self.out.memory += groups;
        offset
    }

    /// Adds an instruction with room for its output.
    fn emit(&mut self, code: Code, room: Room, live: bool) -> Operand {
        let moves = if room.kept == groups(room.size) { usize::MAX } else { 0 };
        let offset = self.allocate(room.kept);
        let output = Operand { source: Source::Memory, offset, size: room.size, moves, live };
        self.out.instructions.push(Instruction { code, output, adjoint: offset });
        output
    }

    /// Where a node lives: leaves have been laid, and every other node before whatever reads it.
    fn place(&self, id: NodeId) -> Operand {
        let nowhere = Operand { source: Source::Memory, offset: 0, size: 0, moves: usize::MAX, live: false };
        self.places.get(&id).copied().unwrap_or(nowhere)
    }

    /// One number as an operand of a loop: as it is where the loop has one group, since it stands in all cells of its
    /// own; else groups filled once if it is constant, an instruction of the loop if not.
    fn broadcast(&mut self, id: NodeId, room: Room) -> Operand {
        if groups(room.size) == 1 {
            return self.place(id);
        }
        let block = room.kept.min(BLOCK);
        let constant = self.graph.constant_of(id).cloned();
        let key = (id, if constant.is_some() { block } else { room.first });
        if let Some(place) = self.spread.get(&key) {
            return Operand { size: room.size, ..*place };
        }
        let place = match constant {
            Some(value) => {
                let offset = self.allocate(block);
                self.out.constants.push((offset..offset + block, value));
                Operand { source: Source::Memory, offset, size: room.size, moves: 0, live: false }
            }
            None => {
                let source = self.place(id);
                self.emit(Code::Broadcast(source), room, source.live)
            }
        };
        self.spread.insert(key, place);
        place
    }

    fn terms(&mut self, wanted: &Wanted<'_>, chosen: &Chosen) {
        let mut constant = Sum::default();
        for (id, weight) in wanted.terms {
            let node = self.graph.node(*id);
            if chosen.nodes.contains(id) {
                let sum = TermSum::new(self.graph, *id, weight, |x| self.place(x));
                self.out.sums.extend(sum);
                self.out.scratch = term_sum::SCRATCH;
                continue;
            }
            match &node.op {
                Op::Constant(values) => {
                    let weighted = values.iter().enumerate().map(|(i, v)| (v, weight.at(i)));
                    weighted.filter(|(_, weight)| *weight != 0.0).for_each(|(v, weight)| constant.add(v * weight));
                }
                Op::Parameter(offset) => self.out.position_terms.push((*offset, node.size, weight.clone())),
                Op::Weights(offset) => self.out.weight_terms.push((*offset, node.size, weight.clone())),
                _ => {
                    let operand = self.place(*id);
                    let owner = self.out.loops.iter_mut().find(|l| l.memory.contains(&operand.offset));
                    if let Some(owner) = owner {
                        owner.terms.push(Term { operand, weight: weight.clone() });
                    }
                }
            }
        }
        self.out.constant = constant.value();
    }
}
