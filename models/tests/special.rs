//! The special functions against tables of high-precision values, and identities between them.

use polya_models::special::*;

const TABLE: &str = include_str!("tables/special.csv");
const BETA_BINOMIAL: &str = include_str!("tables/beta_binomial.csv");

fn scaled_error(value: f64, reference: f64) -> f64 {
    if value == reference { 0.0 } else { (value - reference).abs() / reference.abs().max(1.0) }
}

fn relative_error(value: f64, reference: f64) -> f64 {
    if value == reference { 0.0 } else { ((value - reference) / reference).abs() }
}

/// The largest error of `f` over the rows of a function; fails if it has none.
fn worst(name: &str, error: fn(f64, f64) -> f64, f: impl Fn(&[f64]) -> f64) -> f64 {
    let mut worst = (0.0, String::new());
    let mut rows = 0;
    for line in TABLE.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        if fields[0] != name {
            continue;
        }
        rows += 1;
        let args: Vec<f64> = fields[1].split('|').map(|a| a.parse().unwrap()).collect();
        let reference: f64 = fields[2].parse().unwrap();
        let value = f(&args);
        let e = error(value, reference);
        if e.is_nan() || e > worst.0 {
            worst = (e, format!("{args:?}: {value:e}, should be {reference:e}"));
        }
    }
    assert!(rows > 0, "no rows of {name}");
    println!("{name}: {:.2e} at {}", worst.0, worst.1);
    worst.0
}

macro_rules! table_test {
    ($test:ident: $($name:literal $error:ident <= $bound:literal $f:expr;)*) => {
        #[test]
        fn $test() {
            $(
                let w = worst($name, $error, $f);
                assert!(w <= $bound, "{}: error {w:e} above {:e}", $name, $bound);
            )*
        }
    };
}

table_test! { gamma_family:
    "lgamma" relative_error <= 1e-15 |a| lgamma(a[0]);
    "digamma" scaled_error <= 1e-15 |a| digamma(a[0]);
    "trigamma" relative_error <= 1e-15 |a| trigamma(a[0]);
    "stirling_error" scaled_error <= 1e-15 |a| stirling_error(a[0]);
    "digamma_remainder" scaled_error <= 1e-15 |a| digamma_remainder(a[0]);
    "stirling_error" scaled_error <= 1e-15 |a| stirling_and_remainder(a[0]).0;
    "digamma_remainder" scaled_error <= 1e-15 |a| stirling_and_remainder(a[0]).1;
    "log_rising" scaled_error <= 2e-15 |a| log_rising(a[0], a[1]).0;
    "log_rising_partial" scaled_error <= 1e-15 |a| log_rising(a[0], a[1]).1[0];
}

table_test! { elementary:
    "log1pmx" relative_error <= 1e-15 |a| log1pmx(a[0]);
    "bd0" relative_error <= 1e-15 |a| bd0(a[0], a[1]);
    "softplus" relative_error <= 5e-16 |a| softplus(a[0]);
    "inv_logit" relative_error <= 5e-16 |a| inv_logit(a[0]);
    "log_inv_logit" relative_error <= 5e-16 |a| log_inv_logit(a[0]);
    "logit" relative_error <= 5e-16 |a| logit(a[0]);
    "log1m_exp" relative_error <= 5e-16 |a| log1m_exp(a[0]);
}

table_test! { beta_family:
    "lbeta" scaled_error <= 2e-15 |a| lbeta(a[0], a[1]);
    "lbeta_partial" scaled_error <= 1e-14 |a| lbeta_partials(a[0], a[1])[0];
    "lbeta_partial" scaled_error <= 1e-14 |a| lbeta_partials(a[1], a[0])[1];
    "log_choose" scaled_error <= 2e-15 |a| log_choose(a[0], a[1]);
}

table_test! { normal_family:
    "erf" relative_error <= 1e-15 |a| erf(a[0]);
    "erfc" relative_error <= 2e-15 |a| erfc(a[0]);
    "erfcx" relative_error <= 1e-15 |a| erfcx(a[0]);
    "normal_cdf" relative_error <= 2e-15 |a| normal_cdf(a[0]);
    "log_normal_cdf" relative_error <= 4e-15 |a| log_normal_cdf(a[0]);
    "normal_quantile" scaled_error <= 2e-15 |a| normal_quantile(a[0]);
}

table_test! { incomplete_functions:
    "gamma_p" scaled_error <= 1e-14 |a| regularised_gamma(a[0], a[1]).0;
    "gamma_q" scaled_error <= 1e-14 |a| regularised_gamma(a[0], a[1]).1;
    "gamma_p" relative_error <= 1e-12 |a| regularised_gamma(a[0], a[1]).0;
    "beta_lower" scaled_error <= 1e-12 |a| regularised_beta(a[0], a[1], a[2], 1.0 - a[2]).0;
    "beta_upper" scaled_error <= 1e-12 |a| regularised_beta(a[0], a[1], a[2], 1.0 - a[2]).1;
    "beta_upper" scaled_error <= 1e-12 |a| regularised_beta(a[1], a[0], 1.0 - a[2], a[2]).0;
}

