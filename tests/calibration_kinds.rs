//! Simulation-based calibration of models of many kinds, as `calibration.rs` does it: nested and crossed groups, rare
//! events, one group and many, concentrations huge and tiny, many categories, and variables that leave the density beside
//! others that stay.

#[path = "common/sbc.rs"]
mod sbc;

use polya::Table;
use rand_chacha::ChaCha8Rng;
use sbc::*;

/// A table of groups 0, 1, … and columns of numbers.
fn table(groups: &[(&str, Vec<String>)], columns: &[(&str, Vec<f64>)]) -> Table {
    let builder = groups.iter().fold(Table::builder("t"), |b, (name, labels)| b.text(*name, labels.clone()));
    let builder = columns.iter().fold(builder, |b, (name, values)| b.numbers(*name, values.clone()));
    builder.build().expect("a table")
}

fn labels(count: usize, of: impl Fn(usize) -> usize) -> Vec<String> {
    (0..count).map(|i| format!("g{}", of(i))).collect()
}

#[test]
fn nested_groups() {
    let text = "data g: factor, t: factor, k: count, n: count\nkappa ~ LogNormal(2, 0.6)\nmu ~ Beta(2, 2)\n\
                p[t] ~ Beta(mean = mu, concentration = 8)\ntheta[g] ~ Beta(mean = p[t], concentration = kappa)\n\
                k ~ Binomial(n, theta[g])\n";
    calibrate(text, 200, 4, |rng| {
        let (kappa, mu) = (log_normal(2.0, 0.6, rng), beta(2.0, 2.0, rng));
        let p: Vec<f64> = (0..3).map(|_| beta(8.0 * mu, 8.0 * (1.0 - mu), rng)).collect();
        let theta: Vec<f64> = (0..9).map(|g| beta(p[g / 3] * kappa, (1.0 - p[g / 3]) * kappa, rng)).collect();
        let n: Vec<f64> = (0..9).map(|g| f64::from(4 + 3 * g)).collect();
        let k = (0..9).map(|g| binomial(n[g], theta[g], rng)).collect();
        let table = table(&[("g", labels(9, |i| i)), ("t", labels(9, |i| i / 3))], &[("k", k), ("n", n)]);
        let truth = [("kappa", kappa), ("mu", mu), ("p[g2]", p[2]), ("theta[g0]", theta[0]), ("theta[g8]", theta[8])];
        Simulated { table, truth: truths(&truth) }
    });
}

#[test]
fn crossed_normal_effects_of_which_one_leaves() {
    let text = "data g: factor, h: factor, y: real\na ~ Normal(0, 2)\nt ~ HalfNormal(1)\ns ~ LogNormal(0, 0.5)\n\
                v[g] ~ Normal(0, 1)\nz[h] ~ Normal(a, t)\ny ~ Normal(v[g] + z[h], s)\n";
    calibrate(text, 250, 5, |rng| {
        let (a, t, s) = (normal(0.0, 2.0, rng), normal(0.0, 1.0, rng).abs(), log_normal(0.0, 0.5, rng));
        let v: Vec<f64> = (0..6).map(|_| normal(0.0, 1.0, rng)).collect();
        let z: Vec<f64> = (0..4).map(|_| normal(a, t, rng)).collect();
        let y = (0..24).map(|i| normal(v[i % 6] + z[i / 6], s, rng)).collect();
        let table = table(&[("g", labels(24, |i| i % 6)), ("h", labels(24, |i| i / 6))], &[("y", y)]);
        let truth = [("a", a), ("t", t), ("s", s), ("v[g0]", v[0]), ("z[g3]", z[3])];
        Simulated { table, truth: truths(&truth) }
    });
}

