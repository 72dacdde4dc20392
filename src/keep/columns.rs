//! Parquet files of draws, written column by column, so that memory does not grow with their number.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::error::KeepError;
use super::{Columns, SamplerRow};

/// Chains and draws of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) chains: usize,
    pub(super) draws: usize,
}

impl Shape {
    /// Draws of all chains.
    pub(super) fn rows(self) -> usize {
        self.chains.saturating_mul(self.draws)
    }
}

/// The columns of `sampler.parquet` after the keys.
pub(super) const SAMPLER: [(&str, Physical); 7] = [
    ("energy", Physical::DOUBLE),
    ("depth", Physical::INT32),
    ("step_size", Physical::DOUBLE),
    ("divergent", Physical::BOOLEAN),
    ("acceptance", Physical::DOUBLE),
    ("log_density", Physical::DOUBLE),
    ("leapfrogs", Physical::INT32),
];

/// Writes `chain`, `draw` and the given columns.
pub(super) fn write(
    path: &Path,
    shape: Shape,
    source: &(impl Columns + ?Sized),
    kept: &[usize],
) -> Result<(), KeepError> {
    let fields = kept.iter().map(|&i| (free_name(&source.name(i)), Physical::DOUBLE)).collect();
    into_file(path, keyed(fields), |group| {
        keys(group, &vec![shape.draws; shape.chains])?;
        let mut buffer = Vec::new();
        for &i in kept {
            let values = source.values(i, &mut buffer);
            if values.len() != shape.rows() {
                return Err(ParquetError::General(format!(
                    "column {} has {} values, not {}",
                    source.name(i),
                    values.len(),
                    shape.rows()
                )));
            }
            double(group, values)?;
        }
        Ok(())
    })
}

/// Writes what the sampler did at each draw.
pub(super) fn write_sampler(path: &Path, chains: &[Vec<SamplerRow>]) -> Result<(), KeepError> {
    let fields = SAMPLER.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
    into_file(path, keyed(fields), |group| {
        let rows = || chains.iter().flatten();
        let lengths: Vec<usize> = chains.iter().map(Vec::len).collect();
        keys(group, &lengths)?;
        double(group, &rows().map(|row| row.energy).collect::<Vec<_>>())?;
        integer(group, &rows().map(|row| clamped(row.depth as usize)).collect::<Vec<_>>())?;
        double(group, &rows().map(|row| row.step_size).collect::<Vec<_>>())?;
        column::<BoolType>(group, &rows().map(|row| row.divergent).collect::<Vec<_>>())?;
        double(group, &rows().map(|row| row.acceptance).collect::<Vec<_>>())?;
        double(group, &rows().map(|row| row.log_density).collect::<Vec<_>>())?;
        integer(group, &rows().map(|row| clamped(row.leapfrogs as usize)).collect::<Vec<_>>())
    })
}

/// Writes positions in unconstrained space as `q[0]` and so on, one column for each coordinate.
pub(super) fn write_positions(path: &Path, shape: Shape, dimension: usize, chains: &[&[f64]]) -> Result<(), KeepError> {
    let fields = (0..dimension).map(|i| (coordinate_name(i), Physical::DOUBLE)).collect();
    into_file(path, keyed(fields), |group| {
        keys(group, &vec![shape.draws; shape.chains])?;
        let mut values = Vec::with_capacity(shape.rows());
        for i in 0..dimension {
            values.clear();
            values.extend(chains.iter().flat_map(|chain| chain.iter().skip(i).step_by(dimension)));
            double(group, &values)?;
        }
        Ok(())
    })
}

/// The column of an unconstrained coordinate.
pub(super) fn coordinate_name(i: usize) -> String {
    format!("q[{i}]")
}

/// The one row group of a file.
pub(super) type Group<'a, W> = SerializedRowGroupWriter<'a, W>;

/// What the fields of a file are.
type Fields = Result<Vec<TypePtr>, ParquetError>;

