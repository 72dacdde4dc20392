//! What the passes do to a model changes no posterior: fits with them and without agree, draws of integrated-out
//! variables included, and summaries by mixtures agree with draws and with quadrature, within the errors they report.

use polya::diagnostics::{Chains, mcse_mean, mcse_sd};
use polya::engine::LogDensity;
use polya::models::Passes;
use polya::{Control, Draws, Fit, Model, Posterior, Settings, Table};
use rayon::prelude::*;

const WITHOUT: Passes = Passes { integrate: false, collapse: false };

/// Columns for all models; only those a model declares are read.
fn table() -> Table {
    let columns: [(&str, [&str; 12]); 14] = [
        ("g", ["a", "b", "a", "c", "b", "c", "d", "d", "a", "b", "c", "d"]),
        ("t", ["s", "s", "s", "u", "s", "u", "u", "u", "s", "s", "u", "u"]),
        ("h", ["p", "p", "p", "p", "q", "q", "q", "q", "r", "r", "r", "r"]),
        ("k", ["1", "4", "0", "2", "7", "3", "5", "2", "3", "6", "1", "4"]),
        ("n", ["10", "12", "6", "7", "9", "14", "8", "9", "11", "12", "9", "10"]),
        ("m", ["0", "2", "1", "5", "0", "0", "3", "1", "2", "4", "1", "0"]),
        ("b", ["0", "1", "1", "0", "0", "1", "1", "1", "0", "1", "0", "1"]),
        ("w", ["2", "1", "3", "1", "4", "1", "2", "1", "2", "1", "3", "1"]),
        ("x", ["-0.6", "0.4", "1.3", "2.2", "-1.7", "0.1", "0.9", "1.1", "-0.2", "0.5", "1.8", "0.7"]),
        ("y", ["0.5", "1.5", "2.5", "0.3", "0.8", "4.0", "1.1", "0.4", "0.9", "1.7", "0.6", "2.1"]),
        ("e", ["0.2", "0.55", "0.9", "0.31", "0.77", "0.4", "0.5", "0.8", "0.6", "0.7", "0.3", "0.9"]),
        ("o1", ["3", "0", "1", "6", "2", "2", "0", "1", "4", "1", "3", "2"]),
        ("o2", ["1", "5", "0", "2", "2", "3", "9", "4", "1", "3", "2", "5"]),
        ("o3", ["0", "2", "1", "1", "4", "0", "1", "2", "0", "2", "1", "3"]),
    ];
    columns.into_iter().fold(Table::builder("t"), |b, (name, cells)| b.text(name, cells)).build().expect("a table")
}

