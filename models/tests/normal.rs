//! Normal variables under normal likelihoods: what leaves the density is integrated exactly, from the leaves up.

mod support;

use nalgebra::{DMatrix, DVector};
use polya_engine::LogDensity;
use polya_models::{Passes, Posterior};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{compile_with, density, noncentred};

const WITHOUT: Passes = Passes { integrate: false, collapse: false };

/// The log integral of exp(f) over some coordinates, where f is quadratic in them: its value at the mode, and the
/// determinant of its curvature. Curvature by differences of gradients, exact for a quadratic but for rounding.
fn gaussian_integral(joint: &Posterior, position: &mut [f64], coordinates: &[usize]) -> f64 {
    let mut scratch = noncentred(joint);
    let mut gradient_at = |position: &[f64]| {
        let mut gradient = vec![0.0; position.len()];
        joint.log_density(position, &mut gradient, &mut scratch).expect("a density");
        DVector::from_iterator(coordinates.len(), coordinates.iter().map(|c| gradient[*c]))
    };
    let d = coordinates.len();
    let mut curvature: DMatrix<f64> = DMatrix::zeros(d, d);
    for (j, c) in coordinates.iter().enumerate() {
        let kept = position[*c];
        position[*c] = kept + 0.5;
        let above = gradient_at(position);
        position[*c] = kept - 0.5;
        let below = gradient_at(position);
        position[*c] = kept;
        curvature.set_column(j, &(below - above));
    }
    for _ in 0..3 {
        let step = curvature.clone().lu().solve(&gradient_at(position)).expect("a proper density");
        coordinates.iter().zip(step.iter()).for_each(|(c, s)| position[*c] += s);
    }
    let log_det = curvature.cholesky().expect("a maximum").determinant().ln();
    density(joint, position) + 0.5 * (d as f64 * std::f64::consts::TAU.ln() - log_det)
}

/// These variables leave the density of a model, and what stays is the integral over them.
fn leave(text: &str, variables: &[&str]) {
    for collapse in [true, false] {
        let marginal = compile_with(text, Passes { integrate: true, collapse });
        let joint = compile_with(text, WITHOUT);
        let left: Vec<&str> = joint
            .compiled()
            .sampled
            .iter()
            .map(|b| b.name.as_str())
            .filter(|name| !marginal.compiled().sampled.iter().any(|b| b.name == *name))
            .collect();
        assert_eq!(left, variables, "integrated out of\n{text}");
        if left.is_empty() {
            continue;
        }
        let out = joint.compiled().sampled.iter().filter(|b| variables.contains(&b.name.as_str()));
        let coordinates: Vec<usize> = out.flat_map(|b| b.offset..b.offset + b.size).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for _ in 0..3 {
            let mut position: Vec<f64> = (0..joint.dimension()).map(|_| rng.random_range(-1.0..1.0)).collect();
            let mut rest = vec![0.0; marginal.dimension()];
            for own in &marginal.compiled().sampled {
                let same = joint.compiled().sampled.iter().find(|b| b.name == own.name).expect("the same variable");
                let from = &position[same.offset..same.offset + same.size];
                rest[own.offset..own.offset + own.size].copy_from_slice(from);
            }
            let integral = gaussian_integral(&joint, &mut position, &coordinates);
            let found = density(&marginal, &rest);
            assert!((found - integral).abs() < 1e-8 * integral.abs().max(1.0), "{found} is not {integral} in\n{text}");
        }
    }
}

#[test]
fn known_and_sampled_scales() {
    leave("s ~ HalfNormal(2)\nv[g] ~ Normal(0.3, s)\ny ~ Normal(v[g], 1)\n", &["v"]);
    leave("s ~ HalfNormal(2)\nv[g] ~ Normal(0.3, s)\ny ~ Normal(v[g], u)\n", &["v"]);
    leave("s ~ HalfNormal(2)\nr ~ HalfNormal(1)\nv[g] ~ Normal(0.3, s)\ny ~ Normal(v[g], r)\n", &["v"]);
    leave("r[g] ~ HalfNormal(1)\nv[g] ~ Normal(mean = 0.3, sd = 2)\ny ~ Normal(v[g], r[g])\n", &["v"]);
    leave("r[t] ~ HalfNormal(1)\nv ~ Normal(0.3, 2)\ny ~ Normal(v, r[t])\n", &["v"]);
    leave("r ~ HalfNormal(1)\nv[g] ~ Normal(0.3, 2)\ny ~ Normal(v[g], r * u)\n", &["v"]);
    leave("q ~ Beta(2, 2)\nv[g] ~ Normal(q, 0.5 + q)\ny ~ Normal(v[g], exp(q))\n", &["v"]);
}

