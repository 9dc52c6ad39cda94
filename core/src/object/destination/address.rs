//! Addresses of buckets, which are no names: ARNs, URLs, website endpoints, pages of the console; and
//! slips around a name.

use super::is_bucket_name;

/// The name, and the prefix if there is one, that is meant by an address of a bucket of AWS.
pub(super) fn meant(value: &str) -> Option<String> {
    if let Some(resource) = value.strip_prefix("arn:").and_then(of_arn) {
        return Some(joined(resource));
    }
    let schemes = ["https://", "http://", "s3://"];
    let text = schemes
        .iter()
        .find_map(|scheme| value.strip_prefix(scheme))
        .unwrap_or(value);
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = text.split_once('/').unwrap_or((text, ""));
    if host.ends_with("console.aws.amazon.com") {
        return path.strip_prefix("s3/buckets/").map(joined);
    }
    let host = ["", ".cn"]
        .iter()
        .find_map(|suffix| host.strip_suffix(&format!(".amazonaws.com{suffix}")))?;
    match bucket_of(host)? {
        "" => (!path.is_empty()).then(|| joined(path)),
        bucket => Some(joined(format!("{bucket}/{path}"))),
    }
}

/// The name, and the prefix if there is one, within quotes, brackets, too many slashes, or what is
/// nearly `s3://`.
pub(super) fn slip(value: &str) -> Option<String> {
    let around = [
        '\'', '"', '`', '“', '”', '[', ']', '<', '>', ',', ';', ' ', '/',
    ];
    let mut text = value.trim_matches(around).replace('\\', "/");
    while let Some(rest) = text
        .get(..2)
        .filter(|start| start.eq_ignore_ascii_case("s3"))
    {
        let rest = text.get(rest.len()..)?;
        let after = rest.trim_start_matches([':', '/']);
        if after == rest {
            break;
        }
        text = after.to_owned();
    }
    let (bucket, path) = text.split_once('/').unwrap_or((&text, ""));
    let meant = joined(format!(
        "{}/{}",
        bucket.trim(),
        path.trim_matches(['/', ' '])
    ));
    (is_bucket_name(bucket.trim()) && meant != value).then_some(meant)
}

/// `BUCKET` or `BUCKET/PREFIX` of the rest of `arn:aws:s3:::BUCKET/PREFIX`.
fn of_arn(rest: &str) -> Option<&str> {
    let (partition, resource) = rest.split_once(":s3:::")?;
    partition.starts_with("aws").then_some(resource)
}

/// What stands in front of the service in `BUCKET.s3.REGION`, `BUCKET.s3-website-REGION` and their
/// like; empty for `s3.REGION`.
fn bucket_of(host: &str) -> Option<&str> {
    let is_service = |label: &str| label == "s3" || label.starts_with("s3-");
    if host.split('.').next().is_some_and(is_service) {
        return Some("");
    }
    let starts = host.match_indices('.').map(|(at, _)| at);
    let mut services = starts.filter(|at| {
        let rest = host.get(at + 1..).unwrap_or_default();
        rest.split('.').next().is_some_and(is_service)
    });
    host.get(..services.next_back()?)
}

/// `path` without the signs at its end that stand for everything below it.
fn joined(path: impl AsRef<str>) -> String {
    let path = path.as_ref().trim_end_matches('*');
    path.trim_end_matches('/').to_owned()
}
