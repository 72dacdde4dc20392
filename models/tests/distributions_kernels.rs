//! The pieces the compiled density is made of: partial derivatives against differences and high-precision tables.

use polya_models::distributions::*;
use polya_models::program::fused::Fused;
use polya_models::special::logit_from_log;

const TABLE: &str = include_str!("tables/kernels.csv");

fn evaluate(f: &Fused, inputs: &[f64]) -> (f64, Vec<f64>) {
    assert_eq!(inputs.len(), f.arity, "{}", f.name);
    let (value, partials) = f.at(inputs);
    (value, partials[..f.arity].to_vec())
}

/// Compares the partials by all inputs but the first `data` with central differences of the fourth order.
fn check(f: &Fused, data: usize, inputs: &[f64]) {
    let (value, partials) = evaluate(f, inputs);
    for j in 0..f.arity {
        if j < data {
            assert_eq!(partials[j], 0.0, "{}: partial by datum {j}", f.name);
            continue;
        }
        let h = 1e-3 * inputs[j].abs().max(1e-2) * if inputs[j].abs() > 100.0 { 0.1 } else { 1.0 };
        let at = |step: f64| {
            let mut moved = inputs.to_vec();
            moved[j] += step * h;
            evaluate(f, &moved).0
        };
        let difference = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * h);
        let tolerance = 1e-7 * (1.0 + partials[j].abs()) + 1e-14 * value.abs() / h;
        assert!(
            (difference - partials[j]).abs() <= tolerance,
            "{} at {inputs:?}: partial {j} is {}, by differences {difference}",
            f.name,
            partials[j]
        );
    }
}

#[test]
fn continuous_pieces_against_differences() {
    for (d, args) in [
        ("Beta", vec![2.5, 0.7]),
        ("Normal", vec![0.3, 1.7]),
        ("Logistic", vec![0.3, 1.7]),
        ("Laplace", vec![0.3, 1.7]),
        ("Cauchy", vec![0.3, 1.7]),
        ("StudentT", vec![3.5, 0.3, 1.7]),
        ("HalfStudentT", vec![3.5, 1.7]),
        ("HalfNormal", vec![1.7]),
        ("HalfCauchy", vec![1.7]),
        ("LogNormal", vec![0.3, 1.7]),
        ("Exponential", vec![1.7]),
        ("Gamma", vec![2.3, 1.7]),
        ("InverseGamma", vec![2.3, 1.7]),
        ("Weibull", vec![2.3, 1.7]),
        ("Uniform", vec![-1.0, 1.7]),
        ("Pareto", vec![0.05, 1.7]),
    ] {
        let pieces = find(d).unwrap().scalar().unwrap().pieces().unwrap();
        check(pieces.normaliser, 0, &args);
        for x in [0.1_f64, 0.45, 0.9] {
            let mut inputs = match pieces.inputs {
                KernelInputs::X => vec![x],
                KernelInputs::XLogX => vec![x, x.ln()],
                KernelInputs::LogXLog1mX => vec![x.ln(), (-x).ln_1p()],
            };
            inputs.extend(&args);
            check(pieces.kernel, 0, &inputs);
        }
    }
    let continuous = ALL.iter().filter_map(|d| d.scalar()).filter(|d| d.pieces().is_some()).count();
    assert_eq!(continuous, 16);
}

#[test]
fn discrete_pieces_against_differences() {
    for eta in [-30.0, -2.0, 0.4, 3.0, 25.0] {
        check(&binomial::LINK_KERNEL, 2, &[3.0, 10.0, eta]);
        check(&geometric::LINK_KERNEL, 1, &[3.0, eta]);
        check(&poisson::LINK_KERNEL, 1, &[3.0, eta.min(5.0)]);
        for r in [0.1, 3.0, 1e4] {
            for k in [0.0, 1.0, 20.0] {
                check(&negative_binomial::MEAN_KERNEL, 1, &[k, eta.clamp(-8.0, 6.0), r]);
            }
        }
    }
    for p in [0.01, 0.4, 0.93] {
        let logs: [f64; 2] = [f64::ln(p), f64::ln_1p(-p)];
        for k in [0.0, 4.0, 10.0] {
            check(&binomial::PROBABILITY_KERNEL, 2, &[k, 10.0, p]);
            check(&binomial::LOG_KERNEL, 2, &[k, 10.0, logs[0], logs[1]]);
            check(&geometric::PROBABILITY_KERNEL, 1, &[k, p]);
            check(&geometric::LOG_KERNEL, 1, &[k, logs[0], logs[1]]);
            check(&negative_binomial::SUCCESSES_KERNEL, 1, &[k, 2.5, logs[0], logs[1]]);
            check(&poisson::RATE_KERNEL, 1, &[k, 10.0 * p]);
            check(&multinomial::ELEMENT_KERNEL, 1, &[k, logs[0]]);
            for phi in [0.3, 5.0, 2e3] {
                check(&beta_binomial::KERNEL, 2, &[k, 10.0, p * phi, (1.0 - p) * phi]);
                check(&beta_binomial::MEAN_KERNEL, 2, &[k, 10.0, logs[0] - logs[1], phi]);
                check(&dirichlet_multinomial::ELEMENT_KERNEL, 2, &[k, 10.0, p * phi, phi]);
                check(&dirichlet_multinomial::MEAN_ELEMENT_KERNEL, 2, &[k, 10.0, p, phi]);
                check(&dirichlet_multinomial::TOTAL_KERNEL, 1, &[k, phi]);
            }
        }
        check(&dirichlet::ELEMENT_KERNEL, 0, &[logs[0], 2.5]);
        check(&dirichlet::ELEMENT_NORMALISER, 0, &[p]);
        check(&dirichlet::TOTAL_NORMALISER, 0, &[10.0 * p]);
        check(&categorical::KERNEL, 0, &[logs[0]]);
    }
}

