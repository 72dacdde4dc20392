//! Runs a schedule: the log density forward, its gradient backward, without a tape and without allocation.

use super::fused::Partials;
use super::ops::{Binary, Unary};
use super::sampler::Streams;
use super::schedule::{BLOCK, Code, Instruction, Loop, Place, Schedule, Weight};
use crate::compiler::graph::Op;
use crate::special::vector;

/// The memory a schedule runs in; one for each thread that runs it.
#[derive(Clone, Debug)]
pub struct Workspace {
    arena: Vec<f64>,
    adjoints: Vec<f64>,
    partials: Vec<f64>,
    uniforms: Vec<f64>,
    /// How far each level of a hierarchy is centred, from 0 (not) to 1.
    pub weights: Vec<f64>,
}

impl Workspace {
    /// Room for a schedule that is also run backward.
    pub fn new(schedule: &Schedule) -> Self {
        Self { adjoints: vec![0.0; schedule.arena], ..Self::forward_only(schedule) }
    }

    /// Room for a schedule that is run forward only.
    pub fn forward_only(schedule: &Schedule) -> Self {
        let uniforms = schedule.uniforms.iter().flat_map(|u| std::iter::repeat_n(*u, BLOCK)).collect();
        Self {
            arena: vec![0.0; schedule.arena],
            adjoints: Vec::new(),
            partials: vec![0.0; schedule.partials],
            uniforms,
            weights: vec![0.0; schedule.weights],
        }
    }

    /// The array at a place, after a forward run.
    pub fn array<'a>(&'a self, schedule: &'a Schedule, position: &'a [f64], place: Place, size: usize) -> &'a [f64] {
        match place {
            Place::Constant(c) => &schedule.constants[c],
            Place::Uniform(u) => &self.uniforms[u * BLOCK..u * BLOCK + size.min(BLOCK)],
            Place::Position(offset) => &position[offset..offset + size],
            Place::Weights(offset) => &self.weights[offset..offset + size],
            Place::Arena { offset, .. } => &self.arena[offset..offset + size],
        }
    }
}

/// What an instruction reads: constants, the position, and the arena below its own output.
struct Reader<'a> {
    schedule: &'a Schedule,
    uniforms: &'a [f64],
    position: &'a [f64],
    weights: &'a [f64],
    arena: &'a [f64],
}

impl<'a> Reader<'a> {
    /// Cells `start .. start + len` of an operand that is read cell by cell.
    #[inline(always)]
    fn cells(&self, place: Place, start: usize, len: usize) -> &'a [f64] {
        match place {
            Place::Constant(c) => &self.schedule.constants[c][start..start + len],
            Place::Uniform(u) => &self.uniforms[u * BLOCK..u * BLOCK + len],
            Place::Position(offset) => &self.position[offset + start..offset + start + len],
            Place::Weights(offset) => &self.weights[offset + start..offset + start + len],
            Place::Arena { offset, register: true } => &self.arena[offset..offset + len],
            Place::Arena { offset, register: false } => &self.arena[offset + start..offset + start + len],
        }
    }

    /// All of an operand that is read at random.
    #[inline(always)]
    fn whole(&self, place: Place, size: usize) -> &'a [f64] {
        self.cells(place, 0, size)
    }
}

/// The log density at a position, and its gradient, which is overwritten.
pub fn log_density_gradient(schedule: &Schedule, work: &mut Workspace, position: &[f64], gradient: &mut [f64]) -> f64 {
    let mut total = schedule.constant;
    gradient.fill(0.0);
    for (offset, size, weight) in &schedule.position_terms {
        for i in 0..*size {
            total += weight.at(i) * position[offset + i];
            gradient[offset + i] += weight.at(i);
        }
    }
    for l in schedule.loops.iter().filter(|l| !l.terminal) {
        total += forward_loop(schedule, work, position, l);
        work.adjoints[l.arena.clone()].fill(0.0);
    }
    for l in schedule.loops.iter().filter(|l| l.terminal) {
        let mut start = 0;
        while start < l.size {
            let len = l.block.min(l.size - start);
            forward_block(schedule, work, position, l, start, len);
            total += sum_terms(work, l, start, len);
            work.adjoints[l.arena.clone()].fill(0.0);
            backward_block(schedule, work, position, gradient, l, start, len);
            start += len;
        }
    }
    for l in schedule.loops.iter().rev().filter(|l| !l.terminal) {
        let mut start = 0;
        while start < l.size {
            let len = l.block.min(l.size - start);
            backward_block(schedule, work, position, gradient, l, start, len);
            start += len;
        }
    }
    total
}

