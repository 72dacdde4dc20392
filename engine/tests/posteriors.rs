//! Distributions with known moments. Seeds are fixed and bounds are five standard errors, so that
//! these tests fail for faults only.

mod support;

use polya_engine::{
    Algorithm, Control, Length, LogDensity, MetricEstimator, MetricShape, Samples, Settings, from_fn, sample,
};
use support::*;

fn run<D: LogDensity>(density: &D, settings: Settings) -> Samples {
    sample(density, &settings, &Control::default()).unwrap()
}

fn with_seed(seed: u64) -> Settings {
    Settings { seed, warmup: 500, ..Settings::default() }
}

/// Asserts the mean of f within five standard errors.
fn assert_mean(samples: &Samples, name: &str, f: impl Fn(&[f64]) -> f64, expected: f64) {
    let (mean, error) = mean_and_error(samples, f);
    assert!((mean - expected).abs() < 5.0 * error, "{name}: mean {mean}, expected {expected}, standard error {error}");
}

/// Every combination of shape and estimator.
fn metrics() -> impl Iterator<Item = Settings> {
    let shapes = [MetricShape::Diagonal, MetricShape::Dense, MetricShape::LowRank];
    let estimators = [MetricEstimator::DrawsAndGradients, MetricEstimator::Draws];
    shapes.into_iter().flat_map(move |metric| {
        estimators.into_iter().map(move |estimator| Settings { metric, estimator, ..with_seed(1) })
    })
}

#[test]
fn badly_scaled_normals() {
    let deviations: Vec<f64> = (-3..=3).map(|power| 10_f64.powi(power)).collect();
    for settings in metrics() {
        let samples = run(&normals(deviations.clone()), settings);
        assert_eq!(samples.divergences(), 0);
        for (i, s) in deviations.iter().enumerate() {
            assert_mean(&samples, "mean", |x| x[i] / s, 0.0);
            assert_mean(&samples, "variance", |x| (x[i] / s).powi(2), 1.0);
            assert!(ess_of(&samples, |x| x[i]) > 1000.0);
        }
    }
}

#[test]
fn correlated_normals() {
    for settings in metrics() {
        let dense = settings.metric == MetricShape::Dense;
        let samples = run(&equicorrelated(5, 0.99), settings);
        assert_mean(&samples, "mean", |x| x[0], 0.0);
        assert_mean(&samples, "variance", |x| x[1] * x[1], 1.0);
        assert_mean(&samples, "covariance", |x| x[0] * x[4], 0.99);
        if dense {
            assert!(ess_of(&samples, |x| x[0]) > 1000.0);
        }
    }
}

#[test]
fn a_hundred_dimensions() {
    let deviations: Vec<f64> = (0..100).map(|i| 1.0 + 0.1 * f64::from(i)).collect();
    let samples = run(&normals(deviations.clone()), with_seed(2));
    for i in [0, 37, 99] {
        assert_mean(&samples, "mean", |x| x[i], 0.0);
        assert_mean(&samples, "variance", |x| x[i] * x[i], deviations[i].powi(2));
    }
    assert_mean(&samples, "radius", |x| x.iter().zip(&deviations).map(|(x, s)| (x / s).powi(2)).sum(), 100.0);
}

#[test]
fn funnels() {
    // Wholly non-centred with Neal's scale of 3, and centred with a mild one.
    for (scale, share) in [(3.0, 1.0), (0.7, 0.0)] {
        let samples = run(&funnel(10, scale, share), with_seed(3));
        assert_mean(&samples, "v", |q| q[0], 0.0);
        assert_mean(&samples, "v²", |q| q[0] * q[0], scale * scale);
        assert_mean(&samples, "t", |q| q[4], 0.0);
        // E t² = E e^{(1 - share) v} = e^{(1 - share)² scale²/2}.
        let expected = (0.5 * ((1.0 - share) * scale).powi(2)).exp();
        assert_mean(&samples, "t²", |q| q[4] * q[4], expected);
    }
}

