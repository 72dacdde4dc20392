//! Where adjoints live.
//!
//! An adjoint stands at the place of the array it belongs to, with one exception: what a sum alone reads has the adjoint of
//! the sum, so that nothing is added to it.

use super::instruction::{Code, Extent, Instruction, Loop, Operand};
use super::ops::Binary;
use super::schedule::Schedule;
use super::small::Small;
use crate::special::vector::groups;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Finds the place of every adjoint of a schedule, and which of them have to be cleared.
pub(super) fn lay(schedule: &mut Schedule) {
    let readers = readers(schedule);
    for l in &schedule.loops {
        share(&mut schedule.instructions[l.instructions.clone()], &readers);
    }
    for number in 0..schedule.loops.len() {
        let l = &schedule.loops[number];
        let instructions = &schedule.instructions[l.instructions.clone()];
        let clear = match l.extent {
            Extent::Cells { block, .. } => to_clear(instructions, block),
            Extent::Small(_) => {
                let first = l.instructions.start;
                let small = Small::new(instructions, first, &l.terms, &l.memory, &read_elsewhere(schedule, l));
                schedule.loops[number].extent = Extent::Small(small);
                Vec::new()
            }
        };
        schedule.loops[number].adjoints = clear;
    }
}

/// The places of arrays that are read by other loops, or by sums.
fn read_elsewhere(schedule: &Schedule, l: &Loop) -> HashSet<usize> {
    let (before, after) =
        (&schedule.instructions[..l.instructions.start], &schedule.instructions[l.instructions.end..]);
    let inputs = before.iter().chain(after).flat_map(|i| i.code.inputs());
    inputs.chain(schedule.sums.iter().flat_map(|sum| sum.live())).map(|operand| operand.offset).collect()
}

/// How often each array is read, by its place.
fn readers(schedule: &Schedule) -> HashMap<usize, usize> {
    let mut readers = HashMap::new();
    let inputs = schedule.instructions.iter().flat_map(|i| i.code.inputs());
    let terms = schedule.loops.iter().flat_map(|l| l.terms.iter().map(|t| &t.operand));
    let sums = schedule.sums.iter().flat_map(|sum| sum.live());
    for operand in inputs.chain(terms).chain(sums).filter(|operand| operand.live) {
        *readers.entry(operand.offset).or_insert(0) += 1;
    }
    readers
}

/// Gives to the terms of sums, where nothing else reads them, the adjoint of the sum.
fn share(instructions: &mut [Instruction], readers: &HashMap<usize, usize>) {
    for at in (0..instructions.len()).rev() {
        let (before, own) = instructions.split_at_mut(at);
        let (output, adjoint) = (own[0].output, own[0].adjoint);
        let terms: &mut [Operand] = match &mut own[0].code {
            Code::Binary(Binary::Add, terms) => terms,
            Code::Binary(Binary::Subtract, terms) => &mut terms[..1],
            _ => continue,
        };
        for term in terms.iter_mut().filter(|t| t.live && readers.get(&t.offset) == Some(&1)) {
            let maker = before.iter_mut().find(|i| i.output.offset == term.offset && i.output.size == output.size);
            if let Some(maker) = maker {
                maker.adjoint = adjoint;
                term.live = false;
            }
        }
    }
}

/// The adjoints that instructions of a loop add to, next ones as one range.
fn to_clear(instructions: &[Instruction], block: usize) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for i in instructions.iter().filter(|i| i.output.live && i.adjoint == i.output.offset) {
        let kept = if i.output.moves == 0 { block } else { groups(i.output.size) };
        match ranges.last_mut().filter(|last| last.end == i.adjoint) {
            Some(last) => last.end += kept,
            None => ranges.push(i.adjoint..i.adjoint + kept),
        }
    }
    ranges
}
