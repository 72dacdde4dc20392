//! Multinomial(n, p): probability n!/Π yⱼ! Π pⱼ^yⱼ of counts y that sum to n.

use rand::Rng;

use super::{ArgumentList, Distribution, Domain, Support, Vector, random};
use crate::fused;
use crate::program::fused::Fused;
use crate::special::{bd0, count_constant};

/// Multinomial(n, p): probability n!/Π yⱼ! Π pⱼ^yⱼ of counts y that sum to n.
#[derive(Clone, Copy, Debug)]
pub struct Multinomial;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["n", "p"], domains: &[Domain::Count, Domain::Simplex] }];

impl Distribution for Multinomial {
    fn name(&self) -> &'static str {
        "Multinomial"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::CountVector { n: 0 }
    }

    fn vector(&self) -> Option<&dyn Vector> {
        Some(self)
    }
}

impl Vector for Multinomial {
    fn length(&self, args: &[&[f64]]) -> usize {
        args.get(1).map_or(0, |a| a.len())
    }

    fn log_density(&self, x: &[f64], args: &[&[f64]]) -> f64 {
        if !valid(self, args) || x.len() != args[1].len() || x.iter().any(|v| v.is_nan()) {
            return f64::NAN;
        }
        let n = args[0][0];
        if !self.support().contains_vector(x, Some(n)) {
            return f64::NEG_INFINITY;
        }
        let scale = n / args[1].iter().sum::<f64>();
        let terms = x.iter().zip(args[1]).map(|(&y, &p)| count_constant(y) - bd0(y, scale * p));
        terms.sum::<f64>() - count_constant(n)
    }

    fn mean(&self, args: &[&[f64]], out: &mut [f64]) {
        moments(self, args, out, |n, p| n * p);
    }

    fn variance(&self, args: &[&[f64]], out: &mut [f64]) {
        moments(self, args, out, |n, p| n * p * (1.0 - p));
    }

    fn sample(&self, args: &[&[f64]], rng: &mut dyn Rng, out: &mut [f64]) {
        if !valid(self, args) || out.len() != args[1].len() {
            out.fill(f64::NAN);
            return;
        }
        // out[j] holds pⱼ₊₁ + … first, so that no conditional probability is a difference from 1.
        let mut rest = 0.0;
        for (o, &p) in out.iter_mut().zip(args[1]).rev() {
            *o = rest;
            rest += p;
        }
        let mut left = args[0][0];
        for (o, &p) in out.iter_mut().zip(args[1]) {
            let total = p + *o;
            *o = if left > 0.0 && p > 0.0 { random::binomial_shares(left, p / total, *o / total, rng) } else { 0.0 };
            left -= *o;
        }
    }
}

fn valid(d: &dyn Vector, args: &[&[f64]]) -> bool {
    args.len() == 2 && d.vector_violation(0, args).is_none()
}

fn moments(d: &dyn Vector, args: &[&[f64]], out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    if !valid(d, args) {
        return out.fill(f64::NAN);
    }
    for (o, &p) in out.iter_mut().zip(args[1]) {
        *o = f(args[0][0], p);
    }
}

/// log n! − Σ log yⱼ!: the log probability less the elements.
pub fn base(y: &[f64]) -> f64 {
    let n: f64 = y.iter().sum();
    let terms = y.iter().map(|&y| if y == 0.0 { 0.0 } else { count_constant(y) - y * (y / n).ln() });
    terms.sum::<f64>() - count_constant(n)
}

/// y log p, of (y, log p), 0 where y is 0: one for each element.
pub static ELEMENT_KERNEL: Fused = fused!("multinomial element", 2, element);

#[inline(always)]
fn element([y, log_p]: [f64; 2]) -> (f64, [f64; 2]) {
    (if y == 0.0 { 0.0 } else { y * log_p }, [0.0, y])
}
