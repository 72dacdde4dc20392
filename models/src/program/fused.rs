//! Scalar functions with partial derivatives, run over blocks.
//!
//! A [`Fused`] is the unit the density program is made of: a scalar function of `arity` inputs whose value and partial
//! derivatives come out of one evaluation. The program runs it over groups of eight cells, or at one; both are
//! monomorphised from the scalar function, so that what the tests check is what the sampler runs.

use super::instruction::MAX_ARITY;
use crate::special::vector::{self, LANES, Lanes, groups, pack};
use std::marker::PhantomData;

/// A scalar function with its partial derivatives, as the program runs it.
#[derive(Clone, Copy)]
pub struct Fused {
    /// Name shown by `explain` and in messages, such as `beta kernel`.
    pub name: &'static str,
    /// Number of inputs.
    pub arity: usize,
    /// Evaluates groups of cells: of group `g`, inputs are `inputs[j][g]`, and its value and partials are written.
    pub(crate) block: fn(inputs: &[&[Lanes]; MAX_ARITY], value: &mut [Lanes], partials: &mut Partials<'_>),
    /// Evaluates one cell, with the same bits: value and partial derivatives.
    pub(crate) one: fn(inputs: &[f64; MAX_ARITY]) -> (f64, [f64; MAX_ARITY]),
}

impl std::fmt::Debug for Fused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fused").field("name", &self.name).field("arity", &self.arity).finish()
    }
}

impl Fused {
    /// The value at one cell.
    pub fn value<const N: usize>(&self, x: [f64; N]) -> f64 {
        self.at(&x).0
    }

    /// Value and partial derivatives at one cell; inputs beyond the arity are not looked at, missing ones are 0.
    pub fn at(&self, x: &[f64]) -> (f64, [f64; MAX_ARITY]) {
        let mut inputs = [0.0; MAX_ARITY];
        inputs.iter_mut().zip(x).for_each(|(slot, x)| *slot = *x);
        (self.one)(&inputs)
    }

    /// Values at cells whose input `j` is `inputs[j]`, all of one length; then the partial derivatives by each input.
    pub fn over(&self, inputs: &[&[f64]]) -> Vec<Vec<f64>> {
        let cells = inputs.first().map_or(0, |x| x.len());
        let room = groups(cells);
        let mut packed = vec![[0.0; LANES]; MAX_ARITY * room];
        for (input, out) in inputs.iter().zip(packed.chunks_exact_mut(room.max(1))) {
            pack(input, out);
        }
        let slices = std::array::from_fn(|j| &packed[j * room..(j + 1) * room]);
        let (mut value, mut lanes) = (vec![[0.0; LANES]; room], vec![[0.0; LANES]; self.arity * room]);
        (self.block)(&slices, &mut value, &mut Partials::new(&mut lanes, room, 0));
        let flat = |groups: &[Lanes]| groups.as_flattened()[..cells].to_vec();
        std::iter::once(flat(&value)).chain((0..self.arity).map(|j| flat(&lanes[j * room..(j + 1) * room]))).collect()
    }
}

/// Where a block function writes its partial derivatives: one lane of equal length for each input.
#[derive(Debug)]
pub struct Partials<'a> {
    lanes: &'a mut [Lanes],
    stride: usize,
    offset: usize,
}

impl<'a> Partials<'a> {
    /// Lane `j` begins at `j * stride + offset` of `lanes`.
    #[inline(always)]
    pub fn new(lanes: &'a mut [Lanes], stride: usize, offset: usize) -> Self {
        Self { lanes, stride, offset }
    }
}

/// The scalar function of a cell. A type and not a function pointer or closure, whose calls are not sure to be inlined.
pub trait Cell<const N: usize> {
    /// Value and partial derivatives; to be marked `#[inline(always)]`.
    fn at(x: [f64; N]) -> (f64, [f64; N]);
}

/// Runs a scalar function with partials over groups of cells. It is to be `#[inline(always)]` down to the last call, and
/// to be free of branches, as the functions of [`vector`] are; any other is right but slow.
#[inline(always)]
pub fn map_block<F: Cell<N>, const N: usize>(
    inputs: &[&[Lanes]; MAX_ARITY],
    value: &mut [Lanes],
    partials: &mut Partials<'_>,
) {
    vector::run(Block { f: PhantomData::<F>, inputs, value, partials });
}

struct Block<'a, 'b, F, const N: usize> {
    f: PhantomData<F>,
    inputs: &'a [&'a [Lanes]; MAX_ARITY],
    value: &'a mut [Lanes],
    partials: &'a mut Partials<'b>,
}

impl<F: Cell<N>, const N: usize> vector::Kernel for Block<'_, '_, F, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Block { inputs, value, partials, .. } = self;
        for (g, value) in value.iter_mut().enumerate() {
            // Copies, which the compiler knows to be apart from what is written.
            let mut x = [[0.0; LANES]; N];
            for (x, input) in x.iter_mut().zip(inputs) {
                *x = input[g];
            }
            let (mut y, mut d) = ([0.0; LANES], [[0.0; LANES]; N]);
            lanes::<F, N>(&x, &mut y, &mut d);
            *value = y;
            for (j, d) in d.iter().enumerate() {
                partials.lanes[j * partials.stride + partials.offset + g] = *d;
            }
        }
    }
}

/// Values and partials of a group of cells.
#[inline(always)]
fn lanes<F: Cell<N>, const N: usize>(x: &[Lanes; N], y: &mut Lanes, d: &mut [Lanes; N]) {
    for i in 0..LANES {
        let mut cell = [0.0; N];
        for j in 0..N {
            cell[j] = x[j][i];
        }
        let (value, slopes) = F::at(cell);
        y[i] = value;
        for j in 0..N {
            d[j][i] = slopes[j];
        }
    }
}

/// Runs a scalar function with partials at one cell, by the form in use.
#[inline(always)]
pub fn map_one<F: Cell<N>, const N: usize>(inputs: &[f64; MAX_ARITY]) -> (f64, [f64; MAX_ARITY]) {
    vector::run(One { f: PhantomData::<F>, inputs })
}

struct One<'a, F, const N: usize> {
    f: PhantomData<F>,
    inputs: &'a [f64; MAX_ARITY],
}

impl<F: Cell<N>, const N: usize> vector::Kernel for One<'_, F, N> {
    type Output = (f64, [f64; MAX_ARITY]);

    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut cell = [0.0; N];
        cell.iter_mut().zip(self.inputs).for_each(|(slot, x)| *slot = *x);
        let (value, slopes) = F::at(cell);
        let mut partials = [0.0; MAX_ARITY];
        partials.iter_mut().zip(slopes).for_each(|(slot, d)| *slot = d);
        (value, partials)
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
        $crate::program::fused::Fused {
            name: $name,
            arity: $arity,
            block: $crate::program::fused::map_block::<Function, $arity>,
            one: $crate::program::fused::map_one::<Function, $arity>,
        }
    }};
}
