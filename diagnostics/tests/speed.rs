//! The time that summaries take. Run with
//! `cargo test --release -p polya-diagnostics --test speed -- --ignored --nocapture`.

use std::time::Instant;

use polya_diagnostics::{Chains, Summarizer};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

fn autoregressive(correlation: f64, count: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut state: f64 = StandardNormal.sample(&mut rng);
    let step = |_| {
        let noise: f64 = StandardNormal.sample(&mut rng);
        state = correlation * state + (1.0 - correlation * correlation).sqrt() * noise;
        state
    };
    (0..count).map(step).collect()
}

#[test]
#[ignore = "a measurement, not a test"]
fn time_of_one_summary() {
    for (length, correlation) in [(1000, 0.0), (1000, 0.5), (1000, 0.95), (2500, 0.0), (2500, 0.95), (2500, 0.999)] {
        let draws = autoregressive(correlation, 4 * length);
        let chains = Chains::new(&draws, 4).unwrap();
        let mut summarizer = Summarizer::default();
        let mut microseconds: Vec<f64> = (0..200)
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(summarizer.summarize(std::hint::black_box(chains)));
                start.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        microseconds.sort_by(f64::total_cmp);
        println!("4 x {length} draws, autocorrelation {correlation}: median {:.0} µs", microseconds[100]);
    }
}
