//! Simulation-based calibration: where parameters are drawn from the prior and data from the model, the rank of each
//! parameter among its posterior draws is uniform (Talts, Betancourt, Simpson, Vehtari and Gelman 2018).
//!
//! Each model is simulated here in plain Rust, so that a density, a transform, a conditional draw or an argument order
//! that is wrong in the engine shows. Seeds are fixed; right ranks leave the bands with probability 0.001.

#[path = "common/sbc.rs"]
mod sbc;

use polya::Table;
use polya::diagnostics::check_ranks;
use rand_distr::{Distribution, Exp, LogNormal, Poisson};
use sbc::{HIGHEST, Simulated, beta, binomial, calibrate, dirichlet, gamma, inv_logit, level, normal, truths};

#[test]
fn beta_binomial_hierarchy_whose_rates_are_integrated_out() {
    let text = "
        data g: factor, k: count, n: count
        mu ~ Beta(2, 3)
        kappa ~ LogNormal(2, 0.7)
        theta[g] ~ Beta(mean = mu, concentration = kappa)
        k ~ Binomial(n, theta[g])
        ratio = theta[\"a\"] / theta[\"b\"]
    ";
    calibrate(text, 200, 4, |rng| {
        let mu = beta(2.0, 3.0, rng);
        let kappa = LogNormal::new(2.0, 0.7).expect("a log-normal").sample(rng);
        let theta: Vec<f64> = (0..8).map(|_| beta(mu * kappa, (1.0 - mu) * kappa, rng)).collect();
        let n: Vec<f64> = (0..16).map(|i| f64::from(3 + 2 * i)).collect();
        let k = n.iter().enumerate().map(|(i, n)| binomial(*n, theta[i % 8], rng)).collect();
        let groups: Vec<String> = (0..16).map(|i| level(i % 8)).collect();
        let table = Table::builder("t").text("g", groups).numbers("k", k).numbers("n", n).build().expect("a table");
        let mut truth =
            vec![("mu".to_owned(), mu), ("kappa".to_owned(), kappa), ("ratio".to_owned(), theta[0] / theta[1])];
        truth.extend([0, 7].map(|i| (format!("theta[{}]", level(i)), theta[i])));
        Simulated { table, truth }
    });
}

#[test]
fn normal_hierarchy_centred_and_not() {
    for modifier in ["@noncentred", "@centred", ""] {
        let text = format!(
            "
            data g: factor, y: real
            mu ~ Normal(1, 2)
            tau ~ HalfNormal(1.5)
            s ~ Gamma(shape = 4, rate = 4)
            b[g] ~ Normal(mu, tau) {modifier}
            y ~ Normal(b[g], s)
            "
        );
        calibrate(&text, 250, 5, |rng| {
            let (mu, tau, s) = (normal(1.0, 2.0, rng), normal(0.0, 1.5, rng).abs(), gamma(4.0, 4.0, rng));
            let b: Vec<f64> = (0..6).map(|_| normal(mu, tau, rng)).collect();
            let groups: Vec<String> = (0..24).map(|i| level(i % 6)).collect();
            let y = (0..24).map(|i| normal(b[i % 6], s, rng)).collect();
            let table = Table::builder("t").text("g", groups).numbers("y", y).build().expect("a table");
            let truth = [("mu", mu), ("tau", tau), ("s", s), ("b[a]", b[0]), ("b[f]", b[5])];
            Simulated { table, truth: truths(&truth) }
        });
    }
}

#[test]
fn poisson_rates_of_a_gamma_with_exposure() {
    let text = "
        data g: factor, k: count, e: real, w: real
        shape ~ LogNormal(0.5, 0.5)
        rate ~ Exponential(1)
        lambda[g] ~ Gamma(shape = shape, rate = rate)
        k ~ Poisson(lambda[g] * e)
        w ~ Exponential(lambda[g])
    ";
    calibrate(text, 200, 4, |rng| {
        let shape = LogNormal::new(0.5, 0.5).expect("a log-normal").sample(rng);
        let rate = Exp::new(1.0).expect("an exponential").sample(rng);
        let lambda: Vec<f64> = (0..6).map(|_| gamma(shape, rate, rng).max(1e-200)).collect();
        let e: Vec<f64> = (0..18).map(|i| 0.2 + 0.3 * f64::from(i % 5)).collect();
        let k =
            e.iter().enumerate().map(|(i, e)| Poisson::new(e * lambda[i % 6]).map_or(0.0, |d| d.sample(rng))).collect();
        let w = (0..18).map(|i| Exp::new(lambda[i % 6]).expect("an exponential").sample(rng).max(1e-200)).collect();
        let groups: Vec<String> = (0..18).map(|i| level(i % 6)).collect();
        let table = Table::builder("t")
            .text("g", groups)
            .numbers("k", k)
            .numbers("e", e)
            .numbers("w", w)
            .build()
            .expect("a table");
        let truth = [("shape", shape), ("rate", rate), ("lambda[a]", lambda[0]), ("lambda[f]", lambda[5])];
        Simulated { table, truth: truths(&truth) }
    });
}

#[test]
fn multinomial_mixes_of_a_dirichlet_hierarchy() {
    let text = "
        data g: factor, o: counts(x, y, z)
        phi[o] ~ Dirichlet([2, 1, 3])
        kappa ~ LogNormal(2, 0.6)
        theta[g] ~ Dirichlet(mean = phi, concentration = kappa)
        o ~ Multinomial(theta[g])
    ";
    calibrate(text, 200, 4, |rng| {
        let phi = dirichlet(&[2.0, 1.0, 3.0], rng);
        let kappa = LogNormal::new(2.0, 0.6).expect("a log-normal").sample(rng);
        let mut counts = [Vec::new(), Vec::new(), Vec::new()];
        let mut thetas = Vec::new();
        for g in 0..7 {
            let theta = dirichlet(&phi.iter().map(|p| p * kappa).collect::<Vec<_>>(), rng);
            let n = f64::from(5 + 4 * g);
            let x = binomial(n, theta[0], rng);
            let y = binomial(n - x, (theta[1] / (theta[1] + theta[2])).clamp(0.0, 1.0), rng);
            for (column, value) in counts.iter_mut().zip([x, y, n - x - y]) {
                column.push(value);
            }
            thetas.push(theta);
        }
        let [x, y, z] = counts;
        let builder = Table::builder("t").text("g", (0..7).map(level)).numbers("x", x).numbers("y", y).numbers("z", z);
        let mut truth = vec![("kappa".to_owned(), kappa)];
        truth.extend(["x", "y", "z"].iter().zip(&phi).map(|(name, p)| (format!("phi[{name}]"), *p)));
        truth
            .extend([("theta[a,x]", thetas[0][0]), ("theta[g,z]", thetas[6][2])].map(|(name, p)| (name.to_owned(), p)));
        Simulated { table: builder.build().expect("a table"), truth }
    });
}

#[test]
fn logistic_regression_with_crossed_effects() {
    let text = "
        data g: factor, h: factor, x: real, k: count, n: count
        a ~ Normal(0, 1)
        beta ~ Normal(0, 1)
        s_g ~ HalfNormal(1)
        s_h ~ HalfNormal(0.5)
        b[g] ~ Normal(0, s_g)
        c[h] ~ Normal(0, s_h)
        k ~ Binomial(n, inv_logit(a + b[g] + c[h] + beta * x))
    ";
    calibrate(text, 250, 5, |rng| {
        let (a, beta) = (normal(0.0, 1.0, rng), normal(0.0, 1.0, rng));
        let (s_g, s_h) = (normal(0.0, 1.0, rng).abs(), normal(0.0, 0.5, rng).abs());
        let b: Vec<f64> = (0..5).map(|_| normal(0.0, s_g, rng)).collect();
        let c: Vec<f64> = (0..4).map(|_| normal(0.0, s_h, rng)).collect();
        let x: Vec<f64> = (0..20).map(|i| f64::from(i % 7) / 3.0 - 1.0).collect();
        let n: Vec<f64> = (0..20).map(|i| f64::from(4 + i % 9)).collect();
        let k = (0..20).map(|i| binomial(n[i], inv_logit(a + b[i % 5] + c[i / 5] + beta * x[i]), rng)).collect();
        let builder =
            Table::builder("t").text("g", (0..20).map(|i| level(i % 5))).text("h", (0..20).map(|i| level(i / 5)));
        let table = builder.numbers("x", x).numbers("k", k).numbers("n", n).build().expect("a table");
        let truth = [("a", a), ("beta", beta), ("s_g", s_g), ("s_h", s_h), ("b[a]", b[0]), ("c[d]", c[3])];
        Simulated { table, truth: truths(&truth) }
    });
}

#[test]
fn wrong_ranks_are_seen() {
    let shifted: Vec<usize> = (0..200).map(|i| (i % 64 + 12).min(63)).collect();
    assert!(check_ranks(&shifted, HIGHEST, 0.999).is_some_and(|check| !check.outside.is_empty()));
    let narrow: Vec<usize> = (0..200).map(|i| 16 + i % 32).collect();
    assert!(check_ranks(&narrow, HIGHEST, 0.999).is_some_and(|check| !check.outside.is_empty()));
}
