//! A server, a folder and the environment of one test, and the binary run with them.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use super::troubleshooting::without_links;
use deploy_core::record;
use serde_json::Value;
use tempfile::TempDir;
use test_server::{BucketOptions, DEFAULT_BUCKET, Server, Versioning};

/// The object that has bytes while an invalidation is owed.
pub(crate) const NOTE: &str = ".aws-oidc-s3-deploy/invalidation-pending";

/// Longest that anything on loopback may take before a test gives up waiting.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Worlds at a time in [`on_all`]: most of their time they wait.
const SIDE_BY_SIDE: usize = 8;

/// One test's world. The environment holds what a Bitbucket step with `oidc: true` would, and
/// nothing of the machine's.
pub(crate) struct World {
    pub(crate) server: Server,
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    /// Lines of both streams, made independent of place and time.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_server(Server::start())
    }

    pub(crate) fn with_server(server: Server) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("site")).expect("a folder in it");
        let mut world = Self {
            variables: BTreeMap::new(),
            server,
            folder,
        };
        let token = world.server.token().sign();
        let endpoint = world.server.endpoint();
        let role = world.server.role_arn();
        world.set("AWS_ENDPOINT_URL", &endpoint);
        world.set("AWS_OIDC_ROLE_ARN", role);
        world.set("AWS_DEFAULT_REGION", "us-east-1");
        world.set("BITBUCKET_STEP_OIDC_TOKEN", &token);
        world.set("S3_BUCKET", DEFAULT_BUCKET);
        world.set("LOCAL_PATH", "site");
        world.set("NO_COLOR", "1");
        world.set("REPORT_FILE", "report.json");
        world
    }

    /// The same world without a deploy record, whose requests and lines would be among those that a
    /// test counts.
    pub(crate) fn unrecorded(mut self) -> Self {
        self.set("DEPLOY_RECORD", "off");
        self
    }

    /// A world whose site has these files.
    pub(crate) fn with_files(files: &[(&str, &str)]) -> Self {
        let world = Self::new();
        for (name, content) in files {
            world.write(name, content);
        }
        world
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn unset(&mut self, name: &str) -> &mut Self {
        self.variables.remove(name);
        self
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Has the bucket keep versions from now on, or not.
    pub(crate) fn keep_versions(&self, versioning: Versioning) {
        let options = BucketOptions {
            versioning,
            ..BucketOptions::default()
        };
        self.server.set_bucket_options(DEFAULT_BUCKET, options);
    }

    /// Path of `name` in the site's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("site").join(name)
    }

    /// The folder that the binary runs in; the site is `site` below it.
    pub(crate) fn working_folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, content).expect("a file");
        self
    }

    pub(crate) fn remove(&self, name: &str) -> &Self {
        fs::remove_file(self.path(name)).expect("removed");
        self
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aws-oidc-s3-deploy"));
        command
            .env_clear()
            .envs(&self.variables)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self) -> Ran {
        self.ran(&self.command().output().expect("the binary runs"))
    }

    pub(crate) fn spawn(&self) -> Child {
        self.command().spawn().expect("the binary starts")
    }

    pub(crate) fn wait(&self, child: Child) -> Ran {
        self.ran(&child.wait_with_output().expect("the binary ends"))
    }

    fn ran(&self, output: &Output) -> Ran {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Ran {
            code: output.status.code(),
            stdout: self.neutral(&output.stdout),
            stderr: self.neutral(
                without_links(&stderr, &String::from_utf8_lossy(&output.stdout)).as_bytes(),
            ),
        }
    }

    /// Runs, and fails the test unless it ends with `code`.
    pub(crate) fn run_to(&self, code: i32) -> Ran {
        let ran = self.run();
        assert_eq!(ran.code, Some(code), "{}\n{}", ran.stderr, ran.stdout);
        ran
    }

    /// Runs to a good end and returns the JSON report.
    pub(crate) fn deploy(&self) -> Value {
        self.report(0)
    }

    /// Runs to an end with `code` and returns the JSON report.
    pub(crate) fn report(&self, code: i32) -> Value {
        self.run_to(code);
        self.last_report()
    }

    /// The JSON report of the last run.
    pub(crate) fn last_report(&self) -> Value {
        let json = fs::read(self.folder.path().join("report.json")).expect("a report");
        serde_json::from_slice(&json).expect("JSON")
    }

    /// Names of the site's files, in order, as keys.
    pub(crate) fn files(&self) -> Vec<String> {
        let site = self.path("");
        let mut names = Vec::new();
        let mut folders = vec![site.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&site).expect("below the site");
                    names.push(name.to_string_lossy().into_owned());
                }
            }
        }
        names.sort();
        names
    }

    /// Keys in the bucket, in order, without the record, and without a note that nothing is owed any more.
    pub(crate) fn keys(&self) -> Vec<String> {
        let objects = self.server.objects(DEFAULT_BUCKET).into_iter();
        let others = objects.filter(|(key, object)| {
            !key.ends_with(record::KEY) && (!key.ends_with(NOTE) || !object.bytes.is_empty())
        });
        others.map(|(key, _)| key).collect()
    }

    /// Bytes of the object `key`.
    pub(crate) fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        let object = self.server.object(DEFAULT_BUCKET, key)?;
        Some(object.bytes.to_vec())
    }

    fn neutral(&self, stream: &[u8]) -> String {
        let text = String::from_utf8_lossy(stream);
        let text = text.replace(&self.server.endpoint(), "http://SERVER");
        let text = text.replace(
            concat!("deploy ", env!("CARGO_PKG_VERSION")),
            "deploy VERSION",
        );
        let text = without_request_ids(&text);
        let words = text.split_inclusive([' ', ',', ';', '\n']);
        let mut neutral = String::new();
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            let is_seconds = words
                .peek()
                .is_some_and(|next| next.trim_end_matches([',', ';', '.', ' ', '\n']) == "s");
            let is_number = word.trim().parse::<f64>().is_ok();
            neutral.push_str(if is_seconds && is_number {
                "0.00 "
            } else {
                word
            });
        }
        neutral
    }
}

