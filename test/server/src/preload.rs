//! Objects from files, so that a benchmark of an unchanged tree need not upload it first.

use crate::store::Object;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How old the objects say they are: older than any file that is made or touched afterwards.
const AGE: Duration = Duration::from_hours(1);

/// Calls `take` for every file below `folder`, with its path below it as the key.
pub(crate) fn each_object(folder: &Path, take: &mut dyn FnMut(&str, Object)) -> io::Result<()> {
    let now = Object::new("").last_modified;
    let last_modified = now.checked_sub(AGE).unwrap_or(SystemTime::UNIX_EPOCH);
    visit(folder, "", &mut |key, bytes| {
        let object = Object {
            last_modified,
            ..Object::new(bytes)
        };
        take(key, object);
    })
}

/// Folders are entered in the order in which the system names them: the store sorts.
fn visit(folder: &Path, prefix: &str, take: &mut dyn FnMut(&str, Vec<u8>)) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(io::Error::other(format!("{} is not UTF-8", name.display())));
        };
        let key = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            visit(&entry.path(), &format!("{key}/"), take)?;
        } else {
            take(&key, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}
