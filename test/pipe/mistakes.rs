//! What users get to read after the mistakes that they make: each names what is wrong, and what to do.

mod table;

use test_server::{DEFAULT_BUCKET, Fault};

use crate::support::World;

/// A site of a few files, some of which are in folders.
fn world() -> World {
    World::with_files(&[
        ("index.html", "1"),
        ("assets/a.js", "1"),
        ("assets/b.js", "1"),
    ])
}

/// All that a run that ends with `code` says after its first line.
fn told(world: &World, code: i32) -> String {
    let ran = world.run_to(code);
    let folder = world.working_folder().to_string_lossy().into_owned();
    let lines = ran.stderr.lines().chain(ran.stdout.lines());
    let lines = lines.filter(|line| !line.starts_with("INFO: aws-oidc-s3-deploy "));
    let lines: Vec<&str> = lines.collect();
    lines.join("\n").replace(&folder, "FOLDER")
}

/// The same with variables set before.
fn told_with(variables: &[(&str, &str)], code: i32) -> String {
    let mut world = world();
    for (name, value) in variables {
        world.set(name, value);
    }
    told(&world, code)
}

/// What AWS says to a role that lacks a permission, and why it does.
fn unauthorized(action: &str, resource: &str, reason: &str) -> Fault {
    let message = format!(
        "User: arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42 is not authorized to perform: {action} on resource: \"{resource}\" {reason}"
    );
    Fault::error(403, "AccessDenied", &message)
}

fn told_after(fault: Fault, variables: &[(&str, &str)]) -> String {
    let mut world = world().unrecorded();
    world.set("CONCURRENCY", "1");
    for (name, value) in variables {
        world.set(name, value);
    }
    world.server.inject(fault);
    told(&world, 1)
}

