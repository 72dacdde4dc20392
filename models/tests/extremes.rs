//! Extreme data: totals of 10^11, nothing but zeros, one group, groups without rows, scales from 1e-8 to 1e8. Log evidence
//! and differences of log densities against high-precision values (`tables/extremes.py`).

mod support;

use polya_engine::LogDensity;
use polya_models::table::Table;
use polya_models::{Model, Passes, Posterior};
use support::density;

const TABLE: &str = include_str!("tables/extremes.csv");

/// Rows of the table whose case starts with a word: the other words, the position and the value.
fn cases(family: &str) -> impl Iterator<Item = (Vec<&'static str>, Vec<f64>, f64)> {
    TABLE.lines().filter_map(move |line| {
        let fields: Vec<&str> = line.split(',').collect();
        let mut words = fields[0].split(' ');
        (words.next() == Some(family)).then(|| {
            let position = fields[1].split('|').filter(|p| !p.is_empty()).map(|p| p.parse().expect("a number"));
            (words.collect(), position.collect(), fields[2].parse().expect("a number"))
        })
    })
}

fn compile(text: &str, columns: &[(&str, &[f64])]) -> Posterior {
    let builder = columns.iter().fold(Table::builder("t"), |b, (name, values)| b.numbers(*name, values.to_vec()));
    let table = builder.build().expect("a table");
    let compiled = Model::parse(text).and_then(|m| m.bind(Some(&table), &Default::default())?.compile());
    compiled.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The evidence of models without parameters, to a fraction of it, or of 1 where it is smaller.
fn is_evidence(family: &str, count: usize, tolerance: f64, posterior: impl Fn(&[&str]) -> Posterior) {
    let (mut tried, mut faults) = (0, Vec::new());
    for (words, _, expected) in cases(family) {
        let posterior = posterior(&words);
        assert_eq!(posterior.dimension(), 0, "{words:?}");
        let error = (posterior.constant() - expected).abs() / expected.abs().max(1.0);
        if error.is_nan() || error > tolerance {
            faults.push(format!("{family} {words:?}: {} is not {expected} by {error:e}", posterior.constant()));
        }
        tried += 1;
    }
    assert_eq!(tried, count);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn beta_evidence(tolerance: f64) {
    is_evidence("binomial", 21, tolerance, |words| {
        let (k, n) = match words[0] {
            "none" => (0.0, 1e11),
            "all" => (1e11, 1e11),
            "one" => (1.0, 1e11),
            "some" => (1_234_567.0, 1e11),
            "half" => (5e10, 1e11),
            "all_but_one" => (1e11 - 1.0, 1e11),
            _ => (0.0, 0.0),
        };
        let text = format!("data k: count, n: count\np ~ Beta({}, {})\nk ~ Binomial(n, p)\n", words[1], words[2]);
        compile(&text, &[("k", &[k]), ("n", &[n])])
    });
}

#[test]
fn evidence_of_beta_and_huge_counts() {
    beta_evidence(1e-10);
}

fn dirichlet_evidence(tolerance: f64) {
    is_evidence("multinomial", 12, tolerance, |words| {
        let counts = match words[0] {
            "huge" => [1e11, 5e10, 3.0],
            "one" => [1e11, 0.0, 0.0],
            "none" => [0.0; 3],
            _ => [1e11; 3],
        };
        let text = format!("data o: counts(x, y, z)\np ~ Dirichlet({} * ones[o])\no ~ Multinomial(p)\n", words[1]);
        let columns = [("x", &counts[..1]), ("y", &counts[1..2]), ("z", &counts[2..])];
        compile(&text, &columns)
    });
}

#[test]
fn evidence_of_dirichlet_and_huge_counts() {
    dirichlet_evidence(1e-10);
}

fn exposures() -> Vec<f64> {
    (-8..9).map(|i| format!("1e{i}").parse().expect("a number")).collect()
}

#[test]
fn evidence_of_gamma_and_exposures_of_all_sizes() {
    is_evidence("poisson", 9, 1e-10, |words| {
        let mut counts = vec![0.0; 17];
        counts[16] = match words[0] {
            "zeros" => 0.0,
            "last" => 7.0,
            _ => 1e9,
        };
        let (shape, rate) = (words[1], words[2]);
        let text = format!("data k: count, e: real\nr ~ Gamma(shape = {shape}, rate = {rate})\nk ~ Poisson(r * e)\n");
        compile(&text, &[("k", &counts), ("e", &exposures())])
    });
}

#[test]
fn evidence_of_normals_of_tiny_and_huge_scales() {
    is_evidence("normal", 7, 1e-10, |words| {
        let (m, t, s) = (words[0], words[1], words[2]);
        let text = format!("data y: real\nv ~ Normal({m}, {t})\ny ~ Normal(v, {s})\n");
        compile(&text, &[("y", &[0.5, 1.5, -2.5, 0.25])])
    });
}

/// Differences of the log density between positions, to a fraction of the difference, or of 1 where it is smaller, for
/// some cases of a family.
fn differences_agree(family: &str, wanted: &[&str], tolerance: f64, posterior: impl Fn(&str) -> Posterior) {
    let all: Vec<_> = cases(family).collect();
    let mut faults = Vec::new();
    for name in wanted {
        let posterior = posterior(name);
        let own: Vec<_> = all.iter().filter(|c| c.0[0] == *name).collect();
        let at = |position: &[f64]| {
            assert_eq!(position.len(), posterior.dimension(), "{family} {name}");
            let (mut gradient, mut scratch) = (vec![0.0; position.len()], posterior.scratch());
            posterior.log_density(position, &mut gradient, &mut scratch).expect("a density")
        };
        let at_first = at(&own[0].1);
        for (_, position, expected) in &own[1..] {
            let found = at(position) - at_first;
            let error = (found - expected).abs() / expected.abs().max(1.0);
            if error.is_nan() || error > tolerance {
                faults.push(format!("{family} {name} at {position:?}: {found} is not {expected} by {error:e}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn levels(count: usize) -> Vec<f64> {
    (0..count).map(|i| i as f64).collect()
}

fn beta_differences(wanted: &[&str], tolerance: f64) {
    differences_agree("beta", wanted, tolerance, |name| {
        let (k, n): (&[f64], &[f64]) = match name {
            "one_group" => (&[3.0], &[10.0]),
            "huge" => (&[1_234_567.0, 5e10, 0.0, 1e11], &[1e11; 4]),
            "all_zero" => (&[0.0; 3], &[10.0, 1e11, 1.0]),
            _ => (&[10.0, 1e11, 1.0], &[10.0, 1e11, 1.0]),
        };
        let text = "data g: factor, k: count, n: count\nmu ~ Beta(2, 2)\nkappa ~ LogNormal(1, 2)\n\
                    theta[g] ~ Beta(mean = mu, concentration = kappa)\nk ~ Binomial(n, theta[g])\n";
        compile(text, &[("g", &levels(k.len())), ("k", k), ("n", n)])
    });
}

#[test]
fn beta_hyperparameters_at_extreme_counts() {
    beta_differences(&["one_group", "huge", "all_successes"], 1e-10);
    // The terms of failures and of totals cancel to the rounding of the concentration, where that is e^20.
    beta_differences(&["all_zero"], 5e-9);
}

#[test]
fn gamma_hyperparameters_at_extreme_exposures() {
    differences_agree("gamma", &["zeros", "mixed", "one_group"], 1e-10, |name| {
        let (k, e): (Vec<f64>, Vec<f64>) = match name {
            "zeros" => (vec![0.0; 17], exposures()),
            "mixed" => (vec![1e9, 3.0, 1e11, 0.0], vec![1e8, 1.0, 1.0, 0.5]),
            _ => (vec![4.0], vec![2.0]),
        };
        let text = "data g: factor, k: count, e: real\nal ~ LogNormal(0, 3)\nbe ~ LogNormal(0, 3)\n\
                    lambda[g] ~ Gamma(shape = al, rate = be)\nk ~ Poisson(lambda[g] * e)\n";
        compile(text, &[("g", &levels(k.len())), ("k", &k), ("e", &e)])
    });
}

#[test]
fn dirichlet_concentrations_at_huge_counts() {
    differences_agree("dirichlet", &["huge", "one_group"], 1e-10, |name| {
        let (x, y, z): (&[f64], &[f64], &[f64]) = match name {
            "huge" => (&[1e11, 1e11, 0.0], &[5e10, 0.0, 0.0], &[3.0, 0.0, 0.0]),
            _ => (&[0.0], &[7.0], &[1.0]),
        };
        let text = "data g: factor, o: counts(x, y, z)\na ~ LogNormal(0, 3)\ntheta[g] ~ Dirichlet(a * ones[o])\n\
                    o ~ Multinomial(theta[g])\n";
        compile(text, &[("g", &levels(x.len())), ("x", x), ("y", y), ("z", z)])
    });
}

fn normal_differences(wanted: &[&str]) {
    differences_agree("normal_scale", wanted, 1e-10, |name| {
        let s = match name {
            "unit" => "1",
            "huge" => "1e8",
            _ => "1e-8",
        };
        let y: &[f64] = if name == "tiny" { &[0.5, 0.50000001, -2.5, -2.50000002] } else { &[0.5, 1.5, -2.5, 0.25] };
        let text =
            format!("data g: factor, y: real\nt ~ LogNormal(0, 20)\nv[g] ~ Normal(0.3, t)\ny ~ Normal(v[g], {s})\n");
        compile(&text, &[("g", &[0.0, 0.0, 1.0, 1.0]), ("y", y)])
    });
}

#[test]
fn normal_scales_of_all_sizes() {
    normal_differences(&["unit", "tiny", "huge"]);
}

#[test]
fn replicates_far_apart_for_their_scale() {
    normal_differences(&["apart"]);
}

#[test]
fn groups_without_rows_add_nothing() {
    let models = [
        "mu ~ Beta(2, 2)\nkappa ~ LogNormal(1, 2)\nv[g] ~ Beta(mean = mu, concentration = kappa)\nk ~ Binomial(9, v[g])\n",
        "al ~ Gamma(2, 1)\nbe ~ Gamma(2, 1)\nv[g] ~ Gamma(shape = al, rate = be)\nk ~ Poisson(v[g])\n",
        "a ~ Normal(0, 1)\nt ~ LogNormal(0, 1)\nv[g] ~ Normal(a, t)\nk ~ Normal(v[g], 2)\n",
    ];
    for model in models {
        let kind = if model.contains("k ~ Normal") { "real" } else { "count" };
        let text = format!("data g: factor, k: {kind}\n{model}");
        let of = |g: &[&str], k: &[&str]| {
            let table = Table::builder("t").text("g", g.iter().copied()).text("k", k.iter().copied());
            let table = table.build().expect("a table");
            let bound = Model::parse(&text).and_then(|m| m.bind(Some(&table), &Default::default()));
            bound.and_then(|b| b.compile_with(Passes::default())).unwrap_or_else(|error| panic!("{error}\n{text}"))
        };
        let full = of(&["a", "b", "b"], &["3", "1", "7"]);
        let sparse = of(&["a", "b", "z", "b", "y", "z"], &["3", "1", "", "7", "NA", ""]);
        assert_eq!(full.dimension(), sparse.dimension(), "{text}");
        for x in [-1.5, 0.0, 2.0] {
            let at: Vec<f64> = (0..full.dimension()).map(|i| x + 0.3 * i as f64).collect();
            let (a, b) = (density(&full, &at), density(&sparse, &at));
            assert!((a - b).abs() <= 1e-13 * a.abs(), "{a} is not {b} in\n{text}");
        }
    }
}

#[test]
fn times_of_zero_tell_of_a_rate() {
    // With r ~ Gamma(a, b), n times of 0 at the rate c r have the density E[(c r)^n] = c^n (a)_n / b^n.
    let text = "data y: real, w: count\nr ~ Gamma(2, 3)\ny ~ Exponential(2 * r) weight w\n";
    for (w, moment) in [(1.0, 2.0), (3.0, 24.0)] {
        let posterior = compile(text, &[("y", &[0.0]), ("w", &[w])]);
        let expected = f64::ln(moment) + w * f64::ln(2.0 / 3.0);
        assert!((posterior.constant() - expected).abs() < 1e-14, "{} is not {expected}", posterior.constant());
    }
    // Beside times above 0 in another group, as b varies: (2)_1 b^2 / (b + 5)^3 and (2)_2 / b^2.
    let text = "data g: factor, y: real\nb ~ LogNormal(0, 1)\nr[g] ~ Gamma(2, b)\ny ~ Exponential(r[g])\n";
    let posterior = compile(text, &[("g", &[0.0, 1.0, 1.0]), ("y", &[5.0, 0.0, 0.0])]);
    for u in [-2.0, 0.0, 1.5_f64] {
        let prior = -0.5 * u * u - 0.5 * std::f64::consts::TAU.ln();
        let expected = prior + f64::ln(12.0) - 3.0 * (u.exp() + 5.0).ln();
        let found = density(&posterior, &[u]);
        assert!((found - expected).abs() < 1e-13 * expected.abs(), "{found} is not {expected}");
    }
}

#[test]
fn an_empty_category_leaves_its_row_out() {
    let models = [
        "phi ~ Dirichlet(ones[c])\nc ~ Categorical(phi)\n",
        "a ~ Gamma(2, 1)\nphi[g, c] ~ Dirichlet([a, a])\nc ~ Categorical(phi[g])\n",
        // A level's number is that of its rows, whatever stands in rows of no level.
        "b ~ Normal(0, 1)\nlet eta[c] = b * x\nc ~ Categorical(softmax(eta))\n",
    ];
    for model in models {
        let fields = ["g: factor", "x: real"].into_iter().filter(|f| {
            let name = &f[..1];
            model.split(|c: char| !c.is_alphanumeric()).any(|word| word == name)
        });
        let text =
            format!("data {}, c: factor\n{model}", fields.collect::<Vec<_>>().join(", ")).replace("data ,", "data");
        let of = |g: &[&str], c: &[&str], x: &[&str]| {
            let columns = [("g", g), ("c", c), ("x", x)];
            let builder =
                columns.into_iter().fold(Table::builder("t"), |b, (n, cells)| b.text(n, cells.iter().copied()));
            let table = builder.build().expect("a table");
            let bound = Model::parse(&text).and_then(|m| m.bind(Some(&table), &Default::default()));
            bound.and_then(|b| b.compile()).unwrap_or_else(|error| panic!("{error}\n{text}"))
        };
        let full = of(&["s", "s", "u"], &["p", "q", "p"], &["1", "2", "1"]);
        let sparse = of(&["s", "s", "u", "s", "u"], &["p", "q", "p", "", "NA"], &["1", "2", "1", "7", "8"]);
        assert_eq!(full.dimension(), sparse.dimension(), "{text}");
        assert_eq!(sparse.rows_left_out().get("c"), Some(&2), "{text}");
        for x in [-1.5, 0.0, 2.0] {
            let at = vec![x; full.dimension()];
            let (a, b) = (density(&full, &at), density(&sparse, &at));
            assert!((a - b).abs() <= 1e-13 * a.abs(), "{a} is not {b} in\n{text}");
        }
    }
}
