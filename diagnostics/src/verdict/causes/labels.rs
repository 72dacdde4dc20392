//! Label switching: scalars that trade places, because nothing in the model tells them apart.

use super::super::{Code, Severity, Warning, listed};
use super::{Scalar, chains_in_words};
use crate::sums::{mean, variance};

/// Scalars that trade places change their order at most this share of the times that independent draws would.
const MOST_CROSSINGS: f64 = 0.2;
/// Each order must hold in so large a share of the draws.
const LEAST_SHARE: f64 = 0.01;
/// The two places are so many standard deviations apart.
const LEAST_GAP: f64 = 2.0;
/// The place of one scalar is that of the other before, within this share of the distance between the two.
const MIRROR: f64 = 0.25;

/// The first pair that trades places, and all scalars that do.
pub(super) fn find(failing: &[Scalar<'_>]) -> Option<Warning> {
    let pairs = || (0..failing.len()).flat_map(|i| (i + 1..failing.len()).map(move |j| (i, j)));
    let mut traded =
        pairs().filter(|(i, j)| comparable(&failing[*i], &failing[*j]) && trade(&failing[*i], &failing[*j]));
    let first = traded.next()?;
    let mut members = vec![first.0, first.1];
    for (i, j) in traded {
        members.extend([i, j].into_iter().filter(|k| !members.contains(k)).collect::<Vec<_>>());
    }
    let (a, b) = (&failing[first.0], &failing[first.1]);
    let names: Vec<&str> = members.iter().map(|i| failing[*i].name).collect();
    Some(Warning {
        code: Code::LabelSwitching,
        severity: Severity::Warning,
        message: format!(
            "{} and {} trade places: {}. Nothing in the model tells them apart, so that their averages mean nothing.",
            a.name,
            b.name,
            places(a, b)
        ),
        advice: format!(
            "Tell them apart: write one as the other and a positive difference ({} = {} + delta), or give them priors that say which is \
             which. Quantities that do not change when they are swapped may be used.",
            a.name, b.name
        ),
        scalars: listed(&names),
    })
}

/// Levels of one variable, or two variables without levels.
fn comparable(a: &Scalar<'_>, b: &Scalar<'_>) -> bool {
    let plain = |s: &Scalar<'_>| s.variable() == s.name;
    a.variable() == b.variable() || (plain(a) && plain(b))
}

fn trade(a: &Scalar<'_>, b: &Scalar<'_>) -> bool {
    let (mut above, mut below) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for (x, y) in a.chains.draws().iter().zip(b.chains.draws()) {
        let side = if x > y { &mut above } else { &mut below };
        side.0.push(*x);
        side.1.push(*y);
    }
    let total = a.chains.draws().len() as f64;
    let [first, second] = [above.0.len() as f64, below.0.len() as f64];
    let independent = 2.0 * first * second / total;
    if first.min(second) < (LEAST_SHARE * total).max(2.0) || crossings(a, b) as f64 > MOST_CROSSINGS * independent {
        return false;
    }
    // The larger and the smaller of the two, in each order.
    let larger = [mean(&above.0), mean(&below.1)];
    let smaller = [mean(&above.1), mean(&below.0)];
    let gap = (larger[0] + larger[1] - smaller[0] - smaller[1]) / 2.0;
    let spreads = [&above.0, &above.1, &below.0, &below.1].map(|side| variance(side));
    let spread = (spreads.iter().sum::<f64>() / 4.0).sqrt();
    let mirrored = |places: [f64; 2]| (places[0] - places[1]).abs() <= MIRROR * gap;
    gap >= LEAST_GAP * spread && mirrored(larger) && mirrored(smaller)
}

/// How often the order of the two changes from one draw to the next.
fn crossings(a: &Scalar<'_>, b: &Scalar<'_>) -> usize {
    let of_chain = |(x, y): (&[f64], &[f64])| {
        let order: Vec<bool> = x.iter().zip(y).map(|(x, y)| x > y).collect();
        order.windows(2).filter(|pair| pair[0] != pair[1]).count()
    };
    a.chains.iter().zip(b.chains.iter()).map(of_chain).sum()
}

/// Which chains hold which order, in words.
fn places(a: &Scalar<'_>, b: &Scalar<'_>) -> String {
    let share = |(x, y): (&[f64], &[f64])| x.iter().zip(y).filter(|(x, y)| x > y).count() as f64 / x.len() as f64;
    let shares: Vec<f64> = a.chains.iter().zip(b.chains.iter()).map(share).collect();
    let of = |wanted: &dyn Fn(f64) -> bool| (0..shares.len()).filter(|c| wanted(shares[*c])).collect::<Vec<_>>();
    let (first, second) = (of(&|s| s == 1.0), of(&|s| s == 0.0));
    let both = of(&|s| s > 0.0 && s < 1.0);
    let mut parts = Vec::new();
    for (chains, name) in [(first, a.name), (second, b.name)] {
        if !chains.is_empty() {
            parts.push(format!("in {} {name} is the larger", chains_in_words(&chains)));
        }
    }
    if !both.is_empty() {
        let verb = if both.len() == 1 { "goes" } else { "go" };
        parts.push(format!("{} {verb} from one order to the other", chains_in_words(&both)));
    }
    parts.join(", ")
}
