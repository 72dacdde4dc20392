//! Arguments that leave their domain at some positions: no density there, whatever the passes, and nothing to look at where
//! the transforms of variables keep them inside.

mod support;

use polya_engine::LogDensity;
use polya_models::table::Table;
use polya_models::{Fault, Passes, Posterior};
use support::{compile_on, compile_with, noncentred};

const PASSES: [Passes; 2] = [Passes { integrate: true, collapse: true }, Passes { integrate: false, collapse: false }];

/// Whether there is a density at a position.
fn has_density(posterior: &Posterior, position: &[f64]) -> bool {
    let mut gradient = vec![0.0; position.len()];
    let value = posterior.log_density(position, &mut gradient, &mut noncentred(posterior)).expect("a value");
    value.is_finite()
}

/// The guards of a model.
fn guards(posterior: &Posterior) -> Vec<String> {
    posterior.compiled().guards.iter().map(|g| format!("{} of {} ({})", g.argument, g.distribution, g.name)).collect()
}

/// A model whose first coordinate decides: positions of it inside of the domain, and outside. The other coordinates are 0.
fn bounded(text: &str, guard: &str, inside: &[f64], outside: &[f64]) {
    for passes in PASSES {
        let posterior = compile_with(text, passes);
        assert_eq!(guards(&posterior), [guard], "{text}");
        let at = |x: f64| {
            let mut position = vec![0.0; posterior.dimension()];
            position[0] = x;
            position
        };
        for x in inside {
            assert!(has_density(&posterior, &at(*x)), "no density at {x} with {passes:?}\n{text}");
            assert!(posterior.culprit(&at(*x)).is_none(), "{text}");
        }
        for x in outside {
            assert!(!has_density(&posterior, &at(*x)), "a density at {x} with {passes:?}\n{text}");
            let culprit = posterior.culprit(&at(*x)).expect("a culprit");
            assert!(matches!(culprit.fault, Fault::Argument { .. }), "{culprit}\n{text}");
        }
    }
}

#[test]
fn there_is_no_density_outside_of_a_domain() {
    // p = inv_logit(x) is 2/3 at log 2.
    let (below, above) = ([-3.0, 0.0, 0.69], [0.7, 2.0, 30.0]);
    bounded("p ~ Beta(2, 2)\nk ~ Binomial(n, 1.5 * p)\n", "p of Binomial (k)", &below, &above);
    bounded("p ~ Beta(2, 2)\nb ~ Bernoulli(1.5 * p)\n", "p of Bernoulli (b)", &below, &above);
    bounded("p ~ Beta(2, 2)\nm ~ Geometric(1.5 * p)\n", "p of Geometric (m)", &below, &above);
    let (negative, positive) = ([-2.0, -1e-9], [1e-9, 0.5, 3.0]);
    bounded("q ~ Normal(0, 1)\nm ~ Poisson(q)\n", "rate of Poisson (m)", &positive, &negative);
    bounded("q ~ Normal(0, 1)\ny ~ Exponential(q)\n", "rate of Exponential (y)", &positive, &negative);
    bounded("q ~ Normal(0, 1)\nx ~ Normal(0, q)\n", "scale of Normal (x)", &positive, &negative);
    let text = "q ~ Normal(0, 1)\nm ~ NegativeBinomial(mean = q, dispersion = 2)\n";
    bounded(text, "mean of NegativeBinomial (m)", &positive, &negative);
    let text = "p ~ Beta(2, 2)\nm ~ NegativeBinomial(successes = 3, p = p / 0.5)\n";
    bounded(text, "p of NegativeBinomial (m)", &[-2.0, -0.01], &[0.01, 3.0]);
}

