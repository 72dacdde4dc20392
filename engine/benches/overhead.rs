//! Time of the engine outside the density: standard normals, whose gradient costs next to nothing.
//!
//! For each metric and dimension, the time per leapfrog step (the cost of transitions, momenta and
//! records spread over the steps) and per transition; and with a time limit and progress reports.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use polya_engine::{Chain, Control, LogDensity, MetricShape, Settings, from_fn};
use std::hint::black_box;
use std::time::{Duration, Instant};

fn standard_normal(dimension: usize) -> impl LogDensity<Scratch = ()> {
    from_fn(dimension, |x, gradient| {
        let mut squares = 0.0;
        for (x, g) in x.iter().zip(gradient) {
            *g = -x;
            squares += x * x;
        }
        -0.5 * squares
    })
}

/// Time of so many draws, and the leapfrog steps they took.
fn draws<D: LogDensity<Scratch = ()>>(
    density: &D,
    settings: &Settings,
    control: &Control<'_>,
    count: u64,
) -> (Duration, u64) {
    let chain = Chain::start(density, settings, 0).and_then(|mut chain| {
        chain.warm_up(density, control)?;
        let began = Instant::now();
        chain.draw(density, count as usize, control)?;
        let elapsed = began.elapsed();
        Ok((elapsed, black_box(chain.into_samples()).sampling.leapfrogs))
    });
    chain.expect("a normal has no bad points")
}

fn overhead(criterion: &mut Criterion) {
    let watched =
        || Control::new().time_limit(Duration::from_secs(3600)).on_progress(|progress| _ = black_box(progress));
    let groups = [
        ("diagonal", MetricShape::Diagonal, Control::new()),
        ("dense", MetricShape::Dense, Control::new()),
        ("watched", MetricShape::Diagonal, watched()),
    ];
    for (name, metric, control) in groups {
        let mut group = criterion.benchmark_group(name);
        for dimension in [1, 2, 4, 10, 32] {
            let density = standard_normal(dimension);
            let settings = Settings { warmup: 300, metric, ..Settings::default() };
            group.bench_function(BenchmarkId::new("transition", dimension), |bencher| {
                bencher.iter_custom(|count| draws(&density, &settings, &control, count).0);
            });
            group.bench_function(BenchmarkId::new("leapfrog", dimension), |bencher| {
                bencher.iter_custom(|count| {
                    let (elapsed, leapfrogs) = draws(&density, &settings, &control, count.max(1000));
                    elapsed.mul_f64(count as f64 / leapfrogs as f64)
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(600));
    targets = overhead
}
criterion_main!(benches);
