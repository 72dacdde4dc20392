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
pub(crate) use gamma::{stirling_and_remainder_above_one, stirling_and_remainder_by};
pub use gamma::{digamma, lbeta_and_partials, lgamma, log_rising, stirling_and_remainder};
pub(crate) use logarithm::{Quotient, Split, log_of_complement, log1p_by, log1p_of_fraction};
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

/// `out[i] = f(x[i])` over the shorter of the two, by the form in use.
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
        for (o, x) in self.out.iter_mut().zip(self.x) {
            *o = F::at(*x);
        }
    }
}
