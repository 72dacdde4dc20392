//! Hypergeometric(population, successes, draws): successes among draws without replacement.
//!
//! Probability C(successes, k) C(population − successes, draws − k)/C(population, draws).

use rand::Rng;

use super::{ArgumentList, Distribution, Domain, Scalar, Support, Violation, binomial, random};

/// Hypergeometric(population, successes, draws): successes among draws without replacement.
#[derive(Clone, Copy, Debug)]
pub struct Hypergeometric;

static LISTS: &[ArgumentList] = &[ArgumentList {
    names: &["population", "successes", "draws"],
    domains: &[Domain::Count, Domain::Count, Domain::Count],
}];

impl Distribution for Hypergeometric {
    fn name(&self) -> &'static str {
        "Hypergeometric"
    }

    fn argument_lists(&self) -> &'static [ArgumentList] {
        LISTS
    }

    fn support(&self) -> Support {
        Support::Overlap { population: 0, successes: 1, draws: 2 }
    }

    fn scalar(&self) -> Option<&dyn Scalar> {
        Some(self)
    }

    fn joint_violation(&self, _list: usize, args: &[f64]) -> Option<Violation> {
        let argument = if args[1] > args[0] { 1 } else { 2 };
        (args[argument] > args[0]).then_some(Violation { argument, must_be: "at most population" })
    }
}

impl Scalar for Hypergeometric {
    fn log_density_at(&self, x: f64, args: &[f64]) -> f64 {
        log_mass(x, args[0], args[1], args[2])
    }

    fn cdf_at(&self, x: f64, args: &[f64]) -> f64 {
        let [population, successes, draws] = [args[0], args[1], args[2]];
        let first = log_mass(x, population, successes, draws).exp();
        let (low, high) = self.support().bounds(args);
        // f(k + 1)/f(k)
        let ratio = |k: f64| ((successes - k) / (k + 1.0)) * ((draws - k) / (population - successes - draws + k + 1.0));
        // The distribution is log-concave: away from the mode the terms fall ever faster.
        if x < draws * (successes / population) {
            let (mut sum, mut term, mut k) = (first, first, x);
            while k > low && term > sum * 1e-18 {
                k -= 1.0;
                term /= ratio(k);
                sum += term;
            }
            sum.min(1.0)
        } else {
            let (mut sum, mut term, mut k) = (0.0, first, x);
            while k < high && (term > sum * 1e-18 || k == x) {
                term *= ratio(k);
                k += 1.0;
                sum += term;
            }
            (1.0 - sum).max(0.0)
        }
    }

    fn draw(&self, args: &[f64], rng: &mut dyn Rng) -> f64 {
        random::hypergeometric(args[0], args[1], args[2], rng)
    }

    fn moments(&self, args: &[f64]) -> (f64, f64) {
        let [population, successes, draws] = [args[0], args[1], args[2]];
        if population <= 1.0 {
            return (successes * draws, 0.0);
        }
        let mean = draws * (successes / population);
        (mean, mean * ((population - successes) / population) * ((population - draws) / (population - 1.0)))
    }
}

/// The log probability, as a ratio of binomial ones of success probability draws/population (Loader 2000).
pub(super) fn log_mass(k: f64, population: f64, successes: f64, draws: f64) -> f64 {
    if population == 0.0 {
        return 0.0;
    }
    let (p, q) = (draws / population, (population - draws) / population);
    if p == 0.0 || q == 0.0 {
        return 0.0;
    }
    binomial::log_mass(k, successes, p, q) + binomial::log_mass(draws - k, population - successes, p, q)
        - binomial::log_mass(draws, population, p, q)
}
