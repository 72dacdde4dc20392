//! The low-rank metric: finds what a diagonal one lacks, and costs nothing where that is nothing.

mod support;

use polya_engine::{Control, LogDensity, Metric, MetricShape, Samples, Settings, sample};
use support::*;

fn run<D: LogDensity>(density: &D, metric: MetricShape, warmup: usize) -> Samples {
    let settings = Settings { chains: 2, warmup, draws: 500, metric, seed: 1, ..Settings::default() };
    sample(density, &settings, &Control::default()).unwrap()
}

/// Directions of the first chain's metric.
fn directions(samples: &Samples) -> usize {
    match &samples.chains[0].metric {
        Metric::LowRank(metric) => metric.eigenvalues().len(),
        _ => 0,
    }
}

/// Effective draws of f for each leapfrog step.
fn efficiency(name: &str, samples: &Samples, f: impl Fn(&[f64]) -> f64) -> f64 {
    let (warmup, leapfrogs) = samples.leapfrogs();
    let ess = ess_of(samples, f);
    let seconds: f64 = samples.chains.iter().map(|chain| chain.warmup.seconds).sum();
    println!(
        "{name}: {} directions, {ess:.0} effective draws of {}, leapfrogs {warmup} + {leapfrogs}, warmup {seconds:.2} s",
        directions(samples),
        2 * samples.draws
    );
    ess / leapfrogs as f64
}

/// Efficiency with the low-rank metric over that with the diagonal one.
fn gain<D: LogDensity>(name: &str, density: &D, warmup: usize, f: impl Fn(&[f64]) -> f64) -> (f64, usize) {
    let diagonal = efficiency(name, &run(density, MetricShape::Diagonal, warmup), &f);
    let samples = run(density, MetricShape::Auto, warmup);
    (efficiency(name, &samples, &f) / diagonal, directions(&samples))
}

#[test]
fn independent_coordinates_need_no_directions() {
    for dimension in [300, 500] {
        let deviations: Vec<f64> = (0..dimension).map(|i| 1.0 + (i % 7) as f64).collect();
        let (gain, directions) = gain("normals", &normals(deviations), 400, |x| x[0]);
        assert_eq!(directions, 0);
        assert!((gain - 1.0).abs() < 0.05, "{gain}");
    }
}

#[test]
fn confounded_effects_are_found() {
    let density = crossed_effects(&[20, 8, 300], 20_000, 1);
    let (gain, directions) = gain("crossed effects", &density, 300, |x| x[0]);
    assert!((1..=32).contains(&directions), "{directions}");
    assert!(gain > 5.0, "{gain}");
}

#[test]
fn a_correlated_pair_is_found() {
    let (gain, directions) = gain("pair", &correlated_pair(100, 0.999), 400, |x| x[0]);
    assert!((1..=4).contains(&directions), "{directions}");
    assert!(gain > 5.0, "{gain}");
}

#[test]
fn moments_are_right() {
    let samples = run(&correlated_pair(40, 0.99), MetricShape::LowRank, 400);
    for (expected, i, j) in [(1.0, 0, 0), (0.99, 0, 1), (0.0, 0, 2), (1.0, 39, 39)] {
        let (mean, error) = mean_and_error(&samples, |x| x[i] * x[j]);
        assert!((mean - expected).abs() < 5.0 * error, "{mean}, expected {expected}, standard error {error}");
    }
}
