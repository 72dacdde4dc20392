//! What the compiler does to a model changes nothing: integrating out gives the integral of the model as written,
//! evidence is that of closed forms, and gradients are derivatives.

mod support;

use polya_engine::LogDensity;
use polya_models::distributions::ALL;
use polya_models::table::Table;
use polya_models::{Model, Passes, Posterior};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{compile_with, density, noncentred};

fn compile(text: &str, integrate: bool) -> Posterior {
    compile_with(text, Passes { integrate, collapse: integrate })
}

/// The logarithm of the integral of exp f over a grid around the whole line, or the whole plane.
fn log_integral(dimensions: usize, mut f: impl FnMut(&[f64]) -> f64) -> f64 {
    let (half, step) = if dimensions == 1 { (2400, 0.05) } else { (160, 0.15) };
    let axis = || (-half..=half).map(|i| f64::from(i) * step);
    let values: Vec<f64> = match dimensions {
        1 => axis().map(|a| f(&[a])).collect(),
        _ => axis().flat_map(|a| axis().map(move |b| [a, b])).map(|at| f(&at)).collect(),
    };
    let finite = || values.iter().copied().filter(|v| v.is_finite());
    let most = finite().fold(f64::NEG_INFINITY, f64::max);
    most + finite().map(|v| (v - most).exp()).sum::<f64>().ln() + dimensions as f64 * step.ln()
}

/// The density of the compiled model is the integral of the model as written over `variable`, level by level.
fn is_the_integral(text: &str, variable: &str, dimensions: usize) {
    integrates(&compile(text, true), &compile(text, false), text, variable, dimensions);
}

fn integrates(marginal: &Posterior, joint: &Posterior, text: &str, variable: &str, dimensions: usize) {
    let block = joint.compiled().sampled.iter().find(|b| b.name == variable).expect("sampled without the pass");
    assert!(
        !marginal.compiled().sampled.iter().any(|b| b.name == variable),
        "{variable} is not integrated out of\n{text}"
    );
    assert_eq!(marginal.dimension() + block.size, joint.dimension());
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..3 {
        let mut position: Vec<f64> = (0..joint.dimension()).map(|_| rng.random_range(-1.0..1.0)).collect();
        let mut rest = vec![0.0; marginal.dimension()];
        for own in &marginal.compiled().sampled {
            let same = joint.compiled().sampled.iter().find(|b| b.name == own.name).expect("the same variable");
            rest[own.offset..own.offset + own.size].copy_from_slice(&position[same.offset..same.offset + same.size]);
        }
        let base = density(joint, &position);
        let (mut gradient, mut scratch) = (vec![0.0; position.len()], noncentred(joint));
        let mut integral = base;
        for level in (block.offset..block.offset + block.size).step_by(dimensions) {
            let kept = position[level..level + dimensions].to_vec();
            integral += log_integral(dimensions, |at| {
                position[level..level + dimensions].copy_from_slice(at);
                let value = joint.log_density(&position, &mut gradient, &mut scratch).unwrap_or(f64::NAN);
                value + joint.constant() - base
            });
            position[level..level + dimensions].copy_from_slice(&kept);
        }
        if dimensions == 2 {
            // The log-ratio map to a simplex of 3 parts has √3 in its volume, a constant that its density leaves out.
            integral += (block.size / 2) as f64 * 3_f64.sqrt().ln();
        }
        let found = density(marginal, &rest);
        assert!((found - integral).abs() < 1e-7 * integral.abs().max(1.0), "{found} is not {integral} in\n{text}");
    }
}

const HYPER: &str = "mu ~ Beta(2, 2)\nkappa ~ LogNormal(1, 0.5)\nal ~ Gamma(3, 1)\nbe ~ Gamma(3, 1)\n";

/// A model with those of the hyperparameters that it uses.
fn under_hyper(text: &str) -> String {
    let used = HYPER.lines().filter(|line| text.contains(line.split(' ').next().unwrap_or_default()));
    used.map(|line| format!("{line}\n")).chain([text.to_owned()]).collect()
}