#[test]
fn shifts_slopes_and_weights() {
    leave("q ~ Beta(2, 2)\nr ~ HalfNormal(1)\nv[g] ~ Normal(0, 2)\ny ~ Normal(q + v[g], r)\n", &["v"]);
    leave("q ~ Beta(2, 2)\nr ~ HalfNormal(1)\nv[g] ~ Normal(0, 2)\ny ~ Normal(q * x + v[g] - 0.4 * u, r)\n", &["v"]);
    leave("q ~ Beta(2, 2)\nr ~ HalfNormal(1)\nv[g] ~ Normal(0, 2)\ny ~ Normal(1 - x * v[g] / 2, r)\n", &["v"]);
    leave("r ~ HalfNormal(1)\nv[g] ~ Normal(0, 2)\ny ~ Normal(v[g], r) weight w\n", &["v"]);
    leave("r ~ HalfNormal(1)\nv[g] ~ Normal(0, 2)\ny ~ Normal(v[g], r) weight m\n", &["v"]);
    leave("q ~ Beta(2, 2)\nr ~ HalfNormal(1)\nv[g, t] ~ Normal(0, 2)\ny ~ Normal(q - v[g, t], r)\n", &["v"]);
}

#[test]
fn several_children() {
    leave("r ~ HalfNormal(1)\nv[g] ~ Normal(0, 2)\ny ~ Normal(v[g], r)\nx ~ Normal(2 * v[g] + 1, 3)\n", &["v"]);
    leave(
        "r ~ HalfNormal(1)\nq ~ Beta(2, 2)\nv[g] ~ Normal(0, 2)\ny ~ Normal(v[g] + q, r)\nx ~ Normal(v[g], r)\n",
        &["v"],
    );
}

#[test]
fn from_the_leaves_up() {
    leave("mu ~ Normal(0, 5)\ns ~ HalfNormal(2)\nv[g] ~ Normal(mu, s)\ny ~ Normal(v[g], u)\n", &["mu", "v"]);
    leave(
        "mu ~ Normal(0, 5)\ns ~ HalfNormal(2)\nz[t] ~ Normal(mu, s)\nv[g] ~ Normal(z[t], 0.7)\ny ~ Normal(v[g], s)\n",
        &["mu", "z", "v"],
    );
    leave("mu ~ Normal(0, 5)\ns ~ HalfNormal(2)\nv[g] ~ Normal(0, s)\ny ~ Normal(mu + v[g], s)\n", &["mu", "v"]);
    // Crossed effects leave one after the other; what cannot leave both is left in.
    leave("s ~ HalfNormal(2)\nv[g] ~ Normal(0, s)\nz[t] ~ Normal(0, 1)\ny ~ Normal(v[g] + z[t], 0.5)\n", &["v"]);
}

#[test]
fn what_another_likelihood_touches_stays() {
    leave("v[g] ~ Normal(0, 1)\ny ~ Normal(v[g], 1)\nk ~ Poisson(exp(v[g]))\n", &[]);
    leave("v[g] ~ Normal(0, 1)\ny ~ Normal(v[g], exp(v[g]))\n", &[]);
    leave("v[g] ~ Normal(0, 1)\ny ~ Normal(v[g] * v[g], 1)\n", &[]);
    leave("v[g] ~ StudentT(4, 0, 1)\ny ~ Normal(v[g], 1)\n", &[]);
}

#[test]
fn evidence_of_a_normal_mean() {
    // y ~ Normal(v, 2), v ~ Normal(1, 3): y is jointly normal with covariance 4 I + 9.
    let y = [0.5, 1.5, 2.5, 0.3, 0.8, 4.0, 1.1];
    let covariance: DMatrix<f64> = DMatrix::from_fn(7, 7, |i, j| if i == j { 13.0 } else { 9.0 });
    let residual: DVector<f64> = DVector::from_iterator(7, y.iter().map(|y| y - 1.0));
    let factor = covariance.cholesky().expect("a covariance");
    let square = residual.dot(&factor.solve(&residual));
    let evidence = -0.5 * (square + factor.determinant().ln() + 7.0 * std::f64::consts::TAU.ln());
    let posterior = compile_with("v ~ Normal(1, 3)\ny ~ Normal(v, 2)\n", Passes::default());
    assert_eq!(posterior.dimension(), 0);
    assert!((posterior.constant() - evidence).abs() < 1e-12 * evidence.abs());
}
