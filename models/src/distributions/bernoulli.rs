//! Bernoulli(p): 1 with probability p, else 0. Its kernels are those of the Binomial with n = 1, and its base is 0.

use rand::Rng;

use super::{ArgumentList, Distribution, Domain, Scalar, Support, random};

/// Bernoulli(p): 1 with probability p, else 0. Its kernels are those of the Binomial with n = 1, and its base is 0.
#[derive(Clone, Copy, Debug)]
pub struct Bernoulli;

static LISTS: &[ArgumentList] = &[ArgumentList { names: &["p"], domains: &[Domain::Unit] }];

impl Distribution for Bernoulli {
    fn name(&self) -> &'static str {
        "Bernoulli"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Binary
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }
}

impl Scalar for Bernoulli {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        if x == 1.0 { args[0].ln() } else { (-args[0]).ln_1p() }
    }

    fn cdf_at(&self, _x: f64, args: &[f64]) -> f64 {
        1.0 - args[0]
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        random::binomial(1.0, args[0], rng)
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        (args[0], args[0] * (1.0 - args[0]))
    }
}
