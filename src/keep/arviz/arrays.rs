//! Variables become arrays of a store: coordinates of their axes, and chunks of a few megabytes.

use std::collections::HashSet;

use super::axes::{Axis, Labels, Variable};
use super::zarr::{Element, Layout, Store};
use crate::keep::Columns;
use crate::keep::columns::Shape;
use crate::keep::error::KeepError;

/// The numbers of a chunk, if a single scalar has not more.
const CHUNK: usize = 1 << 20;

/// Writes the coordinates of `chain` and `draw`, which count from 0 as ArviZ does.
pub(super) fn write_keys(store: &mut Store, group: &str, shape: Shape) -> Result<(), KeepError> {
    for (name, length) in [("chain", shape.chains), ("draw", shape.draws)] {
        let places = (0..length).map(|place| i64::try_from(place).unwrap_or(i64::MAX)).collect();
        write_coordinate(store, group, &Axis { name: name.to_owned(), labels: Labels::Numbers(places) })?;
    }
    Ok(())
}

/// Writes the coordinate of each axis once.
pub(super) fn write_coordinates(store: &mut Store, group: &str, variables: &[Variable]) -> Result<(), KeepError> {
    let mut written = HashSet::new();
    for axis in variables.iter().flat_map(|variable| &variable.axes) {
        if written.insert(&axis.name) {
            write_coordinate(store, group, axis)?;
        }
    }
    Ok(())
}

fn write_coordinate(store: &mut Store, group: &str, axis: &Axis) -> Result<(), KeepError> {
    let (element, bytes) = match &axis.labels {
        Labels::Numbers(numbers) => (Element::Integer, numbers.iter().flat_map(|n| n.to_le_bytes()).collect()),
        Labels::Text(labels) => {
            let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(1);
            let padded = labels.iter().flat_map(|label| label.chars().chain(std::iter::repeat('\0')).take(width));
            (Element::Text(width), padded.flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<u8>>())
        }
    };
    write_whole(store, &format!("{group}/{}", axis.name), element, &[(&axis.name, axis.labels.len())], &bytes)
}

/// Writes an array of one chunk.
pub(super) fn write_whole(
    store: &mut Store,
    path: &str,
    element: Element,
    dimensions: &[(&str, usize)],
    bytes: &[u8],
) -> Result<(), KeepError> {
    let shape: Vec<usize> = dimensions.iter().map(|(_, length)| *length).collect();
    let names = dimensions.iter().map(|(name, _)| *name).collect();
    let place = vec![0; shape.len()];
    store.array(path, &Layout { element, dimensions: names, chunks: shape.clone(), shape })?;
    if bytes.is_empty() { Ok(()) } else { store.chunk(path, &place, bytes) }
}

/// Writes the draws of a variable, over chain, draw and its axes.
pub(super) fn write_draws(
    store: &mut Store,
    group: &str,
    shape: Shape,
    source: &dyn Columns,
    variable: &Variable,
    element: Element,
) -> Result<(), KeepError> {
    let path = format!("{group}/{}", variable.name);
    let sizes: Vec<usize> = variable.axes.iter().map(|axis| axis.labels.len()).collect();
    let runs = Runs::of(&sizes, CHUNK / shape.rows().max(1));
    let dimensions = ["chain", "draw"].into_iter().chain(variable.axes.iter().map(|axis| axis.name.as_str()));
    store.array(
        &path,
        &Layout {
            element,
            dimensions: dimensions.collect(),
            shape: [&[shape.chains, shape.draws], sizes.as_slice()].concat(),
            chunks: [&[shape.chains, shape.draws], runs.chunks.as_slice()].concat(),
        },
    )?;
    if shape.rows() == 0 {
        return Ok(());
    }
    let width: usize = runs.chunks.iter().product();
    let mut bytes = vec![0; 8 * width * shape.rows()];
    let mut buffer = Vec::new();
    for (place, columns) in runs.of_columns(&sizes, &variable.columns) {
        bytes.fill(0);
        for (i, &column) in columns.iter().enumerate() {
            let values = source.values(column, &mut buffer);
            let cells = bytes.chunks_exact_mut(8).skip(i).step_by(width);
            for (cell, &value) in cells.zip(values) {
                cell.copy_from_slice(&encoded(value, element));
            }
        }
        store.chunk(&path, &[&[0, 0], place.as_slice()].concat(), &bytes)?;
    }
    Ok(())
}

