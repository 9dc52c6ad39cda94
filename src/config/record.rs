//! The deploy record: whether there is one, which build this is, and what becomes of an older one.

use super::variables::Input;
use deploy_core::record::{NameHash, Who};

/// What a run does about the record.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// DEPLOY_RECORD.
    pub mode: Mode,
    /// OLDER_BUILD.
    pub older: OlderBuild,
    /// Which build this is.
    pub who: Who,
}

/// Whether there is a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// There is, unless it is forbidden or the server cannot.
    #[default]
    Auto,
    /// There is none.
    Off,
    /// There is, or no deploy.
    Required,
}

/// What a deploy does that finds a newer build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OlderBuild {
    /// It is refused, unless its step is run again.
    #[default]
    Refuse,
    /// It says so, and goes on.
    Warn,
    /// It goes on.
    Allow,
}

pub(super) fn read(input: &Input) -> Recording {
    let mode = input.deploy_record().one_of(&[
        ("auto", Mode::Auto),
        ("off", Mode::Off),
        ("required", Mode::Required),
    ]);
    let older = input.older_build().one_of(&[
        ("refuse", OlderBuild::Refuse),
        ("warn", OlderBuild::Warn),
        ("allow", OlderBuild::Allow),
    ]);
    Recording {
        mode: mode.unwrap_or_default(),
        older: older.unwrap_or_default(),
        who: who(input),
    }
}

/// What Bitbucket says of the build. Only its own numbers can be compared with each other.
fn who(input: &Input) -> Who {
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    let workspace = input.bitbucket_workspace().text();
    let repository = workspace.zip(input.bitbucket_repo_slug().text());
    let repository = repository.map(|(workspace, slug)| format!("{workspace}/{slug}"));
    // Its id stays when it is renamed.
    let repository = input.bitbucket_repo_uuid().owned().or(repository);
    let branch = input.bitbucket_branch().owned();
    let branch = branch.or_else(|| input.bitbucket_tag().owned());
    Who {
        repository: repository.map(|name| NameHash::of("repository", &name)),
        branch: branch.map(|name| NameHash::of("branch", &name)),
        commit: input.bitbucket_commit().owned(),
        build: number(input.bitbucket_build_number().text()),
        step_run: number(input.bitbucket_step_run_number().text()),
    }
}
