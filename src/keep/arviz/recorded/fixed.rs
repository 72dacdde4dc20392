//! Draws that no sampler made: whole numbers from a small generator, scaled by powers of two, so that every machine has
//! the same bits.

use super::Anything;
use crate::draws::{Draws, Scalar};
use crate::keep::{SamplerRow, name};
use crate::summary::Kind;

pub(super) const CHAINS: usize = 4;
pub(super) const DRAWS: usize = 120;

/// The variables of the fit with their scalars.
pub(super) const POSTERIOR: [(&str, Kind, &[&str]); 5] = [
    ("mu", Kind::Sampled, &["mu"]),
    ("kappa", Kind::Sampled, &["kappa"]),
    ("theta", Kind::Sampled, &["theta[Øst]", "theta[\"a, b\"]", "theta[c]"]),
    (
        "slope",
        Kind::Sampled,
        &[
            "slope[Øst,new]",
            "slope[Øst,old]",
            "slope[\"a, b\",new]",
            "slope[\"a, b\",old]",
            "slope[c,new]",
            "slope[c,old]",
        ],
    ),
    ("spare", Kind::Predicted, &["spare"]),
];

/// SplitMix64.
struct Integers(u64);

impl Integers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The sum of twelve uniform numbers of 16 bits less its mean: nearly normal, of standard deviation [`UNIT`].
    fn normal(&mut self) -> i64 {
        let quarters = |word: u64| (0..4).map(|i| (word >> (16 * i) & 0xffff) as i64).sum::<i64>();
        (0..3).map(|_| quarters(self.next())).sum::<i64>() - 6 * UNIT
    }

    /// The chains of an autoregression, which passes on so many eighths of a draw.
    fn chains(&mut self, kept: i64) -> Vec<i64> {
        let mut values = Vec::with_capacity(CHAINS * DRAWS);
        for _ in 0..CHAINS {
            let mut last = self.normal();
            for _ in 0..DRAWS {
                last = last * kept / 8 + self.normal();
                values.push(last);
            }
        }
        values
    }
}

/// The number that stands for 1.
const UNIT: i64 = 1 << 16;

/// A whole number of so small parts; exact.
fn parts(number: i64, bits: i32) -> f64 {
    number as f64 * 2.0_f64.powi(-bits)
}

fn scalar(name: &str, kind: Kind) -> Result<Scalar, Anything> {
    Ok(name::parse(name, kind).ok_or("no name")?)
}

fn draws(names: &[&str], kind: Kind, columns: Vec<Vec<f64>>) -> Result<Draws, Anything> {
    let scalars: Vec<Scalar> = names.iter().map(|name| scalar(name, kind)).collect::<Result<_, _>>()?;
    Ok(Draws::new(scalars, CHAINS, DRAWS, columns.concat())?)
}

/// Draws of the variables: one that mixes slowly, one that is skewed and of which a chain stands apart, several that mix
/// well or alternate, and counts.
pub(super) fn posterior() -> Result<Draws, Anything> {
    let mut integers = Integers(1);
    let mut columns = vec![integers.chains(6).into_iter().map(|x| parts(x, 17)).collect::<Vec<f64>>()];
    let skewed = integers.chains(2).into_iter().enumerate();
    columns.push(skewed.map(|(i, x)| 3.0 + parts(x * x, 30) + if i < DRAWS { 0.25 } else { 0.0 }).collect());
    for kept in [0, -3, 2] {
        columns.push(integers.chains(kept).into_iter().map(|x| 0.5 + parts(x, 20)).collect());
    }
    for kept in [1, 5, 0, -5, 3, 0] {
        columns.push(integers.chains(kept).into_iter().map(|x| parts(x, 15)).collect());
    }
    columns.push(integers.chains(1).into_iter().map(|x| (x.abs() / 20_000) as f64).collect());
    let scalars: Result<Vec<Scalar>, Anything> =
        POSTERIOR.iter().flat_map(|(_, kind, names)| names.iter().map(|name| scalar(name, *kind))).collect();
    Ok(Draws::new(scalars?, CHAINS, DRAWS, columns.concat())?)
}

/// Log likelihoods that are square in a draw nearly normal: the wider the square, the heavier the tail of the importance
/// ratios, so that the shapes k run from light tails to ones that cannot be used.
pub(super) fn log_lik() -> Result<Draws, Anything> {
    let mut integers = Integers(2);
    let column = |(kept, eighths): (i64, i64)| -> Vec<f64> {
        integers.chains(kept).into_iter().map(|x| -1.5 - parts(x * x * eighths, 36)).collect()
    };
    let shapes = [(0, 1), (2, 3), (0, 6), (1, 10), (0, 16), (0, 2), (4, 4), (-2, 5), (0, 8), (0, 4)];
    let columns = shapes.into_iter().map(column).collect();
    let names = ["k[1]", "k[3]", "k[4]", "k[5]", "y[1]", "y[2]", "y[3]", "y[4]", "y[5]", "y[6]"];
    draws(&names, Kind::Computed, columns)
}

/// Predictions of each row, also of those whose count is missing.
pub(super) fn predictive() -> Result<Draws, Anything> {
    let mut integers = Integers(3);
    let counts = (0..6).map(|_| integers.chains(0).into_iter().map(|x| (x.abs() >> 14) as f64).collect());
    let mut columns: Vec<Vec<f64>> = counts.collect();
    columns.extend((0..6).map(|_| integers.chains(0).into_iter().map(|x| parts(x, 16)).collect()));
    let names = ["k[1]", "k[3]", "k[4]", "k[5]", "k[2]", "k[6]", "y[1]", "y[2]", "y[3]", "y[4]", "y[5]", "y[6]"];
    draws(&names, Kind::Predicted, columns)
}

/// What a sampler might have done, with one divergence.
pub(super) fn sampler() -> Vec<Vec<SamplerRow>> {
    let mut integers = Integers(4);
    let mut row = |chain: usize, draw: usize| SamplerRow {
        energy: 20.0 + parts(integers.normal(), 16),
        depth: 2 + (integers.next() >> 63) as u32,
        step_size: 0.5 + chain as f64 / 16.0,
        divergent: (chain, draw) == (2, 17),
        acceptance: parts((integers.next() >> 48) as i64, 16),
        log_density: -18.0 - parts(integers.normal().abs(), 16),
        leapfrogs: 3 + 4 * (integers.next() >> 63) as u32,
    };
    (0..CHAINS).map(|chain| (0..DRAWS).map(|draw| row(chain, draw)).collect()).collect()
}
