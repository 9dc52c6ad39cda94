//! Takes no half answers: the SDK's reader of XML takes a document that breaks off for one that has
//! less in it. A listing would lack objects, the answer to a deletion the keys that stayed.

use std::error::Error;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::http::Response;

use deploy_core::base::causes::causes;

/// What came breaks off, or is no XML.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the answer is not the whole of an XML document")]
struct NotWhole;

/// Whether `error` is of an answer that was not whole.
pub(in crate::aws) fn is_not_whole(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(<dyn Error>::is::<NotWhole>)
}

/// Refuses an answer of success that is not whole.
pub(super) fn check(answer: &Response) -> Result<(), BoxError> {
    let body = answer.body().bytes().unwrap_or_default();
    if answer.status().is_success() && !is_whole(body) {
        return Err(NotWhole.into());
    }
    Ok(())
}

/// Asks again when an answer of success cannot be read.
#[derive(Debug)]
pub(in crate::aws) struct RetryMalformed;

impl ClassifyRetry for RetryMalformed {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failed = matches!(context.output_or_error(), Some(Err(_)));
        if failed && context.response().is_some_and(is_garbled) {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "RetryGarbled"
    }
}

/// Of an answer that failed: whether it says success. S3 has errors that begin so, which say what
/// they are.
fn is_garbled(response: &Response) -> bool {
    let body = response.body().bytes().unwrap_or_default();
    response.status().is_success() && root(body) != Some(b"Error")
}

/// Whether `body` is empty, or an XML document to its end.
fn is_whole(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    body.is_empty()
        || root(body).is_some_and(|root| {
            let closed = body
                .strip_suffix(b">")
                .and_then(|body| body.trim_ascii_end().strip_suffix(root))
                .is_some_and(|body| body.ends_with(b"</"));
            // A root without content is one tag.
            closed || (body.ends_with(b"/>") && after_prolog(body).iter().all(|byte| *byte != b'<'))
        })
}

/// Name of the root element.
fn root(body: &[u8]) -> Option<&[u8]> {
    let after = after_prolog(body.trim_ascii());
    let end = after
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || b"/>".contains(byte))?;
    after.get(..end).filter(|name| !name.is_empty())
}

/// What follows the `<` of the root element.
fn after_prolog(mut body: &[u8]) -> &[u8] {
    while let Some(tag) = body.strip_prefix(b"<") {
        if !tag.starts_with(b"?") && !tag.starts_with(b"!") {
            return tag;
        }
        let Some(end) = tag.iter().position(|byte| *byte == b'>') else {
            break;
        };
        body = tag.get(end + 1..).unwrap_or_default().trim_ascii_start();
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn every_cut_is_noticed() {
        let documents = [
            "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"x\"><Contents><Key>a</Key></Contents></ListBucketResult>",
            "<?xml version=\"1.0\"?>\n  \n<DeleteResult><Error><Key>a</Key></Error><Error/></DeleteResult>",
            "<DeleteResult xmlns=\"x\"/>",
        ];
        for document in documents {
            assert!(is_whole(document.as_bytes()), "{document}");
            assert!(is_whole(format!("{document}\n").as_bytes()));
            for end in 1..document.len() {
                let cut = &document.as_bytes()[..end];
                assert!(!is_whole(cut), "{}", String::from_utf8_lossy(cut));
            }
        }
        assert!(is_whole(b""));
        assert!(!is_whole(b"Log in"));
        assert!(!is_whole(b"<html><body>Log in<br></body>"));
    }
}
