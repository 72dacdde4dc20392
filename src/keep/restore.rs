//! Reading the record and the summary of a kept fit, each checked against its hash.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::error::KeepError;
use super::record::{RECORD_SCHEMA, Record};
use super::{RECORD, SUMMARY, seal};
use crate::summary::{SCHEMA, Summary, SummaryError};

/// Reads the `fit.json` of a kept fit.
///
/// # Errors
/// A folder that is no kept fit, another schema, or a text that is not the one that was written.
pub fn read_record(folder: &Path) -> Result<Record, KeepError> {
    record_of(folder)
}

/// Reads the summary of a kept fit.
///
/// # Errors
/// As those of [`read_record`], and the same of `summary.json`.
pub fn read_summary(folder: &Path) -> Result<Summary, KeepError> {
    summary_of(folder, &record_of(folder)?)
}

pub(super) fn record_of(folder: &Path) -> Result<Record, KeepError> {
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => return Err(KeepError::AFile { path: folder.to_owned() }),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(KeepError::NotFound { folder: folder.to_owned() });
        }
        Err(error) => return Err(KeepError::io(folder)(error)),
    }
    let file = folder.join(RECORD);
    let text = match text_of(&file) {
        Err(KeepError::Missing { .. }) => return Err(KeepError::NotAKeptFit { folder: folder.to_owned() }),
        other => other?,
    };
    check_schema(&file, &text, RECORD_SCHEMA)?;
    let record: Record = serde_json::from_str(&text).map_err(|error| KeepError::malformed(&file, error))?;
    record.check_seal(&file, &text)?;
    Ok(record)
}

pub(super) fn summary_of(folder: &Path, record: &Record) -> Result<Summary, KeepError> {
    let file = folder.join(SUMMARY);
    let text = text_of(&file)?;
    check_schema(&file, &text, SCHEMA)?;
    match record.files.get(SUMMARY) {
        Some(written) => seal::check(folder, SUMMARY, written)?,
        None => return Err(KeepError::Unlisted { file }),
    }
    Summary::from_json(&text).map_err(|error| match error {
        SummaryError::UnknownSchema { found } => KeepError::UnknownSchema { file, found, known: SCHEMA },
        SummaryError::Malformed(error) => KeepError::malformed(&file, error),
    })
}

/// Checks that a JSON text names the schema that this version reads.
fn check_schema(file: &Path, text: &str, known: &'static str) -> Result<(), KeepError> {
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| KeepError::malformed(file, error))?;
    match json.get("schema").and_then(serde_json::Value::as_str) {
        Some(found) if found == known => Ok(()),
        Some(found) => Err(KeepError::UnknownSchema { file: file.to_owned(), found: found.to_owned(), known }),
        None => Err(KeepError::malformed(file, "it names no schema")),
    }
}

pub(super) fn text_of(file: &Path) -> Result<String, KeepError> {
    fs::read_to_string(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => KeepError::Missing { file: file.to_owned() },
        ErrorKind::InvalidData => KeepError::malformed(file, "it is not UTF-8"),
        _ => KeepError::io(file)(error),
    })
}
