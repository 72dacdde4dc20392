//! A model and a table, brought together: levels, shapes, checked columns, inputs with their values.

mod columns;
mod dependence;
mod index;
mod weights;

pub use dependence::{Conflict, Determined};
pub use index::{Index, IndexId, Labels};
pub use weights::MOST_ROWS_APART;

use crate::error::{Error, ErrorKind, nearest};
use crate::resolve::{Item, Model, Role, Variable};
use crate::syntax::{Expr, ExprKind, FieldKind};
use crate::table::Table;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The code of a cell without a label.
pub const NO_CODE: u32 = u32::MAX;

/// A column as the compiler sees it, one entry for each row of the model.
#[derive(Clone, Debug)]
pub enum Column {
    /// Labels, as positions among the levels of an index.
    Factor {
        /// The index.
        index: IndexId,
        /// The level of each row; [`NO_CODE`] where the cell is empty.
        codes: Arc<[u32]>,
    },
    /// Numbers; NaN where the cell is empty.
    Number(Arc<[f64]>),
    /// A vector for each row, row by row; NaN where a cell is empty.
    Vector {
        /// The index of the vector.
        index: IndexId,
        /// The elements.
        values: Arc<[f64]>,
    },
}

/// A model bound to a table.
#[derive(Clone, Debug)]
pub struct Bound {
    pub(crate) model: Model,
    pub(crate) indexes: Vec<Index>,
    pub(crate) index_names: HashMap<String, IndexId>,
    pub(crate) columns: HashMap<String, Column>,
    pub(crate) inputs: BTreeMap<String, Vec<f64>>,
    /// Number of rows of the model: of the table, or of its vectors where `counts(n by …)` groups them.
    pub(crate) rows: usize,
    /// The row of the table (from 0) that each row of the model begins at; none where both have the same rows.
    pub(crate) first_rows: Option<Arc<[u32]>>,
    /// Number of rows of the table; none without one.
    pub(crate) table_rows: Option<usize>,
    /// For each `counts(n by …)`, how many rows were added to another one.
    pub(crate) duplicates: Vec<(String, usize)>,
    /// Whether a row with a weight stands there so many times, each time with a weight of one.
    pub(crate) rows_apart: bool,
}

impl Model {
    /// Brings the model together with a table and with values for its inputs.
    ///
    /// # Errors
    /// A missing column, a cell that is not what its column holds, an empty cell where a value is needed, an unknown
    /// input; each with its row.
    pub fn bind(&self, table: Option<&Table>, inputs: &BTreeMap<String, Vec<f64>>) -> Result<Bound, Error> {
        let mut bound = Bound {
            model: self.clone(),
            indexes: vec![Index::rows(0)],
            index_names: HashMap::from([("rows".to_owned(), IndexId::ROWS)]),
            columns: HashMap::new(),
            inputs: BTreeMap::new(),
            rows: 0,
            first_rows: None,
            table_rows: None,
            duplicates: Vec::new(),
            rows_apart: false,
        };
        for index in &self.indexes {
            bound.add_index(&index.name.text, index.labels.clone());
        }
        match table {
            Some(table) if !self.fields.is_empty() => columns::read(&mut bound, table)?,
            Some(table) => {
                bound.table_rows = Some(table.rows());
                bound.set_rows(table.rows(), None);
            }
            None => {
                if let Some(field) = self.fields.first() {
                    return Err(Error::new(ErrorKind::NoData, field.name.span));
                }
            }
        }
        bound.check_missing()?;
        bound.set_inputs(inputs)?;
        Ok(bound)
    }
}

impl Bound {
    pub(crate) fn add_index(&mut self, name: &str, labels: Vec<String>) -> IndexId {
        let id = IndexId(self.indexes.len());
        self.indexes.push(Index::new(name, labels));
        self.index_names.insert(name.into(), id);
        id
    }

    pub(crate) fn set_rows(&mut self, rows: usize, first_rows: Option<Arc<[u32]>>) {
        self.rows = rows;
        self.indexes[0] = Index::rows(rows);
        self.first_rows = first_rows;
    }

    /// The row of the table, from 1, that a row of the model begins at.
    pub(crate) fn table_row(&self, row: u32) -> usize {
        1 + self.first_rows.as_ref().map_or(row, |first| first[row as usize]) as usize
    }

    /// The index of that number.
    pub fn levels(&self, id: IndexId) -> &Index {
        &self.indexes[id.0]
    }

    /// The checked model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Rows of the table; none without one.
    pub fn table_rows(&self) -> Option<usize> {
        self.table_rows
    }

