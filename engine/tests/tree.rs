//! The doubling tree on the integers: every step, turn and divergence is planted, so that visited
//! leaves, acceptance sums and selection probabilities are known exactly.

use polya_engine::tree::{Direction, Growth, Step, Termination, Trajectory, Weight, grow};
use std::collections::BTreeMap;

/// A stretch of integers, with the exact probability of each to be its candidate.
#[derive(Debug, Clone)]
struct Stretch {
    first: i64,
    last: i64,
    candidate: BTreeMap<i64, f64>,
}

/// A trajectory over the integers.
#[derive(Default)]
struct Integers {
    ends: [i64; 2],
    visited: Vec<i64>,
    turning: Vec<(i64, i64)>,
    divergent: Vec<i64>,
    failing: Option<i64>,
    weights: BTreeMap<i64, f64>,
    interrupted_after: Option<usize>,
}

impl Integers {
    fn weight(&self, leaf: i64) -> f64 {
        self.weights.get(&leaf).copied().unwrap_or(1.0)
    }

    fn grow(&mut self, directions: u32, max_depth: u32) -> (Stretch, Growth<i64>) {
        let mut start = Stretch { first: 0, last: 0, candidate: BTreeMap::from([(0, 1.0)]) };
        let growth = grow(self, &mut start, directions, max_depth).unwrap();
        let total: f64 = start.candidate.values().sum();
        assert!((total - 1.0).abs() < 1e-14);
        (start, growth)
    }
}

impl Trajectory for Integers {
    type Span = Stretch;
    type Divergence = i64;
    type Failure = &'static str;

