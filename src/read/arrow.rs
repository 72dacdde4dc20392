//! Parquet and Arrow IPC: typed columns become cells.
//!
//! Floating-point numbers and integers of up to 32 bits become numbers. Everything else becomes text: integers of 64 bits
//! too, because a label of 17 digits is no floating-point number. Text is a label whatever it says, as these formats have
//! a null of their own.

use std::collections::HashMap;
use std::io::Cursor;
use std::panic::{self, AssertUnwindSafe};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Schema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use polya_models::table::{Column, Table, TextCells};

use super::Format;
use super::error::Fault;

const BATCH: usize = 1 << 16;

/// Reads the wanted columns of a whole file. The decoders panic over some damaged files: that is an error like any other.
pub(super) fn read(bytes: Vec<u8>, format: Format, name: &str, wanted: &[String]) -> Result<Table, Fault> {
    let decoded = panic::catch_unwind(AssertUnwindSafe(|| decode(bytes, format, name, wanted)));
    decoded.unwrap_or_else(|_| Err(Fault::Malformed { format: format.name(), message: "it is damaged".to_owned() }))
}

fn decode(bytes: Vec<u8>, format: Format, name: &str, wanted: &[String]) -> Result<Table, Fault> {
    let malformed =
        |error: &dyn std::error::Error| Fault::Malformed { format: format.name(), message: error.to_string() };
    if bytes.is_empty() {
        return Err(Fault::Empty);
    }
    let columns = if format == Format::Parquet {
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).map_err(|error| malformed(&error))?;
        let columns = Columns::new(builder.schema(), wanted)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.positions());
        let batches =
            builder.with_projection(mask).with_batch_size(BATCH).build().map_err(|error| malformed(&error))?;
        columns.fill(batches)
    } else if bytes.starts_with(b"ARROW1") {
        let schema = FileReader::try_new(Cursor::new(&bytes), None).map_err(|error| malformed(&error))?.schema();
        let columns = Columns::new(&schema, wanted)?;
        let batches =
            FileReader::try_new(Cursor::new(&bytes), Some(columns.positions())).map_err(|error| malformed(&error))?;
        columns.fill(batches)
    } else {
        let schema = StreamReader::try_new(Cursor::new(&bytes), None).map_err(|error| malformed(&error))?.schema();
        let columns = Columns::new(&schema, wanted)?;
        let batches =
            StreamReader::try_new(Cursor::new(&bytes), Some(columns.positions())).map_err(|error| malformed(&error))?;
        columns.fill(batches)
    };
    columns.map_err(|error| malformed(&error))?.table(name)
}

/// The wanted columns of a schema, with what was read of them.
struct Columns {
    headers: Vec<String>,
    wanted: Vec<Wanted>,
    rows: usize,
}

struct Wanted {
    position: usize,
    cells: Building,
}

enum Building {
    Numbers(Vec<f64>),
    Text(TextCells),
}

impl Columns {
    fn new(schema: &Schema, wanted: &[String]) -> Result<Self, Fault> {
        let headers: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let mut seen = HashMap::new();
        let mut columns = Vec::new();
        for (position, field) in schema.fields().iter().enumerate() {
            if let Some(first) = seen.insert(field.name(), position) {
                return Err(Fault::DuplicateHeader {
                    line: None,
                    header: field.name().clone(),
                    columns: (first + 1, position + 1),
                });
            }
            if wanted.contains(field.name()) {
                let cells = match target(field.data_type()) {
                    Some(DataType::Float64) => Building::Numbers(Vec::new()),
                    Some(_) => Building::Text(TextCells::new()),
                    None => {
                        return Err(Fault::UnsupportedType {
                            column: field.name().clone(),
                            kind: field.data_type().to_string(),
                        });
                    }
                };
                columns.push(Wanted { position, cells });
            }
        }
        Ok(Self { headers, wanted: columns, rows: 0 })
    }

    /// Their positions in the schema, ascending.
    fn positions(&self) -> Vec<usize> {
        self.wanted.iter().map(|wanted| wanted.position).collect()
    }

    fn fill(mut self, batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>) -> Result<Self, ArrowError> {
        for batch in batches {
            let batch = batch?;
            self.rows += batch.num_rows();
            for (wanted, array) in self.wanted.iter_mut().zip(batch.columns()) {
                wanted.cells.extend(array)?;
            }
        }
        Ok(self)
    }

    fn table(self, name: &str) -> Result<Table, Fault> {
        let mut table = Table::builder(name).rows(self.rows);
        for wanted in self.wanted {
            let header = self.headers.get(wanted.position).cloned().unwrap_or_default();
            table = table.column(match wanted.cells {
                Building::Numbers(values) => Column::from_numbers(header, values),
                Building::Text(cells) => Column::from_text(header, cells),
            });
        }
        table
            .headers_seen(self.headers)
            .build()
            .map_err(|error| Fault::Malformed { format: "table", message: error.to_string() })
    }
}

impl Building {
    fn extend(&mut self, array: &ArrayRef) -> Result<(), ArrowError> {
        match self {
            Self::Numbers(values) => {
                let array = arrow_cast::cast(array, &DataType::Float64)?;
                values.extend(array.as_primitive::<Float64Type>().iter().map(|value| value.unwrap_or(f64::NAN)));
            }
            Self::Text(cells) => {
                let array = arrow_cast::cast(array, &DataType::LargeUtf8)?;
                for value in array.as_string::<i64>() {
                    match value {
                        Some(label) => cells.push_label(label),
                        None => cells.push_missing(),
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a type is cast to: numbers, text, or nothing.
fn target(kind: &DataType) -> Option<DataType> {
    use DataType as T;
    match kind {
        T::Float16 | T::Float32 | T::Float64 | T::Int8 | T::Int16 | T::Int32 | T::UInt8 | T::UInt16 | T::UInt32 => {
            Some(T::Float64)
        }
        T::Int64 | T::UInt64 | T::Boolean | T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Null => Some(T::LargeUtf8),
        T::Date32 | T::Date64 | T::Time32(_) | T::Time64(_) | T::Timestamp(..) => Some(T::LargeUtf8),
        T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..) => Some(T::LargeUtf8),
        T::Dictionary(_, values) => target(values),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
