//! Rows collapsed to cells: the same log density, gradient and pointwise log likelihood as row by row.

mod support;

use polya_engine::LogDensity;
use polya_models::table::Table;
use polya_models::{Passes, Posterior};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{compile_on, compile_with};

/// The same density with rows collapsed, over so many cells.
fn collapses(text: &str, cells: usize) {
    for integrate in [false, true] {
        let rows = compile_with(text, Passes { integrate, collapse: false });
        let collapsed = compile_with(text, Passes { integrate, collapse: true });
        assert_eq!(collapsed.cells(), cells, "cells of\n{text}");
        agree(&rows, &collapsed, text);
    }
}

/// Densities and gradients of a model, row by row and collapsed, are the same.
fn agree(rows: &Posterior, collapsed: &Posterior, text: &str) {
    assert_eq!(rows.dimension(), collapsed.dimension());
    let dimension = rows.dimension();
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let (mut left, mut right) = (vec![0.0; dimension], vec![0.0; dimension]);
    let (mut rows_scratch, mut cells_scratch) = (rows.scratch(), collapsed.scratch());
    for _ in 0..5 {
        let position: Vec<f64> = (0..dimension).map(|_| rng.random_range(-1.5..1.5)).collect();
        let a = rows.log_density(&position, &mut left, &mut rows_scratch).expect("a density") + rows.constant();
        let b =
            collapsed.log_density(&position, &mut right, &mut cells_scratch).expect("a density") + collapsed.constant();
        assert!((a - b).abs() < 1e-12 * a.abs().max(1.0), "{a} and {b} in\n{text}");
        for (l, r) in left.iter().zip(&right) {
            assert!((l - r).abs() < 1e-11 * l.abs().max(1.0), "{left:?} and {right:?} in\n{text}");
        }
    }
}

/// Rows of which none agree, in an order in which eight that follow each other gather eight places: they are sorted.
#[test]
fn the_order_of_cells_changes_nothing() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut cells = |of: &dyn Fn(f64) -> String| (0..300).map(|_| of(rng.random())).collect::<Vec<String>>();
    let columns = [
        ("g", cells(&|u| format!("g{}", (3.0 * u) as u32))),
        ("t", cells(&|u| format!("t{}", (9.0 * u) as u32))),
        ("x", cells(&|u| format!("{:.12}", 4.0 * u - 2.0))),
        ("n", cells(&|u| format!("{}", 10 + (20.0 * u) as u32))),
        ("k", cells(&|u| format!("{}", (10.0 * u) as u32))),
        ("w", cells(&|u| format!("{}", (3.0 * u) as u32))),
    ];
    let text_columns = columns.iter().map(|(name, cells)| (*name, cells.iter().map(String::as_str)));
    let table = text_columns.fold(Table::builder("t"), |builder, (name, cells)| builder.text(name, cells));
    let table = table.build().expect("a table");
    for weight in ["", " weight w"] {
        let text = format!(
            "{A}v[t] ~ Normal(a, 1)\nz[g] ~ Normal(0, 1)\nk ~ Binomial(n, inv_logit(v[t] + z[g] + c1 * x)){weight}\n"
        );
        let rows = compile_on(&table, &text, Passes { integrate: true, collapse: false });
        let sorted = compile_on(&table, &text, Passes::default());
        let counted = if weight.is_empty() { 300 } else { columns[5].1.iter().filter(|w| *w != "0").count() };
        assert_eq!(sorted.cells(), counted);
        agree(&rows, &sorted, &text);
        let position: Vec<f64> = (0..rows.dimension()).map(|i| 0.3 - 0.1 * i as f64).collect();
        assert_eq!(log_lik(&rows, &position), log_lik(&sorted, &position));
    }
}

const A: &str = "a ~ Normal(0, 1)\nc1 ~ Normal(0, 1)\n";

#[test]
fn rows_with_the_same_parameters_become_a_cell() {
    let cases = [
        ("v[g] ~ Normal(a, 1)\nk ~ Binomial(n, inv_logit(v[g]))\n", 3),
        ("v[g] ~ Normal(a, 1)\nb ~ Bernoulli(inv_logit(v[g])) weight w\n", 3),
        ("v[g] ~ Normal(a, 1)\nb ~ Bernoulli(inv_logit(v[g] + c1 * (t == \"s\"))) weight m\n", 3),
        ("v[t] ~ Normal(a, 1)\nk ~ Binomial(n, inv_logit(v[t]) * 0.9)\n", 2),
        ("v[g] ~ Normal(a, 1)\nk ~ Poisson(exp(v[g] + c1)) weight w\n", 3),
        ("v[g] ~ Normal(a, 1)\nk ~ Poisson(exp(v[g]) + 0.1)\n", 3),
        ("v[g] ~ Normal(a, 1)\nk ~ Geometric(inv_logit(v[g] - c1))\n", 3),
        ("v[g] ~ Normal(a, 1)\ny ~ Normal(v[g] * v[g], exp(c1))\n", 3),
        ("v[g] ~ Normal(a, 1)\ny ~ Normal(v[g] * v[g], exp(c1)) weight w\n", 3),
        ("v[g] ~ Normal(a, 1)\ny ~ Exponential(exp(v[g]))\n", 3),
        ("v[g] ~ Normal(a, 1)\ny ~ Gamma(exp(v[g]), exp(c1))\n", 3),
        ("v[t] ~ Normal(a, 1)\nu ~ Beta(exp(v[t]), exp(c1))\n", 2),
        ("v[t] ~ Normal(a, 1)\nm ~ NegativeBinomial(mean = exp(v[t]), dispersion = exp(c1))\n", 6),
        ("v[t] ~ Normal(a, 1)\nx ~ StudentT(4, v[t], exp(c1))\n", 7),
        ("k ~ Binomial(n, inv_logit(a + c1 * x))\n", 7),
        // Exposures need not agree, wherever they stand.
        ("v[g] ~ Normal(a, 1)\nk ~ Poisson(y * exp(v[g] + c1))\n", 3),
        ("v[g] ~ Normal(a, 1)\nk ~ Poisson(exp(c1 + log(y) + v[g])) weight w\n", 3),
        ("v[g] ~ Normal(a, 1)\nk ~ Poisson(exp(x + v[g] - u)) weight m\n", 3),
        ("v[g] ~ Normal(a, 1)\nk ~ Poisson(exp(v[g] + c1) / y)\n", 3),
        ("v[g] ~ HalfNormal(exp(a))\nk ~ Poisson(y * (v[g] + 0.1))\n", 3),
        // What is computed of a vector is computed where it comes from.
        ("v[t, c] ~ Normal(a, c1 * c1 + 1)\nc ~ Categorical(softmax(v[t]))\n", 6),
        ("v[g, o] ~ Normal(a, c1 * c1 + 1)\no ~ Multinomial(softmax(v[g])) weight w\n", 3),
        (
            "v[c] ~ Normal(a, c1 * c1 + 1)\nz[t] ~ Normal(0, 1)\nlet e[t, c] = v[c] * z[t]\nc ~ Categorical(softmax(e[t]))\n",
            6,
        ),
    ];
    cases.iter().for_each(|(text, cells)| collapses(&format!("{A}{text}"), *cells));
}

