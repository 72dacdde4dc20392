//! Densities, distribution functions, supports and argument lists of the distributions.

use polya_models::distributions::{ALL, Domain, Scalar, Support, find};
use polya_models::special::logit;

const TABLE: &str = include_str!("tables/distributions.csv");

struct Row {
    line: &'static str,
    distribution: &'static dyn Scalar,
    x: f64,
    args: Vec<f64>,
    log_density: f64,
    cdf: Option<f64>,
}

fn scalar(name: &str) -> &'static dyn Scalar {
    find(name).and_then(|d| d.scalar()).unwrap_or_else(|| panic!("no scalar distribution {name}"))
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().map(|line| {
        let f: Vec<&str> = line.split(',').collect();
        Row {
            line,
            distribution: scalar(f[0]),
            x: f[1].parse().unwrap(),
            args: f[2].split('|').map(|a| a.parse().unwrap()).collect(),
            log_density: f[3].parse().unwrap(),
            cdf: f[4].parse().ok(),
        }
    })
}

fn scaled_error(value: f64, reference: f64) -> f64 {
    if value == reference { 0.0 } else { (value - reference).abs() / reference.abs().max(1.0) }
}

#[test]
fn log_densities_agree_with_the_table() {
    let mut worst: f64 = 0.0;
    for row in rows() {
        let value = row.distribution.log_density(row.x, &row.args);
        let e = scaled_error(value, row.log_density);
        // A great shape or concentration magnifies the rounding of x itself: the derivative by log x, times ε.
        let h = 1e-9;
        let slope = (row.distribution.log_density(row.x * (1.0 + h), &row.args) - value).abs() / h;
        let condition = if slope.is_finite() && !row.distribution.is_discrete() { slope * f64::EPSILON } else { 0.0 };
        assert!(e <= 5e-14 + condition, "{}: {value:e}, error {e:e}", row.line);
        worst = worst.max(e);
    }
    println!("log densities: {worst:e}");
}

#[test]
fn distribution_functions_agree_with_the_table() {
    let mut worst: f64 = 0.0;
    for row in rows() {
        let Some(reference) = row.cdf else { continue };
        let value = row.distribution.cdf(row.x, &row.args);
        let e = scaled_error(value, reference);
        assert!(e <= 1e-12, "{}: {value:e}, error {e:e}", row.line);
        worst = worst.max(e);
    }
    println!("distribution functions: {worst:e}");
}

#[test]
fn distribution_functions_below_a_value_agree_with_the_table() {
    let mut looked_at = 0;
    for row in rows() {
        let Some(upto) = row.cdf else { continue };
        let below = if row.distribution.is_discrete() { upto - row.log_density.exp() } else { upto };
        let found = row.distribution.cdf_around(row.x, &row.args);
        assert_eq!(found.1, row.distribution.cdf(row.x, &row.args));
        assert!((found.0 - below).abs() <= 1e-12, "{}: {:e}, not {below:e}", row.line, found.0);
        let (lowest, _) = row.distribution.support().bounds(&row.args);
        assert!(found.0 >= 0.0 && (row.x > lowest || !row.distribution.is_discrete() || found.0 == 0.0));
        looked_at += usize::from(row.distribution.is_discrete());
    }
    assert!(looked_at > 20, "{looked_at}");
    let poisson = scalar("Poisson");
    assert_eq!(poisson.cdf_around(-1.0, &[2.0]), (0.0, 0.0));
    assert!(poisson.cdf_around(1.0, &[-2.0]).0.is_nan());
}

#[test]
fn every_scalar_distribution_is_in_the_table() {
    for d in ALL {
        let covered = d.vector().is_some() || rows().any(|r| r.distribution.name() == d.name());
        assert!(covered, "{} has no rows", d.name());
        assert!(d.scalar().is_some() != d.vector().is_some());
        assert!(!d.argument_lists().is_empty());
        for list in d.argument_lists() {
            assert_eq!(list.names.len(), list.domains.len(), "{}", d.name());
        }
        assert_eq!(find(d.name()).map(|f| f.name()), Some(d.name()));
    }
    assert_eq!(ALL.len(), 27);
    assert!(find("Zeta").is_none());
}

#[test]
fn pieces_sum_to_the_density() {
    use polya_models::distributions::KernelInputs;
    use polya_models::program::fused::Fused;
    let value = |f: &Fused, inputs: &[f64]| f.at(inputs).0;
    for row in rows() {
        let Some(pieces) = row.distribution.pieces() else {
            assert!(row.distribution.is_discrete());
            continue;
        };
        let mut inputs = match pieces.inputs {
            KernelInputs::X => vec![row.x],
            KernelInputs::XLogX => vec![row.x, row.x.ln()],
            KernelInputs::LogXLog1mX => vec![row.x.ln(), (-row.x).ln_1p()],
        };
        inputs.extend(&row.args);
        assert_eq!(inputs.len(), pieces.kernel.arity);
        assert_eq!(row.args.len(), pieces.normaliser.arity);
        let (k, n) = (value(pieces.kernel, &inputs), value(pieces.normaliser, &row.args));
        let error = (k + n - row.log_density).abs() / (1.0 + k.abs() + n.abs());
        assert!(error < 1e-14, "{}: {k} + {n}, error {error:e}", row.line);
    }
}

