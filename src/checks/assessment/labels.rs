//! Scalars that the model cannot tell apart: the posterior stays the same when they are swapped, and the chains keep one
//! order.
//!
//! Chains that all stay in one of several equal modes agree with each other, and no comparison of draws can tell. But the
//! density can be asked: where it does not change by a swap, each order must have a probability of one half.

use super::{Finding, Subject};
use crate::draws::{Draws, scalar_name};
use crate::replay::Replay;
use crate::summary::Severity;
use polya_engine::LogDensity;
use polya_models::Posterior;
use polya_models::compiler::compiled::SampledBlock;

pub(super) const CODE: &str = "label_switching";
/// Findings of the draws alone that labels which are not told apart explain.
pub(super) const EXPLAINED: [&str; 3] = ["stuck_chain", "several_modes", "few_draws"];
/// Draws at which the densities are compared.
const COMPARED: usize = 6;
/// Densities that differ by less are equal, relative to their size.
const EQUAL: f64 = 1e-9;
/// Scalars that are free to trade places do so at every other draw.
const MOST_CROSSINGS: f64 = 0.2;
/// The fourth moment of their difference over the squared second, about 0: 3 for a normal, 1.8 for a uniform, near 1 for
/// scalars that keep apart.
const MOST_KURTOSIS: f64 = 1.8;
/// Fewer draws are no evidence.
const FEWEST_DRAWS: usize = 200;
/// Of an index with more levels the pairs are not looked at.
const MOST_LEVELS: usize = 40;

/// Coordinates that change places, and the two scalars that stand for them.
struct Swap {
    coordinates: Vec<(usize, usize)>,
    names: [String; 2],
}

/// The first pair of scalars that can be swapped and hardly ever is.
pub(super) fn unmixed(replay: &Replay<'_>, draws: &Draws) -> Option<Finding> {
    if replay.total() < FEWEST_DRAWS {
        return None;
    }
    let candidates = swaps(replay.posterior()).into_iter();
    let [a, b] = candidates.filter(|swap| keep_apart(draws, swap)).find(|swap| is_symmetry(replay, swap))?.names;
    Some(Finding {
        code: CODE.to_owned(),
        about: Subject::Sampling,
        severity: Severity::Warning,
        message: format!(
            "Nothing in the model tells {a} and {b} apart: the posterior stays the same when they are swapped, but the chains hardly ever do. \
             There is another mode, as good, that these draws have hardly seen."
        ),
        advice: format!(
            "Tell them apart: write one as the other and a positive difference ({a} = {b} + delta), or give them priors that say which is which."
        ),
        scalars: vec![a, b],
        columns: Vec::new(),
    })
}

/// Pairs of scalars without levels, and pairs of levels of an index with all that is sampled at them.
fn swaps(posterior: &Posterior) -> Vec<Swap> {
    let blocks = &posterior.compiled().sampled;
    // Of a simplex the coordinates are not those of its parts.
    let plain: Vec<&SampledBlock> = blocks.iter().filter(|b| b.size == b.shape.size()).collect();
    let mut swaps = Vec::new();
    let scalars: Vec<&&SampledBlock> = plain.iter().filter(|b| b.shape.indices().is_empty()).collect();
    for (i, a) in scalars.iter().enumerate() {
        let alike = |b: &&&&SampledBlock| b.arguments.distribution.name() == a.arguments.distribution.name();
        for b in scalars[i + 1..].iter().filter(alike) {
            swaps.push(Swap { coordinates: vec![(a.offset, b.offset)], names: [a.name.clone(), b.name.clone()] });
        }
    }
    let mut indices: Vec<_> =
        plain.iter().filter(|b| b.shape.indices().len() == 1).map(|b| b.shape.indices()[0]).collect();
    indices.dedup();
    for index in indices {
        let own: Vec<&&SampledBlock> = plain.iter().filter(|b| b.shape.indices() == [index]).collect();
        let Some(first) = own.first().filter(|b| b.size <= MOST_LEVELS) else { continue };
        let name = |level: usize| scalar_name(&first.name, &first.shape.labels(posterior.bound(), level));
        for a in 0..first.size {
            for b in a + 1..first.size {
                let coordinates = own.iter().map(|block| (block.offset + a, block.offset + b)).collect();
                swaps.push(Swap { coordinates, names: [name(a), name(b)] });
            }
        }
    }
    swaps
}

/// Whether the two keep away from each other, and seldom change their order from one draw of a chain to the next.
fn keep_apart(draws: &Draws, swap: &Swap) -> bool {
    let [a, b] = &swap.names;
    let (Some(a), Some(b)) = (draws.get(a), draws.get(b)) else { return false };
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let crossed = |chain: &[f64]| chain.windows(2).filter(|pair| (pair[0] > 0.0) != (pair[1] > 0.0)).count();
    let crossings: usize = differences.chunks(draws.draws().max(1)).map(crossed).sum();
    let count = differences.len() as f64;
    let moment = |power: i32| differences.iter().map(|d| d.powi(power)).sum::<f64>() / count;
    crossings as f64 <= MOST_CROSSINGS * count && moment(4) <= MOST_KURTOSIS * moment(2).powi(2)
}

/// Whether the density stays the same, at draws of all chains.
fn is_symmetry(replay: &Replay<'_>, swap: &Swap) -> bool {
    let posterior = replay.posterior();
    let mut scratch = posterior.scratch();
    // Draws are kept in coordinates that are not centred.
    let weights = vec![0.0; scratch.weights().len()];
    scratch.set_weights(&weights);
    let mut gradient = vec![0.0; posterior.dimension()];
    let mut density = |position: &[f64]| posterior.log_density(position, &mut gradient, &mut scratch).ok();
    (0..COMPARED).all(|i| {
        let chain = i % replay.chains();
        let position = replay.position(chain, i * (replay.draws() - 1) / (COMPARED - 1));
        let mut swapped = position.to_vec();
        swap.coordinates.iter().for_each(|(a, b)| swapped.swap(*a, *b));
        match (density(position), density(&swapped)) {
            (Some(here), Some(there)) => (here - there).abs() <= EQUAL * (1.0 + here.abs()),
            _ => false,
        }
    })
}