/// Runs a schedule forward; the arrays of its outputs can be read afterwards.
pub fn forward(schedule: &Schedule, work: &mut Workspace, position: &[f64]) {
    for l in &schedule.loops {
        forward_loop(schedule, work, position, l);
    }
}

/// Runs a schedule that draws at random.
pub fn forward_with_draws(schedule: &Schedule, work: &mut Workspace, position: &[f64], streams: &mut dyn Streams) {
    for l in &schedule.loops {
        let instruction = &schedule.instructions[l.instructions.start];
        if let Code::Graph(Op::Draw(sampler, number)) = &instruction.op {
            let (before, after) = work.arena.split_at_mut(instruction.offset);
            let reader = Reader { schedule, uniforms: &work.uniforms, position, weights: &work.weights, arena: before };
            let mut inputs: [&[f64]; MAX_ARITY] = [&[]; MAX_ARITY];
            let places = instruction.inputs.iter().zip(&instruction.input_sizes);
            for (slot, (place, size)) in inputs.iter_mut().zip(places) {
                *slot = reader.whole(*place, *size);
            }
            sampler.fill(
                &inputs[..instruction.inputs.len().min(MAX_ARITY)],
                &mut after[..l.size],
                streams.stream(*number),
            );
        } else {
            forward_loop(schedule, work, position, l);
        }
    }
}

/// Runs one loop forward; the sum of its terms.
fn forward_loop(schedule: &Schedule, work: &mut Workspace, position: &[f64], l: &Loop) -> f64 {
    let (mut start, mut total) = (0, 0.0);
    while start < l.size {
        let len = l.block.min(l.size - start);
        forward_block(schedule, work, position, l, start, len);
        total += sum_terms(work, l, start, len);
        start += len;
    }
    total
}

fn sum_terms(work: &Workspace, l: &Loop, start: usize, len: usize) -> f64 {
    l.terms
        .iter()
        .map(|term| {
            let Place::Arena { offset, register } = term.place else { return 0.0 };
            let from = if register { offset } else { offset + start };
            let cells = &work.arena[from..from + len];
            match &term.weight {
                Weight::Uniform(w) => w * sum(cells),
                Weight::Each(w) => cells.iter().zip(&w[start..]).map(|(x, w)| x * w).sum(),
            }
        })
        .sum()
}

/// The sum of products, in eight interleaved lanes.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    fold(lanes) + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// The sum in eight interleaved lanes: one fixed order on every machine, and room for it to overlap the additions.
#[inline(always)]
fn sum(cells: &[f64]) -> f64 {
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
fn fold(x: [f64; 8]) -> f64 {
    let four = [x[0] + x[4], x[1] + x[5], x[2] + x[6], x[3] + x[7]];
    (four[0] + four[2]) + (four[1] + four[3])
}

fn forward_block(schedule: &Schedule, work: &mut Workspace, position: &[f64], l: &Loop, start: usize, len: usize) {
    vector::run(ForwardBlock { schedule, work, position, l, start, len });
}

struct ForwardBlock<'a> {
    schedule: &'a Schedule,
    work: &'a mut Workspace,
    position: &'a [f64],
    l: &'a Loop,
    start: usize,
    len: usize,
}

