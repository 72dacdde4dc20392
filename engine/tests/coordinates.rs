//! Densities that choose their coordinates during warmup.

mod support;

use polya_engine::{
    Algorithm, Control, DensityError, EngineError, Initial, Length, LogDensity, MetricShape, Run, Samples, Schedule,
    Settings, WarmupWindow, sample,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use support::*;

/// A funnel: v ~ Normal(0, scale), xᵢ | v ~ Normal(0, e^{v/2}), reported as (v, x). The working
/// coordinates are (v, t) with t = e^{-share·v/2} x.
struct Funnel {
    dimension: usize,
    scale: f64,
    calls: AtomicUsize,
}

/// Working coordinates of a [`Funnel`].
#[derive(Debug, Clone, PartialEq)]
struct Share {
    share: f64,
    changes: Vec<f64>,
}

const SHARES: [f64; 4] = [0.25, 0.9, 0.6, 1.0];

fn a_funnel() -> Funnel {
    Funnel { dimension: 4, scale: 1.5, calls: AtomicUsize::new(0) }
}

impl LogDensity for Funnel {
    type Scratch = Share;

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn scratch(&self) -> Share {
        Share { share: 0.5, changes: Vec::new() }
    }

    fn log_density(&self, q: &[f64], g: &mut [f64], scratch: &mut Share) -> Result<f64, DensityError> {
        funnel(self.dimension, self.scale, scratch.share).log_density(q, g, &mut ())
    }

    fn adapts_coordinates(&self) -> bool {
        true
    }

    fn adapt_coordinates(&self, window: WarmupWindow<'_>, scratch: &mut Share) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed);
        assert!(window.count() > 0 && window.count() <= polya_engine::WARMUP_WINDOW);
        // Gradients belong to the positions, in the coordinates that the scratch value holds.
        for (position, gradient) in window.states() {
            let mut again = vec![0.0; self.dimension];
            self.log_density(position, &mut again, scratch).unwrap();
            assert_eq!(gradient, again);
        }
        let Some(share) = SHARES.get(scratch.changes.len()) else {
            return false;
        };
        scratch.changes.push(*share);
        scratch.share = *share;
        true
    }

    fn to_reported(&self, position: &[f64], scratch: &mut Share, reported: &mut [f64]) {
        let factor = (0.5 * scratch.share * position[0]).exp();
        reported[0] = position[0];
        for (x, t) in reported[1..].iter_mut().zip(&position[1..]) {
            *x = factor * t;
        }
    }

    fn to_working(&self, reported: &[f64], scratch: &mut Share, position: &mut [f64]) {
        let factor = (-0.5 * scratch.share * reported[0]).exp();
        position[0] = reported[0];
        for (t, x) in position[1..].iter_mut().zip(&reported[1..]) {
            *t = factor * x;
        }
    }
}

fn settings() -> Settings {
    Settings { draws: 2000, keep_warmup: true, ..Settings::default() }
}

/// log π of reported coordinates: that of the centred funnel.
fn centred(funnel_density: &Funnel, x: &[f64]) -> f64 {
    funnel(funnel_density.dimension, funnel_density.scale, 0.0).log_density(x, &mut [0.0; 4], &mut ()).unwrap()
}

/// Whether each log density, given in working coordinates of some share, belongs to its reported
/// position: they differ by the Jacobian, share · v/2 for each of three t.
fn consistent(density: &Funnel, positions: &[f64], log_densities: impl Iterator<Item = f64>, share: f64) -> bool {
    positions.chunks_exact(4).zip(log_densities).all(|(x, value)| {
        let expected = centred(density, x) + 1.5 * share * x[0];
        (value - expected).abs() < 1e-9 * (1.0 + value.abs())
    })
}

#[test]
fn draws_are_reported_with_the_right_moments() {
    for metric in [MetricShape::Diagonal, MetricShape::Dense, MetricShape::LowRank] {
        let density = a_funnel();
        let samples = sample(&density, &Settings { metric, ..settings() }, &Control::default()).unwrap();
        // In the last coordinates v and t are independent normals, whose scales the metric knows.
        for chain in &samples.chains {
            let variances = chain.metric.variances();
            assert!((1.5..3.5).contains(&variances[0]), "{variances:?}");
            assert!(variances[1..].iter().all(|v| (0.6..1.6).contains(v)), "{variances:?}");
        }
        type Moment = fn(&[f64]) -> f64;
        let moments: [(Moment, f64); 5] = [
            (|x| x[0], 0.0),
            (|x| x[0] * x[0], 2.25),
            (|x| x[1], 0.0),
            (|x| x[3] * x[3] * (-x[0]).exp(), 1.0),
            (|x| x[1] * x[2] * (-x[0]).exp(), 0.0),
        ];
        for (i, (f, expected)) in moments.into_iter().enumerate() {
            let (mean, error) = mean_and_error(&samples, f);
            assert!((mean - expected).abs() < 4.5 * error, "moment {i}: {mean} ± {error}");
        }
    }
}

#[test]
fn kept_positions_are_reported_ones_throughout() {
    let density = a_funnel();
    let samples = sample(&density, &settings(), &Control::default()).unwrap();
    let times = Schedule::new(1000).with_coordinates().coordinates;
    let shares = [[0.5].as_slice(), &SHARES].concat();
    for chain in &samples.chains {
        // Each stretch of the warmup between two changes, then the draws.
        for (i, share) in shares.iter().enumerate() {
            let from = if i == 0 { 0 } else { times[i - 1] };
            // The fifth call changes nothing.
            let until = if i == SHARES.len() { 1000 } else { times[i] };
            let log_densities = chain.warmup_stats[from..until].iter().map(|s| s.log_density);
            assert!(consistent(&density, &chain.warmup_positions[4 * from..4 * until], log_densities, *share), "{i}");
        }
        let log_densities = chain.stats.iter().map(|s| s.log_density);
        assert!(consistent(&density, &chain.positions, log_densities, 1.0));
        let spent: u64 = chain.warmup_stats.iter().map(|s| u64::from(s.leapfrogs)).sum();
        assert!(chain.warmup.leapfrogs > spent + 30 + 60 + 100, "changes of coordinates cost gradients");
    }
}

#[test]
fn starts_are_given_in_reported_coordinates() {
    let density = a_funnel();
    let start = vec![1.0, 2.0, -3.0, 0.5];
    let initial = Initial::Positions(vec![start.clone()]);
    let run = Run::start(&density, Settings { initial, ..settings() }).unwrap();
    for chain in run.chains() {
        for (x, given) in chain.initial_position.iter().zip(&start) {
            assert!((x - given).abs() < 1e-14);
        }
    }
}

#[test]
fn nothing_adapts_after_warmup() {
    let density = a_funnel();
    let control = Control::default();
    let mut run = Run::start(&density, settings()).unwrap();
    assert!(run.scratches().all(|scratch| scratch.share == 0.5));
    run.warm_up(&control).unwrap();
    let frozen: Vec<Share> = run.scratches().cloned().collect();
    assert!(frozen.iter().all(|scratch| scratch.changes == SHARES));
    let calls = density.calls.load(Ordering::Relaxed);
    assert_eq!(calls, 4 * 5);
    run.draw(500, &control).unwrap();
    assert_eq!(density.calls.load(Ordering::Relaxed), calls);
    assert!(run.scratches().eq(&frozen));
}

#[test]
fn threads_do_not_change_a_bit() {
    let bits = |samples: Samples| -> Vec<u64> {
        samples.chains.iter().flat_map(|c| c.positions.iter().chain(&c.warmup_positions).map(|x| x.to_bits())).collect()
    };
    let runs = [1, 2, 8].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let settings = Settings { warmup: 150, draws: 100, ..settings() };
        pool.install(|| bits(sample(&a_funnel(), &settings, &Control::default()).unwrap()))
    });
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
}

