//! The folder of a kept fit: what may be replaced, and replacing it whole.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::KeepError;
use super::{RECORD, record, seal};

/// The real path of a folder that may be written, after trying to write beside it.
pub(super) fn check(folder: &Path) -> Result<PathBuf, KeepError> {
    let folder = match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => return Err(KeepError::NotAFolder { path: folder.to_owned() }),
        Ok(_) => folder.canonicalize().map_err(KeepError::io(folder))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::path::absolute(folder).map_err(KeepError::io(folder))?
        }
        Err(error) => return Err(KeepError::io(folder)(error)),
    };
    replaceable(&folder)?;
    // The folders above that do not exist yet are made when the fit is written.
    let above = folder.ancestors().skip(1).find(|above| above.exists()).unwrap_or(&folder);
    if !above.is_dir() {
        return Err(KeepError::NotAFolder { path: above.to_owned() });
    }
    staging(above)?.close().map_err(KeepError::io(above))?;
    Ok(folder)
}

/// Whether the folder may go: it is not there, or holds nothing but what `fit.json` records.
fn replaceable(folder: &Path) -> Result<(), KeepError> {
    match fs::metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Ok(found) if !found.is_dir() => return Err(KeepError::NotAFolder { path: folder.to_owned() }),
        _ => {}
    }
    let mut entries = seal::entries(folder)?;
    entries.sort();
    if let Some(recorded) = record::files_of(folder) {
        entries.retain(|name| name != RECORD && !recorded.contains_key(name));
    }
    if entries.is_empty() { Ok(()) } else { Err(KeepError::Occupied { folder: folder.to_owned(), entries }) }
}

/// Fills a temporary folder beside `folder`, and puts it in its place when it is complete.
pub(super) fn replace(folder: &Path, fill: impl FnOnce(&Path) -> Result<(), KeepError>) -> Result<(), KeepError> {
    let above = folder.parent().unwrap_or(folder);
    fs::create_dir_all(above).map_err(KeepError::io(above))?;
    let new = staging(above)?;
    fill(new.path())?;
    replaceable(folder)?;
    if !folder.exists() {
        return put(new, folder);
    }
    // The old fit moves aside, into a folder that goes when this function ends.
    let aside = staging(above)?;
    let old = aside.path().join("old");
    fs::rename(folder, &old).map_err(KeepError::io(folder))?;
    let placed = put(new, folder);
    if placed.is_err() && fs::rename(&old, folder).is_err() {
        // It cannot go back: at least it is not deleted.
        let _ = aside.keep();
    }
    placed
}

fn put(new: TempDir, folder: &Path) -> Result<(), KeepError> {
    sync(new.path());
    fs::rename(new.path(), folder).map_err(KeepError::io(folder))?;
    let _ = new.keep();
    if let Some(above) = folder.parent() {
        sync(above);
    }
    Ok(())
}

/// Asks the system to store the folder's entries. Not every file system can: the fit is complete all the same.
fn sync(folder: &Path) {
    if let Ok(open) = File::open(folder) {
        let _ = open.sync_all();
    }
}

fn staging(above: &Path) -> Result<TempDir, KeepError> {
    tempfile::Builder::new().prefix(".polya-").tempdir_in(above).map_err(KeepError::io(above))
}

/// Writes a file through to the disk.
pub(super) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), KeepError> {
    let mut file = File::create(path).map_err(KeepError::io(path))?;
    file.write_all(bytes.as_ref()).map_err(KeepError::io(path))?;
    file.sync_all().map_err(KeepError::io(path))
}
