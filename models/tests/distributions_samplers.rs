//! Samplers against distribution functions: Kolmogorov and Smirnov with fixed seeds and a bound of p about 1e-6.

use polya_models::distributions::{Vector, find, random};
use polya_models::special::{inv_logit, regularised_beta, regularised_gamma};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const DRAWS: usize = 20_000;

/// The statistic √N sup|F_N − F| of draws; for a discrete distribution the bound is conservative.
fn kolmogorov(mut draws: Vec<f64>, cdf: impl Fn(f64) -> f64, discrete: bool) -> f64 {
    draws.sort_by(f64::total_cmp);
    let n = draws.len() as f64;
    let mut worst: f64 = 0.0;
    let mut i = 0;
    while i < draws.len() {
        let x = draws[i];
        let mut j = i;
        while j < draws.len() && draws[j] == x {
            j += 1;
        }
        let f = cdf(x);
        worst = worst.max((j as f64 / n - f).abs());
        if !discrete {
            worst = worst.max((i as f64 / n - f).abs());
        }
        i = j;
    }
    worst * n.sqrt()
}

/// exp(−2 · 2.7²) · 2 is 1e-6.
const BOUND: f64 = 2.7;

#[test]
fn scalar_samplers_follow_their_distribution_functions() {
    let mut rng = ChaCha8Rng::seed_from_u64(20);
    for (name, args) in [
        ("Beta", vec![2.0, 3.0]),
        ("Beta", vec![0.1, 0.3]),
        ("Beta", vec![1e10, 3e10]),
        ("Normal", vec![3.0, 2.0]),
        ("Logistic", vec![3.0, 2.0]),
        ("Laplace", vec![3.0, 2.0]),
        ("Cauchy", vec![3.0, 2.0]),
        ("StudentT", vec![0.7, 3.0, 2.0]),
        ("StudentT", vec![1e12, 3.0, 2.0]),
        ("HalfStudentT", vec![4.0, 2.0]),
        ("HalfNormal", vec![2.0]),
        ("HalfCauchy", vec![2.0]),
        ("LogNormal", vec![1.0, 2.0]),
        ("Exponential", vec![2.0]),
        ("Gamma", vec![0.05, 2.0]),
        ("Gamma", vec![1.0, 2.0]),
        ("Gamma", vec![1e10, 2.0]),
        ("InverseGamma", vec![3.0, 2.0]),
        ("Weibull", vec![0.5, 2.0]),
        ("Uniform", vec![-1.0, 2.0]),
        ("Pareto", vec![1.0, 2.0]),
        ("Bernoulli", vec![0.3]),
        ("Binomial", vec![10.0, 0.3]),
        ("Binomial", vec![100.0, 0.93]),
        ("Binomial", vec![1e11, 1e-14]),
        ("Binomial", vec![1e11, 3e-11]),
        ("Binomial", vec![1e11, 0.4]),
        ("Binomial", vec![1e15, 1e-13]),
        ("Binomial", vec![9e15, 1e-4]),
        ("Binomial", vec![21.0, 0.5]),
        ("Geometric", vec![0.3]),
        ("Geometric", vec![1e-12]),
        ("Geometric", vec![1.0]),
        ("NegativeBinomial", vec![3.0, 2.0]),
        ("NegativeBinomial", vec![300.0, 0.05]),
        ("NegativeBinomial", vec![300.0, 1e16]),
        ("Poisson", vec![0.7]),
        ("Poisson", vec![9.9]),
        ("Poisson", vec![10.1]),
        ("Poisson", vec![1e4]),
        ("Poisson", vec![1e12]),
        ("BetaBinomial", vec![20.0, 0.1, 0.2]),
        ("BetaBinomial", vec![2e4, 30.0, 50.0]),
        ("Hypergeometric", vec![20.0, 8.0, 7.0]),
        ("Hypergeometric", vec![100.0, 80.0, 70.0]),
        ("Hypergeometric", vec![10_000.0, 6_000.0, 3_000.0]),
        ("Hypergeometric", vec![1e12, 1e9, 1e6]),
        ("Hypergeometric", vec![1e15, 3e14, 1e5]),
    ] {
        let d = find(name).and_then(|d| d.scalar()).unwrap();
        let draws: Vec<f64> = (0..DRAWS).map(|_| d.sample(&args, &mut rng)).collect();
        assert!(draws.iter().all(|&x| d.is_discrete() || d.support().contains(x, &args) || x == 0.0 || x == 1.0));
        assert!(!d.is_discrete() || draws.iter().all(|&x| d.support().contains(x, &args)), "{name}{args:?}");
        let (mean, variance) = (d.mean(&args), d.variance(&args));
        if variance < f64::INFINITY && !matches!(name, "LogNormal" | "NegativeBinomial") {
            let average = draws.iter().map(|x| x - mean).sum::<f64>() / DRAWS as f64;
            assert!(
                average.abs() <= 6.0 * (variance / DRAWS as f64).sqrt() + 4e-16 * mean.abs(),
                "{name}{args:?}: mean off by {average}"
            );
        }
        let k = kolmogorov(draws, |x| d.cdf(x, &args), d.is_discrete());
        assert!(k < BOUND, "{name}{args:?}: {k}");
    }
}

