//! Parquet files of numbers over chains and draws, read back.

use std::fs::File;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use parquet::basic::Type as Physical;
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{BoolType, DataType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use super::SamplerRow;
use super::columns::{self, KEYS, Shape};
use super::error::KeepError;

/// Named columns of numbers, one after the other, each chain after chain.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) names: Vec<String>,
    pub(super) values: Vec<f64>,
}

/// Reads a file that has a row for each draw.
pub(super) fn read(file: &Path, shape: Shape) -> Result<Sheet, KeepError> {
    guarded(file, || {
        let reader = Reader::open(file)?;
        reader.keys(shape)?;
        let names: Vec<String> = reader.names().skip(KEYS.len()).map(str::to_owned).collect();
        let mut values = Vec::new();
        let size = names.len().checked_mul(shape.rows());
        if size.is_none_or(|size| values.try_reserve_exact(size).is_err()) {
            return Err(KeepError::malformed(file, "it is too large for this machine"));
        }
        let groups = reader.groups()?;
        for i in 0..names.len() {
            reader.append::<DoubleType>(&groups, KEYS.len() + i, &mut values)?;
        }
        Ok(Sheet { names, values })
    })
}

/// Reads what the sampler did, for each chain; nothing where nothing was sampled.
pub(super) fn read_sampler(file: &Path, shape: Shape) -> Result<Vec<Vec<SamplerRow>>, KeepError> {
    guarded(file, || {
        let reader = Reader::open(file)?;
        let expected = columns::SAMPLER.map(|(name, _)| name);
        let found: Vec<&str> = reader.names().skip(KEYS.len()).collect();
        KeepError::agree(file, "its columns", found.join(", "), expected.join(", "))?;
        let rows = reader.rows();
        let shape = if rows == 0 { Shape { chains: 0, draws: 0 } } else { shape };
        reader.keys(shape)?;
        let energy = reader.column::<DoubleType>(2)?;
        let depth = reader.counts(3)?;
        let step_size = reader.column::<DoubleType>(4)?;
        let divergent = reader.column::<BoolType>(5)?;
        let acceptance = reader.column::<DoubleType>(6)?;
        let log_density = reader.column::<DoubleType>(7)?;
        let leapfrogs = reader.counts(8)?;
        let all: Vec<SamplerRow> = (0..rows)
            .map_while(|i| {
                Some(SamplerRow {
                    energy: *energy.get(i)?,
                    depth: *depth.get(i)?,
                    step_size: *step_size.get(i)?,
                    divergent: *divergent.get(i)?,
                    acceptance: *acceptance.get(i)?,
                    log_density: *log_density.get(i)?,
                    leapfrogs: *leapfrogs.get(i)?,
                })
            })
            .collect();
        Ok(all.chunks(shape.draws.max(1)).map(<[SamplerRow]>::to_vec).collect())
    })
}

/// The decoders panic over some damaged files: that is an error like any other.
fn guarded<T>(file: &Path, read: impl FnOnce() -> Result<T, KeepError>) -> Result<T, KeepError> {
    panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(KeepError::malformed(file, "it is damaged")))
}

struct Reader<'a> {
    file: &'a Path,
    parquet: SerializedFileReader<File>,
}

impl<'a> Reader<'a> {
    fn open(file: &'a Path) -> Result<Self, KeepError> {
        let opened = File::open(file).map_err(KeepError::io(file))?;
        let parquet = SerializedFileReader::new(opened).map_err(|error| columns::failure(file, error))?;
        Ok(Self { file, parquet })
    }

    fn rows(&self) -> usize {
        usize::try_from(self.parquet.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.parquet.metadata().file_metadata().schema_descr().columns().iter().map(|column| column.name())
    }

    /// Checks that the first two columns count chains and draws.
    fn keys(&self, shape: Shape) -> Result<(), KeepError> {
        let found: Vec<&str> = self.names().take(KEYS.len()).collect();
        KeepError::agree(self.file, "its first columns", found.join(", "), KEYS.join(", "))?;
        KeepError::agree(self.file, "the number of rows", self.rows(), shape.rows())?;
        let (chains, draws) = (self.column::<Int32Type>(0)?, self.column::<Int32Type>(1)?);
        let places = (1..=shape.chains).flat_map(|chain| (1..=shape.draws).map(move |draw| (chain, draw)));
        for ((chain, draw), place) in chains.into_iter().zip(draws).zip(places) {
            let place = (i64::try_from(place.0).unwrap_or(-1), i64::try_from(place.1).unwrap_or(-1));
            if (i64::from(chain), i64::from(draw)) != place {
                let shown = |(chain, draw): (i64, i64)| format!("chain {chain}, draw {draw}");
                let found = shown((i64::from(chain), i64::from(draw)));
                return KeepError::agree(self.file, "the place of a row", found, shown(place));
            }
        }
        Ok(())
    }

    fn counts(&self, index: usize) -> Result<Vec<u32>, KeepError> {
        let counts: Result<Vec<u32>, _> = self.column::<Int32Type>(index)?.into_iter().map(u32::try_from).collect();
        counts.map_err(|_| KeepError::malformed(self.file, "a count is negative"))
    }

    /// The groups of rows. To open one takes a time that grows with the number of its columns.
    fn groups(&self) -> Result<Vec<Box<dyn RowGroupReader + '_>>, KeepError> {
        let group = |group| self.parquet.get_row_group(group).map_err(|error| columns::failure(self.file, error));
        (0..self.parquet.num_row_groups()).map(group).collect()
    }

    /// All values of a column.
    fn column<T: DataType>(&self, index: usize) -> Result<Vec<T::T>, KeepError> {
        let mut values = Vec::new();
        self.append::<T>(&self.groups()?, index, &mut values)?;
        Ok(values)
    }

    /// Appends all values of a column.
    fn append<T: DataType>(
        &self,
        groups: &[Box<dyn RowGroupReader + '_>],
        index: usize,
        values: &mut Vec<T::T>,
    ) -> Result<(), KeepError> {
        let schema = self.parquet.metadata().file_metadata().schema_descr();
        let Some(field) = schema.columns().get(index) else {
            return Err(KeepError::malformed(self.file, "a column is missing"));
        };
        let physical: Physical = T::get_physical_type();
        KeepError::agree(self.file, "the type of a column", field.physical_type(), physical)?;
        if field.max_def_level() != 0 || field.max_rep_level() != 0 {
            return Err(KeepError::malformed(self.file, format!("column `{}` may have gaps", field.name())));
        }
        let before = values.len();
        for group in groups {
            decode::<T>(group.as_ref(), index, values).map_err(|error| columns::failure(self.file, error))?;
        }
        KeepError::agree(self.file, "the values of a column", values.len() - before, self.rows())
    }
}

/// Appends the values of a column of one group.
fn decode<T: DataType>(group: &dyn RowGroupReader, index: usize, values: &mut Vec<T::T>) -> Result<(), ParquetError> {
    let mut column = get_typed_column_reader::<T>(group.get_column_reader(index)?);
    while column.read_records(1 << 20, None, None, values)?.0 > 0 {}
    Ok(())
}
