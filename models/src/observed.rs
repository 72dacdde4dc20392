//! The observed columns as data: what replicated data are compared with.

use crate::bind::{Bound, Column, IndexId, NO_CODE};
use crate::cdfs::drawn_from;
use crate::compiler::rows::Rows;
use crate::posterior::Posterior;
use crate::program::of_cell;
use std::sync::Arc;

/// An observed column, where it is observed, in the order [`Posterior::predict`] writes its replications.
#[derive(Clone, Debug)]
pub struct ObservedColumn {
    /// The column.
    pub name: String,
    /// The rows of the table, from 1.
    pub rows: Vec<usize>,
    /// How many numbers a row has: 1, or the length of a vector.
    pub width: usize,
    /// The names of the numbers of a vector.
    pub elements: Vec<String>,
    /// The levels of a factor.
    pub levels: Vec<String>,
    /// The numbers, row by row; of a factor the position of the level, from 1.
    pub values: Vec<f64>,
    /// The trials of each row, where the column is binomial and they are known before sampling.
    pub trials: Option<Vec<f64>>,
    /// The distribution.
    pub distribution: Option<&'static str>,
    /// Whether the numbers are counts.
    pub is_count: bool,
    /// The factors of the data, by which the rows fall into groups.
    pub groupings: Vec<Grouping>,
}

/// The level of a factor in each observed row of a column.
#[derive(Clone, Debug)]
pub struct Grouping {
    /// The factor.
    pub factor: String,
    /// Its levels.
    pub levels: Vec<String>,
    /// The level of each row, from 0.
    pub codes: Vec<u32>,
}

impl Posterior {
    /// The observed columns.
    pub fn observed_columns(&self) -> Vec<ObservedColumn> {
        let bound = self.bound();
        let graph = &self.compiled().graph;
        let mut columns = Vec::new();
        for replicate in &self.compiled().replicated {
            let Some(column) = bound.columns.get(&replicate.name) else { continue };
            let rows = || replicate.rows.iter().map(|r| r as usize);
            let (width, values): (usize, Vec<f64>) = match column {
                Column::Number(values) => (1, rows().map(|r| values[r]).collect()),
                Column::Factor { codes, .. } => (1, rows().map(|r| f64::from(codes[r]) + 1.0).collect()),
                Column::Vector { index, values } => {
                    let k = bound.levels(*index).len();
                    (k, rows().flat_map(|r| values[r * k..(r + 1) * k].iter().copied()).collect())
                }
            };
            let (elements, levels) = match column {
                Column::Vector { index, .. } => (bound.labels(*index), Vec::new()),
                Column::Factor { index, .. } => (Vec::new(), bound.labels(*index)),
                Column::Number(_) => (Vec::new(), Vec::new()),
            };
            let family = drawn_from(graph, replicate);
            let trials = family.and_then(|(family, inputs)| {
                let known = matches!(family.name(), "Binomial" | "BetaBinomial");
                let trials = known.then(|| graph.constant_of(inputs[0])).flatten()?;
                Some((0..replicate.rows.len()).map(|i| of_cell(trials, i)).collect())
            });
            columns.push(ObservedColumn {
                name: replicate.name.clone(),
                rows: rows().map(|r| bound.table_row(r as u32)).collect(),
                width,
                elements,
                levels,
                values,
                trials,
                distribution: family.map(|(family, _)| family.name()),
                is_count: width > 1 || family.is_some_and(|(family, _)| family.is_discrete()),
                groupings: bound.groupings(&replicate.name, &replicate.rows),
            });
        }
        columns
    }
}

impl Bound {
    /// The labels of an index.
    fn labels(&self, index: IndexId) -> Vec<String> {
        let levels = self.levels(index);
        (0..levels.len()).map(|i| levels.label(i).into_owned()).collect()
    }

    /// The factors of the data but for one column, at some rows.
    fn groupings(&self, column: &str, rows: &Rows) -> Vec<Grouping> {
        let factors = self.columns.iter().filter(|(name, _)| name.as_str() != column);
        let grouping = |(name, column): (&String, &Column)| match column {
            Column::Factor { index, codes } => {
                let codes: Vec<u32> = rows.iter().map(|r| codes[r as usize]).collect();
                // An observed factor whose cell is empty at some of the rows groups them not.
                let whole = !codes.contains(&NO_CODE);
                whole.then(|| Grouping { factor: name.clone(), levels: self.labels(*index), codes })
            }
            Column::Number(_) | Column::Vector { .. } => None,
        };
        let mut groupings: Vec<Grouping> = factors.filter_map(grouping).collect();
        groupings.sort_by(|a, b| a.factor.cmp(&b.factor));
        groupings
    }

    /// The same with other numbers in the observed columns, in the order [`Posterior::predict`] writes the observed rows of
    /// the posterior that they were drawn from: data simulated on this design. Numbers that are missing leave the rest as
    /// it is.
    pub fn with_observed(&self, posterior: &Posterior, numbers: &[f64]) -> Bound {
        let mut bound = self.clone();
        let mut numbers = numbers.iter().copied();
        for replicate in &posterior.compiled().replicated {
            let Some(column) = bound.columns.get_mut(&replicate.name) else { continue };
            let rows = replicate.rows.iter().map(|r| r as usize);
            match column {
                Column::Number(values) => {
                    let mut changed = values.to_vec();
                    rows.zip(numbers.by_ref()).for_each(|(r, x)| changed[r] = x);
                    *values = changed.into();
                }
                Column::Factor { codes, .. } => {
                    let mut changed = codes.to_vec();
                    rows.zip(numbers.by_ref()).for_each(|(r, x)| changed[r] = (x - 1.0).max(0.0) as u32);
                    *codes = changed.into();
                }
                Column::Vector { index, values } => {
                    let k = self.levels(*index).len();
                    let mut changed: Vec<f64> = values.to_vec();
                    for r in rows {
                        changed[r * k..(r + 1) * k].iter_mut().zip(numbers.by_ref()).for_each(|(slot, x)| *slot = x);
                    }
                    *values = Arc::from(changed);
                }
            }
        }
        bound
    }
}
