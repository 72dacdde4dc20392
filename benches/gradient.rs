//! One log density with gradient, beside a plain hand-written function for the same density in the same coordinates.
#![allow(missing_docs)]

mod workloads;

use criterion::{Criterion, criterion_group, criterion_main};
use polya::Posterior;
use polya::engine::LogDensity;
use polya::models::special::{digamma, inv_logit, lgamma, softplus};
use std::hint::black_box;
use workloads::{GLMM, MULTINOM, RATS};

/// Position and room for one density.
fn bench_posterior(c: &mut Criterion, group: &str, posterior: &Posterior) {
    let d = posterior.dimension();
    let position: Vec<f64> = (0..d).map(|i| 0.1 * (i as f64).sin()).collect();
    let (mut gradient, mut scratch) = (vec![0.0; d], posterior.scratch());
    c.benchmark_group(group).bench_function("polya", |b| {
        b.iter(|| posterior.log_density(black_box(&position), &mut gradient, &mut scratch));
    });
}

fn bench_hand(c: &mut Criterion, group: &str, d: usize, mut f: impl FnMut(&[f64], &mut [f64]) -> f64) {
    let position: Vec<f64> = (0..d).map(|i| 0.1 * (i as f64).sin()).collect();
    let mut gradient = vec![0.0; d];
    c.benchmark_group(group).bench_function("hand", |b| b.iter(|| f(black_box(&position), &mut gradient)));
}

/// mu and kappa of the rats, with theta integrated out: log B ratios by lgamma and digamma, group by group.
fn rats_marginal(y: &[f64], n: &[f64], q: &[f64], g: &mut [f64]) -> f64 {
    let (mu, one_minus, kappa) = (inv_logit(q[0]), inv_logit(-q[0]), q[1].exp());
    let (a, b) = (mu * kappa, one_minus * kappa);
    let (la, lb, lk) = (lgamma(a), lgamma(b), lgamma(kappa));
    let (da, db, dk) = (digamma(a), digamma(b), digamma(kappa));
    let (mut value, mut ga, mut gb, mut gk) = (0.0, 0.0, 0.0, 0.0);
    for (y, n) in y.iter().zip(n) {
        value += lgamma(a + y) - la + lgamma(b + n - y) - lb - lgamma(kappa + n) + lk;
        ga += digamma(a + y) - da;
        gb += digamma(b + n - y) - db;
        gk += dk - digamma(kappa + n);
    }
    let z = q[1] - 3.0;
    g[0] = (ga - gb) * kappa * mu * one_minus + one_minus - mu;
    g[1] = kappa * (mu * ga + one_minus * gb + gk) - z;
    value - softplus(q[0]) - softplus(-q[0]) - 0.5 * z * z
}

/// The rats with every theta sampled.
fn rats_joint(y: &[f64], n: &[f64], q: &[f64], g: &mut [f64]) -> f64 {
    let (mu, one_minus, kappa) = (inv_logit(q[0]), inv_logit(-q[0]), q[1].exp());
    let (a, b) = (mu * kappa, one_minus * kappa);
    let groups = y.len() as f64;
    let mut value = groups * (lgamma(kappa) - lgamma(a) - lgamma(b));
    let (mut ga, mut gb) = (groups * (digamma(kappa) - digamma(a)), groups * (digamma(kappa) - digamma(b)));
    for (i, (y, n)) in y.iter().zip(n).enumerate() {
        let u = q[2 + i];
        let e = (-u.abs()).exp();
        let t = e.ln_1p();
        let (log, log1m) = (u.min(0.0) - t, (-u).min(0.0) - t);
        let theta = if u >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
        value += (a + y) * log + (b + n - y) * log1m;
        g[2 + i] = (a + y) - (a + b + n) * theta;
        ga += log;
        gb += log1m;
    }
    let z = q[1] - 3.0;
    g[0] = (ga - gb) * kappa * mu * one_minus + one_minus - mu;
    g[1] = kappa * (mu * ga + one_minus * gb) - z;
    value - softplus(q[0]) - softplus(-q[0]) - 0.5 * z * z
}

