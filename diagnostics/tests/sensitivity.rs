//! Power scaling against `priorsense` and `posterior`.

mod support;

use polya_diagnostics::{Chains, PowerScaled, cumulative_jensen_shannon, sensitivities};
use serde_json::Value;
use support::{json, rows};

/// The draws of a scenario and, with constants left out, their log prior and log likelihood: the
/// model is `y ~ N(mu, 1)`, `mu ~ N(m0, s0)`.
fn scenario(column: usize, case: &Value) -> [Vec<f64>; 3] {
    let mu: Vec<f64> = rows("power_scale_mu.csv").iter().map(|row| row[column].parse().unwrap()).collect();
    let (m0, s0) = (case["m0"].as_f64().unwrap(), case["s0"].as_f64().unwrap());
    let y: Vec<f64> = case["y"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    let prior = mu.iter().map(|mu| -0.5 * ((mu - m0) / s0).powi(2)).collect();
    let likelihood = mu.iter().map(|mu| y.iter().map(|y| -0.5 * (y - mu).powi(2)).sum()).collect();
    [mu, prior, likelihood]
}

#[test]
fn distances_and_sensitivities_agree_with_priorsense() {
    let reference = json("power_scale.json");
    for (column, name) in ["weak_prior", "conflict", "strong_prior_weak_data"].into_iter().enumerate() {
        let case = &reference["scenarios"][name];
        let [mu, prior, likelihood] = scenario(column, case);
        let exp_mu: Vec<f64> = mu.iter().map(|x| x.exp()).collect();
        let [prior, likelihood] = [prior, likelihood].map(|l| PowerScaled::new(Chains::new(&l, 4).unwrap()).unwrap());
        for (part, scaled) in [("prior", &prior), ("likelihood", &likelihood)] {
            let (lower, upper) = scaled.weights();
            let mut highest = f64::NEG_INFINITY;
            for (power, weights) in [("0.99", lower), ("1.01", upper)] {
                let wanted = &case[part]["smoothing"][power];
                let size = 1.0 / weights.iter().map(|w| w * w).sum::<f64>();
                let greatest = weights.iter().copied().fold(0.0, f64::max);
                assert!((size - wanted["ess_weights"].as_f64().unwrap()).abs() < 1e-8, "{name} {part} {power}");
                assert!((greatest - wanted["max_weight"].as_f64().unwrap()).abs() < 1e-13, "{name} {part} {power}");
                highest = highest.max(wanted["pareto_k"].as_f64().unwrap());
                for (quantity, draws) in [("mu", &mu), ("exp_mu", &exp_mu)] {
                    let wanted = case[part]["cjs"][quantity][power]["cjs_x"].as_f64().unwrap();
                    let found = cumulative_jensen_shannon(draws, weights).unwrap();
                    assert!((found / wanted - 1.0).abs() < 1e-6, "{name} {part} {power} {quantity}: {found} {wanted}");
                }
            }
            assert!((scaled.k().unwrap() - highest).abs() < 1e-7, "{name} {part}: {:?} {highest}", scaled.k());
        }
        let found = sensitivities(&[prior], &likelihood, &[&mu, &exp_mu]);
        for (found, quantity) in found.iter().zip(["mu", "exp_mu"]) {
            let found = found[0].unwrap();
            for (part, found) in [("prior", found.prior), ("likelihood", found.likelihood)] {
                let wanted = case[part]["sensitivity"][quantity].as_f64().unwrap();
                assert!((found / wanted - 1.0).abs() < 1e-6, "{name} {part} {quantity}: {found}, wanted {wanted}");
            }
        }
        let diagnosis = match case["diagnosis_mu"].as_str().unwrap() {
            "potential prior-data conflict" => "PriorDataConflict",
            "potential strong prior / weak likelihood" => "StrongPriorWeakLikelihood",
            _ => "None",
        };
        assert_eq!(format!("{:?}", found[0][0].unwrap().diagnosis), diagnosis);
    }
}
