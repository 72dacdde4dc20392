//! Scalar functions with partial derivatives, run over blocks.
//!
//! A [`Fused`] is the unit the density program is made of: a scalar function of `arity` inputs whose value and partial
//! derivatives come out of one evaluation. The program runs it over a block of cells at a time; the block function is
//! monomorphised from the scalar one, so that what the tests check is what the sampler runs.

use std::marker::PhantomData;

use crate::special::vector::{self, LANES, cells};

/// A scalar function with its partial derivatives, as the program runs it over a block of cells.
#[derive(Clone, Copy)]
pub struct Fused {
    /// Name shown by `explain` and in messages, such as `beta kernel`.
    pub name: &'static str,
    /// Number of inputs.
    pub arity: usize,
    /// Evaluates a block: `inputs[j][i]` is input `j` of cell `i`; `value[i]` and `partials[j][i]` are written.
    pub block: fn(inputs: &[&[f64]], value: &mut [f64], partials: &mut Partials<'_>),
}

impl std::fmt::Debug for Fused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fused").field("name", &self.name).field("arity", &self.arity).finish()
    }
}

impl Fused {
    /// The value at one cell.
    pub fn value<const N: usize>(&self, x: [f64; N]) -> f64 {
        let (mut value, mut lanes) = ([0.0], [0.0; N]);
        let mut inputs: [&[f64]; N] = [&[]; N];
        for (input, x) in inputs.iter_mut().zip(&x) {
            *input = std::slice::from_ref(x);
        }
        (self.block)(&inputs, &mut value, &mut Partials::new(&mut lanes, 1, 0));
        value[0]
    }
}

/// Where a block function writes its partial derivatives: one lane of equal length for each input.
#[derive(Debug)]
pub struct Partials<'a> {
    lanes: &'a mut [f64],
    stride: usize,
    offset: usize,
}

impl<'a> Partials<'a> {
    /// Lane `j` begins at `j * stride + offset` of `lanes`.
    pub fn new(lanes: &'a mut [f64], stride: usize, offset: usize) -> Self {
        Self { lanes, stride, offset }
    }

    /// Where the partial derivatives of cells `start .. start + len` by input `j` stand.
    #[inline(always)]
    pub fn lane(&mut self, j: usize, start: usize, len: usize) -> &mut [f64] {
        let from = j * self.stride + self.offset + start;
        &mut self.lanes[from..from + len]
    }
}

/// The scalar function of a cell. A type and not a function pointer or closure, whose calls are not sure to be inlined.
pub trait Cell<const N: usize> {
    /// Value and partial derivatives; to be marked `#[inline(always)]`.
    fn at(x: [f64; N]) -> (f64, [f64; N]);
}

/// Runs a scalar function with partials over a block. It is to be `#[inline(always)]` down to the last call, and to be
/// free of branches, as the functions of [`vector`](crate::special::vector) are; any other is right but slow.
#[inline(always)]
pub fn map_block<F: Cell<N>, const N: usize>(inputs: &[&[f64]], value: &mut [f64], partials: &mut Partials<'_>) {
    vector::run(Block { f: PhantomData::<F>, inputs, value, partials });
}

struct Block<'a, 'b, F, const N: usize> {
    f: PhantomData<F>,
    inputs: &'a [&'a [f64]],
    value: &'a mut [f64],
    partials: &'a mut Partials<'b>,
}

impl<F: Cell<N>, const N: usize> vector::Kernel for Block<'_, '_, F, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Block { inputs, value, partials, .. } = self;
        let len = value.len();
        let mut start = 0;
        while len - start >= LANES {
            group::<F, N, LANES>(inputs, value, partials, start);
            start += LANES;
        }
        for i in start..len {
            group::<F, N, 1>(inputs, value, partials, i);
        }
    }
}

/// Evaluates `M` cells from `start`.
#[inline(always)]
fn group<F: Cell<N>, const N: usize, const M: usize>(
    inputs: &[&[f64]],
    value: &mut [f64],
    partials: &mut Partials<'_>,
    start: usize,
) {
    let (mut x, mut y, mut d) = ([[0.0; M]; N], [0.0; M], [[0.0; M]; N]);
    for (x, input) in x.iter_mut().zip(inputs) {
        *x = cells(input, start);
    }
    for i in 0..M {
        let mut cell = [0.0; N];
        for j in 0..N {
            cell[j] = x[j][i];
        }
        let (value, partials) = F::at(cell);
        y[i] = value;
        for j in 0..N {
            d[j][i] = partials[j];
        }
    }
    value[start..start + M].copy_from_slice(&y);
    for (j, d) in d.iter().enumerate() {
        partials.lane(j, start, M).copy_from_slice(d);
    }
}

/// Makes a [`Fused`] of a scalar function `fn([f64; N]) -> (f64, [f64; N])`.
///
/// `fused!("beta kernel", 4, kernel)`
#[macro_export]
#[doc(hidden)]
macro_rules! fused {
    ($name:literal, $arity:literal, $f:path) => {{
        struct Function;
        impl $crate::program::fused::Cell<$arity> for Function {
            #[inline(always)]
            fn at(x: [f64; $arity]) -> (f64, [f64; $arity]) {
                $f(x)
            }
        }
        fn block(inputs: &[&[f64]], value: &mut [f64], partials: &mut $crate::program::fused::Partials<'_>) {
            $crate::program::fused::map_block::<Function, $arity>(inputs, value, partials);
        }
        $crate::program::fused::Fused { name: $name, arity: $arity, block }
    }};
}