#[test]
fn extreme_variates_on_the_log_and_logit_scales() {
    let mut rng = ChaCha8Rng::seed_from_u64(21);
    let logits: Vec<f64> = (0..DRAWS).map(|_| random::logit_beta(0.002, 0.002, &mut rng)).collect();
    assert!(logits.iter().all(|t| t.is_finite()) && logits.iter().any(|t| t.abs() > 1400.0));
    // For logits below −600 the distribution function is exp(0.002 t)/2 to double precision.
    let cdf = |t: f64| {
        if t.abs() > 600.0 {
            let tail = 0.5 * (-0.002 * t.abs()).exp() * (1.0 - 6.58e-6);
            if t < 0.0 { tail } else { 1.0 - tail }
        } else {
            regularised_beta(0.002, 0.002, inv_logit(t), inv_logit(-t)).0
        }
    };
    let k = kolmogorov(logits, cdf, false);
    assert!(k < BOUND, "logit Beta: {k}");
    let logs: Vec<f64> = (0..DRAWS).map(|_| random::log_gamma(0.01, &mut rng)).collect();
    let k = kolmogorov(
        logs,
        |t| {
            if t < -690.0 { (0.01 * t).exp() * 1.0057 } else { regularised_gamma(0.01, t.exp()).0 }
        },
        false,
    );
    assert!(k < BOUND, "log Gamma: {k}");
    // Binomial with a p that 1 − p would round away.
    let counts: Vec<f64> = (0..DRAWS).map(|_| 1e15 - random::binomial_logit(1e15, 34.0, &mut rng)).collect();
    let mean = 1e15 * inv_logit(-34.0);
    let k = kolmogorov(counts, |x| regularised_gamma(x + 1.0, mean).1, true);
    assert!(k < BOUND, "binomial by logit: {k}");
    for mean in [1e17, 1e18, 1e25, 1e300] {
        let average = (0..2000).map(|_| random::poisson(mean, &mut rng) / mean - 1.0).sum::<f64>() / 2000.0;
        assert!(average.abs() < 6.0 / (2000.0 * mean).sqrt() + 1e-15, "{mean}: {average}");
    }
}

