//! Runs a schedule: the log density forward, its gradient backward, without a tape and without allocation.

use super::buffer::Buffer;
use super::forward::Reader;
use super::instruction::{Code, Extent, Loop, Operand, Source};
use super::sampler::Streams;
use super::schedule::Schedule;
use super::small::Small;
use crate::special::vector::{self, LANES, Lanes, each, groups, pack, splat};

/// The memory a schedule runs in; one for each thread that runs it.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub(super) memory: Buffer,
    pub(super) adjoints: Buffer,
    pub(super) partials: Buffer,
    scratch: Buffer,
    /// How far each level of a hierarchy is centred, from 0 (not) to 1.
    pub weights: Vec<f64>,
}

impl Workspace {
    /// Room for a schedule that is also run backward.
    pub fn new(schedule: &Schedule) -> Self {
        Self { adjoints: Buffer::new(schedule.memory), ..Self::forward_only(schedule) }
    }

    /// Room for a schedule that is run forward only.
    pub fn forward_only(schedule: &Schedule) -> Self {
        let mut memory = Buffer::new(schedule.memory);
        for (place, values) in &schedule.constants {
            pack(values, &mut memory[place.clone()]);
        }
        Self {
            memory,
            adjoints: Buffer::default(),
            partials: Buffer::new(schedule.partials),
            scratch: Buffer::new(schedule.scratch),
            weights: vec![0.0; schedule.weight_count],
        }
    }

    /// The array of an output, after a forward run.
    pub fn array<'a>(&'a self, schedule: &'a Schedule, output: &Operand) -> &'a [f64] {
        let memory: &[Lanes] = match output.source {
            Source::Memory => &self.memory,
            Source::Data(number) => &schedule.data[number],
        };
        &memory[output.groups()].as_flattened()[..output.size]
    }

    /// Copies in what a run depends on.
    #[inline(always)]
    fn place(&mut self, schedule: &Schedule, position: &[f64]) {
        for (first, place) in &schedule.positions {
            let own = &position[*first..first + place.size];
            match own.len() {
                1 => self.memory[place.offset] = splat(own[0]),
                // As one vector: what reads it as one would wait where it was written number by number.
                2..=LANES => self.memory[place.offset] = each(|k| own[k.min(own.len() - 1)]),
                _ => pack(own, &mut self.memory[place.groups()]),
            }
        }
        for (first, place) in &schedule.weights {
            pack(&self.weights[*first..first + place.size], &mut self.memory[place.groups()]);
        }
    }
}

/// The log density at a position without its constant terms, and its gradient, which is overwritten.
///
/// Constants of the data may be so large that adding them would round off what depends on the position; only one that is
/// not finite is added, since then there is no density anywhere.
pub fn log_density_gradient(schedule: &Schedule, work: &mut Workspace, position: &[f64], gradient: &mut [f64]) -> f64 {
    vector::run(Gradient { schedule, work, position, gradient })
}

struct Gradient<'a> {
    schedule: &'a Schedule,
    work: &'a mut Workspace,
    position: &'a [f64],
    gradient: &'a mut [f64],
}

impl vector::Kernel for Gradient<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Gradient { schedule, work, position, gradient } = self;
        work.place(schedule, position);
        work.adjoints[schedule.live.clone()].fill([0.0; LANES]);
        let mut total = if schedule.constant.is_finite() { 0.0 } else { schedule.constant };
        for l in &schedule.loops {
            match &l.extent {
                Extent::Small(small) => {
                    small.begin(&mut work.adjoints);
                    total += small.forward(schedule, &mut work.memory, &mut work.partials);
                }
                Extent::Cells { .. } => {
                    if !l.terminal {
                        clear(l, &mut work.adjoints);
                    }
                    each_block(schedule, l, |block| {
                        total += vector::run(Forward(&block, work));
                        if l.terminal {
                            vector::run(Backward(&block, work));
                        }
                    });
                }
            }
        }
        for sum in &schedule.sums {
            total += sum.run(schedule, &work.memory, &mut work.adjoints, &mut work.scratch);
        }
        for l in schedule.loops.iter().rev().filter(|l| !l.terminal) {
            match &l.extent {
                Extent::Small(small) => small.backward(schedule, &work.memory, &work.partials, &mut work.adjoints),
                Extent::Cells { .. } => each_block(schedule, l, |block| vector::run(Backward(&block, work))),
            }
        }
        gradient.fill(0.0);
        for (first, place) in &schedule.positions {
            match place.size {
                1 => gradient[*first] = work.adjoints[place.offset][0],
                _ => {
                    let adjoint = &work.adjoints[place.groups()].as_flattened()[..place.size];
                    gradient[*first..first + place.size].copy_from_slice(adjoint);
                }
            }
        }
        for (offset, size, weight) in &schedule.position_terms {
            for i in 0..*size {
                total += weight.at(i) * position[offset + i];
                gradient[offset + i] += weight.at(i);
            }
        }
        for (offset, size, weight) in &schedule.weight_terms {
            total += (0..*size).map(|i| weight.at(i) * work.weights[offset + i]).sum::<f64>();
        }
        total
    }
}