impl vector::Kernel for ForwardBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let ForwardBlock { schedule, work, position, l, start, len } = self;
        for instruction in &schedule.instructions[l.instructions.clone()] {
            let (before, after) = work.arena.split_at_mut(instruction.offset);
            let at = if instruction.register { 0 } else { start };
            let out = &mut after[at..at + len];
            let reader = Reader { schedule, uniforms: &work.uniforms, position, weights: &work.weights, arena: before };
            forward_instruction(instruction, &reader, &mut work.partials, out, start);
        }
    }
}

#[inline(always)]
fn forward_instruction(i: &Instruction, reader: &Reader<'_>, partials: &mut [f64], out: &mut [f64], start: usize) {
    let len = out.len();
    let op = match &i.op {
        Code::Broadcast => return out.fill(reader.whole(i.inputs[0], 1)[0]),
        Code::Graph(op) => op,
    };
    match op {
        Op::Unary(f) => unary_forward(*f, reader.cells(i.inputs[0], start, len), out),
        Op::Binary(f) => {
            let (a, b) = (reader.cells(i.inputs[0], start, len), reader.cells(i.inputs[1], start, len));
            binary_forward(*f, a, b, out);
        }
        Op::Select => {
            let c = reader.cells(i.inputs[0], start, len);
            let (a, b) = (reader.cells(i.inputs[1], start, len), reader.cells(i.inputs[2], start, len));
            for (k, o) in out.iter_mut().enumerate() {
                *o = if c[k] != 0.0 { a[k] } else { b[k] };
            }
        }
        Op::Fused(f) => {
            let mut inputs: [&[f64]; MAX_ARITY] = [&[]; MAX_ARITY];
            for (slot, place) in inputs.iter_mut().zip(&i.inputs) {
                *slot = reader.cells(*place, start, len);
            }
            let at = if i.register { 0 } else { start };
            let (offset, stride) = i.partials;
            let lanes = &mut partials[offset..offset + f.arity * stride];
            (f.block)(&inputs[..f.arity.min(MAX_ARITY)], out, &mut Partials::new(lanes, stride, at));
        }
        Op::Gather(index) => {
            let source = reader.whole(i.inputs[0], i.input_sizes[0]);
            for (o, j) in out.iter_mut().zip(&index[start..]) {
                *o = source[*j as usize];
            }
        }
        Op::Reduce(how, segments) => {
            let source = reader.whole(i.inputs[0], i.input_sizes[0]);
            for (k, o) in out.iter_mut().enumerate() {
                *o = how.value(&source[segments.range(start + k)]);
            }
        }
        Op::Linear(matrix, columns) => {
            let vector = reader.whole(i.inputs[0], i.input_sizes[0]);
            for (o, row) in out.iter_mut().zip(matrix[start * columns..].chunks_exact(*columns)) {
                *o = dot(row, vector);
            }
        }
        Op::Simplex(k) => simplex_forward(*k, reader.whole(i.inputs[0], i.input_sizes[0]), out),
        Op::Stack => {
            let k = i.inputs.len();
            for (j, (place, size)) in i.inputs.iter().zip(&i.input_sizes).enumerate() {
                let item = reader.whole(*place, *size);
                for (group, o) in out.iter_mut().skip(j).step_by(k).enumerate() {
                    *o = item[if *size == 1 { 0 } else { group }];
                }
            }
        }
        // Leaves have no instruction; draws are run by whoever holds the random stream.
        Op::Constant(_) | Op::Parameter(_) | Op::Weights(_) | Op::Draw(..) => {}
    }
}

/// More inputs than any fused function has.
pub const MAX_ARITY: usize = 8;