#[test]
fn vector_samplers_have_their_moments() {
    let mut rng = ChaCha8Rng::seed_from_u64(22);
    let p: &[f64] = &[0.2, 0.0, 0.5, 0.3];
    let alpha: &[f64] = &[0.5, 3.0, 20.0, 0.1];
    let tiny: &[f64] = &[1e-3, 1e-3, 2e-3];
    for (name, args) in [
        ("Dirichlet", vec![alpha]),
        ("Dirichlet", vec![tiny]),
        ("Multinomial", vec![&[1000.0][..], p]),
        ("Multinomial", vec![&[1e11][..], p]),
        ("DirichletMultinomial", vec![&[1000.0][..], alpha]),
        ("DirichletMultinomial", vec![&[1e11][..], tiny]),
    ] {
        let d: &dyn Vector = find(name).and_then(|d| d.vector()).unwrap();
        let n = d.length(&args);
        let (mut mean, mut variance) = (vec![0.0; n], vec![0.0; n]);
        d.mean(&args, &mut mean);
        d.variance(&args, &mut variance);
        let mut draw = vec![0.0; n];
        let mut sums = vec![(0.0, 0.0); n];
        for _ in 0..DRAWS {
            d.sample(&args, &mut rng, &mut draw);
            let total: f64 = draw.iter().sum();
            let expected = if name == "Dirichlet" { 1.0 } else { args[0][0] };
            assert!((total / expected - 1.0).abs() < 1e-14, "{name}: {draw:?}");
            assert!(name == "Dirichlet" || d.log_density(&draw, &args) > f64::NEG_INFINITY, "{name}: {draw:?}");
            for ((s, x), m) in sums.iter_mut().zip(&draw).zip(&mean) {
                s.0 += x - m;
                s.1 += (x - m) * (x - m);
            }
        }
        for j in 0..n {
            let (average, spread) = (sums[j].0 / DRAWS as f64, sums[j].1 / DRAWS as f64);
            assert!(average.abs() <= 6.0 * (variance[j] / DRAWS as f64).sqrt(), "{name}: mean {j} off by {average}");
            assert!(
                (spread - variance[j]).abs() <= 0.2 * variance[j],
                "{name}: variance {j} {spread}, {}",
                variance[j]
            );
        }
    }
    let categorical = find("Categorical").and_then(|d| d.vector()).unwrap();
    let mut counts = [0.0; 4];
    let mut draw = [0.0];
    for _ in 0..DRAWS {
        categorical.sample(&[p], &mut rng, &mut draw);
        counts[draw[0] as usize] += 1.0;
    }
    assert_eq!(counts[1], 0.0);
    for (c, p) in counts.iter().zip(p) {
        assert!((c - DRAWS as f64 * p).abs() <= 5.0 * (DRAWS as f64 * p * (1.0 - p)).sqrt());
    }
}

#[test]
fn invalid_arguments_give_nan_and_never_a_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(23);
    let wild = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 0.5, 1.0, 1e-300, 7.0, 1e15, 1e300];
    for d in polya_models::distributions::ALL.iter().filter_map(|d| d.scalar()) {
        let n = d.argument_lists()[0].names.len();
        for i in 0..wild.len().pow(n as u32) {
            let args: Vec<f64> = (0..n).map(|j| wild[i / wild.len().pow(j as u32) % wild.len()]).collect();
            let (draw, valid) = (d.sample(&args, &mut rng), d.violation(0, &args).is_none());
            assert!(valid || draw.is_nan(), "{d:?}{args:?}: {draw}");
            for x in [0.0, 1.0, 0.3, 1e-300, 1e300] {
                let (l, c) =
                    (d.log_density(x, &args), if args.iter().all(|&a| a < 1e14) { d.cdf(x, &args) } else { 0.0 });
                assert!(!valid || !(l.is_nan() || c.is_nan()), "{d:?}{args:?} at {x}: {l} {c}");
            }
            let _ = (d.mean(&args), d.variance(&args));
        }
    }
    for d in polya_models::distributions::ALL.iter().filter_map(|d| d.vector()) {
        let mut out = [0.0; 2];
        for args in
            [vec![], vec![&[][..]], vec![&[f64::NAN][..], &[1.0, 2.0][..]], vec![&[5.0][..], &[-1.0, f64::NAN][..]]]
        {
            d.sample(&args, &mut rng, &mut out);
            assert!(out[0].is_nan() && d.log_density(&[1.0, 0.0], &args).is_nan(), "{d:?}");
            d.mean(&args, &mut out);
            d.variance(&args, &mut out);
        }
    }
}
