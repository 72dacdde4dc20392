//! Laws that hold at any parameters: masses sum to 1, densities integrate to the distribution function, vectors of two
//! categories are their scalar counterparts.

use polya_models::distributions::*;
use proptest::prelude::*;

fn scalar(name: &str) -> &'static dyn Scalar {
    find(name).and_then(|d| d.scalar()).unwrap()
}

fn vector(name: &str) -> &'static dyn Vector {
    find(name).and_then(|d| d.vector()).unwrap()
}

/// A positive number over many magnitudes.
fn magnitude(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.log10()..high.log10()).prop_map(|e| 10.0_f64.powf(e))
}

/// The sum of the masses up to each k is the distribution function there.
fn masses_sum(d: &dyn Scalar, args: &[f64], upto: u32) -> Result<(), TestCaseError> {
    let mut sum = 0.0;
    for k in 0..=upto {
        let mass = d.log_density(f64::from(k), args).exp();
        sum += mass;
        let cdf = d.cdf(f64::from(k), args);
        prop_assert!((sum - cdf).abs() < 1e-11, "{d:?}{args:?} at {k}: {sum} {cdf}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn masses_sum_to_distribution_functions(
        n in 0_u32..60, p in 0.0..=1.0, a in magnitude(1e-6, 1e6), b in magnitude(1e-6, 1e6), mean in magnitude(1e-8, 30.0),
    ) {
        let size = f64::from(n);
        masses_sum(scalar("Binomial"), &[size, p], n)?;
        masses_sum(scalar("Bernoulli"), &[p], 1)?;
        masses_sum(scalar("BetaBinomial"), &[size, a, b], n)?;
        masses_sum(scalar("Poisson"), &[mean], 80)?;
        masses_sum(scalar("NegativeBinomial"), &[mean, a], 80)?;
        masses_sum(scalar("Geometric"), &[p.max(1e-3)], 80)?;
        let (successes, draws) = ((size * p).round(), (size * (1.0 - p)).round());
        masses_sum(scalar("Hypergeometric"), &[size, successes, draws], n)?;
        prop_assert_eq!(scalar("BetaBinomial").cdf(size, &[size, a, b]), 1.0);
    }

    #[test]
    fn densities_integrate_to_distribution_functions(a in 0.3..5.0, b in 0.3..5.0, low in 0.05..0.5, width in 0.01..0.4) {
        for (name, args) in [
            ("Beta", vec![a, b]), ("Normal", vec![a - 2.0, b]), ("Logistic", vec![a - 2.0, b]), ("Cauchy", vec![a - 2.0, b]),
            ("StudentT", vec![a, b - 2.0, b]), ("HalfStudentT", vec![a, b]), ("HalfNormal", vec![a]), ("HalfCauchy", vec![a]),
            ("LogNormal", vec![a - 2.0, b]), ("Exponential", vec![a]), ("Gamma", vec![a, b]), ("InverseGamma", vec![a, b]),
            ("Weibull", vec![a, b]), ("Pareto", vec![0.04, a]), ("Uniform", vec![-a, b + 1.0]),
            ("Laplace", vec![1.0, b]),
        ] {
            let d = scalar(name);
            let pieces = 400;
            let high: f64 = low + width * low;
            let h = (high - low) / f64::from(pieces);
            // Simpson
            let integral: f64 = (0..pieces).map(|i| {
                let x = low + h * f64::from(i);
                let f = |x: f64| d.log_density(x, &args).exp();
                h / 6.0 * (f(x) + 4.0 * f(x + 0.5 * h) + f(x + h))
            }).sum();
            let difference = d.cdf(high, &args) - d.cdf(low, &args);
            prop_assert!((integral - difference).abs() < 1e-9, "{}{:?}: {} {}", name, args, integral, difference);
        }
    }

    #[test]
    fn two_categories_are_the_scalar_counterparts(
        n in 1_u32..1_000_000, share in 0.0..=1.0, p in 0.001..0.999, a in magnitude(1e-6, 1e12), b in magnitude(1e-6, 1e12),
    ) {
        let n = f64::from(n);
        let k = f64::round(n * share);
        let close = |x: f64, y: f64| (x - y).abs() <= 1e-12 * (1.0 + x.abs());
        let x = vector("Multinomial").log_density(&[k, n - k], &[&[n], &[p, 1.0 - p]]);
        prop_assert!(close(x, scalar("Binomial").log_density(k, &[n, p])));
        let x = vector("DirichletMultinomial").log_density(&[k, n - k], &[&[n], &[a, b]]);
        prop_assert!(close(x, scalar("BetaBinomial").log_density(k, &[n, a, b])));
        let (a, b) = (a.min(1e3), b.min(1e3));
        let x = vector("Dirichlet").log_density(&[p, 1.0 - p], &[&[a, b]]);
        prop_assert!(close(x, scalar("Beta").log_density(p, &[a, b])), "{}", x);
        let x = vector("Categorical").log_density(&[1.0], &[&[p, 1.0 - p]]);
        prop_assert!(close(x, scalar("Bernoulli").log_density(0.0, &[p])));
    }

    #[test]
    fn merging_two_categories_of_a_dirichlet_multinomial(a in magnitude(1e-3, 1e6), b in magnitude(1e-3, 1e6), c in magnitude(1e-3, 1e6)) {
        // The sum of the first two counts has the merged distribution.
        let n = 12.0;
        let d = vector("DirichletMultinomial");
        for merged in 0..=12_u32 {
            let m = f64::from(merged);
            let sum: f64 = (0..=merged)
                .map(|i| d.log_density(&[f64::from(i), m - f64::from(i), n - m], &[&[n], &[a, b, c]]).exp())
                .sum();
            let whole = d.log_density(&[m, n - m], &[&[n], &[a + b, c]]).exp();
            prop_assert!((sum - whole).abs() < 1e-12 * (1.0 + whole), "{} {}", sum, whole);
        }
    }
}

#[test]
fn constants_and_elements_of_the_multinomial_make_its_density() {
    for y in [vec![3.0, 0.0, 7.0], vec![0.0, 0.0, 0.0], vec![1e10, 2e10, 5.0]] {
        let p = [0.25, 0.25, 0.5];
        let n: f64 = y.iter().sum();
        let elements: f64 = y.iter().zip(p).map(|(&y, p): (&f64, f64)| y * p.ln()).sum();
        let whole = vector("Multinomial").log_density(&y, &[&[n], &p]);
        assert!((elements + multinomial::base(&y) - whole).abs() <= 1e-14 * (1.0 + elements.abs()), "{y:?}");
    }
    for k in [0.0, 1.0, 30.0] {
        let parts = [
            (
                binomial::base(k, 40.0) + k * 0.3_f64.ln() + (40.0 - k) * 0.7_f64.ln(),
                scalar("Binomial").log_density(k, &[40.0, 0.3]),
            ),
            (poisson::base(k) + k * 3.0_f64.ln() - 3.0, scalar("Poisson").log_density(k, &[3.0])),
        ];
        for (sum, whole) in parts {
            assert!((sum - whole).abs() < 1e-12);
        }
    }
}

#[test]
fn other_lists_of_the_vectors() {
    let mean: &[f64] = &[0.25, 0.75];
    assert_eq!(vector("Dirichlet").canonical(1, &[mean, &[8.0]]), vec![vec![2.0, 6.0]]);
    assert_eq!(vector("DirichletMultinomial").canonical(1, &[&[9.0], mean, &[8.0]]), vec![vec![9.0], vec![2.0, 6.0]]);
    assert!(vector("Dirichlet").vector_violation(1, &[&[0.5, 0.6], &[8.0]]).is_some());
    assert!(vector("Multinomial").log_density(&[1.0, 1.0], &[&[3.0], mean]) == f64::NEG_INFINITY);
    assert!(vector("Dirichlet").log_density(&[0.0, 1.0], &[&[1.0, 1.0]]) == f64::NEG_INFINITY);
    assert!(vector("Multinomial").log_density(&[3.0, 0.0], &[&[3.0], &[1.0, 0.0]]) == 0.0);
}