#[test]
fn counts_that_are_mostly_zero() {
    let text = "data g: factor, k: count, e: real\nm ~ LogNormal(-4, 1)\nshape ~ LogNormal(0, 0.5)\n\
                lambda[g] ~ Gamma(shape = shape, rate = shape / m)\nk ~ Poisson(lambda[g] * e)\n";
    calibrate(text, 200, 4, |rng| {
        let (m, shape) = (log_normal(-4.0, 1.0, rng), log_normal(0.0, 0.5, rng));
        let lambda: Vec<f64> = (0..8).map(|_| gamma(shape, shape / m, rng)).collect();
        let e: Vec<f64> = (0..16).map(|i| 0.5 + f64::from(i % 3)).collect();
        let k = (0..16).map(|i| poisson(lambda[i % 8] * e[i], rng)).collect();
        let table = table(&[("g", labels(16, |i| i % 8))], &[("k", k), ("e", e)]);
        let truth = [("m", m), ("shape", shape), ("lambda[g0]", lambda[0]), ("lambda[g7]", lambda[7])];
        Simulated { table, truth: truths(&truth) }
    });
}

/// A Beta-binomial hierarchy with a log-normal concentration; small concentrations put rates at 0 and 1, where ranks tie,
/// so that rates are ranked on request only.
fn beta_binomial(
    simulations: u64,
    groups: usize,
    (meanlog, sdlog): (f64, f64),
    n: impl Fn(usize) -> f64 + Sync,
    rates: &[usize],
) {
    let text = format!(
        "data g: factor, k: count, n: count\nmu ~ Beta(2, 3)\nkappa ~ LogNormal({meanlog}, {sdlog})\n\
         theta[g] ~ Beta(mean = mu, concentration = kappa)\nk ~ Binomial(n, theta[g])\n"
    );
    calibrate_by(simulations, &text, 200, 4, |rng: &mut ChaCha8Rng| {
        let (mu, kappa) = (beta(2.0, 3.0, rng), log_normal(meanlog, sdlog, rng));
        let theta: Vec<f64> = (0..groups).map(|_| beta(mu * kappa, (1.0 - mu) * kappa, rng)).collect();
        let n: Vec<f64> = (0..groups).map(&n).collect();
        let k = (0..groups).map(|g| binomial(n[g], theta[g], rng)).collect();
        let mut truth = truths(&[("mu", mu), ("kappa", kappa)]);
        truth.extend(rates.iter().map(|g| (format!("theta[g{g}]"), theta[*g])));
        Simulated { table: table(&[("g", labels(groups, |i| i))], &[("k", k), ("n", n)]), truth }
    });
}

#[test]
fn one_group() {
    beta_binomial(200, 1, (1.0, 1.0), |_| 12.0, &[0]);
}

#[test]
fn many_groups() {
    beta_binomial(120, 300, (2.0, 1.0), |g| (1 + g % 12) as f64, &[0, 299]);
}

#[test]
#[ignore = "takes two minutes"]
fn very_many_groups() {
    beta_binomial(40, 20_000, (2.0, 1.0), |g| (1 + g % 40) as f64, &[0, 19_999]);
}

#[test]
fn huge_concentrations() {
    beta_binomial(200, 10, (12.0, 2.0), |g| 1e4 * (1 + g) as f64, &[0, 9]);
}

#[test]
fn tiny_concentrations() {
    beta_binomial(200, 12, (-3.0, 1.5), |g| (2 + g) as f64, &[]);
}

#[test]
fn a_hundred_categories() {
    let names: Vec<String> = (0..100).map(|i| format!("c{i:02}")).collect();
    let text = format!(
        "data g: factor, o: counts({})\na ~ LogNormal(-0.5, 0.7)\ntheta[g] ~ Dirichlet(a * ones[o])\n\
         o ~ Multinomial(theta[g])\nfirst[g] = theta[g, \"c00\"]\ntop[g] = max(theta[g])\n",
        names.join(", ")
    );
    calibrate_by(120, &text, 200, 3, |rng| {
        let a = log_normal(-0.5, 0.7, rng);
        let theta: Vec<Vec<f64>> = (0..3).map(|_| dirichlet(&[a; 100], rng)).collect();
        let counts: Vec<Vec<f64>> = (0..3).map(|g| multinomial(150.0 * (g + 1) as f64, &theta[g], rng)).collect();
        let columns: Vec<(&str, Vec<f64>)> =
            names.iter().enumerate().map(|(j, name)| (name.as_str(), counts.iter().map(|c| c[j]).collect())).collect();
        let top = theta[1].iter().fold(0.0_f64, |m, p| m.max(*p));
        let truth = [("a", a), ("first[g0]", theta[0][0]), ("theta[g2,c99]", theta[2][99]), ("top[g1]", top)];
        Simulated { table: table(&[("g", labels(3, |i| i))], &columns), truth: truths(&truth) }
    });
}

