//! The pipe's binary: hands the environment to the library and exits with its word.

use std::process::ExitCode;

fn main() -> ExitCode {
    aws_oidc_s3_deploy::run(std::env::vars_os(), std::env::args_os().nth(1)).into()
}
