//! What simulation-based calibration shares: draws in plain Rust, and the ranks of truths among posterior draws.
#![allow(dead_code)] // each test uses its part

use polya::diagnostics::check_ranks;
use polya::{Control, Fit, Model, Settings, Table};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Binomial, Distribution, Gamma, LogNormal, Normal, Poisson};
use rayon::prelude::*;

/// Tables of each model.
const SIMULATIONS: u64 = 200;
/// Posterior draws that a truth is ranked among.
pub const HIGHEST: usize = 63;

/// A table, and what it was drawn from.
pub struct Simulated {
    pub table: Table,
    pub truth: Vec<(String, f64)>,
}

pub fn normal(mean: f64, sd: f64, rng: &mut ChaCha8Rng) -> f64 {
    Normal::new(mean, sd).expect("a normal").sample(rng)
}

pub fn beta(a: f64, b: f64, rng: &mut ChaCha8Rng) -> f64 {
    Beta::new(a, b).expect("a beta").sample(rng).clamp(1e-300, 1.0 - 1e-16)
}

pub fn gamma(shape: f64, rate: f64, rng: &mut ChaCha8Rng) -> f64 {
    Gamma::new(shape, 1.0 / rate).expect("a gamma").sample(rng)
}

pub fn binomial(n: f64, p: f64, rng: &mut ChaCha8Rng) -> f64 {
    Binomial::new(n as u64, p).expect("a binomial").sample(rng) as f64
}

pub fn dirichlet(concentration: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
    let parts: Vec<f64> = concentration.iter().map(|c| gamma(*c, 1.0, rng)).collect();
    let sum: f64 = parts.iter().sum();
    parts.into_iter().map(|p| p / sum).collect()
}

pub fn inv_logit(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

pub fn log_normal(meanlog: f64, sdlog: f64, rng: &mut ChaCha8Rng) -> f64 {
    LogNormal::new(meanlog, sdlog).expect("a log-normal").sample(rng)
}

pub fn poisson(rate: f64, rng: &mut ChaCha8Rng) -> f64 {
    Poisson::new(rate).map_or(0.0, |d| d.sample(rng))
}

/// Counts of categories, one binomial after the other.
pub fn multinomial(n: f64, p: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
    let (mut left, mut share) = (n, 1.0);
    p.iter()
        .enumerate()
        .map(|(i, own)| {
            let own = *own;
            let count = if i + 1 == p.len() { left } else { binomial(left, (own / share).clamp(0.0, 1.0), rng) };
            left -= count;
            share = f64::max(share - own, f64::MIN_POSITIVE);
            count
        })
        .collect()
}

/// Truths by the names of their scalars.
pub fn truths(values: &[(&str, f64)]) -> Vec<(String, f64)> {
    values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

pub fn level(i: usize) -> String {
    char::from(b'a' + i as u8).to_string()
}

/// The ranks of each truth are uniform.
pub fn calibrate(text: &str, warmup: usize, thin: usize, simulate: impl Fn(&mut ChaCha8Rng) -> Simulated + Sync) {
    calibrate_by(SIMULATIONS, text, warmup, thin, simulate);
}

/// The same, by so many tables.
pub fn calibrate_by(
    simulations: u64,
    text: &str,
    warmup: usize,
    thin: usize,
    simulate: impl Fn(&mut ChaCha8Rng) -> Simulated + Sync,
) {
    let model = Model::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let one = |seed: u64| -> Vec<(String, usize)> {
        let simulated = simulate(&mut ChaCha8Rng::seed_from_u64(seed));
        let posterior = model.bind(Some(&simulated.table), &Default::default()).and_then(|bound| bound.compile());
        let posterior = posterior.unwrap_or_else(|error| panic!("{error}, row {:?}", error.row()));
        let settings = Settings { chains: 1, warmup, draws: HIGHEST * thin, seed, ..Settings::default() };
        let fit = Fit::sample(&posterior, &settings, &Control::default()).unwrap_or_else(|error| panic!("{error}"));
        let rank = |(name, truth): &(String, f64)| {
            let draws = fit.draws().get(name).unwrap_or_else(|| panic!("no scalar {name}"));
            let below = draws.iter().skip(thin - 1).step_by(thin).filter(|draw| *draw < truth).count();
            (name.clone(), below)
        };
        simulated.truth.iter().map(rank).collect()
    };
    let ranks: Vec<Vec<(String, usize)>> = (0..simulations).into_par_iter().map(one).collect();
    for scalar in 0..ranks[0].len() {
        let own: Vec<usize> = ranks.iter().map(|r| r[scalar].1).collect();
        let check = check_ranks(&own, HIGHEST, 0.999).expect("ranks within their range");
        assert!(check.outside.is_empty(), "ranks of {} are not uniform: {own:?}", ranks[0][scalar].0);
    }
}
