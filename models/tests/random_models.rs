//! Random models over random tables: what the passes do to a model changes nothing, whatever the model.

mod generate;
mod support;

use generate::{Case, case};
use nalgebra::{DMatrix, DVector};
use polya_engine::LogDensity;
use polya_models::compiler::compiled::SampledBlock;
use polya_models::{Passes, Posterior};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cell::Cell;
use support::{compile_on, density, noncentred};

const WITHOUT: Passes = Passes { integrate: false, collapse: false };

/// The same models every time; a failure shrinks to a short text.
fn for_models(cases: u32, check: impl Fn(&Case)) {
    let config =
        ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[19; 32]);
    let strategy = proptest::collection::vec(any::<u16>(), 0..220).prop_map(case);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&strategy, |case| {
        check(&case);
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

fn position(dimension: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..dimension).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Random working coordinates, the same for posteriors that have as many.
fn weights(posterior: &Posterior, rng: &mut ChaCha8Rng) -> Vec<f64> {
    posterior.starting_weights().iter().map(|_| rng.random_range(0.0..1.0)).collect()
}

#[test]
fn collapsing_rows_changes_nothing() {
    for_models(400, |case| {
        let table = case.table();
        for integrate in [false, true] {
            let rows = compile_on(&table, &case.text, Passes { integrate, collapse: false });
            let cells = compile_on(&table, &case.text, Passes { integrate, collapse: true });
            assert_eq!(rows.dimension(), cells.dimension());
            let mut rng = ChaCha8Rng::seed_from_u64(2);
            let (mut left, mut right) = (rows.scratch(), cells.scratch());
            for _ in 0..3 {
                let at = position(rows.dimension(), &mut rng);
                let weights = weights(&rows, &mut rng);
                left.set_weights(&weights);
                right.set_weights(&weights);
                let (mut a, mut b) = (vec![0.0; at.len()], vec![0.0; at.len()]);
                let by_rows = rows.log_density(&at, &mut a, &mut left).expect("a density") + rows.constant();
                let by_cells = cells.log_density(&at, &mut b, &mut right).expect("a density") + cells.constant();
                assert!((by_rows - by_cells).abs() < 1e-12 * by_rows.abs().max(1.0), "{by_rows} is not {by_cells}");
                let scale = a.iter().fold(1.0_f64, |m, x| m.max(x.abs()));
                let same = a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-11 * scale);
                assert!(same, "gradients {a:?} and {b:?} at {at:?}, integrate: {integrate}");
            }
        }
    });
}

/// The log of the integral of exp f over a box around its mass, for a log-concave f: its trapezoids.
fn log_integral(dimensions: usize, f: &mut dyn FnMut(&[f64]) -> f64) -> f64 {
    let (half, coarse, fine, depth) = if dimensions == 1 { (400, 1.5, 0.05, 42.0) } else { (24, 2.0, 0.12, 30.0) };
    let axis: Vec<f64> = (-half..=half).map(|i| f64::from(i) * coarse).collect();
    let points: Vec<Vec<f64>> = match dimensions {
        1 => axis.iter().map(|a| vec![*a]).collect(),
        _ => axis.iter().flat_map(|a| axis.iter().map(move |b| vec![*a, *b])).collect(),
    };
    let values: Vec<f64> = points.iter().map(|at| f(at)).collect();
    let most = values.iter().copied().filter(|v| v.is_finite()).fold(f64::NEG_INFINITY, f64::max);
    let inside: Vec<&Vec<f64>> =
        points.iter().zip(&values).filter(|(_, v)| **v > most - depth).map(|(p, _)| p).collect();
    let range = |d: usize| -> Vec<f64> {
        let low = inside.iter().fold(f64::INFINITY, |m, p| m.min(p[d])) - coarse;
        let high = inside.iter().fold(f64::NEG_INFINITY, |m, p| m.max(p[d])) + coarse;
        (0..=((high - low) / fine) as usize).map(|i| low + i as f64 * fine).collect()
    };
    let mut sum = 0.0;
    let mut add = |value: f64| sum += if value.is_finite() { (value - most).exp() } else { 0.0 };
    match dimensions {
        1 => range(0).into_iter().for_each(|a| add(f(&[a]))),
        _ => {
            let second = range(1);
            range(0).into_iter().for_each(|a| second.iter().for_each(|b| add(f(&[a, *b]))));
        }
    }
    most + sum.ln() + dimensions as f64 * fine.ln()
}

/// The log of the integral over coordinates in which the density is quadratic, the others held.
fn gaussian_integral(joint: &Posterior, position: &[f64], coordinates: &[usize]) -> f64 {
    let mut position = position.to_vec();
    let mut scratch = noncentred(joint);
    let mut gradient_at = |position: &[f64]| {
        let mut gradient = vec![0.0; position.len()];
        joint.log_density(position, &mut gradient, &mut scratch).expect("a density");
        DVector::from_iterator(coordinates.len(), coordinates.iter().map(|c| gradient[*c]))
    };
    let mut curvature: DMatrix<f64> = DMatrix::zeros(coordinates.len(), coordinates.len());
    for (j, c) in coordinates.iter().enumerate() {
        let kept = position[*c];
        position[*c] = kept + 0.5;
        let above = gradient_at(&position);
        position[*c] = kept - 0.5;
        let below = gradient_at(&position);
        position[*c] = kept;
        curvature.set_column(j, &(below - above));
    }
    for _ in 0..3 {
        let step = curvature.clone().lu().solve(&gradient_at(&position)).expect("a proper density");
        coordinates.iter().zip(step.iter()).for_each(|(c, s)| position[*c] += s);
    }
    let log_det = curvature.cholesky().expect("a maximum").determinant().ln();
    density(joint, &position) + 0.5 * (coordinates.len() as f64 * std::f64::consts::TAU.ln() - log_det)
}

