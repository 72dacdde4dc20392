//! Models with data of their own making, and models with data that have a fault.
#![allow(dead_code)] // each test uses its part

use super::sbc::{beta, binomial, dirichlet, gamma, inv_logit, log_normal, multinomial, normal, poisson};
use polya::Table;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A model and a table.
pub struct Case {
    pub text: &'static str,
    pub table: Table,
}

/// What makes a case from random numbers.
pub type Make = fn(&mut ChaCha8Rng) -> Case;

pub fn case(make: Make, seed: u64) -> Case {
    make(&mut ChaCha8Rng::seed_from_u64(seed))
}

fn labels(count: usize, levels: usize) -> Vec<String> {
    (0..count).map(|i| format!("g{:02}", i % levels)).collect()
}

fn table(columns: Vec<(&str, Vec<f64>)>, groups: Option<Vec<String>>) -> Table {
    let mut builder = Table::builder("t");
    if let Some(groups) = groups {
        builder = builder.text("g", groups);
    }
    for (name, values) in columns {
        builder = builder.numbers(name, values);
    }
    builder.build().expect("a table")
}

/// Models whose data come from themselves, the parameters from the priors.
pub const GOOD: [(&str, Make); 5] = [
    ("beta-binomial", beta_binomial),
    ("Poisson regression", poisson_regression),
    ("normal hierarchy", normal_hierarchy),
    ("Dirichlet-multinomial", dirichlet_multinomial),
    ("logit-normal regression", logit_normal),
];

fn beta_binomial(rng: &mut ChaCha8Rng) -> Case {
    let (mu, kappa) = (beta(2.0, 6.0, rng), log_normal(3.0, 0.7, rng));
    let n: Vec<f64> = (0..16).map(|i| f64::from(15 + i)).collect();
    let y = n.iter().map(|n| binomial(*n, beta(mu * kappa, (1.0 - mu) * kappa, rng), rng)).collect();
    Case {
        text: "data g: factor, y: count, n: count
            mu ~ Beta(2, 6)
            kappa ~ LogNormal(3, 0.7)
            theta[g] ~ Beta(mean = mu, concentration = kappa)
            y ~ Binomial(n, theta[g])",
        table: table(vec![("y", y), ("n", n)], Some(labels(16, 16))),
    }
}

fn poisson_regression(rng: &mut ChaCha8Rng) -> Case {
    let (a, b) = (normal(1.0, 0.7, rng), normal(0.0, 0.5, rng));
    let c = [0.0; 4].map(|_| normal(0.0, 0.5, rng));
    let x: Vec<f64> = (0..60).map(|_| normal(0.0, 1.0, rng)).collect();
    let y = x.iter().enumerate().map(|(i, x)| poisson((a + b * x + c[i % 4]).exp(), rng)).collect();
    Case {
        text: "data g: factor, y: count, x: real
            a ~ Normal(1, 0.7)
            b ~ Normal(0, 0.5)
            c[g] ~ Normal(0, 0.5)
            y ~ Poisson(exp(a + b * x + c[g]))",
        table: table(vec![("y", y), ("x", x)], Some(labels(60, 4))),
    }
}

fn normal_hierarchy(rng: &mut ChaCha8Rng) -> Case {
    let (mu, tau) = (normal(0.0, 5.0, rng), gamma(2.0, 0.4, rng));
    let s: Vec<f64> = (0..8).map(|i| f64::from(3 + i % 5)).collect();
    let y = s.iter().map(|s| normal(normal(mu, tau, rng), *s, rng)).collect();
    Case {
        text: "data g: factor, y: real, s: real
            mu ~ Normal(0, 5)
            tau ~ Gamma(2, 0.4)
            theta[g] ~ Normal(mu, tau)
            y ~ Normal(theta[g], s)",
        table: table(vec![("y", y), ("s", s)], Some(labels(8, 8))),
    }
}

fn dirichlet_multinomial(rng: &mut ChaCha8Rng) -> Case {
    let (phi, kappa) = (dirichlet(&[2.0; 3], rng), log_normal(3.0, 0.7, rng));
    let own: Vec<f64> = phi.iter().map(|p| p * kappa).collect();
    let rows: Vec<Vec<f64>> = (0..8).map(|i| multinomial(f64::from(30 + 2 * i), &dirichlet(&own, rng), rng)).collect();
    let column = |k: usize| rows.iter().map(|row| row[k]).collect::<Vec<f64>>();
    Case {
        text: "data g: factor, y: counts(k0, k1, k2)
            phi ~ Dirichlet(2 * ones[y])
            kappa ~ LogNormal(3, 0.7)
            theta[g] ~ Dirichlet(mean = phi, concentration = kappa)
            y ~ Multinomial(theta[g])",
        table: table(vec![("k0", column(0)), ("k1", column(1)), ("k2", column(2))], Some(labels(8, 8))),
    }
}

fn logit_normal(rng: &mut ChaCha8Rng) -> Case {
    let (mu, tau, b) = (normal(-1.0, 1.0, rng), log_normal(-0.5, 0.4, rng), normal(0.0, 0.7, rng));
    let x: Vec<f64> = (0..16).map(|_| normal(0.0, 1.0, rng)).collect();
    let n: Vec<f64> = (0..16).map(|i| f64::from(10 + 2 * i)).collect();
    let rate = |x: f64, rng: &mut ChaCha8Rng| inv_logit(normal(mu, tau, rng) + b * x);
    let y = x.iter().zip(&n).map(|(x, n)| binomial(*n, rate(*x, rng), rng)).collect();
    Case {
        text: "data g: factor, y: count, n: count, x: real
            mu ~ Normal(-1, 1)
            tau ~ LogNormal(-0.5, 0.4)
            b ~ Normal(0, 0.7)
            eta[g] ~ Normal(mu, tau)
            y ~ Binomial(n, inv_logit(eta[g] + b * x))",
        table: table(vec![("y", y), ("n", n), ("x", x)], Some(labels(16, 16))),
    }
}

