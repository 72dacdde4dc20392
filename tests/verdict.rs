//! Power and size of the verdict: it passes good fits, and names the cause of planted faults.
//!
//! `VERDICT_FITS=1000 cargo test --release --test verdict -- --nocapture` makes more good fits, and as many of each fault,
//! than the tests need.

#[path = "common/planted.rs"]
mod planted;
#[path = "common/sbc.rs"]
mod sbc;

use planted::{Case, GOOD, Make, case};
use polya::checks::assessment::{Assessment, Finding, Subject, assess};
use polya::summary::Severity;
use polya::{Control, Fit, Model, Posterior, Replay, Settings};
use rayon::prelude::*;

/// Of each kind of good fit; there are five.
const GOOD_FITS: u64 = 40;
/// Of each fault.
const FAULTS: u64 = 20;

/// How many fits to make, unless the environment says otherwise.
fn fits(usual: u64) -> u64 {
    std::env::var("VERDICT_FITS").ok().and_then(|fits| fits.parse().ok()).unwrap_or(usual)
}

fn posterior(case: &Case) -> Posterior {
    let bound = Model::parse(case.text).and_then(|m| m.bind(Some(&case.table), &Default::default()));
    bound.and_then(|b| b.compile()).unwrap_or_else(|error| panic!("{error}\n{}", case.text))
}

fn assessment(make: Make, settings: &Settings) -> Assessment {
    let posterior = posterior(&case(make, 1000 + settings.seed));
    let fit = Fit::sample(&posterior, settings, &Control::default()).expect("a fit");
    assess(&Replay::of(&posterior, &fit), fit.draws(), fit.verdict())
}

/// Fits with other data each, of chains of this length.
fn assessments(make: Make, count: u64, warmup: usize, draws: usize) -> Vec<Assessment> {
    let one = |seed| assessment(make, &Settings { warmup, draws, seed, ..Settings::default() });
    (0..count).into_par_iter().map(one).collect()
}

/// The warnings in order: the cause of what is wrong stands first.
fn warnings(assessment: &Assessment) -> Vec<&Finding> {
    assessment.findings.iter().filter(|f| f.severity == Severity::Warning).collect()
}

/// Wrong warnings are those of any check: of 200 fits at most 4.
#[test]
fn good_fits_pass() {
    let count = fits(GOOD_FITS);
    let mut wrong = Vec::new();
    for (name, make) in GOOD {
        let all = assessments(make, count, 500, 1000);
        assert!(all.iter().all(|a| a.ok == warnings(a).is_empty()));
        let warned = all.iter().enumerate().filter(|(_, a)| !a.ok);
        let codes = |a| warnings(a).iter().map(|f| f.code.clone()).collect::<Vec<_>>();
        let warned: Vec<_> = warned.map(|(seed, a)| (name, seed, codes(a))).collect();
        println!("{name}: {} of {count} good fits warned", warned.len());
        wrong.extend(warned);
    }
    assert!(wrong.len() as u64 <= GOOD.len() as u64 * count / 50, "{wrong:?}");
}

/// The first warning names the cause and what it concerns in at least 95% of the fits.
fn is_named(make: Make, draws: usize, code: &str, concerns: &[&str]) {
    let count = fits(FAULTS);
    let all = assessments(make, count, 300, draws);
    let right = |assessment: &&Assessment| {
        let first = warnings(assessment).into_iter().next();
        let named = |f: &Finding| {
            let mut all = f.scalars.iter().chain(&f.columns);
            f.code == code && (concerns.is_empty() || all.any(|name| concerns.contains(&name.as_str())))
        };
        !assessment.ok && first.is_some_and(named)
    };
    let found = all.iter().filter(right).count();
    println!("{code}: {found} of {count} found");
    let miss = all.iter().find(|a| !right(a)).map(|a| &a.findings);
    assert!(found as u64 * 100 >= count * 95, "{code}: {found} of {count}: {miss:?}");
}

#[test]
fn unnoticed_overdispersion_is_named() {
    is_named(planted::overdispersed_binomial, 500, "overdispersion", &["y"]);
    is_named(planted::overdispersed_poisson, 500, "overdispersion", &["y"]);
}

