//! Working coordinates: a change of variables and nothing more, chosen from what the data tell.

mod support;

use polya_engine::{LogDensity, WarmupWindow};
use polya_models::{Passes, Posterior};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{compile_with, noncentred};

const MODEL: &str = "mu ~ Normal(0, 1)\ntau ~ HalfNormal(1)\nq[t] ~ LogNormal(mu, tau)\n\
                     v[g] ~ StudentT(4, mu, q[\"s\"])\nk ~ Binomial(n, inv_logit(v[g]))\nm ~ Poisson(q[t])\n";

fn model() -> Posterior {
    compile_with(MODEL, Passes::default())
}

#[test]
fn densities_differ_by_the_jacobian() {
    let posterior = model();
    let dimension = posterior.dimension();
    assert_eq!((dimension, posterior.starting_weights().len()), (7, 5));
    let (mut fixed, mut working) = (noncentred(&posterior), posterior.scratch());
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for _ in 0..10 {
        let weights: Vec<f64> = (0..5).map(|_| rng.random_range(0.0..1.0)).collect();
        working.set_weights(&weights);
        let reported: Vec<f64> = (0..dimension).map(|_| rng.random_range(-1.5..1.5)).collect();
        let (mut position, mut back) = (vec![0.0; dimension], vec![0.0; dimension]);
        posterior.to_working(&reported, &mut working, &mut position);
        posterior.to_reported(&position, &mut working, &mut back);
        for (a, b) in reported.iter().zip(&back) {
            assert!((a - b).abs() < 1e-13, "{reported:?} came back as {back:?}");
        }
        let mut gradient = vec![0.0; dimension];
        let in_working = posterior.log_density(&position, &mut gradient, &mut working).expect("a density");
        let in_reported = posterior.log_density(&reported, &mut gradient, &mut fixed).expect("a density");
        // t = w m + s^w z: the scale is tau for q, and q["s"] for v.
        let tau = reported[1].exp().ln_1p();
        let log_tau = tau.ln();
        let log_q = reported[0] + tau * reported[2];
        let log_jacobian = (weights[0] + weights[1]) * log_tau + weights[2..].iter().sum::<f64>() * log_q;
        assert!((in_working + log_jacobian - in_reported).abs() < 1e-12 * in_reported.abs());
    }
}

/// A window of random states in the working coordinates of a scratch.
fn adapted(text: &str, log_scales: std::ops::Range<f64>) -> Vec<f64> {
    let posterior = compile_with(text, Passes::default());
    let dimension = posterior.dimension();
    let mut scratch = posterior.scratch();
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let (mut positions, mut gradients) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        let mut reported: Vec<f64> = (0..dimension).map(|_| rng.random_range(-1.0..1.0)).collect();
        reported[1] = rng.random_range(log_scales.clone());
        let (mut position, mut gradient) = (vec![0.0; dimension], vec![0.0; dimension]);
        posterior.to_working(&reported, &mut scratch, &mut position);
        posterior.log_density(&position, &mut gradient, &mut scratch).expect("a density");
        positions.extend(position);
        gradients.extend(gradient);
    }
    assert!(posterior.adapt_coordinates(WarmupWindow::new(dimension, &positions, &gradients), &mut scratch));
    scratch.weights().to_vec()
}

#[test]
fn weights_follow_the_information_of_each_level() {
    // log rates, of which level a tells 5 counts, b 11 and c 5; the prior scale is about 1, or about 0.02.
    let text = "mu ~ Normal(0, 1)\ntau ~ HalfNormal(1)\nv[g] ~ Normal(mu, tau)\nk ~ Poisson(exp(v[g])) weight w\n";
    let known = adapted(text, -0.05..0.05);
    assert!(known.iter().all(|w| (0.4..1.0).contains(w)), "{known:?}");
    let small = adapted(text, -4.05..-3.95);
    assert!(small.iter().all(|w| *w < 0.05), "{small:?}");
    // A scale that is itself uncertain makes the weights smaller.
    let uncertain = adapted(text, -3.0..1.0);
    assert!(uncertain.iter().zip(&known).all(|(u, k)| u < k), "{uncertain:?} {known:?}");
}
