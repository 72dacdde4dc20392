//! Gamma and beta variates on the log and logit scales, where they neither underflow nor round to 1.

use rand::Rng;
use rand_distr::{Distribution, Exp1, Open01, StandardNormal};

use super::buffered::Buffered;
use crate::special::vector::{self, Kernel, log};

/// A Gamma(shape, 1) variate as factor · exp(offset).
#[derive(Clone, Copy)]
struct Parts {
    factor: f64,
    offset: f64,
}

impl Parts {
    /// NaN unless shape > 0.
    ///
    /// Below shape 1, log G(shape) = log G(shape + 1) + log(U)/shape (Marsaglia and Tsang 2000, §6), which is exact where
    /// the variate itself underflows.
    #[inline]
    fn draw<R: Rng + ?Sized>(shape: f64, rng: &mut R) -> Self {
        if shape >= 1.0 {
            Self { factor: at_least_one(shape, rng), offset: 0.0 }
        } else if shape > 0.0 {
            let factor = at_least_one(shape + 1.0, rng);
            let exponential: f64 = Exp1.sample(rng);
            Self { factor, offset: -exponential / shape }
        } else {
            Self { factor: f64::NAN, offset: 0.0 }
        }
    }

    #[inline]
    fn log(self) -> f64 {
        self.factor.ln() + self.offset
    }
}

/// A Gamma(shape, 1) variate, for shape ≥ 1: d (1 + c x)³ of a normal x, d = shape − 1/3 and c = 1/√(9 d), accepted with
/// probability exp(x²/2 + d − d v + d log v) (Marsaglia and Tsang 2000, *A simple method for generating gamma variables*,
/// ACM Transactions on Mathematical Software 26, §3).
#[inline]
fn at_least_one<R: Rng + ?Sized>(shape: f64, rng: &mut R) -> f64 {
    if shape == f64::INFINITY {
        return shape;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x: f64 = StandardNormal.sample(rng);
        let root = c.mul_add(x, 1.0);
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let u: f64 = Open01.sample(rng);
        let square = x * x;
        if u < 1.0 - 0.0331 * square * square || u.ln() < 0.5 * square + d * (1.0 - v + v.ln()) {
            return d * v;
        }
    }
}

/// The logarithm of a Gamma(shape, 1) variate, for shape > 0; NaN otherwise.
pub fn log_gamma(shape: f64, rng: &mut dyn Rng) -> f64 {
    Parts::draw(shape, rng).log()
}

/// The logit of a Beta(alpha, beta) variate: the difference of two [`log_gamma`] variates.
pub fn logit_beta(alpha: f64, beta: f64, rng: &mut dyn Rng) -> f64 {
    log_gamma(alpha, rng) - log_gamma(beta, rng)
}

/// [`log_gamma`] of the shape of each cell. More numbers are taken from `rng` than are used.
pub fn log_gammas(shape: impl Fn(usize) -> f64, out: &mut [f64], rng: &mut dyn Rng) {
    let rng = &mut Buffered::new(rng);
    log_each(out, |i| Parts::draw(shape(i), rng));
}

/// [`logit_beta`] of the arguments of each cell. More numbers are taken from `rng` than are used.
pub fn logit_betas(arguments: impl Fn(usize) -> [f64; 2], out: &mut [f64], rng: &mut dyn Rng) {
    let rng = &mut Buffered::new(rng);
    log_each(out, |i| {
        let [alpha, beta] = arguments(i);
        let (a, b) = (Parts::draw(alpha, rng), Parts::draw(beta, rng));
        let factor = a.factor / b.factor;
        if factor.is_normal() {
            Parts { factor, offset: a.offset - b.offset }
        } else {
            Parts { factor: 1.0, offset: a.log() - b.log() }
        }
    });
}

/// Cells whose logarithms are taken together.
const CELLS: usize = 32;

/// Fills `out` with the logarithms of what `parts` gives for each cell, in order.
fn log_each(out: &mut [f64], mut parts: impl FnMut(usize) -> Parts) {
    for (chunk, out) in out.chunks_mut(CELLS).enumerate() {
        let (mut factors, mut offsets) = ([1.0; CELLS], [0.0; CELLS]);
        for i in 0..out.len() {
            let Parts { factor, offset } = parts(chunk * CELLS + i);
            (factors[i], offsets[i]) = (factor, offset);
        }
        vector::run(Logs { factors: &factors, offsets: &mut offsets });
        out.copy_from_slice(&offsets[..out.len()]);
    }
}

/// Adds the logarithms of factors to offsets.
struct Logs<'a> {
    factors: &'a [f64; CELLS],
    offsets: &'a mut [f64; CELLS],
}

impl Kernel for Logs<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (offset, factor) in self.offsets.iter_mut().zip(self.factors) {
            *offset += log(*factor);
        }
    }
}
