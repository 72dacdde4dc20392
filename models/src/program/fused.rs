//! Scalar functions with partial derivatives, run over blocks.
//!
//! A [`Fused`] is the unit the density program is made of: a scalar function of `arity` inputs whose value and partial
//! derivatives come out of one evaluation. The program runs it over a block of cells at a time; the block function is
//! monomorphised from the scalar one, so that what the tests check is what the sampler runs.

use crate::special::vector;

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

/// So many cells are evaluated at a time. Their results stand in an array of their own, which the compiler knows to be
/// apart from the inputs: else it would make no vectors of the loop.
const CHUNK: usize = 32;

/// Shorter chunks are filled up to a multiple of this, so that all cells take the same path.
const LANES: usize = 8;

/// Runs a scalar function with partials over a block. The function is to be marked `#[inline(always)]`, and to be free
/// of branches and calls, as those of [`vector`](crate::special::vector) are; any other is right but slow.
#[inline(always)]
pub fn map_block<const N: usize>(
    f: impl Fn([f64; N]) -> (f64, [f64; N]),
    inputs: &[&[f64]],
    value: &mut [f64],
    partials: &mut Partials<'_>,
) {
    vector::run(Block { f, inputs, value, partials });
}

struct Block<'a, 'b, F, const N: usize> {
    f: F,
    inputs: &'a [&'a [f64]],
    value: &'a mut [f64],
    partials: &'a mut Partials<'b>,
}

impl<F: Fn([f64; N]) -> (f64, [f64; N]), const N: usize> vector::Kernel for Block<'_, '_, F, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Block { f, inputs, value, partials } = self;
        let len = value.len();
        let inputs: [&[f64]; N] = std::array::from_fn(|j| &inputs[j][..len]);
        let mut filled = [[0.0; LANES]; N];
        let (mut y, mut d) = ([0.0; CHUNK], [[0.0; CHUNK]; N]);
        let mut start = 0;
        while start < len {
            let rest = len - start;
            // Whole groups of lanes are read where they are; what is left at the end from a copy that is filled up.
            let whole = (rest & !(LANES - 1)).min(CHUNK);
            let (count, cells): (usize, [&[f64]; N]) = if whole > 0 {
                (whole, std::array::from_fn(|j| &inputs[j][start..start + whole]))
            } else {
                for (filled, input) in filled.iter_mut().zip(inputs) {
                    for (i, x) in filled.iter_mut().enumerate() {
                        *x = input[start + i.min(rest - 1)];
                    }
                }
                (LANES, std::array::from_fn(|j| &filled[j][..]))
            };
            for i in 0..count.min(CHUNK) {
                let (v, partial) = f(std::array::from_fn(|j| cells[j][i]));
                y[i] = v;
                for j in 0..N {
                    d[j][i] = partial[j];
                }
            }
            let used = count.min(rest);
            value[start..start + used].copy_from_slice(&y[..used]);
            for (j, d) in d.iter().enumerate() {
                partials.lane(j, start, used).copy_from_slice(&d[..used]);
            }
            start += used;
        }
    }
}

/// Makes a [`Fused`] of a scalar function `fn([f64; N]) -> (f64, [f64; N])`.
///
/// `fused!("beta kernel", 4, kernel)`
#[macro_export]
#[doc(hidden)]
macro_rules! fused {
    ($name:literal, $arity:literal, $f:path) => {{
        fn block(inputs: &[&[f64]], value: &mut [f64], partials: &mut $crate::program::fused::Partials<'_>) {
            $crate::program::fused::map_block::<$arity>($f, inputs, value, partials);
        }
        $crate::program::fused::Fused { name: $name, arity: $arity, block }
    }};
}