/// Writes a file of one row group.
pub(super) fn into_file(
    path: &Path,
    fields: Fields,
    fill: impl FnOnce(&mut Group<'_, File>) -> Result<(), ParquetError>,
) -> Result<(), KeepError> {
    let file = File::create(path).map_err(KeepError::io(path))?;
    let file = into(file, fields, fill).map_err(|error| failure(path, error))?;
    file.sync_all().map_err(KeepError::io(path))
}

/// Writes one row group wherever it goes, and gives that back.
pub(super) fn into<W: Write + Send>(
    sink: W,
    fields: Fields,
    fill: impl FnOnce(&mut Group<'_, W>) -> Result<(), ParquetError>,
) -> Result<W, ParquetError> {
    let mut writer = SerializedFileWriter::new(sink, schema(fields)?, Arc::new(properties()?))?;
    let mut group = writer.next_row_group()?;
    fill(&mut group)?;
    group.close()?;
    writer.into_inner()
}

/// The file system's failures are the machine's, all others are of the data.
pub(super) fn failure(path: &Path, error: ParquetError) -> KeepError {
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(error) => KeepError::Io { path: path.to_owned(), error: *error },
            Err(other) => KeepError::malformed(path, other),
        },
        other => KeepError::malformed(path, other),
    }
}

fn properties() -> Result<WriterProperties, ParquetError> {
    // Draws of continuous quantities are all distinct: a dictionary would only double them.
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by(concat!("polya ", env!("CARGO_PKG_VERSION")).to_owned())
        .build())
}

fn schema(fields: Fields) -> Result<TypePtr, ParquetError> {
    Ok(Arc::new(Type::group_type_builder("draws").with_fields(fields?).build()?))
}

/// The fields `chain` and `draw`, and these.
fn keyed(fields: Vec<(String, Physical)>) -> Fields {
    let keys = KEYS.map(|name| (name.to_owned(), Physical::INT32));
    let field = |(name, kind): (String, Physical)| {
        Ok(Arc::new(Type::primitive_type_builder(&name, kind).with_repetition(Repetition::REQUIRED).build()?))
    };
    keys.into_iter().chain(fields).map(field).collect()
}

/// The columns that tell chain and draw.
pub(super) const KEYS: [&str; 2] = ["chain", "draw"];

const TAKEN: &str = " (variable)";

/// The column of a scalar.
pub(super) fn free_name(name: &str) -> String {
    if KEYS.contains(&name) { format!("{name}{TAKEN}") } else { name.to_owned() }
}

/// The scalar of a column.
pub(super) fn scalar_of(column: &str) -> &str {
    column.strip_suffix(TAKEN).filter(|name| KEYS.contains(name)).unwrap_or(column)
}

fn keys(group: &mut Group<'_, impl Write + Send>, lengths: &[usize]) -> Result<(), ParquetError> {
    let chains: Vec<i32> =
        lengths.iter().enumerate().flat_map(|(chain, &draws)| std::iter::repeat_n(clamped(chain + 1), draws)).collect();
    let draws: Vec<i32> = lengths.iter().flat_map(|&draws| (1..=draws).map(clamped)).collect();
    integer(group, &chains)?;
    integer(group, &draws)
}

fn clamped(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn double(group: &mut Group<'_, impl Write + Send>, values: &[f64]) -> Result<(), ParquetError> {
    column::<DoubleType>(group, values)
}

fn integer(group: &mut Group<'_, impl Write + Send>, values: &[i32]) -> Result<(), ParquetError> {
    column::<Int32Type>(group, values)
}

/// Writes the next column, which has a value in each row.
pub(super) fn column<T: parquet::data_type::DataType>(
    group: &mut Group<'_, impl Write + Send>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let mut writer = next(group)?;
    writer.typed::<T>().write_batch(values, None, None)?;
    writer.close()
}

/// The writer of the next column.
pub(super) fn next<'g, W: Write + Send>(
    group: &'g mut Group<'_, W>,
) -> Result<SerializedColumnWriter<'g>, ParquetError> {
    group.next_column()?.ok_or_else(|| ParquetError::General("more columns than the schema has".to_owned()))
}
