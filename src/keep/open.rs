//! Opening a kept fit: all of it is read, checked and put together again.

use std::collections::BTreeMap;
use std::path::Path;

use polya_models::Model;
use polya_models::table::Table;

use super::columns::{self, Shape};
use super::error::KeepError;
use super::fields::Fields;
use super::record::Record;
use super::restore::{record_of, summary_of, text_of};
use super::{DATA, DRAWS, LOG_LIK, MODEL, POSITIONS, PREDICTIVE, RECORD, SAMPLER, SUMMARY, SamplerRow};
use super::{check, name, seal, sheet};
use crate::draws::{Draws, Scalar};
use crate::read::{self, Format};
use crate::summary::{Input, Kind, Summary};

/// A kept fit, read back.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Opened {
    /// The summary.
    pub summary: Summary,
    /// Where the fit came from: settings, versions, times, hashes, and the names of indices.
    pub record: Record,
    /// The model's text.
    pub model: String,
    /// The draws of the variables that were kept.
    pub draws: Draws,
    /// For each chain, what the sampler did at each draw; empty where nothing was sampled.
    pub sampler: Vec<Vec<SamplerRow>>,
    /// The log likelihood of each observed row: its column with the row as its level.
    pub log_lik: Option<Draws>,
    /// Draws of the observed columns: the column with the row, and in a vector the element, as its levels.
    pub predictive: Option<Draws>,
    /// The columns of the table that the model declares.
    pub table: Option<Table>,
    /// For each chain, its positions in unconstrained space, draw after draw.
    pub positions: Option<Vec<Vec<f64>>>,
}

impl Opened {
    /// The model with its table and inputs, compiled as it was for the fit; for passes other than the usual ones bind it
    /// with [`Opened::inputs`].
    ///
    /// # Errors
    /// As those of a model and its table; a fit that was kept without its table has none to bind.
    pub fn posterior(&self) -> Result<polya_models::Posterior, polya_models::Error> {
        Model::parse(&self.model)?.bind(self.table.as_ref(), &self.inputs())?.compile()
    }

    /// All inputs with the values used.
    pub fn inputs(&self) -> BTreeMap<String, Vec<f64>> {
        let values = |input: &Input| match input {
            Input::Number(number) => vec![*number],
            Input::List(numbers) => numbers.clone(),
        };
        self.summary.model.inputs.iter().map(|(name, input)| (name.clone(), values(input))).collect()
    }
}

/// Reads a kept fit whole, after checking that each of its files is the one that was written.
///
/// # Errors
/// The first file that is missing, changed, of another schema or of another fit, with what was found there.
pub fn open(folder: &Path) -> Result<Opened, KeepError> {
    read_parts(folder, true)
}

/// The same without the log likelihoods and replications of the rows of the data, by far the most of a large fit, which its
/// posterior makes again where they are wanted ([`Replay`](crate::Replay)). Their files are checked all the same.
///
/// # Errors
/// As [`open`].
pub fn open_without_rows(folder: &Path) -> Result<Opened, KeepError> {
    read_parts(folder, false)
}

fn read_parts(folder: &Path, with_rows: bool) -> Result<Opened, KeepError> {
    let record = record_of(folder)?;
    let summary = summary_of(folder, &record)?;
    check_files(folder, &record)?;
    agree_with_record(folder, &record, &summary)?;
    let model = folder.join(MODEL);
    let text = text_of(&model)?;
    check::model(&model, &text, &summary)?;

    let shape = check::shape_of(&summary);
    let file = folder.join(DRAWS);
    let draws = draws(&file, shape, |scalar| {
        let kind = check::kind_of(&summary, &scalar.variable);
        kind.ok_or_else(|| check::unlisted_variable(&file, scalar))
    })?;
    check::names(&file, draws.scalars(), &summary)?;
    let file = folder.join(SAMPLER);
    let sampler = sheet::read_sampler(&file, shape)?;
    check::sampler(&file, &sampler.iter().map(Vec::len).collect::<Vec<_>>(), shape)?;
    let matrix = |name: &str, kind: Kind| {
        let wanted = with_rows && record.files.contains_key(name);
        wanted.then(|| draws_of(&folder.join(name), shape, kind)).transpose()
    };
    Ok(Opened {
        log_lik: matrix(LOG_LIK, Kind::Computed)?,
        predictive: matrix(PREDICTIVE, Kind::Predicted)?,
        table: table(folder, &record, &summary, &text)?,
        positions: match record.files.contains_key(POSITIONS) {
            true => Some(positions(&folder.join(POSITIONS), shape, summary.compiled.dimension)?),
            false => None,
        },
        model: text,
        summary,
        record,
        draws,
        sampler,
    })
}

