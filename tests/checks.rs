//! Checks of models find what was planted, find nothing where nothing is wrong, and agree with closed forms.

mod common;

use common::{fit, posterior};
use polya::checks::by_groups::check_groups;
use polya::checks::calibration::{Calibration, CalibrationSettings};
use polya::checks::predictive::{ColumnChecks, check_columns};
use polya::checks::prior::{describe_columns, describe_concentrations, describe_factors};
use polya::checks::sensitivity::{PriorSensitivity, power_scale, strongest_prior};
use polya::diagnostics::Diagnosis;
use polya::{Model, Replay, Table};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Binomial, Distribution, Poisson};

/// The checks of the only observed column.
fn checks(text: &str, table: &Table) -> ColumnChecks {
    let posterior = posterior(text, table);
    let fit = fit(&posterior);
    check_columns(&Replay::of(&posterior, &fit)).expect("checks").swap_remove(0)
}

fn found(checks: &ColumnChecks, statistic: &str) -> bool {
    checks.findings.iter().any(|finding| finding.starts_with(statistic))
}

/// Rates that differ between rows, under one rate and under a rate for each row.
#[test]
fn overdispersion_is_found_and_its_remedy_passes() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let rates = Beta::new(4.0, 12.0).expect("a beta");
    let y = (0..60).map(|_| Binomial::new(40, rates.sample(&mut rng)).expect("a binomial").sample(&mut rng) as f64);
    let table = Table::builder("t").numbers("y", y.collect::<Vec<_>>()).numbers("n", vec![40.0; 60]);
    let table = table.build().expect("a table");
    let pooled = checks("data y: count, n: count\np ~ Beta(1, 1)\ny ~ Binomial(n, p)\n", &table);
    assert!(found(&pooled, "dispersion"), "{:?}", pooled.findings);
    let hierarchical = "data y: count, n: count\nmu ~ Beta(1, 1)\nkappa ~ LogNormal(3, 1)\n\
                        theta[rows] ~ Beta(mean = mu, concentration = kappa)\ny ~ Binomial(n, theta[rows])\n";
    let own = checks(hierarchical, &table);
    assert!(own.findings.is_empty(), "{:?}", own.findings);
    assert!(own.pit.expect("places").exact);
}

#[test]
fn zero_inflation_is_found() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let counts = Poisson::new(3.0).expect("a poisson");
    let y: Vec<f64> = (0..200).map(|i| if i % 4 == 0 { 0.0 } else { counts.sample(&mut rng) }).collect();
    let table = Table::builder("t").numbers("y", y).build().expect("a table");
    let inflated = checks("data y: count\nr ~ Gamma(1, 1)\ny ~ Poisson(r)\n", &table);
    assert!(found(&inflated, "zeros"), "{:?}", inflated.findings);
    let y: Vec<f64> = (0..200).map(|_| counts.sample(&mut rng)).collect();
    let table = Table::builder("t").numbers("y", y).build().expect("a table");
    let sound = checks("data y: count\nr ~ Gamma(1, 1)\ny ~ Poisson(r)\n", &table);
    assert!(sound.findings.is_empty(), "{:?}", sound.findings);
}

#[test]
fn a_bad_group_is_named() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut draw = |p: f64| Binomial::new(50, p).expect("a binomial").sample(&mut rng) as f64;
    let groups: Vec<String> = (0..80).map(|i| format!("g{}", i % 8)).collect();
    let y: Vec<f64> = (0..80).map(|i| draw(if i % 8 == 5 { 0.35 } else { 0.2 })).collect();
    let table = Table::builder("t").labels("g", groups.iter().map(String::as_str)).numbers("y", y);
    let table = table.numbers("n", vec![50.0; 80]).build().expect("a table");
    let pooled =
        checks("data g: factor, y: count, n: count\np ~ Beta(1, 1)\nrate[g] = p\ny ~ Binomial(n, rate[g])\n", &table);
    assert!(found(&pooled, "mean at g=g5"), "{:?}", pooled.findings);
    assert_eq!(pooled.levels.iter().filter(|l| l.name != "mean at g=g5").count(), 0, "{:?}", pooled.levels);
}

