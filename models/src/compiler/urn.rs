//! The marginal of counts whose rates were integrated out: Pólya's urn, as a sum of terms that merge.

use super::density::{Counts, Part};
use super::graph::{NodeId, Op};
use super::statements::Compiler;
use crate::distributions::dirichlet_multinomial;
use std::collections::HashMap;
use std::sync::Arc;

/// Counts that enter a Dirichlet-multinomial through one category (or through the total), each with a reference total.
///
/// The log probability of K negative binomials given their sum is the same for any success probability they share
/// (Pólya's urn), so the term of a count depends on its own level only through the reference total, and levels of
/// similar size may share one. Equal counts of different levels then merge, category by category.
#[derive(Default)]
struct CountTerms {
    seen: HashMap<(u32, u64, u64, u64), usize>,
    /// A level each term stands for, and its category.
    places: Vec<(u32, u32)>,
    /// What tells its level's arguments apart from others.
    sources: Vec<u64>,
    counts: Vec<f64>,
    references: Vec<f64>,
    weights: Vec<f64>,
}

impl CountTerms {
    fn add(&mut self, (level, category): (u32, u32), from: u64, count: f64, reference: f64, weight: f64) {
        let key = (category, from, count.to_bits(), reference.to_bits());
        let term = *self.seen.entry(key).or_insert_with(|| {
            self.places.push((level, category));
            self.sources.push(from);
            self.counts.push(count);
            self.references.push(reference);
            self.weights.push(0.0);
            self.weights.len() - 1
        });
        self.weights[term] += weight;
    }

    /// Orders the terms by what their levels share, and by category.
    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.weights.len()).collect();
        order.sort_by_key(|term| (self.sources[*term], self.places[*term].1));
        self.sources = order.iter().map(|term| self.sources[*term]).collect();
        self.places = order.iter().map(|term| self.places[*term]).collect();
        for numbers in [&mut self.counts, &mut self.references, &mut self.weights] {
            *numbers = order.iter().map(|term| numbers[*term]).collect();
        }
        self.seen.clear();
    }

    /// What the terms owe to their arguments and reference totals alone, one for all that share these; `None` where few
    /// do, so that it is not worth its while.
    fn starts(&self) -> Option<CountTerms> {
        let mut starts = CountTerms::default();
        let own = (0..self.weights.len()).filter(|term| self.counts[*term] > 0.0);
        for term in own.clone() {
            starts.add(self.places[term], self.sources[term], 0.0, self.references[term], self.weights[term]);
        }
        (2 * starts.weights.len() <= own.count()).then_some(starts)
    }
}

/// Where counts are drawn from: k categories for each level, or for all.
pub(super) struct Urn {
    /// The share of each category, or its concentration.
    pub vector: NodeId,
    /// Their total concentration.
    pub concentration: NodeId,
    /// Whether the vector holds shares.
    pub by_mean: bool,
    pub k: usize,
    /// Whether the vector has the whole after the categories, 1 or the total concentration.
    pub with_whole: bool,
}