#[test]
fn marginals_of_beta_are_integrals() {
    let models = [
        "theta[g] ~ Beta(mean = mu, concentration = kappa)\nk ~ Binomial(n, theta[g])\n",
        "theta[g] ~ Beta(al, be)\nk ~ Binomial(n, theta[g])\n",
        "theta[g] ~ Beta(mean = mu, sd = 0.1 * mu * (1 - mu))\nk ~ Binomial(n, theta[g])\n",
        "theta[g] ~ Beta(al, be)\nk ~ Binomial(n, theta[g])\nb ~ Bernoulli(theta[g])\nm ~ Geometric(theta[g])\n",
        "theta[g] ~ Beta(mean = mu, concentration = kappa)\nk ~ Binomial(n, 1 - theta[g])\nb ~ Bernoulli(theta[g])\n",
        "theta[g] ~ Beta(al, be)\nk ~ Binomial(n, -theta[g] + 1)\nb ~ Bernoulli(2 - theta[g] - 1)\n",
        "theta[g] ~ Beta(al, be)\nk ~ Binomial(n, if t == \"s\" then theta[g] else 1 - theta[g])\n",
        "theta ~ Beta(al, be)\nb ~ Bernoulli(if x > 0 then (if t == \"s\" then 1 - theta else theta) else 1 - theta)\n",
        "theta[g] ~ Beta(al, be)\nk ~ NegativeBinomial(successes = w, p = theta[g])\n",
        "theta[g] ~ Beta(al, be)\nk ~ NegativeBinomial(successes = u, p = theta[g])\n",
        "theta[g] ~ Beta(0.3 * al, be)\nk ~ NegativeBinomial(successes = 0.1 * u, p = theta[g])\n",
        "theta[g] ~ Beta(al, 1)\nb ~ Bernoulli(theta[g]) weight w\nk ~ Binomial(n, theta[g]) weight m\n",
        "theta ~ Beta(al, be)\nm ~ Geometric(theta)\n",
        "p[t] ~ Beta(al, be)\ntheta[g] ~ Beta(mean = p[t], concentration = kappa)\nk ~ Binomial(n, theta[g])\n",
        "p[t] ~ Beta(al, be)\ns[t] ~ LogNormal(1, 1)\ntheta[g] ~ Beta(mean = p[t], concentration = s[t])\nk ~ Binomial(n, theta[g])\n",
        "theta[g, t] ~ Beta(al, be)\nk ~ Binomial(n, theta[g, t])\n",
        "theta[g, c] ~ Beta(al, be)\nk ~ Binomial(n, 1 - theta[g, c])\n",
        "theta[g : t] ~ Beta(al, be)\nlet q[rows] = theta[g : t]\nk ~ Binomial(n, q[rows])\n",
    ];
    models.iter().for_each(|text| is_the_integral(&under_hyper(text), "theta", 1));
}

#[test]
fn marginals_of_gamma_are_integrals() {
    let models = [
        "lambda[g] ~ Gamma(shape = al, rate = be)\nk ~ Poisson(lambda[g])\n",
        "lambda[g] ~ Gamma(shape = al, rate = be)\nk ~ Poisson(lambda[g] * y)\nm ~ Poisson(2 * lambda[g])\n",
        "lambda[g] ~ Gamma(mean = al, sd = be)\nk ~ Poisson(lambda[g] / y)\n",
        "lambda[g] ~ Gamma(shape = al, rate = be)\ny ~ Exponential(lambda[g])\n",
        "lambda[g] ~ Gamma(shape = al, rate = be)\ny ~ Exponential(lambda[g])\nk ~ Poisson(u * lambda[g])\n",
        "lambda ~ Gamma(shape = al, rate = be)\nk ~ Poisson(lambda) weight w\n",
        "r[t] ~ Gamma(3, 1)\nlambda[g] ~ Gamma(shape = al, rate = r[t])\nk ~ Poisson(lambda[g])\n",
        "lambda[g] ~ Gamma(3, 2)\nk ~ Poisson(lambda[g] * y)\n",
        "lambda[g] ~ Gamma(shape = al, rate = be)\nk ~ Poisson(if t == \"s\" then y * lambda[g] else lambda[g] + lambda[g])\n",
        "lambda[g] ~ Gamma(shape = al, rate = be)\nk ~ Poisson(2 * lambda[g] * y + y * lambda[g] / 2)\n",
        // Where nothing is exposed nothing is counted.
        "lambda[g] ~ Gamma(shape = al, rate = be)\nm ~ Poisson(lambda[g] * m * y)\n",
    ];
    models.iter().for_each(|text| is_the_integral(&under_hyper(text), "lambda", 1));
}

