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
pub(crate) use gamma::{stirling_and_remainder_above_one, stirling_and_remainder_by};
pub(crate) use logarithm::{Quotient, Split, log_of_complement, log1p_by, log1p_of_fraction, log1pmx_near};
pub use logarithm::{log, log_ratio, log1p, log1pmx};
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

/// `out[i] = f(x[i])`, all of one length, by the form in use.
#[inline]
pub fn map<F: Function>(x: &[f64], out: &mut [f64]) {
    run(Map { f: PhantomData::<F>, x, out });
}

struct Map<'a, F> {
    f: PhantomData<F>,
    x: &'a [f64],
    out: &'a mut [f64],
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
pub(crate) fn map_inside<F: Function>(x: &[f64], out: &mut [f64]) {
    zip_inside::<First<F>>(x, x, out);
}

struct First<F>(PhantomData<F>);

impl<F: Function> BinaryFunction for First<F> {
    #[inline(always)]
    fn at(x: f64, _: f64) -> f64 {
        F::at(x)
    }
}

/// `out[i] = f(x[i], y[i])`, all of one length, for those inside of a kernel.
#[inline(always)]
pub(crate) fn zip_inside<F: BinaryFunction>(x: &[f64], y: &[f64], out: &mut [f64]) {
    let len = out.len();
    let mut start = 0;
    while len - start >= CHUNK {
        zip_group::<F, CHUNK>(&x[start..start + CHUNK], &y[start..start + CHUNK], &mut out[start..start + CHUNK]);
        start += CHUNK;
    }
    while start < len {
        let end = (start + LANES).min(len);
        zip_group::<F, LANES>(&x[start..end], &y[start..end], &mut out[start..end]);
        start = end;
    }
}

#[inline(always)]
fn zip_group<F: BinaryFunction, const M: usize>(x: &[f64], y: &[f64], out: &mut [f64]) {
    let (x, y, mut z) = (filled::<M>(x), filled::<M>(y), [0.0; M]);
    for i in 0..M {
        z[i] = F::at(x[i], y[i]);
    }
    copy(out, &z);
}

/// So many cells are evaluated at a time, from and to arrays of their own, which the compiler knows to be apart: else it
/// would make no vectors of the loop. A loop of this length it does not unroll before it makes vectors of it.
pub(crate) const CHUNK: usize = 32;

/// What is less than a chunk is evaluated in groups of this many cells.
pub(crate) const LANES: usize = 8;

/// The cells, filled up with the first of them, which is sure to be in the domain.
#[inline(always)]
pub(crate) fn filled<const M: usize>(cells: &[f64]) -> [f64; M] {
    if let Some(whole) = cells.first_chunk::<M>() {
        return *whole;
    }
    let mut x = [cells[0]; M];
    for (x, cell) in x.iter_mut().zip(cells) {
        *x = *cell;
    }
    x
}

/// Copies as much as there is room for.
#[inline(always)]
pub(crate) fn copy<const M: usize>(to: &mut [f64], from: &[f64; M]) {
    match to.first_chunk_mut::<M>() {
        Some(to) => *to = *from,
        None => to.iter_mut().zip(from).for_each(|(to, from)| *to = *from),
    }
}