#[test]
fn what_is_integrated_out_keeps_the_domain_of_its_prior() {
    let (negative, positive) = ([-2.0, -1e-9], [1e-9, 0.5, 3.0]);
    let text = "q ~ Normal(0.5, 1)\nv[g] ~ Normal(0, q)\nx ~ Normal(v[g], 1)\n";
    bounded(text, "scale of Normal (v)", &positive, &negative);
    let text = "q ~ Normal(0.5, 1)\nv[g] ~ Gamma(mean = 2, sd = q)\nm ~ Poisson(v[g])\n";
    bounded(text, "sd of Gamma (v)", &positive, &negative);
    let text = "q ~ Normal(0.5, 1)\nz[t] ~ Normal(0, q)\nv[g] ~ Normal(z[t], 2)\nx ~ Normal(v[g], 1)\n";
    bounded(text, "scale of Normal (z)", &positive, &negative);
    let text = "q ~ Beta(2, 2)\nv[g, o] ~ Dirichlet(mean = [q, q, 1 - q], concentration = 3)\no ~ Multinomial(v[g])\n";
    let posterior = compile_with(text, Passes::default());
    assert_eq!(guards(&posterior), ["mean of Dirichlet (v)"]);
    assert!(!has_density(&posterior, &[0.0]));
}

#[test]
fn a_variable_that_decides_a_domain_is_not_integrated_out() {
    // The rate would be conjugate, and the location as well.
    for text in ["v ~ Gamma(2, 1)\nm ~ Poisson(v * x)\n", "v ~ Normal(0, 1)\nx ~ Normal(v, 1)\ny ~ Normal(0, v)\n"] {
        let posterior = compile_with(text, Passes::default());
        assert_eq!((posterior.dimension(), posterior.compiled().guards.len()), (1, 1), "{text}");
    }
}

#[test]
fn vectors_must_be_simplexes() {
    for text in [
        "q ~ Gamma(2, 2)\nc ~ Categorical([q, q, q])\n",
        "q ~ Gamma(2, 2)\no ~ Multinomial([q, q, q])\n",
        "q ~ Beta(2, 2)\no ~ DirichletMultinomial(mean = [q, q, q], concentration = 4)\n",
    ] {
        let posterior = compile_with(text, Passes::default());
        assert_eq!(posterior.compiled().guards.len(), 1, "{text}");
        assert!(!has_density(&posterior, &[0.3]), "{text}");
    }
    // A simplex in some places, to rounding.
    let text = "q ~ Beta(2, 2)\nr ~ Beta(2, 2)\nc ~ Categorical([q, r * (1 - q), (1 - q) * (1 - r)])\n";
    let posterior = compile_with(text, Passes::default());
    for (a, b) in [(0.3, -2.0), (5.0, 4.0), (-8.0, 0.1)] {
        assert!(has_density(&posterior, &[a, b]));
    }
}

#[test]
fn what_transforms_keep_inside_is_not_looked_at() {
    for text in [
        "mu ~ Beta(1, 1)\nkappa ~ LogNormal(3, 1)\nv[g] ~ Beta(mean = mu, concentration = kappa)\nk ~ Binomial(n, v[g])\n",
        "p ~ Beta(2, 2)\nk ~ Binomial(n, 1 - p)\n",
        "p ~ Beta(2, 2)\nq ~ Beta(2, 2)\nk ~ Binomial(n, 0.3 * p + 0.7 * q)\n",
        "a ~ Normal(0, 1)\nk ~ Binomial(n, inv_logit(a + x))\nm ~ Poisson(exp(a) * u)\n",
        "s ~ HalfNormal(1)\nr ~ Exponential(2)\nd ~ Gamma(2, 1)\nh ~ HalfCauchy(3)\nx ~ StudentT(1 + d, 0, s + r * h)\n",
        "s ~ HalfNormal(1)\nx ~ Normal(0, sqrt(1 + s ^ 2) / u)\n",
        "l ~ Uniform(0, 0.5)\nk ~ Binomial(n, l)\nw ~ Poisson(l * 3)\n",
        "phi ~ Dirichlet(ones[o])\nkappa ~ LogNormal(2, 1)\nv[g] ~ Dirichlet(mean = phi, concentration = kappa)\n\
         o ~ Multinomial(v[g])\n",
        "f[o] ~ Normal(0, 1)\no ~ Multinomial(softmax(f))\n",
        "p ~ Pareto(1, 2)\nm ~ NegativeBinomial(mean = p, dispersion = p)\n",
        "z ~ HalfNormal(1)\nv[g] ~ LogNormal(0, z)\ny ~ Gamma(v[g], v[g])\n",
    ] {
        for passes in PASSES {
            assert!(
                guards(&compile_with(text, passes)).is_empty(),
                "{:?} in\n{text}",
                guards(&compile_with(text, passes))
            );
        }
    }
}

