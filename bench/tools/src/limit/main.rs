//! What machine and server can take: a deploy without anything that is not sending bytes.
//!
//! `limit ENDPOINT BUCKET FOLDER CONNECTIONS` lists the bucket, compares sizes and, where they are
//! equal, MD5 and ETag, and puts what differs. It signs nothing, checks nothing, retries nothing and
//! deletes nothing: it is there to be compared with, not to be used.

mod connection;
mod listing;
mod local;
mod upload;

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use connection::Bucket;
use local::File;

/// What ends a run.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the last resort; if it is closed, nobody listens.
            let _ = writeln!(io::stderr(), "limit: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, bucket, folder, connections] = arguments.as_slice() else {
        return Err("usage: limit ENDPOINT BUCKET FOLDER CONNECTIONS".into());
    };
    let bucket = Bucket::new(endpoint, bucket)?;
    let folder = PathBuf::from(folder);
    let connections = connections.parse()?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(deploy(bucket, folder, connections))
}

async fn deploy(bucket: Bucket, folder: PathBuf, connections: usize) -> Result<(), Failure> {
    let walk = tokio::task::spawn_blocking(move || local::walk(&folder));
    let objects = listing::all(&bucket).await?;
    let files = walk.await??;
    let different = tokio::task::spawn_blocking(move || different(files, &objects)).await??;
    upload::all(bucket, different, connections).await
}

/// The files that the bucket does not hold as they are.
fn different(
    files: Vec<File>,
    objects: &HashMap<String, listing::Object>,
) -> io::Result<Vec<File>> {
    let is_doubtful = |file: &File| {
        objects
            .get(&file.key)
            .is_some_and(|object| object.size == file.size)
    };
    let (doubtful, mut different): (Vec<_>, Vec<_>) = files.into_iter().partition(is_doubtful);
    let sums = local::md5_of_all(&doubtful)?;
    let changed = doubtful.into_iter().zip(sums).filter(|(file, sum)| {
        objects
            .get(&file.key)
            .is_none_or(|object| object.etag != *sum)
    });
    different.extend(changed.map(|(file, _)| file));
    Ok(different)
}
