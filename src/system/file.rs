//! Opens what has to be a file, and nothing else: to open a pipe is to wait for who is at its other
//! end, and a device may never end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use deploy_core::base::text;
use deploy_core::base::units::Bytes;

/// Opens the file at `path` to read it. Blocks.
///
/// # Errors
/// When it cannot be opened, or is no file.
pub fn open(path: &Path) -> io::Result<File> {
    // By this flag a pipe opens without a writer. For files it means nothing.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    let found = file.metadata()?.file_type();
    if found.is_file() {
        return Ok(file);
    }
    let what = if found.is_dir() {
        "a folder"
    } else if found.is_fifo() {
        "a pipe"
    } else {
        "a device"
    };
    let reason = format!("it is {what}, not a file");
    Err(io::Error::new(ErrorKind::InvalidInput, reason))
}

/// The bytes of the file at `path`, of which there may be `bytes_max`. Blocks.
///
/// # Errors
/// When it cannot be read, is no file, or has more bytes.
pub fn read(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?
        .take(bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)?;
    check_size(bytes.len() as u64, bytes_max)?;
    Ok(bytes)
}

/// Whether [`read`] could read it, without doing so.
///
/// # Errors
/// As those of [`read`].
pub fn check(path: &Path, bytes_max: u64) -> io::Result<()> {
    check_size(open(path)?.metadata()?.len(), bytes_max)
}

fn check_size(bytes: u64, bytes_max: u64) -> io::Result<()> {
    if bytes <= bytes_max {
        return Ok(());
    }
    let reason = format!("it has more than {}", Bytes(bytes_max));
    Err(io::Error::new(ErrorKind::FileTooLarge, reason))
}

/// As [`read`], for text as editors save it.
///
/// # Errors
/// As those of [`read`], and when it is no text.
pub fn read_text(path: &Path, bytes_max: u64) -> io::Result<String> {
    text::decode(&read(path, bytes_max)?)
        .map_err(|reason| io::Error::new(ErrorKind::InvalidData, reason))
}

/// Whether what is to be written to `path` would wait for a reader. What is not there can be made, and
/// streams that are open already, such as `/dev/stdout`, have no path of their own.
///
/// # Errors
/// When it would.
pub fn check_writable(path: &Path) -> io::Result<()> {
    let real = path.canonicalize().and_then(fs::metadata);
    if real.is_ok_and(|real| real.file_type().is_fifo()) {
        let reason = "it is a pipe, not a file";
        return Err(io::Error::new(ErrorKind::InvalidInput, reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{check, check_writable, open, read, read_text};
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for (path, reason) in [
            (pipe.as_path(), "it is a pipe, not a file"),
            (folder.path(), "it is a folder, not a file"),
            (Path::new("/dev/zero"), "it is a device, not a file"),
        ] {
            assert_eq!(open(path).unwrap_err().to_string(), reason);
        }
        assert!(check_writable(&pipe).is_err());
        for path in ["/dev/null", "/dev/stdout", "/nowhere/x"] {
            check_writable(Path::new(path)).unwrap();
        }
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "text").unwrap();
        assert_eq!(read(&path, 4).unwrap(), b"text");
        assert_eq!(read_text(&path, u64::MAX).unwrap(), "text");
        check(&path, 4).unwrap();
        for error in [read(&path, 3).map(drop), check(&path, 3)] {
            assert_eq!(error.unwrap_err().to_string(), "it has more than 3 B");
        }
        fs::write(&path, b"\xff").unwrap();
        assert!(read_text(&path, 4).is_err());
    }
}
