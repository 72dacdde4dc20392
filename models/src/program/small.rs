//! Instructions on arrays of at most eight cells, which stand in one group each: no loop, no blocks, one register an array.
//!
//! A program of a few numbers is run a million times a second, so that what counts is how few machine instructions there
//! are around the arithmetic. What the general instructions find out as they run is found out once here: a [`Step`] fills a
//! cache line, knows its operands by their place alone, and writes the first adjoint of an array instead of adding it to a
//! cleared one. A single number stands in all eight cells of its group, so that arithmetic need not tell it from an array;
//! its adjoint is what stands in the first cell.

use super::backward;
use super::execute::fill_up;
use super::forward::{self, Reader, fold};
use super::fused::{Fused, Partials};
use super::instruction::{Code, Index, Instruction, MAX_ARITY, Operand, Source, Term};
use super::ops::{Binary, Reduction, Unary};
use super::schedule::Schedule;
use crate::special::vector::{LANES, Lanes, each, splat};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::slice::{from_mut, from_ref};

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

/// What steps read and write forward: the memory below their output.
struct Forward<'a> {
    small: &'a Small,
    schedule: &'a Schedule,
    memory: &'a [Lanes],
    partials: &'a mut [Lanes],
}

impl Forward<'_> {
    #[inline(always)]
    fn one(&self, input: Input) -> f64 {
        self.memory[input.place as usize][0]
    }

    /// A step that makes a single number.
    #[inline(always)]
    fn number(&mut self, step: &Step) -> f64 {
        let [a, b, c, _] = step.inputs;
        match step.operation {
            Operation::Add => self.one(a) + self.one(b),
            Operation::Subtract => self.one(a) - self.one(b),
            Operation::Multiply => self.one(a) * self.one(b),
            Operation::Divide => self.one(a) / self.one(b),
            Operation::Binary(f) => f.value(self.one(a), self.one(b)),
            Operation::Unary(f) => f.value(self.one(a)),
            Operation::Fused(function) => {
                let (value, slopes) = (function.one)(&step.inputs.map(|input| self.one(input)));
                let partials = &mut self.partials[step.partials as usize..][..function.arity];
                partials.iter_mut().zip(slopes).for_each(|(lanes, slope)| lanes[0] = slope);
                value
            }
            Operation::Total(LANES) => fold(self.memory[a.place as usize]),
            Operation::Total(cells) => self.memory[a.place as usize][..cells].iter().sum(),
            Operation::Pick(number) => self.memory.as_flattened()[self.small.picks[number as usize].from[0] as usize],
            Operation::Select => self.one(if self.one(a) != 0.0 { b } else { c }),
            Operation::Other(number) => {
                let mut value = 0.0;
                self.elsewhere(number, from_mut(&mut value));
                value
            }
        }
    }

    /// A step that makes several numbers.
    #[inline(always)]
    fn group(&mut self, step: &Step, out: &mut Lanes) {
        let memory = self.memory;
        let input = |j: usize| &memory[step.inputs[j].place as usize];
        match step.operation {
            Operation::Add => *out = each(|k| input(0)[k] + input(1)[k]),
            Operation::Subtract => *out = each(|k| input(0)[k] - input(1)[k]),
            Operation::Multiply => *out = each(|k| input(0)[k] * input(1)[k]),
            Operation::Divide => *out = each(|k| input(0)[k] / input(1)[k]),
            Operation::Binary(f) => forward::binary(f, from_ref(input(0)), from_ref(input(1)), from_mut(out)),
            Operation::Unary(f) => forward::unary(f, from_ref(input(0)), from_mut(out)),
            Operation::Fused(function) => {
                let partials = &mut self.partials[step.partials as usize..][..function.arity];
                let inputs = [0, 1, 2, 3].map(|j| from_ref(input(j)));
                (function.block)(&inputs, from_mut(out), &mut Partials::new(partials, 1, 0));
            }
            Operation::Select => {
                let (c, a, b) = (input(0), input(1), input(2));
                *out = each(|k| if c[k] != 0.0 { a[k] } else { b[k] });
            }
            Operation::Pick(number) => {
                let (from, cells) = (&self.small.picks[number as usize].from, memory.as_flattened());
                *out = each(|k| cells[from[k] as usize]);
            }
            // Sums are single numbers.
            Operation::Total(_) => {}
            Operation::Other(number) => {
                let size = self.schedule.instructions[number as usize].output.size;
                self.elsewhere(number, &mut out[..size]);
                fill_up(out, size);
            }
        }
    }

    #[inline(always)]
    fn elsewhere(&self, number: u32, out: &mut [f64]) {
        let Forward { schedule, memory, .. } = *self;
        forward::elsewhere(&schedule.instructions[number as usize], &Reader { schedule, memory }, out, 0);
    }
}

