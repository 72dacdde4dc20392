//! Categorical(p): the position of a category, from 0, with the probabilities p.

use rand::Rng;

use super::random::open_uniform;
use super::{ArgumentList, Distribution, Domain, Support, Vector};
use crate::fused;
use crate::program::fused::Fused;

/// Categorical(p): the position of a category, from 0, with the probabilities p.
#[derive(Clone, Copy, Debug)]
pub struct Categorical;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["p"], domains: &[Domain::Simplex] }];

impl Distribution for Categorical {
    fn name(&self) -> &'static str {
        "Categorical"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Category
    }

    fn vector(&self) -> Option<&dyn Vector> {
        Some(self)
    }
}

impl Vector for Categorical {
    fn length(&self, _args: &[&[f64]]) -> usize {
        1
    }

    fn log_density(&self, x: &[f64], args: &[&[f64]]) -> f64 {
        if args.len() != 1 || x.len() != 1 || x[0].is_nan() || self.vector_violation(0, args).is_some() {
            return f64::NAN;
        }
        let category = x[0];
        if category >= 0.0 && category.fract() == 0.0 && category < args[0].len() as f64 {
            args[0][category as usize].ln()
        } else {
            f64::NEG_INFINITY
        }
    }

    /// NaN: the positions of categories have no mean.
    fn mean(&self, _args: &[&[f64]], out: &mut [f64]) {
        out.fill(f64::NAN);
    }

    /// NaN, likewise.
    fn variance(&self, _args: &[&[f64]], out: &mut [f64]) {
        out.fill(f64::NAN);
    }

    fn sample(&self, args: &[&[f64]], rng: &mut dyn Rng, out: &mut [f64]) {
        let valid = args.len() == 1 && self.vector_violation(0, args).is_none();
        out.fill(if valid { draw(args[0], rng) } else { f64::NAN });
    }
}

/// A category drawn with probabilities proportional to `p`; one of probability 0 is never drawn.
fn draw(p: &[f64], rng: &mut dyn Rng) -> f64 {
    let mut u = open_uniform(rng) * p.iter().sum::<f64>();
    let mut last = 0;
    for (i, &p) in p.iter().enumerate() {
        if p > 0.0 {
            last = i;
            if u < p {
                break;
            }
            u -= p;
        }
    }
    last as f64
}

/// log p, of (log p) of the observed category.
pub static KERNEL: Fused = fused!("categorical kernel", 1, kernel);

#[inline(always)]
fn kernel([log_p]: [f64; 1]) -> (f64, [f64; 1]) {
    (log_p, [1.0])
}
