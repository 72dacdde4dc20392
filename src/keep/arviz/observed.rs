//! The group `observed_data`: the observed cells, over the same rows as their log likelihoods.

use polya_models::ObservedColumn;
use serde_json::{Map, Value};

use super::arrays;
use super::axes::{self, ROWS};
use super::zarr::{Element, Store};
use crate::draws::Scalar;
use crate::keep::columns;
use crate::keep::error::KeepError;
use crate::summary::Kind;

/// Writes the observed columns: numbers as they are, of a factor the positions of its levels as they are predicted, vectors
/// with their elements.
pub(super) fn write(
    store: &mut Store,
    attributes: &Map<String, Value>,
    observed: &[ObservedColumn],
) -> Result<(), KeepError> {
    let group = "observed_data";
    let cells: Vec<(Scalar, f64)> = observed.iter().flat_map(cells).collect();
    if cells.is_empty() {
        return Ok(());
    }
    let row = [ROWS.to_owned()];
    let scalars = cells.iter().enumerate().map(|(i, (scalar, _))| (i, scalar.clone()));
    let variables = axes::variables(scalars, |_| Some(&row));
    store.group(group, attributes)?;
    arrays::write_coordinates(store, group, &variables)?;
    for variable in &variables {
        let own: Vec<f64> = variable.columns.iter().filter_map(|&i| Some(cells.get(i)?.1)).collect();
        let element = if arrays::are_whole(&own) { Element::Integer } else { Element::Float };
        let dimensions: Vec<(&str, usize)> =
            variable.axes.iter().map(|axis| (axis.name.as_str(), axis.labels.len())).collect();
        let bytes: Vec<u8> = own.iter().flat_map(|&value| arrays::encoded(value, element)).collect();
        arrays::write_whole(store, &format!("{group}/{}", variable.name), element, &dimensions, &bytes)?;
    }
    Ok(())
}

/// The cells of a column with their values.
fn cells(column: &ObservedColumn) -> Vec<(Scalar, f64)> {
    let name = columns::free_name(&column.name);
    let elements: Vec<Option<&String>> = match column.elements.is_empty() {
        true => vec![None],
        false => column.elements.iter().map(Some).collect(),
    };
    let places = column.rows.iter().flat_map(|row| elements.iter().map(move |element| (row, *element)));
    let scalar = |(row, element): (&usize, Option<&String>)| {
        let levels = std::iter::once(row.to_string()).chain(element.cloned()).collect();
        Scalar::new(name.clone(), levels, Kind::Computed)
    };
    places.map(scalar).zip(column.values.iter().copied()).collect()
}