#[inline(always)]
fn unary_forward(f: Unary, x: &[f64], out: &mut [f64]) {
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
fn binary_forward(f: Binary, a: &[f64], b: &[f64], out: &mut [f64]) {
    macro_rules! each {
        ($($f:ident),*) => {
            match f {
                $(Binary::$f => {
                    struct Value;
                    impl vector::BinaryFunction for Value {
                        #[inline(always)]
                        fn at(a: f64, b: f64) -> f64 {
                            Binary::$f.value(a, b)
                        }
                    }
                    vector::zip_inside::<Value>(a, b, out)
                })*
                Binary::Power => {
                    for (i, o) in out.iter_mut().enumerate() {
                        *o = a[i].powf(b[i]);
                    }
                }
            }
        };
    }
    each!(
        Add,
        Subtract,
        Multiply,
        Divide,
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

/// An orthonormal image of k - 1 reals in the k numbers that sum to 0 (Helmert's basis; Egozcue et al. 2003, isometric
/// log-ratio): column j is `sqrt(j / (j + 1)) * (1/j, …, 1/j, -1, 0, …)`, with 1/j standing j times.
fn simplex_forward(k: usize, x: &[f64], out: &mut [f64]) {
    for (out, x) in out.chunks_exact_mut(k).zip(x.chunks_exact(k - 1)) {
        // From the last part to the first, `tail` is what the columns beyond add to every part before theirs.
        let mut tail = 0.0;
        for part in (0..k).rev() {
            let own = if part == 0 { 0.0 } else { -x[part - 1] * helmert(part) };
            out[part] = own + tail;
            if part > 0 {
                tail += x[part - 1] * helmert(part) / part as f64;
            }
        }
    }
}

fn simplex_backward(k: usize, adjoint: &[f64], out: &mut [f64]) {
    for (adjoint, out) in adjoint.chunks_exact(k).zip(out.chunks_exact_mut(k - 1)) {
        let mut before = 0.0;
        for part in 1..k {
            before += adjoint[part - 1];
            out[part - 1] += helmert(part) * (before / part as f64 - adjoint[part]);
        }
    }
}

#[inline]
fn helmert(j: usize) -> f64 {
    let j = j as f64;
    (j / (j + 1.0)).sqrt()
}

fn backward_block(
    schedule: &Schedule,
    work: &mut Workspace,
    position: &[f64],
    gradient: &mut [f64],
    l: &Loop,
    start: usize,
    len: usize,
) {
    vector::run(BackwardBlock { schedule, work, position, gradient, l, start, len });
}

struct BackwardBlock<'a> {
    schedule: &'a Schedule,
    work: &'a mut Workspace,
    position: &'a [f64],
    gradient: &'a mut [f64],
    l: &'a Loop,
    start: usize,
    len: usize,
}

impl vector::Kernel for BackwardBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let BackwardBlock { schedule, work, position, gradient, l, start, len } = self;
        for term in &l.terms {
            let Place::Arena { offset, register } = term.place else { continue };
            let from = if register { offset } else { offset + start };
            let cells = &mut work.adjoints[from..from + len];
            match &term.weight {
                Weight::Uniform(w) => cells.iter_mut().for_each(|a| *a += w),
                Weight::Each(w) => cells.iter_mut().zip(&w[start..]).for_each(|(a, w)| *a += w),
            }
        }
        for instruction in schedule.instructions[l.instructions.clone()].iter().rev() {
            let (before, after) = work.adjoints.split_at_mut(instruction.offset);
            let (values, own) = work.arena.split_at(instruction.offset);
            let at = if instruction.register { 0 } else { start };
            let mut back = Backward {
                reader: Reader { schedule, uniforms: &work.uniforms, position, weights: &work.weights, arena: values },
                adjoints: before,
                gradient,
                start,
                adjoint: &after[at..at + len],
                value: &own[at..at + len],
            };
            back.instruction(instruction, &work.partials, at);
        }
    }
}

struct Backward<'a> {
    reader: Reader<'a>,
    adjoints: &'a mut [f64],
    gradient: &'a mut [f64],
    start: usize,
    adjoint: &'a [f64],
    value: &'a [f64],
}

