//! S3 on the `s3s` crate: this is the table of operations, each in a file of its own below.

mod access;
mod acl;
mod bucket;
mod checksums;
mod copy;
mod delete;
mod errors;
mod get;
mod headers;
mod host;
mod list;
mod multipart;
mod permissions;
mod put;
mod tagging;
mod versions;

use crate::store::Store;
use crate::sts::Sts;
use bytes::Bytes;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
    CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, GetObjectAclInput, GetObjectAclOutput, GetObjectInput,
    GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListObjectVersionsInput, ListObjectVersionsOutput,
    ListObjectsV2Input, ListObjectsV2Output, PutBucketVersioningInput, PutBucketVersioningOutput,
    PutObjectInput, PutObjectOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result};
use std::sync::Arc;

/// The body as it came, for operations whose body `s3s` has parsed and whose digest is to be checked.
#[derive(Clone, Debug)]
pub(crate) struct RawBody(pub(crate) Bytes);

/// The S3 side of the server.
pub(crate) fn service(store: &Arc<Store>, sts: &Arc<Sts>, anonymous: bool) -> S3Service {
    let mut builder = S3ServiceBuilder::new(Operations {
        store: Arc::clone(store),
    });
    builder.set_auth(access::Keys {
        sts: Arc::clone(sts),
    });
    builder.set_access(access::Access {
        sts: Arc::clone(sts),
        store: Arc::clone(store),
        anonymous,
    });
    builder.set_host(host::Localhost);
    builder.build()
}

struct Operations {
    store: Arc<Store>,
}

type Answered<T> = S3Result<S3Response<T>>;

#[async_trait::async_trait]
impl S3 for Operations {
    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> Answered<CreateBucketOutput> {
        bucket::create(&self.store, request)
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> Answered<HeadBucketOutput> {
        bucket::head(&self.store, &request)
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> Answered<PutObjectOutput> {
        put::object(&self.store, request).await
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Answered<GetObjectOutput> {
        get::object(&self.store, request)
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Answered<HeadObjectOutput> {
        get::head(&self.store, request)
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> Answered<CopyObjectOutput> {
        copy::object(&self.store, request)
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> Answered<ListObjectsV2Output> {
        list::objects(&self.store, request)
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> Answered<DeleteObjectOutput> {
        delete::object(&self.store, &request)
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> Answered<DeleteObjectsOutput> {
        delete::objects(&self.store, request)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answered<CreateMultipartUploadOutput> {
        multipart::create(&self.store, request)
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> Answered<UploadPartOutput> {
        multipart::part(&self.store, request).await
    }

    async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> Answered<UploadPartCopyOutput> {
        multipart::copy(&self.store, request.input)
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answered<CompleteMultipartUploadOutput> {
        multipart::complete(&self.store, request)
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answered<AbortMultipartUploadOutput> {
        multipart::abort(&self.store, request)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Answered<ListMultipartUploadsOutput> {
        list::uploads(&self.store, request)
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> Answered<PutObjectTaggingOutput> {
        tagging::put(&self.store, request)
    }

    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> Answered<GetObjectTaggingOutput> {
        tagging::get(&self.store, &request)
    }

    async fn get_object_acl(
        &self,
        request: S3Request<GetObjectAclInput>,
    ) -> Answered<GetObjectAclOutput> {
        acl::get(&self.store, &request)
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> Answered<ListObjectVersionsOutput> {
        versions::list(&self.store, request)
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> Answered<GetBucketVersioningOutput> {
        versions::get(&self.store, &request)
    }

    async fn put_bucket_versioning(
        &self,
        request: S3Request<PutBucketVersioningInput>,
    ) -> Answered<PutBucketVersioningOutput> {
        versions::put(&self.store, &request)
    }
}
