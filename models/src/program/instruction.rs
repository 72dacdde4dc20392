//! The instructions of a program: what each computes, and where its operands live.
//!
//! Arrays stand in groups of eight cells ([`Lanes`](crate::special::vector::Lanes)), the last group filled up, so that
//! every loop runs over whole vectors. Nearly all of them, the position and short constants included, live in one memory:
//! reading an operand then takes a few machine instructions, which is what counts where a program of a few numbers is run
//! a million times a second.

use super::fused::Fused;
use super::ops::{Binary, Reduction, Unary};
use super::sampler::Sampler;
use crate::compiler::graph::Segments;
use crate::special::vector::{LANES, groups};
use std::sync::Arc;

/// Groups in a block: a few registers of this many stay in first-level cache. No power of 2, by which what is read of one
/// register would seem to wait for what is written to the next.
pub const BLOCK: usize = 12;

/// More operands than any fused function has.
pub const MAX_ARITY: usize = 4;

/// A memory that operands live in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The memory of the workspace.
    Memory,
    /// A long constant array, by number: shared by all workspaces.
    Data(usize),
}

/// Where an array lives while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// The memory.
    pub source: Source,
    /// Its first group there.
    pub offset: usize,
    /// How many numbers it holds.
    pub size: usize,
    /// All ones where group `i` stands `i` after the first; 0 where one block is kept, written anew for each.
    pub moves: usize,
    /// Whether it depends on the position, and so has an adjoint, at the same place of the adjoints. Of an input: whether
    /// the adjoint is to be added to.
    pub live: bool,
}

impl Operand {
    /// Where the groups of the block that begins at group `start` begin.
    #[inline(always)]
    pub fn at(&self, start: usize) -> usize {
        self.offset + (start & self.moves)
    }

    /// All its groups, where it is kept whole.
    #[inline(always)]
    pub fn groups(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + groups(self.size)
    }
}

/// Where a gather reads.
#[derive(Clone, Debug)]
pub struct Index {
    /// The place of each cell.
    pub places: Arc<[u32]>,
    /// Whether most groups of cells read one place, as they do where cells are sorted by it.
    pub in_runs: bool,
}

impl Index {
    /// Looks for runs.
    pub fn new(places: Arc<[u32]>) -> Self {
        let groups = places.as_chunks::<LANES>().0;
        let runs = groups.iter().filter(|group| is_run(group)).count();
        Self { in_runs: 2 * runs > groups.len(), places }
    }

    /// The place that all cells of a group read, if it is one and others have one as well.
    #[inline(always)]
    pub fn one_place(&self, group: &[u32; LANES]) -> Option<usize> {
        (self.in_runs && is_run(group)).then_some(group[0] as usize)
    }
}

#[inline(always)]
fn is_run(group: &[u32; LANES]) -> bool {
    group.iter().all(|place| *place == group[0])
}

/// An operation on operands.
#[derive(Clone, Debug)]
pub enum Code {
    /// One number to all cells.
    Broadcast(Operand),
    /// An elementwise function of one array.
    Unary(Unary, Operand),
    /// An elementwise function of two arrays.
    Binary(Binary, [Operand; 2]),
    /// `if c then a else b`, elementwise.
    Select([Operand; 3]),
    /// A function with its own partial derivatives, elementwise; as many operands as its arity are used.
    Fused {
        /// The function.
        function: &'static Fused,
        /// Its operands.
        inputs: [Operand; MAX_ARITY],
        /// Where the partial derivatives by the first operand live.
        partials: usize,
        /// The distance between the lanes of the operands.
        stride: usize,
    },
    /// `out[i] = in[index[i]]`
    Gather(Index, Operand),
    /// One number for each segment.
    Reduce(Reduction, Segments, Operand),
    /// A constant matrix, row by row, times a vector of that many columns.
    Linear(Arc<[f64]>, usize, Operand),
    /// Reals to the logits of a simplex of so many parts.
    Simplex(usize, Operand),
    /// Interleaves its operands.
    Stack(Vec<Operand>),
    /// Draws at random given its operands; the number tells draws apart.
    Draw(Sampler, u32, Vec<Operand>),
}

impl Code {
    /// What it reads, an operand as often as it is read.
    pub fn inputs(&self) -> &[Operand] {
        match self {
            Code::Broadcast(x)
            | Code::Unary(_, x)
            | Code::Gather(_, x)
            | Code::Reduce(_, _, x)
            | Code::Linear(_, _, x)
            | Code::Simplex(_, x) => std::slice::from_ref(x),
            Code::Binary(_, inputs) => inputs,
            Code::Select(inputs) => inputs,
            Code::Fused { function, inputs, .. } => &inputs[..function.arity],
            Code::Stack(inputs) | Code::Draw(_, _, inputs) => inputs,
        }
    }
}

/// One operation of the program, and where its output lives.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// What it computes.
    pub code: Code,
    /// Its output.
    pub output: Operand,
    /// Where the adjoint of its output begins: at the place of the output, unless a sum that alone reads it has the same.
    pub adjoint: usize,
}

/// A loop over the cells of arrays of one size.
#[derive(Clone, Debug)]
pub struct Loop {
    /// Number of cells.
    pub size: usize,
    /// Groups a block; the whole size where an operation cannot be cut.
    pub block: usize,
    /// Its instructions.
    pub instructions: std::ops::Range<usize>,
    /// The part of the memory that they write.
    pub memory: std::ops::Range<usize>,
    /// The adjoints that are added to and so have to be cleared.
    pub adjoints: Vec<std::ops::Range<usize>>,
    /// Whether nothing outside waits for its results.
    pub terminal: bool,
    /// Nodes whose weighted sum enters the log density.
    pub terms: Vec<Term>,
}

/// A node whose sum, weighted, enters the log density.
#[derive(Clone, Debug)]
pub struct Term {
    /// Where the node lives.
    pub operand: Operand,
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
