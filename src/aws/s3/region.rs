//! A bucket that is in another region than the one that was asked: which, by the answer.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html>

use aws_smithy_runtime_api::http::Response;

use crate::aws::told::Told;
use deploy_core::base::{has_word, is_made_of};

/// Header in which S3 names the region, also where the body is cut away, as of HEAD.
const HEADER: &str = "x-amz-bucket-region";

/// The codes of S3 that say so.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
const CODES: &str = "\
    AuthorizationHeaderMalformed IllegalLocationConstraintException PermanentRedirect \
    TemporaryRedirect 301 307";

/// The region that `response`, an error with `code`, sends the caller to.
pub(super) fn of_answer(code: Option<&str>, response: &Response) -> Option<String> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 307 | 308);
    if !is_redirect && !code.is_some_and(|code| has_word(CODES, code)) {
        return None;
    }
    let header = response.headers().get(HEADER).map(str::to_owned);
    let told = Told::in_body(response.body().bytes());
    let message = told.message.unwrap_or_default();
    let expected = message.split_once("expecting '");
    let expected = expected.and_then(|(_, rest)| rest.split_once('\''));
    let expected = expected.map(|(region, _)| region.to_owned());
    let region = header.or(told.region).or(expected)?;
    // It goes into a host name.
    is_made_of(&region, "-").then_some(region)
}

#[cfg(test)]
mod tests {
    use super::of_answer;
    use aws_smithy_runtime_api::http::{Response, StatusCode};
    use aws_smithy_types::body::SdkBody;

    #[test]
    fn the_region_comes_from_the_header_or_the_body() {
        let body =
            "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>";
        let swift = "<Error><Message>the region 'us-east-1' is wrong; expecting 'RegionOne'</Message></Error>";
        let nowhere = "<Error><Code>PermanentRedirect</Code></Error>";
        for (status, code, header, body, expected) in [
            (
                301,
                "PermanentRedirect",
                Some("eu-west-1"),
                nowhere,
                Some("eu-west-1"),
            ),
            (
                400,
                "AuthorizationHeaderMalformed",
                None,
                body,
                Some("eu-west-1"),
            ),
            (
                400,
                "AuthorizationHeaderMalformed",
                None,
                swift,
                Some("RegionOne"),
            ),
            (307, "TemporaryRedirect", None, nowhere, None),
            (
                301,
                "PermanentRedirect",
                Some("evil.example/"),
                nowhere,
                None,
            ),
            // S3 sends the header with other errors too.
            (403, "AccessDenied", Some("eu-west-1"), nowhere, None),
        ] {
            let status = StatusCode::try_from(status).unwrap();
            let mut response = Response::new(status, SdkBody::from(body));
            if let Some(region) = header {
                response.headers_mut().insert("x-amz-bucket-region", region);
            }
            let region = of_answer(Some(code), &response);
            assert_eq!(region.as_deref(), expected, "{code}");
        }
    }
}
