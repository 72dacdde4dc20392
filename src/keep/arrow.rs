//! The draws as one Arrow IPC file, which any Arrow reader maps into memory.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};

use super::columns::free_name;
use super::error::KeepError;
use super::{Columns, KeptFit};

/// Writes `chain`, `draw` and the kept scalars, in one batch of draws for each chain.
pub(super) fn write(path: &Path, fit: &KeptFit<'_>, kept: &[usize]) -> Result<(), KeepError> {
    let file = File::create(path).map_err(KeepError::io(path))?;
    let file = into(file, fit, kept).map_err(|error| KeepError::malformed(path, error))?;
    file.sync_all().map_err(KeepError::io(path))
}

fn into(file: File, fit: &KeptFit<'_>, kept: &[usize]) -> Result<File, ArrowError> {
    let key = |name: &str| Field::new(name, DataType::Int32, false);
    let scalars = kept.iter().map(|&i| Field::new(free_name(&Columns::name(fit.draws, i)), DataType::Float64, false));
    let schema = Arc::new(Schema::new([key("chain"), key("draw")].into_iter().chain(scalars).collect::<Vec<_>>()));
    let mut writer = FileWriter::try_new(file, &schema)?;
    let count = fit.draws.draws();
    for chain in 0..fit.draws.chains() {
        let number = i32::try_from(chain + 1).unwrap_or(i32::MAX);
        let draws = (1..=count).map(|draw| i32::try_from(draw).unwrap_or(i32::MAX));
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(Int32Array::from(vec![number; count])), Arc::new(draws.collect::<Int32Array>())];
        let values = kept.iter().map(|&i| fit.draws.chain(i, chain).to_vec());
        columns.extend(values.map(|values| Arc::new(Float64Array::from(values)) as ArrayRef));
        writer.write(&RecordBatch::try_new(schema.clone(), columns)?)?;
    }
    writer.finish()?;
    writer.into_inner()
}
