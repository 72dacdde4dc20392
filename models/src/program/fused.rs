//! Scalar functions with partial derivatives, run over blocks.
//!
//! A [`Fused`] is the unit the density program is made of: a scalar function of `arity` inputs whose value and partial
//! derivatives come out of one evaluation. The program runs it over a block of cells at a time; the block function is
//! monomorphised from the scalar one, so that what the tests check is what the sampler runs.

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

    /// Writes the partial derivative of cell `i` for input `j`.
    #[inline(always)]
    pub fn set(&mut self, j: usize, i: usize, value: f64) {
        self.lanes[j * self.stride + self.offset + i] = value;
    }
}

/// Runs a scalar function with partials over a block.
#[inline(always)]
pub fn map_block<const N: usize>(
    f: impl Fn([f64; N]) -> (f64, [f64; N]),
    inputs: &[&[f64]],
    value: &mut [f64],
    partials: &mut Partials<'_>,
) {
    for (i, v) in value.iter_mut().enumerate() {
        let (y, d) = f(std::array::from_fn(|j| inputs[j][i]));
        *v = y;
        for (j, d) in d.into_iter().enumerate() {
            partials.set(j, i, d);
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
