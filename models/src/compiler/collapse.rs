//! Rows that reach the density through the same parameters and constants become one cell.
//!
//! A part of an observed density is a function of columns, computed row by row from constants and from arrays gathered by
//! indices. Rows that agree in all of those give the same number, and one cell with a weight stands for them. Some inputs
//! need not even agree: a binomial density is linear in successes and trials, so that their sums suffice; a normal one
//! needs the mean and the sum of squares about it. Pointwise log likelihoods stay with the rows as written.
//!
//! The cells then stand in the [order](super::order) in which they are best evaluated, which concerns rows of which none
//! agree as well.

use super::compiled::{Compiled, StatementDensity};
use super::density::{Counts, Part};
use super::exposure::{Exposed, exposed};
use super::graph::{Graph, NodeId, Op};
use super::order::cell_order;
use crate::distributions::{beta, binomial, dirichlet, exponential, gamma, geometric, multinomial, normal, poisson};
use crate::program::fused::Fused;
use crate::program::of_cell;
use crate::program::ops::Binary;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What of some rows a density needs, beside the inputs they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sufficient {
    /// The sums of these inputs; the cell then counts once.
    Sums(&'static [usize]),
    /// The means of these inputs; the cell counts as often as its rows.
    Means(&'static [usize]),
    /// The mean of the first input, and the sum of squares about it.
    Normal,
    /// Nothing but how many they are.
    Count,
}

/// The sufficient statistics of densities that are linear in functions of the data.
fn sufficient(f: &'static Fused) -> Sufficient {
    let table: [(&'static Fused, Sufficient); 15] = [
        (&binomial::LINK_KERNEL, Sufficient::Sums(&[0, 1])),
        (&binomial::PROBABILITY_KERNEL, Sufficient::Sums(&[0, 1])),
        (&binomial::LOG_KERNEL, Sufficient::Sums(&[0, 1])),
        (&multinomial::ELEMENT_KERNEL, Sufficient::Sums(&[0])),
        (&poisson::LINK_KERNEL, Sufficient::Means(&[0])),
        (&poisson::RATE_KERNEL, Sufficient::Means(&[0])),
        (&geometric::LINK_KERNEL, Sufficient::Means(&[0])),
        (&geometric::PROBABILITY_KERNEL, Sufficient::Means(&[0])),
        (&geometric::LOG_KERNEL, Sufficient::Means(&[0])),
        (&exponential::KERNEL, Sufficient::Means(&[0, 1])),
        (&gamma::KERNEL, Sufficient::Means(&[0, 1])),
        (&beta::KERNEL, Sufficient::Means(&[0, 1])),
        (&dirichlet::ELEMENT_KERNEL, Sufficient::Means(&[0])),
        (&normal::KERNEL, Sufficient::Normal),
        (&normal::NORMALISER, Sufficient::Count),
    ];
    table.into_iter().find(|(known, _)| std::ptr::eq(*known, f)).map_or(Sufficient::Count, |(_, s)| s)
}

/// Collapses the rows of every observed statement whose density keeps rows.
pub(super) fn collapse(mut compiled: Compiled) -> Compiled {
    for statement in compiled.densities.iter_mut().filter(|d| d.rows.is_some()) {
        let (mut cells, mut changed) = (None, false);
        let mut parts = Vec::new();
        for part in statement.entering() {
            match collapse_part(&mut compiled.graph, statement, part) {
                Some((collapsed, count)) => {
                    cells = cells.max(Some(count));
                    changed = true;
                    parts.extend(collapsed);
                }
                None => {
                    cells = cells.max(Some(distinct(&compiled.graph, part.node).div_ceil(part.elements())));
                    parts.push(part.clone());
                }
            }
        }
        let fewer = cells.filter(|cells| *cells < statement.density.cells);
        if changed || fewer.is_some() {
            statement.terms = Some(parts);
            if !statement.is_absorbed() {
                statement.cells = fewer;
            }
        }
    }
    for guard in &mut compiled.guards {
        guard.entering = told_apart(&mut compiled.graph, guard.entering).unwrap_or(guard.entering);
    }
    compiled
}

/// A node of the rows at one of those that are equal; none where no two rows agree.
fn told_apart(graph: &mut Graph, id: NodeId) -> Option<NodeId> {
    let size = graph.size(id);
    let mut rows = ToldApart::new(graph, size);
    rows.tell_apart(id)?;
    let representatives = rows.groups().representatives;
    (representatives.len() < size).then(|| Restrict::new(graph, &representatives).node(id))
}

/// The kind of each of so many cells, of which those are one that some nodes and a value do not tell apart, and a cell of
/// each kind.
pub(crate) fn agreeing(
    graph: &Graph,
    nodes: &[NodeId],
    cells: usize,
    value: impl Fn(usize) -> u64,
) -> (Vec<u32>, Arc<[u32]>) {
    let mut rows = ToldApart::new(graph, cells);
    rows.refine(value);
    if nodes.iter().try_for_each(|node| rows.tell_apart(*node)).is_none() {
        rows.refine(|cell| cell as u64);
    }
    let Groups { codes, representatives } = rows.groups();
    (codes, representatives)
}

/// How many numbers of a part differ: what is gathered is summed with counts, not one by one.
fn distinct(graph: &Graph, id: NodeId) -> usize {
    let node = graph.node(id);
    match (&node.op, node.inputs.as_slice()) {
        (Op::Constant(_), _) => 0,
        (Op::Gather(_), &[source]) => graph.size(source).min(node.size),
        (Op::Binary(Binary::Multiply), &[a, b]) if graph.constant_of(a).is_some() => distinct(graph, b),
        (Op::Binary(Binary::Multiply), &[a, b]) if graph.constant_of(b).is_some() => distinct(graph, a),
        _ => node.size,
    }
}

/// A part over cells in place of rows, and how many they are; none where no two rows agree.
fn collapse_part(graph: &mut Graph, statement: &StatementDensity, part: &Part) -> Option<(Vec<Part>, usize)> {
    let Counts::Cells(elements) = part.counts else { return None };
    let size = graph.size(part.node);
    let Op::Fused(f) = graph.node(part.node).op else { return None };
    if size < 2 || size != elements * statement.density.cells {
        return None;
    }
    let inputs = graph.node(part.node).inputs.clone();
    let weight = |i: usize| statement.weights.as_ref().map_or(1.0, |w| w[i / elements]);
    if let Some(exposed) = collapse_exposed(graph, f, &inputs, weight) {
        return Some(exposed);
    }
    let mut how = sufficient(f);
    let summed = match how {
        Sufficient::Sums(inputs) | Sufficient::Means(inputs) => inputs,
        Sufficient::Normal => &[0],
        Sufficient::Count => &[],
    };
    let mut data = Vec::new();
    for j in summed {
        match graph.constant_of(inputs[*j]) {
            Some(values) => data.push(values.clone()),
            None => {
                how = Sufficient::Count;
                data.clear();
                break;
            }
        }
    }
    let summed = if data.is_empty() { &[] } else { summed };
    let told_by: Vec<NodeId> =
        inputs.iter().enumerate().filter(|(j, _)| !summed.contains(j)).map(|(_, input)| *input).collect();
    let groups = groups(graph, &told_by, size)?;
    Some(cells(graph, f, &inputs, how, (summed, &data), &groups, weight))
}

/// The rows that agree in some nodes, in the order in which they are best evaluated; none where no two agree and no order
/// is better.
fn groups(graph: &Graph, told_by: &[NodeId], size: usize) -> Option<Groups> {
    let mut rows = ToldApart::new(graph, size);
    told_by.iter().try_for_each(|input| rows.tell_apart(*input))?;
    let groups = rows.groups();
    match cell_order(graph, told_by, &groups.representatives) {
        Some(order) => Some(groups.reordered(&order)),
        None => (groups.representatives.len() < size).then_some(groups),
    }
}

/// The same of counts whose rates have known exposures, where rows agree in the rest.
fn collapse_exposed(
    graph: &mut Graph,
    f: &'static Fused,
    inputs: &[NodeId],
    weight: impl Fn(usize) -> f64,
) -> Option<(Vec<Part>, usize)> {
    let &[k, argument] = inputs else { return None };
    let counts = graph.constant_of(k)?.clone();
    let Exposed { rate, exposure } = exposed(graph, f, argument)?;
    let groups = groups(graph, &[rate], exposure.len())?;
    if groups.representatives.len() == exposure.len() {
        return None;
    }
    let at = |i: usize| of_cell(&counts, i);
    let rates: Arc<[f64]> = exposure.iter().enumerate().map(|(i, u)| at(i) / u).collect();
    let constant: f64 = exposure.iter().enumerate().map(|(i, u)| weight(i) * at(i) * u.ln()).sum();
    let how = (Sufficient::Means(&[0]), [0]);
    let (mut parts, cells) =
        cells(graph, f, &[k, rate], how.0, (&how.1, &[rates]), &groups, |i| weight(i) * exposure[i]);
    parts.push(Part { node: graph.scalar(constant), counts: Counts::Once });
    Some((parts, cells))
}

/// The part that stands for groups of rows.
fn cells(
    graph: &mut Graph,
    f: &'static Fused,
    inputs: &[NodeId],
    how: Sufficient,
    (summed, data): (&[usize], &[Arc<[f64]>]),
    groups: &Groups,
    weight: impl Fn(usize) -> f64,
) -> (Vec<Part>, usize) {
    let count = groups.representatives.len();
    let total = |of: &dyn Fn(usize) -> f64| {
        let mut sums = vec![0.0; count];
        groups.codes.iter().enumerate().for_each(|(i, g)| sums[*g as usize] += weight(i) * of(i));
        sums
    };
    let weights = total(&|_| 1.0);
    let means = how != Sufficient::Count && !matches!(how, Sufficient::Sums(_));
    let mut statistics: Vec<Vec<f64>> = data.iter().map(|d| total(&|i| of_cell(d, i))).collect();
    if means {
        for sums in &mut statistics {
            sums.iter_mut().zip(&weights).for_each(|(s, w)| *s /= w);
        }
    }
    let mut restrict = Restrict::new(graph, &groups.representatives);
    let mut cell_inputs: Vec<NodeId> = Vec::with_capacity(inputs.len());
    for (j, input) in inputs.iter().enumerate() {
        cell_inputs.push(match summed.iter().position(|s| *s == j) {
            Some(s) => restrict.graph.constant(statistics[s].clone()),
            None => restrict.node(*input),
        });
    }
    let node = graph.fused(f, cell_inputs.clone());
    let part = |node, weights: Vec<f64>| {
        let once = weights.iter().all(|w| *w == 1.0);
        let counts = if once { Counts::Of(weights.len()) } else { Counts::Weighted(weights.into()) };
        Part { node, counts }
    };
    let counts = if matches!(how, Sufficient::Sums(_)) { vec![1.0; count] } else { weights };
    let mut parts = vec![part(node, counts)];
    if how == Sufficient::Normal {
        let mean = &statistics[0];
        let squares = total(&|i| (of_cell(&data[0], i) - mean[groups.codes[i] as usize]).powi(2));
        let spread = graph.constant(squares.iter().map(|s| s.sqrt()).collect::<Vec<_>>());
        let zero = graph.scalar(0.0);
        let node = graph.fused(f, vec![spread, zero, cell_inputs[2]]);
        parts.push(part(node, vec![1.0; count]));
    }
    (parts, count)
}

/// Groups of rows that agree.
struct Groups {
    /// The group of each row.
    codes: Vec<u32>,
    /// A row of each group.
    representatives: Arc<[u32]>,
}

impl Groups {
    /// In another order, given by numbers of groups.
    fn reordered(self, order: &[u32]) -> Self {
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, group)| places[*group as usize] = place as u32);
        Self {
            codes: self.codes.iter().map(|group| places[*group as usize]).collect(),
            representatives: order.iter().map(|group| self.representatives[*group as usize]).collect(),
        }
    }
}

/// Rows, told apart column by column.
struct ToldApart<'a> {
    graph: &'a Graph,
    codes: Vec<u32>,
    count: usize,
    /// The nodes that have been looked at.
    seen: HashSet<NodeId>,
}