/// Rows that agree in an argument ask once.
#[test]
fn guards_collapse() {
    let text = "v[g] ~ Normal(1, 1)\nz[t] ~ Normal(0, 1)\nm ~ Poisson(v[g] + z[t])\n";
    for (collapse, rows) in [(false, 7), (true, 3)] {
        let posterior = compile_with(text, Passes { integrate: true, collapse });
        let compiled = posterior.compiled();
        assert_eq!(compiled.graph.size(compiled.guards[0].entering), rows);
        // Of groups a, b and c the last alone is in u.
        assert!(has_density(&posterior, &[1.0, 2.0, 3.0, -0.5, -2.5]));
        assert!(!has_density(&posterior, &[1.0, 2.0, 3.0, -0.5, -3.5]));
        assert!(!has_density(&posterior, &[1.0, 2.0, 3.0, -1.5, -2.5]));
    }
}

#[test]
fn a_row_that_does_not_count_decides_nothing() {
    let table = Table::builder("t")
        .text("g", ["a", "b"])
        .text("k", ["3", "3"])
        .text("n", ["10", "10"])
        .text("w", ["1", "0"])
        .text("x", ["1", "-1"])
        .text("y", ["0.5", "0.5"])
        .build()
        .expect("a table");
    // Of the second group nothing counts, so that it may be anywhere.
    let text = "v[g] ~ Beta(1, 1)\nk ~ Binomial(n, 1.5 * v[g]) weight w\n";
    let posterior = compile_on(&table, text, Passes::default());
    assert!(has_density(&posterior, &[0.0, 3.0]) && !has_density(&posterior, &[3.0, 0.0]));
    // And a factor there that no rate has keeps none from being integrated out.
    for text in ["v ~ Gamma(2, 1)\nk ~ Poisson(v * x) weight w\n", "v ~ Gamma(2, 1)\ny ~ Exponential(v * x) weight w\n"]
    {
        assert_eq!(compile_on(&table, text, Passes::default()).dimension(), 0, "{text}");
    }
    // Nor does it reach a density that takes it row by row, however long the table is.
    for rows in [3, 20] {
        let column =
            |counted: &str, not: &str| (0..rows).map(|i| if i == 2 { not } else { counted }.to_owned()).collect();
        let columns: [(&str, Vec<String>); 3] =
            [("k", column("1", "2")), ("x", column("1", "-5")), ("w", column("1", "0"))];
        let builder = columns.into_iter().fold(Table::builder("t"), |builder, (name, cells)| builder.text(name, cells));
        let table = builder.build().expect("a table");
        let text = "v ~ Gamma(2, 1)\nk ~ Poisson(v + x) weight w\n";
        let values = PASSES.map(|passes| {
            let mut gradient = [0.0];
            let posterior = compile_on(&table, text, passes);
            let value = posterior.log_density(&[0.3], &mut gradient, &mut posterior.scratch()).expect("a value");
            (value + posterior.constant(), gradient[0])
        });
        let [(a, by_a), (b, by_b)] = values;
        assert!((a - b).abs() < 1e-12 && (by_a - by_b).abs() < 1e-12, "{values:?}");
    }
}
