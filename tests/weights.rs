//! Rows with a weight are checked as if each stood in the table as many times as it counts.

use polya::checks::calibration::{Calibration, CalibrationError, CalibrationSettings};
use polya::checks::loo::{leave_groups_out, leave_rows_out};
use polya::checks::places::places_of_rows;
use polya::checks::predictive::check_columns;
use polya::checks::prior::describe_columns;
use polya::checks::sensitivity::power_scale;
use polya::engine::LogDensity;
use polya::models::Bound;
use polya::models::special::lgamma;
use polya::{Control, Fit, Model, Replay, Settings, Table};

/// Deaths by horse kick in the Prussian cavalry (Bortkiewicz 1898): how many corps and years had so many.
const KICKS: [f64; 5] = [109.0, 65.0, 22.0, 3.0, 1.0];
const CONJUGATE: &str = "data k: count, w: count\nl ~ Gamma(2, 1)\nk ~ Poisson(l) weight w\n";
const SAMPLED: &str = "data k: count, w: count\nl ~ LogNormal(0, 1)\nk ~ Poisson(l) weight w\n";

fn kicks(model: &str, weights: &[f64]) -> Bound {
    let counts = (0..weights.len()).map(|k| k as f64).collect();
    let table = Table::builder("kicks").numbers("k", counts).numbers("w", weights.to_vec()).build().expect("a table");
    Model::parse(model).and_then(|model| model.bind(Some(&table), &Default::default())).expect("a model")
}

/// The table written out.
fn written_out(model: &str) -> Bound {
    let rows = |k: usize| std::iter::repeat_n(k as f64, KICKS[k] as usize);
    let counts: Vec<f64> = (0..KICKS.len()).flat_map(rows).collect();
    let table = Table::builder("kicks").numbers("k", counts).build().expect("a table");
    let model = model.replace(", w: count", "").replace(" weight w", "");
    Model::parse(&model).and_then(|model| model.bind(Some(&table), &Default::default())).expect("a model")
}

#[test]
fn leaving_rows_out_is_exact_for_a_conjugate_rate() {
    let posterior = kicks(CONJUGATE, &KICKS).compile().expect("a posterior");
    let fit = Fit::sample(&posterior, &Settings::default(), &Control::default()).expect("a fit");
    let replay = Replay::of(&posterior, &fit);
    let left_out = leave_rows_out(&replay).expect("rows");
    assert_eq!((left_out.rows.len(), left_out.loo.rows.len()), (200, 200));
    // Without a row the next count is negative binomial.
    let sum: f64 = KICKS.iter().enumerate().map(|(k, w)| k as f64 * w).sum();
    let log_probability = |k: f64| {
        let (shape, rate): (f64, f64) = (2.0 + sum - k, 1.0 + 199.0);
        lgamma(shape + k) - lgamma(shape) - lgamma(k + 1.0) + shape * (rate / (rate + 1.0)).ln() - k * (rate + 1.0).ln()
    };
    let exact: f64 = KICKS.iter().enumerate().map(|(k, w)| w * log_probability(k as f64)).sum();
    assert!((left_out.loo.elpd - exact).abs() < 0.05, "{} {exact}", left_out.loo.elpd);
    let places = places_of_rows(&replay, &left_out).expect("places").swap_remove(0);
    assert_eq!(places.rows.len(), 200);
    assert!(places.p_value.is_some_and(|p| p > 0.01), "{:?}", places.p_value);
}

#[test]
fn predictive_checks_see_every_row_that_a_weight_stands_for() {
    let posterior = kicks(SAMPLED, &KICKS).compile().expect("a posterior");
    let fit = Fit::sample(&posterior, &Settings::default(), &Control::default()).expect("a fit");
    let checks = check_columns(&Replay::of(&posterior, &fit)).expect("checks").swap_remove(0);
    assert_eq!(checks.rows, 200);
    let of = |name: &str| checks.statistics.iter().find(|check| check.name == name).expect("a statistic");
    let mean = of("mean");
    assert!((mean.observed - 0.61).abs() < 1e-12 && (mean.replicated - 0.61).abs() < 0.02, "{mean:?}");
    // 109 replications of a zero are 109 numbers: their share varies as that of 200 rows does.
    let zeros = of("zeros");
    assert!((zeros.observed - 0.545).abs() < 1e-12 && zeros.high - zeros.low > 0.05, "{zeros:?}");
    assert!(checks.findings.is_empty(), "{:?}", checks.findings);

    let prior = kicks(SAMPLED, &KICKS).compile_prior().expect("a prior");
    let described = describe_columns(&Replay::of_prior(&prior, 500, 5)).expect("columns").swap_remove(0);
    assert_eq!((described.rows, described.observed), (200, [0.0, 0.0, 0.0, 1.0, 2.0]));
}

