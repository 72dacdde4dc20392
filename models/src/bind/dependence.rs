//! Which columns the data make a function of which indices.

use super::{Bound, Column, NO_CODE};
use std::collections::HashMap;
use std::sync::Arc;

/// A column that is a function of some indices: for each combination of their levels that occurs, a row to read it from.
#[derive(Clone, Debug)]
pub struct Determined {
    rows: HashMap<u64, u32>,
    sizes: Vec<usize>,
}

/// Two rows that agree in the indices and differ in the column.
#[derive(Clone, Copy, Debug)]
pub struct Conflict {
    /// The first row, from 0.
    pub first: usize,
    /// The second row, from 0.
    pub second: usize,
}

impl Determined {
    /// The row to read the column from, for one combination of levels.
    pub fn row(&self, codes: impl IntoIterator<Item = u32>) -> Option<u32> {
        self.rows.get(&key(codes, &self.sizes)).copied()
    }
}

fn key(codes: impl IntoIterator<Item = u32>, sizes: &[usize]) -> u64 {
    codes.into_iter().zip(sizes).fold(0, |k, (c, n)| k.wrapping_mul(*n as u64).wrapping_add(u64::from(c)))
}

impl Bound {
    /// Whether a column is a function of factors, given as codes for each row and numbers of levels.
    ///
    /// # Errors
    /// The first two rows that contradict it.
    pub fn determined(&self, column: &Column, by: &[(Arc<[u32]>, usize)]) -> Result<Determined, Conflict> {
        let sizes: Vec<usize> = by.iter().map(|b| b.1).collect();
        let mut rows: HashMap<u64, u32> = HashMap::new();
        // An empty cell is of no level.
        for row in (0..self.rows).filter(|row| by.iter().all(|b| b.0[*row] != NO_CODE)) {
            let k = key(by.iter().map(|b| b.0[row]), &sizes);
            match rows.get(&k) {
                Some(&first) if !self.same(column, first as usize, row) => {
                    return Err(Conflict { first: first as usize, second: row });
                }
                Some(_) => {}
                None => {
                    rows.insert(k, row as u32);
                }
            }
        }
        Ok(Determined { rows, sizes })
    }

    fn same(&self, column: &Column, a: usize, b: usize) -> bool {
        match column {
            Column::Factor { codes, .. } => codes[a] == codes[b],
            Column::Number(values) => values[a] == values[b],
            Column::Vector { index, values } => {
                let k = self.levels(*index).len();
                values[a * k..(a + 1) * k] == values[b * k..(b + 1) * k]
            }
        }
    }

    /// The cell of a column as a person would write it.
    pub fn show_cell(&self, column: &Column, row: usize) -> String {
        match column {
            Column::Factor { index, codes } => format!("\"{}\"", self.levels(*index).label(codes[row] as usize)),
            Column::Number(values) => values[row].to_string(),
            Column::Vector { index, values } => {
                let k = self.levels(*index).len();
                let cells: Vec<_> = values[row * k..(row + 1) * k].iter().map(f64::to_string).collect();
                format!("({})", cells.join(", "))
            }
        }
    }
}
