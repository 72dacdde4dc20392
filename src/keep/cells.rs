//! `data.parquet`: the columns of the table that the model declares, as it was bound to them.
//!
//! A column of numbers holds 64-bit floating-point numbers, any other the text of its labels; a missing cell is null. The
//! readers of [`crate::read`] make the same levels and numbers of it as of the source.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};
use polya_models::table::{Column, Table};

use super::columns::{self, Group};
use super::error::KeepError;
use super::fields::{Fields, Holds};
use super::{DATA, folder};

/// The columns of a table that a model declares, encoded as `data.parquet` holds them: a small part of the table's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTable {
    /// The file; none where the model declares no column that the table has.
    encoded: Option<Vec<u8>>,
}

impl KeptTable {
    /// The columns of a table that the model of this text declares.
    ///
    /// # Errors
    /// Parquet cannot hold them.
    pub fn of(table: &Table, model: &str) -> Result<Self, KeepError> {
        let fields = Fields::of(model);
        let kept: Vec<Kept<'_>> = table
            .columns()
            .iter()
            .filter_map(|column| Some(Kept { column, holds: held(column, fields.holds(column.name())?) }))
            .collect();
        if kept.is_empty() {
            return Ok(Self { encoded: None });
        }
        let schema = kept.iter().map(Kept::field).collect();
        let encoded = columns::into(Vec::new(), schema, |group| kept.iter().try_for_each(|kept| kept.write(group)));
        Ok(Self { encoded: Some(encoded.map_err(|error| columns::failure(Path::new(DATA), error))?) })
    }

    /// Writes the file, if there is one.
    pub(super) fn write(&self, path: &Path) -> Result<(), KeepError> {
        self.encoded.as_ref().map_or(Ok(()), |encoded| folder::write(path, encoded))
    }
}

/// Rows that are written at a time, so that a long table is not held once more.
const BLOCK: usize = 1 << 14;

/// A column, and what its cells are kept as.
struct Kept<'a> {
    column: &'a Column,
    holds: Holds,
}

/// What a column is kept as: its text where its cells are not what the model says.
fn held(column: &Column, declared: Holds) -> Holds {
    let as_declared = |row| match declared {
        Holds::Labels => true,
        Holds::Numbers => column.real(row).is_ok(),
        Holds::Truth => column.binary(row).is_ok(),
    };
    if (0..column.len()).all(as_declared) { declared } else { Holds::Labels }
}

impl Kept<'_> {
    fn field(&self) -> Result<TypePtr, ParquetError> {
        let (kind, logical) = match self.holds {
            Holds::Numbers | Holds::Truth => (Physical::DOUBLE, None),
            Holds::Labels => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(self.column.name(), kind).with_logical_type(logical);
        Ok(Arc::new(field.with_repetition(Repetition::OPTIONAL).build()?))
    }

    fn write(&self, group: &mut Group<'_, impl Write + Send>) -> Result<(), ParquetError> {
        let column = self.column;
        match self.holds {
            Holds::Numbers => self.cells::<DoubleType>(group, |row| column.real(row).ok().flatten()),
            Holds::Truth => self.cells::<DoubleType>(group, |row| column.binary(row).ok().flatten().map(f64::from)),
            Holds::Labels => {
                self.cells::<ByteArrayType>(group, |row| Some(ByteArray::from(column.text(row)?.as_ref())))
            }
        }
    }

    /// Writes the next column of the file, in which cells may be missing.
    fn cells<T: DataType>(
        &self,
        group: &mut Group<'_, impl Write + Send>,
        cell: impl Fn(usize) -> Option<T::T>,
    ) -> Result<(), ParquetError> {
        let mut writer = columns::next(group)?;
        for start in (0..self.column.len()).step_by(BLOCK) {
            let block = start..(start + BLOCK).min(self.column.len());
            let cells: Vec<Option<T::T>> = block.map(&cell).collect();
            let present: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
            let values: Vec<T::T> = cells.into_iter().flatten().collect();
            writer.typed::<T>().write_batch(&values, Some(&present), None)?;
        }
        writer.close()
    }
}
