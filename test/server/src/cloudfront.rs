//! CloudFront, as far as invalidations go: made, known again by their reference, and completed
//! after as many looks as a test wants.

use crate::answer::{self, Answer, Service, escape};
use crate::operation::Identified;
use crate::random;
use crate::sts::Sts;
use crate::sync::lock;
use http::request::Parts;
use http::{HeaderMap, Method};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Path that every operation begins with.
pub(crate) const PATH_PREFIX: &str = "/2020-05-31/distribution/";

/// Namespace of the XML.
pub(crate) const NAMESPACE: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

/// Paths in progress per distribution, without and with a wildcard.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html>
const PATHS_MAX: usize = 3_000;
const WILDCARDS_MAX: usize = 15;

/// An invalidation.
#[derive(Clone, Debug)]
pub struct Invalidation {
    /// Id of the distribution.
    pub distribution: String,
    /// Its own id.
    pub id: String,
    /// What the caller knows it by.
    pub reference: String,
    /// What is invalidated.
    pub paths: Vec<String>,
    /// How often it is looked at before it is completed.
    pub polls_left: usize,
}

/// All invalidations.
#[derive(Debug, Default)]
pub(crate) struct CloudFront(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    polls: usize,
    invalidations: Vec<Invalidation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    caller_reference: String,
    paths: Paths,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Paths {
    quantity: usize,
    items: Items,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Items {
    #[serde(default)]
    path: Vec<String>,
}

/// Why a request is refused.
struct Refusal(u16, &'static str, &'static str);

pub(crate) fn identify(parts: &Parts) -> Identified {
    let (operation, distribution) = match (&parts.method, place(parts)) {
        (&Method::POST, Some((distribution, None))) => ("CreateInvalidation", Some(distribution)),
        (&Method::GET, Some((distribution, Some(_)))) => ("GetInvalidation", Some(distribution)),
        _ => ("Unknown", None),
    };
    Identified {
        operation,
        bucket: None,
        key: distribution.map(str::to_owned),
    }
}

/// The distribution, and the invalidation if the path names one.
fn place(parts: &Parts) -> Option<(&str, Option<&str>)> {
    let path = parts.uri.path().strip_prefix(PATH_PREFIX)?;
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        [distribution, "invalidation"] => Some((distribution, None)),
        [distribution, "invalidation", id] => Some((distribution, Some(id))),
        _ => None,
    }
}

impl CloudFront {
    pub(crate) fn set_polls(&self, polls: usize) {
        lock(&self.0).polls = polls;
    }

    pub(crate) fn invalidations(&self) -> Vec<Invalidation> {
        lock(&self.0).invalidations.clone()
    }

    pub(crate) fn answer(&self, sts: &Sts, parts: &Parts, body: &[u8]) -> Answer {
        let answered = may(sts, &parts.headers).and_then(|()| match place(parts) {
            Some((distribution, None)) if parts.method == Method::POST => {
                self.create(distribution, body)
            }
            Some((distribution, Some(id))) if parts.method == Method::GET => {
                self.get(distribution, id)
            }
            _ => Err(Refusal(
                404,
                "NoSuchResource",
                "There is no such operation.",
            )),
        });
        match answered {
            Ok((status, xml)) => answer::xml(status, xml),
            Err(Refusal(status, code, message)) => {
                answer::error(Service::CloudFront, status, code, message)
            }
        }
    }

    fn create(&self, distribution: &str, body: &[u8]) -> Result<(u16, String), Refusal> {
        const MALFORMED: Refusal = Refusal(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed.",
        );
        let text = std::str::from_utf8(body).map_err(|_| MALFORMED)?;
        let batch: Batch = quick_xml::de::from_str(text).map_err(|_| MALFORMED)?;
        check(&batch)?;
        let mut state = lock(&self.0);
        let known = state.invalidations.iter().find(|known| {
            known.distribution == distribution && known.reference == batch.caller_reference
        });
        if let Some(known) = known {
            return if known.paths == batch.paths.items.path {
                Ok((201, xml(known)))
            } else {
                Err(Refusal(
                    400,
                    "InvalidationBatchAlreadyExists",
                    "Your request contains a caller reference that was used for other paths.",
                ))
            };
        }
        state.has_room(distribution, &batch.paths.items.path)?;
        let invalidation = Invalidation {
            distribution: distribution.to_owned(),
            id: random::identifier("I"),
            reference: batch.caller_reference,
            paths: batch.paths.items.path,
            polls_left: state.polls + 1,
        };
        let answer = xml(&invalidation);
        state.invalidations.push(invalidation);
        Ok((201, answer))
    }

    fn get(&self, distribution: &str, id: &str) -> Result<(u16, String), Refusal> {
        let mut state = lock(&self.0);
        let found = state
            .invalidations
            .iter_mut()
            .find(|known| known.distribution == distribution && known.id == id);
        let found = found.ok_or(Refusal(
            404,
            "NoSuchInvalidation",
            "The specified invalidation does not exist.",
        ))?;
        found.polls_left = found.polls_left.saturating_sub(1);
        Ok((200, xml(found)))
    }
}

impl State {
    /// Whether so many more paths may be in progress.
    fn has_room(&self, distribution: &str, paths: &[String]) -> Result<(), Refusal> {
        let in_progress = self
            .invalidations
            .iter()
            .filter(|known| known.distribution == distribution && known.polls_left > 0)
            .flat_map(|known| &known.paths)
            .chain(paths);
        let (wildcards, files): (Vec<_>, Vec<_>) =
            in_progress.partition(|path| path.ends_with('*'));
        if wildcards.len() > WILDCARDS_MAX || files.len() > PATHS_MAX {
            return Err(Refusal(
                400,
                "TooManyInvalidationsInProgress",
                "Your request contains too many invalidation paths in progress.",
            ));
        }
        Ok(())
    }
}

/// Who asks must have a valid key, for the region and the service. The signature is not verified; it
/// is on S3 requests.
fn may(sts: &Sts, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let credential = text("authorization")
        .and_then(|authorization| authorization.split_once("Credential="))
        .and_then(|(_, rest)| rest.split_once(','));
    let scope: Vec<&str> = credential
        .map(|(credential, _)| credential.split('/').collect())
        .unwrap_or_default();
    let [key, _date, region, service, _] = scope[..] else {
        return Err(Refusal(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ));
    };
    if (region, service) != ("us-east-1", "cloudfront") {
        return Err(Refusal(
            403,
            "SignatureDoesNotMatch",
            "Credential should be scoped to a valid region and service.",
        ));
    }
    sts.check_key(key, text("x-amz-security-token"))
        .map_err(|_| {
            Refusal(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            )
        })
}

fn check(batch: &Batch) -> Result<(), Refusal> {
    let paths = &batch.paths.items.path;
    if paths.len() != batch.paths.quantity {
        return Err(Refusal(
            400,
            "InconsistentQuantities",
            "The value of Quantity and the size of Items don't match.",
        ));
    }
    let different: BTreeSet<_> = paths.iter().collect();
    let fits = !paths.is_empty()
        && different.len() == paths.len()
        && paths.iter().all(|path| is_path(path))
        && !batch.caller_reference.is_empty();
    if fits {
        Ok(())
    } else {
        Err(Refusal(
            400,
            "InvalidArgument",
            "Your request contains one or more invalid invalidation paths.",
        ))
    }
}

/// What the API takes: a slash first, a wildcard at most at the end, and no unsafe character.
fn is_path(path: &str) -> bool {
    let unsafe_characters = |character: char| " \"#<>[\\]^`{|}~".contains(character);
    path.starts_with('/')
        && path.len() <= 4_000
        && path.bytes().all(|byte| byte.is_ascii_graphic())
        && !path.contains(unsafe_characters)
        && !path.strip_suffix('*').unwrap_or(path).contains('*')
}

fn xml(invalidation: &Invalidation) -> String {
    let Invalidation {
        id,
        reference,
        paths,
        polls_left,
        ..
    } = invalidation;
    let status = if *polls_left == 0 {
        "Completed"
    } else {
        "InProgress"
    };
    let items: Vec<String> = paths
        .iter()
        .map(|path| format!("<Path>{}</Path>", escape(path)))
        .collect();
    let items = items.concat();
    format!(
        "<?xml version=\"1.0\"?>\n<Invalidation xmlns=\"{NAMESPACE}\"><Id>{id}</Id>\
         <Status>{status}</Status><CreateTime>2026-01-01T00:00:00.000Z</CreateTime>\
         <InvalidationBatch><Paths><Quantity>{quantity}</Quantity><Items>{items}</Items></Paths>\
         <CallerReference>{reference}</CallerReference></InvalidationBatch></Invalidation>",
        quantity = paths.len(),
        reference = escape(reference),
    )
}
