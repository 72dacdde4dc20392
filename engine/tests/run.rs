//! Runs: the same bits however they are scheduled, frozen adaptation, interruption, errors.

mod support;

use polya_engine::{
    CancellationToken, Control, DensityError, EngineError, Initial, LogDensity, Metric, MetricShape, Outcome, Phase,
    Rejection, Run, Samples, Settings, Stream, from_fn, sample,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::*;

fn short() -> Settings {
    Settings { warmup: 100, draws: 100, seed: 9, ..Settings::default() }
}

/// Draws as bits, and everything else that may not depend on time.
fn bits(samples: &Samples) -> Vec<u64> {
    let mut bits = Vec::new();
    for chain in &samples.chains {
        bits.extend(chain.positions.iter().map(|x| x.to_bits()));
        bits.extend(chain.stats.iter().flat_map(|s| [s.energy.to_bits(), s.acceptance.to_bits()]));
        bits.extend([chain.step_size.to_bits(), chain.warmup.leapfrogs, chain.sampling.leapfrogs]);
        bits.extend(chain.metric.variances().iter().map(|v| v.to_bits()));
    }
    bits
}

#[test]
fn threads_do_not_change_a_bit() {
    let density = eight_schools();
    let runs = [1, 2, 8].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| bits(&sample(&density, &short(), &Control::default()).unwrap()))
    });
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
}

#[test]
fn rounds_do_not_change_a_bit() {
    let density = eight_schools();
    let control = Control::default();
    let whole = sample(&density, &short(), &control).unwrap();
    let mut run = Run::start(&density, short()).unwrap();
    for round in [1, 49, 0, 50] {
        assert_eq!(run.draw(round, &control).unwrap(), Outcome::Completed);
    }
    assert_eq!(run.draws(), 100);
    assert_eq!(bits(&run.finish()), bits(&whole));
}

#[test]
fn seeds_jobs_and_chains_differ() {
    let density = eight_schools();
    let run = |settings| sample(&density, &settings, &Control::default()).unwrap();
    let base = run(short());
    assert_ne!(bits(&base), bits(&run(Settings { seed: 10, ..short() })));
    assert_ne!(bits(&base), bits(&run(Settings { job: 1, ..short() })));
    assert_ne!(base.chains[0].positions, base.chains[1].positions);
    // More chains leave the first ones as they were.
    let more = run(Settings { chains: 6, ..short() });
    assert_eq!(more.chains[3].positions, base.chains[3].positions);
}

#[test]
fn adaptation_is_frozen_after_warmup() {
    let control = Control::default();
    let density = eight_schools();
    let mut run = Run::start(&density, short()).unwrap();
    run.warm_up(&control).unwrap();
    let frozen: Vec<_> = run.chains().map(|c| (c.step_size, c.metric.clone())).collect();
    let steps: Vec<_> = frozen.iter().map(|(step, _)| *step).collect();
    run.draw(300, &control).unwrap();
    for (chain, (step_size, metric)) in run.chains().zip(&frozen) {
        assert_eq!((chain.step_size, &chain.metric), (*step_size, metric));
        assert!(chain.stats.iter().all(|stats| stats.step_size == *step_size));
    }
    // A second warmup is none.
    run.warm_up(&control).unwrap();
    assert!(run.chains().map(|c| c.step_size).eq(steps));
}

#[test]
fn adaptation_recovers_scales_and_acceptance() {
    let deviations = vec![1e-2, 1.0, 1e2];
    for metric in [MetricShape::Diagonal, MetricShape::Dense, MetricShape::LowRank] {
        let settings = Settings { warmup: 500, draws: 1000, metric, ..Settings::default() };
        let samples = sample(&normals(deviations.clone()), &settings, &Control::default()).unwrap();
        for chain in &samples.chains {
            for (variance, s) in chain.metric.variances().iter().zip(&deviations) {
                assert!((0.8..1.25).contains(&(variance / (s * s))), "{variance} for {s}");
            }
            let mean = chain.stats.iter().map(|s| s.acceptance).sum::<f64>() / 1000.0;
            assert!((0.7..0.9).contains(&mean), "{mean}");
        }
    }
}

