//! The backward sweep over a block of cells: each instruction adds its adjoint times its slopes to the adjoints of its
//! operands.

use super::execute::{Block, Workspace, clear};
use super::forward::{Reader, sum};
use super::instruction::{Code, Instruction, Operand, Term, Weight};
use super::ops::{Binary, Reduction, Unary};
use super::simplex;
use crate::special::vector::{self, LANES, Lanes, each};

impl Block<'_> {
    /// Runs its instructions backward, after they have run forward.
    #[inline(always)]
    pub fn backward(&self, work: &mut Workspace) {
        let Block { schedule, l, start, groups, cells } = *self;
        let (memory, partials): (&[Lanes], &[Lanes]) = (&work.memory, &work.partials);
        let adjoints: &mut [Lanes] = &mut work.adjoints;
        if l.terminal {
            clear(l, adjoints);
        }
        for Term { operand, weight } in &l.terms {
            let from = operand.at(start);
            let own = &mut adjoints[from..from + groups].as_flattened_mut()[..cells];
            match weight {
                Weight::Uniform(w) => own.iter_mut().for_each(|a| *a += w),
                Weight::Each(w) => own.iter_mut().zip(&w[start * LANES..]).for_each(|(a, w)| *a += w),
            }
        }
        for instruction in schedule.instructions[l.instructions.clone()].iter().rev() {
            let Operand { offset, moves, live, .. } = instruction.output;
            if !live {
                continue;
            }
            let (before, after) = adjoints.split_at_mut(instruction.adjoint);
            let (values, value) = memory.split_at(offset);
            let (reader, at) = (Reader { schedule, memory: values }, start & moves);
            let (adjoint, value) = (&after[at..at + groups], &value[at..at + groups]);
            Cellwise { reader, adjoints: before, start, cells, adjoint, value }.instruction(instruction, partials);
        }
    }
}

/// An instruction over a block of cells, and what it adds to.
struct Cellwise<'a> {
    reader: Reader<'a>,
    adjoints: &'a mut [Lanes],
    start: usize,
    cells: usize,
    adjoint: &'a [Lanes],
    value: &'a [Lanes],
}

impl<'a> Cellwise<'a> {
    /// The values of an operand that is read cell by cell.
    #[inline(always)]
    fn read(&self, operand: &Operand) -> &'a [Lanes] {
        self.reader.groups(operand, self.start, self.adjoint.len())
    }

    /// Adds to the adjoint of an operand what its cells have; cells that fill the group up have nothing.
    #[inline(always)]
    fn add(&mut self, operand: &Operand, cells: impl Iterator<Item = Lanes>) {
        if !operand.live {
            return;
        }
        let from = operand.at(self.start);
        for (out, x) in self.adjoints[from..from + self.adjoint.len()].iter_mut().zip(cells) {
            *out = each(|k| out[k] + x[k]);
        }
    }

    /// Adds `adjoint * slopes` to the adjoint of an operand. A cell that adds nothing is left out, so that an infinite
    /// slope behind a condition, or of a row without weight, does no harm.
    #[inline(always)]
    fn pull(&mut self, operand: &Operand, slopes: &[Lanes]) {
        let product = |(a, s): (&Lanes, &Lanes)| each(|k| if a[k] == 0.0 { 0.0 } else { a[k] * s[k] });
        let adjoint = self.adjoint;
        self.add(operand, adjoint.iter().zip(slopes).map(product));
    }

    /// Adds `adjoint * slope` to the adjoint of an operand.
    #[inline(always)]
    fn pull_evenly(&mut self, operand: &Operand, slope: f64) {
        let adjoint = self.adjoint;
        self.add(operand, adjoint.iter().map(|a| each(|k| a[k] * slope)));
    }

    /// The same of `slope(x, y)`.
    #[inline(always)]
    fn pull_by<F: vector::BinaryFunction>(&mut self, operand: &Operand, x: &[Lanes], y: &[Lanes]) {
        let adjoint = self.adjoint;
        let product = |((a, x), y): ((&Lanes, &Lanes), &Lanes)| {
            let slopes = each(|k| F::at(x[k], y[k]));
            each(|k| if a[k] == 0.0 { 0.0 } else { a[k] * slopes[k] })
        };
        self.add(operand, adjoint.iter().zip(x).zip(y).map(product));
    }

    #[inline(always)]
    fn instruction(&mut self, i: &Instruction, partials: &[Lanes]) {
        let (start, adjoint, value) = (self.start, self.adjoint, self.value);
        let cells = self.cells;
        match &i.code {
            Code::Broadcast(x) => self.adjoints[x.offset][0] += sum(&adjoint.as_flattened()[..cells]),
            Code::Unary(f, x) => self.unary(*f, x, value),
            Code::Binary(f, [a, b]) => self.binary(*f, a, b, value),
            Code::Select([c, a, b]) => {
                let c = self.read(c);
                for (operand, taken) in [(a, true), (b, false)] {
                    let chosen = |(c, a): (&Lanes, &Lanes)| each(|k| if (c[k] != 0.0) == taken { a[k] } else { 0.0 });
                    self.add(operand, c.iter().zip(adjoint).map(chosen));
                }
            }
            Code::Fused { function, inputs, partials: offset, stride } => {
                let at = offset + (start & i.output.moves);
                for (j, operand) in inputs[..function.arity].iter().enumerate() {
                    if operand.live {
                        let from = at + j * stride;
                        self.pull(operand, &partials[from..from + adjoint.len()]);
                    }
                }
            }
            Code::Gather(index, x) => {
                if let Some(out) = target(self.adjoints, x) {
                    index.scatter(adjoint.iter().copied(), start, out);
                }
            }
            _ => {
                let (adjoint, value) = (&adjoint.as_flattened()[..cells], &value.as_flattened()[..cells]);
                elsewhere(i, &self.reader, self.adjoints, adjoint, value, start * LANES);
            }
        }
    }

    #[inline(always)]
    fn unary(&mut self, f: Unary, operand: &Operand, y: &[Lanes]) {
        let x = self.read(operand);
        macro_rules! each {
            ($($f:ident),*) => {
                match f {
                    Unary::Negate => self.pull_evenly(operand, -1.0),
                    Unary::Exp => self.pull(operand, y),
                    Unary::Floor | Unary::Not => {}
                    // Where these are live they are fused with their slopes.
                    Unary::InvLogit | Unary::LogInvLogit | Unary::Softplus => {}
                    $(Unary::$f => {
                        struct Slope;
                        impl vector::BinaryFunction for Slope {
                            #[inline(always)]
                            fn at(x: f64, y: f64) -> f64 {
                                Unary::$f.derivative(x, y)
                            }
                        }
                        self.pull_by::<Slope>(operand, x, y)
                    })*
                }
            };
        }
        each!(Expm1, Log, Log1p, Sqrt, Abs, Log1mExp, Lgamma);
    }

    #[inline(always)]
    fn binary(&mut self, f: Binary, left: &Operand, right: &Operand, y: &[Lanes]) {
        let (a, b) = (self.read(left), self.read(right));
        match f {
            Binary::Add => {
                self.pull_evenly(left, 1.0);
                self.pull_evenly(right, 1.0);
            }
            Binary::Subtract => {
                self.pull_evenly(left, 1.0);
                self.pull_evenly(right, -1.0);
            }
            Binary::Multiply => {
                self.pull(left, b);
                self.pull(right, a);
            }
            Binary::Divide => {
                self.pull_by::<Reciprocal>(left, b, b);
                self.pull_by::<NegativeQuotient>(right, y, b);
            }
            _ => {
                let adjoint = self.adjoint;
                for (operand, first) in [(left, true), (right, false)] {
                    let product = |(((adjoint, a), b), y): (((&Lanes, &Lanes), &Lanes), &Lanes)| {
                        each(|k| {
                            if adjoint[k] == 0.0 {
                                return 0.0;
                            }
                            let (da, db) = f.partials(a[k], b[k], y[k]);
                            adjoint[k] * if first { da } else { db }
                        })
                    };
                    self.add(operand, adjoint.iter().zip(a).zip(b).zip(y).map(product));
                }
            }
        }
    }
}

