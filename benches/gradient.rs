//! The time of one gradient, beside that of the same arithmetic written by hand with the same kernels.
//!
//! `cargo bench --bench gradient` checks that both agree to 1e-10, then takes turns between them, and prints the median
//! time of each and the median of their ratios, and beside them the time of a leapfrog step: that of a chain of trajectories
//! alone over the number of its steps, the draws of momenta and all that trajectories are made of included. A name after
//! `--` takes the workloads of that name only.
#![allow(missing_docs)]

mod hand;
mod workloads;

use hand::Density;
use polya::Posterior;
use polya::engine::{Control, LogDensity, Settings, sample};
use std::hint::black_box;
use std::time::{Duration, Instant};
use workloads::position;

/// Turns of each.
const TURNS: usize = 101;

/// About how long a turn takes.
const TURN: Duration = Duration::from_millis(2);

/// Panics where value or gradient differ.
fn assert_same(name: &str, posterior: &Posterior, hand: &dyn Density) {
    let d = posterior.dimension();
    let (mut gradient, mut by_hand, mut scratch) = (vec![0.0; d], vec![0.0; d], posterior.scratch());
    for number in 0..5 {
        let position = position(d, number);
        let value = posterior.log_density(&position, &mut gradient, &mut scratch).expect("a density");
        let found = hand.gradient(&position, &mut by_hand);
        for (wanted, found) in std::iter::once((&value, &found)).chain(gradient.iter().zip(&by_hand)) {
            assert!((wanted - found).abs() <= 1e-10 * wanted.abs().max(1.0), "{name}: {wanted} but {found} by hand");
        }
    }
}

/// Nanoseconds of one call, over so many.
fn time(calls: usize, mut f: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..calls).for_each(|_| f());
    start.elapsed().as_secs_f64() * 1e9 / calls as f64
}

/// Nanoseconds of a leapfrog step: the median of a few chains.
fn leapfrog(posterior: &Posterior, gradient: f64) -> f64 {
    // Of large models few draws, so that a chain takes about a second.
    let draws = (1e9 / (20.0 * gradient)).clamp(10.0, 20_000.0) as usize;
    let chain = |seed| {
        let settings = Settings { chains: 1, warmup: 200, draws, seed, independence: false, ..Settings::default() };
        let samples = sample(posterior, &settings, &Control::default()).expect("a chain");
        let totals = &samples.chains[0].sampling;
        totals.seconds * 1e9 / totals.leapfrogs as f64
    };
    median((1..=3).map(chain).collect())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    println!("{:<14} {:>12} {:>12} {:>6} {:>13}", "workload", "polya, ns", "by hand, ns", "ratio", "leapfrog, ns");
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for name in workloads::WORKLOADS.into_iter().filter(|name| wanted.is_empty() || wanted.iter().any(|w| w == name)) {
        let posterior = workloads::named(name);
        let (d, mut scratch) = (posterior.dimension(), posterior.scratch());
        let Some(hand) = hand::density(name, scratch.weights()) else { continue };
        assert_same(name, &posterior, hand.as_ref());
        let (position, mut gradient) = (position(d, 0), vec![0.0; d]);
        let mut own = |calls| {
            time(calls, || {
                let value = posterior.log_density(black_box(&position), &mut gradient, &mut scratch);
                black_box(value.is_ok());
            })
        };
        let calls = (TURN.as_secs_f64() * 1e9 / own(3)).ceil() as usize;
        let mut gradient = vec![0.0; d];
        let mut by_hand = |calls| time(calls, || _ = black_box(hand.gradient(black_box(&position), &mut gradient)));
        let pairs: Vec<(f64, f64)> = (0..TURNS).map(|_| (own(calls), by_hand(calls))).collect();
        let of = |f: fn(&(f64, f64)) -> f64| median(pairs.iter().map(f).collect());
        let step = leapfrog(&posterior, of(|p| p.0));
        println!("{name:<14} {:>12.0} {:>12.0} {:>6.2} {step:>13.0}", of(|p| p.0), of(|p| p.1), of(|p| p.0 / p.1));
    }
}