#[test]
fn marginals_of_dirichlet_are_integrals() {
    let models = [
        "phi[o] ~ Dirichlet([2, 3, 4])\ntheta[g] ~ Dirichlet(mean = phi, concentration = 3 + kappa)\no ~ Multinomial(theta[g])\n",
        "theta[g] ~ Dirichlet((1 + al) * ones[o])\no ~ Multinomial(theta[g])\n",
        "theta[g] ~ Dirichlet((1 + al) * ones[c])\nc ~ Categorical(theta[g])\n",
        "theta[o] ~ Dirichlet([1 + al, 2, 1 + be])\no ~ Multinomial(theta) weight w\n",
    ];
    models.iter().for_each(|text| is_the_integral(&under_hyper(text), "theta", 2));
}

/// Simplexes whose means are one vector in orders of their own.
#[test]
fn means_in_another_order_are_told_apart() {
    let text = "data g: factor, cat: factor(lev), perm: factor(lev), out: factor(lev)\npi[lev] ~ Dirichlet(ones[lev])\n\
                mean_of[g, cat] = pi[perm]\ntheta[g] ~ Dirichlet(mean = mean_of[g], concentration = 20)\n\
                out ~ Categorical(theta[g])\n";
    // Two counts of y in either group: of the second its share is that of z.
    let rows = [("1", "x", "x", "x"), ("1", "y", "y", "y"), ("1", "z", "z", "y"), ("2", "x", "x", "x")];
    let rows: Vec<_> = rows.into_iter().chain([("2", "y", "z", "y"), ("2", "z", "y", "y")]).collect();
    let column =
        |of: fn(&(&'static str, &'static str, &'static str, &'static str)) -> &'static str| rows.iter().map(of);
    let table = Table::builder("t")
        .text("g", column(|row| row.0))
        .text("cat", column(|row| row.1))
        .text("perm", column(|row| row.2))
        .text("out", column(|row| row.3))
        .build()
        .expect("a table");
    let compile = |integrate| {
        let passes = Passes { integrate, collapse: integrate };
        let bound = Model::parse(text).and_then(|model| model.bind(Some(&table), &Default::default()));
        bound.and_then(|bound| bound.compile_with(passes)).expect("a posterior")
    };
    integrates(&compile(true), &compile(false), text, "theta", 2);
}

/// log Γ by Stirling's series, for x > 0: nothing of the crate.
fn lgamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 20.0 {
        shift += x.ln();
        x += 1.0;
    }
    let series = 1.0 / 12.0 / x - 1.0 / 360.0 / x.powi(3) + 1.0 / 1260.0 / x.powi(5) - 1.0 / 1680.0 / x.powi(7);
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - shift
}

fn lbeta(a: f64, b: f64) -> f64 {
    lgamma(a) + lgamma(b) - lgamma(a + b)
}

