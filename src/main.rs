//! The pipe's binary: hands environment and arguments to the library and exits with its word.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The threads that send requests free what others have allocated, for which glibc has them wait for
/// each other: with it a PUT takes twice the processor time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let exit = aws_oidc_s3_deploy::run(std::env::vars_os(), std::env::args_os().skip(1));
    exit.code().into()
}
