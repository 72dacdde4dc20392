//! The time that summaries take. Run with
//! `cargo test --release -p polya-diagnostics --test speed -- --ignored --nocapture`.

use std::time::Instant;

use polya_diagnostics::{ByRow, Chains, Efficiency, Summarizer, loo};
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

#[test]
#[ignore = "a measurement, not a test"]
fn time_of_one_row_left_out() {
    const ROWS: usize = 100;
    let draws = autoregressive(0.5, 4000 * ROWS);
    let log_likelihoods: Vec<f64> = draws.iter().map(|x| -0.5 * x * x / 4.0).collect();
    let matrix = ByRow::new(&log_likelihoods, 4000).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for efficiency in [Efficiency::Independent, Efficiency::Chains(4)] {
        let start = Instant::now();
        std::hint::black_box(pool.install(|| loo(&matrix, efficiency))).unwrap();
        let microseconds = start.elapsed().as_secs_f64() * 1e6 / ROWS as f64;
        println!("4 x 1000 draws, {efficiency:?}: {microseconds:.0} µs a row on one thread");
    }
}
