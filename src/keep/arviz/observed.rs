//! The group `observed_data`: the observed cells of the table, over the rows that have a log likelihood.

use polya_models::table::{Column, Table};
use polya_models::{Model, Role};
use serde_json::{Map, Value};

use super::arrays;
use super::axes::{self, Labels, ROWS, Variable};
use super::zarr::{Element, Store};
use crate::draws::Scalar;
use crate::keep::columns;
use crate::keep::error::KeepError;
use crate::keep::fields::{Fields, Observable};
use crate::summary::Kind;

/// Writes the observed columns of a table. Vectors gathered from several rows stand in no row of it, and are left out.
pub(super) fn write(
    store: &mut Store,
    attributes: &Map<String, Value>,
    table: &Table,
    model: &str,
    fields: &Fields,
    log_lik: &[Variable],
) -> Result<(), KeepError> {
    let group = "observed_data";
    let Ok(model) = Model::parse(model) else { return Ok(()) };
    let names = model.variables().iter().filter(|v| v.role == Role::Observed).map(|v| v.name.text.as_str());
    let mut scalars = Vec::new();
    let mut values = Vec::new();
    for name in names {
        let Some(observable) = fields.observable(name) else { continue };
        let own = columns::free_name(name);
        let rows = log_lik.iter().find(|variable| variable.name == own).map(rows);
        for (levels, value) in cells(table, observable, rows) {
            scalars.push((scalars.len(), Scalar::new(own.clone(), levels, Kind::Computed)));
            values.push(value);
        }
    }
    if scalars.is_empty() {
        return Ok(());
    }
    let row = [ROWS.to_owned()];
    let variables = axes::variables(scalars, |_| Some(&row));
    store.group(group, attributes)?;
    arrays::write_coordinates(store, group, &variables)?;
    for variable in &variables {
        let own: Vec<f64> = variable.columns.iter().filter_map(|&i| values.get(i).copied()).collect();
        let element = if arrays::are_whole(&own) { Element::Integer } else { Element::Float };
        let dimensions: Vec<(&str, usize)> =
            variable.axes.iter().map(|axis| (axis.name.as_str(), axis.labels.len())).collect();
        let bytes: Vec<u8> = own.iter().flat_map(|&value| arrays::encoded(value, element)).collect();
        arrays::write_whole(store, &format!("{group}/{}", variable.name), element, &dimensions, &bytes)?;
    }
    Ok(())
}

/// The rows of an array over rows.
fn rows(variable: &Variable) -> Vec<usize> {
    match variable.axes.first().map(|axis| &axis.labels) {
        Some(Labels::Numbers(rows)) => rows.iter().filter_map(|&row| usize::try_from(row).ok()).collect(),
        _ => Vec::new(),
    }
}

/// The levels and the value of each cell in these rows, from 1, or else in all that miss none.
fn cells(table: &Table, observable: &Observable, rows: Option<Vec<usize>>) -> Vec<(Vec<String>, f64)> {
    let found: Option<Vec<&Column>> =
        observable.headers.iter().map(|header| table.column(header).or_else(|| table.column(header.trim()))).collect();
    let Some(columns) = found else { return Vec::new() };
    let mut cells = Vec::new();
    for row in rows.unwrap_or_else(|| (1..=table.rows()).collect()) {
        let values: Option<Vec<f64>> = columns.iter().map(|column| number(column, row.checked_sub(1)?)).collect();
        for (header, value) in observable.headers.iter().zip(values.into_iter().flatten()) {
            let element = observable.vector.then(|| header.clone());
            cells.push(([row.to_string()].into_iter().chain(element).collect(), value));
        }
    }
    cells
}

fn number(column: &Column, row: usize) -> Option<f64> {
    let truth = || Some(f64::from(u8::from(column.binary(row).ok()??)));
    column.real(row).ok().flatten().or_else(truth)
}