#[test]
fn divergences_and_static_trajectories_are_reported_too() {
    // A static trajectory of one step that diverges leaves the chain where the step began.
    let settings = Settings {
        warmup: 60,
        algorithm: Algorithm::Hmc { length: Length::Steps(1), jitter: 0.1 },
        divergence_threshold: 0.1,
        ..settings()
    };
    let density = a_funnel();
    let samples = sample(&density, &settings, &Control::default()).unwrap();
    assert_eq!(density.calls.load(Ordering::Relaxed), 4 * 2);
    for chain in &samples.chains {
        let log_densities = chain.stats.iter().map(|s| s.log_density);
        assert!(consistent(&density, &chain.positions, log_densities, 0.9));
        assert!(!chain.divergences.is_empty());
        for divergence in &chain.divergences {
            assert_eq!(divergence.position, chain.positions[4 * divergence.draw..][..4]);
        }
    }
}

/// A normal whose working coordinates may lose some or all states.
struct Losing {
    /// States beyond this many, oldest first, are refused after the change.
    kept: usize,
}

/// Reported coordinate from which on the density is refused, in the new coordinates.
struct Bound(Option<f64>);

impl LogDensity for Losing {
    type Scratch = Bound;

    fn dimension(&self) -> usize {
        1
    }

    fn scratch(&self) -> Bound {
        Bound(None)
    }

    fn log_density(&self, x: &[f64], g: &mut [f64], scratch: &mut Bound) -> Result<f64, DensityError> {
        let at = if scratch.0.is_some() { 0.5 * x[0] } else { x[0] };
        g[0] = if scratch.0.is_some() { -0.5 * at } else { -at };
        let outside = scratch.0.is_some_and(|bound| at.abs() >= bound);
        Ok(if outside { f64::NAN } else { -0.5 * at * at })
    }

    fn adapts_coordinates(&self) -> bool {
        true
    }

    fn adapt_coordinates(&self, window: WarmupWindow<'_>, scratch: &mut Bound) -> bool {
        if scratch.0.is_some() {
            return false;
        }
        let mut sizes: Vec<f64> = window.positions().iter().map(|x| x.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        scratch.0 = Some(if self.kept == 0 { 0.0 } else { sizes[self.kept] });
        true
    }

    fn to_reported(&self, position: &[f64], scratch: &mut Bound, reported: &mut [f64]) {
        reported[0] = if scratch.0.is_some() { 0.5 * position[0] } else { position[0] };
    }

    fn to_working(&self, reported: &[f64], scratch: &mut Bound, position: &mut [f64]) {
        position[0] = if scratch.0.is_some() { 2.0 * reported[0] } else { reported[0] };
    }
}

#[test]
fn states_lost_in_the_change_are_forgotten() {
    for kept in [1, 3, 15] {
        let density = Losing { kept };
        let mut run = Run::start(&density, settings()).unwrap();
        run.draw(500, &Control::default()).unwrap();
        let rejections: u64 = run.chains().map(|chain| chain.warmup.rejections.non_finite_value).sum();
        assert!(rejections > 0);
        for (chain, scratch) in run.chains().zip(run.scratches()) {
            let bound = scratch.0.unwrap();
            assert!(chain.positions.iter().all(|x| x.abs() < bound), "{bound}");
        }
    }
}

#[test]
fn coordinates_that_lose_every_state_end_the_run() {
    match sample(&Losing { kept: 0 }, &settings(), &Control::default()) {
        Err(EngineError::Density { chain: 0, source }) => assert!(source.to_string().contains("no state"), "{source}"),
        other => panic!("{:?}", other.map(|samples| samples.outcome)),
    }
}
