//! A bucket in another region than AWS_DEFAULT_REGION: found, told, and deployed to.

use crate::support::World;
use test_server::{Effect, Fault};

pub(crate) fn elsewhere(status: u16, code: &str, header: Option<&str>, inside: &str) -> Fault {
    let header = header.map(|region| ("x-amz-bucket-region".to_owned(), region.to_owned()));
    let mut headers = vec![("content-type".to_owned(), "application/xml".to_owned())];
    headers.extend(header);
    Fault::new(Effect::Respond {
        status,
        headers,
        body: format!("<Error><Code>{code}</Code><Message>Elsewhere.</Message>{inside}</Error>")
            .into(),
    })
    .on("ListObjectsV2")
}

#[test]
fn the_deploy_goes_on_where_the_bucket_is() {
    for (status, code, header, inside) in [
        (301, "PermanentRedirect", Some("eu-west-1"), ""),
        (307, "TemporaryRedirect", Some("eu-west-1"), ""),
        (
            400,
            "AuthorizationHeaderMalformed",
            None,
            "<Region>eu-west-1</Region>",
        ),
    ] {
        let world = World::with_files(&[("a.js", "a"), ("index.html", "x")]).unrecorded();
        let fault = elsewhere(status, code, header, inside).times(1);
        world.server.inject(fault);
        let ran = world.run_to(0);
        let warnings: Vec<&str> = ran
            .stderr
            .lines()
            .filter(|line| line.starts_with("WARNING"))
            .collect();
        assert_eq!(
            warnings,
            [
                "WARNING: the bucket is in `eu-west-1`, not in `us-east-1`: write AWS_DEFAULT_REGION: 'eu-west-1'"
            ],
            "{code}"
        );
        assert_eq!(world.keys(), ["a.js", "index.html"]);
        let requests = world.server.requests();
        let scopes: Vec<bool> = requests
            .iter()
            .filter(|request| request.bucket.is_some())
            .map(|request| request.headers["authorization"].contains("/eu-west-1/s3/"))
            .collect();
        assert_eq!(scopes, [false, true, true, true], "{code}");
    }
}

#[test]
fn a_bucket_that_is_nowhere_is_not_looked_for_twice() {
    let world = World::with_files(&[("a.js", "a")]);
    let fault = elsewhere(301, "PermanentRedirect", Some("eu-west-1"), "");
    world.server.inject(fault);
    let ran = world.run_to(1);
    assert!(ran.stderr.contains("PermanentRedirect"), "{}", ran.stderr);
    assert_eq!(world.server.requests_of("ListObjectsV2").len(), 2);
}