impl<'a> ToldApart<'a> {
    /// Rows that nothing tells apart yet.
    fn new(graph: &'a Graph, count: usize) -> Self {
        Self { graph, codes: vec![0; count], count: 1, seen: HashSet::new() }
    }

    /// Tells apart rows that differ in what a node is computed from; none where each row has numbers of its own.
    fn tell_apart(&mut self, id: NodeId) -> Option<()> {
        let node = self.graph.node(id);
        if node.size == 1 || self.count == self.codes.len() || !self.seen.insert(id) {
            return Some(());
        }
        match &node.op {
            Op::Constant(values) => self.refine(|i| values[i].to_bits()),
            Op::Gather(index) => self.refine(|i| u64::from(index[i])),
            Op::Unary(_) | Op::Binary(_) | Op::Select | Op::Fused(_) => {
                return node.inputs.iter().try_for_each(|input| self.tell_apart(*input));
            }
            _ => return None,
        }
        Some(())
    }

    fn refine(&mut self, value: impl Fn(usize) -> u64) {
        self.count = refine(&mut self.codes, value);
    }

    fn groups(self) -> Groups {
        let mut representatives = vec![u32::MAX; self.count];
        for (i, code) in self.codes.iter().enumerate() {
            let row = &mut representatives[*code as usize];
            *row = (*row).min(i as u32);
        }
        Groups { codes: self.codes, representatives: representatives.into() }
    }
}

