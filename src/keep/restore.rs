//! Reading a kept fit back.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::error::KeepError;
use super::record::{RECORD_SCHEMA, Record};
use crate::summary::{SCHEMA, Summary, SummaryError};

/// Reads the `fit.json` of a kept fit.
pub fn read_record(folder: &Path) -> Result<Record, KeepError> {
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => return Err(KeepError::NotAFolder { path: folder.to_owned() }),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(KeepError::NotFound { folder: folder.to_owned() });
        }
        Err(error) => return Err(KeepError::io(folder)(error)),
    }
    let file = folder.join("fit.json");
    let text = match text_of(&file) {
        Err(KeepError::Missing { .. }) => return Err(KeepError::NotAKeptFit { folder: folder.to_owned() }),
        other => other?,
    };
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| KeepError::malformed(&file, error))?;
    match json.get("schema").and_then(serde_json::Value::as_str) {
        Some(RECORD_SCHEMA) => serde_json::from_value(json).map_err(|error| KeepError::malformed(&file, error)),
        Some(found) => Err(KeepError::UnknownSchema { file, found: found.to_owned(), known: RECORD_SCHEMA }),
        None => Err(KeepError::malformed(&file, "it names no schema")),
    }
}

/// Reads the summary of a kept fit.
pub fn read_summary(folder: &Path) -> Result<Summary, KeepError> {
    read_record(folder)?;
    let file = folder.join("summary.json");
    Summary::from_json(&text_of(&file)?).map_err(|error| match error {
        SummaryError::UnknownSchema { found } => KeepError::UnknownSchema { file, found, known: SCHEMA },
        SummaryError::Malformed(error) => KeepError::malformed(&file, error),
    })
}

fn text_of(file: &Path) -> Result<String, KeepError> {
    fs::read_to_string(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => KeepError::Missing { file: file.to_owned() },
        ErrorKind::InvalidData => KeepError::malformed(file, "it is not UTF-8"),
        _ => KeepError::io(file)(error),
    })
}
