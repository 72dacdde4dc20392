//! The rows of the model that a statement speaks of.

use std::sync::Arc;

/// Rows by their numbers from 0, in order. Nearly always they are all rows, which takes no memory.
#[derive(Clone, Debug)]
pub enum Rows {
    /// So many from the first on.
    All(u32),
    /// Some of them, or some several times.
    Listed(Arc<[u32]>),
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::All(rows) => *rows as usize,
            Self::Listed(rows) => rows.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at a place among them.
    pub fn get(&self, place: usize) -> Option<u32> {
        match self {
            Self::All(rows) => u32::try_from(place).ok().filter(|row| row < rows),
            Self::Listed(rows) => rows.get(place).copied(),
        }
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).filter_map(|place| self.get(place))
    }
}

impl From<Arc<[u32]>> for Rows {
    fn from(rows: Arc<[u32]>) -> Self {
        let all = rows.iter().enumerate().all(|(place, row)| place == *row as usize);
        if all { Self::All(rows.len() as u32) } else { Self::Listed(rows) }
    }
}
