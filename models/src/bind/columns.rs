//! Cells to columns: labels to codes, texts to numbers, long counts to vectors.

use super::index::sort_labels;
use super::{Bound, Column, IndexId, NO_CODE};
use crate::compiler::shape::CELL_LIMIT;
use crate::error::{Error, ErrorKind, nearest, shorten};
use crate::syntax::{Field, FieldKind, Name};
use crate::table::{self, Table};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(super) fn read(bound: &mut Bound, table: &Table) -> Result<(), Error> {
    let fields = bound.model.fields.clone();
    for header in fields.iter().flat_map(headers) {
        source(table, header)?;
    }
    if table.rows() == 0 {
        return Err(Error::in_table(ErrorKind::EmptyTable { table: table.name().into() }));
    }
    bound.table_rows = Some(table.rows());
    let shared = shared_levels(&fields, table)?;
    for (index, labels) in shared {
        bound.add_index(&index, labels);
    }
    // Index numbers follow the order of declaration; the long counts come last, when the others tell rows apart.
    for field in &fields {
        if !matches!(field.kind, FieldKind::CountsBy { .. }) {
            let column = plain_column(bound, field, table)?;
            bound.columns.insert(field.name.text.clone(), column);
        }
    }
    let long: Vec<&Field> = fields.iter().filter(|f| matches!(f.kind, FieldKind::CountsBy { .. })).collect();
    if long.is_empty() {
        bound.set_rows(table.rows(), None);
        return Ok(());
    }
    group_long_rows(bound, &long, table)
}

fn headers(field: &Field) -> Vec<&Name> {
    match &field.kind {
        FieldKind::Counts(parts) | FieldKind::Reals(parts) => parts.iter().collect(),
        FieldKind::CountsBy { count, category } => vec![count, category],
        _ => vec![&field.column],
    }
}

fn source<'a>(table: &'a Table, header: &Name) -> Result<&'a table::Column, Error> {
    table.column(&header.text).or_else(|| table.column(header.text.trim())).ok_or_else(|| {
        let known = table.headers_seen().iter().map(String::as_str).chain(table.column_names());
        let nearest = nearest(&header.text, known);
        let kind = ErrorKind::MissingColumn { name: header.text.clone(), table: table.name().into(), nearest };
        Error::new(kind, header.span)
    })
}

/// The levels of indices that several columns share.
fn shared_levels(fields: &[Field], table: &Table) -> Result<Vec<(String, Vec<String>)>, Error> {
    let mut found: Vec<(&str, HashSet<Cow<'_, str>>)> = Vec::new();
    for field in fields {
        let FieldKind::Factor(Some(index)) = &field.kind else { continue };
        let column = source(table, &field.column)?;
        let texts = (0..table.rows()).filter_map(|row| column.text(row));
        match found.iter_mut().find(|(name, _)| *name == index.text) {
            Some((_, labels)) => labels.extend(texts),
            None => found.push((&index.text, texts.collect())),
        }
    }
    let sorted = |labels: HashSet<Cow<'_, str>>| {
        let mut labels: Vec<String> = labels.into_iter().map(Cow::into_owned).collect();
        sort_labels(&mut labels);
        labels
    };
    Ok(found.into_iter().map(|(index, labels)| (index.to_owned(), sorted(labels))).collect())
}

fn plain_column(bound: &mut Bound, field: &Field, table: &Table) -> Result<Column, Error> {
    let name = &field.name.text;
    Ok(match &field.kind {
        FieldKind::Factor(shared) => {
            let column = source(table, &field.column)?;
            match shared.as_ref().and_then(|s| bound.index_names.get(&s.text)).copied() {
                Some(index) => {
                    let code = |r| column.text(r).and_then(|t| bound.levels(index).position(&t)).unwrap_or(NO_CODE);
                    Column::Factor { index, codes: (0..table.rows()).map(code).collect() }
                }
                None => {
                    let (labels, codes) = factor(column, table.rows());
                    Column::Factor { index: bound.add_index(name, labels), codes }
                }
            }
        }
        FieldKind::Count | FieldKind::Binary | FieldKind::Real => Column::Number(numbers(field, &field.column, table)?),
        FieldKind::Counts(parts) | FieldKind::Reals(parts) => {
            let columns = parts.iter().map(|p| numbers(field, p, table)).collect::<Result<Vec<_>, _>>()?;
            let index = bound.add_index(name, parts.iter().map(|p| p.text.clone()).collect());
            let width = parts.len();
            let values = (0..table.rows() * width).map(|cell| columns[cell % width][cell / width]).collect();
            Column::Vector { index, values }
        }
        FieldKind::CountsBy { .. } => Column::Number(Arc::new([])),
    })
}

/// Labels in the order of a factor, and the position of each row's label.
fn factor(column: &table::Column, rows: usize) -> (Vec<String>, Arc<[u32]>) {
    let mut seen: HashMap<Cow<'_, str>, u32> = HashMap::new();
    let code = |row| {
        let Some(text) = column.text(row) else { return NO_CODE };
        let next = seen.len() as u32;
        *seen.entry(text).or_insert(next)
    };
    let mut codes: Arc<[u32]> = (0..rows).map(code).collect();
    let mut labels: Vec<String> = seen.keys().map(|label| label.clone().into_owned()).collect();
    sort_labels(&mut labels);
    let mut order = vec![0; labels.len()];
    for (position, label) in labels.iter().enumerate() {
        order[seen[label.as_str()] as usize] = position as u32;
    }
    for code in Arc::make_mut(&mut codes).iter_mut().filter(|code| **code != NO_CODE) {
        *code = order[*code as usize];
    }
    (labels, codes)
}

