//! The cause of bad mixing is named: faults are planted in draws, forty times each with other noise.

use polya_diagnostics::verdict::{Code, Evidence, Origin, Row, Scale, Values, Verdict, Warning, judge};
use polya_diagnostics::{Chains, ScalarSummary, e_bfmi, summarize};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

const CHAINS: usize = 4;
const REPETITIONS: u64 = 40;
/// 95% of the repetitions.
const FOUND: usize = 38;

/// Draws of some scalars, and what the sampler did.
struct Run {
    draws: Vec<(&'static str, Vec<f64>)>,
    divergent: Vec<bool>,
    energies: Vec<f64>,
    /// The name of what is a scale.
    scale: &'static str,
    scale_of: Scale<'static>,
}

impl Default for Run {
    fn default() -> Self {
        let (draws, divergent, energies) = (Vec::new(), Vec::new(), Vec::new());
        Self { draws, divergent, energies, scale: "", scale_of: Scale::OfLevels("b") }
    }
}

fn judged(run: &Run) -> Verdict {
    let summaries: Vec<ScalarSummary> =
        run.draws.iter().map(|(_, draws)| summarize(Chains::new(draws, CHAINS).unwrap())).collect();
    let rows = run.draws.iter().zip(&summaries);
    let rows = rows.map(|((name, _), summary)| Row { name, origin: Origin::Sampled, independent: false, summary });
    let length = run.draws[0].1.len() / CHAINS;
    judge(&Evidence {
        rows: rows.collect(),
        values: run
            .draws
            .iter()
            .map(|(name, draws)| Values { draws, scale: (*name == run.scale).then_some(run.scale_of) })
            .collect(),
        chains: CHAINS,
        draws: length,
        divergences: run.divergent.iter().filter(|d| **d).count(),
        divergent: run.divergent.clone(),
        ebfmi: run.energies.chunks(length).map(e_bfmi).collect(),
        energies: run.energies.clone(),
        ..Evidence::default()
    })
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

fn noise(count: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..count).map(|_| normal(rng)).collect()
}

fn find(verdict: &Verdict, code: Code) -> Option<&Warning> {
    verdict.warnings.iter().find(|warning| warning.code == code)
}

/// The causes there are.
const CAUSES: [Code; 5] = [Code::LabelSwitching, Code::StuckChain, Code::SeveralModes, Code::Funnel, Code::FewDraws];

/// The cause is named, and no other, in 95% of the repetitions; `names` looks closer at the finding.
fn is_named(code: Code, run: impl Fn(&mut ChaCha8Rng) -> Run, names: impl Fn(&Warning) -> bool) {
    let verdicts: Vec<Verdict> =
        (0..REPETITIONS).map(|seed| judged(&run(&mut ChaCha8Rng::seed_from_u64(seed)))).collect();
    let right = |verdict: &&Verdict| {
        let others = CAUSES.iter().any(|cause| *cause != code && find(verdict, *cause).is_some());
        !verdict.ok && !others && find(verdict, code).is_some_and(&names)
    };
    let found = verdicts.iter().filter(right).count();
    let miss = verdicts.iter().find(|verdict| !right(verdict));
    assert!(found >= FOUND, "{code:?}: {found} of {REPETITIONS}: {miss:?}");
}

#[test]
fn a_chain_that_stands_still_is_named_by_its_number() {
    let run = |rng: &mut ChaCha8Rng| {
        let mut kappa = noise(4000, rng);
        let place = normal(rng);
        kappa[2000..3000].fill(place);
        Run { draws: vec![("mu", noise(4000, rng)), ("kappa", kappa)], ..Run::default() }
    };
    is_named(Code::StuckChain, run, |w| {
        w.message.starts_with("Chain 3 hardly moves in kappa") && w.scalars == ["kappa"]
    });
}

#[test]
fn a_chain_that_creeps_is_named() {
    let run = |rng: &mut ChaCha8Rng| {
        let mut kappa = noise(4000, rng);
        kappa[..1000].iter_mut().enumerate().for_each(|(i, x)| *x = 0.02 * *x + 1.5 + i as f64 * 1e-4);
        Run { draws: vec![("kappa", kappa)], ..Run::default() }
    };
    is_named(Code::StuckChain, run, |w| w.message.starts_with("Chain 1 hardly moves"));
}

#[test]
fn a_chain_that_sits_apart_is_named() {
    let run = |rng: &mut ChaCha8Rng| {
        let (mut mu, mut kappa) = (noise(4000, rng), noise(4000, rng));
        mu[3000..].iter_mut().for_each(|x| *x += 3.0);
        kappa[3000..].iter_mut().for_each(|x| *x = 0.5 * *x - 6.0);
        Run { draws: vec![("mu", mu), ("kappa", kappa)], ..Run::default() }
    };
    is_named(Code::StuckChain, run, |w| w.message.starts_with("Chain 4 sits apart") && w.scalars.len() == 2);
}

#[test]
fn two_modes_that_chains_stay_in_are_named() {
    let run = |rng: &mut ChaCha8Rng| {
        let beta = (0..4000).map(|i| normal(rng) + if i < 2000 { 0.0 } else { 12.0 }).collect();
        Run { draws: vec![("alpha", noise(4000, rng)), ("beta", beta)], ..Run::default() }
    };
    is_named(Code::SeveralModes, run, |w| w.scalars == ["beta"]);
}

/// Chains that go to the other mode and back, once in 150 draws.
#[test]
fn modes_that_chains_hop_between_are_named() {
    let run = |rng: &mut ChaCha8Rng| {
        let mut up = false;
        let hop = |rng: &mut ChaCha8Rng| {
            up ^= rng.random_bool(1.0 / 150.0);
            normal(rng) + if up { 12.0 } else { 0.0 }
        };
        let beta = std::iter::repeat_with({
            let mut own = ChaCha8Rng::seed_from_u64(rng.random());
            let mut hop = hop;
            move || hop(&mut own)
        });
        Run { draws: vec![("beta", beta.take(4000).collect())], ..Run::default() }
    };
    is_named(Code::SeveralModes, run, |w| w.scalars == ["beta"]);
}

/// Two levels that have each other's place in some chains.
#[test]
fn labels_that_differ_between_chains_are_named() {
    let run = |rng: &mut ChaCha8Rng| {
        let [first, second] = [0.0, 8.0].map(|swapped: f64| {
            let place = |i: usize| if i / 1000 == 1 { 8.0 - swapped } else { swapped };
            (0..4000).map(|i| normal(rng) + place(i)).collect::<Vec<f64>>()
        });
        Run { draws: vec![("m[a]", first), ("m[b]", second), ("m[c]", noise(4000, rng))], ..Run::default() }
    };
    is_named(Code::LabelSwitching, run, |w| {
        w.message.contains("m[a]")
            && w.message.contains("m[b]")
            && w.message.contains("chain 2")
            && w.scalars.len() == 2
    });
}

/// Two rates that trade places within chains, now and then.
#[test]
fn labels_that_switch_within_chains_are_named() {
    let run = |rng: &mut ChaCha8Rng| {
        let (mut p, mut q) = (Vec::new(), Vec::new());
        let mut swapped = false;
        for _ in 0..4000 {
            swapped ^= rng.random_bool(0.01);
            let pair = [0.2 + 0.03 * normal(rng), 0.7 + 0.03 * normal(rng)];
            p.push(pair[usize::from(swapped)]);
            q.push(pair[usize::from(!swapped)]);
        }
        Run { draws: vec![("p", p), ("q", q)], ..Run::default() }
    };
    is_named(Code::LabelSwitching, run, |w| w.scalars.len() == 2 && w.advice.contains("delta"));
}

/// A scale, levels that spread with it, and a sampler that diverges where it is small.
#[test]
fn a_funnel_is_named_by_its_scale() {
    let run = |rng: &mut ChaCha8Rng| {
        let tau: Vec<f64> = noise(4000, rng).iter().map(|x| x.exp()).collect();
        let divergent = tau.iter().map(|tau| rng.random_bool((0.03 * (-tau / 0.3).exp()).min(1.0))).collect();
        let draws = vec![("mu", noise(4000, rng)), ("kappa", noise(4000, rng)), ("tau", tau)];
        Run { draws, divergent, scale: "tau", ..Run::default() }
    };
    is_named(Code::Funnel, run, |w| {
        w.scalars == ["tau"]
            && w.message.contains("tau is small")
            && w.advice.contains("`@noncentred` after the distribution of b")
    });
    // Of a dispersion nothing can be centred.
    let run = |rng: &mut ChaCha8Rng| Run { scale_of: Scale::Other, ..run(rng) };
    is_named(Code::Funnel, run, |w| !w.advice.contains("@noncentred") && w.advice.starts_with("Give tau a prior"));
}

/// Energies that creep along with the scale.
#[test]
fn a_funnel_shows_in_the_energy() {
    let run = |rng: &mut ChaCha8Rng| {
        let mut log_tau = 0.0;
        let (mut tau, mut energies) = (Vec::new(), Vec::new());
        for _ in 0..4000 {
            log_tau = 0.9 * log_tau + 0.4 * normal(rng);
            tau.push(f64::exp(log_tau));
            energies.push(10.0 * log_tau + normal(rng));
        }
        Run { draws: vec![("mu", noise(4000, rng)), ("tau", tau)], energies, scale: "tau", ..Run::default() }
    };
    is_named(Code::Funnel, run, |w| w.message.contains("goes with tau"));
}

/// Divergences anywhere are no funnel.
#[test]
fn divergences_at_random_have_no_place() {
    let count = (0..REPETITIONS).filter(|seed| {
        let rng = &mut ChaCha8Rng::seed_from_u64(*seed);
        let tau = noise(4000, rng).iter().map(|x| x.exp()).collect();
        let divergent = (0..4000).map(|_| rng.random_bool(0.01)).collect();
        let verdict = judged(&Run { draws: vec![("tau", tau)], divergent, scale: "tau", ..Run::default() });
        assert!(!verdict.ok);
        find(&verdict, Code::Funnel).is_some()
    });
    assert_eq!(count.count(), 0);
}

#[test]
fn too_few_draws_are_nothing_else() {
    let run = |rng: &mut ChaCha8Rng| Run {
        draws: vec![("mu", noise(240, rng)), ("kappa", noise(240, rng))],
        ..Run::default()
    };
    is_named(Code::FewDraws, run, |w| {
        w.advice.contains("--draws") && w.message.contains("60 draws in each of 4 chains")
    });
}

/// Chains that mix slowly, but only need to go on.
#[test]
fn chains_that_need_to_go_on_are_told_how_long() {
    let run = |rng: &mut ChaCha8Rng| {
        let mut slow = |correlation: f64| {
            let mut state = normal(rng);
            let step = (1.0 - correlation * correlation).sqrt();
            let mut next = || {
                state = correlation * state + step * normal(rng);
                state
            };
            (0..4000).map(|_| next()).collect::<Vec<f64>>()
        };
        Run { draws: vec![("mu", slow(0.93)), ("kappa", slow(0.5))], ..Run::default() }
    };
    is_named(Code::FewDraws, run, |w| w.scalars.first().is_some_and(|name| name == "mu"));
}

/// A cause needs a symptom: without one nothing is said, whatever the draws look like.
#[test]
fn good_chains_have_no_cause() {
    for seed in 0..REPETITIONS {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let tau = noise(4000, rng).iter().map(|x| x.exp()).collect();
        let bimodal = (0..4000).map(|i| normal(rng) + if i % 2 == 0 { 0.0 } else { 20.0 }).collect();
        let run = Run {
            draws: vec![("tau", tau), ("m[a]", bimodal), ("m[b]", noise(4000, rng))],
            scale: "tau",
            ..Run::default()
        };
        let verdict = judged(&run);
        assert!(verdict.ok && verdict.warnings.is_empty(), "{verdict:?}");
    }
}
