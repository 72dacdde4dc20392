//! Marginal likelihoods against closed forms, quadrature, and themselves with other parts of the model integrated out.

use polya::checks::evidence::{Evidence, evidence, same_data};
use polya::engine::LogDensity;
use polya::models::Passes;
use polya::models::special::{lbeta, lgamma, log_choose};
use polya::{Control, Fit, Model, Posterior, Replay, Settings, Table};

fn compile(text: &str, table: &Table, integrate: bool) -> Posterior {
    let bound = Model::parse(text).and_then(|m| m.bind(Some(table), &Default::default()));
    let passes = Passes { integrate, collapse: integrate };
    bound.and_then(|b| b.compile_with(passes)).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn found(posterior: &Posterior) -> Evidence {
    let settings = Settings { warmup: 500, draws: 1000, seed: 21, ..Settings::default() };
    let fit = Fit::sample(posterior, &settings, &Control::default()).expect("a fit");
    evidence(&Replay::of(posterior, &fit)).unwrap_or_else(|error| panic!("{error}"))
}

fn table(columns: &[(&str, &[f64])]) -> Table {
    let builder =
        columns.iter().fold(Table::builder("t"), |builder, (name, values)| builder.numbers(*name, values.to_vec()));
    builder.build().expect("a table")
}

/// The estimate is within four of its standard errors of the truth, and the error is small.
fn agrees(found: &Evidence, truth: f64, what: &str) {
    agrees_roughly(found, truth, 0.1, what);
}

/// The same where the error may be so large.
fn agrees_roughly(found: &Evidence, truth: f64, error: f64, what: &str) {
    assert!(!found.exact && found.error < error, "{what}: {found:?}");
    let distance = (found.log_marginal - truth).abs();
    assert!(distance < 4.0 * found.error + 1e-9, "{what}: {found:?} is not {truth}");
}

/// Conjugate models: exact with the variable integrated out, and the same by the bridge where it is sampled.
#[test]
fn bridges_lead_to_closed_forms() {
    let data = table(&[("y", &[3.0, 7.0, 2.0]), ("n", &[20.0, 30.0, 25.0]), ("x", &[0.4, -1.1, 2.3])]);
    let beta = {
        let choose: f64 = [(20.0, 3.0), (30.0, 7.0), (25.0, 2.0)].iter().map(|(n, y)| log_choose(*n, *y)).sum();
        choose + lbeta(2.0 + 12.0, 5.0 + 63.0) - lbeta(2.0, 5.0)
    };
    let gamma = {
        let factorials: f64 = [3.0, 7.0, 2.0].iter().map(|y| lgamma(y + 1.0)).sum();
        2.0 * 0.5_f64.ln() - lgamma(2.0) + lgamma(14.0) - 14.0 * 3.5_f64.ln() - factorials
    };
    let simplex = {
        let coefficient = lgamma(13.0) - lgamma(4.0) - lgamma(8.0) - lgamma(3.0);
        let normaliser = |a: [f64; 3]| a.iter().map(|a| lgamma(*a)).sum::<f64>() - lgamma(a.iter().sum());
        coefficient + normaliser([4.0, 8.0, 5.0]) - normaliser([1.0, 1.0, 3.0])
    };
    let normal = {
        // Observations with covariance 4 J + I: determinant 13, inverse I - 4/13 J.
        let (sum, squares) = (1.6_f64, 0.16_f64 + 1.21 + 5.29);
        -1.5 * (2.0 * std::f64::consts::PI).ln() - 0.5 * 13.0_f64.ln() - 0.5 * (squares - 4.0 / 13.0 * sum * sum)
    };
    let counts = table(&[("u", &[3.0]), ("v", &[7.0]), ("w", &[2.0])]);
    let cases = [
        ("data y: count, n: count\np ~ Beta(2, 5)\ny ~ Binomial(n, p)\n", &data, beta),
        ("data y: count\nrate ~ Gamma(2, 0.5)\ny ~ Poisson(rate)\n", &data, gamma),
        ("data o: counts(u, v, w)\np[o] ~ Dirichlet([1, 1, 3])\no ~ Multinomial(p)\n", &counts, simplex),
        ("data x: real\nm ~ Normal(0, 2)\nx ~ Normal(m, 1)\n", &data, normal),
    ];
    for (text, table, truth) in cases {
        let exact = found(&compile(text, table, true));
        assert!(
            exact.exact && exact.error == 0.0 && (exact.log_marginal - truth).abs() < 1e-10,
            "{exact:?} is not {truth}\n{text}"
        );
        agrees(&found(&compile(text, table, false)), truth, text);
    }
}

/// A hierarchy has one marginal likelihood, whatever of it is integrated out and however its levels are centred.
#[test]
fn what_is_integrated_out_changes_nothing() {
    let y = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
    let s = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
    let schools = Table::builder("t").labels("school", ["a", "b", "c", "d", "e", "f", "g", "h"]);
    let schools = schools.numbers("y", y.to_vec()).numbers("s", s.to_vec()).build().expect("a table");
    let text = |modifier: &str| {
        format!(
            "data school: factor, y: real, s: real\nmu ~ Normal(0, 10)\ntau ~ HalfNormal(10)\n\
             theta[school] ~ Normal(mu, tau){modifier}\ny ~ Normal(theta[school], s)\n"
        )
    };
    // Given tau the observations are normal with covariance 100 J + diag(s² + tau²).
    let given = |tau: f64| {
        let v: Vec<f64> = s.iter().map(|s| s * s + tau * tau).collect();
        let precision: f64 = v.iter().map(|v| 1.0 / v).sum();
        let weighted: f64 = y.iter().zip(&v).map(|(y, v)| y / v).sum();
        let squares: f64 = y.iter().zip(&v).map(|(y, v)| y * y / v).sum();
        let determinant = v.iter().map(|v| v.ln()).sum::<f64>() + (100.0 * precision).ln_1p();
        let quadratic = squares - weighted * weighted / (0.01 + precision);
        -0.5 * (8.0 * (2.0 * std::f64::consts::PI).ln() + determinant + quadratic)
    };
    // Simpson's rule over tau, of a smooth integrand.
    let (steps, width) = (4000, 0.02);
    let prior = |tau: f64| (2.0 / (std::f64::consts::PI * 100.0)).sqrt() * (-tau * tau / 200.0).exp();
    let integral: f64 = (0..=steps)
        .map(|i| {
            let tau = f64::from(i) * width;
            let weight = if i == 0 || i == steps {
                1.0
            } else if i % 2 == 1 {
                4.0
            } else {
                2.0
            };
            weight * (given(tau) + 32.0).exp() * prior(tau)
        })
        .sum();
    let truth = (integral * width / 3.0).ln() - 32.0;
    for (modifier, integrate) in [("", true), ("", false), (" @centred", false), (" @noncentred", false)] {
        // Centred levels of little data make a funnel, whose draws are as good as their luck: errors of 0.04 to 0.4.
        let error = if modifier == " @centred" { 0.6 } else { 0.1 };
        agrees_roughly(&found(&compile(&text(modifier), &schools, integrate)), truth, error, modifier);
    }
}

/// A hierarchy whose scale is known: y is normal with covariance 5² J + diag(s² + 4²) given nothing.
#[test]
fn a_known_scale_counts_however_levels_are_centred() {
    let (y, s) = ([1.0, 7.0, -4.0], [2.0, 3.0, 1.0]);
    let table = Table::builder("t").labels("g", ["a", "b", "c"]).numbers("y", y.to_vec()).numbers("s", s.to_vec());
    let table = table.build().expect("a table");
    let v: Vec<f64> = s.iter().map(|s| s * s + 16.0).collect();
    let precision: f64 = v.iter().map(|v| 1.0 / v).sum();
    let weighted: f64 = y.iter().zip(&v).map(|(y, v)| y / v).sum();
    let squares: f64 = y.iter().zip(&v).map(|(y, v)| y * y / v).sum();
    let determinant = v.iter().map(|v| v.ln()).sum::<f64>() + (25.0 * precision).ln_1p();
    let quadratic = squares - weighted * weighted / (0.04 + precision);
    let truth = -0.5 * (3.0 * (2.0 * std::f64::consts::PI).ln() + determinant + quadratic);
    for modifier in ["", " @centred", " @noncentred", " @auto"] {
        let text = format!(
            "data g: factor, y: real, s: real\nmu ~ Normal(0, 5)\ntheta[g] ~ Normal(mu, 4){modifier}\ny ~ Normal(theta[g], s)\n"
        );
        agrees(&found(&compile(&text, &table, false)), truth, modifier);
    }
}

/// A logistic regression against a grid over its two parameters.
#[test]
fn a_regression_agrees_with_quadrature() {
    let (x, y, n) = ([-1.0, -0.2, 0.5, 1.4], [1.0, 4.0, 6.0, 9.0], [10.0, 11.0, 12.0, 10.0]);
    let data = table(&[("x", &x), ("y", &y), ("n", &n)]);
    let text = "data x: real, y: count, n: count\na ~ Normal(0, 1.5)\nb ~ Normal(0, 1)\ny ~ Binomial(n, inv_logit(a + b * x))\n";
    let normal = |z: f64, sd: f64| -0.5 * (z / sd).powi(2) - (sd * (2.0 * std::f64::consts::PI).sqrt()).ln();
    let log_joint = |a: f64, b: f64| {
        let row = |i: usize| {
            let eta = a + b * x[i];
            log_choose(n[i], y[i]) + y[i] * eta - n[i] * eta.exp().ln_1p()
        };
        normal(a, 1.5) + normal(b, 1.0) + (0..4).map(row).sum::<f64>()
    };
    let step = 0.02;
    let axis = || (-300..=300).map(|i| f64::from(i) * step);
    let integral: f64 = axis().flat_map(|a| axis().map(move |b| (a, b))).map(|(a, b)| log_joint(a, b).exp()).sum();
    agrees(&found(&compile(text, &data, true)), (integral * step * step).ln(), "regression");
}

/// A rate against one half: the exact Bayes factor, and the same with the rate sampled.
#[test]
fn bayes_factors_are_of_the_same_data() {
    let data = table(&[("y", &[14.0]), ("z", &[3.0]), ("n", &[20.0])]);
    let free = "data y: count, n: count\np ~ Beta(1, 1)\ny ~ Binomial(n, p)\n";
    let fair = "data y: count, n: count\np ~ Beta(1, 1)\ny ~ Binomial(n, 0.5)\n";
    let (free_exact, fair_exact) = (compile(free, &data, true), compile(fair, &data, true));
    let truth = 20.0 * 2.0_f64.ln() - log_choose(20.0, 14.0) - 21.0_f64.ln();
    let (factor, error) = found(&free_exact).log_bayes_factor(&found(&fair_exact));
    assert!(error == 0.0 && (factor - truth).abs() < 1e-12, "{factor} is not {truth}");
    let (factor, error) = found(&compile(free, &data, false)).log_bayes_factor(&found(&fair_exact));
    assert!(error > 0.0 && (factor - truth).abs() < 4.0 * error, "{factor} ± {error} is not {truth}");

    assert!(same_data(&free_exact, &fair_exact));
    let other = compile("data z: count, n: count\np ~ Beta(1, 1)\nz ~ Binomial(n, p)\n", &data, true);
    assert!(!same_data(&free_exact, &other));
    let changed = table(&[("y", &[13.0]), ("n", &[20.0])]);
    assert!(!same_data(&free_exact, &compile(free, &changed, true)));
    // Rows that count several times are other data.
    let weighted = "data y: count, n: count, w: count\np ~ Beta(1, 1)\ny ~ Binomial(n, p) weight w\n";
    let of = |weight: f64| table(&[("y", &[14.0]), ("n", &[20.0]), ("w", &[weight])]);
    assert!(same_data(&free_exact, &compile(weighted, &of(1.0), true)));
    assert!(!same_data(&free_exact, &compile(weighted, &of(2.0), true)));
}

/// Times of 0 tell of a rate that is integrated out: the evidence is the integral over its prior's rate t,
/// t e^-t · 6 t²/(t + 2)^4 · 6 t²/(t + 3/2)^4 · 6/t².
#[test]
fn times_of_zero_enter_the_evidence() {
    let text = "data g: factor, y: real\nt ~ Gamma(2, 1)\nr[g] ~ Gamma(2, t)\ny ~ Exponential(r[g])\n";
    let data = table(&[("g", &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]), ("y", &[0.0, 2.0, 0.5, 1.0, 0.0, 0.0])]);
    let density = |t: f64| t * (-t).exp() * 216.0 * t * t / ((t + 2.0) * (t + 1.5)).powi(4);
    let truth: f64 = (0..4000).map(|i| 0.01 * density(0.01 * (f64::from(i) + 0.5))).sum();
    let posterior = compile(text, &data, true);
    assert_eq!(posterior.dimension(), 1);
    agrees(&found(&posterior), truth.ln(), "zero times");
}

#[test]
fn the_evidence_of_nothing_observed_is_1() {
    let table = Table::builder("t").text("k", ["", "NA"]).text("n", ["3", "4"]).build().expect("a table");
    let posterior = compile("data k: count, n: count\np ~ Beta(1, 1)\nk ~ Binomial(n, p)\n", &table, true);
    let settings = Settings { warmup: 200, draws: 100, seed: 1, ..Settings::default() };
    let fit = Fit::sample(&posterior, &settings, &Control::default()).expect("a fit");
    assert_eq!(fit.summary(&Default::default()).sampler.log_evidence, Some(0.0));
}