/// The saddle-point form takes x + (1 − x) = 1 for granted: the differences go along that curve.
#[test]
fn beta_density_against_differences() {
    for (x, a, b) in [(0.3_f64, 1.0, 1.0), (0.01, 0.4, 7.0), (0.999, 30.0, 2.0), (0.4, 1e4, 2e4)] {
        let at = |x: f64, a: f64, b: f64| evaluate(&beta::DENSITY, &[x.ln(), (-x).ln_1p(), a, b]);
        let (_, d) = at(x, a, b);
        let centred = |f: &dyn Fn(f64) -> f64, h: f64| (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h);
        let differences = [
            centred(&|h| at(x + h, a, b).0, 1e-4 * x.min(1.0 - x)),
            centred(&|h| at(x, a + h, b).0, 1e-3 * a),
            centred(&|h| at(x, a, b + h).0, 1e-3 * b),
        ];
        let partials = [d[0] / x - d[1] / (1.0 - x), d[2], d[3]];
        for (p, f) in partials.into_iter().zip(differences) {
            assert!((p - f).abs() < 1e-7 * (1.0 + p.abs()), "{x} {a} {b}: {p} {f}");
        }
    }
}

#[test]
fn certain_outcomes_have_finite_derivatives() {
    assert_eq!(evaluate(&binomial::PROBABILITY_KERNEL, &[0.0, 5.0, 0.0]), (0.0, vec![0.0, 0.0, -5.0]));
    assert_eq!(evaluate(&binomial::PROBABILITY_KERNEL, &[5.0, 5.0, 1.0]), (0.0, vec![0.0, 0.0, 5.0]));
    assert_eq!(evaluate(&binomial::LOG_KERNEL, &[0.0, 5.0, f64::NEG_INFINITY, 0.0]).0, 0.0);
    assert_eq!(evaluate(&multinomial::ELEMENT_KERNEL, &[0.0, f64::NEG_INFINITY]).0, 0.0);
    assert_eq!(evaluate(&poisson::RATE_KERNEL, &[0.0, 0.0]), (0.0, vec![0.0, -1.0]));
    let (value, partials) = evaluate(&binomial::LINK_KERNEL, &[1e11, 1e11, 1221.0]);
    assert_eq!((value, partials[2]), (0.0, 0.0));
}

/// The rows of one kernel: inputs, and value with derivatives.
fn rows(name: &'static str) -> impl Iterator<Item = (Vec<f64>, Vec<f64>)> {
    let numbers = |s: &str| s.split('|').map(|v| v.parse().unwrap()).collect::<Vec<f64>>();
    TABLE.lines().filter_map(move |line| {
        let f: Vec<&str> = line.split(',').collect();
        (f[0] == name).then(|| (numbers(f[1]), numbers(f[2])))
    })
}

/// Asserts scaled errors below the tolerances, and reports the worst.
fn compare(name: &'static str, tolerances: &[f64], f: impl Fn(&[f64]) -> Vec<f64>) {
    let mut worst = vec![0.0_f64; tolerances.len()];
    for (inputs, reference) in rows(name) {
        let values = f(&inputs);
        for j in 0..reference.len() {
            let t = j.min(tolerances.len() - 1);
            let e = (values[j] - reference[j]).abs() / reference[j].abs().max(1.0);
            assert!(
                e <= tolerances[t],
                "{name}{inputs:?}, column {j}: {} instead of {}, error {e:e}",
                values[j],
                reference[j]
            );
            worst[t] = worst[t].max(e);
        }
    }
    println!("{name}: {worst:?}");
}

