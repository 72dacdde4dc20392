//! Special functions without branches, for loops that the compiler turns into vector instructions.
//!
//! Each function here is arithmetic, fused multiply-adds, operations on bits and choices between computed values: no
//! call, no table, no branch. A loop over cells that is run by [`run`] or [`map`] is therefore done eight numbers at a
//! time where the machine has AVX-512, four by AVX2, and one by one elsewhere, *with the same bits*. Outside of such a
//! loop the functions of [`special`](crate::special) are the faster ones.

use std::marker::PhantomData;

mod dispatch;
mod exponential;
mod gamma;
mod logarithm;
mod logistic;

pub use dispatch::{Form, Kernel, run};
pub use exponential::{exp, expm1};
pub(crate) use exponential::{exp_parts, power_of_two};
pub use gamma::{digamma, lbeta_and_partials, lgamma, log_rising, stirling_and_remainder};
pub(crate) use gamma::{
    half_log_share_less_stirling, stirling_and_remainder_above_one, stirling_and_remainder_by, stirling_and_slope,
    stirling_and_slope_above_one,
};
pub(crate) use logarithm::{Log1p, Quotient, Split, log_of_complement, log1p_by, log1pmx_near};
pub use logarithm::{log, log_ratio, log1p, log1p_of_fraction, log1pmx};
pub use logistic::{inv_logit, log_inv_logit, log1m_exp, softplus, softplus_and_inv_logit};

/// Adding and subtracting it rounds a number below 2⁵¹ to a whole one, which meanwhile stands in the low bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// `c[0] + c[1] x + … `, as two interleaved Horner chains in x² so that the chains run side by side.
#[inline(always)]
fn polynomial<const N: usize>(c: &[f64; N], x: f64) -> f64 {
    let square = x * x;
    let (mut even, mut odd) = (0.0, 0.0);
    for i in (0..N).rev() {
        let chain = if i % 2 == 0 { &mut even } else { &mut odd };
        *chain = if i + 2 < N { f64::mul_add(*chain, square, c[i]) } else { c[i] };
    }
    f64::mul_add(x, odd, even)
}

/// A function of one number. A type and not a function pointer or closure, whose calls are not sure to be inlined.
pub trait Function {
    /// The value; to be marked `#[inline(always)]`.
    fn at(x: f64) -> f64;
}

/// A function of two numbers, likewise.
pub trait BinaryFunction {
    /// The value; to be marked `#[inline(always)]`.
    fn at(x: f64, y: f64) -> f64;
}

/// So many cells are evaluated at a time, from and to arrays of their own, which the compiler knows to be apart: else it
/// would make no vectors of the loop.
pub const LANES: usize = 8;

/// Cells that are evaluated together: one register of AVX-512, two of AVX2.
pub type Lanes = [f64; LANES];

/// `out = f(x)` cell by cell, both of one length, by the form in use.
#[inline]
pub fn map<F: Function>(x: &[Lanes], out: &mut [Lanes]) {
    run(Map { f: PhantomData::<F>, x, out });
}

struct Map<'a, F> {
    f: PhantomData<F>,
    x: &'a [Lanes],
    out: &'a mut [Lanes],
}

impl<F: Function> Kernel for Map<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        map_inside::<F>(self.x, self.out);
    }
}

/// [`map`] for those inside of a kernel.
#[inline(always)]
pub(crate) fn map_inside<F: Function>(x: &[Lanes], out: &mut [Lanes]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out = each(|i| F::at(x[i]));
    }
}

/// `out = f(x, y)` cell by cell, all of one length, for those inside of a kernel.
#[inline(always)]
pub(crate) fn zip_inside<F: BinaryFunction>(x: &[Lanes], y: &[Lanes], out: &mut [Lanes]) {
    for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
        *out = each(|i| F::at(x[i], y[i]));
    }
}

/// Eight cells by a function of their number.
#[inline(always)]
pub fn each(f: impl Fn(usize) -> f64) -> Lanes {
    let mut lanes = [0.0; LANES];
    for (i, lane) in lanes.iter_mut().enumerate() {
        *lane = f(i);
    }
    lanes
}

/// Eight times the same.
#[inline(always)]
pub fn splat(x: f64) -> Lanes {
    [x; LANES]
}

/// How many groups of eight hold so many cells.
#[inline(always)]
pub fn groups(cells: usize) -> usize {
    cells.div_ceil(LANES)
}

/// Writes cells to groups of eight; what is left of these is filled with the last cell, so that whatever is computed of
/// it stays ordinary.
pub fn pack(cells: &[f64], out: &mut [Lanes]) {
    let flat = out.as_flattened_mut();
    flat[..cells.len()].copy_from_slice(cells);
    if let Some(last) = cells.last() {
        flat[cells.len()..].fill(*last);
    }
}
