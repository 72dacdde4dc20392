//! The search for quantiles, against bisection of the same mixture.

use super::*;
use polya_models::Model;
use polya_models::table::Table;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

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
    let known = Known { mixture: mixture()?, chains: 4, draws: 100, stride: 1, arguments: (&first, &second) };
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

/// The first mixture of a model of one row.
fn mixture_of(model: &str) -> Result<Mixture, Anything> {
    let table = Table::builder("t").text("y", ["1"]).build()?;
    let posterior = Model::parse(model)?.bind(Some(&table), &Default::default())?.compile()?;
    Ok(*posterior.mixtures().first().ok_or("no mixture")?)
}

#[test]
fn numbers_far_from_zero_lose_nothing() -> Result<(), Anything> {
    let mixture = mixture_of("data y: real\ns ~ LogNormal(0, 1)\nx ~ Normal(0, s)\ny ~ Normal(x, 1)\n")?;
    assert_eq!(mixture.family.name(), "Normal");
    let wave = || (0..4000).map(|i| 1e-3 * f64::from(i).sin());
    let sds = vec![1e-3; 4000];
    let at = |offset: f64| {
        let means: Vec<f64> = wave().map(|x| offset + x).collect();
        let known = Known { mixture, chains: 4, draws: 1000, stride: 1, arguments: (&means, &sds) };
        let drawn = ScalarSummary { q5: offset, median: offset, q95: offset, ..summary() };
        let found = known.of_variable(&drawn).ok_or("no improvement")?;
        Ok::<_, Anything>((found.mean.ok_or("no mean")?.value - offset, found.sd.ok_or("no sd")?.value))
    };
    let ((near, near_sd), (far, far_sd)) = (at(0.0)?, at(1e9)?);
    // A number of that size is known to 1e-7.
    assert!((near - far).abs() < 1e-7 && (near_sd / far_sd - 1.0).abs() < 1e-4, "{near} {far} {near_sd} {far_sd}");
    Ok(())
}

/// A summary that a mixture is put into.
fn summary() -> ScalarSummary {
    ScalarSummary::without_draws()
}

#[test]
fn conditionals_that_hardly_meet_tell_no_density() -> Result<(), Anything> {
    let mixture = mixture()?;
    let means: Vec<f64> = (0..800).map(|i| 0.3 + 0.1 * (1.7 * f64::from(i)).sin()).collect();
    for (concentration, told) in [(1e3, true), (1e9, false)] {
        let first: Vec<f64> = means.iter().map(|m| m * concentration).collect();
        let second: Vec<f64> = means.iter().map(|m| (1.0 - m) * concentration).collect();
        let known = Known { mixture, chains: 4, draws: 200, stride: 1, arguments: (&first, &second) };
        assert_eq!(known.quantile(&known.thinned(), 0.05, 0.202).is_some(), told, "{concentration}");
    }
    Ok(())
}

#[test]
fn one_draw_has_no_error() -> Result<(), Anything> {
    let known = |known: bool| {
        let mut mixture = mixture()?;
        mixture.known = known;
        Ok::<_, Anything>(Known { mixture, chains: 1, draws: 1, stride: 1, arguments: (&[3.0], &[7.0]) })
    };
    assert!(known(false)?.estimate(&[0.3]).is_none());
    assert_eq!(known(true)?.estimate(&[0.3]).map(|found| (found.value, found.error)), Some((0.3, 0.0)));
    Ok(())
}

#[test]
fn rare_events_are_as_uncertain_as_their_draws() -> Result<(), Anything> {
    let known = Known { mixture: mixture()?, chains: 4, draws: 200, stride: 1, arguments: (&[], &[]) };
    // Log-normal probabilities: of the narrow ones the spread tells the error, of the wide ones nothing does.
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut series = |sd: f64| -> Vec<f64> {
        (0..800).map(|_| (-14.0 + sd * rng.sample::<f64, _>(StandardNormal)).exp().min(1.0)).collect()
    };
    for (sd, as_binary) in [(0.3, false), (4.0, true)] {
        let found = known.of_probabilities(&series(sd)).ok_or("no estimate")?;
        let binary = (found.value * (1.0 - found.value) / 800.0).sqrt();
        assert_eq!(found.error >= 0.999 * binary, as_binary, "{sd}: {} ± {}, {binary}", found.value, found.error);
    }
    Ok(())
}

#[test]
fn quantiles_of_events_follow_from_their_probability() -> Result<(), Anything> {
    let mut mixture = mixture()?;
    mixture.event = Some(Event { threshold: 0.3, above: true });
    let first: Vec<f64> = (0..400).map(|i| 40.0 + f64::from(i % 7)).collect();
    let second = vec![60.0; 400];
    let known = Known { mixture, chains: 4, draws: 100, stride: 1, arguments: (&first, &second) };
    let mut drawn = ScalarSummary { mean: 0.9, median: 0.0, mcse_mean: Some(0.1), ..summary() };
    known.improvement(&drawn).ok_or("no improvement")?.apply(&mut drawn);
    assert!(drawn.mean > 0.95 && drawn.mean < 1.0, "{}", drawn.mean);
    assert_eq!((drawn.q5, drawn.median, drawn.q95, drawn.mcse_median), (1.0, 1.0, 1.0, Some(0.0)));
    Ok(())
}
