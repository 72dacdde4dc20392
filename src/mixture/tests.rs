//! The search for quantiles, against bisection of the same mixture.

use super::*;
use polya_models::Model;
use polya_models::table::Table;

type Anything = Box<dyn std::error::Error>;

const MODEL: &str = "
data g: factor, k: count, n: count
kappa ~ LogNormal(2, 1)
theta[g] ~ Beta(mean = 0.3, concentration = kappa)
k ~ Binomial(n, theta[g])
";

/// A mixture of betas whose arguments vary as draws of the rest do.
fn known() -> Result<Known, Anything> {
    let table = Table::builder("t").labels("g", ["a"]).text("k", ["3"]).text("n", ["9"]).build()?;
    let posterior = Model::parse(MODEL)?.bind(Some(&table), &Default::default())?.compile()?;
    let mixture = *posterior.mixtures().first().ok_or("no mixture")?;
    assert_eq!(mixture.family.name(), "Beta");
    let wave = |i: usize, frequency: f64| (frequency * i as f64).sin();
    let arguments = (0..400).map(|i| [5.0 + 3.0 * wave(i, 1.3), 14.0 + 8.0 * wave(i, 0.7)]).collect();
    Ok(Known { mixture, chains: 4, draws: 100, stride: 1, arguments })
}

fn bisected(known: &Known, p: f64) -> f64 {
    let below = |x: f64| known.arguments.iter().map(|a| known.family().cdf(x, a)).sum::<f64>() / 400.0 < p;
    let halved = |(low, high): (f64, f64), _| {
        let middle = 0.5 * (low + high);
        if below(middle) { (middle, high) } else { (low, middle) }
    };
    (0..60).fold((0.0, 1.0), halved).0
}

#[test]
fn what_a_search_leaves_is_far_below_the_error() -> Result<(), Anything> {
    let known = known()?;
    for p in [0.05, 0.5, 0.95] {
        let truth = bisected(&known, p);
        for off in [-0.05, -0.01, -1e-3, 1e-6, 1e-3, 0.01, 0.05] {
            let (found, _) = known.quantile(&known.arguments, p, truth + off).ok_or("no quantile")?;
            assert!(found.error > 1e-4 && found.error < 0.02, "{p}: {}", found.error);
            let left = (found.value - truth).abs() / found.error;
            assert!(left < 0.1, "{p} from {off} beside: {left} errors");
        }
    }
    Ok(())
}
