//! Chains that are bad must fail, and say why; chains that are good must pass.

mod support;

use polya_diagnostics::verdict::{Code, Evidence, Origin, Row, Severity, Verdict, judge};
use polya_diagnostics::{Chains, ScalarSummary, rhat_nested, summarize, summarize_many};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

const CHAINS: usize = 4;
const DRAWS: usize = 1000;

fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| StandardNormal.sample(&mut rng)).collect()
}

fn evidence(rows: Vec<Row<'_>>) -> Evidence<'_> {
    Evidence {
        rows,
        chains: CHAINS,
        draws: DRAWS,
        max_depth: 10,
        ebfmi: vec![Some(1.0); CHAINS],
        ..Evidence::default()
    }
}

fn row<'a>(name: &'a str, summary: &'a ScalarSummary) -> Row<'a> {
    Row { name, origin: Origin::Sampled, independent: false, summary }
}

/// The verdict on noise that `spoil` changes, given the chain and the place in it.
fn verdict_on(spoil: impl Fn(usize, usize, f64) -> f64) -> Verdict {
    let good = noise(1, CHAINS * DRAWS);
    let bad: Vec<f64> = good.iter().enumerate().map(|(i, &x)| spoil(i / DRAWS, i % DRAWS, x)).collect();
    let [good, bad] = [good, bad].map(|draws| summarize(Chains::new(&draws, CHAINS).unwrap()));
    judge(&evidence(vec![row("mu", &good), row("kappa", &bad)]))
}

fn find(verdict: &Verdict, code: Code) -> &polya_diagnostics::verdict::Warning {
    let found = verdict.warnings.iter().find(|warning| warning.code == code);
    found.unwrap_or_else(|| panic!("{code:?} is missing: {verdict:?}"))
}

fn condemns_kappa(verdict: &Verdict, code: Code) {
    let warning = find(verdict, code);
    assert!(!verdict.ok);
    assert_eq!(warning.severity, Severity::Warning);
    assert_eq!(warning.scalars, ["kappa"]);
    assert!(warning.message.contains("kappa"), "{}", warning.message);
}

#[test]
fn good_chains_pass_without_a_word() {
    let verdict = verdict_on(|_, _, x| x);
    assert_eq!(verdict, Verdict { ok: true, warnings: vec![] });
}

#[test]
fn a_shifted_chain_fails() {
    let verdict = verdict_on(|chain, _, x| if chain == 2 { x + 1.0 } else { x });
    condemns_kappa(&verdict, Code::Rhat);
    condemns_kappa(&verdict, Code::EssBulk);
    let message = &find(&verdict, Code::Rhat).message;
    assert!(message.starts_with("R-hat of kappa is 1.") && message.contains("(limit 1.01)"), "{message}");
}

#[test]
fn a_chain_of_another_scale_fails() {
    let verdict = verdict_on(|chain, _, x| if chain == 3 { 3.0 * x } else { x });
    condemns_kappa(&verdict, Code::Rhat);
    condemns_kappa(&verdict, Code::EssTail);
}

#[test]
fn a_stuck_chain_fails() {
    condemns_kappa(&verdict_on(|chain, _, x| if chain == 1 { 0.75 } else { x }), Code::Rhat);
}

#[test]
fn drifting_chains_fail() {
    condemns_kappa(&verdict_on(|_, place, x| x + 2.0 * place as f64 / DRAWS as f64), Code::Rhat);
}

#[test]
fn two_modes_that_chains_do_not_leave_fail() {
    condemns_kappa(&verdict_on(|chain, _, x| x + if chain % 2 == 0 { 20.0 } else { 0.0 }), Code::Rhat);
}

#[test]
fn chains_stuck_at_different_values_fail_as_such() {
    let verdict = verdict_on(|chain, _, _| chain as f64);
    condemns_kappa(&verdict, Code::Rhat);
    assert!(find(&verdict, Code::Rhat).message.contains("stuck"));
}

#[test]
fn slowly_mixing_chains_lack_effective_draws() {
    let mut state = 0.0;
    let slow: Vec<f64> = noise(5, CHAINS * DRAWS)
        .into_iter()
        .map(|x| {
            state = 0.99 * state + x;
            state
        })
        .collect();
    let summary = summarize(Chains::new(&slow, CHAINS).unwrap());
    let verdict = judge(&evidence(vec![row("kappa", &summary)]));
    condemns_kappa(&verdict, Code::EssBulk);
    let warning = find(&verdict, Code::EssBulk);
    assert!(warning.message.contains("(limit 400)"), "{}", warning.message);
    assert!(warning.advice.contains("--draws"), "{}", warning.advice);
}

#[test]
fn the_recorded_bad_chains_fail() {
    for name in
        ["shifted_chain", "scaled_chain", "stuck_chain", "slow_drift", "constant_per_chain", "antithetic", "short_4x10"]
    {
        let (draws, chains) = support::draws(&format!("chains/{name}.csv"));
        let summary = summarize(Chains::new(&draws, chains).unwrap());
        let evidence = Evidence { chains, draws: draws.len() / chains, ..evidence(vec![row("kappa", &summary)]) };
        condemns_kappa(&judge(&evidence), Code::Rhat);
    }
}

#[test]
fn constants_and_independent_draws_are_not_held_against_a_fit() {
    let constant = summarize(Chains::new(&[1.0; 40], CHAINS).unwrap());
    let few = noise(2, 40);
    let few = summarize(Chains::new(&few, CHAINS).unwrap());
    let independent = Row { independent: true, ..row("theta", &few) };
    let verdict = judge(&Evidence { draws: 10, ..evidence(vec![row("fixed", &constant), independent]) });
    assert_eq!(verdict, Verdict { ok: true, warnings: vec![] });
}

#[test]
fn chains_too_short_to_judge_fail() {
    let draws = noise(3, 4 * CHAINS);
    let summary = summarize(Chains::new(&draws, CHAINS).unwrap());
    let verdict = judge(&Evidence { draws: 4, ..evidence(vec![row("kappa", &summary)]) });
    condemns_kappa_for_few_draws(&verdict);
    assert!(!judge(&Evidence { draws: 0, ..evidence(vec![]) }).ok);
}

fn condemns_kappa_for_few_draws(verdict: &Verdict) {
    assert!(!verdict.ok);
    assert_eq!(find(verdict, Code::FewDraws).scalars, ["kappa"]);
}

#[test]
fn divergences_warn_above_a_thousandth_and_are_noted_below() {
    let with = |divergences| judge(&Evidence { divergences, ..evidence(vec![]) });
    let beside_steps = |divergences, trajectories| {
        judge(&Evidence { divergences, trajectories: Some(trajectories), ..evidence(vec![]) })
    };
    assert!(beside_steps(1, 200).ok && !beside_steps(2, 200).ok && beside_steps(2, 2000).ok);
    let few = with(4);
    assert!(few.ok);
    assert_eq!(find(&few, Code::Divergences).severity, Severity::Note);
    let many = with(5);
    assert!(!many.ok);
    let message = &find(&many, Code::Divergences).message;
    assert!(message.starts_with("5 of 4000 draws (0.12%) diverged"), "{message}");
    assert!(message.ends_with("(limit: 0.1% of the draws)."), "{message}");
    let single = beside_steps(1, 320);
    let single = &find(&single, Code::Divergences).message;
    assert!(
        single.ends_with("put up with (limit: the larger of 0.1% of the trajectories and a single one)."),
        "{single}"
    );
}

#[test]
fn the_run_as_a_whole_is_judged() {
    let low = judge(&Evidence { ebfmi: vec![Some(0.9), Some(0.12), None], ..evidence(vec![]) });
    assert!(!low.ok && find(&low, Code::Ebfmi).message.contains("0.12"));
    let deep = judge(&Evidence { max_depth_hits: 17, ..evidence(vec![]) });
    assert!(deep.ok && find(&deep, Code::MaxDepth).severity == Severity::Note);
    let late = judge(&Evidence { time_limit: Some("30s".to_owned()), ..evidence(vec![]) });
    assert!(!late.ok && find(&late, Code::TimeLimit).message.contains("30s"));
    let stopped = judge(&Evidence { interrupted: true, ..evidence(vec![]) });
    assert!(!stopped.ok && find(&stopped, Code::Interrupted).severity == Severity::Warning);
}

#[test]
fn non_finite_draws_are_noted_and_condemn_a_parameter_only() {
    let mut draws = noise(4, CHAINS * DRAWS);
    draws[7] = f64::INFINITY;
    let infinite = summarize(Chains::new(&draws, CHAINS).unwrap());
    draws[9] = f64::NAN;
    let missing = summarize(Chains::new(&draws, CHAINS).unwrap());
    let verdict = judge(&evidence(vec![row("ratio", &infinite)]));
    assert!(verdict.ok && find(&verdict, Code::NonFinite).message.contains("1 of 4000 draws of ratio are infinite"));
    let computed = Row { origin: Origin::Computed, ..row("ratio", &missing) };
    let verdict = judge(&evidence(vec![computed]));
    assert!(verdict.ok && find(&verdict, Code::NonFinite).message.contains("NaN"));
    assert!(!judge(&evidence(vec![row("kappa", &missing)])).ok);
    let integrated_out = Row { origin: Origin::IntegratedOut, ..row("theta", &missing) };
    assert!(!judge(&evidence(vec![integrated_out])).ok);
}

/// Draws of an improper posterior, uniform in the logarithm up to the largest number: the chains agree.
#[test]
fn draws_that_only_the_range_of_numbers_bounds_condemn_a_parameter() {
    let places = noise(6, CHAINS * DRAWS);
    let draws: Vec<f64> = places.iter().map(|z| (z.atan() * 440.0).exp()).collect();
    let summary = summarize(Chains::new(&draws, CHAINS).unwrap());
    let verdict = judge(&evidence(vec![row("t", &summary)]));
    assert!(!verdict.ok && find(&verdict, Code::Overflow).scalars == ["t"], "{verdict:?}");
    let computed = Row { origin: Origin::Computed, ..row("t", &summary) };
    assert!(judge(&evidence(vec![computed])).ok);
    let far: Vec<f64> = places.iter().map(|z| -1e140 * z.exp()).collect();
    assert!(judge(&evidence(vec![row("far", &summarize(Chains::new(&far, CHAINS).unwrap()))])).ok);
}

#[test]
fn many_computed_scalars_of_a_short_perfect_run_pass() {
    let count = 2000;
    for (seed, chains, draws) in [(11, 4, 50), (12, 2, 100), (13, 4, 250), (14, 1, 200)] {
        let all = noise(seed, count * chains * draws);
        let scalars: Vec<Chains<'_>> = all.chunks(chains * draws).filter_map(|d| Chains::new(d, chains)).collect();
        let summaries = summarize_many(&scalars);
        let rows = summaries.iter().map(|summary| Row { origin: Origin::Computed, ..row("theta", summary) }).collect();
        let verdict = judge(&Evidence { chains, draws, ..evidence(rows) });
        assert!(verdict.ok, "{chains} x {draws}: {verdict:?}");
    }
}

#[test]
fn one_warning_lists_the_worst_and_counts_the_rest() {
    let summaries: Vec<ScalarSummary> = (0..12)
        .map(|scalar| {
            let mut draws = noise(20 + scalar, CHAINS * DRAWS);
            draws[..DRAWS].iter_mut().for_each(|x| *x += 0.5 + 0.15 * scalar as f64);
            summarize(Chains::new(&draws, CHAINS).unwrap())
        })
        .collect();
    let names: Vec<String> = (0..12).map(|scalar| format!("theta[{scalar}]")).collect();
    let rows = names.iter().zip(&summaries).map(|(name, summary)| row(name, summary)).collect();
    let verdict = judge(&evidence(rows));
    let warning = find(&verdict, Code::Rhat);
    assert_eq!(warning.scalars, ["theta[11]", "theta[10]", "theta[9]", "theta[8]", "theta[7]"]);
    assert!(warning.message.contains("and 6 more"), "{}", warning.message);
}

#[test]
fn programs_read_it_as_json() {
    let verdict = judge(&Evidence { divergences: 1, ..evidence(vec![]) });
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["ok"], true);
    assert_eq!(json["warnings"][0]["code"], "divergences");
    assert_eq!(json["warnings"][0]["severity"], "note");
    assert_eq!(serde_json::to_value(Code::EssBulk).unwrap(), "ess_bulk");
}

/// The verdict on many short chains of noise, a superchain of which starts at `offset` and has not left it.
fn verdict_on_superchains(offset: f64) -> Verdict {
    let (superchains, chains, draws) = (8, 64, 20);
    let mut values = noise(3, chains * draws);
    values[..chains * draws / superchains].iter_mut().for_each(|x| *x += offset);
    let view = Chains::new(&values, chains).unwrap();
    let summary = ScalarSummary { rhat_nested: rhat_nested(view, superchains), ..summarize(view) };
    let rows = vec![row("kappa", &summary)];
    judge(&Evidence { chains, draws, superchains: Some(superchains), ..evidence(rows) })
}

#[test]
fn superchains_are_judged_by_nested_rhat_and_by_their_own_ess() {
    assert_eq!(verdict_on_superchains(0.0), Verdict { ok: true, warnings: vec![] });
    let verdict = verdict_on_superchains(1.0);
    condemns_kappa(&verdict, Code::Rhat);
    assert!(find(&verdict, Code::Rhat).message.starts_with("Nested R-hat of kappa is 1."));
}