/// The mixed model, row by row.
fn glmm(data: &workloads::Glmm, q: &[f64], g: &mut [f64]) -> f64 {
    let (a, beta) = (q[0], q[1]);
    let sigma: [f64; 3] = [0, 1, 2].map(|i| q[2 + i].exp());
    let start = [5, 25, 33];
    let levels = [20, 8, 500];
    g.fill(0.0);
    let mut value = -0.5 * (a * a / 4.0 + beta * beta);
    let (mut ga, mut gbeta, mut gsigma) = (0.0, 0.0, [0.0; 3]);
    for row in 0..data.x.len() {
        let at: [usize; 3] = [0, 1, 2].map(|i| start[i] + data.codes[i][row] as usize);
        let eta = a + beta * data.x[row] + (0..3).map(|i| sigma[i] * q[at[i]]).sum::<f64>();
        let e = (-eta.abs()).exp();
        let (k, n) = (data.k[row], data.n[row]);
        value += k * eta - n * (eta.max(0.0) + e.ln_1p());
        let p = if eta >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
        let d = k - n * p;
        ga += d;
        gbeta += d * data.x[row];
        for i in 0..3 {
            g[at[i]] += d * sigma[i];
            gsigma[i] += d * q[at[i]];
        }
    }
    (g[0], g[1]) = (ga - a / 4.0, gbeta - beta);
    for i in 0..3 {
        value += q[2 + i] - 0.5 * sigma[i] * sigma[i];
        g[2 + i] = gsigma[i] * sigma[i] + 1.0 - sigma[i] * sigma[i];
        for j in start[i]..start[i] + levels[i] {
            value -= 0.5 * q[j] * q[j];
            g[j] -= q[j];
        }
    }
    value
}

/// phi (through softmax of 6 free logits) and kappa of the counts, with theta integrated out.
fn multinom_marginal(counts: &[f64], q: &[f64], g: &mut [f64]) -> f64 {
    let kappa = q[5].exp();
    let total: f64 = 1.0 + q[..5].iter().map(|x| x.exp()).sum::<f64>();
    let phi: [f64; 6] = std::array::from_fn(|j| if j < 5 { q[j].exp() / total } else { 1.0 / total });
    let prior = phi.map(|p| (lgamma(kappa * p), digamma(kappa * p)));
    let (lk, dk) = (lgamma(kappa), digamma(kappa));
    let (mut value, mut galpha, mut gk) = (0.0, [0.0; 6], 0.0);
    for y in counts.chunks_exact(6) {
        let n: f64 = y.iter().sum();
        value += lk - lgamma(kappa + n);
        gk += dk - digamma(kappa + n);
        for j in 0..6 {
            let alpha = kappa * phi[j];
            value += lgamma(alpha + y[j]) - prior[j].0;
            galpha[j] += digamma(alpha + y[j]) - prior[j].1;
        }
    }
    let mean: f64 = phi.iter().zip(&galpha).map(|(p, g)| p * g).sum();
    for j in 0..5 {
        g[j] = kappa * phi[j] * (galpha[j] - mean) + 1.0 - 6.0 * phi[j];
    }
    let z = q[5] - 4.0;
    g[5] = kappa * (gk + mean) - z;
    value + phi.iter().map(|p| p.ln()).sum::<f64>() - 0.5 * z * z
}

fn gradient(c: &mut Criterion) {
    let (y, n) = workloads::rats();
    let table = workloads::rats_table();
    bench_posterior(c, "gradient rats", &workloads::posterior(RATS, &table, true));
    bench_hand(c, "gradient rats", 2, |q, g| rats_marginal(&y, &n, q, g));
    bench_posterior(c, "gradient rats, nothing integrated out", &workloads::posterior(RATS, &table, false));
    bench_hand(c, "gradient rats, nothing integrated out", 73, |q, g| rats_joint(&y, &n, q, g));

    let data = workloads::glmm();
    bench_posterior(c, "gradient glmm", &workloads::posterior(GLMM, &workloads::glmm_table(&data), true));
    bench_hand(c, "gradient glmm", 533, |q, g| glmm(&data, q, g));

    let counts = workloads::multinom();
    bench_posterior(c, "gradient multinom", &workloads::posterior(MULTINOM, &workloads::multinom_table(), true));
    bench_hand(c, "gradient multinom", 6, |q, g| multinom_marginal(&counts, q, g));
}

criterion_group!(benches, gradient);
criterion_main!(benches);
