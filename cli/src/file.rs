//! Writing a result to a file that the user named.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::failure::Failure;

/// Writes a file whole or not at all, beside its place, and then renames it. Links are followed, and a device or a pipe is
/// written to as it is.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put(path, bytes).map_err(|error| Failure::machine(format!("{} cannot be written: {error}", path.display())))
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => replace(&path.canonicalize()?, Some(found.permissions()), bytes),
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(_) => OpenOptions::new().write(true).open(path)?.write_all(bytes),
        // A link to what is not there yet: nothing can be lost, and the link stays.
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => File::create(path)?.write_all(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => replace(path, None, bytes),
        Err(error) => Err(error),
    }
}

/// Replaces a file by one with the same permissions; a new one has those of any.
fn replace(path: &Path, permissions: Option<fs::Permissions>, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // As any new file, not for its owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    type Anything = Box<dyn std::error::Error>;

    #[test]
    fn links_are_followed_and_files_keep_their_permissions() -> Result<(), Anything> {
        let root = tempfile::tempdir()?;
        let [file, link, dangling, later] = ["file", "link", "dangling", "later"].map(|name| root.path().join(name));
        fs::write(&file, "old")?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        symlink("file", &link)?;
        symlink("later", &dangling)?;
        for (path, target) in [(&link, &file), (&dangling, &later), (&later, &later)] {
            put(path, b"new")?;
            assert_eq!(fs::read(target)?, b"new");
        }
        assert!(link.is_symlink() && dangling.is_symlink());
        assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
        assert_eq!(put(root.path(), b"new").map_err(|error| error.kind()), Err(ErrorKind::IsADirectory));
        assert_eq!(fs::read_dir(root.path())?.count(), 4);
        Ok(())
    }

    #[test]
    fn what_is_no_file_is_written_to() -> Result<(), Anything> {
        let root = tempfile::tempdir()?;
        let [pipe, null] = ["pipe", "null"].map(|name| root.path().join(name));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
        symlink("/dev/null", &null)?;
        put(&null, b"nothing")?;
        assert!(null.is_symlink() && fs::metadata(&null)?.file_type().is_char_device());
        let read = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe)
        });
        put(&pipe, b"new")?;
        assert!(fs::metadata(&pipe)?.file_type().is_fifo());
        assert_eq!(read.join().map_err(|_| "the reader ends")??, b"new");
        Ok(())
    }
}