#[test]
fn bananas() {
    let settings = Settings { target_accept: 0.95, draws: 2000, ..with_seed(4) };
    let samples = run(&banana(), settings);
    assert_mean(&samples, "x", |q| q[0], 0.0);
    assert_mean(&samples, "x²", |q| q[0] * q[0], 1.0);
    assert_mean(&samples, "y", |q| q[1], 1.0);
    assert_mean(&samples, "residual²", |q| (q[1] - q[0] * q[0]).powi(2), 0.25);
}

#[test]
fn eight_schools_agrees_with_quadrature() {
    let samples = run(&eight_schools(), Settings { target_accept: 0.9, ..with_seed(5) });
    // E μ and E log τ by integration of the marginal posterior of (μ, log τ) on a grid.
    let (mut mass, mut mu_sum, mut tau_sum) = (0.0, 0.0, 0.0);
    let y = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
    let sigma = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0_f64];
    for i in 0..400 {
        let mu = -30.0 + 0.15 * f64::from(i);
        for j in 0..600 {
            let log_tau = -12.0 + 0.03 * f64::from(j);
            let tau: f64 = f64::exp(log_tau);
            let mut log = -0.5 * (mu / 5.0_f64).powi(2) - (1.0 + (tau / 5.0).powi(2)).ln() + log_tau;
            for (y, s) in y.iter().zip(sigma) {
                let variance = s * s + tau * tau;
                log -= 0.5 * ((y - mu).powi(2) / variance + variance.ln());
            }
            let p = log.exp();
            mass += p;
            mu_sum += p * mu;
            tau_sum += p * log_tau;
        }
    }
    assert_mean(&samples, "mu", |q| q[0], mu_sum / mass);
    assert_mean(&samples, "log tau", |q| q[1], tau_sum / mass);
}

#[test]
fn static_trajectories() {
    for length in [Length::Steps(8), Length::Time(1.5)] {
        let algorithm = Algorithm::Hmc { length, jitter: 0.3 };
        for settings in metrics() {
            let samples = run(&equicorrelated(4, 0.5), Settings { algorithm, ..settings });
            assert_mean(&samples, "mean", |x| x[0], 0.0);
            assert_mean(&samples, "variance", |x| x[1] * x[1], 1.0);
            assert_mean(&samples, "covariance", |x| x[0] * x[3], 0.5);
        }
    }
}

#[test]
fn short_warmups_still_sample() {
    let deviations = vec![0.5, 1.0, 4.0];
    for warmup in [0, 1, 2, 5, 19, 20, 21, 50, 150] {
        let settings = Settings { warmup, seed: 6, ..Settings::default() };
        let samples = run(&normals(deviations.clone()), settings);
        for (i, s) in deviations.iter().enumerate() {
            assert_mean(&samples, "mean", |x| x[i] / s, 0.0);
            // Without a metric adapted to them, the scales differ by 8.
            let least = if warmup < 20 { 100.0 } else { 400.0 };
            let ess = ess_of(&samples, |x| x[i]);
            assert!(ess > least, "warmup {warmup}: {ess} effective draws");
        }
        let (_, leapfrogs) = samples.leapfrogs();
        assert!(leapfrogs < 200_000, "warmup {warmup}: {leapfrogs} leapfrogs");
    }
}

#[test]
fn energies_are_those_of_a_normal() {
    // For a standard normal in d dimensions H has mean d up to integration error.
    let samples = run(&normals(vec![1.0; 20]), Settings { target_accept: 0.95, ..with_seed(7) });
    let stats = samples.chains.iter().flat_map(|chain| &chain.stats);
    let mean = stats.map(|stats| stats.energy).sum::<f64>() / 4000.0;
    assert!((mean - 20.0).abs() < 1.0, "{mean}");
}

