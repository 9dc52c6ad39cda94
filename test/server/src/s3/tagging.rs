//! `PutObjectTagging` and `GetObjectTagging`.

use super::Answered;
use crate::store::Store;
use s3s::dto::{
    GetObjectTaggingInput, GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
    Tag,
};
use s3s::{S3Request, S3Response};

pub(crate) fn put(
    store: &Store,
    request: S3Request<PutObjectTaggingInput>,
) -> Answered<PutObjectTaggingOutput> {
    let input = request.input;
    let tags = input.tagging.tag_set.into_iter();
    let tags = tags
        .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()))
        .collect();
    store.set_tags(&input.bucket, &input.key, tags)?;
    Ok(S3Response::new(PutObjectTaggingOutput::default()))
}

pub(crate) fn get(
    store: &Store,
    request: &S3Request<GetObjectTaggingInput>,
) -> Answered<GetObjectTaggingOutput> {
    let object = store.get(&request.input.bucket, &request.input.key)?;
    let tag = |(key, value): (&String, &String)| Tag {
        key: Some(key.clone()),
        value: Some(value.clone()),
    };
    let tag_set = object.tags.iter().map(tag).collect();
    Ok(S3Response::new(GetObjectTaggingOutput {
        tag_set,
        version_id: None,
    }))
}