fn numbers(field: &Field, header: &Name, table: &Table) -> Result<Arc<[f64]>, Error> {
    let column = source(table, header)?;
    let number = |row: usize| {
        let (number, expected) = match &field.kind {
            FieldKind::Real | FieldKind::Reals(_) => (column.real(row), "a finite number"),
            FieldKind::Binary => (column.binary(row).map(|b| b.map(f64::from)), "0 or 1 (or true or false)"),
            _ => (column.count(row).map(|c| c.map(|c| c as f64)), "a count: a whole number from 0 to 2^53"),
        };
        number.map_err(|_| {
            let value = column.text(row).map_or_else(|| "an empty cell".into(), |t| format!("`{}`", shorten(&t)));
            let kind = ErrorKind::BadCell { column: header.text.clone(), value, expected: expected.into() };
            Error::new(kind, header.span).at_row(row + 1)
        })
    };
    // Collected as it is kept: a `Result` would be collected in a vector first, twice the memory.
    let mut first_bad = None;
    let values = (0..table.rows()).map(|row| match number(row) {
        Ok(number) => number.unwrap_or(f64::NAN),
        Err(error) => {
            first_bad.get_or_insert(error);
            f64::NAN
        }
    });
    let values = values.collect();
    first_bad.map_or(Ok(values), Err)
}

/// Rows that agree in all other declared columns form one vector.
fn group_long_rows(bound: &mut Bound, long: &[&Field], table: &Table) -> Result<(), Error> {
    let rows = table.rows();
    let mut group_of: Vec<u32> = vec![0; rows];
    for field in &bound.model.fields {
        match bound.columns.get(&field.name.text) {
            Some(Column::Factor { codes, .. }) => split(&mut group_of, |row| u64::from(codes[row])),
            Some(Column::Number(values)) => split(&mut group_of, |row| values[row].to_bits()),
            Some(Column::Vector { index, values }) => {
                let width = bound.levels(*index).len();
                (0..width).for_each(|part| split(&mut group_of, |row| values[row * width + part].to_bits()));
            }
            // The long counts themselves.
            None => {}
        }
    }
    let mut first_rows: Vec<u32> = Vec::new();
    for (row, group) in group_of.iter().enumerate() {
        if *group as usize == first_rows.len() {
            first_rows.push(row as u32);
        }
    }
    for column in bound.columns.values_mut() {
        *column = at_rows(column, &first_rows, &bound.indexes);
    }
    for field in long {
        let FieldKind::CountsBy { count, category } = &field.kind else { continue };
        let counts = numbers(field, count, table)?;
        let (labels, codes) = factor(source(table, category)?, rows);
        let missing = |row: usize, header: &Name| {
            let kind =
                ErrorKind::MissingCell { column: header.text.clone(), used_by: format!("`{}`", field.name.text) };
            Error::new(kind, header.span).at_row(row + 1)
        };
        let k = labels.len();
        let size = first_rows.len().saturating_mul(k);
        if size > CELL_LIMIT {
            let name = format!("`{}`", field.name.text);
            let kind = ErrorKind::TooLarge { name, size: size.to_string(), unit: "cells", limit: CELL_LIMIT };
            return Err(Error::new(kind, category.span));
        }
        let mut values = vec![0.0; size];
        let mut seen = vec![false; values.len()];
        let mut duplicates = 0;
        for row in 0..rows {
            if codes[row] == NO_CODE {
                return Err(missing(row, category));
            }
            if counts[row].is_nan() {
                return Err(missing(row, count));
            }
            let cell = group_of[row] as usize * k + codes[row] as usize;
            duplicates += usize::from(std::mem::replace(&mut seen[cell], true));
            values[cell] += counts[row];
        }
        let index: IndexId = bound.add_index(&field.name.text, labels);
        bound.columns.insert(field.name.text.clone(), Column::Vector { index, values: values.into() });
        bound.duplicates.push((field.name.text.clone(), duplicates));
    }
    bound.set_rows(first_rows.len(), Some(first_rows.into()));
    Ok(())
}

/// Splits groups of rows by a further key. Groups are numbered in the order of their first rows.
fn split(group_of: &mut [u32], key: impl Fn(usize) -> u64) {
    let mut groups: HashMap<(u32, u64), u32> = HashMap::new();
    for (row, group) in group_of.iter_mut().enumerate() {
        let next = groups.len() as u32;
        *group = *groups.entry((*group, key(row))).or_insert(next);
    }
}

fn at_rows(column: &Column, rows: &[u32], indexes: &[super::Index]) -> Column {
    match column {
        Column::Factor { index, codes } => {
            Column::Factor { index: *index, codes: rows.iter().map(|r| codes[*r as usize]).collect() }
        }
        Column::Number(values) => Column::Number(rows.iter().map(|r| values[*r as usize]).collect()),
        Column::Vector { index, values } => {
            let k = indexes[index.0].len();
            let cells = rows.iter().flat_map(|r| values[*r as usize * k..(*r as usize + 1) * k].iter().copied());
            Column::Vector { index: *index, values: cells.collect() }
        }
    }
}
