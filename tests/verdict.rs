//! Power and size of the verdict: it passes good fits, and names the cause of planted faults.

#[path = "common/planted.rs"]
mod planted;
#[path = "common/sbc.rs"]
mod sbc;

use planted::{Case, GOOD, Make, case};
use polya::checks::assessment::{Assessment, assess};
use polya::summary::Severity;
use polya::{Control, Fit, Model, Posterior, Replay, Settings};
use rayon::prelude::*;

fn settings(seed: u64) -> Settings {
    Settings { warmup: 500, draws: 1000, seed, ..Settings::default() }
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

/// The codes of the warnings.
fn warnings(assessment: &Assessment) -> Vec<&str> {
    let warnings = assessment.findings.iter().filter(|f| f.severity == Severity::Warning);
    warnings.map(|f| f.code.as_str()).collect()
}

#[test]
fn study() {
    let fits: u64 = std::env::var("FITS").ok().and_then(|f| f.parse().ok()).unwrap_or(40);
    for (name, make) in GOOD {
        let start = std::time::Instant::now();
        let all: Vec<Assessment> = (0..fits).into_par_iter().map(|seed| assessment(make, &settings(seed))).collect();
        let bad: Vec<_> = all.iter().enumerate().filter(|(_, a)| !a.ok).map(|(i, a)| (i, warnings(a))).collect();
        println!("{name}: {} of {fits}: {bad:?} {:?}", bad.len(), start.elapsed());
    }
    let faults: [(&str, Make); 10] = [
        ("overdispersed_binomial", planted::overdispersed_binomial),
        ("overdispersed_poisson", planted::overdispersed_poisson),
        ("zero_inflated", planted::zero_inflated),
        ("outliers", planted::outliers),
        ("level_left_out", planted::level_left_out),
        ("conflict_of_rate", planted::conflict_of_rate),
        ("conflict_of_slope", planted::conflict_of_slope),
        ("funnel", planted::funnel),
        ("exchangeable_rates", planted::exchangeable_rates),
        ("exchangeable_levels", planted::exchangeable_levels),
    ];
    for (name, make) in faults {
        let start = std::time::Instant::now();
        let all: Vec<Assessment> = (0..fits).into_par_iter().map(|seed| assessment(make, &settings(seed))).collect();
        let mut counts = std::collections::BTreeMap::new();
        all.iter().for_each(|a| *counts.entry(warnings(a).join(",")).or_insert(0) += 1);
        println!("{name}: {counts:?} {:?}", start.elapsed());
        if let Some(f) = all[0].findings.first() {
            println!("   {}\n   {}", f.message, f.advice);
        }
    }
}
