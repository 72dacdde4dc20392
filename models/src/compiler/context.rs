//! The context an expression is read in: the cells it has a value for, and the level of each index at each cell.

use super::shape::{Group, Shape};
use crate::bind::IndexId;
use std::sync::Arc;

/// An index, or the variable of a comprehension, with its level at each cell.
#[derive(Clone, Debug)]
pub struct ContextVariable {
    /// The name it goes by.
    pub name: String,
    /// The index it runs over.
    pub index: IndexId,
    /// Its level at each cell.
    pub codes: Arc<[u32]>,
    /// Whether it is a variable of a comprehension rather than an index on the left.
    pub bound: bool,
}

/// The context an expression is read in.
#[derive(Clone, Debug)]
pub struct Context {
    /// Number of cells.
    pub size: usize,
    /// What runs over them.
    pub variables: Vec<ContextVariable>,
    /// The row of the table at each cell, where the context is the rows.
    pub rows: Option<Arc<[u32]>>,
    /// Whether a density depends on the expression.
    pub in_density: bool,
}

impl Context {
    /// One cell, no index.
    pub fn scalar(in_density: bool) -> Self {
        Self { size: 1, variables: Vec::new(), rows: None, in_density }
    }

    /// Some rows of the table.
    pub fn rows(rows: Arc<[u32]>, in_density: bool) -> Self {
        Self { size: rows.len(), variables: Vec::new(), rows: Some(rows), in_density }
    }

    /// All combinations of a shape, whose indices go by these names.
    pub fn of_shape(shape: &Shape, names: &[String], in_density: bool) -> Self {
        let size = shape.size();
        let mut variables = Vec::new();
        let mut rows = None;
        let mut repeat = size;
        let mut names = names.iter();
        for group in &shape.groups {
            let n = group.len().max(1);
            repeat /= n;
            for (part, index) in group.indices().into_iter().enumerate() {
                let codes: Arc<[u32]> = (0..size)
                    .map(|i| {
                        let code = i / repeat.max(1) % n;
                        match group {
                            Group::Index(..) => code as u32,
                            Group::Combinations { list, .. } => list[code][part],
                        }
                    })
                    .collect();
                if index == IndexId::ROWS {
                    rows = Some(codes.clone());
                }
                let name = names.next().cloned().unwrap_or_default();
                variables.push(ContextVariable { name, index, codes, bound: false });
            }
        }
        Self { size, variables, rows, in_density }
    }

    /// The variable of that name.
    pub fn variable(&self, name: &str) -> Option<&ContextVariable> {
        self.variables.iter().rev().find(|v| v.name == name)
    }

    /// The same context at other cells: cell `i` is cell `cells[i]` of this one.
    pub fn select(&self, cells: &[u32]) -> Context {
        let pick = |codes: &Arc<[u32]>| cells.iter().map(|c| codes[*c as usize]).collect::<Arc<[u32]>>();
        Context {
            size: cells.len(),
            variables: self.variables.iter().map(|v| ContextVariable { codes: pick(&v.codes), ..v.clone() }).collect(),
            rows: self.rows.as_ref().map(pick),
            in_density: self.in_density,
        }
    }
}
