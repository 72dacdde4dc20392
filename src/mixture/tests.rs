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

/// A mixture of betas.
fn mixture() -> Result<Mixture, Anything> {
    let table = Table::builder("t").labels("g", ["a"]).text("k", ["3"]).text("n", ["9"]).build()?;
    let posterior = Model::parse(MODEL)?.bind(Some(&table), &Default::default())?.compile()?;
    let mixture = *posterior.mixtures().first().ok_or("no mixture")?;
    assert_eq!(mixture.family.name(), "Beta");
    Ok(mixture)
}

fn bisected(known: &Known<'_>, p: f64) -> f64 {
    let below = |x: f64| known.pairs().map(|a| known.family().cdf(x, &a)).sum::<f64>() / 400.0 < p;
    let halved = |(low, high): (f64, f64), _| {
        let middle = 0.5 * (low + high);
        if below(middle) { (middle, high) } else { (low, middle) }
    };
    (0..60).fold((0.0, 1.0), halved).0
}

#[test]
fn what_a_search_leaves_is_far_below_the_error() -> Result<(), Anything> {
    // Arguments that vary as draws of the rest do.
    let wave = |size: f64, frequency: f64| (0..400).map(move |i| size * (frequency * f64::from(i)).sin());
    let first: Vec<f64> = wave(3.0, 1.3).map(|x| 5.0 + x).collect();
    let second: Vec<f64> = wave(8.0, 0.7).map(|x| 14.0 + x).collect();
    let known =
        Known { mixture: mixture()?, chains: 4, draws: 100, stride: 1, exact: false, arguments: (&first, &second) };
    for p in [0.05, 0.5, 0.95] {
        let truth = bisected(&known, p);
        for off in [-0.05, -0.01, -1e-3, 1e-6, 1e-3, 0.01, 0.05] {
            let (found, _) = known.quantile(&known.thinned(), p, truth + off).ok_or("no quantile")?;
            assert!(found.error > 1e-4 && found.error < 0.02, "{p}: {}", found.error);
            let left = (found.value - truth).abs() / found.error;
            assert!(left < 0.1, "{p} from {off} beside: {left} errors");
        }
    }
    Ok(())
}