impl<'a> Backward<'a> {
    /// The adjoint of an operand that is read cell by cell; none where it is constant.
    #[inline(always)]
    fn cells(&mut self, place: Place) -> Option<&mut [f64]> {
        let (start, len) = (self.start, self.adjoint.len());
        match place {
            Place::Constant(_) | Place::Uniform(_) | Place::Weights(_) => None,
            Place::Position(offset) => Some(&mut self.gradient[offset + start..offset + start + len]),
            Place::Arena { offset, register } => {
                let from = if register { offset } else { offset + start };
                Some(&mut self.adjoints[from..from + len])
            }
        }
    }

    /// All of the adjoint of an operand that is read at random.
    #[inline(always)]
    fn whole(&mut self, place: Place, size: usize) -> Option<&mut [f64]> {
        match place {
            Place::Constant(_) | Place::Uniform(_) | Place::Weights(_) => None,
            Place::Position(offset) => Some(&mut self.gradient[offset..offset + size]),
            Place::Arena { offset, .. } => Some(&mut self.adjoints[offset..offset + size]),
        }
    }

    /// Adds `adjoint * slopes` to the adjoint of an operand.
    #[inline(always)]
    fn pull(&mut self, place: Place, slopes: &[f64]) {
        let adjoint = self.adjoint;
        if let Some(out) = self.cells(place) {
            let len = out.len();
            let (adjoint, slopes) = (&adjoint[..len], &slopes[..len]);
            for k in 0..len {
                out[k] += adjoint[k] * slopes[k];
            }
        }
    }

    /// Adds `adjoint * slope` to the adjoint of an operand.
    #[inline(always)]
    fn pull_evenly(&mut self, place: Place, slope: f64) {
        let adjoint = self.adjoint;
        if let Some(out) = self.cells(place) {
            for (o, a) in out.iter_mut().zip(adjoint) {
                *o += a * slope;
            }
        }
    }

    /// Adds `adjoint * slope(x, y)` to the adjoint of an operand. A cell that adds nothing is left out, so that an
    /// infinite slope behind a condition does no harm.
    #[inline(always)]
    fn pull_guarded<F: vector::BinaryFunction>(&mut self, place: Place, x: &[f64], y: &[f64]) {
        let adjoint = self.adjoint;
        let Some(out) = self.cells(place) else { return };
        let mut slopes = [0.0; PIECE];
        for start in (0..out.len()).step_by(PIECE) {
            let end = (start + PIECE).min(out.len());
            let slopes = &mut slopes[..end - start];
            vector::zip_inside::<F>(&x[start..end], &y[start..end], slopes);
            let (out, adjoint) = (&mut out[start..end], &adjoint[start..end]);
            for k in 0..slopes.len() {
                let added = adjoint[k] * slopes[k];
                out[k] += if adjoint[k] == 0.0 { 0.0 } else { added };
            }
        }
    }

