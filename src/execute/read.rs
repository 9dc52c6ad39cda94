//! Reads files for upload, and makes sure that they are the files that were planned.
//!
//! A file that changes under the deploy must become a failure that names it, never an object that
//! mixes old and new. Size and modification time are looked at before the first and after the last
//! byte is read.

use crate::source::bytes::copy;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use md5::{Digest as _, Md5};

use super::event::ItemError;
use crate::source::modified_ns;
use crate::system::file as regular;
use deploy_core::object::body::Body;
use deploy_core::object::body::Checksum;
use deploy_core::object::content::Content;
use deploy_core::plan::Upload;

/// An open file that is as it was planned.
#[derive(Clone, Debug)]
pub(super) struct PlannedFile {
    file: Arc<File>,
    size: u64,
    modified_ns: i64,
}

impl PlannedFile {
    /// Opens the file of `upload` at `path`. Blocks.
    pub(super) fn open(path: &Path, upload: &Upload) -> Result<Self, ItemError> {
        let planned = Self {
            file: Arc::new(regular::open(path).map_err(ItemError::Read)?),
            size: match upload.content {
                Content::Compressed(compressed) => compressed.file_size,
                Content::File | Content::Redirect(_) | Content::Version(_) => upload.size,
            },
            modified_ns: upload.modified_ns,
        };
        planned.verify()?;
        Ok(planned)
    }

    /// Whether the file still is as it was planned. Blocks.
    pub(super) fn verify(&self) -> Result<(), ItemError> {
        let metadata = self.file.metadata().map_err(ItemError::Read)?;
        if metadata.len() == self.size && modified_ns(&metadata) == self.modified_ns {
            Ok(())
        } else {
            Err(ItemError::Changed)
        }
    }

    /// Reads `size` bytes from `offset` on. Blocks.
    pub(super) fn read(
        &self,
        offset: u64,
        size: u64,
        checksum: Checksum,
    ) -> Result<Body, ItemError> {
        let length = usize::try_from(size).map_err(|_| ItemError::Changed)?;
        let mut buffer = vec![0; length];
        self.file
            .read_exact_at(&mut buffer, offset)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => ItemError::Changed,
                _ => ItemError::Read(error),
            })?;
        Ok(Body::new(Bytes::from(buffer), checksum))
    }
}

/// The whole body of `upload`, whose file, if it has one, is at `path`. Blocks.
pub(super) fn body(path: &Path, upload: &Upload, checksum: Checksum) -> Result<Body, ItemError> {
    let file = match upload.content {
        Content::Redirect(_) | Content::Version(_) => None,
        Content::File | Content::Compressed(_) => Some(PlannedFile::open(path, upload)?),
    };
    let body = match &file {
        // What is sent as it is, is read from the file that was looked at.
        Some(file) if upload.content == Content::File => file.read(0, upload.size, checksum)?,
        _ => Body::new(made(path, upload)?, checksum),
    };
    if let Some(file) = file {
        file.verify()?;
    }
    Ok(body)
}

/// Makes the bytes of `upload`, and makes sure that they are those that were planned.
fn made(path: &Path, upload: &Upload) -> Result<Bytes, ItemError> {
    let size = usize::try_from(upload.size).map_err(|_| ItemError::Changed)?;
    let mut bytes = Vec::with_capacity(size);
    copy(
        &upload.content,
        path,
        upload.size,
        &mut Vec::new(),
        &mut bytes,
    )
    .map_err(ItemError::Read)?;
    let is_planned = match upload.content {
        Content::Compressed(compressed) => Md5::digest(&bytes)[..] == compressed.md5,
        Content::File | Content::Redirect(_) | Content::Version(_) => true,
    };
    if is_planned && bytes.len() == size {
        Ok(bytes.into())
    } else {
        Err(ItemError::Changed)
    }
}

/// Runs `read` on a thread where blocking does not matter.
pub(super) async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ItemError> + Send + 'static,
) -> Result<T, ItemError> {
    match tokio::task::spawn_blocking(read).await {
        Ok(result) => result,
        Err(error) => Err(ItemError::Read(std::io::Error::other(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::body;
    use crate::execute::ItemError;
    use crate::source::bytes::Measure;
    use crate::source::encode::encode;
    use crate::source::modified_ns;
    use deploy_core::object::body::Checksum;
    use deploy_core::object::content::{Coding, Compressed, Content};
    use deploy_core::plan::Upload;
    use deploy_core::plan::compare::Reason;
    use std::fs;
    use std::path::Path;

    /// The upload of the compressed file at `path`, as it would be planned now.
    fn planned(path: &Path) -> Upload {
        let metadata = path.metadata().unwrap();
        let mut measure = Measure::default();
        let file = fs::File::open(path).unwrap();
        encode(Coding::Gzip, metadata.len(), file, &mut measure).unwrap();
        let (size, md5) = measure.finish();
        Upload {
            key: "a".into(),
            size,
            content: Content::Compressed(Compressed {
                coding: Coding::Gzip,
                file_size: metadata.len(),
                md5,
            }),
            modified_ns: modified_ns(&metadata),
            reason: Reason::New,
            headers: std::sync::Arc::default(),
        }
    }

    #[test]
    fn a_compressed_file_that_changed_is_noticed_even_at_equal_size_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "a".repeat(100)).unwrap();
        let upload = planned(&path);
        let sent = body(&path, &upload, Checksum::Off).unwrap();
        assert_eq!(sent.bytes.len() as u64, upload.size);
        fs::write(&path, "b".repeat(100)).unwrap();
        let modified_ns = modified_ns(&path.metadata().unwrap());
        let upload = Upload {
            modified_ns,
            ..upload
        };
        let changed = body(&path, &upload, Checksum::Off);
        assert!(matches!(changed, Err(ItemError::Changed)));
        fs::write(&path, "c".repeat(101)).unwrap();
        let changed = body(&path, &upload, Checksum::Off);
        assert!(matches!(changed, Err(ItemError::Changed)));
    }
}