/// A slope on the logit where the rates go up and down again.
#[test]
fn a_wrong_shape_of_the_predictor_is_found() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let x: Vec<f64> = (0..90).map(|i| f64::from(i % 9) - 4.0).collect();
    let rate = |x: f64| if x.abs() < 1.5 { 0.6 } else { 0.15 };
    let y = x.iter().map(|x| Binomial::new(30, rate(*x)).expect("a binomial").sample(&mut rng) as f64);
    let y: Vec<f64> = y.collect();
    let labels: Vec<String> = x.iter().map(|x| format!("x{x}")).collect();
    let table = Table::builder("t").numbers("x", x).labels("bin", labels.iter().map(String::as_str)).numbers("y", y);
    let table = table.numbers("n", vec![30.0; 90]).build().expect("a table");
    let text = "data x: real, bin: factor, y: count, n: count\na ~ Normal(0, 2)\nb ~ Normal(0, 1)\n\
                at[bin] = a\ny ~ Binomial(n, inv_logit(at[bin] + b * x))\n";
    let checks = checks(text, &table);
    assert!(found(&checks, "dispersion") && found(&checks, "mean at bin=x0"), "{:?}", checks.findings);
}

#[test]
fn conflict_and_weak_data_are_told_apart() {
    let of = |prior: &str, y: f64, n: f64| {
        let table = Table::builder("t").numbers("y", vec![y]).numbers("n", vec![n]).build().expect("a table");
        let posterior = posterior(&format!("data y: count, n: count\np ~ {prior}\ny ~ Binomial(n, p)\n"), &table);
        let fit = fit(&posterior);
        let found = power_scale(&Replay::of(&posterior, &fit), fit.draws()).expect("sensitivities");
        found[0].scalars[0].1.expect("a sensitivity").diagnosis
    };
    assert_eq!(of("Beta(80, 20)", 10.0, 100.0), Diagnosis::PriorDataConflict);
    assert_eq!(of("Beta(1, 1)", 30.0, 100.0), Diagnosis::None);
    assert_eq!(of("Beta(30, 30)", 1.0, 2.0), Diagnosis::StrongPriorWeakLikelihood);
}

/// Two rates with priors and data of their own: their priors scaled as one move each as its own prior does, and a prior
/// alone moves nothing of the other.
#[test]
fn priors_of_one_tag_are_scaled_together() {
    let table = Table::builder("t").numbers("y", vec![30.0]).numbers("z", vec![2.0]).numbers("n", vec![100.0]);
    let table = table.build().expect("a table");
    let of = |first: &str, second: &str| {
        let text = format!(
            "data y: count, z: count, n: count\np ~ Beta(20, 20){first}\nq ~ Beta(2, 60){second}\nr ~ Beta(1, 1)\n\
             y ~ Binomial(n, p)\nz ~ Binomial(n, q * r)\n"
        );
        let posterior = posterior(&text, &table);
        let fit = fit(&posterior);
        let all = power_scale(&Replay::of(&posterior, &fit), fit.draws()).expect("sensitivities");
        // A fit that kept only some variables knows the others by running its draws once more.
        let some = power_scale(&Replay::of(&posterior, &fit), &fit.draws().select(&["q"])).expect("sensitivities");
        assert_eq!(some[0].scalars[0], *all[0].scalars.iter().find(|(name, _)| name == "q").expect("q"));
        all
    };
    let called =
        |found: &[PriorSensitivity]| found.iter().map(|f| (f.prior.clone(), f.variables.join(" "))).collect::<Vec<_>>();
    let pair = |prior: &str, variables: &str| (prior.to_owned(), variables.to_owned());
    let prior = |found: &[PriorSensitivity], i: usize, scalar: usize| found[i].scalars[scalar].1.expect("varies").prior;
    let (apart, together) = (of("", ""), of(" @prior(\"rates\")", " @prior(\"rates\")"));
    assert_eq!(called(&apart), [pair("", "p q r"), pair("p", "p"), pair("q", "q"), pair("r", "r")]);
    assert_eq!(called(&together), [pair("", "p q r"), pair("rates", "p q"), pair("r", "r")]);
    assert!((prior(&together, 1, 0) - prior(&apart, 1, 0)).abs() < 0.05);
    assert!((prior(&together, 1, 1) - prior(&apart, 2, 1)).abs() < 0.05);
    assert!(prior(&apart, 1, 0) > 3.0 * prior(&apart, 2, 0), "{apart:?}");
    assert_eq!(strongest_prior(&apart, "p"), Some("p"));
    assert_eq!(strongest_prior(&together, "p"), Some("rates"));
    // Those of all priors tagged alike are those of all.
    let one = of(" @prior(\"r\")", " @prior(\"r\")");
    assert_eq!(called(&one), [pair("", "p q r")]);
}

