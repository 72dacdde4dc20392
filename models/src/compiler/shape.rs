//! The shape of a variable: which combinations of levels it has a value for, and where each value stands.

use crate::bind::{Bound, IndexId};
use std::collections::HashMap;
use std::sync::Arc;

/// No variable may have more scalars.
pub const SCALAR_LIMIT: usize = 10_000_000;
/// Most cells of a comprehension, and of the vectors of a long table.
pub const CELL_LIMIT: usize = 100_000_000;

/// One index, or several of which only the combinations that occur in the table count.
#[derive(Clone, Debug)]
pub enum Group {
    /// All levels of an index.
    Index(IndexId, usize),
    /// The combinations of several indices that occur.
    Combinations {
        /// The indices.
        indices: Vec<IndexId>,
        /// The combinations, in order.
        list: Arc<[Vec<u32>]>,
        /// Where each stands.
        positions: Arc<HashMap<Vec<u32>, u32>>,
    },
}

impl Group {
    /// Number of combinations.
    pub fn len(&self) -> usize {
        match self {
            Group::Index(_, n) => *n,
            Group::Combinations { list, .. } => list.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The indices it is made of.
    pub fn indices(&self) -> Vec<IndexId> {
        match self {
            Group::Index(id, _) => vec![*id],
            Group::Combinations { indices, .. } => indices.clone(),
        }
    }
}

/// The shape of a variable: groups of indices, the last running fastest.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// The groups in order.
    pub groups: Vec<Group>,
}

impl Shape {
    /// Number of scalars.
    pub fn size(&self) -> usize {
        self.groups.iter().map(Group::len).fold(1, usize::saturating_mul)
    }

    /// All indices in order.
    pub fn indices(&self) -> Vec<IndexId> {
        self.groups.iter().flat_map(Group::indices).collect()
    }

    /// The levels of the scalar at a position, one code for each index.
    pub fn levels(&self, position: usize) -> Vec<u32> {
        let mut rest = position;
        let mut parts: Vec<Vec<u32>> = Vec::with_capacity(self.groups.len());
        for group in self.groups.iter().rev() {
            let n = group.len().max(1);
            let code = rest % n;
            rest /= n;
            parts.push(match group {
                Group::Index(..) => vec![code as u32],
                Group::Combinations { list, .. } => list[code].clone(),
            });
        }
        parts.reverse();
        parts.concat()
    }

    /// The labels of the scalar at a position.
    pub fn labels(&self, bound: &Bound, position: usize) -> Vec<String> {
        let ids = self.indices();
        self.levels(position)
            .into_iter()
            .zip(ids)
            .map(|(c, id)| bound.levels(id).label(c as usize).into_owned())
            .collect()
    }

    /// Where the scalar of these levels stands; none where the combination does not occur.
    pub fn position(&self, levels: &[u32]) -> Option<usize> {
        let mut at = 0;
        let mut position = 0;
        for group in &self.groups {
            let code = match group {
                Group::Index(..) => {
                    at += 1;
                    levels[at - 1]
                }
                Group::Combinations { indices, positions, .. } => {
                    at += indices.len();
                    *positions.get(&levels[at - indices.len()..at])?
                }
            };
            position = position * group.len() + code as usize;
        }
        Some(position)
    }
}
