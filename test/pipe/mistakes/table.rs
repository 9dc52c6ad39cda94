//! The mistakes of new users, a row each: what was done, and all that the log says about it beside the plan.

use std::fmt::Write as _;

use test_server::{DEFAULT_BUCKET, Effect, Fault};

use super::{told, unauthorized, world};
use crate::region::elsewhere;
use crate::support::{World, on_all};

/// Names and values of variables. A name that begins with `!` unsets its variable.
type Variables = &'static [(&'static str, &'static str)];

/// One mistake: what it is, and the variables that are set beside the usual ones.
type Row = (&'static str, Variables);

/// What runs with these variables say.
fn table(rows: &[Row]) -> String {
    let said = on_all(rows, |(title, variables)| {
        let mut world = world();
        set(&mut world, variables);
        section(title, &world)
    });
    said.concat()
}

fn set(world: &mut World, variables: Variables) {
    for (name, value) in variables {
        match name.strip_prefix('!') {
            Some(name) => world.unset(name),
            None => world.set(name, value),
        };
    }
}

/// What runs say whose server answers so.
fn answers(rows: &[(&str, Fault, Variables)]) -> String {
    let said = on_all(rows, |(title, fault, variables)| {
        let mut world = world();
        world.set("CONCURRENCY", "1").set("AWS_MAX_ATTEMPTS", "1");
        set(&mut world, variables);
        if fault
            .operation
            .as_deref()
            .is_some_and(|name| name.ends_with("Invalidation"))
        {
            world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
        }
        for name in ["index.html", "assets/a.js", "assets/b.js"] {
            world.write(name, "2");
            world.server.put_object(DEFAULT_BUCKET, name, "1");
        }
        world.server.inject(fault.clone());
        let mut text = section(title, &world);
        for invalidation in world.server.invalidations() {
            text = text.replace(&invalidation.id, "ID");
        }
        text
    });
    said.concat()
}

/// `title` with the exit code, and below it what is no part of a deploy that goes well.
fn section(title: &str, world: &World) -> String {
    let ran = world.run();
    let mut text = format!("# {title}: exit {}\n", ran.code.unwrap());
    let folder = world.working_folder().to_string_lossy().into_owned();
    for line in ran.stderr.lines().chain(ran.stdout.lines()) {
        if !line.starts_with("INFO: ") {
            writeln!(text, "{}", line.replace(&folder, "FOLDER")).unwrap();
        }
    }
    text
}

const AWS: (&str, &str) = ("!AWS_ENDPOINT_URL", "");
const PIPE: (&str, &str) = ("BITBUCKET_PIPE_STORAGE_DIR", "storage");

#[test]
fn variables_that_are_written_in_another_way() {
    let rows: &[Row] = &[
        (
            "blank and line break at the end of a bucket",
            &[("S3_BUCKET", "my-bucket/site \n")],
        ),
        ("no `oidc: true`", &[("!BITBUCKET_STEP_OIDC_TOKEN", "")]),
        ("no role", &[("!AWS_OIDC_ROLE_ARN", "")]),
        ("name of a role", &[("AWS_OIDC_ROLE_ARN", "deploy")]),
        (
            "ARN of a user",
            &[("AWS_OIDC_ROLE_ARN", "arn:aws:iam::123456789012:user/deploy")],
        ),
        (
            "ARN of the provider",
            &[(
                "AWS_OIDC_ROLE_ARN",
                "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
            )],
        ),
        (
            "ARN with a hole",
            &[("AWS_OIDC_ROLE_ARN", "arn:aws:iam::<account>:role/deploy")],
        ),
        ("a zone", &[AWS, ("AWS_DEFAULT_REGION", "us-east-1a")]),
        ("capitals", &[AWS, ("AWS_DEFAULT_REGION", "US-EAST-1")]),
        (
            "a region's title",
            &[AWS, ("AWS_DEFAULT_REGION", "US East (N. Virginia)")],
        ),
        ("`global`", &[AWS, ("AWS_DEFAULT_REGION", "global")]),
        (
            "underscore",
            &[
                AWS,
                ("AWS_DEFAULT_REGION", "eu-west-1"),
                ("S3_BUCKET", "my_bucket"),
            ],
        ),
        (
            "URL of a bucket",
            &[
                AWS,
                ("S3_BUCKET", "https://my-bucket.s3.amazonaws.com/site"),
            ],
        ),
        ("s3 with one slash", &[AWS, ("S3_BUCKET", "s3:/my-bucket")]),
        (
            "list of one header",
            &[
                ("CACHE_CONTROL_COUNT", "1"),
                ("CACHE_CONTROL_0", "no-cache"),
            ],
        ),
        (
            "list of one bucket",
            &[
                PIPE,
                ("!S3_BUCKET", ""),
                ("S3_BUCKET_COUNT", "1"),
                ("S3_BUCKET_0", "my-bucket"),
            ],
        ),
        ("folder as a pattern", &[("LOCAL_PATH", "site/*")]),
        ("home", &[("LOCAL_PATH", "~/site")]),
        ("`cd` before", &[("LOCAL_PATH", "frontend/site")]),
        ("one file", &[("LOCAL_PATH", "site/index.html")]),
        ("`yes`", &[("DRY_RUN", "yes")]),
        ("quotes in quotes", &[("DRY_RUN", "'true'")]),
        (
            "domain of a distribution",
            &[(
                "CLOUDFRONT_DISTRIBUTION_ID",
                "d111111abcdef8.cloudfront.net",
            )],
        ),
        (
            "ARN of a distribution",
            &[(
                "CLOUDFRONT_DISTRIBUTION_ID",
                "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF2GHIJK",
            )],
        ),
        (
            "paths without slash",
            &[
                ("CLOUDFRONT_DISTRIBUTION_ID", "E1"),
                ("INVALIDATION_PATHS", "index.html"),
            ],
        ),
        (
            "URLs to invalidate",
            &[
                ("CLOUDFRONT_DISTRIBUTION_ID", "E1"),
                ("INVALIDATION_PATHS", "https://www.example.com/*"),
            ],
        ),
        ("tags as JSON", &[("TAGGING", "{\"team\": \"web\"}")]),
        ("tags with commas", &[("TAGGING", "team=web,stage=live")]),
        ("class of storage", &[("STORAGE_CLASS", "standard")]),
        ("ACL", &[("ACL", "public")]),
        ("site without scheme", &[("SITE_URL", "www.example.com")]),
        (
            "flags of other commands",
            &[("EXTRA_ARGS", "--recursive --profile web && echo done")],
        ),
        ("flag without its value", &[("EXTRA_ARGS", "--exclude")]),
        ("the beginning of a flag", &[("EXTRA_ARGS", "--delet")]),
        (
            "limit in percent",
            &[("DELETE_FLAG", "true"), ("MAX_DELETE", "10%")],
        ),
        (
            "report in no folder",
            &[("REPORT_FILE", "reports/deploy.json")],
        ),
        ("report on a full disk", &[("REPORT_FILE", "/dev/full")]),
        ("rules that are not there", &[("RULES_FILE", "rules.yml")]),
        ("role for hours", &[("AWS_ROLE_DURATION_SECONDS", "90000")]),
        ("minutes as seconds", &[("AWS_ROLE_DURATION_SECONDS", "15")]),
    ];
    insta::assert_snapshot!(table(rows));
}

#[test]
fn names_of_variables_that_are_almost_right() {
    let names = [
        "DRYRUN",
        "DRY-RUN",
        "DELETE",
        "EXCLUDES",
        "CACHECONTROL",
        "cache_control",
        "S3_BUCKET_NAME",
        "CLOUDFRONT_ID",
        "DISTRIBUTION_ID",
        "PATHS",
        "AWS_ROLE_ARN",
        "MAX_DELETES",
        "Delete_Flag",
        "PRE_EXECUTION_SCRIPT",
        "AWS_REGION",
        "SOURCE",
        "BUCKET",
        "ROLE_ARN",
        "DISTRIBUTION",
        "AWS_S3_BUCKET",
        "LOCALPATH",
        "CACHE-CONTROL",
        "INVALIDATE_PATHS",
        "OIDC_ROLE_ARN",
    ];
    let mut world = world();
    world.set(PIPE.0, PIPE.1);
    for name in names {
        world.set(name, "x");
    }
    insta::assert_snapshot!(told(&world, 2));
}

#[test]
fn lists_and_headers_that_are_almost_right() {
    let lists = [
        "*.map,*.txt",
        "['*.map']",
        "*.map;x",
        "\"*.map\"",
        "[*.map]",
        "**/*.map, x",
        ".*\\.map$",
    ];
    let headers = [
        "\"max-age=3600\"",
        "3600",
        "maxage=3600",
        "max-age:3600",
        "Cache-Control: max-age=3600",
        "1 hour",
        "no_cache",
        "max-age=1d",
    ];
    let mut text = String::new();
    let all = lists.map(|list| ("EXCLUDE", list)).into_iter();
    for (name, value) in all.chain(headers.map(|header| ("CACHE_CONTROL", header))) {
        let mut world = world();
        world.set(name, value);
        text.push_str(&section(value, &world));
    }
    insta::assert_snapshot!(text);
}

fn put(action: &str, reason: &str) -> Fault {
    unauthorized(action, "arn:aws:s3:::my-bucket/assets/a.js", reason).on("PutObject")
}

#[test]
fn refusals_of_the_servers() {
    let error = Fault::error;
    let redirect = Fault::new(Effect::Respond {
        status: 301,
        headers: vec![("Content-Type".to_owned(), "application/xml".to_owned())],
        body: "<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint.</Message></Error>".into(),
    });
    let kms = |code, message| error(400, code, message).on("PutObject");
    let rows: &[(&str, Fault, Variables)] = &[
        ("no such bucket", error(404, "NoSuchBucket", "The specified bucket does not exist").on("ListObjectsV2"), &[]),
        ("another region, which is not told", redirect.on("ListObjectsV2"), &[]),
        ("another region, which the answer names", elsewhere(301, "PermanentRedirect", Some("eu-west-1"), "").times(1), &[]),
        ("clock", error(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.").on("ListObjectsV2"), &[]),
        ("listing denied with a reason", unauthorized("s3:ListBucket", "arn:aws:s3:::my-bucket", "because no identity-based policy allows the s3:ListBucket action").on("ListObjectsV2"), &[]),
        ("organisation: explicit deny", put("s3:PutObject", "with an explicit deny in a service control policy"), &[]),
        ("organisation: nothing allows", put("s3:PutObject", "because no service control policy allows the s3:PutObject action"), &[]),
        ("organisation: resources", put("s3:PutObject", "with an explicit deny in a resource control policy"), &[]),
        ("VPC endpoint: explicit deny", put("s3:PutObject", "with an explicit deny in a VPC endpoint policy"), &[]),
        ("VPC endpoint: nothing allows", put("s3:PutObject", "because no VPC endpoint policy allows the s3:PutObject action"), &[]),
        ("boundary", put("s3:PutObject", "because no permissions boundary allows the s3:PutObject action"), &[]),
        ("identity: explicit deny", put("s3:PutObject", "with an explicit deny in an identity-based policy"), &[]),
        ("ACL needs a permission", put("s3:PutObjectAcl", "because no identity-based policy allows the s3:PutObjectAcl action"), &[("ACL", "private")]),
        ("tags need a permission", put("s3:PutObjectTagging", "because no identity-based policy allows the s3:PutObjectTagging action"), &[("TAGGING", "a=b")]),
        ("upload denied without a reason", error(403, "AccessDenied", "Access Denied").on("PutObject"), &[]),
        ("all access disabled", error(403, "AllAccessDisabled", "All access to this object has been disabled").on("PutObject"), &[]),
        ("key of KMS is disabled", kms("KMS.DisabledException", "arn:aws:kms:us-east-1:123456789012:key/0aa0 is disabled."), &[]),
        ("key of KMS is not there", kms("KMS.NotFoundException", "Key 'arn:aws:kms:us-east-1:123456789012:key/0aa0' does not exist"), &[("SSE", "aws:kms"), ("SSE_KMS_KEY_ID", "arn:aws:kms:us-east-1:123456789012:key/0aa0")]),
        ("key of KMS in another region", kms("KMS.NotFoundException", "Invalid arn eu-west-1"), &[]),
        ("object lock", error(400, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters").on("PutObject"), &[]),
        ("class of storage that the bucket has not", error(400, "InvalidStorageClass", "The storage class you specified is not valid").on("PutObject"), &[]),
        ("distribution denied", unauthorized("cloudfront:CreateInvalidation", "arn:aws:cloudfront::123456789012:distribution/E1", "because no identity-based policy allows the cloudfront:CreateInvalidation action").on("CreateInvalidation"), &[]),
        ("distribution denied without a reason", error(403, "AccessDenied", "Access denied").on("CreateInvalidation"), &[]),
        ("too many invalidations", error(400, "TooManyInvalidationsInProgress", "Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations.").on("CreateInvalidation"), &[]),
        ("waiting denied", unauthorized("cloudfront:GetInvalidation", "arn:aws:cloudfront::123456789012:distribution/E1", "because no identity-based policy allows the cloudfront:GetInvalidation action").on("GetInvalidation"), &[]),
        ("throttled", error(503, "SlowDown", "Please reduce your request rate.").on("ListObjectsV2"), &[("AWS_MAX_ATTEMPTS", "2")]),
        ("website endpoint or page of a proxy", Fault::new(Effect::Respond { status: 405, headers: vec![("Content-Type".to_owned(), "text/html".to_owned())], body: "<html><body><h1>405 Method Not Allowed</h1></body></html>".into() }).on("PutObject"), &[]),
        ("login page", Fault::new(Effect::Respond { status: 200, headers: vec![("Content-Type".to_owned(), "text/html".to_owned())], body: "<html><body>Sign in</body></html>".into() }).on("ListObjectsV2"), &[]),
        ("region that is not enabled", error(403, "InvalidToken", "The provided token is malformed or otherwise invalid.").on("ListObjectsV2"), &[]),
        ("account with a problem", error(403, "AccountProblem", "There is a problem with your AWS account that prevents the operation from completing successfully.").on("ListObjectsV2"), &[]),
        ("not signed up", error(403, "NotSignedUp", "Your account is not signed up for the S3 service.").on("ListObjectsV2"), &[]),
    ];
    insta::assert_snapshot!(answers(rows));
}

#[test]
fn refusals_of_identities() {
    type Prepare = fn(&mut World);
    let rows: &[(&str, Prepare)] = &[
        ("no provider in the account", |world| {
            world.server.remove_provider(world.server.issuer_url());
        }),
        ("another audience", |world| {
            world
                .server
                .set_provider(world.server.issuer_url(), &["sts.amazonaws.com"]);
        }),
        ("token is too old", |world| {
            let token = world.server.token().expired().sign();
            world.set("BITBUCKET_STEP_OIDC_TOKEN", &token);
        }),
        ("token is none", |world| {
            world.set("BITBUCKET_STEP_OIDC_TOKEN", "$BITBUCKET_STEP_OIDC_TOKEN");
        }),
        ("session longer than the role has", |world| {
            world
                .server
                .set_max_session_seconds(world.server.role_arn(), 3_600);
            world.set("AWS_ROLE_DURATION_SECONDS", "7200");
        }),
        ("another account's role", |world| {
            world.set("AWS_OIDC_ROLE_ARN", "arn:aws:iam::999999999999:role/deploy");
        }),
        ("another account than allowed", |world| {
            world.set("AWS_ALLOWED_ACCOUNT_IDS", "999999999999");
        }),
    ];
    let mut text = String::new();
    for (title, prepare) in rows {
        let mut world = world();
        prepare(&mut world);
        text.push_str(&section(title, &world));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn errors_of_explaining() {
    let mut text = String::new();
    for (title, name, content) in [
        ("a name that is no key", "a\u{1}b", "x".as_bytes()),
        (
            "rules that are no text",
            "_headers",
            b"\xff\xfe/*\n".as_slice(),
        ),
    ] {
        let mut world = world();
        world.write(name, content);
        text.push_str(&section(title, world.set("COMMAND", "explain")));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn an_older_build_than_the_one_that_is_there() {
    let mut world = world();
    world
        .set("BITBUCKET_WORKSPACE", "acme")
        .set("BITBUCKET_REPO_SLUG", "site")
        .set("BITBUCKET_COMMIT", "1f0c2aa")
        .set("BITBUCKET_BUILD_NUMBER", "812")
        .deploy();
    world.set("BITBUCKET_BUILD_NUMBER", "811");
    let text = section("an older build", &world);
    let (before, after) = text.split_once(" since ").unwrap();
    let (_, after) = after.split_once(',').unwrap();
    insta::assert_snapshot!(format!("{before} since TIME,{after}"));
}

#[test]
fn what_the_binary_says_of_itself() {
    let output = world().command().arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // Which variables there are, and what of, is the declaration's to say.
    let (usage, _) = text.split_once("Everything else").unwrap();
    insta::assert_snapshot!(usage);
}
