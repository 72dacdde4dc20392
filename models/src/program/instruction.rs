//! The instructions of a program: what each computes, and where its operands live.
//!
//! Arrays stand in groups of eight cells ([`Lanes`]), the last group filled up, so that
//! every loop runs over whole vectors. Nearly all of them, the position and short constants included, live in one memory:
//! reading an operand then takes a few machine instructions, which is what counts where a program of a few numbers is run
//! a million times a second.

use super::forward::fold;
use super::fused::Fused;
use super::ops::{Binary, Reduction, Unary};
use super::sampler::Sampler;
use super::small::Small;
use crate::compiler::graph::Segments;
use crate::special::vector::{LANES, Lanes, each, groups, splat};
use std::sync::Arc;

/// Groups in a block: a few registers of this many stay in first-level cache. No power of 2, by which what is read of one
/// register would seem to wait for what is written to the next.
pub const BLOCK: usize = 12;

/// The most operands that a fused function has.
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
    /// For each group of cells the place that all of them read, as most do where cells are sorted by it; else
    /// [`SEVERAL`].
    common: Arc<[u32]>,
}

/// Groups of cells that read several places.
const SEVERAL: u32 = u32::MAX;

impl Index {
    /// Looks for runs.
    pub fn new(places: Arc<[u32]>) -> Self {
        let common = |group: &[u32]| if group.iter().all(|place| *place == group[0]) { group[0] } else { SEVERAL };
        let common = places.chunks(LANES).map(common).collect();
        Self { places, common }
    }

    /// Reads the cells from group `start`; the last group is filled up with the last cell.
    #[inline(always)]
    pub fn gather(&self, source: &[f64], start: usize, out: &mut [Lanes]) {
        let (eights, rest) = self.places[start * LANES..].as_chunks::<LANES>();
        let (out, others) = out.split_at_mut(eights.len().min(out.len()));
        let common = &self.common[start..start + out.len()];
        let mut group = 0;
        while group < out.len() {
            let place = common[group];
            if place == SEVERAL {
                out[group] = each(|k| source[eights[group][k] as usize]);
                group += 1;
                continue;
            }
            let run = common[group..].iter().take_while(|next| **next == place).count();
            out[group..group + run].fill(splat(source[place as usize]));
            group += run;
        }
        if let (Some(out), Some(last)) = (others.first_mut(), rest.len().checked_sub(1)) {
            *out = each(|k| source[rest[k.min(last)] as usize]);
        }
    }

    /// Adds what the cells from group `start` have to the places that they read; those that fill the last group up have
    /// nothing.
    #[inline(always)]
    pub fn scatter(&self, cells: impl Iterator<Item = Lanes>, start: usize, out: &mut [f64]) {
        let (eights, rest) = self.places[start * LANES..].as_chunks::<LANES>();
        let mut eights = eights.iter();
        // Groups that follow each other with one place are added up before they are folded.
        let (mut place, mut run) = (SEVERAL, [0.0; LANES]);
        for (cells, common) in cells.zip(&self.common[start..]) {
            let places = eights.next();
            if *common == place && place != SEVERAL {
                run = each(|k| run[k] + cells[k]);
                continue;
            }
            if place != SEVERAL {
                out[place as usize] += fold(run);
            }
            (place, run) = (*common, cells);
            match places {
                _ if place != SEVERAL => {}
                Some(places) => (0..LANES).for_each(|k| out[places[k] as usize] += cells[k]),
                None => rest.iter().zip(cells).for_each(|(place, x)| out[*place as usize] += x),
            }
        }
        if place != SEVERAL {
            out[place as usize] += fold(run);
        }
    }
}

/// An operation on operands.
#[derive(Clone, Debug)]
pub enum Code {
    /// One number to all cells, where these fill several groups.
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

/// A loop over the cells of arrays of one size, or a run of instructions on small arrays.
#[derive(Clone, Debug)]
pub struct Loop {
    /// Over what it runs.
    pub extent: Extent,
    /// Its instructions.
    pub instructions: std::ops::Range<usize>,
    /// The part of the memory that they write.
    pub memory: std::ops::Range<usize>,
    /// The adjoints that are added to and so have to be cleared; small arrays know their own.
    pub adjoints: Vec<std::ops::Range<usize>>,
    /// Whether nothing outside waits for its results, so that each block runs backward before the next runs forward.
    pub terminal: bool,
    /// Nodes whose weighted sum enters the log density.
    pub terms: Vec<Term>,
}

/// Over what a loop runs.
#[derive(Clone, Debug)]
pub enum Extent {
    /// No loop: arrays of one group each, of sizes of their own.
    Small(Small),
    /// Arrays of so many cells.
    Cells {
        /// How many cells.
        size: usize,
        /// Groups a block; all where an operation cannot be cut.
        block: usize,
    },
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
