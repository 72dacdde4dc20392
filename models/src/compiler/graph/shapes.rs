//! Constructors of nodes whose shape is not that of their inputs: reductions, products with matrices, simplexes, stacks.

use super::{Graph, Key, Node, NodeId, Op, Segments};
use crate::program::of_cell;
use crate::program::ops::{Binary, Reduction};
use std::sync::Arc;

impl Graph {
    /// One number for each of `groups` segments.
    pub fn reduce(&mut self, how: Reduction, x: NodeId, segments: Segments, groups: usize) -> NodeId {
        if let Some(values) = self.constant_of(x) {
            let values: Arc<[f64]> = (0..groups).map(|i| how.value(&values[segments.range(i)])).collect();
            return self.constant(values);
        }
        if let Some(extreme) = self.extreme(how, x, &segments, groups) {
            return extreme;
        }
        if let Segments::Equal(k) = segments
            && let Some((source, index)) = self.whole_vectors(x, k)
        {
            let levels = index.chunks_exact(k).map(|vector| vector[0] / k as u32).collect();
            let of_levels = self.reduce(how, source, segments, self.size(source) / k);
            return self.gather(of_levels, &levels);
        }
        match segments {
            Segments::Equal(1) if matches!(how, Reduction::Any | Reduction::All) => {
                let zero = self.scalar(0.0);
                self.binary(Binary::NotEqual, x, zero)
            }
            Segments::Equal(1) => x,
            Segments::Equal(k) => self.share(Key::Reduce(how, k, x), || Node {
                op: Op::Reduce(how, Segments::Equal(k)),
                inputs: vec![x],
                size: groups,
            }),
            ragged => self.push(Op::Reduce(how, ragged), vec![x], groups),
        }
    }

    /// One number for each of so many cells, where there is one for all.
    pub fn widened(&mut self, x: NodeId, cells: usize) -> NodeId {
        if self.size(x) != 1 || cells == 1 {
            return x;
        }
        self.gather(x, &vec![0; cells].into())
    }

    /// A constant matrix times a vector.
    pub fn linear(&mut self, matrix: Arc<[f64]>, columns: usize, vector: NodeId) -> NodeId {
        let rows = matrix.len() / columns.max(1);
        self.push(Op::Linear(matrix, columns), vec![vector], rows)
    }

    /// The logits of simplices of `k` parts, from groups of `k - 1` reals.
    pub fn simplex_logits(&mut self, x: NodeId, k: usize) -> NodeId {
        let groups = self.size(x) / (k - 1).max(1);
        self.push(Op::Simplex(k), vec![x], groups * k)
    }

    /// Interleaves arrays of one size (or of size 1, then repeated) into groups.
    pub fn stack(&mut self, items: Vec<NodeId>) -> NodeId {
        if items.len() == 1 {
            return items[0];
        }
        let n = items.iter().map(|x| self.size(*x)).max().unwrap_or(1);
        let k = items.len();
        if items.iter().all(|x| self.constant_of(*x).is_some()) {
            let mut values = vec![0.0; n * k];
            for (j, item) in items.iter().enumerate() {
                if let Some(v) = self.constant_of(*item) {
                    for i in 0..n {
                        values[i * k + j] = of_cell(v, i);
                    }
                }
            }
            return self.constant(values);
        }
        if let Some((index, sources)) = self.common_gather(&items) {
            let whole = index.iter().flat_map(|i| (0..k as u32).map(move |j| i * k as u32 + j)).collect();
            let stacked = self.stack(sources);
            return self.gather(stacked, &whole);
        }
        self.push(Op::Stack, items, n * k)
    }

    /// What items were gathered from, where all but single numbers were by one index from smaller arrays of one size.
    fn common_gather(&self, items: &[NodeId]) -> Option<(Arc<[u32]>, Vec<NodeId>)> {
        let gathered = |id: &NodeId| match &self.node(*id).op {
            Op::Gather(index) => Some((index, self.node(*id).inputs[0])),
            _ => None,
        };
        let (index, first) = gathered(items.iter().find(|x| self.size(**x) > 1)?)?;
        let size = self.size(first);
        let same = |item: &NodeId| match self.size(*item) {
            1 => Some(*item),
            _ => gathered(item).filter(|(own, x)| *own == index && self.size(*x) == size).map(|(_, x)| x),
        };
        let sources = items.iter().map(same).collect::<Option<Vec<NodeId>>>()?;
        (size < index.len()).then(|| (index.clone(), sources))
    }

    /// What vectors of `k` were gathered from, where each is a whole one of fewer: what is computed of a vector is
    /// computed there.
    fn whole_vectors(&self, x: NodeId, k: usize) -> Option<(NodeId, Arc<[u32]>)> {
        let (source, index) = self.spread(x).filter(|(source, _)| k > 1 && self.size(*source).is_multiple_of(k))?;
        let whole = |vector: &[u32]| {
            (vector[0] as usize).is_multiple_of(k) && vector.windows(2).all(|pair| pair[1] == pair[0] + 1)
        };
        (index.len().is_multiple_of(k) && index.chunks_exact(k).all(whole)).then_some((source, index))
    }

    /// `log softmax` of groups of `k`.
    pub fn log_softmax(&mut self, x: NodeId, k: usize) -> NodeId {
        if let Some((source, index)) = self.whole_vectors(x, k) {
            let of_levels = self.log_softmax(source, k);
            return self.gather(of_levels, &index);
        }
        let groups = self.size(x) / k.max(1);
        let total = self.reduce(Reduction::LogSumExp, x, Segments::Equal(k), groups);
        let total = self.repeat(total, k);
        self.binary(Binary::Subtract, x, total)
    }
}
