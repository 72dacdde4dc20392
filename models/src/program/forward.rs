//! The forward sweep over a block of cells: each instruction writes its output from its operands.

use super::execute::{Block, Workspace, fill_up};
use super::fused::Partials;
use super::instruction::{Code, Instruction, MAX_ARITY, Operand, Source, Term, Weight};
use super::ops::{Binary, Reduction, Unary};
use super::schedule::Schedule;
use super::simplex;
use crate::special::vector::{self, LANES, Lanes, each, splat};

/// What an instruction reads: long constants, and the memory below its own output.
pub(super) struct Reader<'a> {
    pub schedule: &'a Schedule,
    pub memory: &'a [Lanes],
}

impl<'a> Reader<'a> {
    #[inline(always)]
    fn memory(&self, source: Source) -> &'a [Lanes] {
        match source {
            Source::Memory => self.memory,
            Source::Data(number) => &self.schedule.data[number],
        }
    }

    /// So many groups, from group `start`, of an operand that is read cell by cell.
    #[inline(always)]
    pub fn groups(&self, operand: &Operand, start: usize, groups: usize) -> &'a [Lanes] {
        let from = operand.at(start);
        &self.memory(operand.source)[from..from + groups]
    }

    /// The number of an operand that holds one.
    #[inline(always)]
    pub fn one(&self, operand: &Operand) -> f64 {
        self.memory[operand.offset][0]
    }

    /// All of an operand that is read at random.
    #[inline(always)]
    pub fn whole(&self, operand: &Operand) -> &'a [f64] {
        &self.memory(operand.source)[operand.groups()].as_flattened()[..operand.size]
    }
}

impl Block<'_> {
    /// Runs its instructions; the sum of the terms of its loop.
    #[inline(always)]
    pub fn forward(&self, work: &mut Workspace) -> f64 {
        let Block { schedule, l, start, groups, cells } = *self;
        let (memory, partials): (&mut [Lanes], &mut [Lanes]) = (&mut work.memory, &mut work.partials);
        for instruction in &schedule.instructions[l.instructions.clone()] {
            let Operand { offset, moves, .. } = instruction.output;
            let (before, after) = memory.split_at_mut(offset);
            let (reader, at) = (Reader { schedule, memory: before }, start & moves);
            cellwise(instruction, &reader, partials, &mut after[at..at + groups], start, cells);
        }
        let mut total = 0.0;
        for Term { operand, weight } in &l.terms {
            let from = operand.at(start);
            let values = &memory[from..from + groups].as_flattened()[..cells];
            total += match weight {
                Weight::Uniform(w) => w * sum(values),
                Weight::Each(w) => weighted_sum(values, &w[start * LANES..][..cells]),
            };
        }
        total
    }
}

/// An instruction over a block of cells.
#[inline(always)]
fn cellwise(
    i: &Instruction,
    reader: &Reader<'_>,
    partials: &mut [Lanes],
    out: &mut [Lanes],
    start: usize,
    cells: usize,
) {
    let groups = out.len();
    let read = |x: &Operand| reader.groups(x, start, groups);
    match &i.code {
        Code::Broadcast(x) => out.fill(splat(reader.one(x))),
        Code::Unary(f, x) => unary(*f, read(x), out),
        Code::Binary(f, [a, b]) => binary(*f, read(a), read(b), out),
        Code::Select([c, a, b]) => {
            let (c, a, b) = (read(c), read(a), read(b));
            for (g, o) in out.iter_mut().enumerate() {
                *o = each(|k| if c[g][k] != 0.0 { a[g][k] } else { b[g][k] });
            }
        }
        Code::Fused { function, inputs, partials: offset, stride } => {
            let mut x: [&[Lanes]; MAX_ARITY] = [&[]; MAX_ARITY];
            for (x, input) in x.iter_mut().zip(&inputs[..function.arity]) {
                *x = read(input);
            }
            let lanes = &mut partials[*offset..*offset + function.arity * stride];
            (function.block)(&x, out, &mut Partials::new(lanes, *stride, start & i.output.moves));
        }
        Code::Gather(index, x) => index.gather(reader.whole(x), start, out),
        _ => {
            let out = out.as_flattened_mut();
            elsewhere(i, reader, &mut out[..cells], start * LANES);
            fill_up(out, cells);
        }
    }
}