/// What steps read backward, and the adjoints that they add to.
struct Backward<'a> {
    small: &'a Small,
    schedule: &'a Schedule,
    memory: &'a [Lanes],
    partials: &'a [Lanes],
    adjoints: &'a mut [Lanes],
}

/// An adjoint times a slope. A cell that adds nothing is left out, so that an infinite slope behind a condition does no
/// harm.
#[inline(always)]
fn guarded(adjoint: f64, slope: f64) -> f64 {
    if adjoint == 0.0 { 0.0 } else { adjoint * slope }
}

/// The same of eight.
#[inline(always)]
fn guarded_each(adjoint: &Lanes, slopes: &Lanes) -> Lanes {
    let products = each(|k| adjoint[k] * slopes[k]);
    each(|k| if adjoint[k] == 0.0 { 0.0 } else { products[k] })
}

impl Backward<'_> {
    #[inline(always)]
    fn one(&self, input: Input) -> f64 {
        self.memory[input.place as usize][0]
    }

    /// Adds to the adjoint of a single number.
    #[inline(always)]
    fn add(&mut self, input: Input, x: f64) {
        if input.live {
            let own = &mut self.adjoints[input.place as usize][0];
            *own = if input.first { x } else { *own + x };
        }
    }

    /// Adds to the adjoint of an operand what its cells have.
    #[inline(always)]
    fn add_each(&mut self, input: Input, cells: Lanes) {
        if !input.live {
            return;
        }
        if input.sum {
            return self.add(input, fold(cells));
        }
        let own = &mut self.adjoints[input.place as usize];
        if input.first {
            *own = cells;
        } else {
            *own = each(|k| own[k] + cells[k]);
        }
    }

    /// A step that made a single number.
    #[inline(always)]
    fn number(&mut self, step: &Step) {
        let adjoint = self.adjoints[step.adjoint as usize][0];
        let value = self.memory[step.output as usize][0];
        let [a, b, c, _] = step.inputs;
        match step.operation {
            Operation::Add => {
                self.add(a, adjoint);
                self.add(b, adjoint);
            }
            Operation::Subtract => {
                self.add(a, adjoint);
                self.add(b, -adjoint);
            }
            Operation::Multiply => {
                let (x, y) = (self.one(a), self.one(b));
                self.add(a, guarded(adjoint, y));
                self.add(b, guarded(adjoint, x));
            }
            Operation::Divide => {
                let inverse = 1.0 / self.one(b);
                self.add(a, guarded(adjoint, inverse));
                self.add(b, guarded(adjoint, -value * inverse));
            }
            Operation::Binary(f) => {
                let (by_a, by_b) = f.partials(self.one(a), self.one(b), value);
                self.add(a, guarded(adjoint, by_a));
                self.add(b, guarded(adjoint, by_b));
            }
            Operation::Unary(f) => {
                let slope = f.derivative(self.one(a), value);
                self.add(a, guarded(adjoint, slope));
            }
            Operation::Fused(function) => {
                for (input, at) in step.inputs[..function.arity].iter().zip(step.partials as usize..) {
                    self.add(*input, guarded(adjoint, self.partials[at][0]));
                }
            }
            Operation::Total(cells) => self.add_each(a, each(|k| if k < cells { adjoint } else { 0.0 })),
            Operation::Pick(number) => self.scatter(step, number),
            Operation::Select => {
                let first = self.one(a) != 0.0;
                self.add(b, if first { adjoint } else { 0.0 });
                self.add(c, if first { 0.0 } else { adjoint });
            }
            Operation::Other(number) => self.elsewhere(number, &[adjoint], &[value]),
        }
    }

    /// A step that made several numbers.
    #[inline(always)]
    fn group(&mut self, step: &Step) {
        // Number by number, as it was written: a vector would wait for these.
        if let Operation::Pick(number) = step.operation {
            return self.scatter(step, number);
        }
        let (adjoint, memory) = (self.adjoints[step.adjoint as usize], self.memory);
        let (a, b, value) = (step.inputs[0], step.inputs[1], &memory[step.output as usize]);
        let (x, y) = (&memory[a.place as usize], &memory[b.place as usize]);
        match step.operation {
            Operation::Add => {
                self.add_each(a, adjoint);
                self.add_each(b, adjoint);
            }
            Operation::Subtract => {
                self.add_each(a, adjoint);
                self.add_each(b, each(|k| -adjoint[k]));
            }
            Operation::Multiply => {
                self.add_each(a, guarded_each(&adjoint, y));
                self.add_each(b, guarded_each(&adjoint, x));
            }
            Operation::Divide => {
                let inverse = each(|k| 1.0 / y[k]);
                self.add_each(a, guarded_each(&adjoint, &inverse));
                self.add_each(b, guarded_each(&adjoint, &each(|k| -value[k] * inverse[k])));
            }
            Operation::Binary(f) => {
                let (mut by_a, mut by_b) = ([0.0; LANES], [0.0; LANES]);
                // A loop: what is not inlined would be compiled for other instructions.
                for k in 0..LANES {
                    (by_a[k], by_b[k]) = f.partials(x[k], y[k], value[k]);
                }
                self.add_each(a, guarded_each(&adjoint, &by_a));
                self.add_each(b, guarded_each(&adjoint, &by_b));
            }
            Operation::Unary(Unary::Negate) => self.add_each(a, each(|k| -adjoint[k])),
            Operation::Unary(Unary::Exp) => self.add_each(a, guarded_each(&adjoint, value)),
            Operation::Unary(Unary::Log) => self.add_each(a, guarded_each(&adjoint, &each(|k| 1.0 / x[k]))),
            Operation::Unary(Unary::Sqrt) => self.add_each(a, guarded_each(&adjoint, &each(|k| 0.5 / value[k]))),
            Operation::Unary(f) => {
                let mut slopes = [0.0; LANES];
                for k in 0..LANES {
                    slopes[k] = f.derivative(x[k], value[k]);
                }
                self.add_each(a, guarded_each(&adjoint, &slopes));
            }
            Operation::Fused(function) => {
                let partials = &self.partials[step.partials as usize..][..function.arity];
                for (input, slopes) in step.inputs.iter().zip(partials) {
                    self.add_each(*input, guarded_each(&adjoint, slopes));
                }
            }
            Operation::Select => {
                self.add_each(b, each(|k| if x[k] != 0.0 { adjoint[k] } else { 0.0 }));
                self.add_each(step.inputs[2], each(|k| if x[k] != 0.0 { 0.0 } else { adjoint[k] }));
            }

            // Above, and sums are single numbers.
            Operation::Pick(_) | Operation::Total(_) => {}
            Operation::Other(number) => self.elsewhere(number, &adjoint, value),
        }
    }

    /// Adds what cells have to the adjoints of those that were picked.
    #[inline(always)]
    fn scatter(&mut self, step: &Step, number: u32) {
        let (adjoints, own) = (self.adjoints.as_flattened_mut(), step.adjoint as usize * LANES);
        for (cell, place) in &self.small.picks[number as usize].pulls {
            adjoints[*place] += adjoints[own + cell];
        }
    }

    #[inline(always)]
    fn elsewhere(&mut self, number: u32, adjoint: &[f64], value: &[f64]) {
        let Backward { schedule, memory, .. } = *self;
        let instruction = &schedule.instructions[number as usize];
        let size = instruction.output.size;
        let reader = Reader { schedule, memory };
        backward::elsewhere(instruction, &reader, self.adjoints, &adjoint[..size], &value[..size], 0);
    }
}
