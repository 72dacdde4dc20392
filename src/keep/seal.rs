//! The fingerprints of the files of a kept fit, taken when it is written and compared when it is read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::KeepError;

/// How long a file is, and its SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The number of bytes.
    pub bytes: u64,
    /// The SHA-256.
    pub sha256: String,
}

impl Fingerprint {
    fn of(file: &Path) -> Result<Self, KeepError> {
        File::open(file).and_then(Self::read).map_err(|error| failure(file, error))
    }

    fn read(mut reader: impl Read) -> io::Result<Self> {
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hash.update(buffer.get(..count).unwrap_or_default());
            bytes += count as u64;
        }
        let digits = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { bytes, sha256: digits })
    }
}

/// All files below a folder, by their path with `/` between its parts.
pub(super) fn files(folder: &Path) -> Result<BTreeMap<String, Fingerprint>, KeepError> {
    let fingerprint = |name: String| Ok((name.clone(), Fingerprint::of(&folder.join(name))?));
    entries(folder)?.into_iter().map(fingerprint).collect()
}

/// The paths of all that is below a folder and is no folder, links among them, and of empty folders, with a `/` at their end.
pub(super) fn entries(folder: &Path) -> Result<Vec<String>, KeepError> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let mut empty = true;
        for entry in fs::read_dir(&folder).map_err(KeepError::io(&folder))? {
            let entry = entry.map_err(KeepError::io(&folder))?;
            empty = false;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(KeepError::io(&folder))?.is_dir() {
                folders.push((entry.path(), name + "/"));
            } else {
                found.push(name);
            }
        }
        if empty && !prefix.is_empty() {
            found.push(prefix);
        }
    }
    Ok(found)
}

/// Checks that a file is the one that was written.
pub(super) fn check(folder: &Path, name: &str, written: &Fingerprint) -> Result<(), KeepError> {
    let file = folder.join(name);
    if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(KeepError::malformed(&file, "fit.json lists a file outside its folder"));
    }
    // The length first: it is at once known, and tells most.
    let found = fs::metadata(&file).map_err(|error| failure(&file, error))?;
    if found.is_dir() {
        return Err(KeepError::malformed(&file, "it is a folder, not a file"));
    }
    let changed = |found: String, expected: String| KeepError::Changed { file: file.clone(), found, expected };
    if found.len() != written.bytes {
        return Err(changed(format!("{} bytes", found.len()), format!("{}", written.bytes)));
    }
    let found = Fingerprint::of(&file)?;
    if found != *written {
        return Err(changed(format!("the SHA-256 {}", found.sha256), written.sha256.clone()));
    }
    Ok(())
}

fn failure(file: &Path, error: io::Error) -> KeepError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => KeepError::Missing { file: file.to_owned() },
        _ => KeepError::io(file)(error),
    }
}