#[test]
fn a_required_variable_that_is_passed_but_empty() {
    insta::assert_snapshot!(told_with(&[("AWS_OIDC_ROLE_ARN", ""), ("S3_BUCKET", "")], 2), @"
    ERROR: AWS_OIDC_ROLE_ARN: passed, but empty; is the repository, workspace or deployment variable that it is made of defined? Those of a deployment need `deployment:` on the step; and a step gets no variable that was added after it started.
    ERROR: S3_BUCKET: passed, but empty; is the repository, workspace or deployment variable that it is made of defined? Those of a deployment need `deployment:` on the step; and a step gets no variable that was added after it started.
    ✖ Configuration refused: 2 mistakes. Nothing was written.
    ");
}

#[test]
fn a_region_that_is_none() {
    insta::assert_snapshot!(told_with(&[("AWS_ENDPOINT_URL", ""), ("AWS_DEFAULT_REGION", "us-east1")], 2), @"
    ERROR: AWS_DEFAULT_REGION: `us-east1` is not the name of a region; did you mean `us-east-1`?
    ✖ Configuration refused: 1 mistake. Nothing was written.
    ");
}

#[test]
fn addresses_of_buckets_and_names_that_none_has() {
    let aws = |bucket| {
        let region = ("AWS_DEFAULT_REGION", "eu-west-1");
        told_with(
            &[("AWS_ENDPOINT_URL", ""), region, ("S3_BUCKET", bucket)],
            2,
        )
    };
    let told = [
        "My_Bucket",
        "arn:aws:s3:::my-bucket",
        "my-bucket.s3-website-us-east-1.amazonaws.com",
    ];
    insta::assert_snapshot!(told.map(aws).join("\n"), @"
    ERROR: S3_BUCKET: the bucket's name `My_Bucket` has capitals, which no bucket has in this region; is it `my-bucket`? The console shows it in its list of buckets.
    ✖ Configuration refused: 1 mistake. Nothing was written.
    ERROR: S3_BUCKET: `arn:aws:s3:::my-bucket` is an address of a bucket, not its name; write `my-bucket`.
    ✖ Configuration refused: 1 mistake. Nothing was written.
    ERROR: S3_BUCKET: `my-bucket.s3-website-us-east-1.amazonaws.com` is an address of a bucket, not its name; write `my-bucket`.
    ✖ Configuration refused: 1 mistake. Nothing was written.
    ");
}

#[test]
fn a_bucket_of_another_account() {
    let denied = Fault::error(403, "AccessDenied", "Access Denied");
    insta::assert_snapshot!(told_after(denied.on("ListObjectsV2"), &[]), @"
    ERROR: cannot list `s3://my-bucket/`: ListObjectsV2: AccessDenied: Access Denied (HTTP 403, request ID)
      hint: S3 gives no reason, as for a bucket of another account: is `my-bucket` in the account 123456789012 that deploys? If it is, does the role's policy allow s3:ListBucket on it (and, if set, is EXPECTED_BUCKET_OWNER its account)?
    ✖ Deployment failed after 0.00 s. Nothing was written. Fix the permissions, then run it again.
    ");
}

#[test]
fn a_role_that_may_not_put() {
    let denied = unauthorized(
        "s3:PutObject",
        "arn:aws:s3:::my-bucket/assets/a.js",
        "because no identity-based policy allows the s3:PutObject action",
    );
    insta::assert_snapshot!(told_after(denied.on("PutObject"), &[]), @r#"
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 3 B to upload
    ERROR: 1 upload failed: PutObject: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42 is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::my-bucket/assets/a.js" because no identity-based policy allows the s3:PutObject action (HTTP 403, request ID)
      these: assets/a.js
      hint: add this statement to a policy of the role `deploy` (COMMAND: 'setup' prints all that the deploy needs):
        {
          "Sid": "WriteObjects",
          "Effect": "Allow",
          "Action": [
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            "s3:GetObject"
          ],
          "Resource": "arn:aws:s3:::my-bucket/*"
        }
    ✖ Deployment failed after 0.00 s. Nothing was written. Fix the permissions, then run it again.
    "#);
}

#[test]
fn a_role_that_may_not_put_into_one_folder() {
    let denied = unauthorized(
        "s3:PutObject",
        "arn:aws:s3:::my-bucket/assets/b.js",
        "with an explicit deny in a resource-based policy",
    );
    insta::assert_snapshot!(told_after(denied.on("PutObject").key("assets/b.js"), &[]), @r#"
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 3 B to upload
    INFO: + assets/a.js  1 B
    ERROR: 1 upload failed: PutObject: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42 is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::my-bucket/assets/b.js" with an explicit deny in a resource-based policy (HTTP 403, request ID)
      these: assets/b.js
      hint: the policy of the bucket or key denies it: does it demand what this deploy does not send, such as SSE, an ACL, a VPC endpoint or a condition (NO_OVERWRITE sends `If-None-Match`)?
    ✖ Deployment failed after 0.00 s. 1 of 3 changes done, 1 failed, 1 not attempted. No page has changed. Fix the permissions, then run it again.
    "#);
}

#[test]
fn the_pipes_own_session_policy() {
    let denied = unauthorized(
        "s3:PutObject",
        "arn:aws:s3:::my-bucket/assets/a.js",
        "because no session policy allows the s3:PutObject action",
    );
    insta::assert_snapshot!(told_after(denied.on("PutObject"), &[]), @r#"
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 3 B to upload
    ERROR: 1 upload failed: PutObject: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42 is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::my-bucket/assets/a.js" because no session policy allows the s3:PutObject action (HTTP 403, request ID)
      these: assets/a.js
      hint: the pipe's own session policy denies this, which is a fault of the pipe: please report it; SESSION_POLICY: 'none' goes on without it
    ✖ Deployment failed after 0.00 s. Nothing was written. Fix the permissions, then run it again.
    "#);
}

#[test]
fn a_key_of_kms_that_the_role_may_not_use() {
    let denied = unauthorized(
        "kms:GenerateDataKey",
        "arn:aws:kms:us-east-1:123456789012:key/0aa0",
        "because no identity-based policy allows the kms:GenerateDataKey action",
    );
    insta::assert_snapshot!(told_after(denied.on("PutObject"), &[]), @r#"
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 3 B to upload
    ERROR: 1 upload failed: PutObject: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42 is not authorized to perform: kms:GenerateDataKey on resource: "arn:aws:kms:us-east-1:123456789012:key/0aa0" because no identity-based policy allows the kms:GenerateDataKey action (HTTP 403, request ID)
      these: assets/a.js
      hint: add this statement to a policy of the role `deploy` (COMMAND: 'setup' prints all that the deploy needs):
        {
          "Sid": "Encrypt",
          "Effect": "Allow",
          "Action": [
            "kms:GenerateDataKey",
            "kms:Decrypt"
          ],
          "Resource": "arn:aws:kms:us-east-1:123456789012:key/0aa0"
        }
    ✖ Deployment failed after 0.00 s. Nothing was written. Fix the permissions, then run it again.
    "#);
}

#[test]
fn acls_that_the_bucket_refuses() {
    let disabled = Fault::error(
        400,
        "AccessControlListNotSupported",
        "The bucket does not allow ACLs",
    );
    insta::assert_snapshot!(told_after(disabled.on("PutObject"), &[("ACL", "public-read")]), @"
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 3 B to upload
    ERROR: 1 upload failed: PutObject: AccessControlListNotSupported: The bucket does not allow ACLs (HTTP 400, request ID)
      these: assets/a.js
      hint: the bucket has ACLs disabled, as new buckets do: unset ACL, and give access by a bucket policy
    ✖ Deployment failed after 0.00 s. Nothing was written. Unset ACL, then run it again.
    ");
    let blocked = unauthorized(
        "s3:PutObject",
        "arn:aws:s3:::my-bucket/assets/a.js",
        "because public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access",
    );
    insta::assert_snapshot!(told_after(blocked.on("PutObject"), &[("ACL", "public-read")]), @r#"
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 3 B to upload
    ERROR: 1 upload failed: PutObject: AccessDenied: User: arn:aws:sts::123456789012:assumed-role/deploy/acme-site-42 is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::my-bucket/assets/a.js" because public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access (HTTP 403, request ID)
      these: assets/a.js
      hint: Block Public Access of the bucket refuses the ACL: unset ACL, and let visitors in through CloudFront
    ✖ Deployment failed after 0.00 s. Nothing was written. Unset ACL, then run it again.
    "#);
}

#[test]
fn a_folder_that_is_not_there() {
    insta::assert_snapshot!(told_with(&[("LOCAL_PATH", "Site")], 2), @"
    ERROR: LOCAL_PATH: no `Site` in `FOLDER`; it holds `site` (the path starts in the step's working directory, which a `cd` above the pipe changes); did you mean `site`?
    ✖ Configuration refused: 1 mistake. Nothing was written.
    ");
}

#[test]
fn a_folder_without_files() {
    let world = World::new();
    insta::assert_snapshot!(told(&world, 2), @"
    ERROR: refused: LOCAL_PATH holds no files to deploy; was the build step's artifact passed on to this step, and do EXCLUDE and INCLUDE leave any?
    ✖ Deployment refused. Nothing was written. Fix the cause, then run it again.
    ");
}

#[test]
fn the_repository_in_the_place_of_its_build() {
    let world = world();
    world
        .write("bitbucket-pipelines.yml", "pipelines: {}")
        .write("node_modules/x/index.js", "x");
    insta::assert_snapshot!(told(&world, 0), @"
    WARNING: LOCAL_PATH holds sources (`node_modules/`) that visitors would get: if it is the repository, name the folder that it is built to; otherwise leave them out with EXCLUDE: '/node_modules/'
    INFO: plan for s3://my-bucket/ from site: + 4 new ~ 0 changed - 0 deleted = 0 unchanged, 4 B to upload
    INFO: + assets/a.js  1 B
    INFO: + assets/b.js  1 B
    INFO: + node_modules/x/index.js  1 B
    INFO: + index.html  1 B
    ✔ Deployment successful: 4 new in 0.00 s.
    ");
}

#[test]
fn names_that_the_pipe_does_not_have() {
    let names = [
        ("BITBUCKET_PIPE_STORAGE_DIR", "storage"),
        ("DRYRUN", "true"),
        ("DELETE", "true"),
        ("cache_control", "x"),
        ("DISTRIBUTION_ID", "E1"),
    ];
    insta::assert_snapshot!(told_with(&names, 2), @"
    ERROR: DELETE: not a variable of this pipe; did you mean `DELETE_FLAG`?
    ERROR: DISTRIBUTION_ID: not a variable of this pipe; did you mean `CLOUDFRONT_DISTRIBUTION_ID`?
    ERROR: DRYRUN: not a variable of this pipe; did you mean `DRY_RUN`?
    ERROR: cache_control: not a variable of this pipe; did you mean `CACHE_CONTROL`?
    ✖ Configuration refused: 4 mistakes. Nothing was written.
    ");
}

#[test]
fn lists_and_headers_in_other_notations() {
    let values = [
        ("EXCLUDE", "*.map,*.txt"),
        ("CACHE_CONTROL", "\"max-age=3600\""),
    ];
    insta::assert_snapshot!(told_with(&values, 2), @r#"
    ERROR: EXCLUDE: `*.map,*.txt` is not how a list is written here; write a YAML list with one item per line, or one string with spaces between the items: `*.map *.txt`.
    ERROR: CACHE_CONTROL: `"max-age=3600"` is not valid in Cache-Control; write `max-age=3600`.
    ✖ Configuration refused: 2 mistakes. Nothing was written.
    "#);
    insta::assert_snapshot!(told_with(&[("CACHE_CONTROL", "3600")], 2), @"
    ERROR: CACHE_CONTROL: `3600` is not valid in Cache-Control; write `max-age=3600`.
    ✖ Configuration refused: 1 mistake. Nothing was written.
    ");
}

#[test]
fn a_pattern_that_matches_nothing() {
    insta::assert_snapshot!(told_with(&[("EXCLUDE", "site/*.map")], 0), @"
    WARNING: EXCLUDE: no file and no object matches `site/*.map`
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 3 B to upload
    INFO: + assets/a.js  1 B
    INFO: + assets/b.js  1 B
    INFO: + index.html  1 B
    ✔ Deployment successful: 3 new in 0.00 s.
    ");
}

#[test]
fn a_distribution_that_is_not_there_and_one_with_an_origin_path() {
    let mut world = world();
    world
        .set("S3_BUCKET", "my-bucket/site")
        .set("CLOUDFRONT_DISTRIBUTION_ID", "E1")
        .set("CONCURRENCY", "1")
        .run_to(0);
    world.write("index.html", "2");
    let missing = Fault::error(
        404,
        "NoSuchDistribution",
        "The specified distribution does not exist.",
    );
    world.server.inject(missing.on("CreateInvalidation"));
    insta::assert_snapshot!(told(&world, 1), @"
    INFO: plan for s3://my-bucket/site/ from site: + 0 new ~ 1 changed - 0 deleted = 2 unchanged, 1 B to upload
    INFO: paths to invalidate begin with /site/: if that is the distribution's origin path, set INVALIDATION_PREFIX: '/'
    INFO: ~ index.html  1 B (content)
    INFO: CloudFront E1: invalidating 3 paths: /site /site/ /site/index.html
    ERROR: 1 invalidation failed: CreateInvalidation: NoSuchDistribution: The specified distribution does not exist. (HTTP 404, request ID)
      these: E1
      hint: is CLOUDFRONT_DISTRIBUTION_ID the distribution's id (not its domain name), and in the account that you mean?
    ✖ Deployment failed after 0.00 s. 1 of 2 changes done, 1 failed. The new version is in the bucket, but CloudFront may still serve the old one. Fix CLOUDFRONT_DISTRIBUTION_ID, then run it again.
    ");
    world.unset("CLOUDFRONT_DISTRIBUTION_ID");
    insta::assert_snapshot!(told(&world, 0), @"
    WARNING: an earlier deploy did not finish its invalidation, and CloudFront may serve what was replaced: set CLOUDFRONT_DISTRIBUTION_ID as it did
    INFO: plan for s3://my-bucket/site/ from site: + 0 new ~ 0 changed - 0 deleted = 3 unchanged
    ✔ Already up to date. 3 files compared in 0.00 s.
    ");
    world.server.clear_faults();
    world.set("CLOUDFRONT_DISTRIBUTION_ID", "E1");
    let told = told(&world, 0);
    let told = told.lines().filter(|line| !line.contains(" completed in "));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    INFO: an earlier deploy did not finish its invalidation: everything below the prefix is invalidated
    INFO: plan for s3://my-bucket/site/ from site: + 0 new ~ 0 changed - 0 deleted = 3 unchanged
    INFO: paths to invalidate begin with /site/: if that is the distribution's origin path, set INVALIDATION_PREFIX: '/'
    INFO: CloudFront E1: invalidating 2 paths: /site /site/*
    ✔ Deployment successful: finished what an earlier deploy began, in 0.00 s.
    ");
}

#[test]
fn variables_without_their_partner() {
    let values = [("INVALIDATION_PATHS", "/*"), ("MAX_DELETE", "5")];
    insta::assert_snapshot!(told_with(&values, 0), @"
    WARNING: MAX_DELETE has no effect here: it needs `DELETE_FLAG: 'true'`
    WARNING: INVALIDATION_PATHS has no effect here: it needs CLOUDFRONT_DISTRIBUTION_ID
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 0 deleted = 0 unchanged, 3 B to upload
    INFO: + assets/a.js  1 B
    INFO: + assets/b.js  1 B
    INFO: + index.html  1 B
    ✔ Deployment successful: 3 new in 0.00 s.
    ");
}

#[test]
fn a_role_of_another_partition() {
    let values = [
        ("AWS_ENDPOINT_URL", ""),
        (
            "AWS_OIDC_ROLE_ARN",
            "arn:aws-cn:iam::123456789012:role/deploy",
        ),
    ];
    insta::assert_snapshot!(told_with(&values, 2), @"
    ERROR: AWS_OIDC_ROLE_ARN: `arn:aws-cn:iam::123456789012:role/deploy` is in the partition `aws-cn`, but the region `us-east-1` is in `aws`; use a region and an ARN of the same partition.
    ✖ Configuration refused: 1 mistake. Nothing was written.
    ");
}

#[test]
fn a_name_that_nobody_filled_in() {
    insta::assert_snapshot!(told_with(&[("S3_BUCKET", "my-bucket/$BITBUCKET_BRANCH")], 2), @"
    ERROR: S3_BUCKET: `my-bucket/$BITBUCKET_BRANCH` holds `$BITBUCKET_BRANCH`, which was not replaced by its value; is the variable defined, and does what sets this one replace it? Env files and the settings of other CI systems do not.
    ✖ Configuration refused: 1 mistake. Nothing was written.
    ");
    assert!(
        told_with(&[("S3_BUCKET", "my-bucket/site \n")], 0).contains("s3://my-bucket/site/ from ")
    );
}

#[test]
fn static_keys_that_are_wrong() {
    let mut world = world();
    world
        .unset("AWS_OIDC_ROLE_ARN")
        .set("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
        .set("AWS_SECRET_ACCESS_KEY", "hunter2");
    insta::assert_snapshot!(told(&world, 3), @"
    ERROR: cannot list `s3://my-bucket/`: ListObjectsV2: InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records. (HTTP 403, request ID)
      hint: is AWS_ACCESS_KEY_ID right, and does the key still exist? A temporary key, which begins with `ASIA`, needs its AWS_SESSION_TOKEN too, and only servers that its STS belongs to know it
    ✖ Deployment failed: the identity was refused. Nothing was written. Fix the cause, then run it again.
    ");
}

#[test]
fn more_deletions_than_are_allowed() {
    let mut world = world().unrecorded();
    for index in 0..6 {
        world
            .server
            .put_object(DEFAULT_BUCKET, &format!("{index}"), "x");
    }
    world.set("DELETE_FLAG", "true").set("MAX_DELETE", "5");
    insta::assert_snapshot!(told(&world, 2), @"
    INFO: plan for s3://my-bucket/ from site: + 3 new ~ 0 changed - 6 deleted = 0 unchanged, 3 B to upload
    ERROR: refused: the plan deletes 6 of 6 objects, more than MAX_DELETE (5) allows; is LOCAL_PATH the right folder and S3_BUCKET the right prefix? If so, raise MAX_DELETE
      - 0
      - 1
      - 2
      - 3
      - 4
      - 5
    ✖ Deployment refused. Nothing was written. Fix the cause, then run it again.
    ");
}

#[test]
fn a_server_whose_name_nobody_knows() {
    let said = told_with(
        &[
            ("AWS_ENDPOINT_URL_S3", "https://s3.us-east1.invalid"),
            ("AWS_MAX_ATTEMPTS", "1"),
        ],
        1,
    );
    assert!(said.contains("`s3.us-east1.invalid`: "), "{said}");
    assert!(
        said.contains("hint: can this step reach the server?"),
        "{said}"
    );
}