#[test]
fn warmup_is_kept_on_demand() {
    let settings = Settings { keep_warmup: true, ..short() };
    let samples = sample(&eight_schools(), &settings, &Control::default()).unwrap();
    assert_eq!(samples.chains[0].warmup_stats.len(), 100);
    assert_eq!(samples.chains[0].warmup_positions.len(), 1000);
    let spent: u64 = samples.chains[0].warmup_stats.iter().map(|s| u64::from(s.leapfrogs)).sum();
    assert!(spent <= samples.chains[0].warmup.leapfrogs);
}

#[test]
fn cancellation_keeps_what_was_drawn() {
    let token = CancellationToken::new();
    let evaluations = AtomicUsize::new(0);
    let density = from_fn(2, |x, g| {
        if evaluations.fetch_add(1, Ordering::Relaxed) == 10_000 {
            token.cancel();
        }
        g.copy_from_slice(&[-x[0], -x[1]]);
        -0.5 * (x[0] * x[0] + x[1] * x[1])
    });
    let control = Control::new().cancelled_by(token.clone());
    let mut run = Run::start(&density, short()).unwrap();
    assert_eq!(run.draw(1_000_000, &control).unwrap(), Outcome::Cancelled);
    let drawn = run.draws();
    assert_eq!(run.draw(10, &Control::default()).unwrap(), Outcome::Cancelled);
    assert_eq!(run.draws(), drawn);
    let samples = run.finish();
    assert_eq!(samples.outcome, Outcome::Cancelled);
    assert!(samples.draws < 10_000);
    for chain in &samples.chains {
        assert_eq!((chain.stats.len(), chain.positions.len()), (samples.draws, 2 * samples.draws));
    }
}

#[test]
fn a_cut_warmup_makes_no_draws() {
    let token = CancellationToken::new();
    token.cancel();
    let control = Control::new().cancelled_by(token);
    let samples = sample(&eight_schools(), &short(), &control).unwrap();
    assert_eq!((samples.draws, samples.outcome), (0, Outcome::Cancelled));
}

#[test]
fn a_time_limit_ends_long_trajectories() {
    // Flat: a trajectory never turns, and would take 2²⁰ steps.
    let density = from_fn(1, |_, g| {
        g[0] = 0.0;
        0.0
    });
    let settings = Settings { max_depth: 20, warmup: 0, draws: 1_000_000, ..Settings::default() };
    let control = Control::new().time_limit(Duration::from_millis(50));
    let samples = sample(&density, &settings, &control).unwrap();
    assert_eq!(samples.outcome, Outcome::TimeLimit);
}

#[test]
fn progress_ends_each_phase_of_each_chain() {
    let ends = Mutex::new(Vec::new());
    let control = Control::new().on_progress(|progress| {
        assert!(progress.step_size > 0.0);
        if progress.iteration == progress.total {
            ends.lock().unwrap().push((progress.chain, progress.phase == Phase::Sampling));
        }
    });
    sample(&eight_schools(), &short(), &control).unwrap();
    drop(control);
    let mut ends = ends.into_inner().unwrap();
    ends.sort_unstable();
    let expected: Vec<_> = (0..4).flat_map(|chain| [(chain, false), (chain, true)]).collect();
    assert_eq!(ends, expected);
}

