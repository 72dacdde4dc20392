//! Comparisons and weights of models against the values of `loo`.

mod support;

use polya_diagnostics::{compare, pseudo_bma, pseudo_bma_plus, stacking_weights};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use support::json;

const NAMES: [&str; 3] = ["well_behaved", "high_k", "ties"];

fn pointwise(reference: &Value) -> Vec<Vec<f64>> {
    let of = |name: &str| reference["models"][name]["loo_r_eff_1"]["elpd_loo_i"].as_array().unwrap().iter();
    NAMES.iter().map(|name| of(name).filter_map(Value::as_f64).collect()).collect()
}

#[test]
fn comparisons_agree_with_loo() {
    let reference = json("loo.json");
    let models = pointwise(&reference);
    for (block, count) in [("loo_compare_two", 2), ("loo_compare_three", 3)] {
        let views: Vec<&[f64]> = models[..count].iter().map(Vec::as_slice).collect();
        let found = compare(&views).unwrap();
        let order: Vec<&str> = found.iter().map(|row| NAMES[row.model]).collect();
        let wanted: &[&str] =
            if count == 2 { &["well_behaved", "high_k"] } else { &["ties", "well_behaved", "high_k"] };
        assert_eq!(order, wanted);
        for row in found {
            let wanted = &reference[block][NAMES[row.model]];
            let pairs = [
                ("elpd_diff", row.elpd_diff),
                ("se_diff", row.se_diff),
                ("elpd_loo", row.elpd),
                ("se_elpd_loo", row.se_elpd),
            ];
            for (name, found) in pairs {
                let wanted = wanted[name].as_f64().unwrap();
                assert!((found - wanted).abs() <= 1e-11 * wanted.abs(), "{name}: {found}, wanted {wanted}");
            }
        }
    }
}

#[test]
fn stacking_reaches_the_optimum() {
    let reference = json("loo.json");
    let models = pointwise(&reference);
    let views: Vec<&[f64]> = models.iter().map(Vec::as_slice).collect();
    let found = stacking_weights(&views).unwrap();
    for (found, wanted) in found.weights.iter().zip(reference["stacking_optimum"].as_array().unwrap()) {
        assert!((found - wanted.as_f64().unwrap()).abs() < 1e-8, "{found} {wanted}");
    }
    assert!(found.gap < 1e-12);
    // No worse than what R found with its optimiser driven to its limit.
    let tight = &reference["weights"]["stacking_reltol_1e_14"];
    let tight: Vec<f64> = NAMES.iter().map(|name| tight[*name].as_f64().unwrap()).collect();
    let score = |weights: &[f64]| -> f64 {
        let row = |i: usize| -> f64 { views.iter().zip(weights).map(|(model, w)| w * model[i].exp()).sum() };
        (0..30).map(|i| row(i).ln()).sum::<f64>() / 30.0
    };
    assert!(score(&found.weights) >= score(&tight) - 1e-13);
    assert!((found.mean_log_score - score(&found.weights)).abs() < 1e-13);
}

#[test]
fn pseudo_bma_agrees_with_loo() {
    let reference = json("loo.json");
    let models = pointwise(&reference);
    let views: Vec<&[f64]> = models.iter().map(Vec::as_slice).collect();
    let plain = pseudo_bma(&views).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let plus = pseudo_bma_plus(&views, 20_000, || rng.random()).unwrap();
    for (place, name) in NAMES.iter().enumerate() {
        let wanted = reference["weights"]["pseudobma"][*name].as_f64().unwrap();
        assert!((plain[place] / wanted - 1.0).abs() < 1e-10, "{name}");
        // Both bootstraps are random; the standard deviation of a replication is below 0.3.
        let wanted = reference["weights"]["pseudobma_plus_BB_100000_seed_1"][*name].as_f64().unwrap();
        assert!((plus[place] - wanted).abs() < 0.01, "{name}: {} {wanted}", plus[place]);
    }
    assert!((plus.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}