/// A prior draw with an argument outside its domain is none: p is below 2/3 wherever 1.5 p is a probability.
#[test]
fn impossible_draws_of_a_prior_are_passed_over() {
    let table = Table::builder("t").numbers("y", vec![3.0, 5.0]).numbers("n", vec![20.0; 2]).build().expect("a table");
    let text = "data y: count, n: count\np ~ Beta(1, 1)\ny ~ Binomial(n, 1.5 * p)\n";
    let bound = Model::parse(text).and_then(|m| m.bind(Some(&table), &Default::default())).expect("a bound model");
    let prior = bound.clone().compile_prior().expect("a prior");
    let replay = Replay::of_prior(&prior, 2000, 5);
    let (values, data) = (replay.values(), replay.predictive());
    assert_eq!((replay.draws(), values.values.len(), data.values.len()), (2000, 2000, 4000));
    assert!(values.values.iter().all(|p| *p < 2.0 / 3.0) && data.values.iter().all(|y| y.is_finite()));
    // Uniform on (0, 2/3): mean 1/3, with a standard error of 0.0043.
    let mean = values.values.iter().sum::<f64>() / 2000.0;
    assert!((mean - 1.0 / 3.0).abs() < 0.022, "{mean}");
    let settings = CalibrationSettings { simulations: 100, ranks: 19, thin: 5, seed: 3, ..Default::default() };
    let calibration = Calibration::new(bound, settings).expect("a calibration");
    for quantity in calibration.check(&calibration.run(&[], &|_| ()), 1e-4) {
        let p = quantity.uniformity.map_or(1.0, |u| u.p_value);
        assert!(p > 1e-4, "{}: {p}", quantity.name);
    }
}

/// Predictions have no value where an argument is outside its domain, in whatever form it is given.
#[test]
fn predictions_of_impossible_arguments_are_none() {
    let table = Table::builder("t").numbers("y", vec![0.1]).build().expect("a table");
    let text = "data y: real\nindex i = {u, v}\na ~ Normal(0, 1)\ny ~ Normal(a, 1)\n\
                g ~ Gamma(mean = 1, sd = a)\nb ~ Beta(mean = 0.5, sd = a)\n\
                d[i] ~ Dirichlet(mean = [a, 0.6], concentration = 3)\n";
    let posterior = posterior(text, &table);
    let fit = fit(&posterior);
    let draws = |name: &str| fit.draws().get(name).expect("a scalar").to_vec();
    let (a, g, b) = (draws("a"), draws("g"), draws("b"));
    for (i, a) in a.iter().enumerate() {
        assert_eq!(g[i].is_nan(), *a <= 0.0, "Gamma with a sd of {a}");
        assert_eq!(b[i].is_nan(), *a <= 0.0 || *a >= 0.5, "Beta with a sd of {a}");
    }
    assert!(draws("d[u]").iter().chain(&draws("d[v]")).all(|d| d.is_nan()));
}

#[test]
fn priors_at_the_edges_are_told() {
    let table = Table::builder("t").numbers("y", vec![3.0, 5.0]).numbers("n", vec![20.0; 2]).build().expect("a table");
    let of = |scale: f64| {
        let text = format!("data y: count, n: count\na ~ Normal(0, {scale})\ny ~ Binomial(n, inv_logit(a))\n");
        let bound = Model::parse(&text).and_then(|m| m.bind(Some(&table), &Default::default())).expect("a bound model");
        let prior = bound.compile_prior().expect("a prior");
        describe_columns(&Replay::of_prior(&prior, 2000, 5)).expect("columns").swap_remove(0)
    };
    let (wide, moderate) = (of(10.0), of(1.0));
    assert!(wide.warnings.iter().any(|w| w.contains("edges")), "{:?}", wide.warnings);
    assert!(moderate.warnings.is_empty(), "{:?}", moderate.warnings);
    // The median rate of a symmetric prior.
    assert!((moderate.quantiles[2] - 0.5).abs() < 0.06);
}