    /// All inputs with the values used.
    pub fn inputs(&self) -> &BTreeMap<String, Vec<f64>> {
        &self.inputs
    }

    /// For each vector of counts read from long data, how many rows were added to an earlier row of their category.
    pub fn duplicate_rows(&self) -> &[(String, usize)] {
        &self.duplicates
    }

    pub(crate) fn missing_in_row(&self, column: &Column, row: usize) -> bool {
        match column {
            Column::Vector { index, values } => {
                let k = self.levels(*index).len();
                values[row * k..(row + 1) * k].iter().any(|v| v.is_nan())
            }
            Column::Factor { codes, .. } => codes[row] == NO_CODE,
            Column::Number(values) => values[row].is_nan(),
        }
    }

    /// An empty cell is allowed only in a column that is observed, and whose cells nothing else needs.
    fn check_missing(&self) -> Result<(), Error> {
        for field in &self.model.fields {
            let name = &field.name.text;
            let observed = self.model.variables.iter().any(|v| v.role == Role::Observed && v.name.text == *name);
            let used_by = self.model.used_on_right.get(name);
            if observed && used_by.is_none() {
                continue;
            }
            let Some(column) = self.columns.get(name) else { continue };
            if let Some(row) = (0..self.rows).find(|r| self.missing_in_row(column, *r)) {
                let used_by = used_by.map_or_else(|| "the grouping of the rows".to_owned(), |u| format!("`{u}`"));
                let header = match (&field.kind, column) {
                    (FieldKind::Counts(parts) | FieldKind::Reals(parts), Column::Vector { values, .. }) => {
                        let cells = &values[row * parts.len()..(row + 1) * parts.len()];
                        cells.iter().zip(parts).find(|(v, _)| v.is_nan()).map_or(&field.column, |(_, part)| part)
                    }
                    _ => &field.column,
                };
                let kind = ErrorKind::MissingCell { column: header.text.clone(), used_by };
                return Err(Error::new(kind, field.name.span).at_row(self.table_row(row as u32)));
            }
        }
        Ok(())
    }

    fn set_inputs(&mut self, given: &BTreeMap<String, Vec<f64>>) -> Result<(), Error> {
        for name in given.keys() {
            if !matches!(self.model.names.get(name), Some(Item::Input(_))) {
                let known = self.model.inputs.iter().map(|i| i.name.text.as_str());
                let near = nearest(name, known);
                let kind = ErrorKind::UnknownInput { name: name.clone(), nearest: near };
                return Err(Error { kind: Box::new(kind), span: None, row: None, in_data: false });
            }
        }
        for input in &self.model.inputs {
            let name = &input.name.text;
            let values = given.get(name).unwrap_or(&input.default).clone();
            let length = match &input.index {
                None => 1,
                Some(index) => match self.index_names.get(&index.text) {
                    Some(id) => self.levels(*id).len(),
                    None => {
                        return Err(Error::new(
                            ErrorKind::UnknownIndex { name: index.text.clone(), nearest: None },
                            index.span,
                        ));
                    }
                },
            };
            let values = match values.as_slice() {
                [one] => vec![*one; length],
                many if many.len() == length && input.index.is_some() => values,
                many => {
                    let expected =
                        if input.index.is_some() { format!("1 number or {length}") } else { "1 number".into() };
                    let found = many.len().to_string();
                    return Err(Error::new(
                        ErrorKind::InputLength { name: name.clone(), expected, found },
                        input.name.span,
                    ));
                }
            };
            self.inputs.insert(name.clone(), values);
        }
        Ok(())
    }

    /// The columns of numbers that the expressions of a statement name, with their values in a row of the model.
    pub(crate) fn numbers_named_by(&self, statement: &str, row: usize) -> Vec<(String, f64)> {
        let own = self.model.variables.iter().filter(|variable| variable.name.text == statement);
        let mut found: Vec<(String, f64)> = Vec::new();
        let mut look = |e: &Expr| {
            if let ExprKind::Name(name) = &e.kind
                && let Some(Column::Number(values)) = self.columns.get(name)
                && !found.iter().any(|(known, _)| known == name)
            {
                found.push((name.clone(), values[row]));
            }
        };
        own.flat_map(Variable::expressions).for_each(|e| e.walk(&mut look));
        found
    }

    /// The declared type of a column.
    pub(crate) fn field_kind(&self, name: &str) -> Option<&FieldKind> {
        self.model.field(name).map(|f| &f.kind)
    }
}
