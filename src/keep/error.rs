//! Why a fit cannot be kept or read back.

use std::io;
use std::path::{Path, PathBuf};

/// A kept fit that cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// The folder holds something else, which stays as it is.
    #[error("{} holds what is no part of a kept fit: {}", folder.display(), listed(entries))]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// The paths in it that no fit recorded.
        entries: Vec<String>,
    },
    /// The path names a file.
    #[error("{} is a file, not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// A file that is asked for as a kept fit.
    #[error("{} is a file, and a kept fit is a folder", path.display())]
    AFile {
        /// The path.
        path: PathBuf,
    },
    /// There is no such folder.
    #[error("{}: no such folder", folder.display())]
    NotFound {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder without `fit.json`.
    #[error("{} is no kept fit: it has no fit.json", folder.display())]
    NotAKeptFit {
        /// The folder.
        folder: PathBuf,
    },
    /// A file of a kept fit is missing.
    #[error("{}: this file of the kept fit is missing", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// A file of a schema that this version does not read.
    #[error("{}: the schema is `{found}`, and this version of polya reads `{known}`", file.display())]
    UnknownSchema {
        /// The file.
        file: PathBuf,
        /// The schema found.
        found: String,
        /// The schema that can be read.
        known: &'static str,
    },
    /// A file that is cut short or damaged, or data that make no such file.
    #[error("{}: {message}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A file that is not the one that was written.
    #[error("{}: this is not the file that was written: it has {found}, and fit.json records {expected}", file.display())]
    Changed {
        /// The file.
        file: PathBuf,
        /// The length or the fingerprint found.
        found: String,
        /// The one that `fit.json` records.
        expected: String,
    },
    /// A file of a kept fit that `fit.json` does not list: it belongs to another fit.
    #[error("{}: fit.json does not list this file", file.display())]
    Unlisted {
        /// The file.
        file: PathBuf,
    },
    /// Parts of a fit that do not fit together.
    #[error("{}: {what}: {found}, and {expected} expected", file.display())]
    Inconsistent {
        /// The file.
        file: PathBuf,
        /// What was looked at.
        what: &'static str,
        /// What was found.
        found: String,
        /// What the other parts of the fit call for.
        expected: String,
    },
    /// The file system failed.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl KeepError {
    /// Whether the machine failed rather than the request.
    pub fn is_machine_failure(&self) -> bool {
        matches!(self, Self::Io { .. })
    }

    /// The file or folder concerned.
    pub fn path(&self) -> &Path {
        match self {
            Self::Occupied { folder, .. } | Self::NotFound { folder } | Self::NotAKeptFit { folder } => folder,
            Self::NotAFolder { path } | Self::AFile { path } | Self::Io { path, .. } => path,
            Self::Missing { file }
            | Self::Unlisted { file }
            | Self::UnknownSchema { file, .. }
            | Self::Changed { file, .. }
            | Self::Inconsistent { file, .. }
            | Self::Malformed { file, .. } => file,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Occupied { .. } => {
                Some("name another folder, or move away what is yours: only a kept fit that is alone is replaced")
            }
            Self::NotAFolder { .. } => Some("name a new folder, an empty one or a kept fit, which is replaced"),
            Self::NotFound { .. } | Self::NotAKeptFit { .. } | Self::AFile { .. } => {
                Some("a kept fit is what `polya fit … --out DIR` writes")
            }
            Self::UnknownSchema { .. } => Some("read it with the version of polya that fit.json names, or fit again"),
            Self::Missing { .. }
            | Self::Unlisted { .. }
            | Self::Changed { .. }
            | Self::Inconsistent { .. }
            | Self::Malformed { .. } => Some("the folder was changed after it was written: fit again"),
            Self::Io { .. } => None,
        }
    }

    pub(super) fn malformed(file: &Path, message: impl ToString) -> Self {
        Self::Malformed { file: file.to_owned(), message: message.to_string() }
    }

    /// Fails where what was found is not what is expected.
    pub(super) fn agree<T: PartialEq + ToString>(
        file: &Path,
        what: &'static str,
        found: T,
        expected: T,
    ) -> Result<(), Self> {
        if found == expected {
            return Ok(());
        }
        let (found, expected) = (found.to_string(), expected.to_string());
        Err(Self::Inconsistent { file: file.to_owned(), what, found, expected })
    }

    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self::Io { path: path.to_owned(), error }
    }
}

/// The first of some names, and how many more there are.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let first = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{first} and {} more", names.len() - SHOWN) } else { first }
}
