//! The null distribution behind the limits of the verdict: independent draws, where nothing is
//! wrong. Run with `cargo test --release -p polya-diagnostics --test null -- --ignored
//! --nocapture`.

use polya_diagnostics::{Chains, Summarizer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Prints, for runs of several shapes, how far R-hat and the ESS of independent draws stray:
/// `excess` is `(S / ESS - 1) sqrt(S)`, to be compared with `ln(1 / p)`.
#[test]
#[ignore = "a simulation, not a test"]
fn quantiles_of_independent_draws() {
    const TAILS: [f64; 4] = [1e-1, 1e-2, 1e-3, 1e-4];
    for (chains, length) in
        [(1, 50), (1, 200), (1, 1000), (2, 50), (2, 200), (4, 20), (4, 50), (4, 100), (4, 250), (8, 100)]
    {
        let repetitions: usize = 60_000_000 / (chains * length) / if chains * length > 500 { 2 } else { 4 };
        let repetitions = repetitions.min(100_000);
        let size = (chains * length) as f64;
        for binary in [false, true] {
            let runs: Vec<[f64; 3]> = (0..repetitions)
                .into_par_iter()
                .map_init(Summarizer::default, |summarizer, seed| {
                    let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
                    let draw = |_| {
                        let u: f64 = rng.random();
                        if binary { f64::from(u < 0.02) } else { u }
                    };
                    let draws: Vec<f64> = (0..chains * length).map(draw).collect();
                    let found = summarizer.summarize(Chains::new(&draws, chains).unwrap());
                    let excess = |ess: Option<f64>| (size / ess.unwrap_or(size) - 1.0) * size.sqrt();
                    let rhat = found.rhat.unwrap_or(1.0);
                    [(rhat * rhat - 1.0) * (length / 2) as f64 + 1.0, excess(found.ess_bulk), excess(found.ess_tail)]
                })
                .collect();
            for (which, name) in ["rhat F", "bulk excess", "tail excess"].iter().enumerate() {
                let mut values: Vec<f64> = runs.iter().map(|run| run[which]).collect();
                values.sort_by(|a, b| b.total_cmp(a));
                let at = TAILS.map(|p| values[(p * repetitions as f64) as usize]);
                println!("{chains} x {length} {} {name}: {at:.2?}", if binary { "rare 0/1" } else { "continuous" });
            }
        }
    }
}
