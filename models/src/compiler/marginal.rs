//! The marginal density of what an integrated-out variable explained, and the draw of the variable from its conditional.

use super::arguments::Arguments;
use super::compiled::{Conditional, ConditionalPrior};
use super::conjugate::Statistics;
use super::density::{Counts, Part};
use super::graph::{NodeId, Op};
use super::statements::Compiler;
use super::urn::Urn;
use crate::distributions::{self as d, beta_binomial, dirichlet_multinomial, multinomial, negative_binomial};
use crate::program::ops::{Binary, Unary};
use crate::program::sampler::Sampler;
use crate::special::{Sum, lgamma, log_choose};
use std::collections::HashMap;
use std::sync::Arc;

/// Levels whose statistics and arguments are equal, as one cell with a weight.
struct Merged {
    /// A level of each cell.
    levels: Arc<[u32]>,
    /// How many levels it stands for.
    weights: Vec<f64>,
}

impl Compiler<'_> {
    /// How many levels differ in their data or their parents, those without data left out.
    pub(super) fn merged_levels(&self, arguments: &Arguments, statistics: &Statistics, cells: usize) -> usize {
        let scalars: Vec<NodeId> =
            arguments.nodes.iter().flatten().filter(|a| a.width.is_none()).map(|a| a.node).collect();
        let columns: Vec<Vec<f64>> = match statistics {
            Statistics::Beta(a, b, _) | Statistics::Gamma(a, b, _) => vec![a.clone(), b.clone()],
            Statistics::Dirichlet(counts, _) => {
                let k = counts.len() / cells.max(1);
                (0..k).map(|j| counts.iter().skip(j).step_by(k).copied().collect()).collect()
            }
        };
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        self.merge(&slices, &scalars, |l| slices.iter().any(|s| s[l] > 0.0)).levels.len()
    }

    /// The variable drawn from its conditional, and the parts of the marginal log density.
    pub(super) fn conditional(
        &mut self,
        arguments: &Arguments,
        statistics: &Statistics,
        cells: usize,
    ) -> (Conditional, Vec<Part>) {
        let canonical = &self.canonical(arguments);
        match statistics {
            Statistics::Beta(successes, failures, constant) => {
                let (a, b) = (self.graph.constant(successes.clone()), self.graph.constant(failures.clone()));
                let alpha = self.graph.binary(Binary::Add, canonical[0], a);
                let beta = self.graph.binary(Binary::Add, canonical[1], b);
                let logit = self.graph.draw(Sampler::LogitBeta, vec![alpha, beta], cells);
                let node = self.graph.unary(Unary::InvLogit, logit);
                let conditional = Conditional {
                    node,
                    family: &d::Beta,
                    parameters: [alpha, beta],
                    prior: ConditionalPrior::Scalars([canonical[0], canonical[1]]),
                };
                (conditional, self.beta_marginal(arguments, canonical, (successes, failures), *constant))
            }
            Statistics::Gamma(shapes, rates, constant) => {
                let (s, r) = (self.graph.constant(shapes.clone()), self.graph.constant(rates.clone()));
                let shape = self.graph.binary(Binary::Add, canonical[0], s);
                let rate = self.graph.binary(Binary::Add, canonical[1], r);
                let log = self.graph.draw(Sampler::LogGamma, vec![shape], cells);
                let log_rate = self.graph.log(rate);
                let log = self.graph.binary(Binary::Subtract, log, log_rate);
                let node = self.graph.unary(Unary::Exp, log);
                let conditional = Conditional {
                    node,
                    family: &d::Gamma,
                    parameters: [shape, rate],
                    prior: ConditionalPrior::Scalars([canonical[0], canonical[1]]),
                };
                (conditional, self.gamma_marginal(canonical, shapes, rates, *constant))
            }
            Statistics::Dirichlet(counts, constant) => {
                let k = arguments.width.map_or(1, |w| w.length);
                let added = self.graph.constant(counts.clone());
                let shared = self.graph.size(canonical[0]) == k;
                let prior = if shared { self.graph.tile(canonical[0], cells) } else { canonical[0] };
                let concentration = self.graph.binary(Binary::Add, prior, added);
                let log = self.graph.draw(Sampler::LogGamma, vec![concentration], cells * k);
                let log = self.graph.log_softmax(log, k);
                let node = self.graph.unary(Unary::Exp, log);
                let total = self.vector_sum(concentration, k);
                let total = self.graph.repeat(total, k);
                let others = self.graph.binary(Binary::Subtract, total, concentration);
                let conditional = Conditional {
                    node,
                    family: &d::Beta,
                    parameters: [concentration, others],
                    prior: ConditionalPrior::Simplexes(prior, k),
                };
                (conditional, self.dirichlet_marginal(arguments, canonical[0], counts, k, *constant))
            }
        }
    }

    /// Merges levels with equal statistics and equal arguments; levels without data leave.
    fn merge(&self, statistics: &[&[f64]], arguments: &[NodeId], has_data: impl Fn(usize) -> bool) -> Merged {
        let cells = statistics.first().map_or(0, |s| s.len());
        let indices: Vec<Option<&Arc<[u32]>>> = arguments
            .iter()
            .filter(|a| self.graph.size(**a) > 1)
            .map(|a| match &self.graph.node(*a).op {
                Op::Gather(index) => Some(index),
                _ => None,
            })
            .collect();
        let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
        let (mut levels, mut weights) = (Vec::new(), Vec::new());
        for level in (0..cells).filter(|l| has_data(*l)) {
            let own = statistics.iter().map(|s| s[level].to_bits());
            let from = indices.iter().map(|i| i.map_or(level as u64, |i| u64::from(i[level])));
            let cell = *seen.entry(own.chain(from).collect()).or_insert_with(|| {
                levels.push(level as u32);
                weights.push(0.0);
                levels.len() - 1
            });
            weights[cell] += 1.0;
        }
        Merged { levels: levels.into(), weights }
    }

    /// An argument at the levels that stand for the merged cells.
    fn at_levels(&mut self, argument: NodeId, levels: &Arc<[u32]>) -> NodeId {
        if self.graph.size(argument) == 1 { argument } else { self.graph.gather(argument, levels) }
    }

    /// A number added to the log density once.
    fn once(&mut self, value: f64) -> Part {
        Part { node: self.graph.scalar(value), counts: Counts::Once }
    }

    /// log B(alpha + a, beta + b) - log B(alpha, beta): two categories of an urn.
    fn beta_marginal(
        &mut self,
        arguments: &Arguments,
        canonical: &[NodeId],
        (a, b): (&[f64], &[f64]),
        mut constant: Sum,
    ) -> Vec<Part> {
        let (first, second, total) = if arguments.list == 1 {
            let all = arguments.all();
            let one = self.graph.scalar(1.0);
            (all[0], self.graph.binary(Binary::Subtract, one, all[0]), Some(all[1]))
        } else {
            (canonical[0], canonical[1], None)
        };
        if a.iter().chain(b).any(|count| *count > 0.0 && *count < 1.0) {
            return self.fractional_marginal(canonical, (a, b), constant);
        }
        let (whole, concentration) = match total {
            Some(concentration) => (self.graph.scalar(1.0), concentration),
            None => {
                let sum = self.graph.binary(Binary::Add, first, second);
                (sum, sum)
            }
        };
        let vector = self.graph.stack(vec![first, second, whole]);
        let counts: Vec<f64> = a.iter().zip(b).flat_map(|(a, b)| [*a, *b]).collect();
        for (a, b) in a.iter().zip(b) {
            constant.add(beta_binomial::base(*a, a + b));
            constant.add(-log_choose(a + b, *a));
        }
        let urn = Urn { vector, concentration, by_mean: total.is_some(), k: 2, with_whole: true };
        let mut parts = self.urn_marginal(urn, &counts);
        parts.push(self.once(constant.value()));
        parts
    }

    /// log B(alpha + a, beta + b) - log B(alpha, beta) where a count is a fraction below 1, as the successes of a negative
    /// binomial may be: the urn is for whole counts.
    fn fractional_marginal(&mut self, canonical: &[NodeId], (a, b): (&[f64], &[f64]), constant: Sum) -> Vec<Part> {
        let (a, b) = (self.graph.constant(a.to_vec()), self.graph.constant(b.to_vec()));
        let alpha = self.graph.binary(Binary::Add, canonical[0], a);
        let beta = self.graph.binary(Binary::Add, canonical[1], b);
        let levels = self.graph.size(a);
        let posterior = self.graph.fused(&d::beta::NORMALISER, vec![alpha, beta]);
        let posterior = self.graph.unary(Unary::Negate, posterior);
        let prior = self.graph.fused(&d::beta::NORMALISER, vec![canonical[0], canonical[1]]);
        let part = |node| Part { node, counts: Counts::Of(levels) };
        vec![part(posterior), part(prior), self.once(constant.value())]
    }

    /// Γ(shape + s) / Γ(shape) · rate^shape / (rate + r)^(shape + s), from the negative binomial of mean
    /// shape · r / rate.
    fn gamma_marginal(&mut self, canonical: &[NodeId], s: &[f64], r: &[f64], mut constant: Sum) -> Vec<Part> {
        let mut parts = self.unexposed(canonical, s, r);
        let merged = self.merge(&[s, r], canonical, |l| r[l] > 0.0);
        let pick = |values: &[f64]| merged.levels.iter().map(|l| values[*l as usize]).collect::<Vec<f64>>();
        let (shapes, rates) = (pick(s), pick(r));
        let coefficients = shapes.iter().zip(&rates).zip(&merged.weights);
        for ((s, r), w) in coefficients {
            constant.add(w * (negative_binomial::mean_base(*s) + lgamma(s + 1.0) - s * r.ln()));
        }
        parts.push(self.once(constant.value()));
        if merged.levels.is_empty() {
            return parts;
        }
        let [shape, rate] = [canonical[0], canonical[1]].map(|node| self.at_levels(node, &merged.levels));
        let (k, exposure) = (self.graph.constant(shapes), self.graph.constant(rates));
        let (log_shape, log_rate) = (self.graph.log(shape), self.graph.log(rate));
        let log_exposure = self.graph.log(exposure);
        let ratio = self.graph.binary(Binary::Subtract, log_shape, log_rate);
        let log_mean = self.graph.binary(Binary::Add, ratio, log_exposure);
        let kernel = self.graph.fused(&negative_binomial::MEAN_KERNEL, vec![k, log_mean, shape]);
        parts.push(Part { node: kernel, counts: Counts::Weighted(merged.weights.into()) });
        parts
    }

    /// Γ(shape + s) / (Γ(shape) rate^s) for the levels of a rate that have s times of 0, which add to its shape alone.
    fn unexposed(&mut self, canonical: &[NodeId], s: &[f64], r: &[f64]) -> Vec<Part> {
        let merged = self.merge(&[s, r], canonical, |l| r[l] == 0.0 && s[l] > 0.0);
        if merged.levels.is_empty() {
            return Vec::new();
        }
        let shapes: Vec<f64> = merged.levels.iter().map(|l| s[*l as usize]).collect();
        let [shape, rate] = [canonical[0], canonical[1]].map(|node| self.at_levels(node, &merged.levels));
        let (times, certain, log_rate) = (self.graph.constant(shapes), self.graph.scalar(0.0), self.graph.log(rate));
        let log_scale = self.graph.unary(Unary::Negate, log_rate);
        let kernel = self.graph.fused(&negative_binomial::SUCCESSES_KERNEL, vec![times, shape, certain, log_scale]);
        vec![Part { node: kernel, counts: Counts::Weighted(merged.weights.into()) }]
    }

    /// The Dirichlet-multinomial without its coefficient.
    fn dirichlet_marginal(
        &mut self,
        arguments: &Arguments,
        concentration: NodeId,
        counts: &[f64],
        k: usize,
        mut constant: Sum,
    ) -> Vec<Part> {
        for y in counts.chunks(k).filter(|y| y.iter().sum::<f64>() > 0.0) {
            constant.add(dirichlet_multinomial::base(y));
            constant.add(-multinomial::base(y));
        }
        let mut parts = match (arguments.list, arguments.node(0), arguments.node(1)) {
            (1, Some(vector), Some(concentration)) => {
                self.urn_marginal(Urn { vector, concentration, by_mean: true, k, with_whole: false }, counts)
            }
            _ => {
                let sum = self.vector_sum(concentration, k);
                let urn = Urn { vector: concentration, concentration: sum, by_mean: false, k, with_whole: false };
                self.urn_marginal(urn, counts)
            }
        };
        parts.push(self.once(constant.value()));
        parts
    }
}
