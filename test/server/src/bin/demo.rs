//! Shows the pipe at work: `demo BINARY FOLDER` deploys the folder twice to a server on loopback.
//!
//! Fails unless the first deploy puts every file there and the second sends nothing but the
//! exchange of the token, the listing, and the record that is read and written.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use test_server::{DEFAULT_BUCKET, Server};

/// What a deploy with nothing to do sends; it reads and writes the record.
const LEAST: [(&str, usize); 4] = [
    ("AssumeRoleWithWebIdentity", 1),
    ("GetObject", 1),
    ("ListObjectsV2", 1),
    ("PutObject", 1),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is the last resort; if it is closed, nobody listens.
            let _ = writeln!(io::stderr(), "demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(binary), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: demo BINARY FOLDER".into());
    };
    let server = Server::builder().try_start()?;
    say(&format!(
        "An S3 and STS server listens on {}.\nIt trusts the tokens of one Bitbucket workspace; one is signed for this step.",
        server.endpoint()
    ))?;
    for title in ["First deploy", "Second deploy, nothing changed"] {
        say(&format!("\n── {title} ──"))?;
        server.clear_requests();
        let token = server.token().sign();
        let status = Command::new(&binary)
            .env_clear()
            .env("AWS_ENDPOINT_URL", server.endpoint())
            .env("AWS_OIDC_ROLE_ARN", server.role_arn())
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("BITBUCKET_STEP_OIDC_TOKEN", token)
            .env("BITBUCKET_WORKSPACE", "acme")
            .env("BITBUCKET_REPO_SLUG", "site")
            .env("BITBUCKET_BUILD_NUMBER", "42")
            .env("S3_BUCKET", format!("{DEFAULT_BUCKET}/docs"))
            .env("LOCAL_PATH", &folder)
            .status()?;
        if !status.success() {
            return Err(format!("the pipe ended with {status}").into());
        }
    }
    let sent: Vec<(String, usize)> = server.counts().into_iter().collect();
    let objects = server.objects(DEFAULT_BUCKET).len();
    if objects == 0 || sent != LEAST.map(|(operation, count)| (operation.to_owned(), count)) {
        return Err(
            format!("the second deploy sent {sent:?}, with {objects} objects there").into(),
        );
    }
    say(&format!(
        "\nThe bucket holds {objects} objects, the record among them; the second deploy exchanged its token, listed them, and read and wrote the record."
    ))?;
    Ok(())
}

fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}
