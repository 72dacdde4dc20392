//! From text to the first gradient on the rats: no compile wait.
#![allow(missing_docs)]

mod workloads;

use criterion::{Criterion, criterion_group, criterion_main};
use polya::engine::LogDensity;
use polya::{Control, Fit, Settings};
use std::hint::black_box;

fn start(c: &mut Criterion) {
    let table = workloads::rats_table();
    let mut group = c.benchmark_group("rats");
    group.bench_function("text to first gradient", |b| {
        b.iter(|| {
            let posterior = workloads::posterior(black_box(workloads::RATS), &table, true);
            let mut gradient = vec![0.0; posterior.dimension()];
            posterior.log_density(&[0.0; 2], &mut gradient, &mut posterior.scratch())
        });
    });
    let posterior = workloads::posterior(workloads::RATS, &table, true);
    group.sample_size(10).bench_function("fit, 4 chains of 1000 + 1000", |b| {
        b.iter(|| Fit::sample(&posterior, &Settings { seed: 1, ..Settings::default() }, &Control::default()));
    });
}

criterion_group!(benches, start);
criterion_main!(benches);