#[test]
fn rows_apart_have_the_same_posterior() {
    for model in [SAMPLED, CONJUGATE] {
        let posterior = kicks(model, &KICKS).compile().expect("a posterior");
        let apart = posterior.rows_apart().expect("few rows");
        let long = written_out(model).compile().expect("a posterior");
        assert_eq!((apart.dimension(), apart.observed_count()), (long.dimension(), 200));
        assert!(std::ptr::eq(apart, apart.rows_apart().expect("few rows")));
        let at = |posterior: &polya::Posterior, position: &[f64]| {
            let mut gradient = vec![0.0; position.len()];
            posterior.log_density(position, &mut gradient, &mut posterior.scratch()).expect("a density")
                + posterior.constant()
        };
        for position in [-0.7, 0.3] {
            let position = vec![position; posterior.dimension()];
            let [weighted, apart, long] = [&posterior, apart, &long].map(|posterior| at(posterior, &position));
            assert!((weighted - long).abs() < 1e-10 && (apart - long).abs() < 1e-10, "{weighted} {apart} {long}");
        }
    }
}

/// Weights that happen to sum to the rows of the table make no table of it.
#[test]
fn rows_apart_are_those_that_weights_stand_for() {
    let columns: [(&str, [f64; 6]); 3] = [
        ("x", [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]),
        ("y", [-2.1, -1.2, 0.3, 0.8, 2.2, 3.1]),
        ("w", [0.0, 2.0, 1.0, 2.0, 0.0, 1.0]),
    ];
    let bind = |rows: &[usize], text: &str| {
        let builder = columns.iter().fold(Table::builder("t"), |builder, (name, values)| {
            builder.numbers(*name, rows.iter().map(|row| values[*row]).collect())
        });
        let table = builder.build().expect("a table");
        let bound = Model::parse(text).and_then(|model| model.bind(Some(&table), &Default::default()));
        bound.and_then(|bound| bound.compile()).expect("a posterior")
    };
    let text = "data x: real, y: real, w: count\nb ~ LogNormal(0, 1)\ny ~ Normal(b * x, 0.5) weight w\n";
    let weighted = bind(&[0, 1, 2, 3, 4, 5], text);
    let long = bind(&[1, 1, 2, 3, 3, 5], &text.replace(", w: count", "").replace(" weight w", ""));
    let of_rows = |posterior: &polya::Posterior| {
        let fit = Fit::sample(posterior, &Settings::default(), &Control::default()).expect("a fit");
        let left_out = leave_rows_out(&Replay::of(posterior, &fit)).expect("rows");
        left_out.loo.rows.iter().map(|row| row.elpd).collect::<Vec<_>>()
    };
    let (found, expected) = (of_rows(&weighted), of_rows(&long));
    assert_eq!((found.len(), found[0], found[3]), (6, found[1], found[4]));
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 0.1), "{found:?} {expected:?}");
}

/// A row that counts 0 times does not decide what is integrated out, nor does its impossible density reach any check.
#[test]
fn rows_that_do_not_count_are_not_there() {
    let bind = |text: &str, columns: &[(&str, &[f64])]| {
        let builder = columns.iter().fold(Table::builder("t"), |builder, (name, x)| builder.numbers(*name, x.to_vec()));
        let table = builder.build().expect("a table");
        let bound = Model::parse(text).and_then(|model| model.bind(Some(&table), &Default::default()));
        bound.and_then(|bound| bound.compile()).expect("a posterior")
    };
    let simplexes = "data r: factor, s: factor, o: counts(a, b), w: count\nal[s, o] ~ Gamma(2, 1)\n\
                     th[r] ~ Dirichlet(al[s])\no ~ Multinomial(th[r]) weight w\n";
    let columns = |weights: &'static [f64]| -> [(&str, &[f64]); 5] {
        let (r, s) = (&[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0, 2.0, 2.0]);
        [("r", r), ("s", s), ("a", &[1.0, 4.0, 2.0, 0.0]), ("b", &[2.0, 2.0, 3.0, 5.0]), ("w", weights)]
    };
    let (some, all) = (bind(simplexes, &columns(&[1.0, 2.0, 0.0, 1.0])), bind(simplexes, &columns(&[1.0; 4])));
    assert_eq!(some.dimension(), all.dimension());
    assert_eq!(some.rows_apart().expect("rows").dimension(), some.dimension());

    // Of no exposure there are no counts.
    let rates = "data g: factor, e: real, y: count, w: count\nl[g] ~ Gamma(2, 1)\ny ~ Poisson(e * l[g]) weight w\n";
    let columns: [(&str, &[f64]); 4] =
        [("g", &[1.0, 1.0, 2.0]), ("e", &[1.0, 0.0, 2.0]), ("y", &[3.0, 4.0, 1.0]), ("w", &[2.0, 0.0, 1.0])];
    let posterior = bind(rates, &columns);
    assert_eq!((posterior.dimension(), posterior.rows_left_out().len()), (0, 0));
    let fit = Fit::sample(&posterior, &Settings::default(), &Control::default()).expect("a fit");
    let replay = Replay::of(&posterior, &fit);
    assert!(replay.joint_log_lik().iter().all(|x| x.is_finite()));
    assert!(leave_groups_out(&replay).expect("groups").is_some_and(|groups| groups.loo.elpd.is_finite()));
}