/// The log of the integral of a joint density over some variables, which do not meet given the rest.
fn integral(joint: &Posterior, out: &[&SampledBlock], position: &mut [f64]) -> f64 {
    let base = density(joint, position);
    let (normal, conjugate): (Vec<&SampledBlock>, Vec<&SampledBlock>) =
        out.iter().partition(|b| b.arguments.distribution.name() == "Normal");
    let coordinates: Vec<usize> = normal.iter().flat_map(|b| b.offset..b.offset + b.size).collect();
    let mut total = base;
    if !coordinates.is_empty() {
        total += gaussian_integral(joint, position, &coordinates) - base;
    }
    let (mut gradient, mut scratch) = (vec![0.0; position.len()], noncentred(joint));
    for block in conjugate {
        let dimensions = block.arguments.width.map_or(1, |w| w.length - 1);
        for level in (block.offset..block.offset + block.size).step_by(dimensions) {
            let kept = position[level..level + dimensions].to_vec();
            total += log_integral(dimensions, &mut |at| {
                position[level..level + dimensions].copy_from_slice(at);
                let value = joint.log_density(position, &mut gradient, &mut scratch).unwrap_or(f64::NAN);
                value + joint.constant() - base
            });
            position[level..level + dimensions].copy_from_slice(&kept);
            // The log-ratio map to a simplex of 3 parts has √3 in its volume, a constant that its density leaves out.
            total += if dimensions == 2 { 0.5 * 3_f64.ln() } else { 0.0 };
        }
    }
    total
}

#[test]
fn integrating_out_is_integration() {
    let (tried, left) = (Cell::new(0), Cell::new(0));
    for_models(200, |case| {
        let table = case.table();
        let joint = compile_on(&table, &case.text, WITHOUT);
        for collapse in [false, true] {
            let marginal = compile_on(&table, &case.text, Passes { integrate: true, collapse });
            let sampled = &marginal.compiled().sampled;
            let stays = |name: &str| sampled.iter().any(|b| b.name == name);
            for name in &case.stay {
                assert!(stays(name), "{name} has a likelihood that is not conjugate, and leaves");
            }
            for name in &case.leave {
                assert!(!stays(name), "{name} has conjugate likelihoods only, and stays");
            }
            let out: Vec<&SampledBlock> = joint.compiled().sampled.iter().filter(|b| !stays(&b.name)).collect();
            tried.set(tried.get() + 1);
            if out.is_empty() {
                continue;
            }
            left.set(left.get() + 1);
            let mut rng = ChaCha8Rng::seed_from_u64(6);
            let mut at = position(joint.dimension(), &mut rng);
            let mut rest = vec![0.0; marginal.dimension()];
            for own in sampled {
                let same = joint.compiled().sampled.iter().find(|b| b.name == own.name).expect("the same variable");
                rest[own.offset..own.offset + own.size].copy_from_slice(&at[same.offset..same.offset + same.size]);
            }
            let expected = integral(&joint, &out, &mut at);
            let found = density(&marginal, &rest);
            let far = (found - expected).abs() / expected.abs().max(1.0);
            assert!(far < 1e-7, "{found} is not {expected} at {rest:?}, collapse: {collapse}");
        }
    });
    assert!(2 * left.get() > tried.get(), "only {} of {} models have a variable that leaves", left.get(), tried.get());
}

#[test]
fn gradients_are_derivatives() {
    for_models(250, |case| {
        let table = case.table();
        for passes in [WITHOUT, Passes { integrate: false, collapse: true }, Passes::default()] {
            let posterior = compile_on(&table, &case.text, passes);
            let mut rng = ChaCha8Rng::seed_from_u64(4);
            let at = position(posterior.dimension(), &mut rng);
            let mut scratch = posterior.scratch();
            scratch.set_weights(&weights(&posterior, &mut rng));
            let mut gradient = vec![0.0; at.len()];
            let value = posterior.log_density(&at, &mut gradient, &mut scratch).expect("a density");
            let mut unused = vec![0.0; at.len()];
            for i in 0..at.len() {
                let mut moved = at.clone();
                let step = 1e-3;
                let mut f = |steps: f64| {
                    moved[i] = at[i] + steps * step;
                    posterior.log_density(&moved, &mut unused, &mut scratch).expect("a density")
                };
                let derivative = (8.0 * (f(1.0) - f(-1.0)) - (f(2.0) - f(-2.0))) / (12.0 * step);
                let scale = derivative.abs().max(1.0).max(0.01 * value.abs());
                let error = (gradient[i] - derivative).abs() / scale;
                assert!(error < 1e-6, "coordinate {i}: {} is not {derivative} at {at:?}, {passes:?}", gradient[i]);
            }
        }
    });
}