/// What stays of a normal likelihood when one of its effects leaves is that of cells too.
#[test]
fn rows_become_cells_where_a_normal_variable_leaves() {
    let cases = [
        ("v[g] ~ Normal(a, 1)\nz[c] ~ Normal(0, 1)\ny ~ Normal(v[g] + z[c], exp(c1))\n", 6),
        ("v[g] ~ Normal(a, 1)\nz[c] ~ Normal(0, 1)\ny ~ Normal(z[c] - 2 * v[g], exp(c1)) weight w\n", 6),
        ("v[g] ~ Normal(a, 1)\ny ~ Normal(v[g] + c1 * m * m + x, 0.5 + a * a) weight m\n", 4),
        ("v[g] ~ Normal(a, 1)\ny ~ Normal(v[g] + x - c1 * b, exp(c1)) weight m\n", 3),
        ("v[g] ~ Normal(a, 1)\nz[c] ~ LogNormal(0, 1)\ny ~ Normal(v[g], z[c])\n", 6),
        ("v[t] ~ Normal(a, 1)\nz[g] ~ Normal(0, c1 * c1 + 1)\ny ~ Normal(v[t] + z[g], 0.7) weight w\n", 3),
    ];
    for (text, cells) in cases {
        let text = format!("{A}{text}");
        let columns = [
            ("g", ["a", "b", "a", "c", "b", "c", "a", "a"]),
            ("t", ["s", "s", "s", "u", "s", "u", "s", "s"]),
            ("b", ["0", "1", "1", "0", "0", "1", "1", "1"]),
            ("c", ["0", "1", "1", "0", "0", "1", "1", "1"]),
            ("m", ["0", "2", "1", "5", "0", "0", "3", "1"]),
            ("w", ["2", "1", "3", "1", "4", "1", "2", "0"]),
            ("x", ["-0.6", "0.4", "1.3", "2.2", "-1.7", "0.1", "0.9", "0.2"]),
            ("y", ["0.5", "1.5", "2.5", "0.3", "0.8", "4.0", "1.1", "0.9"]),
        ];
        let builder = columns.into_iter().fold(Table::builder("t"), |b, (name, cells)| b.text(name, cells));
        let table = builder.build().expect("a table");
        let rows = compile_on(&table, &text, Passes { integrate: true, collapse: false });
        let collapsed = compile_on(&table, &text, Passes::default());
        agree(&rows, &collapsed, &text);
        let compiled = collapsed.compiled();
        let statement = compiled.densities.iter().find(|d| d.name == "y").expect("a statement");
        assert!(statement.absorbed_by.is_some(), "{text}");
        let most = statement.entering().iter().map(|part| compiled.graph.size(part.node)).max();
        assert_eq!(most, Some(cells), "{text}");
    }
}

#[test]
fn the_log_likelihood_is_still_that_of_rows() {
    let text = format!("{A}v[g] ~ Normal(a, 1)\nk ~ Binomial(n, inv_logit(v[g] + c1))\n");
    let rows = compile_with(&text, Passes { integrate: true, collapse: false });
    let collapsed = compile_with(&text, Passes::default());
    assert_eq!(collapsed.observed()[0].rows.len(), 7);
    let position: Vec<f64> = (0..rows.dimension()).map(|i| 0.3 - 0.1 * i as f64).collect();
    assert_eq!(log_lik(&rows, &position), log_lik(&collapsed, &position));
}

/// The log likelihood row by row.
fn log_lik(posterior: &Posterior, position: &[f64]) -> Vec<f64> {
    struct NoDraws;
    impl polya_models::program::sampler::Streams for NoDraws {
        fn stream(&mut self, _: u32) -> &mut dyn rand::Rng {
            unreachable!("nothing is drawn")
        }
    }
    let mut out = vec![0.0; posterior.observed()[0].rows.len()];
    posterior.log_lik(position, &mut NoDraws, &mut posterior.expand_scratch(), &mut out);
    out
}
