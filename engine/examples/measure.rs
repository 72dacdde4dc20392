//! Measures the engine: time per leapfrog step outside the density, and effective draws per
//! gradient for each shape of metric and each estimator.
//!
//! Run with `cargo run --release -p polya-engine --example measure [warmup]`.

#[path = "../tests/support/mod.rs"]
mod support;

use polya_engine::{Chain, Control, LogDensity, MetricEstimator, MetricShape, Settings, sample};
use support::*;

fn main() {
    let warmup = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1000);
    for dimension in [1, 2, 10, 30, 100] {
        for shape in [MetricShape::Diagonal, MetricShape::Dense] {
            time_per_leapfrog(dimension, shape);
        }
    }
    compare("normal, scales 1e-3 to 1e3, d = 13", &normals(scales(13)), warmup);
    compare("equicorrelated 0.99, d = 10", &equicorrelated(10, 0.99), warmup);
    compare("equicorrelated 0.9, d = 30", &equicorrelated(30, 0.9), warmup);
    compare("eight schools", &eight_schools(), warmup);
    let even = binomial_groups(simulated_counts((0..50).map(|_| 100), 1));
    compare("50 groups of 100", &even, warmup);
    let small = binomial_groups(simulated_counts((0..8).map(|_| 20), 2));
    compare("8 groups of 20", &small, warmup);
    let mixed = binomial_groups(simulated_counts((0..28).map(|j| 2 + j * j), 3));
    compare("28 groups of 2 to 731", &mixed, warmup);
    compare("mild funnel, d = 10", &funnel(10, 1.0, 0.0), warmup);
    compare("banana", &banana(), warmup);
    compare("300 standard normals", &normals(vec![1.0; 300]), warmup);
    compare("pair of correlation 0.999 among 100", &correlated_pair(100, 0.999), warmup);
    compare("equicorrelated 0.9, d = 100", &equicorrelated(100, 0.9), warmup);
    compare("crossed effects, 20, 8 and 300", &crossed_effects(&[20, 8, 300], 20_000, 1), warmup);
    compare("binomial crossed effects, 20, 8 and 100", &crossed_binomials(&[20, 8, 100], 1000, 1), warmup);
    let many = binomial_groups(simulated_counts((0..200).map(|j| 2 + j), 4));
    compare("200 groups of 2 to 201", &many, warmup);
    compare("mild funnel, d = 100", &funnel(100, 0.7, 0.5), warmup);
}

fn scales(count: usize) -> Vec<f64> {
    (0..count).map(|i| 10_f64.powf(6.0 * i as f64 / (count - 1) as f64 - 3.0)).collect()
}

/// Processor time of this thread in seconds, where Linux tells it; else wall time.
fn cpu_seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    let wall = || std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |time| time.as_secs_f64());
    nanoseconds.map_or_else(wall, |nanoseconds| 1e-9 * nanoseconds)
}

fn time_per_leapfrog(dimension: usize, metric: MetricShape) {
    let density = normals(vec![1.0; dimension]);
    let settings = Settings { chains: 1, warmup: 500, draws: 20_000, metric, ..Settings::default() };
    // The best of five on this thread, since other processes take their share.
    let run = |_| {
        let control = Control::default();
        let mut chain = Chain::start(&density, &settings, 0).ok()?;
        chain.warm_up(&density, &control).ok()?;
        let began = cpu_seconds();
        chain.draw(&density, settings.draws, &control).ok()?;
        Some((cpu_seconds() - began, chain.samples().sampling))
    };
    let best = (0..5).filter_map(run).min_by(|a, b| a.0.total_cmp(&b.0));
    let Some((seconds, totals)) = best else {
        return;
    };
    let (x, mut gradient, count) = (vec![0.5; dimension], vec![0.0; dimension], 1_000_000);
    let began = cpu_seconds();
    for _ in 0..count {
        let x = std::hint::black_box(&x);
        let _ = std::hint::black_box(density.log_density(x, &mut gradient, &mut ()));
    }
    let gradient_time = (cpu_seconds() - began) / f64::from(count);
    let step_time = seconds / totals.leapfrogs as f64;
    println!(
        "{dimension:4} dimensions, {metric:?}: {:.0} ns per leapfrog, of which density {:.0} ns; {:.1} leapfrogs per draw",
        1e9 * step_time,
        1e9 * gradient_time,
        totals.leapfrogs as f64 / totals.transitions as f64,
    );
}

fn compare<D: LogDensity>(name: &str, density: &D, warmup: usize) {
    println!("\n{name}");
    println!(
        "  shape     estimator          grads warmup / sampling  divergent  accept  min ESS x, x²  first two  min per 1000 gradients"
    );
    let second =
        if density.dimension() <= MetricShape::DENSE_LIMIT { MetricShape::Dense } else { MetricShape::LowRank };
    let (both, draws) = (MetricEstimator::DrawsAndGradients, MetricEstimator::Draws);
    for (metric, estimator) in
        [(MetricShape::Diagonal, both), (MetricShape::Diagonal, draws), (second, both), (second, draws)]
    {
        if (metric, estimator) != (MetricShape::LowRank, draws) {
            let mut sums = [0.0; 8];
            let seeds = if density.dimension() <= MetricShape::DENSE_LIMIT { 4 } else { 2 };
            for seed in 0..seeds {
                let settings = Settings { warmup, seed, metric, estimator, ..Settings::default() };
                let Ok(samples) = sample(density, &settings, &Control::default()) else {
                    continue;
                };
                let (warm, drawn) = samples.leapfrogs();
                let least = |dimensions: usize| {
                    let all =
                        (0..dimensions).map(|i| ess_of(&samples, |x| x[i]).min(ess_of(&samples, |x| x[i] * x[i])));
                    all.fold(f64::INFINITY, f64::min)
                };
                let (ess, first) = (least(density.dimension()), least(2));
                let stats = samples.chains.iter().flat_map(|c| &c.stats);
                let accept = stats.map(|s| s.acceptance).sum::<f64>() / 4000.0;
                let values = [
                    warm as f64,
                    drawn as f64,
                    samples.divergences() as f64,
                    accept,
                    ess,
                    first,
                    1e3 * ess / drawn as f64,
                    1e3 * first / drawn as f64,
                ];
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += value / seeds as f64;
                }
            }
            let [warm, drawn, divergent, accept, ess, first, per, first_per] = sums;
            println!(
                "  {:9} {:18} {warm:9.0} / {drawn:9.0} {divergent:11.1} {accept:8.3} {ess:12.0} {first:9.0}   {per:8.1} {first_per:8.1}",
                format!("{metric:?}"),
                format!("{estimator:?}")
            );
        }
    }
}
