//! Draws from distributions, as operations of the forward program.

use crate::distributions::random::{log_gammas, logit_betas};
use crate::distributions::{Scalar, Vector};
use crate::program::of_cell;
use rand::Rng;

/// Where random numbers come from: a stream of its own for each drawing operation, so that a value is the same whatever
/// else is drawn beside it.
pub trait Streams {
    /// The stream of the operation of that number, at its start.
    fn stream(&mut self, operation: u32) -> &mut dyn Rng;
}

/// How a node is drawn from its inputs.
#[derive(Clone, Copy, Debug)]
pub enum Sampler {
    /// A draw for each cell, given canonical arguments.
    Scalar(&'static dyn Scalar),
    /// The logit of a Beta draw, of (alpha, beta): keeps rates of 1e-300 apart from 0.
    LogitBeta,
    /// The logarithm of a Gamma draw of rate 1, of (shape).
    LogGamma,
    /// A vector of that length for each group of cells, given canonical arguments, vectors last.
    Vector(&'static dyn Vector, usize),
    /// The position of a category, counted from 1, for each cell, given probabilities of that length.
    Category(&'static dyn Vector, usize),
}

impl Sampler {
    /// Fills `out` with draws.
    pub fn fill(self, inputs: &[&[f64]], out: &mut [f64], rng: &mut dyn Rng) {
        match self {
            Sampler::Scalar(distribution) => {
                let mut arguments = [0.0; 4];
                let n = inputs.len().min(4);
                for (i, o) in out.iter_mut().enumerate() {
                    arguments.iter_mut().zip(inputs).for_each(|(a, input)| *a = of_cell(input, i));
                    *o = distribution.sample(&arguments[..n], rng);
                }
            }
            Sampler::LogitBeta => logit_betas(|i| [of_cell(inputs[0], i), of_cell(inputs[1], i)], out, rng),
            Sampler::LogGamma => log_gammas(|i| of_cell(inputs[0], i), out, rng),
            Sampler::Vector(distribution, k) => {
                for (group, out) in out.chunks_mut(k.max(1)).enumerate() {
                    group_draw(distribution, inputs, k, group, out, rng);
                }
            }
            Sampler::Category(distribution, k) => {
                for (group, out) in out.chunks_mut(1).enumerate() {
                    group_draw(distribution, inputs, k, group, out, rng);
                    out[0] += 1.0;
                }
            }
        }
    }
}

/// One vector draw: scalar arguments have one number for all groups or one for each, the last one vector or many.
fn group_draw(
    distribution: &dyn Vector,
    inputs: &[&[f64]],
    k: usize,
    group: usize,
    out: &mut [f64],
    rng: &mut dyn Rng,
) {
    let mut arguments: [&[f64]; 4] = [&[]; 4];
    let last = inputs.len().saturating_sub(1);
    for (j, (slot, input)) in arguments.iter_mut().zip(inputs).enumerate() {
        *slot = match (j == last, input.len()) {
            (true, n) if n == k => input,
            (true, _) => &input[group * k..(group + 1) * k],
            (false, 1) => input,
            (false, _) => &input[group..group + 1],
        };
    }
    distribution.sample(&arguments[..inputs.len().min(4)], rng, out);
}