/// Under a flat Dirichlet the number of rows, of 60, with one of three levels is BetaBinomial(60, 1, 2), whose distribution
/// function is 1 - (60 - k)(61 - k) / (61 · 62).
#[test]
fn priors_of_factors_are_described_by_the_shares_of_levels() {
    let labels: Vec<&str> = (0..60).map(|i| ["x", "x", "x", "y", "x", "z"][i % 6]).collect();
    let table = Table::builder("t").labels("c", labels).build().expect("a table");
    let of = |concentration: &str| {
        let text = format!("data c: factor\np ~ Dirichlet({concentration} * ones[c])\nc ~ Categorical(p)\n");
        let bound = Model::parse(&text).and_then(|m| m.bind(Some(&table), &Default::default())).expect("a bound model");
        let prior = bound.compile_prior().expect("a prior");
        let replay = Replay::of_prior(&prior, 4000, 5);
        assert!(describe_columns(&replay).expect("columns").is_empty());
        describe_factors(&replay).expect("factors").swap_remove(0)
    };
    let flat = of("1");
    assert_eq!((flat.column.as_str(), flat.rows), ("c", 60));
    assert!(flat.warnings.is_empty(), "{:?}", flat.warnings);
    let below = |k: f64| 1.0 - (60.0 - k) * (61.0 - k) / (61.0 * 62.0);
    for (share, (level, observed)) in flat.levels.iter().zip([("x", 40.0), ("y", 10.0), ("z", 10.0)]) {
        assert_eq!((share.level.as_str(), share.observed), (level, observed / 60.0));
        for (quantile, p) in share.quantiles.iter().zip([0.05, 0.25, 0.5, 0.75, 0.95]) {
            let k = quantile * 60.0;
            assert!(below(k) > p - 0.03 && below(k - 1.0) < p + 0.03, "{p}: {k} of 60");
        }
    }
    let stiff = of("500");
    assert!(stiff.warnings[0].contains("the share of `x` in `c` is 0.6667 in the data"), "{:?}", stiff.warnings);
}

/// A factor has no mean and no extremes: it is described by the shares of its levels.
#[test]
fn shares_of_levels_that_the_model_does_not_make_are_found() {
    let labels: Vec<&str> = (0..60).map(|i| ["x", "x", "x", "y", "x", "z"][i % 6]).collect();
    let table = Table::builder("t").labels("c", labels).build().expect("a table");
    let of = |concentration: &str| {
        checks(&format!("data c: factor\np ~ Dirichlet({concentration} * ones[c])\nc ~ Categorical(p)\n"), &table)
    };
    let (stiff, free) = (of("500"), of("1"));
    let shares = |checks: &ColumnChecks| -> Vec<(String, f64)> {
        checks.statistics.iter().map(|check| (check.name.clone(), check.observed)).collect()
    };
    let wanted = [("share of x", 4.0 / 6.0), ("share of y", 1.0 / 6.0), ("share of z", 1.0 / 6.0)];
    assert_eq!(shares(&free), wanted.map(|(name, share)| (name.to_owned(), share)));
    assert!(free.findings.is_empty(), "{:?}", free.findings);
    assert!(found(&stiff, "share of x"), "{:?}", stiff.findings);
    let check = &stiff.statistics[0];
    assert!((check.replicated - 1.0 / 3.0).abs() < 0.02, "{}", check.replicated);
}

