//! Agreement with R's `posterior` and with exact references, on recorded draws.

mod support;

use polya_diagnostics::*;
use serde_json::Value;
use support::{draws, json, number, rows};

const TOLERANCE: f64 = 1e-10;

/// Where the crate means to differ from R: the variable, the statistic, and what it gives instead.
const DEVIATIONS: [(&str, &str, f64); 6] = [
    // The tail that varies counts alone.
    ("bernoulli_half", "ess_tail", 929.5045571792725),
    ("alternating", "ess_tail", 200.0),
    ("constant_per_chain", "ess_tail", 4.166666666666667),
    // The folded draws are constant: the ranks decide.
    ("alternating", "rhat", 0.989_949_493_661_166_6),
    // R divides by rounding noise.
    ("constant_per_chain", "rhat", f64::INFINITY),
    ("constant_per_chain", "rhat_basic", f64::INFINITY),
];

fn close(found: f64, wanted: f64) -> bool {
    found == wanted || (found - wanted).abs() <= TOLERANCE * wanted.abs().max(1e-9)
}

fn statistics(chains: Chains<'_>) -> Vec<(&'static str, Option<f64>)> {
    let s = summarize(chains);
    let some = |x: f64| (!x.is_nan()).then_some(x);
    vec![
        ("rhat", rhat(chains)),
        ("rhat", s.rhat),
        ("rhat_basic", rhat_basic(chains)),
        ("ess_bulk", ess_bulk(chains)),
        ("ess_bulk", s.ess_bulk),
        ("ess_tail", ess_tail(chains)),
        ("ess_tail", s.ess_tail),
        ("ess_mean", ess_mean(chains)),
        ("ess_sd", ess_sd(chains)),
        ("ess_median", ess_median(chains)),
        ("ess_q05", ess_quantile(chains, 0.05)),
        ("ess_q25", ess_quantile(chains, 0.25)),
        ("ess_q90", ess_quantile(chains, 0.9)),
        ("ess_q95", ess_quantile(chains, 0.95)),
        ("mcse_mean", mcse_mean(chains)),
        ("mcse_mean", s.mcse_mean),
        ("mcse_sd", mcse_sd(chains)),
        ("mcse_sd", s.mcse_sd),
        ("mcse_median", mcse_median(chains)),
        ("mcse_median", s.mcse_median),
        ("mcse_q05", mcse_quantile(chains, 0.05)),
        ("mcse_q05", s.mcse_q5),
        ("mcse_q95", mcse_quantile(chains, 0.95)),
        ("mcse_q95", s.mcse_q95),
        ("mean", some(s.mean)),
        ("sd", some(s.sd)),
        ("median", some(s.median)),
        ("q05", some(s.q5)),
        ("q95", some(s.q95)),
    ]
}

#[test]
fn every_statistic_of_every_variable_agrees_with_r() {
    let reference = json("posterior.json");
    let variables = reference["variables"].as_object().unwrap();
    assert_eq!(variables.len(), 28);
    let mut faults = Vec::new();
    for (name, wanted) in variables {
        let (values, chains) = draws(&format!("chains/{name}.csv"));
        let found = statistics(Chains::new(&values, chains).unwrap());
        // R itself loses digits to the offset; the same draws without it are the better reference.
        let offset = name == "huge_offset";
        let wanted = if offset { &variables["huge_offset_minus_1e9"] } else { wanted };
        for (statistic, found) in found {
            let is_location = ["mean", "median", "q05", "q95"].contains(&statistic);
            let wanted = DEVIATIONS
                .iter()
                .find(|(variable, deviating, _)| variable == name && *deviating == statistic)
                .map(|&(.., value)| value)
                .or_else(|| number(&wanted[statistic]).map(|v| if offset && is_location { v + 1e9 } else { v }));
            let agrees = match (found, wanted) {
                (Some(found), Some(wanted)) => close(found, wanted),
                (found, wanted) => found == wanted,
            };
            if !agrees {
                faults.push(format!("{name} {statistic}: {found:?}, wanted {wanted:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn energy_fractions_agree_with_their_formula() {
    let (energies, chains) = draws("energy.csv");
    let wanted = &json("bfmi.json")["e_bfmi_formula"];
    for (chain, energies) in energies.chunks(energies.len() / chains).enumerate() {
        let wanted = wanted[chain].as_f64().unwrap();
        assert!(close(e_bfmi(energies).unwrap(), wanted));
    }
}

#[test]
fn nested_rhat_agrees_with_r() {
    let rows = rows("nested_chains.csv");
    for (case, wanted) in json("nested_rhat.json")["cases"].as_object().unwrap() {
        let values: Vec<f64> = rows.iter().filter(|row| &row[0] == case).map(|row| row[4].parse().unwrap()).collect();
        let chains = wanted["chains"].as_u64().unwrap() as usize;
        let superchains = wanted["superchain_of_chain"].as_array().unwrap().iter().filter_map(Value::as_u64).max();
        let found = rhat_nested(Chains::new(&values, chains).unwrap(), superchains.unwrap() as usize);
        assert!(close(found.unwrap(), wanted["rhat_nested"].as_f64().unwrap()), "{case}: {found:?}");
    }
}

#[test]
fn special_functions_agree_with_high_precision() {
    let reference = json("special.json");
    let cases = |name: &str| -> Vec<Vec<f64>> {
        let cases = reference[name].as_array().unwrap().iter();
        cases.map(|case| case.as_array().unwrap().iter().filter_map(Value::as_f64).collect()).collect()
    };
    let check = |found: f64, case: &[f64], tolerance: f64| {
        let wanted = case[case.len() - 1];
        let error = (found - wanted).abs() / wanted.abs().max(f64::MIN_POSITIVE);
        assert!(found == wanted || error < tolerance, "{case:?}: {found}, relative error {error:e}");
    };
    for case in cases("normal_quantile") {
        check(special::normal_quantile(case[0]), &case, 1e-15);
    }
    for case in cases("incomplete_beta") {
        check(special::incomplete_beta(case[0], case[1], case[2]), &case, 1e-12);
    }
    for case in cases("inverse_incomplete_beta") {
        check(special::inverse_incomplete_beta(case[0], case[1], case[2]), &case, 1e-12);
    }
}
