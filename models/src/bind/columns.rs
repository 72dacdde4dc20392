//! Cells to columns: labels to codes, texts to numbers, long counts to vectors.

use super::index::sort_labels;
use super::{Bound, Column, IndexId, NO_CODE};
use crate::error::{Error, ErrorKind, nearest, shorten};
use crate::syntax::{Field, FieldKind, Name};
use crate::table::{self, Table};
use std::collections::HashMap;
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
        bound.set_rows((1..=table.rows() as u32).collect());
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
    let mut out: Vec<(String, Vec<String>)> = Vec::new();
    for field in fields {
        let FieldKind::Factor(Some(index)) = &field.kind else { continue };
        let column = source(table, &field.column)?;
        let found: Vec<String> = (0..table.rows()).filter_map(|r| column.text(r).map(|t| t.into_owned())).collect();
        match out.iter_mut().find(|(name, _)| *name == index.text) {
            Some((_, labels)) => labels.extend(found),
            None => out.push((index.text.clone(), found)),
        }
    }
    for (_, labels) in &mut out {
        sort_labels(labels);
        labels.dedup();
    }
    Ok(out)
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
        FieldKind::Count | FieldKind::Binary | FieldKind::Real => {
            Column::Number(numbers(field, &field.column, table)?.into())
        }
        FieldKind::Counts(parts) | FieldKind::Reals(parts) => {
            let columns = parts.iter().map(|p| numbers(field, p, table)).collect::<Result<Vec<_>, _>>()?;
            let index = bound.add_index(name, parts.iter().map(|p| p.text.clone()).collect());
            let values = (0..table.rows()).flat_map(|r| columns.iter().map(move |c| c[r])).collect();
            Column::Vector { index, values }
        }
        FieldKind::CountsBy { .. } => Column::Number(Arc::new([])),
    })
}

/// Labels in the order of a factor, and the position of each row's label.
fn factor(column: &table::Column, rows: usize) -> (Vec<String>, Arc<[u32]>) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let first_codes: Vec<u32> = (0..rows)
        .map(|r| match column.text(r) {
            None => NO_CODE,
            Some(text) => match seen.get(text.as_ref()) {
                Some(code) => *code,
                None => {
                    let code = seen.len() as u32;
                    seen.insert(text.into_owned(), code);
                    code
                }
            },
        })
        .collect();
    let mut labels: Vec<String> = seen.keys().cloned().collect();
    sort_labels(&mut labels);
    let mut order = vec![0; labels.len()];
    for (position, label) in labels.iter().enumerate() {
        order[seen[label] as usize] = position as u32;
    }
    let codes = first_codes.into_iter().map(|c| if c == NO_CODE { c } else { order[c as usize] }).collect();
    (labels, codes)
}

fn numbers(field: &Field, header: &Name, table: &Table) -> Result<Vec<f64>, Error> {
    let column = source(table, header)?;
    let bad = |row: usize, expected: &str| {
        let value = column.text(row).map_or_else(|| "an empty cell".into(), |t| format!("`{}`", shorten(&t)));
        let kind = ErrorKind::BadCell { column: header.text.clone(), value, expected: expected.into() };
        Error::new(kind, header.span).at_row(row + 1)
    };
    (0..table.rows())
        .map(|row| {
            if column.is_missing(row) {
                return Ok(f64::NAN);
            }
            match &field.kind {
                FieldKind::Real | FieldKind::Reals(_) => column.real(row).map_err(|_| bad(row, "a finite number")),
                FieldKind::Binary => {
                    column.binary(row).map(|b| b.map(f64::from)).map_err(|_| bad(row, "0 or 1 (or true or false)"))
                }
                _ => column
                    .count(row)
                    .map(|c| c.map(|c| c as f64))
                    .map_err(|_| bad(row, "a count: a whole number from 0 to 2^53")),
            }
            .map(|v| v.unwrap_or(f64::NAN))
        })
        .collect()
}

/// Rows that agree in all other declared columns form one vector.
fn group_long_rows(bound: &mut Bound, long: &[&Field], table: &Table) -> Result<(), Error> {
    let rows = table.rows();
    let mut keys: Vec<Vec<u64>> = vec![Vec::new(); rows];
    let names: Vec<String> = bound.model.fields.iter().map(|f| f.name.text.clone()).collect();
    for name in &names {
        match bound.columns.get(name) {
            Some(Column::Factor { codes, .. }) => {
                keys.iter_mut().zip(codes.iter()).for_each(|(k, c)| k.push(u64::from(*c)))
            }
            Some(Column::Number(values)) => keys.iter_mut().zip(values.iter()).for_each(|(k, v)| k.push(v.to_bits())),
            Some(Column::Vector { index, values }) => {
                let width = bound.levels(*index).len().max(1);
                keys.iter_mut().zip(values.chunks(width)).for_each(|(k, v)| k.extend(v.iter().map(|v| v.to_bits())));
            }
            None => {}
        }
    }
    let mut groups: HashMap<&[u64], usize> = HashMap::new();
    let mut first_rows: Vec<u32> = Vec::new();
    let group_of: Vec<usize> = keys
        .iter()
        .enumerate()
        .map(|(row, key)| {
            *groups.entry(key).or_insert_with(|| {
                first_rows.push(row as u32);
                first_rows.len() - 1
            })
        })
        .collect();
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
        let mut values = vec![0.0; first_rows.len() * k];
        let mut seen = vec![false; values.len()];
        let mut duplicates = 0;
        for row in 0..rows {
            if codes[row] == NO_CODE {
                return Err(missing(row, category));
            }
            if counts[row].is_nan() {
                return Err(missing(row, count));
            }
            let cell = group_of[row] * k + codes[row] as usize;
            duplicates += usize::from(std::mem::replace(&mut seen[cell], true));
            values[cell] += counts[row];
        }
        let index: IndexId = bound.add_index(&field.name.text, labels);
        bound.columns.insert(field.name.text.clone(), Column::Vector { index, values: values.into() });
        bound.duplicates.push((field.name.text.clone(), duplicates));
    }
    bound.set_rows(first_rows.iter().map(|r| r + 1).collect());
    Ok(())
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