#[test]
fn concentrations_without_bound_are_told() {
    let table = Table::builder("t").numbers("y", vec![3.0, 5.0]).numbers("n", vec![20.0; 2]).build().expect("a table");
    let of = |prior: &str, statements: &str| {
        let text = format!("data y: count, n: count\nmu ~ Beta(2, 2)\nkappa ~ {prior}\n{statements}\n");
        let bound = Model::parse(&text).and_then(|m| m.bind(Some(&table), &Default::default())).expect("a bound model");
        let prior = bound.compile_prior().expect("a prior");
        describe_concentrations(&Replay::of_prior(&prior, 4000, 5))
    };
    let levels = "theta[rows] ~ Beta(mean = mu, concentration = kappa)\ny ~ Binomial(n, theta[rows])";
    let [wide] = of("HalfCauchy(1e5)", levels).try_into().expect("one concentration");
    // Ten times the forty trials; a half Cauchy is 2 atan(x) / pi below x of its scales.
    let beyond = 1.0 - (400.0_f64 / 1e5).atan() * 2.0 / std::f64::consts::PI;
    assert_eq!((wide.variable.as_str(), wide.bound), ("kappa", 400.0));
    assert!((wide.beyond - beyond).abs() < 0.01, "{} is not {beyond}", wide.beyond);
    assert!(wide.warning.expect("a warning").contains("without bound"));
    let moderate = of("LogNormal(3, 1)", levels);
    assert!(moderate[0].warning.is_none() && (moderate[0].quantiles[2] / 3.0_f64.exp() - 1.0).abs() < 0.1);
    let direct = of("HalfCauchy(1e5)", "y ~ BetaBinomial(n = n, mean = mu, concentration = kappa)");
    assert!(direct[0].warning.is_some());
    assert!(of("HalfCauchy(1e5)", "y ~ Binomial(n, mu + 0 * kappa)").is_empty());
}

#[test]
fn calibration_passes_and_goes_on_where_it_stopped() {
    let table = Table::builder("t").numbers("y", vec![0.0; 6]).numbers("n", vec![12.0; 6]).build().expect("a table");
    let text = "data y: count, n: count\nmu ~ Beta(2, 2)\nkappa ~ LogNormal(2, 0.5)\n\
                theta[rows] ~ Beta(mean = mu, concentration = kappa)\ny ~ Binomial(n, theta[rows])\n";
    let bound = || Model::parse(text).and_then(|m| m.bind(Some(&table), &Default::default())).expect("a bound model");
    let settings = CalibrationSettings { simulations: 60, warmup: 300, ranks: 31, thin: 4, seed: 9 };
    let calibration = Calibration::new(bound(), settings).expect("a calibration");
    assert_eq!(calibration.names().len(), 2 + 6 + 1);
    let all = calibration.run(&[], &|_| {});
    for quantity in calibration.check(&all, 0.9999) {
        assert!(quantity.check.outside.is_empty(), "{}: {:?}", quantity.name, quantity.ranks);
    }
    let resumed = calibration.run(&all[..25], &|done| assert!(done.simulation >= 25));
    assert_eq!(resumed, all);
}

/// Rates so near 1 that they are rounded to it: the joint log likelihood of the truth and of the draws is by one formula.
#[test]
fn calibration_of_rates_at_the_ends_of_their_range() {
    let table = Table::builder("t").numbers("k", vec![1.0, 2.0]).numbers("n", vec![3.0, 3.0]).build().expect("a table");
    let text = "data k: count, n: count\np ~ Beta(0.03, 0.03)\nk ~ Binomial(n, p)\n";
    let bound = Model::parse(text).and_then(|m| m.bind(Some(&table), &Default::default())).expect("a bound model");
    let settings = CalibrationSettings { simulations: 200, warmup: 0, ranks: 31, thin: 1, seed: 3 };
    let calibration = Calibration::new(bound, settings).expect("a calibration");
    for quantity in calibration.check(&calibration.run(&[], &|_| {}), 0.9999) {
        assert!(quantity.check.outside.is_empty(), "{}: {:?}", quantity.name, quantity.ranks);
    }
}

#[test]
fn draws_run_again_say_the_same() {
    let table = Table::builder("t").numbers("y", vec![3.0, 5.0, 0.0]).numbers("n", vec![20.0; 3]).build();
    let text = "data y: count, n: count\nmu ~ Beta(1, 1)\nkappa ~ LogNormal(3, 1)\n\
                theta[rows] ~ Beta(mean = mu, concentration = kappa)\ny ~ Binomial(n, theta[rows])\n";
    let posterior = posterior(text, &table.expect("a table"));
    let fit = fit(&posterior);
    let replay = Replay::of(&posterior, &fit);
    let values = replay.values();
    for (i, (_, draws)) in fit.draws().iter().enumerate() {
        assert_eq!(values.column(i), draws);
    }
    // Of each row, P(Y ≤ y) less P(Y < y) is the probability of y.
    let (cdfs, log_lik) = (replay.cdfs(), replay.log_lik());
    for row in 0..3 {
        for draw in 0..cdfs.total() {
            let mass = cdfs.column(3 + row)[draw] - cdfs.column(row)[draw];
            let likelihood = log_lik.column(row)[draw].exp();
            assert!((mass - likelihood).abs() < 1e-9, "{mass} is not {likelihood}");
        }
    }
}