#[test]
fn an_impossible_start_names_its_coordinate() {
    let density = from_fn(3, |_, g| {
        g.copy_from_slice(&[0.0, 0.0, f64::NAN]);
        0.0
    });
    match Run::start(&density, short()).map(|_| ()) {
        Err(EngineError::NoInitialPoint { chain: 0, tries: 100, rejection, position }) => {
            assert_eq!(rejection, Rejection::NonFiniteGradient { coordinate: 2 });
            assert_eq!(position.len(), 3);
        }
        other => panic!("{other:?}"),
    }
    let initial = Initial::Positions(vec![vec![1.0; 3]]);
    match Run::start(&density, Settings { initial, ..short() }).map(|_| ()) {
        Err(EngineError::NoInitialPoint { tries: 1, position, .. }) => assert_eq!(position, [1.0; 3]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rejections_are_retried_at_the_start_and_counted_later() {
    /// Normal cut off outside (-1, 1) by rejection, whose starts lie outside at first.
    struct Cut;
    impl LogDensity for Cut {
        type Scratch = ();
        fn dimension(&self) -> usize {
            1
        }
        fn scratch(&self) {}
        fn log_density(&self, x: &[f64], g: &mut [f64], (): &mut ()) -> Result<f64, DensityError> {
            if x[0].abs() > 1.0 {
                return Err(Rejection::Domain("outside").into());
            }
            g[0] = -x[0];
            Ok(-0.5 * x[0] * x[0])
        }
        fn initial_position(&self, _: &mut Stream, attempt: usize, position: &mut [f64]) {
            position[0] = 3.0 - attempt as f64;
        }
    }
    let samples = sample(&Cut, &short(), &Control::default()).unwrap();
    assert_eq!(samples.chains[0].initial_position, [1.0]);
    for chain in &samples.chains {
        assert!(chain.positions.iter().all(|x| x.abs() <= 1.0));
        let divergent = chain.stats.iter().filter(|s| s.divergent).count();
        assert!(divergent > 0);
        assert_eq!(chain.sampling.rejections.domain, divergent as u64);
        assert_eq!(chain.divergences.len(), divergent);
        for divergence in &chain.divergences {
            assert!(divergence.position[0].abs() <= 1.0);
            assert_eq!(divergence.rejection, Some(Rejection::Domain("outside")));
        }
    }
}

#[test]
fn starts_are_looked_for_near_zero_and_far_from_it() {
    /// Standard normal, cut off by its tails or by its middle.
    struct Within(std::ops::Range<f64>);
    impl LogDensity for Within {
        type Scratch = ();
        fn dimension(&self) -> usize {
            1
        }
        fn scratch(&self) {}
        fn log_density(&self, x: &[f64], g: &mut [f64], (): &mut ()) -> Result<f64, DensityError> {
            g[0] = -x[0];
            if self.0.contains(&x[0].abs()) { Ok(-0.5 * x[0] * x[0]) } else { Err(Rejection::Domain("outside").into()) }
        }
    }
    for within in [0.0..0.05, 8.5..30.0] {
        assert!(Run::start(&Within(within.clone()), short()).is_ok(), "{within:?}");
    }
}

#[test]
fn a_failing_density_ends_the_run() {
    struct Failing;
    impl LogDensity for Failing {
        type Scratch = usize;
        fn dimension(&self) -> usize {
            1
        }
        fn scratch(&self) -> usize {
            0
        }
        fn log_density(&self, x: &[f64], g: &mut [f64], calls: &mut usize) -> Result<f64, DensityError> {
            *calls += 1;
            if *calls > 100 {
                return Err(DensityError::failed("no disk"));
            }
            g[0] = -x[0];
            Ok(-0.5 * x[0] * x[0])
        }
    }
    let error = sample(&Failing, &short(), &Control::default()).unwrap_err();
    assert!(matches!(error, EngineError::Density { chain: 0, .. }));
    assert_eq!(error.to_string(), "the log density failed in chain 0: no disk");
}

#[test]
fn no_dimensions_are_no_special_case() {
    let density = from_fn(0, |_, _| -3.5);
    let samples = sample(&density, &short(), &Control::default()).unwrap();
    assert_eq!((samples.dimension, samples.draws), (0, 100));
    assert_eq!(samples.position(0, 99), Some(&[][..]));
    assert!(samples.chains.iter().all(|c| c.stats.iter().all(|s| s.log_density == -3.5)));
    assert_eq!(samples.leapfrogs(), (0, 0));
}

#[test]
fn given_starts_and_metrics_are_used() {
    let positions: Vec<_> = (0..4).map(|chain| vec![0.1 * f64::from(chain); 2]).collect();
    let settings = Settings {
        initial: Initial::Positions(positions.clone()),
        initial_metric: Some(Metric::unit(2)),
        warmup: 0,
        ..short()
    };
    let samples = sample(&normals(vec![1.0; 2]), &settings, &Control::default()).unwrap();
    for (chain, position) in samples.chains.iter().zip(&positions) {
        assert_eq!((&chain.initial_position, &chain.metric), (position, &Metric::unit(2)));
    }
}

#[test]
fn chains_of_a_superchain_start_together_and_part() {
    let density = eight_schools();
    let samples =
        sample(&density, &Settings { chains: 6, superchains: Some(3), ..short() }, &Control::default()).unwrap();
    let starts: Vec<&Vec<f64>> = samples.chains.iter().map(|chain| &chain.initial_position).collect();
    for (chain, start) in starts.iter().enumerate() {
        assert_eq!(*start, starts[chain / 2 * 2]);
        assert!((0..chain / 2 * 2).all(|other| starts[other] != *start));
        assert!((0..chain).all(|other| samples.chains[other].positions != samples.chains[chain].positions));
    }
}
