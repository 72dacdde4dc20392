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