/// `request 68b770c9f46dbf42` with the id taken out.
fn without_request_ids(text: &str) -> String {
    let mut pieces = text.split(", request ");
    let mut neutral = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        neutral.push_str(", request ID");
        neutral.push_str(piece.trim_start_matches(|character: char| character.is_ascii_hexdigit()));
    }
    neutral
}

impl Ran {
    /// Whether stderr has this line, or one that begins so.
    pub(crate) fn says(&self, start: &str) -> bool {
        self.stderr.lines().any(|line| line.starts_with(start))
    }

    /// The lines of stderr that begin with `start`.
    pub(crate) fn lines(&self, start: &str) -> Vec<&str> {
        self.stderr
            .lines()
            .filter(|line| line.starts_with(start))
            .collect()
    }
}

/// Works on `items` side by side, and returns what came of each in their order. If one of them
/// panics, which its thread prints, the others are still worked on; then the test fails.
pub(crate) fn on_all<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(index)
        {
            let result = catch_unwind(AssertUnwindSafe(|| work(item)));
            done.push((index, result.ok()));
        }
        done
    };
    let mut done = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..SIDE_BY_SIDE).map(|_| scope.spawn(worker)).collect();
        let results = workers.into_iter().map(ScopedJoinHandle::join);
        results.flat_map(Result::unwrap).collect::<Vec<_>>()
    });
    done.sort_by_key(|(index, _)| *index);
    let failed = done.iter().filter(|(_, result)| result.is_none()).count();
    assert_eq!(failed, 0, "of {} failed", items.len());
    done.into_iter().filter_map(|(_, result)| result).collect()
}