/// The bytes of a number; an integer is whole, as [`are_whole`] found.
pub(super) fn encoded(value: f64, element: Element) -> [u8; 8] {
    if element == Element::Integer { (value as i64).to_le_bytes() } else { value.to_le_bytes() }
}

/// Whether numbers can stand as integers.
pub(super) fn are_whole(values: &[f64]) -> bool {
    const LARGEST: f64 = (1u64 << 53) as f64;
    values.iter().all(|value| value.fract() == 0.0 && value.abs() <= LARGEST)
}

/// How the scalars of a variable are cut into chunks: whole trailing axes, a part of one axis, and single places of those
/// before. Each chunk is then a run of scalars.
struct Runs {
    chunks: Vec<usize>,
    /// The axis that is cut.
    cut: usize,
}

impl Runs {
    fn of(sizes: &[usize], most: usize) -> Self {
        let (mut room, mut chunks, mut cut) = (most.max(1), vec![1; sizes.len()], 0);
        for (i, (&size, chunk)) in sizes.iter().zip(&mut chunks).enumerate().rev() {
            (*chunk, cut) = (size.min(room).max(1), i);
            if size > room {
                break;
            }
            room /= size.max(1);
        }
        Self { chunks, cut }
    }

    /// The place of each chunk, and its columns.
    fn of_columns<'a>(&self, sizes: &[usize], columns: &'a [usize]) -> Vec<(Vec<usize>, &'a [usize])> {
        let (before, rest) = sizes.split_at(self.cut.min(sizes.len()));
        let (whole, chunk) = (rest.iter().product::<usize>(), self.chunks.iter().product::<usize>());
        let mut runs = Vec::new();
        for (i, slice) in columns.chunks(whole.max(1)).enumerate() {
            for (j, run) in slice.chunks(chunk.max(1)).enumerate() {
                let mut place = vec![0; sizes.len()];
                let mut left = i;
                for (own, size) in place.iter_mut().zip(before).rev() {
                    (*own, left) = (left % size.max(&1), left / size.max(&1));
                }
                if let Some(own) = place.get_mut(self.cut) {
                    *own = j;
                }
                runs.push((place, run));
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_runs_of_scalars() {
        let columns: Vec<usize> = (0..24).collect();
        let runs = Runs::of(&[2, 3, 4], 8);
        assert_eq!(runs.chunks, [1, 2, 4]);
        let found: Vec<(Vec<usize>, usize, usize)> =
            runs.of_columns(&[2, 3, 4], &columns).into_iter().map(|(place, run)| (place, run[0], run.len())).collect();
        let expected = [([0, 0, 0], 0, 8), ([0, 1, 0], 8, 4), ([1, 0, 0], 12, 8), ([1, 1, 0], 20, 4)];
        assert_eq!(found, expected.map(|(place, first, length)| (place.to_vec(), first, length)));
        assert_eq!(Runs::of(&[2, 3, 4], 0).chunks, [1, 1, 1]);
        assert_eq!(Runs::of(&[2, 3, 4], 0).of_columns(&[2, 3, 4], &columns).len(), 24);
        assert_eq!(Runs::of(&[2, 3, 4], 100).chunks, [2, 3, 4]);
        assert_eq!(Runs::of(&[], 100).of_columns(&[], &[7]), [(Vec::new(), &[7][..])]);
    }

    #[test]
    fn only_whole_numbers_are_integers() {
        assert!(are_whole(&[0.0, -3.0, 9e15]));
        assert!(!are_whole(&[0.5]) && !are_whole(&[f64::NAN]) && !are_whole(&[1e16]) && !are_whole(&[f64::INFINITY]));
    }
}