/// An instruction that reads its operands at other places than the cells it writes, which begin at cell `start`.
#[inline(always)]
pub(super) fn elsewhere(i: &Instruction, reader: &Reader<'_>, out: &mut [f64], start: usize) {
    match &i.code {
        Code::Reduce(Reduction::Sum, segments, x) => {
            let source = reader.whole(x);
            for (k, o) in out.iter_mut().enumerate() {
                *o = sum(&source[segments.range(start + k)]);
            }
        }
        Code::Reduce(how, segments, x) => {
            let source = reader.whole(x);
            for (k, o) in out.iter_mut().enumerate() {
                *o = how.value(&source[segments.range(start + k)]);
            }
        }
        Code::Linear(matrix, columns, x) => {
            let vector = reader.whole(x);
            for (o, row) in out.iter_mut().zip(matrix[start * columns..].chunks_exact(*columns)) {
                *o = dot(row, vector);
            }
        }
        Code::Simplex(k, x) => simplex::forward(*k, reader.whole(x), out),
        Code::Stack(inputs) => {
            for (j, input) in inputs.iter().enumerate() {
                let groups = out.chunks_exact_mut(inputs.len());
                match reader.whole(input) {
                    [item] => groups.for_each(|group| group[j] = *item),
                    items => groups.zip(items).for_each(|(group, item)| group[j] = *item),
                }
            }
        }
        // The elementwise ones are above; whoever holds the random stream runs the draws.
        Code::Broadcast(_)
        | Code::Unary(..)
        | Code::Binary(..)
        | Code::Select(_)
        | Code::Fused { .. }
        | Code::Gather(..) => {}
        Code::Draw(..) => {}
    }
}

#[inline(always)]
pub(super) fn unary(f: Unary, x: &[Lanes], out: &mut [Lanes]) {
    macro_rules! each {
        ($($f:ident),*) => {
            match f { $(Unary::$f => {
                struct Value;
                impl vector::Function for Value {
                    #[inline(always)]
                    fn at(x: f64) -> f64 {
                        Unary::$f.value(x)
                    }
                }
                vector::map_inside::<Value>(x, out)
            })* }
        };
    }
    each!(Negate, Exp, Expm1, Log, Log1p, Sqrt, Abs, Floor, InvLogit, LogInvLogit, Softplus, Log1mExp, Lgamma, Not);
}

#[inline(always)]
pub(super) fn binary(f: Binary, a: &[Lanes], b: &[Lanes], out: &mut [Lanes]) {
    macro_rules! each {
        ($($f:ident),*) => {
            match f { $(Binary::$f => {
                struct Value;
                impl vector::BinaryFunction for Value {
                    #[inline(always)]
                    fn at(a: f64, b: f64) -> f64 {
                        Binary::$f.value(a, b)
                    }
                }
                vector::zip_inside::<Value>(a, b, out)
            })* }
        };
    }
    each!(
        Add,
        Subtract,
        Multiply,
        Divide,
        Power,
        Maximum,
        Minimum,
        Less,
        LessEqual,
        Greater,
        GreaterEqual,
        Equal,
        NotEqual,
        And,
        Or
    );
}

/// The sum of products, in eight interleaved lanes.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum_of(a, b, |a, b| a * b)
}

/// The sum of values times weights. What has no weight is left out, be it infinite.
#[inline(always)]
fn weighted_sum(values: &[f64], weights: &[f64]) -> f64 {
    sum_of(values, weights, |value, weight| if weight == 0.0 { 0.0 } else { value * weight })
}

/// The sum of a function of two, in eight interleaved lanes.
#[inline(always)]
fn sum_of(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += f(*a, *b);
        }
    }
    fold(lanes) + a_rest.iter().zip(b_rest).map(|(a, b)| f(*a, *b)).sum::<f64>()
}

/// The sum in eight interleaved lanes: one fixed order on every machine, and room for it to overlap the additions.
#[inline(always)]
pub(super) fn sum(cells: &[f64]) -> f64 {
    if let [one] = cells {
        return *one;
    }
    let (chunks, rest) = cells.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    fold(lanes) + rest.iter().sum::<f64>()
}

/// The sum of the lanes, pairwise.
#[inline(always)]
pub(super) fn fold(x: [f64; 8]) -> f64 {
    // Else the compiler would take the vectors of the loop before apart, so that their parts suit the sum.
    let x = std::hint::black_box(x);
    let four = [x[0] + x[4], x[1] + x[5], x[2] + x[6], x[3] + x[7]];
    (four[0] + four[2]) + (four[1] + four[3])
}
