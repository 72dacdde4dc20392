//! Working coordinates: a change of variables and nothing more, chosen from what the data tell.

mod support;

use polya_engine::{LogDensity, WarmupWindow};
use polya_models::{Passes, Posterior, Scratch};
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

/// The weights after an adaptation to random states.
fn adapted(text: &str, log_scales: std::ops::Range<f64>) -> Vec<f64> {
    let posterior = compile_with(text, Passes::default());
    let mut scratch = posterior.scratch();
    assert!(adapt(&posterior, &mut scratch, log_scales));
    scratch.weights().to_vec()
}

/// Adapts to a window of random states in the working coordinates of a scratch.
fn adapt(posterior: &Posterior, scratch: &mut Scratch, log_scales: std::ops::Range<f64>) -> bool {
    let dimension = posterior.dimension();
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let (mut positions, mut gradients) = (Vec::new(), Vec::new());
    for _ in 0..40 {
        let mut reported: Vec<f64> = (0..dimension).map(|_| rng.random_range(-1.0..1.0)).collect();
        reported[1] = rng.random_range(log_scales.clone());
        let (mut position, mut gradient) = (vec![0.0; dimension], vec![0.0; dimension]);
        posterior.to_working(&reported, scratch, &mut position);
        posterior.log_density(&position, &mut gradient, scratch).expect("a density");
        positions.extend(position);
        gradients.extend(gradient);
    }
    posterior.adapt_coordinates(WarmupWindow::new(dimension, &positions, &gradients), scratch)
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

/// A prior with heavy tails does not hold what lies far out, however small its scale: normal with variance s² (1 + z²)/2
/// under a Cauchy prior, s² |z| under a Laplace prior.
#[test]
fn levels_far_out_are_centred_as_far_as_their_prior_lets_go() {
    let (log_scale, z, information) = (-4.0_f64, 40.0_f64, 4.0_f64);
    let variances =
        [("Normal(0, s)", 1.0), ("Cauchy(0, s)", 0.5 * (1.0 + z * z)), ("Laplace(0, s)", z), ("Logistic(0, s)", z)];
    for (prior, variance) in variances {
        let text = format!("s ~ LogNormal(0, 1)\nv ~ {prior}\nx ~ Normal(v, {})\n", (7.0 / information).sqrt());
        let posterior = compile_with(&text, Passes { integrate: false, collapse: true });
        let mut scratch = posterior.scratch();
        let mut position = vec![0.0; 2];
        posterior.to_working(&[log_scale, z], &mut scratch, &mut position);
        let states = position.repeat(10);
        let window = WarmupWindow::new(2, &states, &[0.0; 20]);
        posterior.adapt_coordinates(window, &mut scratch);
        let ratio = (2.0 * log_scale).exp() * variance * information;
        let expected = ratio / (1.0 + ratio);
        assert!((scratch.weights()[0] - expected).abs() < 1e-6, "{:?} is not {expected}: {prior}", scratch.weights());
    }
}

/// Of a level that is the location of others the data tell what they tell with those integrated out: of the group u, which
/// has one level with two observations of variance v below it, 1/(s² + v/2), s being the scale of the levels.
#[test]
fn what_is_told_of_a_location_is_told_through_its_levels() {
    let (log_scales, variance) = ([0.3_f64, -0.4_f64], 0.64_f64);
    let text = "s ~ LogNormal(0, 1)\nr ~ LogNormal(0, 1)\nmid[t] ~ Normal(0, s)\nv[g] ~ Normal(mid[t], r)\n\
                x ~ Normal(v[g], 0.8)\n";
    let posterior = compile_with(text, Passes { integrate: false, collapse: true });
    let mut scratch = posterior.scratch();
    let mut position = vec![0.0; 7];
    let reported = [log_scales[0], log_scales[1], 0.7, -0.2, 0.4, 1.0, -0.5];
    posterior.to_working(&reported, &mut scratch, &mut position);
    let states = position.repeat(10);
    assert!(posterior.adapt_coordinates(WarmupWindow::new(7, &states, &[0.0; 70]), &mut scratch));
    let weight = |log_scale: f64, information: f64| {
        let ratio = (2.0 * log_scale).exp() * information;
        ratio / (1.0 + ratio)
    };
    // The groups s and u, then the levels a, b and c.
    let inner = (2.0 * log_scales[1]).exp();
    let (of_u, of_c) = (1.0 / (inner + variance / 2.0), 2.0 / variance);
    for (level, expected) in [(1, weight(log_scales[0], of_u)), (4, weight(log_scales[1], of_c))] {
        let found = scratch.weights()[level];
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }
}

/// Where `from` goes when some coordinates are set, and the log Jacobian.
fn moved(posterior: &Posterior, scratch: &mut Scratch, from: &[f64], set: &[(usize, f64)]) -> (Vec<f64>, f64) {
    let mut to = from.to_vec();
    set.iter().for_each(|(i, x)| to[*i] = *x);
    let log_jacobian = posterior.carry(from, &mut to, scratch);
    (to, log_jacobian)
}

/// Levels are carried along by a map that the way back undoes and whose Jacobian is what is said, below each other too.
#[test]
fn what_is_carried_can_be_carried_back() {
    let posterior = model();
    let mut scratch = posterior.scratch();
    adapt(&posterior, &mut scratch, -1.0..1.0);
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for _ in 0..10 {
        let from: Vec<f64> = (0..7).map(|_| rng.random_range(-1.0..1.0)).collect();
        let set = [(0, rng.random_range(-1.0..1.0)), (1, rng.random_range(-2.0..2.0))];
        let (to, there) = moved(&posterior, &mut scratch, &from, &set);
        assert!((2..7).all(|i| to[i] != from[i]), "{from:?} {to:?}");
        let (again, back) = moved(&posterior, &mut scratch, &to, &[(0, from[0]), (1, from[1])]);
        assert!((there + back).abs() < 1e-12, "{there} {back}");
        assert!(from.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-12), "{from:?} {again:?}");
        // The matrix of derivatives is triangular: its determinant is the product of those of each level by itself.
        let slope = |i: usize, scratch: &mut Scratch| {
            let at = |x: f64, scratch: &mut Scratch| {
                let (mut start, mut to) = (from.clone(), from.clone());
                (start[i], to[i]) = (x, x);
                set.iter().for_each(|(i, x)| to[*i] = *x);
                posterior.carry(&start, &mut to, scratch);
                to[i]
            };
            (at(from[i] + 1e-4, scratch) - at(from[i] - 1e-4, scratch)) / 2e-4
        };
        let product: f64 = (2..7).map(|i| slope(i, &mut scratch).ln()).sum();
        assert!((product - there).abs() < 1e-6, "{product} {there}");
    }
}

