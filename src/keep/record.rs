//! `fit.json`: which version made a kept fit, from what, how and when.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::error::KeepError;
use super::seal::Fingerprint;
use super::{KeptFit, RECORD};
use crate::read::sha256;

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
    /// The names of the indices of each variable, where they are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub indices: BTreeMap<String, Vec<String>>,
    /// All other files of the fit, by their path in its folder.
    pub files: BTreeMap<String, Fingerprint>,
    /// The SHA-256 of the text of `fit.json` with 64 zeros in this place.
    pub sha256: String,
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
struct Files {
    schema: String,
    files: BTreeMap<String, Fingerprint>,
}

impl Record {
    pub(super) fn of(fit: &KeptFit<'_>, files: BTreeMap<String, Fingerprint>) -> Self {
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
            indices: fit.indices.cloned().unwrap_or_default(),
            files,
            sha256: UNSEALED.to_owned(),
        }
    }

    /// The text of `fit.json`, with its own hash.
    pub(super) fn sealed(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string_pretty(&Self { sha256: UNSEALED.to_owned(), ..self.clone() })? + "\n";
        // The hash stands last, so the last zeros are its own.
        if let Some(place) = text.rfind(UNSEALED) {
            let hash = sha256(text.as_bytes());
            text.replace_range(place..place + UNSEALED.len(), &hash);
        }
        Ok(text)
    }

    /// Checks that a text is the one that this record was sealed with.
    pub(super) fn check_seal(&self, file: &Path, text: &str) -> Result<(), KeepError> {
        let mut unsealed = text.to_owned();
        if let Some(place) = text.rfind(&self.sha256).filter(|_| self.sha256.len() == UNSEALED.len()) {
            unsealed.replace_range(place..place + UNSEALED.len(), UNSEALED);
        }
        let found = sha256(unsealed.as_bytes());
        if found == self.sha256 {
            return Ok(());
        }
        let found = format!("the SHA-256 {found}");
        Err(KeepError::Changed { file: file.to_owned(), found, expected: self.sha256.clone() })
    }
}

/// What stands in the place of the hash while it is taken.
const UNSEALED: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The files that the `fit.json` of a folder records, also where it was changed since; none where it is no record.
pub(super) fn files_of(folder: &Path) -> Option<BTreeMap<String, Fingerprint>> {
    let text = fs::read_to_string(folder.join(RECORD)).ok()?;
    let Files { schema, files } = serde_json::from_str(&text).ok()?;
    (schema == RECORD_SCHEMA).then_some(files)
}

/// A time to the second; the epoch where it is out of the calendar's range.
pub(super) fn utc(time: SystemTime) -> String {
    let seconds =
        time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0));
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
