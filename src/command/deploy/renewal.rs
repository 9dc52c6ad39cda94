//! Credentials and tokens that end before the deploy does, by a clock that the test moves while the
//! server holds the deploy's requests.

use std::ffi::OsString;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use test_server::{DEFAULT_BUCKET, Effect, Fault, ManualClock, Server};

use super::ending::ending;
use super::{Failed, Outcome, Work, clients, deploy};
use crate::config::Request;
use crate::config::{Config, load};
use crate::report::Activity;
use deploy_core::base::exit::Exit;
use deploy_core::plan::Part;

/// How often the step's token was exchanged.
const EXCHANGE: &str = "AssumeRoleWithWebIdentity";

/// Sessions last so long, and are to be renewed when a quarter of it is left.
const LIFETIME: Duration = Duration::from_secs(100);
const UNTIL_DUE: Duration = Duration::from_secs(76);

/// Longest that anything on loopback may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A deploy, and a server that both go by `clock`.
struct Late {
    clock: ManualClock,
    server: Server,
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Late {
    fn new(concurrency: usize) -> Self {
        let clock = ManualClock::new();
        let server = Server::builder()
            .session_lifetime(LIFETIME)
            .clock(&clock)
            .start();
        let folder = tempfile::tempdir().unwrap();
        let variables = vec![
            ("AWS_ENDPOINT_URL", server.endpoint()),
            ("AWS_OIDC_ROLE_ARN", server.role_arn().to_owned()),
            ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
            ("S3_BUCKET", DEFAULT_BUCKET.to_owned()),
            ("LOCAL_PATH", folder.path().to_string_lossy().into_owned()),
            ("CONCURRENCY", concurrency.to_string()),
            // Its requests are not those that are held.
            ("DEPLOY_RECORD", "off".to_owned()),
        ];
        Self {
            clock,
            server,
            folder,
            variables,
        }
    }

    fn with_files(self, count: usize) -> Self {
        for index in 0..count {
            fs::write(self.folder.path().join(format!("{index:04}")), "x").unwrap();
        }
        self
    }

    /// The deploy with a token that lasts for so long.
    fn config(&self, token_lifetime: Duration) -> Config {
        let token = self.server.token().expires_in(token_lifetime).sign();
        let token = ("BITBUCKET_STEP_OIDC_TOKEN", token);
        let variables = self.variables.iter().cloned().chain([token]);
        let variables = variables.map(|(name, value)| (OsString::from(name), value.into()));
        match load(variables, None).request.unwrap() {
            Request::Deploy(config) => *config,
            _ => panic!("another command"),
        }
    }

    /// Deploys while `meanwhile` goes on.
    fn deploy(&self, config: &Config, meanwhile: impl FnOnce()) -> Result<Outcome, Failed> {
        let clients = clients(config).unwrap().by(&self.clock);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        thread::scope(|scope| {
            let deploying = scope.spawn(|| {
                let activity = Activity::new();
                let deploying = deploy(config, &clients, Instant::now(), &activity);
                runtime.block_on(deploying)
            });
            meanwhile();
            deploying.join().unwrap()
        })
    }

    /// Waits for so many requests of `operation` in all, of which `held` are held, lets so much time
    /// pass, and then them.
    fn pass(&self, operation: &str, count: usize, held: usize, time: Duration) {
        assert!(self.server.wait_for(operation, count, PATIENCE));
        assert!(self.server.wait_until_held(held, PATIENCE));
        self.clock.advance(time);
        self.server.release();
    }

    fn keys(&self) -> usize {
        self.server.objects(DEFAULT_BUCKET).len()
    }
}

/// What a deploy did whose identity was refused.
fn work_of_refused(result: Result<Outcome, Failed>) -> Work {
    let Outcome { work, error, .. } = result.unwrap();
    let ending = ending(&work, false, Part::Whole, error.as_ref());
    assert_eq!(ending.exit(), Exit::Identity);
    work
}

#[test]
fn a_deploy_longer_than_its_sessions_renews_them_once_each() {
    let mut late = Late::new(8).with_files(24);
    let role = "arn:aws:iam::123456789012:role/site";
    late.variables.push(("AWS_ROLE_CHAIN", role.to_owned()));
    let policy = json!({
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": late.server.role_arn() },
            "Action": "sts:AssumeRole",
        }],
    });
    late.server.set_trust_policy(role, policy);
    late.server.inject(Fault::new(Effect::Hold).on("PutObject"));
    let config = late.config(Duration::from_hours(1));
    let result = late.deploy(&config, || {
        // Of the eight that follow each eight, all find that the session is to be renewed.
        late.pass("PutObject", 8, 8, UNTIL_DUE);
        late.pass("PutObject", 16, 8, UNTIL_DUE);
        late.pass("PutObject", 24, 8, Duration::ZERO);
    });
    assert!(result.unwrap().error.is_none());
    assert_eq!(late.keys(), 24);
    assert_eq!(late.server.count(EXCHANGE), 3);
    assert_eq!(late.server.count("AssumeRole"), 3);
    // The first session ended 48 seconds before the last eight were sent.
    assert_eq!(late.server.count("PutObject"), 24, "none was refused");
}

#[test]
fn an_expired_token_is_not_sent_and_the_next_deploy_finishes() {
    let late = Late::new(2).with_files(9);
    let held = Fault::new(Effect::Hold).on("PutObject");
    late.server.inject(held.times(2));
    let config = late.config(Duration::from_mins(1));
    let result = late.deploy(&config, || late.pass("PutObject", 2, 2, UNTIL_DUE));
    let work = work_of_refused(result);
    assert_eq!(late.server.count(EXCHANGE), 1);
    // What asks for the renewal is sent with what is left of the session; what comes then is not.
    let there = late.keys();
    assert!((3..=4).contains(&there), "{there}");
    let failures = work.tally.failures.iter();
    let told: Vec<&str> = failures.map(|failure| failure.error.as_str()).collect();
    assert_eq!(
        told,
        [
            "not sent, because the session has ended: AssumeRoleWithWebIdentity: ExpiredTokenException: the step's OIDC token has expired"
        ],
        "one item tells for all"
    );
    let config = late.config(Duration::from_hours(1));
    assert!(late.deploy(&config, || ()).unwrap().error.is_none());
    assert_eq!(late.keys(), 9);
}

#[test]
fn a_refused_renewal_is_not_asked_for_again_and_leaves_no_parts() {
    let late = Late::new(1);
    // Four parts, one at a time. With the second the session comes to be renewed, so that the third
    // asks for it and the fourth is not begun; what is left is for cleaning up.
    let file = fs::File::create(late.folder.path().join("large.bin")).unwrap();
    file.set_len(32 << 20).unwrap();
    let held = Fault::new(Effect::Hold).on("UploadPart");
    late.server.inject(held.skip(1).times(1));
    let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    let denied = Fault::error(403, "AccessDenied", denied);
    late.server.inject(denied.on(EXCHANGE).skip(1));
    let config = late.config(Duration::from_hours(1));
    let result = late.deploy(&config, || late.pass("UploadPart", 2, 1, UNTIL_DUE));
    work_of_refused(result);
    assert_eq!(late.server.count(EXCHANGE), 2);
    assert_eq!(late.server.count("UploadPart"), 3);
    assert_eq!(late.server.count("AbortMultipartUpload"), 1);
    assert_eq!(late.server.open_uploads(DEFAULT_BUCKET), 0);
}