/// All rows: α, β from 1e-300 to 5e18, counts to 1e11. Value 1e-13, derivatives 1e-11, scaled.
#[test]
fn beta_binomial_by_the_negative_binomial_ratio() {
    let mut worst = [0.0_f64; 5];
    let mut rows = 0;
    for line in BETA_BINOMIAL.lines().skip(1) {
        let x: Vec<f64> = line.split(',').map(|v| v.parse().unwrap()).collect();
        let [k, n, alpha, beta] = [x[0], x[1], x[2], x[3]];
        let r = beta_binomial(k, n, alpha, beta);
        let value = r.value + count_constant(k) + count_constant(n - k) - count_constant(n);
        let values = [value, r.d_alpha, r.d_beta, r.d_log_concentration, r.d_logit_mean];
        for (j, (worst, value)) in worst.iter_mut().zip(values).enumerate() {
            let e = scaled_error(value, x[4 + j]);
            assert!(e <= if j == 0 { 1e-13 } else { 1e-11 }, "column {j}: error {e:e} of {value:e} in {line}");
            *worst = worst.max(e);
        }
        rows += 1;
    }
    println!("beta-binomial: {worst:?}");
    assert_eq!(rows, 1513);
}

/// The terms of the Dirichlet-multinomial of two categories, taken apart and put together, on the same table.
#[test]
fn two_categories_are_the_beta_binomial() {
    let mut worst = [0.0_f64; 3];
    for line in BETA_BINOMIAL.lines().skip(1) {
        let x: Vec<f64> = line.split(',').map(|v| v.parse().unwrap()).collect();
        let [k, n, alpha, beta] = [x[0], x[1], x[2], x[3]];
        let phi = alpha + beta;
        let (a, b) = (ratio_term(k, n, alpha, phi), ratio_term(n - k, n, beta, phi));
        let (total, d_phi) = ratio_total(n, phi);
        let constant = count_constant(k) + count_constant(n - k) - count_constant(n);
        worst[0] = worst[0].max(scaled_error(a.value + b.value + total + constant, x[4]));
        worst[1] = worst[1].max(scaled_error(a.d_log_concentration + b.d_log_concentration + phi * d_phi, x[7]));
        worst[2] = worst[2].max(scaled_error(a.d_alpha + d_phi, x[5]));
    }
    println!("two categories: {worst:?}");
    assert!(worst[0] <= 1e-13 && worst[1] <= 1e-11 && worst[2] <= 1e-11, "{worst:?}");
}

#[test]
fn quantiles_invert_distribution_functions() {
    for (a, b) in
        [(0.002, 0.002), (1e-5, 3.0), (0.5, 0.5), (1.0, 1.0), (2.0, 30.0), (5e3, 5e6), (1e8, 2e8), (3e12, 1e11)]
    {
        for p in [1e-200, 1e-12, 0.01, 0.3, 0.5, 0.77, 0.999, 1.0 - 1e-12] {
            let t = beta_quantile_logit(a, b, p);
            if t.abs() < 600.0 {
                let (lower, upper) = regularised_beta(a, b, inv_logit(t), inv_logit(-t));
                // One rounding of t moves the tail by its density.
                let slack = 1e-11 + 200.0 * f64::EPSILON * t.abs() * (a.min(b)).sqrt();
                let e = if p < 0.5 { relative_error(lower, p) } else { relative_error(upper, 1.0 - p) };
                assert!(e < slack, "Beta({a}, {b}) at {p}: {e:e}");
            }
            let g = gamma_quantile(a, p);
            if g > -600.0 {
                let (lower, upper) = regularised_gamma(a, g.exp());
                let e = if p < 0.5 { relative_error(lower, p) } else { relative_error(upper, 1.0 - p) };
                let slack = 1e-11 + 50.0 * f64::EPSILON * g.abs().max(1.0) * a.sqrt().max(1.0);
                assert!(e < slack, "Gamma({a}) at {p}: {e:e}");
            }
        }
    }
}

#[test]
fn outside_the_domain_is_nan_and_never_a_panic() {
    let wild = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, -1.0, 1e-320, 1e308, 1.0, f64::MAX];
    for &a in &wild {
        for f in [lgamma, digamma, trigamma, stirling_error, digamma_remainder, erf, normal_cdf, normal_quantile] {
            let _ = f(a);
        }
        for &b in &wild {
            let _ = (lbeta(a, b), log_choose(a, b), bd0(a, b), log_rising(a, b), regularised_gamma(a, b));
            let _ = (beta_quantile_logit(a, b, 0.3), gamma_quantile(a, b), log_sum_exp(&[a, b]));
            let _ = (regularised_beta(a, b, 0.5, 0.5), regularised_beta(1.0, 2.0, a, b), beta_binomial(a, b, 1.0, 1.0));
            let _ = (beta_binomial(1.0, 3.0, a, b), ratio_term(1.0, 2.0, a, b), log_diff_exp(a, b));
        }
    }
    for f in [lgamma, digamma, trigamma, stirling_error, digamma_remainder] {
        assert!(f(-1.0).is_nan() && f(f64::NAN).is_nan());
    }
    assert!(normal_quantile(1.5).is_nan() && beta_quantile_logit(-1.0, 1.0, 0.5).is_nan());
}

#[test]
fn sums_of_exponentials() {
    assert_eq!(log_sum_exp(&[]), f64::NEG_INFINITY);
    assert_eq!(log_sum_exp(&[f64::NEG_INFINITY; 3]), f64::NEG_INFINITY);
    assert!(log_sum_exp(&[0.0, f64::NAN, 1.0]).is_nan());
    assert!(scaled_error(log_sum_exp(&[-2000.0, -2000.0]), -2000.0 + 2.0_f64.ln()) < 1e-15);
    assert!(scaled_error(log_sum_exp_pair(3.0, 1.0), log_sum_exp(&[1.0, 3.0])) < 1e-15);
    assert!(scaled_error(log_diff_exp(3.0, 1.0), (3.0_f64.exp() - 1.0_f64.exp()).ln()) < 1e-15);
    assert_eq!(log_diff_exp(1.0, 1.0), f64::NEG_INFINITY);
}
