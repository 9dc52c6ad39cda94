//! Puts files: small ones whole, one on each connection at a time; large ones in parts.

use std::fmt::Write as _;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::Method;
use tokio::task::JoinSet;

use crate::connection::{Bucket, Connection};
use crate::local::File;
use crate::{Failure, listing};

/// Files up to this size go in one PUT, as the pipe's do.
const SINGLE_PUT_BYTES_MAX: u64 = 16 * 1024 * 1024;

const PART_BYTES: u64 = 8 * 1024 * 1024;

/// Each holds one part: what the pipe holds at most.
const PART_CONNECTIONS: usize = 8;

/// Work that is taken piece by piece.
type Queue<T> = Arc<Mutex<std::vec::IntoIter<T>>>;

pub(crate) async fn all(
    bucket: Bucket,
    files: Vec<File>,
    connections: usize,
) -> Result<(), Failure> {
    let (small, large): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|file| file.size <= SINGLE_PUT_BYTES_MAX);
    let connections = connections.min(small.len());
    let queue = queue(small);
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        workers.spawn(put_files(bucket.clone(), Arc::clone(&queue)));
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    for file in large {
        put_in_parts(&bucket, file).await?;
    }
    Ok(())
}

fn queue<T>(items: Vec<T>) -> Queue<T> {
    Arc::new(Mutex::new(items.into_iter()))
}

fn take<T>(queue: &Queue<T>) -> Option<T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).next()
}

async fn put_files(bucket: Bucket, files: Queue<File>) -> Result<(), Failure> {
    let mut connection = bucket.connect().await?;
    while let Some(file) = take(&files) {
        let body = std::fs::read(&file.path)?;
        connection
            .send(Method::PUT, &file.key, "", body.into())
            .await?;
    }
    Ok(())
}

async fn put_in_parts(bucket: &Bucket, file: File) -> Result<(), Failure> {
    let mut connection = bucket.connect().await?;
    let answer = connection
        .send(Method::POST, &file.key, "?uploads", Bytes::new())
        .await?;
    let id = listing::element(std::str::from_utf8(&answer.body)?, "UploadId")?;
    let count = file.size.div_ceil(PART_BYTES);
    let numbers = queue((1..=count).collect());
    let (file, id) = (Arc::new(file), Arc::new(id));
    let mut workers = JoinSet::new();
    for _ in 0..PART_CONNECTIONS {
        let (file, id, numbers) = (Arc::clone(&file), Arc::clone(&id), Arc::clone(&numbers));
        let connection = bucket.connect().await?;
        workers.spawn(put_parts(connection, file, id, numbers));
    }
    let mut etags = Vec::new();
    while let Some(ended) = workers.join_next().await {
        etags.extend(ended??);
    }
    etags.sort_unstable();
    let mut body = "<CompleteMultipartUpload>".to_owned();
    for (number, etag) in etags {
        // Writing to a String cannot fail.
        let _ = write!(
            body,
            "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        );
    }
    body.push_str("</CompleteMultipartUpload>");
    let query = format!("?uploadId={id}");
    connection
        .send(Method::POST, &file.key, &query, body.into())
        .await?;
    Ok(())
}

/// The numbers of the parts that this connection took, with their ETags.
async fn put_parts(
    mut connection: Connection,
    file: Arc<File>,
    id: Arc<String>,
    numbers: Queue<u64>,
) -> Result<Vec<(u64, String)>, Failure> {
    let mut etags = Vec::new();
    while let Some(number) = take(&numbers) {
        let body = read_part(&file.path, number)?;
        let query = format!("?partNumber={number}&uploadId={id}");
        let answer = connection
            .send(Method::PUT, &file.key, &query, body.into())
            .await?;
        etags.push((number, answer.etag));
    }
    Ok(etags)
}

fn read_part(path: &Path, number: u64) -> std::io::Result<Vec<u8>> {
    let mut content = std::fs::File::open(path)?;
    content.seek(SeekFrom::Start((number - 1) * PART_BYTES))?;
    let mut bytes = Vec::new();
    content.take(PART_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}