#[test]
fn conjugate_and_not_under_one_parent() {
    let text = "data g: factor, h: factor, k: count, n: count, m: count\nmu ~ Normal(-0.5, 1)\nkappa ~ LogNormal(2, 0.6)\n\
                tau ~ HalfNormal(0.7)\ntheta[g] ~ Beta(mean = inv_logit(mu), concentration = kappa)\n\
                k ~ Binomial(n, theta[g])\nv[h] ~ Normal(mu, tau)\nm ~ Poisson(exp(v[h]))\n";
    calibrate(text, 250, 5, |rng| {
        let (mu, kappa, tau) = (normal(-0.5, 1.0, rng), log_normal(2.0, 0.6, rng), normal(0.0, 0.7, rng).abs());
        let p = inv_logit(mu);
        let theta: Vec<f64> = (0..6).map(|_| beta(p * kappa, (1.0 - p) * kappa, rng)).collect();
        let v: Vec<f64> = (0..4).map(|_| normal(mu, tau, rng)).collect();
        let n: Vec<f64> = (0..24).map(|i| f64::from(1 + i % 5)).collect();
        let k = (0..24).map(|i| binomial(n[i], theta[i % 6], rng)).collect();
        let m = (0..24).map(|i| poisson(v[i / 6].exp(), rng)).collect();
        let groups = [("g", labels(24, |i| i % 6)), ("h", labels(24, |i| i / 6))];
        let truth = [("mu", mu), ("kappa", kappa), ("tau", tau), ("theta[g0]", theta[0]), ("v[g3]", v[3])];
        Simulated { table: table(&groups, &[("k", k), ("n", n), ("m", m)]), truth: truths(&truth) }
    });
}

#[test]
fn normals_of_three_levels() {
    let text = "data g: factor, t: factor, y: real\nmu ~ Normal(0, 3)\ntau ~ LogNormal(-0.5, 0.5)\n\
                s ~ LogNormal(0, 0.4)\nz[t] ~ Normal(mu, 1)\nv[g] ~ Normal(z[t], tau)\ny ~ Normal(v[g], s)\n";
    calibrate(text, 200, 4, |rng| {
        let (mu, tau, s) = (normal(0.0, 3.0, rng), log_normal(-0.5, 0.5, rng), log_normal(0.0, 0.4, rng));
        let z: Vec<f64> = (0..3).map(|_| normal(mu, 1.0, rng)).collect();
        let v: Vec<f64> = (0..9).map(|g| normal(z[g / 3], tau, rng)).collect();
        let y = (0..27).map(|i| normal(v[i % 9], s, rng)).collect();
        let table = table(&[("g", labels(27, |i| i % 9)), ("t", labels(27, |i| i % 9 / 3))], &[("y", y)]);
        let truth = [("mu", mu), ("tau", tau), ("s", s), ("z[g1]", z[1]), ("v[g8]", v[8])];
        Simulated { table, truth: truths(&truth) }
    });
}

#[test]
fn logit_normals_of_few_and_many_trials() {
    let text = "data g: factor, k: count, n: count\nmu ~ Normal(-1, 1)\ntau ~ LogNormal(-0.5, 0.6)\n\
                v[g] ~ Normal(mu, tau)\nk ~ Binomial(n, inv_logit(v[g]))\n";
    calibrate(text, 250, 5, |rng| {
        let (mu, tau) = (normal(-1.0, 1.0, rng), log_normal(-0.5, 0.6, rng));
        let v: Vec<f64> = (0..8).map(|_| normal(mu, tau, rng)).collect();
        // From 1 trial, where a level is best left non-centred, to 2187, where it is best centred.
        let n: Vec<f64> = (0..8).map(|g| 3_f64.powi(g)).collect();
        let k = (0..8).map(|g| binomial(n[g], inv_logit(v[g]), rng)).collect();
        let table = table(&[("g", labels(8, |i| i))], &[("k", k), ("n", n)]);
        let truth = [("mu", mu), ("tau", tau), ("v[g0]", v[0]), ("v[g7]", v[7])];
        Simulated { table, truth: truths(&truth) }
    });
}
