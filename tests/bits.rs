//! The same seed gives the same bits, whatever the number of threads and however the draws are asked for.

mod common;

use polya::{Draws, Fit, Posterior, Settings, Until};

const DATA: &str = "g,k,n,x\na,3,20,0.5\nb,7,22,-1.0\nc,1,18,0.3\na,0,9,2.0\nb,5,15,-0.4\nc,2,30,0.0\nd,NA,12,1.0\n";

/// Sampled, integrated out, computed and predicted values, and an exact model.
const SAMPLED: &str = "
    data g: factor, k: count, n: count, x: real
    mu ~ Beta(1, 1)
    kappa ~ LogNormal(3, 1)
    theta[g] ~ Beta(mean = mu, concentration = kappa)
    k ~ Binomial(n, theta[g])
    a ~ Normal(0, 1)
    s ~ HalfNormal(1)
    x ~ Normal(a, s)
    odds[g] = theta[g] / (1 - theta[g])
    next[g] ~ Binomial(20, theta[g])
    fresh = new(theta)
";
const EXACT: &str = "data g: factor, k: count, n: count\ntheta[g] ~ Beta(2, 5)\nk ~ Binomial(n, theta[g])\nnext[g] ~ Binomial(9, theta[g])\n";

fn settings() -> Settings {
    Settings { chains: 3, warmup: 200, draws: 150, seed: 7, ..Settings::default() }
}

fn on_threads(threads: usize, posterior: &Posterior, settings: &Settings) -> Fit {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| common::sample(posterior, settings))
}

fn bits(draws: &Draws) -> Vec<u64> {
    draws.iter().flat_map(|(_, values)| values.iter().map(|v| v.to_bits())).collect()
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for text in [SAMPLED, EXACT] {
        let posterior = common::compile(text, DATA);
        let one = on_threads(1, &posterior, &settings());
        for threads in [2, 8] {
            let many = on_threads(threads, &posterior, &settings());
            assert_eq!(bits(one.draws()), bits(many.draws()), "{threads} threads");
            let pointwise = |fit: &Fit| fit.log_lik(&posterior).map(|d| bits(&d));
            assert_eq!(pointwise(&one), pointwise(&many));
            let left_out = |fit: &Fit| fit.predictive(&posterior).map(|d| bits(&d));
            assert!(left_out(&one).is_some_and(|d| !d.is_empty()));
            assert_eq!(left_out(&one), left_out(&many));
        }
    }
}

#[test]
fn compiling_again_changes_no_bit() {
    let fits: Vec<Fit> = (0..2).map(|_| common::sample(&common::compile(SAMPLED, DATA), &settings())).collect();
    assert_eq!(bits(fits[0].draws()), bits(fits[1].draws()));
}

#[test]
fn another_seed_gives_other_draws_of_everything_random() {
    for text in [SAMPLED, EXACT] {
        let posterior = common::compile(text, DATA);
        let one = common::sample(&posterior, &settings());
        let other = common::sample(&posterior, &Settings { seed: 8, ..settings() });
        for ((scalar, a), (_, b)) in one.draws().iter().zip(other.draws().iter()) {
            assert_ne!(a, b, "{}", scalar.name);
        }
    }
}

#[test]
fn another_job_gives_other_draws_of_everything_random() {
    for text in [SAMPLED, EXACT] {
        let posterior = common::compile(text, DATA);
        let one = common::sample(&posterior, &settings());
        let other = common::sample(&posterior, &Settings { job: 1, ..settings() });
        for ((scalar, a), (_, b)) in one.draws().iter().zip(other.draws().iter()) {
            assert_ne!(a, b, "{}", scalar.name);
        }
    }
}

#[test]
fn chains_and_neighbouring_draws_differ() {
    for text in [SAMPLED, EXACT] {
        let fit = common::sample(&common::compile(text, DATA), &settings());
        for i in (0..fit.draws().scalars().len()).filter(|i| !fit.draws().scalars()[*i].name.starts_with("next")) {
            let chain = |c| fit.draws().chain(i, c);
            assert!(chain(0) != chain(1) && chain(1) != chain(2), "{}", fit.draws().scalars()[i].name);
            let repeats = chain(0).windows(2).filter(|pair| pair[0] == pair[1]).count();
            // A proposal that is not taken leaves the chain where it is.
            assert!(repeats < settings().draws / 4, "{} stays {repeats} times", fit.draws().scalars()[i].name);
        }
    }
}

#[test]
fn more_chains_leave_the_first_ones_as_they_are() {
    let posterior = common::compile(EXACT, DATA);
    let few = common::sample(&posterior, &settings());
    let many = common::sample(&posterior, &Settings { chains: 5, ..settings() });
    for (i, scalar) in few.draws().scalars().iter().enumerate() {
        for chain in 0..3 {
            assert_eq!(few.draws().chain(i, chain), many.draws().chain(i, chain), "{}", scalar.name);
        }
    }
}

#[test]
fn rounds_of_until_are_the_draws_of_one_long_run() {
    let posterior = common::compile(SAMPLED, DATA);
    let until = Some(Until { ess: Some(700.0), rhat: Some(1.05) });
    let rounds = Settings { until, max_draws: 5000, ..settings() };
    let fit = on_threads(1, &posterior, &rounds);
    let reached = fit.draws().draws();
    assert!(reached > 150 && reached < 5000 && reached.is_multiple_of(150), "{reached} draws");
    assert_eq!(bits(fit.draws()), bits(on_threads(8, &posterior, &rounds).draws()));
    let long = common::sample(&posterior, &Settings { draws: reached, ..settings() });
    assert_eq!(bits(fit.draws()), bits(long.draws()));
}

#[test]
fn a_target_out_of_reach_stops_at_the_greatest_number_of_draws_and_says_so() {
    let posterior = common::compile(SAMPLED, DATA);
    let until = Some(Until { ess: Some(1e9), rhat: None });
    let fit = common::sample(&posterior, &Settings { until, max_draws: 400, ..settings() });
    assert_eq!(fit.draws().draws(), 400);
    assert!(fit.verdict().warnings.iter().any(|w| w.code == "until"), "{:?}", fit.verdict());
}

/// An exact fit stops between blocks of draws, and those it has are the first of a whole one.
#[test]
fn an_exact_fit_can_be_stopped() {
    let posterior = common::compile(EXACT, DATA);
    let whole = common::sample(&posterior, &settings());
    let token = polya::CancellationToken::new();
    token.cancel();
    let control = polya::Control::new().cancelled_by(token);
    let stopped = Fit::sample(&posterior, &settings(), &control).expect("a fit");
    assert!(!stopped.verdict().ok && stopped.draws().draws() == 0);
    let limit = Some(std::time::Duration::from_millis(1));
    let many = Settings { draws: 200_000, time_limit: limit, ..settings() };
    let late = common::sample(&posterior, &many);
    let done = late.draws().draws();
    assert!(done < 200_000 && late.verdict().warnings.iter().any(|w| w.code == "time_limit"), "{done}");
    for ((_, first), (_, all)) in late.draws().iter().zip(whole.draws().iter()) {
        let common = whole.draws().draws().min(done);
        assert_eq!(first[..common], all[..common]);
    }
}
