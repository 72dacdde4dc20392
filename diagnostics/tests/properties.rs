//! What must hold for any draws.

use polya_diagnostics::*;
use proptest::prelude::*;

fn draws_of(value: impl Strategy<Value = f64> + Clone) -> impl Strategy<Value = (Vec<f64>, usize)> {
    (1..5_usize, 1..40_usize)
        .prop_flat_map(move |(chains, length)| (prop::collection::vec(value.clone(), chains * length), Just(chains)))
}

/// Draws on a grid, many of them tied.
fn tame_draws() -> impl Strategy<Value = (Vec<f64>, usize)> {
    draws_of(
        prop_oneof![(-9000..9000_i32).prop_map(|x| f64::from(x) / 1000.0), (-2..3_i32).prop_map(f64::from)].boxed(),
    )
}

/// Draws of any kind: all magnitudes, infinities, NaN.
fn any_draws() -> impl Strategy<Value = (Vec<f64>, usize)> {
    draws_of(prop_oneof![8 => -10.0..10.0, 2 => (-2..3_i32).prop_map(f64::from), 1 => any::<f64>()].boxed())
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= 1e-9 * b.abs(),
        (a, b) => a == b,
    }
}

proptest! {
    #[test]
    fn any_draws_can_be_summarised((draws, chains) in any_draws()) {
        let chains = Chains::new(&draws, chains).unwrap();
        let found = summarize(chains);
        let diagnostics = [found.mcse_mean, found.mcse_sd, found.mcse_median, found.ess_bulk, found.ess_tail, found.rhat];
        prop_assert!(diagnostics.iter().flatten().all(|x| !x.is_nan() && *x >= 0.0), "{found:?}");
        prop_assert_eq!(found.non_finite, draws.iter().filter(|x| !x.is_finite()).count());
        let median_exists = draws.iter().all(|x| !x.is_nan());
        prop_assert_eq!(median_exists, !found.median.is_nan());
        prop_assert!(!median_exists || (found.q5 <= found.median && found.median <= found.q95));
    }

    #[test]
    fn the_parts_are_those_of_the_summary((draws, chains) in any_draws()) {
        let chains = Chains::new(&draws, chains).unwrap();
        let found = summarize(chains);
        prop_assert_eq!(found.rhat, rhat(chains));
        prop_assert_eq!(found.ess_bulk, ess_bulk(chains));
        prop_assert_eq!(found.ess_tail, ess_tail(chains));
        prop_assert_eq!(found.mcse_mean, mcse_mean(chains));
        prop_assert_eq!(found.mcse_sd, mcse_sd(chains));
        prop_assert_eq!(found.mcse_q95, mcse_quantile(chains, 0.95));
    }

    #[test]
    fn powers_of_two_change_the_scale_only((draws, chains) in tame_draws(), power in -200..200_i32) {
        let scale = 2.0_f64.powi(power);
        let scaled: Vec<f64> = draws.iter().map(|x| x * scale).collect();
        let before = summarize(Chains::new(&draws, chains).unwrap());
        let after = summarize(Chains::new(&scaled, chains).unwrap());
        prop_assert_eq!(before.rhat, after.rhat);
        prop_assert_eq!(before.ess_tail, after.ess_tail);
        prop_assert!(near(before.mcse_mean.map(|x| x * scale), after.mcse_mean));
        prop_assert!(near(Some(before.sd * scale), Some(after.sd)) || before.sd.is_nan());
    }

    #[test]
    fn ranks_do_not_see_an_increasing_transformation((draws, chains) in tame_draws()) {
        let exponential: Vec<f64> = draws.iter().map(|x| (x / 8.0).exp()).collect();
        let (before, after) = (Chains::new(&draws, chains).unwrap(), Chains::new(&exponential, chains).unwrap());
        prop_assert_eq!(ess_bulk(before), ess_bulk(after));
    }

    #[test]
    fn bands_of_any_size_hold_what_they_promise(size in 1..60_usize, points in 1..30_usize, wanted in 0.5..0.99_f64) {
        let bands = EcdfBands::equally_spaced(size, points, wanted).unwrap();
        prop_assert!(bands.coverage() >= wanted && bands.coverage() <= 1.0 + 1e-12);
    }
}