#[test]
fn evidence_is_that_of_closed_forms() {
    let (k, n): ([f64; 7], [f64; 7]) = ([1.0, 4.0, 0.0, 2.0, 7.0, 3.0, 2.0], [10.0, 12.0, 3.0, 2.0, 9.0, 14.0, 8.0]);
    let y = [0.5, 1.5, 2.5, 0.3, 0.8, 4.0, 1.1];
    let choose = |n: f64, k: f64| lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);
    let (sum_k, sum_n, sum_y): (f64, f64, f64) = (k.iter().sum(), n.iter().sum(), y.iter().sum());
    let coefficients: f64 = k.iter().zip(&n).map(|(k, n)| choose(*n, *k)).sum();
    let binomial = coefficients + lbeta(2.0 + sum_k, 5.0 + sum_n - sum_k) - lbeta(2.0, 5.0);
    let factorials: f64 = k.iter().map(|k| lgamma(k + 1.0)).sum();
    let poisson = 3.0 * 2_f64.ln() - lgamma(3.0) + lgamma(3.0 + sum_k) - (3.0 + sum_k) * 9_f64.ln() - factorials;
    let exposed: f64 = poisson
        + (3.0 + sum_k) * (9_f64.ln() - (2.0 + sum_y).ln())
        + k.iter().zip(&y).map(|(k, y)| k * y.ln()).sum::<f64>();
    let exponential = 3.0 * 2_f64.ln() - lgamma(3.0) + lgamma(10.0) - 10.0 * (2.0 + sum_y).ln();
    let counts = [
        [3.0, 1.0, 0.0],
        [0.0, 5.0, 2.0],
        [1.0, 0.0, 1.0],
        [6.0, 2.0, 1.0],
        [2.0, 2.0, 4.0],
        [2.0, 3.0, 0.0],
        [0.0, 9.0, 1.0],
    ];
    let totals: Vec<f64> = (0..3).map(|j| counts.iter().map(|row| row[j]).sum()).collect();
    let rows: f64 = counts
        .iter()
        .map(|r| lgamma(r.iter().sum::<f64>() + 1.0) - r.iter().map(|y| lgamma(y + 1.0)).sum::<f64>())
        .sum();
    let ratio = |totals: &[f64], a: f64| {
        let (all, own) = (totals.iter().sum::<f64>(), totals.len() as f64 * a);
        lgamma(own) - lgamma(own + all) + totals.iter().map(|t| lgamma(t + a) - lgamma(a)).sum::<f64>()
    };
    let successes: f64 = k.iter().map(|k| lgamma(k + 3.5) - lgamma(3.5) - lgamma(k + 1.0)).sum();
    let cases = [
        ("p ~ Beta(2, 5)\nk ~ Binomial(n, p)\n", binomial),
        ("p ~ Beta(5, 2)\nk ~ Binomial(n, 1 - p)\n", binomial),
        ("p ~ Beta(mean = 2 / 7, concentration = 7)\nk ~ Binomial(n, p)\n", binomial),
        ("p ~ Beta(2, 5)\nb ~ Bernoulli(p)\n", lbeta(6.0, 8.0) - lbeta(2.0, 5.0)),
        ("p ~ Beta(2, 5)\nb ~ Bernoulli(p) weight w\n", lbeta(9.0, 12.0) - lbeta(2.0, 5.0)),
        ("p ~ Beta(2, 5)\nk ~ Geometric(p)\n", lbeta(9.0, 5.0 + sum_k) - lbeta(2.0, 5.0)),
        (
            "p ~ Beta(2, 5)\nk ~ NegativeBinomial(successes = 3.5, p = p)\n",
            successes + lbeta(2.0 + 24.5, 5.0 + sum_k) - lbeta(2.0, 5.0),
        ),
        ("r ~ Gamma(3, 2)\nk ~ Poisson(r)\n", poisson),
        ("r ~ Gamma(3, 2)\nk ~ Poisson(r * y)\n", exposed),
        ("r ~ Gamma(3, 2)\ny ~ Exponential(r)\n", exponential),
        ("p ~ Dirichlet(0.7 * ones[o])\no ~ Multinomial(p)\n", rows + ratio(&totals, 0.7)),
        ("p ~ Dirichlet(0.7 * ones[c])\nc ~ Categorical(p)\n", ratio(&[2.0, 3.0, 2.0], 0.7)),
    ];
    for (text, evidence) in cases {
        let posterior = compile(text, true);
        assert_eq!(posterior.dimension(), 0, "{text}");
        let found = posterior.constant();
        assert!((found - evidence).abs() < 1e-9 * evidence.abs(), "{found} is not {evidence}: {text}");
    }
}

const PARAMETERS: &str = "a ~ Normal(0, 1)\nc1 ~ Normal(0, 1)\n";

/// Continuous distributions with the column each fits.
const CONTINUOUS: [(&str, &str); 18] = [
    ("Normal(a, exp(c1))", "x"),
    ("Logistic(a, exp(c1))", "x"),
    ("Laplace(a, exp(c1))", "x"),
    ("Cauchy(a, exp(c1))", "x"),
    ("StudentT(2 + exp(a), c1, exp(c1))", "x"),
    ("HalfStudentT(1 + exp(a), exp(c1))", "y"),
    ("HalfNormal(exp(c1))", "y"),
    ("HalfCauchy(exp(c1))", "y"),
    ("LogNormal(a, exp(c1))", "y"),
    ("Exponential(exp(a))", "y"),
    ("Gamma(exp(a), exp(c1))", "y"),
    ("Gamma(mean = exp(a), sd = exp(c1))", "y"),
    ("InverseGamma(exp(a), exp(c1))", "y"),
    ("Weibull(exp(a), exp(c1))", "y"),
    ("Uniform(-5 - exp(a), 5 + exp(c1))", "x"),
    ("Pareto(0.1 * inv_logit(a), exp(c1))", "y"),
    ("Beta(exp(a), exp(c1))", "u"),
    ("Beta(mean = inv_logit(a), concentration = exp(c1))", "u"),
];

