//! Observed cells that are alike: what one says of each draw is what all of its kind say.

mod common;

use common::{fit, posterior};
use polya::checks::loo::leave_rows_out;
use polya::checks::places::places_of_rows;
use polya::diagnostics::{ByRow, Efficiency, loo, waic};
use polya::{Replay, Table};

/// Sixty rows of few kinds, of all sorts of columns.
fn table() -> Table {
    let labels = |of: fn(usize) -> &'static str| (0..60).map(of).collect::<Vec<_>>();
    let numbers = |of: fn(usize) -> usize| (0..60).map(|i| of(i) as f64).collect::<Vec<_>>();
    Table::builder("t")
        .labels("g", labels(|i| ["a", "b", "c"][i % 3]))
        .labels("c", labels(|i| ["p", "q"][i / 2 % 2]))
        .numbers("b", numbers(|i| i / 3 % 2))
        .numbers("k", numbers(|i| i * i % 4))
        .numbers("n", numbers(|_| 5))
        .numbers("w", numbers(|i| i % 3))
        .numbers("x", numbers(|i| i % 5))
        .numbers("o1", numbers(|i| i % 2))
        .numbers("o2", numbers(|i| i % 3))
        .build()
        .expect("a table")
}

const MODELS: [(&str, usize); 6] = [
    ("data g: factor, b: binary\np[g] ~ Beta(2, 2)\nb ~ Bernoulli(p[g])\n", 6),
    (
        "data g: factor, k: count, n: count, w: count\nm ~ Beta(1, 1)\nq ~ LogNormal(2, 1)\n\
         p[g] ~ Beta(mean = m, concentration = q)\nk ~ Binomial(n, p[g]) weight w\n",
        4,
    ),
    ("data k: count, x: real\na ~ Normal(0, 1)\ns ~ Normal(0, 1)\nk ~ Poisson(exp(a + s * x))\n", 10),
    ("data g: factor, c: factor\np[g] ~ Dirichlet(ones[c])\nc ~ Categorical(p[g])\n", 6),
    // Of vectors each row is a kind of its own.
    ("data g: factor, o: counts(o1, o2)\np[g] ~ Dirichlet(ones[o])\no ~ Multinomial(p[g])\n", 60),
    (
        "data g: factor, b: binary, k: count\np ~ Beta(2, 2)\nb ~ Bernoulli(p)\nr[g] ~ Gamma(2, 1)\n\
         k ~ Poisson(r[g] * (1 + p))\n",
        8,
    ),
];

#[test]
fn a_cell_of_each_kind_stands_for_all() {
    let table = table();
    for (text, kinds) in MODELS {
        let posterior = posterior(text, &table);
        let fit = fit(&posterior);
        let replay = Replay::of(&posterior, &fit);
        let (rows, of_kinds, alike) = (replay.log_lik(), replay.log_lik_of_kinds(), posterior.alike());
        assert_eq!(alike.cells.len(), kinds, "{text}");
        for (cell, kind) in alike.kinds.iter().enumerate() {
            assert_eq!(rows.column(cell), of_kinds.column(*kind as usize), "cell {cell} of\n{text}");
        }
        let weights = posterior.row_weights();
        for (draw, joint) in replay.joint_log_lik().iter().enumerate() {
            let sum: f64 = weights.iter().enumerate().map(|(cell, weight)| weight * rows.column(cell)[draw]).sum();
            assert!((joint - sum).abs() < 1e-9 * sum.abs().max(1.0), "{joint} is not {sum}");
        }
    }
}

#[test]
fn rows_are_left_out_as_one_by_one() {
    let table = table();
    for (text, _) in MODELS.into_iter().filter(|(text, _)| !text.contains("weight")) {
        let posterior = posterior(text, &table);
        let fit = fit(&posterior);
        let replay = Replay::of(&posterior, &fit);
        let matrix = replay.log_lik();
        let columns = ByRow::new(&matrix.values, matrix.total()).expect("columns");
        let left_out = leave_rows_out(&replay).expect("rows");
        assert_eq!(left_out.loo, loo(&columns, Efficiency::Chains(matrix.chains)).expect("rows"), "{text}");
        assert_eq!(left_out.waic, waic(&columns).ok());
        let places = places_of_rows(&replay, &left_out).expect("places");
        assert!(places.iter().all(|column| column.rows.len() == column.places.len()));
    }
}
