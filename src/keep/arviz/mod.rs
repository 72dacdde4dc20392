//! `fit.zarr`: the fit as an InferenceData store, which `arviz.from_zarr` opens with named dimensions and labels.
//!
//! | group | holds |
//! | --- | --- |
//! | `posterior` | one array for each variable, over `chain`, `draw` and its indices |
//! | `sample_stats` | what the sampler did at each draw |
//! | `log_likelihood` | one array for each observed column, over `rows` of the table |
//! | `posterior_predictive` | draws of the observed rows |
//! | `predictions` | draws of the rows left out because their cell is missing |
//! | `observed_data` | the observed cells |

mod arrays;
mod axes;
mod observed;
mod zarr;

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::columns::Shape;
use super::error::KeepError;
use super::record::utc;
use super::{Columns, KeptFit, SamplerRow, columns, name};
use crate::draws::Scalar;
use crate::summary::Kind;
use axes::{ROWS, Variable};
use zarr::{Element, Store};

/// Writes the store.
pub(super) fn write(root: &Path, fit: &KeptFit<'_>, kept: &[usize]) -> Result<(), KeepError> {
    let shape = Shape { chains: fit.draws.chains(), draws: fit.draws.draws() };
    let mut store = Store::create(root, &attributes(fit))?;
    let scalars = kept.iter().filter_map(|&i| Some((i, fit.draws.scalars().get(i)?.clone())));
    let renamed = scalars.map(|(i, scalar)| (i, Scalar { variable: columns::free_name(&scalar.variable), ..scalar }));
    let indices = |name: &str| fit.indices.and_then(|all| all.get(columns::scalar_of(name))).map(Vec::as_slice);
    let posterior = axes::variables(renamed, indices);
    write_group(&mut store, "posterior", fit, fit.draws, &posterior, Numbers::AsTheyAre)?;
    if !fit.sampler.is_empty() {
        write_sampler(&mut store, fit, shape)?;
    }
    let log_lik = fit.log_lik.map(|source| by_row(source, |_| true)).unwrap_or_default();
    if let Some(source) = fit.log_lik.filter(|_| !log_lik.is_empty()) {
        write_group(&mut store, "log_likelihood", fit, source, &log_lik, Numbers::AsTheyAre)?;
    }
    if let Some(source) = fit.predictive {
        let seen = fit.log_lik.map(cells).unwrap_or_default();
        let observed = |scalar: &Scalar| seen.contains(&cell(scalar));
        for (group, wanted) in [("posterior_predictive", true), ("predictions", false)] {
            let predicted = by_row(source, |scalar| observed(scalar) == wanted);
            if !predicted.is_empty() {
                write_group(&mut store, group, fit, source, &predicted, Numbers::WholeAsIntegers)?;
            }
        }
    }
    observed::write(&mut store, &attributes(fit), fit.observed)?;
    store.finish()
}

/// Whether whole numbers become integers, by which ArviZ knows counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    AsTheyAre,
    WholeAsIntegers,
}

fn write_group(
    store: &mut Store,
    group: &str,
    fit: &KeptFit<'_>,
    source: &dyn Columns,
    variables: &[Variable],
    numbers: Numbers,
) -> Result<(), KeepError> {
    let shape = Shape { chains: fit.draws.chains(), draws: fit.draws.draws() };
    store.group(group, &attributes(fit))?;
    arrays::write_keys(store, group, shape)?;
    arrays::write_coordinates(store, group, variables)?;
    for variable in variables {
        let mut buffer = Vec::new();
        let mut whole = || variable.columns.iter().all(|&i| arrays::are_whole(source.values(i, &mut buffer)));
        let integers = numbers == Numbers::WholeAsIntegers && whole();
        let element = if integers { Element::Integer } else { Element::Float };
        arrays::write_draws(store, group, shape, source, variable, element)?;
    }
    Ok(())
}

/// The variables of columns over rows of the table, of those scalars that are wanted.
fn by_row(source: &dyn Columns, wanted: impl Fn(&Scalar) -> bool) -> Vec<Variable> {
    let scalars = (0..source.width()).map(|i| (i, scalar(source, i))).filter(|(_, scalar)| wanted(scalar));
    let row = [ROWS.to_owned()];
    let mut variables = axes::variables(scalars, |_| Some(&row));
    variables.iter_mut().for_each(|variable| variable.name = columns::free_name(&variable.name));
    variables
}

fn scalar(source: &dyn Columns, column: usize) -> Scalar {
    let text = source.name(column);
    name::parse(&text, Kind::Computed).unwrap_or_else(|| Scalar::new(text.as_ref(), Vec::new(), Kind::Computed))
}

/// A column of the table and its row.
fn cell(scalar: &Scalar) -> (String, Option<String>) {
    (scalar.variable.clone(), scalar.levels.first().cloned())
}

fn cells(source: &dyn Columns) -> HashSet<(String, Option<String>)> {
    (0..source.width()).map(|i| cell(&scalar(source, i))).collect()
}

fn write_sampler(store: &mut Store, fit: &KeptFit<'_>, shape: Shape) -> Result<(), KeepError> {
    let group = "sample_stats";
    store.group(group, &attributes(fit))?;
    arrays::write_keys(store, group, shape)?;
    type Number = fn(&SamplerRow) -> [u8; 8];
    let numbers: [(&str, Element, Number); 6] = [
        ("energy", Element::Float, |row| row.energy.to_le_bytes()),
        ("step_size", Element::Float, |row| row.step_size.to_le_bytes()),
        ("acceptance_rate", Element::Float, |row| row.acceptance.to_le_bytes()),
        ("lp", Element::Float, |row| row.log_density.to_le_bytes()),
        ("tree_depth", Element::Integer, |row| i64::from(row.depth).to_le_bytes()),
        ("n_steps", Element::Integer, |row| i64::from(row.leapfrogs).to_le_bytes()),
    ];
    let dimensions = [("chain", shape.chains), ("draw", shape.draws)];
    for (name, element, number) in numbers {
        let bytes: Vec<u8> = fit.sampler.iter().flatten().flat_map(number).collect();
        arrays::write_whole(store, &format!("{group}/{name}"), element, &dimensions, &bytes)?;
    }
    let bytes: Vec<u8> = fit.sampler.iter().flatten().map(|row| u8::from(row.divergent)).collect();
    arrays::write_whole(store, &format!("{group}/diverging"), Element::Truth, &dimensions, &bytes)
}

/// What ArviZ tells of a group.
fn attributes(fit: &KeptFit<'_>) -> Map<String, Value> {
    let values = [
        ("created_at", json!(utc(fit.finished))),
        ("creation_library", json!("polya")),
        ("inference_library", json!("polya")),
        ("inference_library_version", json!(env!("CARGO_PKG_VERSION"))),
        ("sampling_time", json!(fit.summary.timing_s.sample)),
        ("tuning_steps", json!(fit.summary.sampler.warmup)),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
