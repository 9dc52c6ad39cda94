//! Runs the image as Bitbucket does and with less, against a server on loopback:
//! `container FOLDER IMAGE ENGINE...`, where ENGINE is the command of a container engine.
//!
//! FOLDER is empty and lasts as long as the program. What is in the image is not looked at here.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use test_server::{DEFAULT_BUCKET, Effect, Fault, Server};

/// What is the same in every step, with names and values as Bitbucket has them.
const GIVEN: &[(&str, &str)] = &[
    ("BITBUCKET_BRANCH", "main"),
    ("BITBUCKET_BUILD_NUMBER", "42"),
    (
        "BITBUCKET_COMMIT",
        "0123456789abcdef0123456789abcdef01234567",
    ),
    ("BITBUCKET_DOCKER_HOST_INTERNAL", "10.0.0.1"),
    (
        "BITBUCKET_GIT_HTTP_ORIGIN",
        "http://bitbucket.org/acme/site",
    ),
    (
        "BITBUCKET_GIT_SSH_ORIGIN",
        "git@bitbucket.org:acme/site.git",
    ),
    (
        "BITBUCKET_PIPELINE_UUID",
        "{e2f6a7e8-5d0c-4c53-9d3c-2b7c1a0d9e41}",
    ),
    ("BITBUCKET_PROJECT_KEY", "WEB"),
    (
        "BITBUCKET_PROJECT_UUID",
        "{0b9d2f1a-6c3e-4f7b-8a52-1d4e6f8c9b07}",
    ),
    ("BITBUCKET_REPO_FULL_NAME", "acme/site"),
    ("BITBUCKET_REPO_IS_PRIVATE", "true"),
    ("BITBUCKET_REPO_OWNER", "acme"),
    (
        "BITBUCKET_REPO_OWNER_UUID",
        "{7c1e5a90-2f4b-4d6e-b8a3-9e0f1c2d3b4a}",
    ),
    ("BITBUCKET_REPO_SLUG", "site"),
    (
        "BITBUCKET_REPO_UUID",
        "{5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d}",
    ),
    (
        "BITBUCKET_SSH_KEY_FILE",
        "/opt/atlassian/pipelines/agent/ssh/id_rsa",
    ),
    ("BITBUCKET_STEP_RUN_NUMBER", "1"),
    (
        "BITBUCKET_STEP_TRIGGERER_UUID",
        "{9f8e7d6c-5b4a-4392-8170-f6e5d4c3b2a1}",
    ),
    (
        "BITBUCKET_STEP_UUID",
        "{1a2b3c4d-5e6f-4708-9a1b-2c3d4e5f6071}",
    ),
    ("BITBUCKET_WORKSPACE", "acme"),
    ("CI", "true"),
    ("DOCKER_HOST", "tcp://host.docker.internal:2375"),
    ("PIPELINES_JWT_TOKEN", STEP_SECRET),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("LOCAL_PATH", "site"),
    // What a variable with a default becomes when the step does not set it.
    ("CACHE_CONTROL", ""),
];

type Outcome = Result<(), Box<dyn Error>>;

/// What a deploy with nothing to do sends; it reads and writes the record.
const LEAST: [(&str, usize); 4] = [
    ("AssumeRoleWithWebIdentity", 1),
    ("GetObject", 1),
    ("ListObjectsV2", 1),
    ("PutObject", 1),
];

/// How long an engine may take to start a container on a machine with much else to do.
const PATIENCE: Duration = Duration::from_mins(5);

/// Seconds after the signal until the engine kills what has not ended.
const GRACE_SECS: &str = "60";

/// A user that no file of the image and no folder of the step belongs to.
const STRANGER: &str = "12345";

/// A variable of the step that no line may show.
const STEP_SECRET: &str = "eyJ-the-step's-own-secret";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, image, engine @ ..] = arguments.as_slice() else {
        return end(Err("usage: container FOLDER IMAGE ENGINE...".into()));
    };
    end(run(&PathBuf::from(folder), image, engine))
}