#[test]
fn negative_binomial_at_the_extremes() {
    // The mean is rounded when it is formed of its logarithm; the derivative by it, scaled so, loses no more than that.
    let rounding = |x: &[f64]| (1.0 + f64::min(x[1].exp(), x[2])) * x[1].abs().max(1.0);
    for (x, reference) in rows("nb") {
        let (value, d) = evaluate(&negative_binomial::MEAN_KERNEL, &x);
        let value = value + negative_binomial::mean_base(x[0]);
        let slack =
            1e-14 * reference[0].abs().max(1.0) + 1e-16 * rounding(&x) * (1.0 + reference[1].abs() / rounding(&x));
        assert!((value - reference[0]).abs() <= slack, "{x:?}: {value} not {}", reference[0]);
        let slack = 1e-14 * reference[1].abs().max(1.0) + 3e-16 * rounding(&x);
        assert!((d[1] - reference[1]).abs() <= slack, "{x:?}: {} not {}", d[1], reference[1]);
        let by_dispersion = d[2] * x[2];
        let slack = 1e-13 * reference[2].abs().max(1.0);
        assert!((by_dispersion - reference[2]).abs() <= slack, "{x:?}: {by_dispersion} not {}", reference[2]);
    }
    compare("nb_successes", &[1e-14, 1e-14], |x| {
        let (value, d) = evaluate(&negative_binomial::SUCCESSES_KERNEL, x);
        assert_eq!(d[2..], x[1..2].iter().copied().chain([x[0]]).collect::<Vec<_>>());
        vec![value, d[1] * x[1]]
    });
}

#[test]
fn student_t_at_the_extremes() {
    compare("student", &[5e-15, 5e-15, 5e-14], |x| {
        let (kernel, dk) = evaluate(&student_t::KERNEL, &[x[0], x[1], 0.0, 1.0]);
        let (normaliser, dn) = evaluate(&student_t::NORMALISER, &[x[1], 0.0, 1.0]);
        vec![kernel + normaliser, dk[0], (dk[1] + dn[0]) * x[1]]
    });
}

/// The partials are scaled by their own sizes: a log x that is rounded moves α ∂/∂α by ε α |log x|.
#[test]
fn beta_density_at_the_extremes() {
    for (x, reference) in rows("beta") {
        let log1m = (-x[0].exp()).ln_1p();
        let (value, d) = evaluate(&beta::DENSITY, &[x[0], log1m, x[1], x[2]]);
        let concentration = x[1] + x[2];
        let standardised = (x[0].exp() - x[1] / concentration).abs() * concentration;
        let slack = 1e-14 + 1e-15 * standardised / reference[0].abs().max(1.0) * x[0].abs().max(1.0);
        assert!(
            (value - reference[0]).abs() <= slack * reference[0].abs().max(1.0),
            "{x:?}: {value} not {}",
            reference[0]
        );
        for j in 0..2 {
            let e = (d[2 + j] * x[1 + j] - reference[1 + j]).abs();
            let scale = reference[1 + j].abs().max(1.0) + x[0].abs().max(1.0) * x[1 + j] * 0.1;
            assert!(e <= 1e-14 * scale, "{x:?}, partial {j}: error {e:e}");
        }
    }
}

/// κ from 1e-8 to 1e16, counts to 1e10: the derivative by log κ is not a difference of large numbers.
#[test]
fn dirichlet_multinomial_at_the_extremes() {
    use dirichlet_multinomial::{ELEMENT_KERNEL, MEAN_ELEMENT_KERNEL, TOTAL_KERNEL, base};
    compare("dm", &[1e-13, 1e-11, 1e-11], |x| {
        let (kappa, means, y) = (x[0], &x[1..4], &x[4..7]);
        let n: f64 = y.iter().sum();
        let (mut value, total) = evaluate(&TOTAL_KERNEL, &[n, kappa]);
        value += base(y);
        let mut by_kappa = kappa * total[1];
        let mut by_alpha = vec![];
        for (&m, &y) in means.iter().zip(y) {
            let (v, d) = evaluate(&MEAN_ELEMENT_KERNEL, &[y, n, m, kappa]);
            value += v;
            by_kappa += d[3] * kappa;
            by_alpha.push(d[2] * m + kappa * total[1] * m);
            let (same, d) = evaluate(&ELEMENT_KERNEL, &[y, n, m * kappa, kappa]);
            // The product m κ is rounded: an error of ε α/φ n.
            let slack = 1e-15 * m * n + 1e-13 * (1.0 + v.abs());
            assert!((same - v).abs() <= slack);
            let other = d[2] * m * kappa + kappa * total[1] * m;
            assert!((other - by_alpha[by_alpha.len() - 1]).abs() <= slack, "{x:?}: {other} {by_alpha:?}");
        }
        [vec![value, by_kappa], by_alpha].concat()
    });
}

#[test]
fn beta_binomial_by_mean_agrees_with_alpha_and_beta() {
    for kappa in [1e-3, 2.0, 1e4] {
        for log_p in [-9.0, -0.7, -1e-3_f64] {
            let p = log_p.exp();
            let (a, da) = evaluate(&beta_binomial::KERNEL, &[3.0, 9.0, p * kappa, -log_p.exp_m1() * kappa]);
            let (b, db) = evaluate(&beta_binomial::MEAN_KERNEL, &[3.0, 9.0, logit_from_log(log_p), kappa]);
            assert!((a - b).abs() < 1e-12 * (1.0 + a.abs()));
            let by_kappa = da[2] * p - da[3] * log_p.exp_m1();
            assert!((by_kappa - db[3]).abs() < 1e-11 * (1.0 + by_kappa.abs()));
        }
    }
}
