//! Columns in expressions: the row that each cell of a context reads one from.

use super::context::{Context, ContextVariable};
use super::lookup::Levels;
use super::statements::Compiler;
use super::value::{Numbers, Value};
use crate::bind::{Column, Conflict, Determined, IndexId, NO_CODE};
use crate::error::{Error, ErrorKind, nearest};
use crate::syntax::{IndexArgument, Name, Span};
use std::sync::Arc;

impl Compiler<'_> {
    /// A column at the cells of a context.
    pub(super) fn column_here(&mut self, name: &str, span: Span, context: &Context) -> Result<Value, Error> {
        let Some(column) = self.bound.columns.get(name).cloned() else {
            return Err(Error::new(ErrorKind::NoData, span));
        };
        let rows = self.rows_for(name, &column, span, context)?;
        Ok(self.column_at(&column, &rows))
    }

    fn column_at(&mut self, column: &Column, rows: &Arc<[u32]>) -> Value {
        match column {
            Column::Factor { index, codes } => Value::Labels(*index, at_rows(codes, rows, 1)),
            Column::Number(values) => {
                Value::Numbers(Numbers::scalar(self.graph.constant(at_rows(values, rows, 1))), None)
            }
            Column::Vector { index, values } => {
                let k = self.bound.levels(*index).len();
                let values: Arc<[f64]> =
                    rows.iter().flat_map(|r| values[*r as usize * k..(*r as usize + 1) * k].iter().copied()).collect();
                let node = self.graph.constant(values);
                Value::Numbers(Numbers::vector(node, k, Some(*index)), None)
            }
        }
    }

    /// The row to read a column from at each cell: the cell's own row, or any row of its levels where the data make the
    /// column a function of them.
    fn rows_for(&self, name: &str, column: &Column, span: Span, context: &Context) -> Result<Arc<[u32]>, Error> {
        if let Some(rows) = &context.rows {
            return Ok(rows.clone());
        }
        let by: Vec<(&ContextVariable, Arc<[u32]>)> =
            context.variables.iter().filter(|v| !v.bound).filter_map(|v| Some((v, self.factor_codes(v)?))).collect();
        if by.is_empty() {
            let why = if context.variables.is_empty() {
                "there is no index on the left, and the column has a value for each row".to_owned()
            } else {
                "the indices on the left do not tell its row".to_owned()
            };
            return Err(Error::new(ErrorKind::NotDetermined { name: name.into(), why }, span));
        }
        // One index that determines it serves unobserved combinations too; all together serve what one cannot.
        let single = by.iter().find_map(|b| self.bound.determined(column, &[self.sized(b)]).ok().map(|d| (vec![b], d)));
        let (used, determined) = match single {
            Some(found) => found,
            None => {
                let all: Vec<_> = by.iter().map(|b| self.sized(b)).collect();
                match self.bound.determined(column, &all) {
                    Ok(determined) => (by.iter().collect(), determined),
                    Err(conflict) => {
                        let by: Vec<_> = by.iter().map(|(v, codes)| (v.name.clone(), v.index, codes.clone())).collect();
                        return Err(self.contradiction(name, column, &by, conflict, span));
                    }
                }
            }
        };
        self.read_rows(name, &used, &determined, span, context.size)
    }

    /// The level, the two values and their rows, where the data contradict that a column is a function of indices.
    fn contradiction(
        &self,
        name: &str,
        column: &Column,
        by: &[(String, IndexId, Arc<[u32]>)],
        conflict: Conflict,
        span: Span,
    ) -> Error {
        let label = |(_, index, codes): &(String, IndexId, Arc<[u32]>)| {
            self.bound.levels(*index).label(codes[conflict.first] as usize).into_owned()
        };
        let row = |row: usize| self.bound.table_row(row as u32);
        let kind = ErrorKind::Contradiction {
            name: name.into(),
            by: by.iter().map(|b| b.0.clone()).collect::<Vec<_>>().join(", "),
            level: format!("\"{}\"", by.iter().map(label).collect::<Vec<_>>().join(", ")),
            first: self.bound.show_cell(column, conflict.first),
            first_row: row(conflict.first),
            second: self.bound.show_cell(column, conflict.second),
            second_row: row(conflict.second),
        };
        Error::new(kind, span).at_row(row(conflict.second))
    }

    fn sized(&self, by: &(&ContextVariable, Arc<[u32]>)) -> (Arc<[u32]>, usize) {
        (by.1.clone(), self.bound.levels(by.0.index).len())
    }

    fn read_rows(
        &self,
        name: &str,
        used: &[&(&ContextVariable, Arc<[u32]>)],
        determined: &Determined,
        span: Span,
        size: usize,
    ) -> Result<Arc<[u32]>, Error> {
        (0..size)
            .map(|cell| {
                determined.row(used.iter().map(|(v, _)| v.codes[cell])).ok_or_else(|| {
                    let combination: Vec<_> = used
                        .iter()
                        .map(|(v, _)| self.bound.levels(v.index).label(v.codes[cell] as usize).into_owned())
                        .collect();
                    let why = format!("no row of the table has {}", combination.join(", "));
                    Error::new(ErrorKind::NotDetermined { name: name.into(), why }, span)
                })
            })
            .collect()
    }

    /// The codes, row by row, of the factor a context variable stands for; none where no column has its levels.
    fn factor_codes(&self, variable: &ContextVariable) -> Option<Arc<[u32]>> {
        let of = |name: &str| match self.bound.columns.get(name) {
            Some(Column::Factor { index, codes }) if *index == variable.index => Some(codes.clone()),
            _ => None,
        };
        of(&variable.name).or_else(|| {
            let name = &self.bound.levels(variable.index).name;
            let mut sharing = self.bound.columns.keys().filter_map(|column| of(column));
            of(name).or_else(|| match (sharing.next(), sharing.next()) {
                (Some(only), None) => Some(only),
                _ => None,
            })
        })
    }

    /// `column["level"]`, `column[h]`, and an element of a vector of columns.
    pub(super) fn indexed_column(
        &mut self,
        name: &str,
        arguments: &[IndexArgument],
        span: Span,
        context: &Context,
    ) -> Result<Value, Error> {
        let Some(column) = self.bound.columns.get(name).cloned() else {
            return Err(Error::new(ErrorKind::NoData, span));
        };
        if let (Column::Vector { index, .. }, [argument]) = (&column, arguments) {
            let is_element = match argument {
                IndexArgument::Label(_) => true,
                IndexArgument::Name(n) => context.variable(&n.text).is_some_and(|v| v.index == *index),
            };
            if self.means_all(argument, *index, context) {
                return self.column_here(name, span, context);
            }
            if is_element {
                let levels = self.levels(argument, *index, context)?;
                let rows = self.rows_for(name, &column, span, context)?;
                let Column::Vector { values, .. } = &column else { return self.column_here(name, span, context) };
                let k = self.bound.levels(*index).len();
                let cells = (0..context.size).map(|c| values[rows[c] as usize * k + levels.at(c) as usize]);
                let cells: Arc<[f64]> = cells.collect();
                return Ok(Value::Numbers(Numbers::scalar(self.graph.constant(cells)), None));
            }
        }
        // The levels given, as a context of their own in which the column is read.
        let mut variables = Vec::new();
        for argument in arguments {
            let (index, levels) = match argument {
                IndexArgument::Name(n) => {
                    let (index, codes) = self.name_levels(n, context)?;
                    (index, Levels::Each(codes))
                }
                IndexArgument::Label(label) => {
                    let index = self.index_with_level(name, &column, label)?;
                    (index, Levels::One(self.level(label, index)?))
                }
            };
            variables.push((index, levels));
        }
        let fixed = variables.iter().all(|(_, l)| matches!(l, Levels::One(_)));
        let size = if fixed { 1 } else { context.size };
        let rows_given = variables.iter().find(|(index, _)| *index == IndexId::ROWS);
        let inner = Context {
            size,
            rows: rows_given.map(|(_, l)| (0..size).map(|c| l.at(c)).collect()),
            variables: variables
                .iter()
                .map(|(index, levels)| ContextVariable {
                    name: self.bound.levels(*index).name.clone(),
                    index: *index,
                    codes: (0..size).map(|c| levels.at(c)).collect(),
                    bound: false,
                })
                .collect(),
            in_density: context.in_density,
        };
        self.column_here(name, span, &inner)
    }

    /// The factor that has a level of that label and that the column is a function of.
    fn index_with_level(&self, name: &str, column: &Column, label: &Name) -> Result<IndexId, Error> {
        let mut known: Option<IndexId> = None;
        let mut labels: Vec<String> = Vec::new();
        let mut contradiction = None;
        let mut factors: Vec<_> = self.bound.columns.iter().collect();
        factors.sort_by_key(|(n, _)| (*n).clone());
        for (_, factor) in factors {
            let Column::Factor { index, codes } = factor else { continue };
            if codes.contains(&NO_CODE) {
                continue;
            }
            let levels = self.bound.levels(*index);
            let own = levels.position(&label.text).is_some();
            match self.bound.determined(column, &[(codes.clone(), levels.len())]) {
                Err(conflict) => {
                    contradiction = contradiction.or(own.then_some((*index, codes.clone(), conflict)));
                    continue;
                }
                Ok(_) if own => {
                    known = Some(*index);
                    break;
                }
                Ok(_) => labels.extend(levels.candidates()),
            }
        }
        if known.is_none()
            && let Some((index, codes, conflict)) = contradiction
        {
            return Err(self.contradiction(
                name,
                column,
                &[(self.bound.levels(index).name.clone(), index, codes)],
                conflict,
                label.span,
            ));
        }
        if known.is_none() && self.bound.levels(IndexId::ROWS).position(&label.text).is_some() {
            known = Some(IndexId::ROWS);
        }
        known.ok_or_else(|| {
            let near = nearest(&label.text, labels.iter().map(String::as_str));
            let index = format!("an index that `{name}` is a function of");
            Error::new(ErrorKind::UnknownLevel { label: label.text.clone(), index, nearest: near }, label.span)
        })
    }
}

/// Values at some rows, `width` of each: the column itself where these are all of its rows as they come.
pub(super) fn at_rows<T: Copy>(values: &Arc<[T]>, rows: &[u32], width: usize) -> Arc<[T]> {
    if rows.len() * width == values.len() && rows.iter().enumerate().all(|(i, r)| i == *r as usize) {
        return values.clone();
    }
    rows.iter().flat_map(|r| &values[*r as usize * width..][..width]).copied().collect()
}