/// Tells apart rows of one code that differ in a value; how many codes there are then.
pub(super) fn refine(codes: &mut [u32], value: impl Fn(usize) -> u64) -> usize {
    let mut seen: HashMap<(u32, u64), u32> = HashMap::new();
    for (i, code) in codes.iter_mut().enumerate() {
        let next = seen.len() as u32;
        *code = *seen.entry((*code, value(i))).or_insert(next);
    }
    seen.len()
}

/// Nodes at some rows only, computed there rather than picked from all.
pub(crate) struct Restrict<'a> {
    graph: &'a mut Graph,
    rows: &'a Arc<[u32]>,
    done: HashMap<NodeId, NodeId>,
    /// Indices already composed, by address, so that equal gathers stay shared.
    composed: HashMap<usize, Arc<[u32]>>,
}

impl<'a> Restrict<'a> {
    pub(crate) fn new(graph: &'a mut Graph, rows: &'a Arc<[u32]>) -> Self {
        Self { graph, rows, done: HashMap::new(), composed: HashMap::new() }
    }

    /// A node at the rows; one number for all stands for these too.
    pub(crate) fn node(&mut self, id: NodeId) -> NodeId {
        if self.graph.size(id) == 1 {
            return id;
        }
        if let Some(done) = self.done.get(&id) {
            return *done;
        }
        let node = self.graph.node(id).clone();
        let mut inputs = || node.inputs.iter().map(|x| self.node(*x)).collect::<Vec<_>>();
        let new = match &node.op {
            Op::Unary(f) => {
                let x = inputs()[0];
                self.graph.unary(*f, x)
            }
            Op::Binary(f) => {
                let inputs = inputs();
                self.graph.binary(*f, inputs[0], inputs[1])
            }
            Op::Select => {
                let inputs = inputs();
                self.graph.select(inputs[0], inputs[1], inputs[2])
            }
            Op::Fused(f) => {
                let inputs = inputs();
                self.graph.fused(f, inputs)
            }
            Op::Gather(index) => {
                let rows = self.rows;
                let composed = self.composed.entry(index.as_ptr() as usize);
                let composed = composed.or_insert_with(|| rows.iter().map(|r| index[*r as usize]).collect());
                self.graph.gather(node.inputs[0], composed)
            }
            _ => self.graph.gather(id, self.rows),
        };
        self.done.insert(id, new);
        new
    }
}
