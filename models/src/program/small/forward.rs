//! Steps on small arrays, forward: each writes its output from its operands.

use super::{Input, Operation, Small, Step};
use crate::program::execute::fill_up;
use crate::program::forward::{self, Reader, sum};
use crate::program::fused::Partials;
use crate::program::schedule::Schedule;
use crate::special::vector::{Lanes, each};
use std::slice::{from_mut, from_ref};

/// What steps read and write forward: the memory below their output.
pub(super) struct Forward<'a> {
    pub small: &'a Small,
    pub schedule: &'a Schedule,
    pub memory: &'a [Lanes],
    pub partials: &'a mut [Lanes],
}

impl Forward<'_> {
    #[inline(always)]
    fn one(&self, input: Input) -> f64 {
        self.memory[input.place as usize][0]
    }

    /// A step that makes a single number.
    #[inline(always)]
    pub fn number(&mut self, step: &Step) -> f64 {
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
            Operation::Total(cells) => sum(&self.memory[a.place as usize][..cells]),
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
    pub fn group(&mut self, step: &Step, out: &mut Lanes) {
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