#[test]
fn outside_the_support_is_minus_infinity_and_outside_the_domain_nan() {
    for row in rows() {
        let d = row.distribution;
        assert!(d.support().contains(row.x, &row.args), "{}", row.line);
        assert!(d.log_density(f64::NAN, &row.args).is_nan() && d.cdf(f64::NAN, &row.args).is_nan());
        for x in [f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(d.log_density(x, &row.args), f64::NEG_INFINITY, "{}", row.line);
            assert_eq!(d.cdf(x, &row.args), if x > 0.0 { 1.0 } else { 0.0 }, "{}", row.line);
        }
        if d.is_discrete() {
            assert_eq!(d.log_density(0.5, &row.args), f64::NEG_INFINITY);
            assert_eq!(d.log_density(-1.0, &row.args), f64::NEG_INFINITY);
        }
        for i in 0..row.args.len() {
            let mut args = row.args.clone();
            args[i] = f64::NAN;
            assert!(d.log_density(row.x, &args).is_nan() && d.cdf(row.x, &args).is_nan());
            assert!(d.mean(&args).is_nan() && d.variance(&args).is_nan());
            assert_eq!(d.violation(0, &args).map(|v| v.argument), Some(i));
        }
        assert!(d.log_density(row.x, &row.args[1..]).is_nan());
    }
}

#[test]
fn ends_of_supports() {
    let inside = |name: &str, x: f64, args: &[f64]| scalar(name).log_density(x, args) > f64::NEG_INFINITY;
    for (name, args) in
        [("Beta", [2.0, 3.0]), ("Gamma", [2.0, 1.0]), ("LogNormal", [0.0, 1.0]), ("Weibull", [2.0, 1.0])]
    {
        assert!(!inside(name, 0.0, &args) && inside(name, 0.1, &args));
    }
    assert!(!inside("Beta", 1.0, &[2.0, 3.0]));
    assert!(
        inside("Exponential", 0.0, &[1.0]) && inside("HalfNormal", 0.0, &[1.0]) && inside("HalfCauchy", 0.0, &[1.0])
    );
    assert!(inside("Uniform", 2.0, &[1.0, 2.0]) && !inside("Uniform", 2.1, &[1.0, 2.0]));
    assert!(inside("Pareto", 2.0, &[2.0, 1.0]) && !inside("Pareto", 1.9, &[2.0, 1.0]));
    assert!(
        inside("Binomial", 3.0, &[3.0, 1.0])
            && !inside("Binomial", 2.0, &[3.0, 1.0])
            && !inside("Binomial", 4.0, &[3.0, 0.5])
    );
    assert!(inside("Poisson", 0.0, &[0.0]) && !inside("Poisson", 1.0, &[0.0]));
    assert!(!inside("Hypergeometric", 2.0, &[10.0, 5.0, 8.0]) && inside("Hypergeometric", 3.0, &[10.0, 5.0, 8.0]));
    assert_eq!(Support::CountUpTo { n: 0 }.phrase(&["n", "p"]), "a whole number from 0 to n");
    assert!(
        Domain::Simplex.contains_vector(&[0.5, 0.5, 0.0]) && !Domain::OpenSimplex.contains_vector(&[0.5, 0.5, 0.0])
    );
}

#[test]
fn other_argument_lists_give_the_moments_they_name() {
    for (name, list, args) in [
        ("Beta", 2, [0.2, 0.01]),
        ("Beta", 2, [0.5, 0.4999]),
        ("Beta", 2, [1e-6, 1e-9]),
        ("Gamma", 1, [3.0, 0.2]),
        ("Gamma", 1, [1e-5, 1e-3]),
        ("Normal", 1, [3.0, 0.2]),
    ] {
        let d = scalar(name);
        assert_eq!(d.violation(list, &args), None);
        let c = d.canonical(list, &args);
        assert!(scaled_error(d.mean(&c[..2]) / args[0], 1.0) < 1e-14, "{name} {args:?}");
        assert!(scaled_error(d.variance(&c[..2]).sqrt() / args[1], 1.0) < 1e-12, "{name} {args:?}");
    }
    assert_eq!(scalar("Beta").violation(2, &[0.5, 0.5]).map(|v| v.argument), Some(1));
    assert_eq!(scalar("Uniform").violation(0, &[1.0, 1.0]).map(|v| v.must_be), Some("greater than lower"));
    assert_eq!(scalar("Hypergeometric").violation(0, &[10.0, 3.0, 11.0]).map(|v| v.argument), Some(2));
    let c = scalar("NegativeBinomial").canonical(1, &[4.0, 0.25]);
    assert_eq!(c[..2], [12.0, 4.0]);
    let c = scalar("BetaBinomial").canonical(1, &[10.0, 0.25, 8.0]);
    assert_eq!(c[..3], [10.0, 2.0, 6.0]);
}

#[test]
fn distribution_functions_of_great_counts() {
    // Against the beta limit n → ∞ and the binomial limit φ → ∞, and the sum of the two halves.
    let d = scalar("BetaBinomial");
    let c = d.cdf(3e10, &[1e11, 3.0, 7.0]);
    assert!((c - scalar("Beta").cdf(0.3, &[3.0, 7.0])).abs() < 1e-9, "{c}");
    let c = d.cdf(3.00001e10, &[1e11, 3e16, 7e16]);
    let b = scalar("Binomial").cdf(3.00001e10, &[1e11, 0.3]);
    assert!((c - b).abs() < 1e-5, "{c} {b}");
    let sum = d.cdf(999_000.0, &[3e6, 300.0, 700.0]);
    let integral = d.cdf(1_000_100.0, &[3e6, 300.0, 700.0]);
    let between: f64 = (999_001..=1_000_100).map(|k| d.log_density(f64::from(k), &[3e6, 300.0, 700.0]).exp()).sum();
    assert!((sum + between - integral).abs() < 1e-11, "{}", sum + between - integral);
    assert!((scalar("StudentT").cdf(-1.3, &[1e16, 0.0, 1.0]) - scalar("Normal").cdf(-1.3, &[0.0, 1.0])).abs() < 1e-14);
    assert!(logit(0.5) == 0.0);
}
