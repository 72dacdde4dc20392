//! The simultaneous ECDF bands, and the check of ranks that rests on them.

mod support;

use polya_diagnostics::{EcdfBands, check_ranks};
use serde_json::Value;
use support::json;

#[test]
fn bands_and_their_coverage_are_exact() {
    for case in json("ecdf_bands.json")["bands"].as_array().unwrap() {
        let number = |name: &str| case[name].as_u64().unwrap() as usize;
        let bands = EcdfBands::equally_spaced(number("N"), number("K"), case["prob"].as_f64().unwrap()).unwrap();
        let wanted = &case["exact"]["conservative"];
        let limits = |name: &str| -> Vec<usize> {
            wanted[name].as_array().unwrap().iter().filter_map(Value::as_u64).map(|v| v as usize).collect()
        };
        assert_eq!(bands.lower(), limits("lower"));
        assert_eq!(bands.upper(), limits("upper"));
        let coverage = wanted["coverage"].as_f64().unwrap();
        assert!((bands.coverage() - coverage).abs() < 1e-11, "{} and {coverage}", bands.coverage());
    }
}

/// ArviZ looks for the pointwise probability to within 1e-5, and aims at a coverage nearest to the wanted one, where the
/// bands here never fall short: both may be one step, and so one count at a point, apart.
#[test]
fn bands_agree_with_arviz_to_a_count() {
    let numbers = |value: &Value| -> Vec<f64> { value.as_array().unwrap().iter().filter_map(Value::as_f64).collect() };
    for case in json("ecdf_bands_arviz.json")["bands"].as_array().unwrap() {
        let (size, wanted) = (case["size"].as_u64().unwrap() as usize, case["prob"].as_f64().unwrap());
        let bands = EcdfBands::new(size, &numbers(&case["points"]), wanted).unwrap();
        let limits = [(bands.lower(), "lower"), (bands.upper(), "upper")];
        let apart: Vec<f64> = limits
            .iter()
            .flat_map(|(found, name)| found.iter().zip(numbers(&case[*name])).map(|(a, b)| (*a as f64 - b).abs()))
            .collect();
        assert!(apart.iter().all(|apart| *apart <= 1.0), "{size}: {apart:?}");
        let equal = apart.iter().filter(|apart| **apart == 0.0).count();
        assert!(10 * equal >= 9 * apart.len() && bands.coverage() >= wanted, "{size}: {apart:?}");
    }
}

#[test]
fn impossible_bands_are_refused() {
    assert!(EcdfBands::new(0, &[1.0], 0.95).is_none());
    assert!(EcdfBands::new(10, &[], 0.95).is_none());
    assert!(EcdfBands::new(10, &[0.5, 0.5], 0.95).is_none());
    assert!(EcdfBands::new(10, &[0.5, 1.5], 0.95).is_none());
    assert!(EcdfBands::new(10, &[0.5, f64::NAN], 0.95).is_none());
    assert!(EcdfBands::new(10, &[0.5, 1.0], 1.0).is_none());
}

#[test]
fn even_ranks_pass_and_skewed_or_heaped_ones_fail() {
    let even: Vec<usize> = (0..200).map(|i| i * 37 % 100).collect();
    assert!(check_ranks(&even, 99, 0.95).unwrap().outside.is_empty());
    // A posterior that lies too high: the true value ranks low.
    let skewed: Vec<usize> = even.iter().map(|&rank| rank * rank / 99).collect();
    assert!(!check_ranks(&skewed, 99, 0.95).unwrap().outside.is_empty());
    // A posterior that is too wide: ranks gather in the middle.
    let heaped: Vec<usize> = even.iter().map(|&rank| 25 + rank / 2).collect();
    assert!(!check_ranks(&heaped, 99, 0.95).unwrap().outside.is_empty());
    assert!(check_ranks(&[100], 99, 0.95).is_none());
}

#[test]
fn few_possible_ranks_need_no_care() {
    let even: Vec<usize> = (0..140).map(|i| i % 7).collect();
    let check = check_ranks(&even, 6, 0.95).unwrap();
    assert_eq!(check.counts, [20, 40, 60, 80, 100, 120, 140]);
    assert!(check.outside.is_empty());
}