const DISCRETE: [&str; 16] = [
    "b ~ Bernoulli(inv_logit(a))\n",
    "k ~ Binomial(n, inv_logit(a + c1 * x))\n",
    "k ~ Binomial(n, 1 - inv_logit(a + c1 * x))\n",
    "k ~ Geometric(inv_logit(a))\n",
    "k ~ NegativeBinomial(mean = exp(a), dispersion = exp(c1))\n",
    "k ~ NegativeBinomial(successes = exp(a), p = inv_logit(c1))\n",
    "k ~ Poisson(exp(a + c1 * x))\n",
    "k ~ BetaBinomial(n, exp(a), exp(c1))\n",
    "k ~ BetaBinomial(n = n, mean = inv_logit(a), concentration = exp(c1))\n",
    "k ~ Hypergeometric(50, 20, n)\nx ~ Normal(a, exp(c1))\n",
    "e[g, o] ~ Normal(a, exp(c1))\no ~ Multinomial(softmax(e[g]))\n",
    "e[c] ~ Normal(a, exp(c1))\nc ~ Categorical(softmax(e))\n",
    "o ~ DirichletMultinomial(exp(a) * ones[o])\n",
    "phi[o] ~ Dirichlet([1, 2, 3])\no ~ DirichletMultinomial(mean = phi, concentration = exp(a))\n",
    "phi ~ Dirichlet(exp(a) * ones[o])\nq[g] ~ Dirichlet(mean = phi, concentration = exp(c1))\no ~ Multinomial(q[g])\n",
    "p ~ Beta(2, 3)\nr = p ^ 2 / (1 + sqrt(p))\nk ~ Binomial(n, r * inv_logit(log1p(exp(a)) - abs(x) * c1))\n",
];

fn gradients_are_derivatives(text: &str) {
    for integrate in [true, false] {
        let posterior = compile(text, integrate);
        let dimension = posterior.dimension();
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        for _ in 0..4 {
            let position: Vec<f64> = (0..dimension).map(|_| rng.random_range(-1.5..1.5)).collect();
            let (mut gradient, mut scratch) = (vec![0.0; dimension], posterior.scratch());
            // Whatever the working coordinates, the gradient is that of the density in them.
            let weights: Vec<f64> = scratch.weights().iter().map(|_| rng.random_range(0.0..1.0)).collect();
            scratch.set_weights(&weights);
            let value = posterior.log_density(&position, &mut gradient, &mut scratch).expect("a density");
            assert!(value.is_finite(), "{value} at {position:?} of\n{text}");
            for i in 0..dimension {
                let step = 1e-3;
                let mut at = |steps: f64| {
                    let mut moved = position.clone();
                    moved[i] += steps * step;
                    let mut unused = vec![0.0; dimension];
                    posterior.log_density(&moved, &mut unused, &mut scratch).expect("a density")
                };
                let derivative = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * step);
                let error = (gradient[i] - derivative).abs() / derivative.abs().max(1.0);
                assert!(error < 1e-6, "coordinate {i}: {} is not {derivative} at {position:?} of\n{text}", gradient[i]);
            }
        }
    }
}

#[test]
fn gradients_of_every_distribution_are_derivatives() {
    let mut all = String::new();
    for (distribution, column) in CONTINUOUS {
        all += &format!("{distribution} ");
        gradients_are_derivatives(&format!("{PARAMETERS}{column} ~ {distribution}\n"));
        gradients_are_derivatives(&format!("{PARAMETERS}v ~ {distribution}\nx ~ Normal(v, 1.3)\n"));
        gradients_are_derivatives(&format!(
            "{PARAMETERS}v[g] ~ {distribution}\nk ~ Poisson(exp(0.1 * v[g])) weight w\n"
        ));
    }
    for text in DISCRETE {
        all += text;
        gradients_are_derivatives(&format!("{PARAMETERS}{text}"));
    }
    for distribution in ALL {
        assert!(all.contains(&format!("{}(", distribution.name())), "{} is not tried", distribution.name());
    }
}

#[test]
fn gradients_are_derivatives_centred_and_not() {
    for distribution in [
        "Normal(a, exp(c1))",
        "StudentT(4, a, exp(c1))",
        "Cauchy(a, exp(c1))",
        "Logistic(a, exp(c1))",
        "Laplace(a, exp(c1))",
    ] {
        for modifier in ["@centred", "@noncentred"] {
            gradients_are_derivatives(&format!(
                "{PARAMETERS}v[g] ~ {distribution} {modifier}\nk ~ Binomial(n, inv_logit(v[g]))\n"
            ));
        }
    }
    gradients_are_derivatives(&format!("{PARAMETERS}v[g] ~ LogNormal(a, exp(c1)) @noncentred\nk ~ Poisson(v[g])\n"));
}