impl Compiler<'_> {
    /// The log probability of counts under an urn, level after level, without the coefficients of the counts.
    pub(super) fn urn_marginal(&mut self, urn: Urn, counts: &[f64]) -> Vec<Part> {
        let Urn { vector, concentration, by_mean, k, with_whole } = urn;
        let stride = k + usize::from(with_whole);
        let (source, source_of_total) = self.sources(vector, concentration, stride);
        let (mut terms, mut totals) = (CountTerms::default(), CountTerms::default());
        for (level, y) in counts.chunks(k).enumerate() {
            let n: f64 = y.iter().sum();
            if n == 0.0 {
                continue;
            }
            let reference = reference_total(n);
            for (category, y) in y.iter().enumerate() {
                terms.add((level as u32, category as u32), source(level, category), *y, reference, 1.0);
            }
            let whole = (level as u32, k as u32);
            match with_whole {
                true => terms.add(whole, source(level, k), n, reference, -1.0),
                false => totals.add(whole, source_of_total(level), n, reference, -1.0),
            }
        }
        // Terms of one share stand together, so that it is read once for many.
        terms.sort();
        totals.sort();
        let shared = self.graph.size(vector) == stride;
        let at = |(level, category): &(u32, u32)| if shared { *category } else { level * stride as u32 + category };
        let shares = |compiler: &mut Self, terms: &CountTerms| {
            let positions: Arc<[u32]> = terms.places.iter().map(at).collect();
            compiler.graph.gather(vector, &positions)
        };
        let whole = |compiler: &mut Self, terms: &CountTerms| match by_mean {
            true => compiler.graph.scalar(1.0),
            false => compiler.at_levels_of(concentration, terms),
        };
        let mut parts = self.count_parts(by_mean, &terms, shares, concentration);
        parts.extend(self.count_parts(by_mean, &totals, whole, concentration));
        parts
    }

    /// What tells equal arguments apart from others: those of an element of a level's vector, and those of its total alone.
    fn sources(
        &self,
        vector: NodeId,
        concentration: NodeId,
        stride: usize,
    ) -> (impl Fn(usize, usize) -> u64 + use<>, impl Fn(usize) -> u64 + use<>) {
        let index = |id: NodeId, shared: usize| -> Option<Arc<[u32]>> {
            let node = self.graph.node(id);
            match &node.op {
                _ if node.size == shared => Some(Arc::new([])),
                Op::Gather(index) => Some(index.clone()),
                _ => None,
            }
        };
        let place = |index: &Option<Arc<[u32]>>, level: usize, at: usize| match index {
            Some(shared) if shared.is_empty() => 0,
            Some(index) => u64::from(index[at]),
            None => level as u64,
        };
        let (of_vector, of_total) = (index(vector, stride), index(concentration, 1));
        let total = move |level: usize| place(&of_total, level, level);
        let of_level = total.clone();
        let element = move |level: usize, element: usize| {
            place(&of_vector, level, level * stride + element) << 32 | of_level(level)
        };
        (element, total)
    }

    fn at_levels_of(&mut self, node: NodeId, terms: &CountTerms) -> NodeId {
        if self.graph.size(node) == 1 {
            return node;
        }
        let levels: Arc<[u32]> = terms.places.iter().map(|p| p.0).collect();
        self.graph.gather(node, &levels)
    }

    /// The terms, what they share apart from the rest where that saves work.
    fn count_parts(
        &mut self,
        by_mean: bool,
        terms: &CountTerms,
        shares: impl Fn(&mut Self, &CountTerms) -> NodeId,
        concentration: NodeId,
    ) -> Vec<Part> {
        if terms.weights.is_empty() {
            return Vec::new();
        }
        let starts = terms.starts();
        let kernel = match (by_mean, starts.is_some()) {
            (true, false) => &dirichlet_multinomial::MEAN_ELEMENT_KERNEL,
            (true, true) => &dirichlet_multinomial::MEAN_END_KERNEL,
            (false, false) => &dirichlet_multinomial::ELEMENT_KERNEL,
            (false, true) => &dirichlet_multinomial::END_KERNEL,
        };
        let counts = self.graph.constant(terms.counts.clone());
        let mut part = |terms: &CountTerms, kernel, counts: Option<NodeId>| {
            let references = self.graph.constant(terms.references.clone());
            let inputs = [references, shares(self, terms), self.at_levels_of(concentration, terms)];
            let node = self.graph.fused(kernel, counts.into_iter().chain(inputs).collect());
            Part { node, counts: Counts::Weighted(terms.weights.clone().into()) }
        };
        let mut parts = vec![part(terms, kernel, Some(counts))];
        if let Some(starts) = &starts {
            let kernel =
                if by_mean { &dirichlet_multinomial::MEAN_START_KERNEL } else { &dirichlet_multinomial::START_KERNEL };
            parts.push(part(starts, kernel, None));
        }
        parts
    }
}

/// The total that levels of similar size share: the nearest power of 4.
fn reference_total(n: f64) -> f64 {
    4.0_f64.powi((n.log2() / 2.0).round() as i32)
}