    #[inline(always)]
    fn instruction(&mut self, i: &Instruction, partials: &[f64], at: usize) {
        let op = match &i.op {
            Code::Broadcast => {
                let total = sum(self.adjoint);
                if let Some(out) = self.whole(i.inputs[0], 1) {
                    out[0] += total;
                }
                return;
            }
            Code::Graph(op) => op,
        };
        let (start, len, adjoint, value) = (self.start, self.adjoint.len(), self.adjoint, self.value);
        match op {
            Op::Unary(f) => {
                let x = self.reader.cells(i.inputs[0], start, len);
                self.unary(*f, i.inputs[0], x, value);
            }
            Op::Binary(f) => {
                let a = self.reader.cells(i.inputs[0], start, len);
                let b = self.reader.cells(i.inputs[1], start, len);
                self.binary(*f, i, a, b, value);
            }
            Op::Select => {
                let c = self.reader.cells(i.inputs[0], start, len);
                for (place, taken) in [(i.inputs[1], true), (i.inputs[2], false)] {
                    if let Some(out) = self.cells(place) {
                        for (k, o) in out.iter_mut().enumerate() {
                            *o += if (c[k] != 0.0) == taken { adjoint[k] } else { 0.0 };
                        }
                    }
                }
            }
            Op::Fused(f) => {
                let (offset, stride) = i.partials;
                for j in 0..f.arity {
                    let lane = &partials[offset + j * stride + at..offset + j * stride + at + len];
                    self.pull(i.inputs[j], lane);
                }
            }
            Op::Gather(index) => {
                if let Some(out) = self.whole(i.inputs[0], i.input_sizes[0]) {
                    for (a, j) in adjoint.iter().zip(&index[start..]) {
                        out[*j as usize] += a;
                    }
                }
            }
            Op::Reduce(how, segments) => {
                let source = self.reader.whole(i.inputs[0], i.input_sizes[0]);
                if let Some(out) = self.whole(i.inputs[0], i.input_sizes[0]) {
                    for (k, a) in adjoint.iter().enumerate() {
                        let range = segments.range(start + k);
                        how.pull_back(&source[range.clone()], value[k], *a, &mut out[range]);
                    }
                }
            }
            Op::Linear(matrix, columns) => {
                if let Some(out) = self.whole(i.inputs[0], i.input_sizes[0]) {
                    for (a, row) in adjoint.iter().zip(matrix[start * columns..].chunks_exact(*columns)) {
                        for (o, x) in out.iter_mut().zip(row) {
                            *o += a * x;
                        }
                    }
                }
            }
            Op::Simplex(k) => {
                if let Some(out) = self.whole(i.inputs[0], i.input_sizes[0]) {
                    simplex_backward(*k, adjoint, out);
                }
            }
            Op::Stack => {
                let k = i.inputs.len();
                for (j, (place, size)) in i.inputs.iter().zip(&i.input_sizes).enumerate() {
                    if let Some(out) = self.whole(*place, *size) {
                        for (group, a) in adjoint.iter().skip(j).step_by(k).enumerate() {
                            out[if *size == 1 { 0 } else { group }] += a;
                        }
                    }
                }
            }
            Op::Constant(_) | Op::Parameter(_) | Op::Weights(_) | Op::Draw(..) => {}
        }
    }

    #[inline(always)]
    fn unary(&mut self, f: Unary, place: Place, x: &[f64], y: &[f64]) {
        macro_rules! each {
            ($($f:ident),*) => {
                match f {
                    Unary::Negate => self.pull_evenly(place, -1.0),
                    Unary::Exp => self.pull(place, y),
                    Unary::Floor | Unary::Not => {}
                    $(Unary::$f => {
                        struct Slope;
                        impl vector::BinaryFunction for Slope {
                            #[inline(always)]
                            fn at(x: f64, y: f64) -> f64 {
                                Unary::$f.derivative(x, y)
                            }
                        }
                        self.pull_guarded::<Slope>(place, x, y)
                    })*
                }
            };
        }
        each!(Expm1, Log, Log1p, Sqrt, Abs, InvLogit, LogInvLogit, Softplus, Log1mExp, Lgamma);
    }

    #[inline(always)]
    fn binary(&mut self, f: Binary, i: &Instruction, a: &[f64], b: &[f64], y: &[f64]) {
        let (left, right) = (i.inputs[0], i.inputs[1]);
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
                self.pull_guarded::<Reciprocal>(left, b, b);
                self.pull_guarded::<NegativeQuotient>(right, y, b);
            }
            _ => {
                for (place, first) in [(left, true), (right, false)] {
                    let adjoint = self.adjoint;
                    let Some(out) = self.cells(place) else { continue };
                    for (k, (o, adjoint)) in out.iter_mut().zip(adjoint).enumerate() {
                        if *adjoint != 0.0 {
                            let (da, db) = f.partials(a[k], b[k], y[k]);
                            *o += adjoint * if first { da } else { db };
                        }
                    }
                }
            }
        }
    }
}

/// Slopes are formed for so many cells at a time.
const PIECE: usize = 32;

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