/// A column of which no row counts is as good as not observed, beside one that is.
#[test]
fn a_column_may_count_nothing() {
    let text = "data k: count, c: count, w: count\np ~ Gamma(1, 1)\nk ~ Poisson(p)\n\
                r ~ Gamma(2, 1)\nc ~ Poisson(r) weight w\n";
    let table = Table::builder("t").numbers("k", vec![1.0, 2.0, 0.0]).numbers("c", vec![2.0, 1.0, 3.0]);
    let table = table.numbers("w", vec![0.0; 3]).build().expect("a table");
    let bound = Model::parse(text).and_then(|model| model.bind(Some(&table), &Default::default())).expect("a model");
    let posterior = bound.compile().expect("a posterior");
    assert!(posterior.rows_left_out().is_empty(), "{:?}", posterior.rows_left_out());
    let fit = Fit::sample(&posterior, &Settings::default(), &Control::default()).expect("a fit");
    let replay = Replay::of(&posterior, &fit);
    assert_eq!(leave_rows_out(&replay).expect("rows").rows.len(), 3);
    let checks = check_columns(&replay).expect("checks");
    assert_eq!(checks[0].rows, 3);
    let r = fit.draws().get("r").expect("a scalar");
    assert!((r.iter().sum::<f64>() / r.len() as f64 - 2.0).abs() < 0.2);
}

#[test]
fn the_sensitivity_to_the_data_counts_every_row() {
    let sensitivity = |bound: Bound| {
        let posterior = bound.compile().expect("a posterior");
        let fit = Fit::sample(&posterior, &Settings::default(), &Control::default()).expect("a fit");
        let found = power_scale(&Replay::of(&posterior, &fit), fit.draws()).expect("sensitivities");
        found[0].scalars[0].1.expect("a sensitivity").likelihood
    };
    let (weighted, long) = (sensitivity(kicks(SAMPLED, &KICKS)), sensitivity(written_out(SAMPLED)));
    assert!((weighted / long - 1.0).abs() < 0.3, "{weighted} {long}");
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let many = kicks(SAMPLED, &[1e5, 3.0]).compile_prior().expect("a prior");
    let error = describe_columns(&Replay::of_prior(&many, 10, 1)).expect_err("too many rows");
    assert!(error.message().contains("stand for 100003 rows"), "{error}");
    let settings = CalibrationSettings { simulations: 4, ..Default::default() };
    let weighted = Calibration::new(kicks(SAMPLED, &KICKS), settings.clone());
    assert!(matches!(weighted, Err(CalibrationError::Weighted { column }) if column == "k"));
    assert!(Calibration::new(kicks(SAMPLED, &[1.0, 1.0]), settings.clone()).is_ok());

    let table = Table::builder("d").numbers("k", vec![1.0, 3.0]).numbers("n", vec![2.0, 4.0]).build().expect("a table");
    let text = "data k: count, n: count\np ~ Beta(1, 1)\na ~ Gamma(1, .1)\nn ~ Poisson(a)\nk ~ Binomial(n, p)\n";
    let chained = Model::parse(text).and_then(|model| model.bind(Some(&table), &Default::default())).expect("a model");
    let refused = Calibration::new(chained, settings);
    assert!(matches!(refused, Err(CalibrationError::Chained { column, user }) if column == "n" && user == "k"));
}