fn end(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the last resort; if it is closed, nobody listens.
            let _ = writeln!(io::stderr(), "image: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path, image: &str, engine: &[String]) -> Outcome {
    let step = Step::new(folder, image, engine)?;
    say("as Bitbucket runs it")?;
    as_bitbucket_runs_it(&step)?;
    for user in ["0", STRANGER] {
        say(&format!(
            "as user {user}, with nothing to write to and no capabilities"
        ))?;
        with_less(&step, user)?;
    }
    say("stopped in the middle of a large file")?;
    stopped(&step)
}

/// A step's machine: its folders, a server, and how a container is started on it.
struct Step<'a> {
    server: Server,
    image: &'a str,
    engine: &'a [String],
    /// The clone, where the step's script runs.
    build: PathBuf,
    /// What else is mounted into every pipe.
    volumes: [String; 3],
}

impl<'a> Step<'a> {
    fn new(folder: &Path, image: &'a str, engine: &'a [String]) -> Result<Self, Box<dyn Error>> {
        let build = folder.join("agent/build");
        let keys = folder.join("agent/ssh");
        let docker = folder.join("docker");
        fs::create_dir_all(build.join("site/assets"))?;
        fs::create_dir_all(&keys)?;
        fs::write(&docker, "")?;
        fs::write(
            build.join("site/index.html"),
            "<script src=assets/app.js></script>",
        )?;
        fs::write(build.join("site/assets/app.js"), "0")?;
        let mount = |from: &Path, to: &Path, mode| {
            format!("--volume={}:{}{mode}", from.display(), to.display())
        };
        Ok(Self {
            volumes: [
                mount(&build, &build, ""),
                mount(&keys, &keys, ":ro"),
                mount(&docker, Path::new("/usr/local/bin/docker"), ":ro"),
            ],
            server: Server::builder().try_start()?,
            image,
            engine,
            build,
        })
    }

    /// The clone, as text.
    fn build(&self) -> String {
        self.build.display().to_string()
    }

    fn storage(&self) -> PathBuf {
        self.build
            .join(".bitbucket/pipelines/generated/pipeline/pipes/acme/deploy")
    }

    fn output_variables(&self) -> PathBuf {
        self.build.join("output-variables")
    }

    /// What Bitbucket gives to every pipe, and what this one is told to do.
    fn variables(&self, destination: &str) -> BTreeMap<&'static str, String> {
        let given = GIVEN
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let text = |path: PathBuf| path.display().to_string();
        let output_variables = text(self.output_variables());
        given
            .chain([
                ("BITBUCKET_CLONE_DIR", self.build()),
                ("BITBUCKET_PIPELINES_VARIABLES_PATH", output_variables),
                ("BITBUCKET_PIPE_STORAGE_DIR", text(self.storage())),
                ("BITBUCKET_STEP_OIDC_TOKEN", self.server.token().sign()),
                ("AWS_ENDPOINT_URL", self.server.endpoint()),
                ("AWS_OIDC_ROLE_ARN", self.server.role_arn().to_owned()),
                ("S3_BUCKET", format!("{DEFAULT_BUCKET}/{destination}")),
            ])
            .collect()
    }

    /// `docker run` as Bitbucket calls it, on the host's network for the server on loopback; with
    /// `options` beside.
    fn container(&self, variables: &BTreeMap<&str, String>, options: &[&str]) -> Command {
        let mut command = self.engine(&["run", "--rm", "--network=host"]);
        command
            .args(&self.volumes)
            .arg(format!("--workdir={}", self.build()))
            .arg("--label=org.bitbucket.pipelines.system=true");
        for (name, value) in variables {
            command.arg(format!("--env={name}={value}"));
        }
        command.args(options).arg(self.image);
        command
    }

    fn engine(&self, arguments: &[&str]) -> Command {
        let (program, leading) = self
            .engine
            .split_first()
            .map_or(("docker", &[][..]), |all| (all.0.as_str(), all.1));
        let mut command = Command::new(program);
        command.args(leading).args(arguments).stdin(Stdio::null());
        command
    }

    /// Every file of the site is in the bucket, byte for byte, and nothing else but the record.
    fn is_deployed(&self, destination: &str) -> Outcome {
        let prefix = format!("{destination}/");
        let mut objects = self.server.objects(DEFAULT_BUCKET);
        objects.retain(|key, _| key.starts_with(&prefix));
        for name in ["assets/app.js", "index.html"] {
            let file = fs::read(self.build.join("site").join(name))?;
            let object = objects.remove(&format!("{prefix}{name}"));
            demand(
                object.is_some_and(|object| object.bytes == file),
                &format!("`{name}` is not in the bucket as it is in the folder"),
            )?;
        }
        objects.remove(&format!("{prefix}.aws-oidc-s3-deploy/record"));
        demand(
            objects.is_empty(),
            &format!("the bucket has more than the folder: {:?}", objects.keys()),
        )
    }
}