/// An instruction that reads its operands at other places than the cells it writes: what these `adjoint`s of the cells
/// from cell `start`, whose values are given, add to the adjoints of the operands.
#[inline(always)]
pub(super) fn elsewhere(
    i: &Instruction,
    reader: &Reader<'_>,
    adjoints: &mut [Lanes],
    adjoint: &[f64],
    value: &[f64],
    start: usize,
) {
    match &i.code {
        Code::Reduce(Reduction::Sum, segments, x) => {
            let Some(out) = target(adjoints, x) else { return };
            for (k, a) in adjoint.iter().enumerate() {
                out[segments.range(start + k)].iter_mut().for_each(|o| *o += a);
            }
        }
        Code::Reduce(how, segments, x) => {
            let source = reader.whole(x);
            let Some(out) = target(adjoints, x) else { return };
            for (k, a) in adjoint.iter().enumerate() {
                let range = segments.range(start + k);
                how.pull_back(&source[range.clone()], value[k], *a, &mut out[range]);
            }
        }
        Code::Linear(matrix, columns, x) => {
            let Some(out) = target(adjoints, x) else { return };
            for (a, row) in adjoint.iter().zip(matrix[start * columns..].chunks_exact(*columns)) {
                for (o, x) in out.iter_mut().zip(row) {
                    *o += a * x;
                }
            }
        }
        Code::Simplex(k, x) => {
            if let Some(out) = target(adjoints, x) {
                simplex::backward(*k, adjoint, out);
            }
        }
        Code::Stack(inputs) => {
            for (j, input) in inputs.iter().enumerate() {
                let groups = adjoint.chunks_exact(inputs.len());
                match target(adjoints, input) {
                    Some([out]) => groups.for_each(|group| *out += group[j]),
                    Some(out) => out.iter_mut().zip(groups).for_each(|(out, group)| *out += group[j]),
                    None => {}
                }
            }
        }
        // The elementwise ones are above; nothing is drawn in a density.
        Code::Broadcast(_)
        | Code::Unary(..)
        | Code::Binary(..)
        | Code::Select(_)
        | Code::Fused { .. }
        | Code::Gather(..) => {}
        Code::Draw(..) => {}
    }
}

/// All of the adjoint of an operand that is read at random; none where it does not depend on the position.
#[inline(always)]
fn target<'a>(adjoints: &'a mut [Lanes], operand: &Operand) -> Option<&'a mut [f64]> {
    operand.live.then(|| &mut adjoints[operand.groups()].as_flattened_mut()[..operand.size])
}

struct Reciprocal;

impl vector::BinaryFunction for Reciprocal {
    #[inline(always)]
    fn at(_: f64, b: f64) -> f64 {
        1.0 / b
    }
}

struct NegativeQuotient;

impl vector::BinaryFunction for NegativeQuotient {
    #[inline(always)]
    fn at(y: f64, b: f64) -> f64 {
        -y / b
    }
}
