//! Whatever the numbers are, there is an answer or a refusal: no panic, no NaN that looks like an
//! answer.

use polya_diagnostics::*;
use proptest::prelude::*;

/// Numbers of all magnitudes, ties, infinities and NaN, more or less of each.
fn numbers(most: usize) -> impl Strategy<Value = Vec<f64>> {
    let tame = || prop_oneof![(-3..4_i32).prop_map(f64::from), -5.0..5.0_f64];
    let extreme = prop_oneof![tame(), Just(f64::MAX), Just(f64::MIN), Just(5e-324), -800.0..800.0_f64];
    let wild = prop_oneof![8 => tame(), 1 => any::<f64>()];
    prop_oneof![
        prop::collection::vec(tame(), 0..most),
        prop::collection::vec(extreme, 0..most),
        prop::collection::vec(wild, 0..most),
    ]
}

fn probability(x: f64) -> bool {
    (-1e-12..=1.0 + 1e-12).contains(&x)
}

proptest! {
    #[test]
    fn importance_sampling(values in numbers(300), efficiency in prop_oneof![4 => 0.01..3.0, 1 => any::<f64>()]) {
        if let Ok(found) = psis(&values, efficiency) {
            prop_assert!((found.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(found.k.is_none_or(|k| k.is_finite()));
            prop_assert!(!found.effective_draws.is_nan());
        }
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        for values in [&values, &sorted] {
            if let Some(fit) = GeneralizedPareto::fit(values) {
                prop_assert!(fit.k.is_finite() && fit.sigma.is_finite(), "{:?}", fit);
            }
        }
        for chains in 1..5 {
            if let Some(chains) = Chains::new(&values, chains) {
                prop_assert!(pareto_k(chains).is_none_or(|k| k.is_finite()));
                prop_assert!(relative_efficiency(chains).is_none_or(|r| r > 0.0));
            }
        }
    }

    #[test]
    fn cross_validation(values in numbers(400), draws in 1..60_usize, chains in 0..4_usize) {
        let rows = values.len() / draws;
        let values = &values[..rows * draws];
        let (by_row, by_draw) = (ByRow::new(values, draws).unwrap(), ByDraw::new(values, rows));
        for efficiency in [Efficiency::Independent, Efficiency::Chains(chains), Efficiency::Given(values)] {
            if let Ok(found) = loo(&by_row, efficiency) {
                prop_assert!(!found.elpd.is_nan() && !found.p_loo.is_nan());
                prop_assert!(found.high_k().count() <= rows);
                prop_assert_eq!(found.advice().is_some(), found.high_k().count() > 0);
            }
            if let Some(by_draw) = by_draw {
                let _ = loo(&by_draw, efficiency);
                let _ = loo_pit(&by_draw, &by_row, &by_row, efficiency);
            }
        }
        let _ = waic(&by_row);
        let models: Vec<&[f64]> = values.chunks_exact(draws).collect();
        let _ = compare(&models);
        let _ = pseudo_bma(&models);
        let _ = pseudo_bma_plus(&models, 3, || 0.5);
        if let Ok(found) = stacking_weights(&models) {
            prop_assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(found.weights.iter().all(|w| *w >= 0.0));
        }
    }

    #[test]
    fn transforms_and_tests(a in numbers(80), b in numbers(80), mass in prop_oneof![3 => 0.0..1.0, 1 => any::<f64>()]) {
        for weights in [None, Some(&b[..])] {
            let found = [PitInterval::from_draws(mass, &a, weights), PitInterval::from_cdfs(&a, &b, weights)];
            for found in found.into_iter().flatten() {
                prop_assert!(PitInterval::new(found.below(), found.upto()).is_some(), "{:?}", found);
            }
        }
        let unit: Vec<f64> = a.iter().map(|x| (x / 3.0).abs()).collect();
        for values in [&a, &unit] {
            for test in [UniformityTest::OrderStatistics, UniformityTest::Tails, UniformityTest::Ranks] {
                if let Some(found) = uniformity(values, test) {
                    prop_assert!(probability(found.p_value) && found.pointwise.iter().all(|p| probability(*p)), "{:?}", found);
                }
            }
        }
        if let Some(Ok(scaled)) = Chains::new(&a, 1).map(PowerScaled::new) {
            prop_assert!(scaled.sensitivity(&b).is_none_or(|s| s.is_finite()));
            prop_assert!(scaled.sensitivity(&a).is_none_or(|s| s.is_finite()));
        }
        if let Some(distance) = cumulative_jensen_shannon(&a, &vec![1.5; a.len()]) {
            prop_assert!(probability(distance), "{}", distance);
        }
    }

    #[test]
    fn reports(a in numbers(80), b in numbers(80), mass in prop_oneof![3 => 0.0..1.0, 1 => any::<f64>()]) {
        for found in [equal_tailed_interval(&a, mass), highest_density_interval(&a, mass)].into_iter().flatten() {
            prop_assert!(found.low <= found.high, "{:?}", found);
        }
        if let Some(mode) = mode(&a) {
            prop_assert!(a.iter().any(|x| *x <= mode) && a.iter().any(|x| *x >= mode));
        }
        prop_assert!(probability_of_direction(&a).is_none_or(|p| (0.5..=1.0).contains(&p)));
        for k in 0..4 {
            let levels: [&[f64]; 3] = [&a, &b, &a];
            if let Some(found) = best_probabilities(&levels, k, Best::Smallest) {
                prop_assert!(found.iter().all(|p| probability(*p)));
            }
            let _ = rank_distribution(&levels, Best::Largest);
            let _ = expected_losses(&levels, Best::Largest);
        }
        let _ = PredictiveCheck::new(mass, &a);
        let _ = PredictiveCheck::of_discrepancy(&a, &b);
        let _ = coverage(&b, &ByRow::new(&a, 1).unwrap(), &[mass, 0.5]);
        let _ = binomial_dispersion(&a, &b);
        let _ = multinomial_dispersion(&a, 3);
        for statistic in [Statistic::Sd, Statistic::Quantile(mass), Statistic::Max] {
            let _ = statistic.of(&a);
        }
    }

    #[test]
    fn bridges(values in numbers(120), dimension in 0..4_usize, chains in 0..3_usize, level in any::<f64>()) {
        let draws = BridgeDraws { values: &values, dimension, chains };
        for density in [|x: &[f64]| -x.iter().map(|x| x * x).sum::<f64>(), |x: &[f64]| x[0].ln()] {
            if let Ok(found) = bridge(draws, density, || level.clamp(-2.0, 2.0)) {
                prop_assert!(found.log_marginal.is_finite(), "{:?}", found);
            }
        }
        if let Some(at_draws) = Chains::new(&values, 1) {
            let densities = BridgeDensities {
                posterior_at_draws: at_draws,
                proposal_at_draws: &vec![0.0; values.len()],
                posterior_at_proposals: &values,
                proposal_at_proposals: &vec![0.0; values.len()],
            };
            let _ = densities.solve(level);
            if let Ok(found) = densities.solve(10.0) {
                prop_assert!(found.log_marginal.is_finite());
            }
        }
    }
}
