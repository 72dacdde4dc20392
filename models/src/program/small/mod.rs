//! Instructions on arrays of at most eight cells, which stand in one group each: no loop, no blocks, one register an array.
//!
//! A program of a few numbers is run a million times a second, so that what counts is how few machine instructions there
//! are around the arithmetic. What the general instructions find out as they run is found out once here: a [`Step`] fills a
//! cache line, knows its operands by their place alone, and writes the first adjoint of an array instead of adding it to a
//! cleared one. A single number stands in all eight cells of its group, so that arithmetic need not tell it from an array;
//! its adjoint is what stands in the first cell.

mod backward;
mod forward;

use self::backward::Backward;
use self::forward::Forward;
use super::forward::fold;
use super::fused::Fused;
use super::instruction::{Code, Index, Instruction, MAX_ARITY, Operand, Source, Term};
use super::ops::{Binary, Reduction, Unary};
use super::schedule::Schedule;
use crate::special::vector::{LANES, Lanes, each, splat};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// A run of instructions on small arrays.
#[derive(Clone, Debug, Default)]
pub struct Small {
    steps: Vec<Step>,
    picks: Vec<Pick>,
    /// Terms of the log density: their places, and the weights of their cells, 0 where the group is filled up.
    terms: Vec<(usize, Lanes)>,
    /// What adjoints begin with: the weights of terms, or nothing where what adds to them adds from elsewhere.
    initial: Vec<(usize, Lanes)>,
}

/// One operation.
#[derive(Clone, Debug)]
struct Step {
    operation: Operation,
    /// Where its output lives, and the adjoint of that.
    output: u32,
    adjoint: u32,
    /// Where its partial derivatives live.
    partials: u32,
    /// Whether the output is a single number.
    single: bool,
    /// Whether the output depends on the position.
    live: bool,
    inputs: [Input; MAX_ARITY],
}

/// What a step computes.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// Any other function of two arrays.
    Binary(Binary),
    Unary(Unary),
    /// `if c then a else b`
    Select,
    Fused(&'static Fused),
    /// The sum of the first so many cells.
    Total(usize),
    /// Cells of other arrays: the number of a [`Pick`].
    Pick(u32),
    /// Anything else: the number of the instruction.
    Other(u32),
}

/// An operand, and what happens to its adjoint.
#[derive(Clone, Copy, Debug)]
struct Input {
    place: u32,
    live: bool,
    /// Whether this is the first that adds to the adjoint, and so writes it.
    first: bool,
    /// Whether the operand is a single number that stands for all cells of the output, whose adjoints it has the sum of.
    sum: bool,
}

/// Where each cell of an array is read: numbers of cells in the whole memory.
#[derive(Clone, Debug)]
struct Pick {
    from: [u32; LANES],
    /// The cells that have adjoints, and where these are added.
    pulls: Vec<(usize, usize)>,
}

impl Small {
    /// Of instructions, the first of which has this number, that write this part of the memory; with the terms among
    /// their outputs, and the places of those outputs that are read elsewhere.
    pub(super) fn new(
        instructions: &[Instruction],
        first: usize,
        terms: &[Term],
        memory: &Range<usize>,
        read_elsewhere: &HashSet<usize>,
    ) -> Self {
        let mut initial: BTreeMap<usize, Lanes> = BTreeMap::new();
        let outputs = || instructions.iter().map(|i| i.output).filter(|output| output.live);
        for output in outputs().filter(|output| read_elsewhere.contains(&output.offset)) {
            initial.insert(output.offset, [0.0; LANES]);
        }
        let weights = |term: &Term| each(|k| if k < term.operand.size { term.weight.at(k) } else { 0.0 });
        let terms: Vec<(usize, Lanes)> = terms.iter().map(|term| (term.operand.offset, weights(term))).collect();
        for (place, weights) in &terms {
            let sum = initial.entry(*place).or_insert([0.0; LANES]);
            *sum = each(|k| sum[k] + weights[k]);
        }
        let mut small = Self { terms, ..Self::default() };
        small.steps = instructions.iter().zip(first..).map(|(i, number)| small.step(i, number)).collect();
        let mut begun: HashSet<usize> = initial.keys().copied().collect();
        for (step, instruction) in small.steps.iter_mut().zip(instructions).rev().filter(|(step, _)| step.live) {
            let adds_only = matches!(step.operation, Operation::Pick(_) | Operation::Other(_));
            for (at, operand) in instruction.code.inputs().iter().enumerate().filter(|(_, operand)| operand.live) {
                let begins = memory.contains(&operand.offset) && begun.insert(operand.offset);
                if adds_only && begins {
                    initial.insert(operand.offset, [0.0; LANES]);
                } else if !adds_only {
                    step.inputs[at].first = begins;
                }
            }
        }
        small.initial = initial.into_iter().collect();
        small
    }