/// Every file that the record lists is the one that was written, and no file stems from another fit.
fn check_files(folder: &Path, record: &Record) -> Result<(), KeepError> {
    for name in [SUMMARY, MODEL, DRAWS, SAMPLER] {
        if !record.files.contains_key(name) {
            return Err(KeepError::malformed(&folder.join(RECORD), format!("it does not list {name}")));
        }
    }
    for name in [LOG_LIK, PREDICTIVE, POSITIONS, DATA] {
        let file = folder.join(name);
        if file.exists() && !record.files.contains_key(name) {
            return Err(KeepError::Unlisted { file });
        }
    }
    record.files.iter().try_for_each(|(name, written)| seal::check(folder, name, written))
}

fn agree_with_record(folder: &Path, record: &Record, summary: &Summary) -> Result<(), KeepError> {
    let file = folder.join(RECORD);
    KeepError::agree(&file, "the seed", record.seed, summary.sampler.seed)?;
    KeepError::agree(&file, "the hash of the model", &record.hashes.model, &summary.model.sha256)?;
    let data = |hash: Option<&String>| hash.cloned().unwrap_or_else(|| "none".to_owned());
    let expected = data(summary.data.as_ref().map(|data| &data.sha256));
    KeepError::agree(&file, "the hash of the data", data(record.hashes.data.as_ref()), expected)
}

/// Draws with the kinds of their scalars.
fn draws(file: &Path, shape: Shape, kind: impl Fn(&Scalar) -> Result<Kind, KeepError>) -> Result<Draws, KeepError> {
    let sheet = sheet::read(file, shape)?;
    let scalar = |column: &String| {
        let name = columns::scalar_of(column);
        let scalar = name::parse(name, Kind::Computed)
            .ok_or_else(|| KeepError::malformed(file, format!("`{name}` is no name of a scalar")))?;
        Ok(Scalar { kind: kind(&scalar)?, ..scalar })
    };
    let scalars = sheet.names.iter().map(scalar).collect::<Result<_, _>>()?;
    Draws::new(scalars, shape.chains, shape.draws, sheet.values).map_err(|error| KeepError::malformed(file, error))
}

fn draws_of(file: &Path, shape: Shape, kind: Kind) -> Result<Draws, KeepError> {
    draws(file, shape, |_| Ok(kind))
}

/// The positions of each chain, draw after draw.
fn positions(file: &Path, shape: Shape, dimension: usize) -> Result<Vec<Vec<f64>>, KeepError> {
    let sheet = sheet::read(file, shape)?;
    KeepError::agree(file, "the number of coordinates", sheet.names.len(), dimension)?;
    for (i, name) in sheet.names.iter().enumerate() {
        KeepError::agree(file, "the name of a coordinate", name.clone(), columns::coordinate_name(i))?;
    }
    let mut chains = vec![vec![0.0; shape.draws.saturating_mul(dimension)]; shape.chains];
    for (coordinate, column) in sheet.values.chunks_exact(shape.rows().max(1)).enumerate() {
        for (chain, values) in chains.iter_mut().zip(column.chunks(shape.draws.max(1))) {
            for (position, value) in chain.chunks_mut(dimension).zip(values) {
                if let Some(place) = position.get_mut(coordinate) {
                    *place = *value;
                }
            }
        }
    }
    Ok(chains)
}

/// The table with the columns that the model declares; only its rows where it declares none.
fn table(folder: &Path, record: &Record, summary: &Summary, model: &str) -> Result<Option<Table>, KeepError> {
    let Some(info) = &summary.data else { return Ok(None) };
    let file = folder.join(DATA);
    let malformed = |error: &dyn std::error::Error| KeepError::malformed(&file, error.to_string());
    if !record.files.contains_key(DATA) {
        let bare = Table::builder(&info.path).rows(info.rows).build();
        let bare = bare.map_err(|error| malformed(&error))?;
        return Ok(Fields::of(model).is_empty().then_some(bare));
    }
    let read = |wanted: &[String]| read::file(&file, Some(Format::Parquet), wanted).map_err(|error| malformed(&error));
    let headers = read(&[])?.table.headers_seen().to_vec();
    let columns = read(&headers)?.table;
    KeepError::agree(&file, "the number of rows", columns.rows(), info.rows)?;
    // Under the name of its source, as messages call it.
    let named = columns
        .columns()
        .iter()
        .fold(Table::builder(&info.path).rows(columns.rows()), |table, column| table.column(column.clone()));
    named.build().map(Some).map_err(|error| malformed(&error))
}