    fn step(&mut self, direction: Direction) -> Result<Step<Stretch, i64>, &'static str> {
        let end = &mut self.ends[direction as usize];
        *end += i64::from(direction.sign());
        let leaf = *end;
        self.visited.push(leaf);
        if self.failing == Some(leaf) {
            return Err("planted");
        }
        if self.divergent.contains(&leaf) {
            return Ok(Step::Divergence { detail: 10 * leaf, acceptance: 0.25 });
        }
        let span = Stretch { first: leaf, last: leaf, candidate: BTreeMap::from([(leaf, 1.0)]) };
        let weight = self.weight(leaf);
        Ok(Step::Leaf { span, weight: Weight::from_log(weight.ln()), acceptance: weight.min(1.0) })
    }

    fn choose(&mut self, base: &mut Stretch, extension: &Stretch, probability: f64) {
        assert!((0.0..=1.0).contains(&probability));
        for p in base.candidate.values_mut() {
            *p *= 1.0 - probability;
        }
        for (leaf, p) in &extension.candidate {
            *base.candidate.entry(*leaf).or_default() += probability * p;
        }
    }

    fn join(&mut self, base: &mut Stretch, extension: Stretch, direction: Direction) -> bool {
        match direction {
            Direction::Forward => {
                assert_eq!(base.last + 1, extension.first);
                base.last = extension.last;
            }
            Direction::Backward => {
                assert_eq!(extension.last + 1, base.first);
                base.first = extension.first;
            }
        }
        self.turning.contains(&(base.first, base.last))
    }

    fn interrupted(&self, _: u32) -> bool {
        self.interrupted_after.is_some_and(|steps| self.visited.len() >= steps)
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn a_straight_trajectory_grows_to_its_greatest_depth() {
    let mut integers = Integers::default();
    let (stretch, growth) = integers.grow(0b101, 3);
    assert_eq!((stretch.first, stretch.last), (-2, 5));
    assert_eq!(integers.visited, [1, -1, -2, 2, 3, 4, 5]);
    assert_eq!((growth.depth, growth.steps), (3, 7));
    assert_eq!(growth.acceptance_sum, 7.0);
    assert_eq!(growth.termination, Termination::MaxDepth);
    // Equal weights: every doubling takes over with probability 1, uniformly inside.
    for leaf in 2..=5 {
        assert!(close(stretch.candidate[&leaf], 0.25));
    }
}

#[test]
fn selection_is_multinomial_inside_and_biased_at_the_top() {
    let weights = BTreeMap::from([(1, 0.5), (2, 0.2), (3, 0.4)]);
    let mut integers = Integers { weights, ..Integers::default() };
    let (stretch, growth) = integers.grow(0b11, 2);
    assert!(close(growth.acceptance_sum, 1.1));
    // Leaf 1 replaces 0 with probability 0.5/1; the pair 2, 3 replaces both with (0.2 + 0.4)/1.5.
    let second = 0.6 / 1.5;
    let expected = [(0, 0.5 * (1.0 - second)), (1, 0.5 * (1.0 - second)), (2, second / 3.0), (3, second * 2.0 / 3.0)];
    for (leaf, p) in expected {
        assert!(close(stretch.candidate[&leaf], p), "{leaf}: {}", stretch.candidate[&leaf]);
    }
}

#[test]
fn a_turning_subtree_is_dropped_at_once() {
    let mut integers = Integers { turning: vec![(4, 5)], ..Integers::default() };
    let (stretch, growth) = integers.grow(0b111, 5);
    // The third doubling visits 4, 5 and turns there; 6 and 7 are never reached.
    assert_eq!(integers.visited, [1, 2, 3, 4, 5]);
    assert_eq!(growth.termination, Termination::Turning { first: 4, last: 5 });
    assert_eq!((growth.depth, growth.steps), (2, 5));
    assert_eq!((stretch.first, stretch.last), (0, 3));
    assert!(!stretch.candidate.contains_key(&4));
}

#[test]
fn a_turning_subtree_backward_is_named_in_time_order() {
    let mut integers = Integers { turning: vec![(-7, -4)], ..Integers::default() };
    let (_, growth) = integers.grow(0, 5);
    assert_eq!(growth.termination, Termination::Turning { first: -7, last: -4 });
    assert_eq!(growth.steps, 7);
}

#[test]
fn a_tree_that_turns_as_a_whole_keeps_its_last_doubling() {
    let mut integers = Integers { turning: vec![(-1, 2)], ..Integers::default() };
    // -1, then 1 and 2.
    let (stretch, growth) = integers.grow(0b10, 5);
    assert_eq!(growth.termination, Termination::Turning { first: -1, last: 2 });
    assert_eq!((growth.depth, growth.steps), (2, 3));
    assert!(close(stretch.candidate[&1] + stretch.candidate[&2], 1.0));
}

#[test]
fn a_divergence_ends_the_tree_and_counts_its_acceptance() {
    let mut integers = Integers { divergent: vec![-2], ..Integers::default() };
    let (stretch, growth) = integers.grow(0b01, 5);
    assert_eq!(integers.visited, [1, -1, -2]);
    assert_eq!(growth.termination, Termination::Divergence { leaf: -2, detail: -20 });
    assert_eq!((growth.depth, growth.steps), (1, 3));
    assert!(close(growth.acceptance_sum, 2.25));
    assert_eq!(stretch.candidate.keys().copied().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_failure_ends_more_than_the_tree() {
    let mut integers = Integers { failing: Some(2), ..Integers::default() };
    let mut start = Stretch { first: 0, last: 0, candidate: BTreeMap::new() };
    assert_eq!(grow(&mut integers, &mut start, 0b11, 5), Err("planted"));
}

#[test]
fn interruption_is_asked_before_each_doubling() {
    let mut integers = Integers { interrupted_after: Some(2), ..Integers::default() };
    let (_, growth) = integers.grow(u32::MAX, 10);
    assert_eq!(growth.termination, Termination::Interrupted);
    assert_eq!(growth.steps, 3);
}

#[test]
fn transitions_leave_a_uniform_distribution_invariant() {
    // On a cycle of planted turning stretches, the exact transition probabilities from each of the
    // integers, averaged over directions, are symmetric: P(a → b) = P(b → a) for equal weights.
    let turning = |first: i64, last: i64| last - first >= 3 && (first + last).rem_euclid(3) != 0;
    let probability = |from: i64| {
        let mut to = BTreeMap::new();
        for directions in 0..16 {
            let mut planted = Vec::new();
            for first in -16..=16 {
                for last in first..=16 {
                    if turning(from + first, from + last) {
                        planted.push((first, last));
                    }
                }
            }
            let (stretch, _) = Integers { turning: planted, ..Integers::default() }.grow(directions, 4);
            for (leaf, p) in stretch.candidate {
                *to.entry(from + leaf).or_insert(0.0) += p / 16.0;
            }
        }
        to
    };
    // Sum over starting integers of the probability to arrive at a fixed one is 1.
    let arrivals: f64 = (-20..=20).map(|from| probability(from).get(&0).copied().unwrap_or(0.0)).sum();
    assert!(close(arrivals, 1.0), "{arrivals}");
}
