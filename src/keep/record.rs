//! `fit.json`: which version made a kept fit, from what, how and when.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::KeptFit;

/// The schema of [`Record`].
pub const RECORD_SCHEMA: &str = "polya.fit/1";

/// Where a kept fit came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`RECORD_SCHEMA`].
    pub schema: String,
    /// What made it.
    pub versions: Versions,
    /// The settings of the run, by name.
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// The seed.
    pub seed: u64,
    /// When it was made.
    pub times: Times,
    /// What it was made from.
    pub hashes: Hashes,
}

/// What made a kept fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The version of polya.
    pub polya: String,
}

/// When a kept fit was made, in UTC as RFC 3339 has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// When the run began.
    pub started: String,
    /// When it ended.
    pub finished: String,
}

/// The SHA-256 of what a kept fit was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashes {
    /// Of the model's text.
    pub model: String,
    /// Of the data, if there were any.
    pub data: Option<String>,
}

#[derive(Deserialize)]
struct SchemaOnly {
    schema: String,
}

impl Record {
    pub(super) fn of(fit: &KeptFit<'_>) -> Self {
        Self {
            schema: RECORD_SCHEMA.to_owned(),
            versions: Versions { polya: env!("CARGO_PKG_VERSION").to_owned() },
            settings: fit.settings.clone(),
            seed: fit.summary.sampler.seed,
            times: Times { started: utc(fit.started), finished: utc(fit.finished) },
            hashes: Hashes {
                model: fit.summary.model.sha256.clone(),
                data: fit.summary.data.as_ref().map(|data| data.sha256.clone()),
            },
        }
    }
}

/// The schema that the `fit.json` of a folder names.
pub(super) fn schema_of(folder: &Path) -> std::io::Result<String> {
    let SchemaOnly { schema } = serde_json::from_str(&fs::read_to_string(folder.join("fit.json"))?)?;
    Ok(schema)
}

/// A time to the second; the epoch where it is out of the calendar's range.
fn utc(time: SystemTime) -> String {
    let seconds =
        time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0));
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
