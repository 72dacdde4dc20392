//! The gradients of the workloads as one would write them by hand: the arithmetic that the compiler arrives at, after
//! integration and merging of equal terms, in one loop over vectors with the same kernels, and nothing stored between.
#![allow(dead_code)] // each bench uses a part

mod abtest;
mod baseball;
mod eight_schools;
mod glmm;
mod multinom;
mod normal;
mod rats;
mod urn;

use crate::workloads;
use polya::models::special::vector::{LANES, Lanes, groups, pack};

/// A log density up to its constant, with its gradient.
pub trait Density {
    /// The value at a position; the gradient is overwritten.
    fn gradient(&self, position: &[f64], gradient: &mut [f64]) -> f64;
}

/// The density of a workload by its name; `weights` say how far each level of a hierarchy is centred.
pub fn density(name: &str, weights: &[f64]) -> Option<Box<dyn Density>> {
    Some(match name {
        "rats" => Box::new(rats::Rats::new(&workloads::rats())),
        "abtest" => Box::new(abtest::AbTest::new(&workloads::abtest())),
        "baseball" => Box::new(baseball::Baseball::new(&workloads::baseball(), weights)),
        "eight_schools" => Box::new(eight_schools::EightSchools::new(&workloads::EIGHT_SCHOOLS_DATA)),
        "multinom" => Box::new(multinom::Multinom::new(&workloads::multinom())),
        "glmm" => Box::new(glmm::Glmm::new(&workloads::glmm(), weights)),
        _ => return None,
    })
}

/// Numbers in groups of eight, the last group filled up with the last number.
fn packed(cells: &[f64]) -> Vec<Lanes> {
    let mut lanes = vec![[0.0; LANES]; groups(cells.len())];
    pack(cells, &mut lanes);
    lanes
}

/// Numbers in groups of eight, the last group filled up with zeros: weights of cells, of which those are none.
fn padded(cells: &[f64]) -> Vec<Lanes> {
    let mut lanes = vec![[0.0; LANES]; groups(cells.len())];
    lanes.as_flattened_mut()[..cells.len()].copy_from_slice(cells);
    lanes
}

/// Adds products to sums, lane by lane.
#[inline(always)]
fn accumulate(sums: &mut Lanes, a: &Lanes, b: &Lanes) {
    for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
        *sum = a.mul_add(*b, *sum);
    }
}

/// The sum of the lanes.
#[inline(always)]
fn total(lanes: &Lanes) -> f64 {
    let four: [f64; 4] = std::array::from_fn(|i| lanes[i] + lanes[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}