/// One rate where rates differ between rows.
pub fn overdispersed_binomial(rng: &mut ChaCha8Rng) -> Case {
    let n = vec![30.0; 40];
    let y = n.iter().map(|n| binomial(*n, beta(3.0, 9.0, rng), rng)).collect();
    Case {
        text: "data y: count, n: count\np ~ Beta(2, 4)\ny ~ Binomial(n, p)",
        table: table(vec![("y", y), ("n", n)], None),
    }
}

/// One rate where rates differ between rows, of counts without trials.
pub fn overdispersed_poisson(rng: &mut ChaCha8Rng) -> Case {
    let y = (0..60).map(|_| poisson(gamma(3.0, 0.5, rng), rng)).collect();
    Case { text: "data y: count\nr ~ Gamma(2, 0.3)\ny ~ Poisson(r)", table: table(vec![("y", y)], None) }
}

/// Every fourth row is zero for a reason of its own.
pub fn zero_inflated(rng: &mut ChaCha8Rng) -> Case {
    let y = (0..120).map(|i| if i % 4 == 0 { 0.0 } else { poisson(5.0, rng) }).collect();
    Case { text: "data y: count\nr ~ Gamma(2, 0.3)\ny ~ Poisson(r)", table: table(vec![("y", y)], None) }
}

/// Four rows of sixty are of another kind.
pub fn outliers(rng: &mut ChaCha8Rng) -> Case {
    let n = vec![40.0; 60];
    let y = (0..60).map(|i| binomial(40.0, if i % 15 == 0 { 0.85 } else { 0.25 }, rng)).collect();
    Case {
        text: "data y: count, n: count\np ~ Beta(2, 4)\ny ~ Binomial(n, p)",
        table: table(vec![("y", y), ("n", n)], None),
    }
}

/// A factor that matters, and that the model knows of but gives no effect.
pub fn level_left_out(rng: &mut ChaCha8Rng) -> Case {
    let n = vec![40.0; 60];
    let y = (0..60).map(|i| binomial(40.0, [0.2, 0.3, 0.45, 0.3][i % 4], rng)).collect();
    Case {
        text: "data g: factor, y: count, n: count\np ~ Beta(2, 4)\nrate[g] = p\ny ~ Binomial(n, rate[g])",
        table: table(vec![("y", y), ("n", n)], Some(labels(60, 4))),
    }
}

/// A tight prior on a rate, far from the data.
pub fn conflict_of_rate(rng: &mut ChaCha8Rng) -> Case {
    let n = vec![20.0; 8];
    let y = n.iter().map(|n| binomial(*n, 0.3, rng)).collect();
    Case {
        text: "data y: count, n: count\np ~ Beta(120, 40)\ny ~ Binomial(n, p)",
        table: table(vec![("y", y), ("n", n)], None),
    }
}

/// A tight prior on a slope of which the data say otherwise.
pub fn conflict_of_slope(rng: &mut ChaCha8Rng) -> Case {
    let x: Vec<f64> = (0..40).map(|i| f64::from(i % 10) / 4.5 - 1.0).collect();
    let y = x.iter().map(|x| poisson((1.0 + 0.8 * x).exp(), rng)).collect();
    Case {
        text: "data y: count, x: real\na ~ Normal(1, 1)\nb ~ Normal(-0.3, 0.1)\ny ~ Poisson(exp(a + b * x))",
        table: table(vec![("y", y), ("x", x)], None),
    }
}

/// A centred hierarchy over few groups that hardly differ.
pub fn funnel(rng: &mut ChaCha8Rng) -> Case {
    let n = vec![6.0; 10];
    let y = n.iter().map(|n| binomial(*n, inv_logit(normal(-0.5, 0.2, rng)), rng)).collect();
    Case {
        text: "data g: factor, y: count, n: count
            mu ~ Normal(0, 1)
            tau ~ HalfNormal(1)
            eta[g] ~ Normal(mu, tau) @centred
            y ~ Binomial(n, inv_logit(eta[g]))",
        table: table(vec![("y", y), ("n", n)], Some(labels(10, 10))),
    }
}

/// Two rates of which only the sum and the product are seen.
pub fn exchangeable_rates(rng: &mut ChaCha8Rng) -> Case {
    let (p, q) = (0.85, 0.15);
    let either = (0..6).map(|_| binomial(60.0, (p + q) / 2.0, rng)).collect();
    let both = (0..6).map(|_| binomial(60.0, p * q, rng)).collect();
    Case {
        text: "data either: count, both: count, n: count
            p ~ Beta(1, 1)
            q ~ Beta(1, 1)
            either ~ Binomial(n, (p + q) / 2)
            both ~ Binomial(n, p * q)",
        table: table(vec![("either", either), ("both", both), ("n", vec![60.0; 6])], None),
    }
}

/// Levels of an index that only the sum and the sum of squares are seen of.
pub fn exchangeable_levels(rng: &mut ChaCha8Rng) -> Case {
    let y = (0..40).map(|_| normal(1.0, 1.0, rng)).collect();
    let z = (0..40).map(|_| normal(10.0, 1.0, rng)).collect();
    Case {
        text: "data y: real, z: real
            index kind = {first, second}
            m[kind] ~ Normal(0, 4)
            y ~ Normal((m[\"first\"] + m[\"second\"]) / 2, 1)
            z ~ Normal(m[\"first\"] ^ 2 + m[\"second\"] ^ 2, 1)",
        table: table(vec![("y", y), ("z", z)], None),
    }
}