/// Where the likelihood is normal, levels keep their place within their conditional distribution: how much more probable a
/// move makes the whole does not depend on them.
#[test]
fn levels_of_normal_data_keep_their_place() {
    let text = "mu ~ Normal(0, 1)\ntau ~ HalfNormal(1)\nv[g] ~ Normal(mu, tau)\nx ~ Normal(v[g], 0.7)\n";
    let posterior = compile_with(text, Passes { integrate: false, collapse: true });
    let mut scratch = posterior.scratch();
    adapt(&posterior, &mut scratch, -1.0..1.0);
    let dimension = posterior.dimension();
    let (mut gradient, mut rng) = (vec![0.0; dimension], ChaCha8Rng::seed_from_u64(13));
    let mut gains = Vec::new();
    for _ in 0..10 {
        let mut from: Vec<f64> = (0..dimension).map(|_| rng.random_range(-1.0..1.0)).collect();
        (from[0], from[1]) = (0.3, -0.4);
        let (to, log_jacobian) = moved(&posterior, &mut scratch, &from, &[(0, -0.2), (1, 0.9)]);
        let mut at = |x: &[f64]| posterior.log_density(x, &mut gradient, &mut scratch).expect("a density");
        gains.push(at(&to) - at(&from) + log_jacobian);
    }
    assert!(gains.iter().all(|gain| (gain - gains[0]).abs() < 1e-6), "{gains:?}");
}

#[test]
fn what_data_tell_of_a_level_is_told_apart_from_any_prior() {
    // A normal log likelihood of curvature I = 1/4; the scale is log 2 at the middle of its prior.
    let square = 2_f64.ln().powi(2);
    let expected = square / 4.0 / (1.0 + square / 4.0);
    for prior in ["Normal(0, s)", "StudentT(3, 0, s)", "Cauchy(0, s)", "Laplace(0, s)", "Logistic(0, s)"] {
        let text = format!("s ~ HalfNormal(1)\nv[rows] ~ {prior}\nx ~ Normal(v[rows], 2)\n");
        let posterior = compile_with(&text, Passes { integrate: false, collapse: false });
        for weight in posterior.starting_weights() {
            assert!((weight - expected).abs() < 1e-9, "{weight} is not {expected} under {prior}");
        }
        assert_eq!(posterior.starting_weights().len(), 7);
    }
}
