//! Steps on small arrays, backward: each adds its adjoint times its slopes to the adjoints of its operands.

use super::{Input, Operation, Small, Step};
use crate::program::backward;
use crate::program::forward::{Reader, fold};
use crate::program::ops::Unary;
use crate::program::schedule::Schedule;
use crate::special::vector::{LANES, Lanes, each};

/// What steps read backward, and the adjoints that they add to.
pub(super) struct Backward<'a> {
    pub small: &'a Small,
    pub schedule: &'a Schedule,
    pub memory: &'a [Lanes],
    pub partials: &'a [Lanes],
    pub adjoints: &'a mut [Lanes],
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
    pub fn number(&mut self, step: &Step) {
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
    pub fn group(&mut self, step: &Step) {
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