fn compile(text: &str, passes: Passes) -> Posterior {
    let model = Model::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let bound = model.bind(Some(&table()), &Default::default());
    bound.and_then(|b| b.compile_with(passes)).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn sample(posterior: &Posterior, seed: u64, draws: usize) -> Fit {
    let settings = Settings { warmup: 500, draws, seed, target_accept: 0.9, ..Settings::default() };
    Fit::sample(posterior, &settings, &Control::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Mean and standard deviation with the errors of both; a standard deviation without an error is not compared.
fn moments(draws: &Draws, i: usize) -> [(f64, f64); 2] {
    let values = draws.scalar(i);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    let chains = Chains::new(values, draws.chains()).expect("chains");
    [(mean, mcse_mean(chains).unwrap_or(f64::INFINITY)), (sd, mcse_sd(chains).unwrap_or(f64::INFINITY))]
}

/// Columns, a model over them, and the variables that leave it.
const FAMILY: [(&str, &str, &[&str]); 11] = [
    (
        "g: factor, k: count, n: count",
        "mu ~ Beta(2, 2)\nkappa ~ LogNormal(2, 0.7)\ntheta[g] ~ Beta(mean = mu, concentration = kappa)\n\
         k ~ Binomial(n, theta[g])\nratio = theta[\"a\"] / theta[\"b\"]\nlow[g] = theta[g] < 0.3\n",
        &["theta"],
    ),
    (
        "g: factor, k: count, n: count, b: binary, m: count",
        "al ~ Gamma(3, 1)\nbe ~ Gamma(3, 1)\ntheta[g] ~ Beta(al, be)\nk ~ Binomial(n, 1 - theta[g])\n\
         b ~ Bernoulli(theta[g])\nm ~ Geometric(theta[g])\n",
        &["theta"],
    ),
    (
        "g: factor, h: factor, m: count, w: count",
        "al ~ Gamma(3, 1)\ntheta[g, h] ~ Beta(1 + al, 2)\nm ~ NegativeBinomial(successes = 2.5, p = theta[g, h]) weight w\n",
        &["theta"],
    ),
    (
        "g: factor, t: factor, k: count, n: count",
        "kappa ~ LogNormal(2, 0.5)\np[t] ~ Beta(2, 3)\ntheta[g] ~ Beta(mean = p[t], concentration = kappa)\n\
         k ~ Binomial(n, theta[g])\n",
        &["theta"],
    ),
    (
        "g: factor, k: count, e: real, y: real",
        "shape ~ LogNormal(0.5, 0.5)\nrate ~ Gamma(2, 1)\nlambda[g] ~ Gamma(shape = shape, rate = rate)\n\
         k ~ Poisson(lambda[g] * e)\ny ~ Exponential(lambda[g])\n",
        &["lambda"],
    ),
    (
        "g: factor, o: counts(o1, o2, o3)",
        "phi[o] ~ Dirichlet([2, 1, 3])\nkappa ~ LogNormal(2, 0.6)\n\
         theta[g] ~ Dirichlet(mean = phi, concentration = kappa)\no ~ Multinomial(theta[g])\n",
        &["theta"],
    ),
    (
        "g: factor, h: factor",
        "a ~ LogNormal(0, 0.5)\ntheta[g] ~ Dirichlet(a * ones[h])\nh ~ Categorical(theta[g])\n",
        &["theta"],
    ),
    (
        "g: factor, y: real",
        "mu ~ Normal(0, 2)\ntau ~ LogNormal(-0.5, 0.5)\ns ~ LogNormal(0, 0.5)\nv[g] ~ Normal(mu, tau)\n\
         y ~ Normal(v[g], s)\n",
        &["mu", "v"],
    ),
    (
        "g: factor, h: factor, y: real, x: real, w: count",
        "a ~ Normal(0, 2)\nslope ~ Normal(0, 1)\ns ~ LogNormal(0, 0.4)\nv[g] ~ Normal(0, 1)\nz[h] ~ Normal(a, 0.7)\n\
         y ~ Normal(v[g] + z[h] + slope * x, s) weight w\n",
        &["v"],
    ),
    (
        "g: factor, k: count, n: count, m: count, h: factor",
        "theta[g] ~ Beta(2, 3)\nk ~ Binomial(n, theta[g])\nmu ~ Normal(0, 1)\ntau ~ LogNormal(-1, 0.5)\n\
         v[h] ~ Normal(mu, tau)\nm ~ Poisson(exp(v[h]))\n",
        &["theta"],
    ),
    (
        "g: factor, k: count, n: count",
        "mu ~ Normal(0, 1)\ntau ~ LogNormal(-1, 0.5)\nv[g] ~ Normal(mu, tau)\nk ~ Binomial(n, inv_logit(v[g]))\n",
        &[],
    ),
];

#[test]
fn posteriors_with_and_without_passes_agree() {
    let faults: Vec<String> = FAMILY
        .par_iter()
        .flat_map_iter(|(columns, model, out)| {
            let text = format!("data {columns}\n{model}");
            let (with, without) = (compile(&text, Passes::default()), compile(&text, WITHOUT));
            for (posterior, leaves) in [(&with, true), (&without, false)] {
                let sampled = &posterior.compiled().sampled;
                let stays = |name: &&str| sampled.iter().any(|b| b.name == **name);
                assert!(out.iter().all(|name| stays(name) != leaves), "{:?} of\n{text}", out);
            }
            let (left, right) = (sample(&with, 1, 1000), sample(&without, 2, 1000));
            let (left, right) = (left.draws(), right.draws());
            assert_eq!(left.scalars().len(), right.scalars().len());
            let mut faults = Vec::new();
            for (i, scalar) in left.scalars().iter().enumerate() {
                assert_eq!(right.scalars()[i].name, scalar.name);
                for (what, (a, b)) in ["mean", "sd"].iter().zip(moments(left, i).into_iter().zip(moments(right, i))) {
                    let error = a.1.hypot(b.1);
                    if (a.0 - b.0).abs() > 5.0 * error {
                        faults
                            .push(format!("{what} of {}: {} and {}, error {error}, in\n{text}", scalar.name, a.0, b.0));
                    }
                }
            }
            faults
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Values with the errors that are reported for them.
type Reported = Vec<(&'static str, f64, Option<f64>)>;

fn reported(fit: &Fit, name: &str) -> Reported {
    let s = fit.summary_of(name).unwrap_or_else(|| panic!("no scalar {name}"));
    vec![
        ("mean", s.mean, s.mcse_mean),
        ("sd", s.sd, s.mcse_sd),
        ("q5", s.q5, s.mcse_q5),
        ("median", s.median, s.mcse_median),
        ("q95", s.q95, s.mcse_q95),
    ]
}

/// The quantile by linear interpolation, type 7.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p * (sorted.len() - 1) as f64;
    let i = (at as usize).min(sorted.len() - 2);
    sorted[i] + (at - i as f64) * (sorted[i + 1] - sorted[i])
}

#[test]
fn summaries_by_mixtures_agree_with_the_draws() {
    for (columns, model, out) in FAMILY {
        let text = format!("data {columns}\n{model}");
        let fit = sample(&compile(&text, Passes::default()), 3, 600);
        for (i, scalar) in fit.draws().scalars().iter().enumerate() {
            if !out.contains(&scalar.variable.as_str()) {
                continue;
            }
            let moments = moments(fit.draws(), i);
            let mut sorted = fit.draws().scalar(i).to_vec();
            sorted.sort_by(f64::total_cmp);
            let chains = Chains::new(fit.draws().scalar(i), fit.draws().chains()).expect("chains");
            let by_quantile = [0.05, 0.5, 0.95].map(|p| {
                let error = polya::diagnostics::mcse_quantile(chains, p).unwrap_or(f64::INFINITY);
                (quantile(&sorted, p), error)
            });
            let drawn = moments.into_iter().chain(by_quantile);
            for ((what, found, own), (value, error)) in reported(&fit, &scalar.name).into_iter().zip(drawn) {
                let own = own.unwrap_or(0.0);
                let far = (found - value).abs() / (error + 1e-12);
                assert!(far < 5.0, "{what} of {}: {found}, of the draws {value} ± {error}, in\n{text}", scalar.name);
                assert!(own <= error * (1.0 + 1e-9), "{what} of {}: {own} is worse than {error}", scalar.name);
            }
        }
    }
}

/// Where nothing is sampled, quantiles have no error, however much of the mass lies at an edge (mpmath, 40 digits).
#[test]
fn quantiles_of_exact_posteriors_are_exact() {
    let model = Model::parse("data g: factor, k: count, n: count\np[g] ~ Beta(0.05, 3)\nk ~ Binomial(n, p[g])\n");
    let table = Table::builder("t").text("g", ["a", "b", "c", "d"]).text("k", ["0", "0", "3", "7"]);
    let table = table.text("n", ["10", "1", "20", "7"]).build().expect("a table");
    let bound = model.and_then(|model| model.bind(Some(&table), &Default::default()));
    let fit = sample(&bound.and_then(|bound| bound.compile()).expect("a posterior"), 1, 1000);
    let truths = [
        ("p[a]", [4.449_022_418_463_72e-28, 4.449_024_680_613_817e-8, 0.021_001_412_680_057_7]),
        ("p[b]", [1.576_032_267_517_352e-27, 1.576_032_977_197_127_5e-7, 0.072_377_730_992_698_19]),
        ("p[c]", [0.039_358_049_976_922_12, 0.121_664_356_947_383_02, 0.261_849_756_875_418_17]),
        ("p[d]", [0.452_656_151_597_728_8, 0.715_286_130_877_248_5, 0.902_837_095_408_122_1]),
    ];
    for (name, truth) in truths {
        for ((what, found, error), wanted) in reported(&fit, name).into_iter().skip(2).zip(truth) {
            assert_eq!(error, Some(0.0), "{what} of {name}");
            assert!((found / wanted - 1.0).abs() < 1e-10, "{what} of {name}: {found}, wanted {wanted}");
        }
    }
}

// ---- a Beta-binomial with two hyperparameters, by quadrature ----

const K: [f64; 4] = [4.0, 17.0, 8.0, 13.0];
const N: [f64; 4] = [27.0, 33.0, 30.0, 27.0];

/// The event that a level of a variable is beyond a number is told by its conditional, however it is written.
#[test]
fn events_of_single_levels_come_from_their_conditionals() {
    let text = "data g: factor, k: count, n: count\nkappa ~ LogNormal(2, 1)\n\
                theta[g] ~ Beta(mean = 0.3, concentration = kappa)\nk ~ Binomial(n, theta[g])\n\
                above[g] = theta[g] > 0.35\none = theta[\"c\"] > 0.35\nother = 0.35 < theta[\"c\"]\n\
                by_row[rows] = theta[g] > 0.35\nunder = theta[\"c\"] < 0.35\n";
    let fit = sample(&compile(text, Passes::default()), 5, 500);
    let of = |name: &str| {
        let found = fit.summary_of(name).unwrap_or_else(|| panic!("no {name}"));
        (found.mean, found.mcse_mean)
    };
    // Levels are in the order of their labels, and row 4 is of the third.
    let expected = of("above[c]");
    for name in ["one", "other", "by_row[4]"] {
        assert_eq!(of(name), expected, "{name}");
    }
    assert!((of("under").0 + expected.0 - 1.0).abs() < 1e-12);
    let draws = fit.draws().get("one").expect("draws");
    assert_ne!(draws.iter().sum::<f64>() / draws.len() as f64, expected.0);
}

/// Rates too small for a number are compared by their logarithms: one of them is the largest.
#[test]
fn rates_of_almost_nothing_are_compared() {
    let text = "data g: factor\nl[g] ~ Gamma(0.001, 0.001)\n\
                best[g] = l[g] == max(l[v] for v in g)\nfirst = l[\"a\"] > max(l[\"b\"], l[\"c\"])\n\
                pair = l[\"a\"] > l[\"b\"]\n";
    let fit = sample(&compile(text, Passes::default()), 5, 1000);
    let draws = |name: &str| fit.draws().get(name).unwrap_or_else(|| panic!("no {name}"));
    let best = ["best[a]", "best[b]", "best[c]", "best[d]"].map(draws);
    assert!((0..4000).all(|i| best.iter().map(|own| own[i]).sum::<f64>() == 1.0));
    let share = |name: &str| draws(name).iter().sum::<f64>() / 4000.0;
    // Four standard errors of independent draws.
    assert!((share("best[a]") - 0.25).abs() < 0.03 && (share("pair") - 0.5).abs() < 0.04);
    assert!((share("first") - 1.0 / 3.0).abs() < 0.03);
}

fn lgamma(x: f64) -> f64 {
    polya::models::special::lgamma(x)
}

/// The truth of mu and of theta[a]: mean, sd and quantiles.
struct Truth([[f64; 5]; 2]);

/// Mean, sd and quantiles of a density over the unit interval, by its weights at the middles of equal cells.
fn of_density(weights: &[f64]) -> [f64; 5] {
    let cells = weights.len() as f64;
    let total: f64 = weights.iter().sum();
    let moment = |f: &dyn Fn(f64) -> f64| {
        weights.iter().enumerate().map(|(i, w)| w * f((i as f64 + 0.5) / cells)).sum::<f64>() / total
    };
    let mean = moment(&|x| x);
    let sd = moment(&|x| (x - mean).powi(2)).sqrt();
    let quantile = |p: f64| {
        let mut below = 0.0;
        for (i, w) in weights.iter().enumerate() {
            if below + w >= p * total {
                return (i as f64 + (p * total - below) / w) / cells;
            }
            below += w;
        }
        1.0
    };
    [mean, sd, quantile(0.05), quantile(0.5), quantile(0.95)]
}

/// mu ~ Beta(2, 2), kappa ~ LogNormal(2, 0.7): a grid over mu and log kappa, and over theta[a] within it.
fn truth() -> Truth {
    let cells = 400;
    let (mut of_mu, mut of_theta) = (vec![0.0; cells], vec![0.0; 2000]);
    let lbeta = |a: f64, b: f64| lgamma(a) + lgamma(b) - lgamma(a + b);
    let points: Vec<(usize, f64, f64, f64)> = (0..cells)
        .flat_map(|i| (0..121).map(move |j| (i, (i as f64 + 0.5) / 400.0, 2.0 + 0.7 * (f64::from(j) - 60.0) / 10.0)))
        .map(|(i, mu, log_kappa)| {
            let (a, b) = (mu * log_kappa.exp(), (1.0 - mu) * log_kappa.exp());
            let prior = (mu * (1.0 - mu)).ln() - ((log_kappa - 2.0) / 0.7_f64).powi(2) / 2.0;
            let data: f64 = K.iter().zip(&N).map(|(k, n)| lbeta(a + k, b + n - k) - lbeta(a, b)).sum();
            (i, a, b, prior + data)
        })
        .collect();
    let most = points.iter().fold(f64::NEG_INFINITY, |m, p| m.max(p.3));
    let of_cell: Vec<(f64, f64)> =
        (0..2000).map(|i| (f64::from(i) + 0.5) / 2000.0).map(|x| (x.ln(), (-x).ln_1p())).collect();
    for (i, a, b, log) in points.into_iter().filter(|p| p.3 > most - 18.0) {
        let weight = (log - most).exp();
        of_mu[i] += weight;
        let (a, b) = (a + K[0], b + N[0] - K[0]);
        let constant = weight.ln() - lbeta(a, b);
        for (sum, (log, log1m)) in of_theta.iter_mut().zip(&of_cell) {
            *sum += (constant + (a - 1.0) * log + (b - 1.0) * log1m).exp();
        }
    }
    Truth([of_density(&of_mu), of_density(&of_theta)])
}

#[test]
fn reported_errors_are_honest() {
    const SEEDS: u64 = 200;
    let text = "data g: factor, k: count, n: count\nmu ~ Beta(2, 2)\nkappa ~ LogNormal(2, 0.7)\n\
                theta[g] ~ Beta(mean = mu, concentration = kappa)\nk ~ Binomial(n, theta[g])\n";
    let table = Table::builder("t").labels("g", ["a", "b", "c", "d"]).numbers("k", K.to_vec()).numbers("n", N.to_vec());
    let table = table.build().expect("a table");
    let bound = Model::parse(text).and_then(|m| m.bind(Some(&table), &Default::default()));
    let posterior = bound.and_then(|b| b.compile()).unwrap_or_else(|error| panic!("{error}"));
    let Truth(truth) = truth();
    let fits: Vec<[Reported; 2]> = (0..SEEDS)
        .into_par_iter()
        .map(|seed| {
            let fit = sample(&posterior, seed, 500);
            ["mu", "theta[a]"].map(|name| reported(&fit, name))
        })
        .collect();
    let mut faults = Vec::new();
    for (scalar, truth) in truth.iter().enumerate() {
        for (i, truth) in truth.iter().enumerate() {
            let what = fits[0][scalar][i].0;
            let errors: Vec<f64> = fits
                .iter()
                .map(|fit| {
                    let (_, value, error) = fit[scalar][i];
                    (value - truth) / error.unwrap_or(0.0)
                })
                .collect();
            let mean = errors.iter().sum::<f64>() / errors.len() as f64;
            let sd = (errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (errors.len() - 1) as f64).sqrt();
            let far = errors.iter().filter(|e| e.abs().is_nan() || e.abs() > 3.0).count();
            println!("scalar {scalar}, {what}: mean {mean:.2}, sd {sd:.2}, beyond 3: {far}, truth {truth}");
            // The standard error of the sd of 200 is a twentieth, that of the mean a fourteenth; beyond 3 is one in 370.
            if far > 8 || !(0.8..1.25).contains(&sd) || mean.is_nan() || mean.abs() > 0.35 {
                faults.push(format!("scalar {scalar}, {what}: mean {mean}, sd {sd}, {far} beyond 3"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Where nothing is sampled but levels are drawn around a mean that is drawn itself, what is said of them has an error: of
/// normal levels with known scales the truth is a closed form.
#[test]
fn errors_of_what_is_drawn_of_what_is_drawn_are_honest() {
    let y = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
    let se = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
    let text = "data y: real, se: real\nmu ~ Normal(0, 5)\ntheta[rows] ~ Normal(mu, 10)\ny ~ Normal(theta[rows], se)\n";
    let table = Table::builder("t").numbers("y", y.to_vec()).numbers("se", se.to_vec()).build().expect("a table");
    let bound = Model::parse(text).and_then(|m| m.bind(Some(&table), &Default::default()));
    let posterior = bound.and_then(|b| b.compile()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(posterior.dimension(), 0);
    let precision = |i: usize| 1.0 / (100.0 + se[i] * se[i]);
    let total: f64 = 1.0 / 25.0 + (0..8).map(precision).sum::<f64>();
    let mean: f64 = (0..8).map(|i| precision(i) * y[i]).sum::<f64>() / total;
    let kept = 100.0 * precision(6);
    let truth = kept * y[6] + (1.0 - kept) * mean;
    let errors: Vec<f64> = (0..100)
        .map(|seed| {
            let fit = sample(&posterior, seed, 200);
            let of = |name: &str| fit.summary_of(name).expect("a scalar").clone();
            let (mu, theta) = (of("mu"), of("theta[7]"));
            assert!((mu.mean - mean).abs() < 1e-12 && mu.mcse_mean == Some(0.0), "{mu:?}");
            (theta.mean - truth) / theta.mcse_mean.expect("an error")
        })
        .collect();
    let rms = (errors.iter().map(|e| e * e).sum::<f64>() / 100.0).sqrt();
    assert!((0.75..1.3).contains(&rms), "{rms}");
}