/// Clears what the instructions of a loop add to.
#[inline(always)]
pub(super) fn clear(l: &Loop, adjoints: &mut [Lanes]) {
    l.adjoints.iter().for_each(|range| adjoints[range.clone()].fill([0.0; LANES]));
}

/// Groups `start .. start + groups` of a loop, which hold so many cells.
pub(super) struct Block<'a> {
    pub schedule: &'a Schedule,
    pub l: &'a Loop,
    pub start: usize,
    pub groups: usize,
    pub cells: usize,
}

/// The two sweeps over a block, compiled for each form of instructions.
struct Forward<'a>(&'a Block<'a>, &'a mut Workspace);
struct Backward<'a>(&'a Block<'a>, &'a mut Workspace);

impl vector::Kernel for Forward<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        self.0.forward(self.1)
    }
}

impl vector::Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.0.backward(self.1);
    }
}

/// Does something for each block of a loop over cells.
#[inline(always)]
fn each_block(schedule: &Schedule, l: &Loop, mut f: impl FnMut(Block<'_>)) {
    let Extent::Cells { size, block } = l.extent else { return };
    for start in (0..groups(size)).step_by(block) {
        let groups = block.min(groups(size) - start);
        f(Block { schedule, l, start, groups, cells: (groups * LANES).min(size - start * LANES) });
    }
}

/// Runs a schedule forward; the arrays of its outputs can be read afterwards.
pub fn forward(schedule: &Schedule, work: &mut Workspace, position: &[f64]) {
    work.place(schedule, position);
    schedule.loops.iter().for_each(|l| forward_loop(schedule, work, l));
}

/// Runs a schedule that draws at random.
pub fn forward_with_draws(schedule: &Schedule, work: &mut Workspace, position: &[f64], streams: &mut dyn Streams) {
    work.place(schedule, position);
    for l in &schedule.loops {
        let instruction = &schedule.instructions[l.instructions.start];
        let Code::Draw(sampler, number, operands) = &instruction.code else {
            forward_loop(schedule, work, l);
            continue;
        };
        let (before, after) = work.memory.split_at_mut(instruction.output.offset);
        let reader = Reader { schedule, memory: before };
        let mut inputs: [&[f64]; MOST_ARGUMENTS] = [&[]; MOST_ARGUMENTS];
        inputs.iter_mut().zip(operands).for_each(|(slot, operand)| *slot = reader.whole(operand));
        let count = operands.len().min(MOST_ARGUMENTS);
        let size = instruction.output.size;
        let out = after[..groups(size)].as_flattened_mut();
        sampler.fill(&inputs[..count], &mut out[..size], streams.stream(*number));
        fill_up(out, size);
    }
}

/// More arguments than any distribution has.
const MOST_ARGUMENTS: usize = 8;

/// Fills the last group up with the last cell.
#[inline(always)]
pub(super) fn fill_up(out: &mut [f64], size: usize) {
    if size > 0 && out.len() > size {
        let last = out[size - 1];
        out[size..].fill(last);
    }
}

fn forward_loop(schedule: &Schedule, work: &mut Workspace, l: &Loop) {
    match &l.extent {
        Extent::Small(small) => vector::run(SmallForward { small, schedule, work }),
        Extent::Cells { .. } => each_block(schedule, l, |block| _ = vector::run(Forward(&block, work))),
    }
}

struct SmallForward<'a> {
    small: &'a Small,
    schedule: &'a Schedule,
    work: &'a mut Workspace,
}

impl vector::Kernel for SmallForward<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.small.forward(self.schedule, &mut self.work.memory, &mut self.work.partials);
    }
}
