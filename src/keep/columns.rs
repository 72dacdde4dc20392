//! Parquet files of draws, written column by column, so that memory does not grow with their number.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::error::KeepError;
use super::{Columns, SamplerRow};

/// Chains and draws of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) chains: usize,
    pub(super) draws: usize,
}

impl Shape {
    fn rows(self) -> usize {
        self.chains * self.draws
    }
}

/// Writes `chain`, `draw` and the given columns.
pub(super) fn write(
    path: &Path,
    shape: Shape,
    source: &(impl Columns + ?Sized),
    kept: &[usize],
) -> Result<(), KeepError> {
    let fields = kept.iter().map(|&i| (free_name(&source.name(i)), Physical::DOUBLE)).collect();
    into_file(path, fields, |group| {
        let lengths = vec![shape.draws; shape.chains];
        keys(group, &lengths)?;
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
    let fields = [
        ("energy", Physical::DOUBLE),
        ("depth", Physical::INT32),
        ("step_size", Physical::DOUBLE),
        ("divergent", Physical::BOOLEAN),
        ("acceptance", Physical::DOUBLE),
        ("log_density", Physical::DOUBLE),
        ("leapfrogs", Physical::INT32),
    ];
    into_file(path, fields.map(|(name, kind)| (name.to_owned(), kind)).to_vec(), |group| {
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

type Group<'a> = SerializedRowGroupWriter<'a, File>;

fn into_file(
    path: &Path,
    fields: Vec<(String, Physical)>,
    fill: impl FnOnce(&mut Group<'_>) -> Result<(), ParquetError>,
) -> Result<(), KeepError> {
    let file = File::create(path).map_err(KeepError::io(path))?;
    let sync = file.try_clone().map_err(KeepError::io(path))?;
    let written = (|| {
        let mut writer = SerializedFileWriter::new(file, schema(fields)?, Arc::new(properties()?))?;
        let mut group = writer.next_row_group()?;
        fill(&mut group)?;
        group.close()?;
        writer.close()
    })();
    written.map_err(|error| failure(path, error))?;
    sync.sync_all().map_err(KeepError::io(path))
}

/// The file system's failures are the machine's, all others are of the data.
fn failure(path: &Path, error: ParquetError) -> KeepError {
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

fn schema(fields: Vec<(String, Physical)>) -> Result<TypePtr, ParquetError> {
    let keys = ["chain", "draw"].map(|name| (name.to_owned(), Physical::INT32));
    let fields: Result<Vec<TypePtr>, ParquetError> = keys
        .into_iter()
        .chain(fields)
        .map(|(name, kind)| {
            Ok(Arc::new(Type::primitive_type_builder(&name, kind).with_repetition(Repetition::REQUIRED).build()?))
        })
        .collect();
    Ok(Arc::new(Type::group_type_builder("draws").with_fields(fields?).build()?))
}

fn free_name(name: &str) -> String {
    if matches!(name, "chain" | "draw") { format!("{name} (variable)") } else { name.to_owned() }
}

fn keys(group: &mut Group<'_>, lengths: &[usize]) -> Result<(), ParquetError> {
    let chains: Vec<i32> =
        lengths.iter().enumerate().flat_map(|(chain, &draws)| std::iter::repeat_n(clamped(chain + 1), draws)).collect();
    let draws: Vec<i32> = lengths.iter().flat_map(|&draws| (1..=draws).map(clamped)).collect();
    integer(group, &chains)?;
    integer(group, &draws)
}

fn clamped(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn double(group: &mut Group<'_>, values: &[f64]) -> Result<(), ParquetError> {
    column::<DoubleType>(group, values)
}

fn integer(group: &mut Group<'_>, values: &[i32]) -> Result<(), ParquetError> {
    column::<Int32Type>(group, values)
}

fn column<T: parquet::data_type::DataType>(group: &mut Group<'_>, values: &[T::T]) -> Result<(), ParquetError> {
    let mut writer =
        group.next_column()?.ok_or_else(|| ParquetError::General("more columns than the schema has".to_owned()))?;
    writer.typed::<T>().write_batch(values, None, None)?;
    writer.close()
}
