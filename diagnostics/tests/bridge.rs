//! Bridge sampling against `bridgesampling` and against integrals that are known.

mod support;

use std::f64::consts::PI;

use polya_diagnostics::{Bridge, BridgeDensities, BridgeDraws, Chains, bridge};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Gamma, StandardNormal};
use support::{json, rows};

/// Mean of squares minus square of mean, in the form with one degree of freedom less.
fn relative_variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|x| (x / mean - 1.0).powi(2)).sum::<f64>() / (n - 1.0) / n
}

#[test]
fn the_iteration_agrees_with_r() {
    let reference = json("bridge.json");
    let columns: Vec<Vec<f64>> =
        (0..4).map(|column| rows("bridge_q.csv").iter().map(|row| row[column].parse().unwrap()).collect()).collect();
    let densities = BridgeDensities {
        posterior_at_draws: Chains::new(&columns[0], 1).unwrap(),
        proposal_at_draws: &columns[1],
        posterior_at_proposals: &columns[2],
        proposal_at_proposals: &columns[3],
    };
    let found = densities.solve(reference["median_coda_neff_of_second_half"].as_f64().unwrap()).unwrap();
    let wanted = reference["normal_with_neff"]["logml"].as_f64().unwrap();
    assert!((found.log_marginal - wanted).abs() < 1e-9, "{found:?}");

    // R multiplies the part of the draws by their spectral density, here between 0.8 and 1.1 times their
    // variance, instead of by 1; both parts are written out here.
    let at = |posterior: f64, proposal: f64| [(posterior - wanted).exp(), proposal.exp()];
    let at_proposals: Vec<f64> =
        columns[2].iter().zip(&columns[3]).map(|(&p, &g)| at(p, g)).map(|[p, g]| 2.0 * p / (p + g)).collect();
    let at_draws: Vec<f64> =
        columns[0].iter().zip(&columns[1]).map(|(&p, &g)| at(p, g)).map(|[p, g]| 2.0 * g / (p + g)).collect();
    let (a, b) = (relative_variance(&at_proposals), relative_variance(&at_draws));
    let re2 = reference["normal_with_neff"]["re2"].as_f64().unwrap();
    let mean = at_draws.iter().sum::<f64>() / 500.0;
    let spectrum = (re2 - a) / b;
    let variance = b * 500.0 * mean * mean;
    assert!((0.5..2.0).contains(&(spectrum / variance)), "{spectrum} {variance}");
    // Draws are independent: the effective sample size is near 500.
    assert!((found.relative_error / (a + b).sqrt() - 1.0).abs() < 0.2, "{found:?} {}", (a + b).sqrt());
}

#[test]
fn the_constant_of_a_normal_density_is_found() {
    let reference = json("bridge.json");
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        value.as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).collect()
    };
    let precision: Vec<Vec<f64>> = reference["precision"].as_array().unwrap().iter().map(numbers).collect();
    let centre = numbers(&reference["mean"]);
    let values: Vec<f64> = rows("bridge_draws.csv").iter().flatten().map(|x| x.parse::<f64>().unwrap()).collect();
    let log_density = |x: &[f64]| {
        let z: Vec<f64> = x.iter().zip(&centre).map(|(x, m)| x - m).collect();
        -0.5 * (0..3).map(|i| z[i] * precision[i].iter().zip(&z).map(|(p, z)| p * z).sum::<f64>()).sum::<f64>()
    };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let draws = BridgeDraws { values: &values, dimension: 3, chains: 1 };
    let found = bridge(draws, log_density, || StandardNormal.sample(&mut rng)).unwrap();
    let truth = reference["true_logml"].as_f64().unwrap();
    assert!((found.log_marginal - truth).abs() < 4.0 * found.relative_error, "{found:?} {truth}");
    assert!(found.relative_error < 0.01);
}

/// The integral of a density of Gamma(2.5, 1) and Beta(3, 0.8) on the scales of logarithm and logit,
/// `Γ(2.5) B(3, 0.8)`, from `count` draws, each of which is there `repeats` times.
fn gamma_and_beta(seed: u64, count: usize, repeats: usize) -> Bridge {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (gamma, beta) = (Gamma::new(2.5, 1.0).unwrap(), Beta::new(3.0, 0.8).unwrap());
    let mut values = Vec::new();
    for _ in 0..count {
        let (x, p): (f64, f64) = (gamma.sample(&mut rng), beta.sample(&mut rng));
        (0..repeats).for_each(|_| values.extend([x.ln(), (p / (1.0 - p)).ln()]));
    }
    let log_density = |x: &[f64]| {
        let softplus = if x[1] > 0.0 { x[1] + (-x[1]).exp().ln_1p() } else { x[1].exp().ln_1p() };
        2.5 * x[0] - x[0].exp() + 3.0 * x[1] - 3.8 * softplus
    };
    let draws = BridgeDraws { values: &values, dimension: 2, chains: 4 };
    bridge(draws, log_density, || StandardNormal.sample(&mut rng)).unwrap()
}