/// Twice; the second time there is nothing to do.
fn as_bitbucket_runs_it(step: &Step<'_>) -> Outcome {
    let variables = step.variables("bitbucket");
    for _ in 0..2 {
        step.server.clear_requests();
        succeeds(step.container(&variables, &[]))?;
        step.is_deployed("bitbucket")?;
    }
    let sent: Vec<(String, usize)> = step.server.counts().into_iter().collect();
    demand(
        sent == LEAST.map(|(operation, count)| (operation.to_owned(), count)),
        &format!("the second deploy sent {sent:?}"),
    )?;
    let told = fs::read_to_string(step.output_variables())?;
    demand(
        told.contains("S3_DEPLOY_OUTCOME=deployed\n")
            && told.contains("S3_DEPLOY_OUTCOME=unchanged\n"),
        &format!("the next step is told {told:?}"),
    )?;
    demand(
        step.storage().join("report.json").exists(),
        "the pipe's storage has no report",
    )
}

/// A root file system that nobody can write to, a clone that `user` cannot write to.
fn with_less(step: &Step<'_>, user: &str) -> Outcome {
    let destination = format!("user-{user}");
    let mut variables = step.variables(&destination);
    variables.retain(|name, _| {
        !matches!(
            *name,
            "BITBUCKET_PIPE_STORAGE_DIR" | "BITBUCKET_PIPELINES_VARIABLES_PATH"
        )
    });
    let options = [
        "--read-only",
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        "--user",
        user,
    ];
    succeeds(step.container(&variables, &options))?;
    step.is_deployed(&destination)
}

/// The process has number 1, for which the kernel does not act on signals by itself.
fn stopped(step: &Step<'_>) -> Outcome {
    let large = step.build.join("site/large.bin");
    fs::write(&large, vec![7; 40 << 20])?;
    let mut variables = step.variables("stopped");
    variables.insert("CONCURRENCY", "2".to_owned());
    let name = format!("pipe-stopped-{}", std::process::id());
    let hold = Fault::new(Effect::Hold).on("UploadPart").skip(1);
    step.server.inject(hold);
    let container = step
        .container(&variables, &["--name", &name])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let ended = stop_when_held(step, container, &name);
    step.server.clear_faults();
    step.server.release();
    fs::remove_file(large)?;
    let (container, took) = ended?;
    let output = container.wait_with_output()?;
    let lines = String::from_utf8_lossy(&output.stderr).into_owned();
    demand(
        output.status.code() == Some(4),
        &format!(
            "ended with {} after a signal, not with 4: {lines}",
            output.status
        ),
    )?;
    demand(
        lines.contains("interrupted by a signal"),
        &format!("does not say what ended it: {lines}"),
    )?;
    demand(
        step.server.open_uploads(DEFAULT_BUCKET) == 0,
        "left a multipart upload open",
    )?;
    say(&format!("ended with 4 after {:.1} s", took.as_secs_f64()))?;
    Ok(())
}

/// Sends SIGTERM as engines do when a step is stopped, once the upload hangs.
fn stop_when_held(
    step: &Step<'_>,
    mut container: Child,
    name: &str,
) -> Result<(Child, Duration), Box<dyn Error>> {
    if !step.server.wait_until_held(1, PATIENCE) || step.server.open_uploads(DEFAULT_BUCKET) != 1 {
        container.kill()?;
        return Err("no multipart upload was begun".into());
    }
    let begun = Instant::now();
    let stopped = step
        .engine(&["stop", "--time", GRACE_SECS, name])
        .stdout(Stdio::null())
        .status()?;
    demand(stopped.success(), "the engine cannot stop the container")?;
    Ok((container, begun.elapsed()))
}

fn succeeds(mut command: Command) -> Outcome {
    let output = command.output()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    write!(io::stdout(), "{said}")?;
    demand(
        !said.contains(STEP_SECRET),
        "a variable of the step was printed",
    )?;
    demand(
        output.status.success(),
        &format!("the container ended with {}", output.status),
    )
}

fn demand(holds: bool, otherwise: &str) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "── {text}")
}
