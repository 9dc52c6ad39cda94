//! The folder: its files, and their MD5 on all cores.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use md5::{Digest as _, Md5};

/// One file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) key: String,
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
}

/// Every file below `folder`.
pub(crate) fn walk(folder: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    visit(folder, "", &mut files)?;
    Ok(files)
}

fn visit(folder: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(io::Error::other(format!("{} is not UTF-8", name.display())));
        };
        let key = format!("{prefix}{name}");
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            visit(&path, &format!("{key}/"), files)?;
        } else {
            let size = entry.metadata()?.len();
            files.push(File { key, path, size });
        }
    }
    Ok(())
}

/// The MD5 of each file, in the order of the files.
pub(crate) fn md5_of_all(files: &[File]) -> io::Result<Vec<String>> {
    let sums = Mutex::new(vec![String::new(); files.len()]);
    let work = Mutex::new(files.iter().enumerate());
    let hash = || -> io::Result<()> {
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let next = work.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((index, file)) = next else {
                return Ok(());
            };
            let sum = md5_of(file, &mut buffer)?;
            if let Some(place) = sums
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_mut(index)
            {
                *place = sum;
            }
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(hash)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| io::Error::other("panicked"))?)
    })?;
    Ok(sums.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn md5_of(file: &File, buffer: &mut [u8]) -> io::Result<String> {
    let mut content = fs::File::open(&file.path)?;
    let mut hash = Md5::new();
    loop {
        let length = content.read(buffer)?;
        match buffer.get(..length) {
            None | Some([]) => break,
            Some(bytes) => hash.update(bytes),
        }
    }
    let mut text = String::with_capacity(32);
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