/// Log-gamma variates with a shared part, skewed and correlated: exact moments are known, and proposals must be taken.
#[test]
fn independence_steps_leave_skewed_densities_what_they_are() {
    // x₀ = log G(a), x₁ = log G(b) + ½ x₀.
    let (a, b) = (5.0, 4.0);
    let density = from_fn(2, move |x, g| {
        let y = x[1] - 0.5 * x[0];
        let (ga, gb) = (a - x[0].exp(), b - y.exp());
        g.copy_from_slice(&[ga - 0.5 * gb, gb]);
        a * x[0] - x[0].exp() + b * y - y.exp()
    });
    let samples = run(&density, Settings { draws: 5000, ..with_seed(11) });
    let steps = samples.chains.iter().map(|chain| chain.sampling.proposals).sum::<u64>();
    let taken = samples.chains.iter().map(|chain| chain.sampling.accepted).sum::<u64>();
    // Four of five of 20,000 transitions, of up to three steps each.
    assert!((16_000..=48_000).contains(&steps) && steps % 4000 == 0, "{steps}");
    assert!(taken as f64 > 0.75 * steps as f64, "{taken} of {steps}");
    // ψ and ψ' at 5 and 4.
    let (mean_a, var_a, mean_b, var_b) =
        (1.506_117_668_431_800_5, 0.221_322_955_737_115_3, 1.256_117_668_431_800_5, 0.283_822_955_737_115_3);
    assert_mean(&samples, "x0", |x| x[0], mean_a);
    assert_mean(&samples, "x1", |x| x[1] - 0.5 * x[0], mean_b);
    assert_mean(&samples, "var x0", |x| (x[0] - mean_a).powi(2), var_a);
    assert_mean(&samples, "var x1", |x| (x[1] - 0.5 * x[0] - mean_b).powi(2), var_b);
    assert_mean(&samples, "product", |x| (x[0] - mean_a) * (x[1] - 0.5 * x[0] - mean_b), 0.0);
    // Both tails.
    let below_one = 1.0 - (2.0 + 0.5 + 1.0 / 6.0 + 1.0 / 24.0) * (-1.0_f64).exp();
    assert_mean(&samples, "P(G < 1)", |x| f64::from(x[0] < 0.0), below_one);
    let above_ten = (11.0 + 50.0 + 1000.0 / 6.0 + 10_000.0 / 24.0) * (-10.0_f64).exp();
    assert_mean(&samples, "P(G > 10)", |x| f64::from(x[0].exp() > 10.0), above_ten);
}

/// In many dimensions the slow coordinate, and no other, has steps of its own, which make it faster.
#[test]
fn slow_coordinates_have_steps_of_their_own() {
    // x₀ = ½ log 2G(0.15), with a long tail below as the logarithm of a scale has, and eleven normal numbers.
    let density = from_fn(12, |x, g| {
        g[0] = 0.3 - (2.0 * x[0]).exp();
        g[1..].iter_mut().zip(&x[1..]).for_each(|(g, x)| *g = -x);
        0.3 * x[0] - 0.5 * (2.0 * x[0]).exp() - x[1..].iter().map(|x| 0.5 * x * x).sum::<f64>()
    });
    let settings = Settings { draws: 2000, ..with_seed(5) };
    let plain = run(&density, Settings { independence: false, ..settings.clone() });
    assert!(plain.chains.iter().all(|chain| chain.sampling.proposals == 0));
    let samples = run(&density, settings);
    let steps: Vec<u64> = samples.chains.iter().map(|chain| chain.sampling.proposals).collect();
    assert!(steps.iter().all(|steps| *steps >= 2000), "{steps:?}");
    // ½ (log 2 + ψ(0.15)) and ¼ ψ'(0.15).
    let (mean, variance) = (-3.163_923_082_041_5, 11.447_500_949_120_14);
    assert_mean(&samples, "mean of the logarithm", |x| x[0], mean);
    assert_mean(&samples, "variance of the logarithm", |x| (x[0] - mean).powi(2), variance);
    assert_mean(&samples, "mean", |x| x[1], 0.0);
    assert_mean(&samples, "variance", |x| x[1] * x[1], 1.0);
    let slow = |x: &[f64]| x[0];
    assert!(ess_of(&samples, slow) > 1.5 * ess_of(&plain, slow));
}

/// Neal's funnel in 3 dimensions: where trajectories diverged in warmup, all draws are theirs.
#[test]
fn where_trajectories_diverge_all_draws_are_theirs() {
    let samples = run(&funnel(3, 3.0, 0.0), Settings { divergence_threshold: 10.0, ..with_seed(2) });
    assert!(samples.divergences() > 0);
    assert!(samples.chains.iter().any(|chain| chain.sampling.proposals == 0));
    for chain in samples.chains.iter().filter(|chain| chain.sampling.proposals == 0) {
        assert!(chain.stats.iter().all(|stats| stats.leapfrogs > 0));
    }
}
