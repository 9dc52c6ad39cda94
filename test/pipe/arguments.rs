//! What the binary takes on its command line: one command, and questions about itself.

use crate::support::World;
use aws_oidc_s3_deploy::config::variables::VARIABLES;

#[test]
fn an_argument_without_meaning_stops_the_run_before_anything_is_read() {
    for arguments in [
        &["deploy", "--dryrun"][..],
        &["--dryrun"],
        &["deploy", "whoami"],
        &["setup", ""],
        &["site", "s3://my-bucket"],
    ] {
        let mut world = World::with_files(&[("index.html", "x")]);
        world.set("ACL", "everyone");
        let output = world.command().args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("unexpected argument `"), "{said}");
        assert!(!said.contains("ACL"), "{said}");
        assert!(world.server.requests().is_empty());
    }
}

#[test]
fn questions_about_the_binary_are_answered_on_stdout_whatever_is_set() {
    let mut world = World::new();
    world.set("ACL", "everyone");
    for argument in ["--help", "-h"] {
        let output = world.command().arg(argument).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stderr.is_empty());
        for variable in VARIABLES {
            assert!(text.contains(variable.name), "{}", variable.name);
        }
    }
    for argument in ["--version", "-V"] {
        let output = world.command().arg(argument).output().unwrap();
        let expected = format!("aws-oidc-s3-deploy {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        assert_eq!(output.status.code(), Some(0));
    }
    assert!(world.server.requests().is_empty());
}