    /// An instruction as a step; whether it is the first to write an adjoint is not looked at yet.
    fn step(&mut self, instruction: &Instruction, number: usize) -> Step {
        let Instruction { code, output, adjoint } = instruction;
        let single = output.size == 1;
        let mut partials = 0;
        let mut pick = |pick: Pick| {
            self.picks.push(pick);
            Operation::Pick(self.picks.len() as u32 - 1)
        };
        let operation = match code {
            Code::Unary(f, _) => Operation::Unary(*f),
            Code::Binary(Binary::Add, _) => Operation::Add,
            Code::Binary(Binary::Subtract, _) => Operation::Subtract,
            Code::Binary(Binary::Multiply, _) => Operation::Multiply,
            Code::Binary(Binary::Divide, _) => Operation::Divide,
            Code::Binary(f, _) => Operation::Binary(*f),
            Code::Select(_) => Operation::Select,
            Code::Fused { function, partials: place, .. } => {
                partials = *place as u32;
                Operation::Fused(function)
            }
            Code::Reduce(Reduction::Sum, segments, x)
                if single && x.size <= LANES && segments.range(0) == (0..x.size) =>
            {
                Operation::Total(x.size)
            }
            Code::Gather(index, x) if x.source == Source::Memory => pick(Pick::gathered(index, x, output.size)),
            Code::Stack(inputs) if inputs.iter().all(|x| x.source == Source::Memory) => {
                pick(Pick::stacked(inputs, output.size))
            }
            _ => Operation::Other(number as u32),
        };
        let nothing = Input { place: 0, live: false, first: false, sum: false };
        let mut inputs = [nothing; MAX_ARITY];
        for (input, x) in inputs.iter_mut().zip(code.inputs()) {
            *input = Input { place: x.offset as u32, live: x.live, first: false, sum: x.size == 1 && !single };
        }
        let (output, adjoint) = (output.offset as u32, *adjoint as u32);
        Step { operation, output, adjoint, partials, single, live: instruction.output.live, inputs }
    }

    /// Runs the steps; the sum of the terms.
    #[inline(always)]
    pub(super) fn forward(&self, schedule: &Schedule, memory: &mut [Lanes], partials: &mut [Lanes]) -> f64 {
        for step in &self.steps {
            let (before, after) = memory.split_at_mut(step.output as usize);
            let mut run = Forward { small: self, schedule, memory: before, partials };
            if step.single {
                let value = run.number(step);
                after[0] = splat(value);
            } else {
                run.group(step, &mut after[0]);
            }
        }
        let mut total = [0.0; LANES];
        for (place, weights) in &self.terms {
            let values = &memory[*place];
            // Infinity times 0 where the group is filled up is nothing.
            total = each(|k| total[k] + if weights[k] == 0.0 { 0.0 } else { weights[k] * values[k] });
        }
        if self.terms.is_empty() { 0.0 } else { fold(total) }
    }

    /// Writes what the adjoints begin with.
    #[inline(always)]
    pub(super) fn begin(&self, adjoints: &mut [Lanes]) {
        for (place, weights) in &self.initial {
            adjoints[*place] = *weights;
        }
    }

    /// Runs the steps backward, after they have run forward.
    #[inline(always)]
    pub(super) fn backward(&self, schedule: &Schedule, memory: &[Lanes], partials: &[Lanes], adjoints: &mut [Lanes]) {
        for step in self.steps.iter().rev().filter(|step| step.live) {
            let mut back = Backward { small: self, schedule, memory, partials, adjoints };
            if step.single { back.number(step) } else { back.group(step) }
        }
    }
}

impl Pick {
    /// The cells that a gather reads.
    fn gathered(index: &Index, x: &Operand, size: usize) -> Self {
        Self::new(size, |cell| (x.offset * LANES + index.places[cell] as usize, x.live))
    }

    /// Operands interleaved, single numbers again and again.
    fn stacked(inputs: &[Operand], size: usize) -> Self {
        Self::new(size, |cell| {
            let (x, item) = (&inputs[cell % inputs.len()], cell / inputs.len());
            (x.offset * LANES + if x.size == 1 { 0 } else { item }, x.live)
        })
    }

    /// By the place of each cell, and whether that has an adjoint; the group is filled up with the last cell.
    fn new(size: usize, place: impl Fn(usize) -> (usize, bool)) -> Self {
        let cells = (0..size).map(|cell| (cell, place(cell)));
        let pulls = cells.filter(|(_, (_, live))| *live).map(|(cell, (place, _))| (cell, place)).collect();
        Self { from: std::array::from_fn(|k| place(k.min(size - 1)).0 as u32), pulls }
    }
}
