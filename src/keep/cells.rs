//! `data.parquet`: the columns of the table that the model declares, as it was bound to them.
//!
//! A column of numbers holds 64-bit floating-point numbers, any other the text of its labels; a missing cell is null. The
//! readers of [`crate::read`] make the same levels and numbers of it as of the source.

use std::borrow::Cow;
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

/// Writes the columns that the model declares; false where it declares none that the table has.
pub(super) fn write(path: &Path, table: &Table, fields: &Fields) -> Result<bool, KeepError> {
    let kept: Vec<(&Column, Kept<'_>)> = table
        .columns()
        .iter()
        .filter_map(|column| Some((column, Kept::of(column, fields.holds(column.name())?))))
        .collect();
    if kept.is_empty() {
        return Ok(false);
    }
    let schema = kept.iter().map(|(column, kept)| kept.field(column.name())).collect();
    columns::into_file(path, schema, |group| kept.iter().try_for_each(|(_, kept)| kept.write(group)))?;
    Ok(true)
}

/// The cells of a column as they are kept.
enum Kept<'a> {
    Numbers(Vec<Option<f64>>),
    Text(Vec<Option<Cow<'a, str>>>),
}

impl<'a> Kept<'a> {
    /// A column whose cells are not what the model says keeps its text.
    fn of(column: &'a Column, holds: Holds) -> Self {
        let numbers = match holds {
            Holds::Labels => None,
            Holds::Numbers => (0..column.len()).map(|row| column.real(row).ok()).collect(),
            Holds::Truth => (0..column.len())
                .map(|row| column.binary(row).ok().map(|cell| cell.map(|cell| f64::from(u8::from(cell)))))
                .collect(),
        };
        match numbers {
            Some(numbers) => Self::Numbers(numbers),
            None => Self::Text((0..column.len()).map(|row| column.text(row)).collect()),
        }
    }

    fn field(&self, name: &str) -> Result<TypePtr, ParquetError> {
        let (kind, logical) = match self {
            Self::Numbers(_) => (Physical::DOUBLE, None),
            Self::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(name, kind).with_logical_type(logical);
        Ok(Arc::new(field.with_repetition(Repetition::OPTIONAL).build()?))
    }

    fn write(&self, group: &mut Group<'_>) -> Result<(), ParquetError> {
        match self {
            Self::Numbers(cells) => optional::<DoubleType, _>(group, cells, |&number| number),
            Self::Text(cells) => optional::<ByteArrayType, _>(group, cells, |text| ByteArray::from(text.as_ref())),
        }
    }
}

/// Writes the next column, in which cells may be missing.
fn optional<T: DataType, C>(
    group: &mut Group<'_>,
    cells: &[Option<C>],
    value: impl Fn(&C) -> T::T,
) -> Result<(), ParquetError> {
    let present: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.iter().flatten().map(value).collect();
    let mut writer =
        group.next_column()?.ok_or_else(|| ParquetError::General("more columns than the schema has".to_owned()))?;
    writer.typed::<T>().write_batch(&values, Some(&present), None)?;
    writer.close()
}