#[test]
fn a_wrong_likelihood_is_named_by_what_is_wrong_with_it() {
    is_named(planted::zero_inflated, 500, "zero_inflation", &["y"]);
    is_named(planted::outliers, 500, "outliers", &["y"]);
    is_named(planted::level_left_out, 500, "level_misfit", &["y"]);
}

#[test]
fn a_prior_that_the_data_contradict_is_named() {
    is_named(planted::conflict_of_rate, 500, "prior_data_conflict", &["p"]);
    is_named(planted::conflict_of_slope, 1000, "prior_data_conflict", &["b"]);
}

#[test]
fn a_funnel_is_named_by_its_scale() {
    is_named(planted::funnel, 1000, "funnel", &["tau"]);
}

#[test]
fn labels_that_nothing_tells_apart_are_named() {
    is_named(planted::exchangeable_rates, 1000, "label_switching", &["p", "q"]);
    is_named(planted::exchangeable_levels, 1000, "label_switching", &["m[first]", "m[second]"]);
}

#[test]
fn too_few_draws_are_named() {
    for (_, make) in [GOOD[0], GOOD[1]] {
        is_named(make, 60, "few_draws", &[]);
    }
}

/// Chains that all stay in one of two equal modes agree with each other; the density tells.
#[test]
fn a_mode_that_no_chain_has_seen_is_missed_by_no_one() {
    let alone = Settings { chains: 1, warmup: 300, draws: 1000, ..Settings::default() };
    let all: Vec<Assessment> = (0..8)
        .into_par_iter()
        .map(|seed| assessment(planted::exchangeable_levels, &Settings { seed, ..alone.clone() }))
        .collect();
    for found in &all {
        assert!(warnings(found).iter().any(|f| f.code == "label_switching"), "{:?}", found.findings);
    }
}

/// A prior far off that many data outweigh is a note, as are data that say nothing.
#[test]
fn what_makes_no_difference_is_a_note() {
    let of = |text: &'static str, y: f64, n: f64| {
        let table = polya::Table::builder("t").numbers("y", vec![y]).numbers("n", vec![n]).build().expect("a table");
        let posterior = posterior(&Case { text, table });
        let fit = Fit::sample(&posterior, &Settings::default(), &Control::default()).expect("a fit");
        assess(&Replay::of(&posterior, &fit), fit.draws(), fit.verdict())
    };
    let codes = |a: &Assessment| {
        a.findings.iter().filter(|f| f.about == Subject::Prior).map(|f| f.code.clone()).collect::<Vec<_>>()
    };
    let outweighed = of("data y: count, n: count\np ~ Beta(30, 10)\ny ~ Binomial(n, p)", 30_000.0, 100_000.0);
    assert!(outweighed.ok && codes(&outweighed) == ["prior_data_conflict"], "{:?}", outweighed.findings);
    let unsaid = of("data y: count, n: count\np ~ Beta(30, 30)\ny ~ Binomial(n, p)", 1.0, 2.0);
    assert!(unsaid.ok && codes(&unsaid) == ["weak_data"], "{:?}", unsaid.findings);
    // The flat prior of a rare event pulls nowhere.
    let rare = of("data y: count, n: count\np ~ Beta(1, 1)\ny ~ Binomial(n, p)", 1.0, 1_000_000.0);
    assert!(rare.ok && codes(&rare).is_empty(), "{:?}", rare.findings);
}

#[test]
fn programs_read_it_as_json() {
    let found = assessment(planted::overdispersed_binomial, &Settings { draws: 500, ..Settings::default() });
    let json = serde_json::to_value(&found).expect("JSON");
    assert_eq!((json["schema"].as_str(), json["ok"].as_bool()), (Some("polya.verdict/1"), Some(false)));
    let finding = &json["findings"][0];
    assert_eq!(finding["code"], "overdispersion");
    assert_eq!(finding["about"], "likelihood");
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["columns"][0], "y");
    assert!(finding["advice"].as_str().is_some_and(|advice| advice.contains("BetaBinomial")));
}