/// The errors claimed and made by repetitions, root mean square, and the mean of those made.
fn claimed_and_made(repetitions: u64, repeats: usize) -> (f64, f64, f64) {
    // Γ(2.5) = 3/4 sqrt(π); B(3, 0.8) = 2 / (0.8 · 1.8 · 2.8).
    let truth = (0.75 * PI.sqrt() * 2.0 / (0.8 * 1.8 * 2.8)).ln();
    let found: Vec<Bridge> = (0..repetitions).map(|seed| gamma_and_beta(seed, 1000, repeats)).collect();
    let average = |of: &dyn Fn(&Bridge) -> f64| found.iter().map(of).sum::<f64>() / repetitions as f64;
    let miss = |bridge: &Bridge| bridge.log_marginal - truth;
    let claimed = average(&|bridge| bridge.relative_error.powi(2)).sqrt();
    (claimed, average(&|bridge| miss(bridge).powi(2)).sqrt(), average(&miss))
}

#[test]
fn the_error_is_the_spread_of_repetitions() {
    let (claimed, made, bias) = claimed_and_made(400, 1);
    // The spread of 400 is known to 3.5%; without the part of the draws the error is 30% too small.
    assert!((0.88..1.13).contains(&(claimed / made)), "claimed {claimed}, made {made}");
    assert!(bias.abs() < 4.0 * made / 20.0, "{bias} {made}");
}

/// A density of the logarithm of Gamma(2.5, 1) and a normal proposal that is too narrow, so that the
/// error comes from the draws mostly: 500 draws of each, those of the posterior four times.
fn sticky(seed: u64) -> Bridge {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let gamma = Gamma::new(2.5, 1.0).unwrap();
    let draws: Vec<f64> = (0..500).flat_map(|_| [f64::ln(gamma.sample(&mut rng)); 4]).collect();
    let normal = |_| -> f64 { StandardNormal.sample(&mut rng) };
    let proposals: Vec<f64> = (0..500).map(normal).map(|z: f64| 0.4 + 0.4 * z).collect();
    let posterior = |x: &f64| 2.5 * x - x.exp();
    let proposal = |x: &f64| -0.5 * ((x - 0.4) / 0.4).powi(2) - (0.4 * (2.0 * PI).sqrt()).ln();
    let at = |draws: &[f64], density: &dyn Fn(&f64) -> f64| -> Vec<f64> { draws.iter().map(density).collect() };
    let posterior_at_draws = at(&draws, &posterior);
    let densities = BridgeDensities {
        posterior_at_draws: Chains::new(&posterior_at_draws, 1).unwrap(),
        proposal_at_draws: &at(&draws, &proposal),
        posterior_at_proposals: &at(&proposals, &posterior),
        proposal_at_proposals: &at(&proposals, &proposal),
    };
    densities.solve(500.0).unwrap()
}

#[test]
fn draws_that_depend_on_each_other_count_less() {
    let truth = (0.75 * PI.sqrt()).ln();
    let found: Vec<Bridge> = (0..400).map(sticky).collect();
    let average = |of: &dyn Fn(&Bridge) -> f64| found.iter().map(of).sum::<f64>() / 400.0;
    let claimed = average(&|bridge| bridge.relative_error.powi(2)).sqrt();
    let made = average(&|bridge| (bridge.log_marginal - truth).powi(2)).sqrt();
    // Known to 3.5%; counting every draw makes the error a third too small.
    assert!((0.88..1.13).contains(&(claimed / made)), "claimed {claimed}, made {made}");
    let (claimed, made, _) = claimed_and_made(200, 4);
    assert!((0.83..1.2).contains(&(claimed / made)), "claimed {claimed}, made {made}");
}

#[test]
fn the_iteration_ends_where_meng_and_wong_say() {
    let (first, second) = ([0.3, -0.2, 1.4, 0.9], [0.1, -1.5, 0.8, 2.0, -0.4, 0.0, 0.7]);
    let densities = BridgeDensities {
        posterior_at_draws: Chains::new(&first, 1).unwrap(),
        proposal_at_draws: &[0.0; 4],
        posterior_at_proposals: &second,
        proposal_at_proposals: &[0.0; 7],
    };
    let r = densities.solve(3.0).unwrap().log_marginal.exp();
    let (s1, s2) = (0.3, 0.7);
    let above: f64 = second.iter().map(|l: &f64| l.exp() / (s1 * l.exp() + s2 * r)).sum::<f64>() / 7.0;
    let below: f64 = first.iter().map(|l: &f64| 1.0 / (s1 * l.exp() + s2 * r)).sum::<f64>() / 4.0;
    assert!((r - above / below).abs() < 1e-10, "{r} {}", above / below);
}