/// Rows of odd weeks have twice the rate, of which the model knows nothing.
#[test]
fn a_bad_group_of_any_column_is_found_and_no_other() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut draw = |rate: f64| Poisson::new(rate).expect("a poisson").sample(&mut rng);
    let y: Vec<f64> = (0..120).map(|i| draw(if i % 12 == 9 { 9.0 } else { 4.0 })).collect();
    let table = Table::builder("t").numbers("y", y).build().expect("a table");
    let posterior = posterior("data y: count\nr ~ Gamma(1, 0.2)\ny ~ Poisson(r)\n", &table);
    let fit = fit(&posterior);
    let replay = Replay::of(&posterior, &fit);
    let by = ["week".to_owned(), "day".to_owned()];
    let label = |row: usize| vec![((row - 1) % 12 / 3).to_string(), ((row - 1) % 3).to_string()];
    let checks = check_groups(&replay, &by, label).expect("groups").swap_remove(0);
    assert_eq!(checks.groups.iter().map(|g| g.rows).collect::<Vec<_>>(), [10; 12]);
    let mean = |finding: &String| finding.starts_with("mean of y at week=3, day=0 ");
    assert!(checks.findings.iter().any(mean), "{:?}", checks.findings);
    assert!(checks.findings.iter().all(|f| f.contains("at week=3, day=0 ")), "{:?}", checks.findings);
}

/// Labels that are numbers stand before those that begin with one, in the order of the numbers.
#[test]
fn groups_of_mixed_labels_have_an_order() {
    let labels: Vec<String> = (1..60).map(|i| i.to_string()).chain((1..20).map(|i| format!("{i}a"))).collect();
    let table = Table::builder("t").numbers("y", vec![2.0; labels.len()]).build().expect("a table");
    let posterior = posterior("data y: count\nr ~ Gamma(1, 0.2)\ny ~ Poisson(r)\n", &table);
    let fit = fit(&posterior);
    let checks = check_groups(&Replay::of(&posterior, &fit), &["g".to_owned()], |row| vec![labels[row - 1].clone()]);
    let groups = checks.expect("groups").swap_remove(0).groups;
    assert!(groups.iter().zip(&labels[..59]).all(|(group, label)| group.labels == [label.clone()]));
    assert_eq!(groups.iter().map(|g| &g.labels[0][..]).nth(59), Some("10a"));
}

/// A draw of 1, which no number is nearer to, has the density of the greatest number below.
#[test]
fn priors_without_bound_at_their_ends_can_be_scaled() {
    let table = Table::builder("t").labels("g", ["a", "b"]).numbers("k", vec![4.0, 3.0]).numbers("n", vec![4.0, 7.0]);
    let posterior = posterior(
        "data g: factor, k: count, n: count\np[g] ~ Beta(0.01, 0.01)\nk ~ Binomial(n, p[g])\n",
        &table.build().expect("a table"),
    );
    let fit = fit(&posterior);
    assert!(fit.draws().iter().any(|(_, values)| values.contains(&1.0)), "no draw at the end");
    assert!(power_scale(&Replay::of(&posterior, &fit), fit.draws()).is_ok());
}

/// The share of each element of a vector by group is beside the share in its replications.
#[test]
fn vectors_are_checked_element_by_element_in_groups() {
    let (u, v) = (vec![30.0, 32.0, 5.0, 4.0], vec![10.0, 9.0, 35.0, 37.0]);
    let table = Table::builder("t").numbers("u", u).numbers("v", v).build().expect("a table");
    let posterior = posterior("data o: counts(u, v)\np[o] ~ Dirichlet(ones[o])\no ~ Multinomial(p)\n", &table);
    let fit = fit(&posterior);
    let half = |row: usize| vec![if row < 3 { "first" } else { "second" }.to_owned()];
    let checks =
        check_groups(&Replay::of(&posterior, &fit), &["half".to_owned()], half).expect("groups").swap_remove(0);
    let share = checks.groups[1].statistics.iter().find(|s| s.name == "share of v").expect("a share");
    assert!((share.observed - 72.0 / 81.0).abs() < 1e-12 && share.p_value < 0.01, "{share:?}");
}
