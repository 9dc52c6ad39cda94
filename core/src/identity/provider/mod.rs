//! The CI systems whose tokens are known: one file each, with what its vendor documents.
//!
//! Nothing is fetched here and nothing printed: how a token is had is `TokenSource`, and what is
//! said about it `explain`.

pub mod bitbucket;
pub mod circleci;
pub mod github;
pub mod gitlab;

use super::claims::Claims;
use crate::base::invalid::{Invalid, choose};
use crate::iam::pattern;

/// A CI system that issues OIDC tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Bitbucket Pipelines.
    Bitbucket,
    /// CircleCI.
    CircleCi,
    /// GitHub Actions.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
}

/// What there is to know of a CI system, beside the grammar of its subjects.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// The name its users know it by.
    pub name: &'static str,
    /// The name of a statement that accepts its runs.
    pub statement_id: &'static str,
    /// The claim that names the branch (or ref).
    pub branch_claim: &'static str,
    /// The claim that names the deployment environment, where there is one.
    pub environment_claim: Option<&'static str>,
    /// What was looked for where a job has no token.
    pub missing_token: &'static str,
    /// What to look at then, as the likely question.
    pub question: &'static str,
}

/// A `sub` taken apart by the grammar of its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Of Bitbucket Pipelines.
    Bitbucket(bitbucket::Subject),
    /// Of CircleCI.
    CircleCi(circleci::Subject),
    /// Of GitHub Actions.
    GitHub(github::Subject),
    /// Of GitLab.
    GitLab(gitlab::Subject),
}

/// What a trust policy compares `sub` with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectPattern {
    /// Nothing: the issuer itself is of one workspace only.
    Any,
    /// This text.
    Exact(String),
    /// Pieces of text with anything between them.
    Pieces(Vec<String>),
}

/// Which runs a role accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those of the whole workspace, organisation, owner or group.
    Workspace,
    /// Those of one repository or project.
    #[default]
    Repository,
    /// Those of one deployment environment of one repository.
    Environment,
}

impl Scope {
    /// Reads SCOPE.
    ///
    /// # Errors
    /// When it is none of the scopes.
    pub fn parse(value: &str) -> Result<Self, Invalid> {
        let choices = [
            ("workspace", Self::Workspace),
            ("repository", Self::Repository),
            ("environment", Self::Environment),
        ];
        choose(value, &choices)
    }
}

impl SubjectPattern {
    /// Pieces with anything between them.
    pub(crate) fn pieces<T: Into<String>>(pieces: impl IntoIterator<Item = T>) -> Self {
        Self::Pieces(pieces.into_iter().map(Into::into).collect())
    }

    /// The operator of a condition and its value; [`Option::None`] where there is no condition.
    pub fn condition(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Any => None,
            Self::Exact(text) => Some(("StringEquals", pattern::literal(text))),
            Self::Pieces(pieces) => {
                let pieces: Vec<String> = pieces.iter().map(|it| pattern::literal(it)).collect();
                Some(("StringLike", pieces.join("*")))
            }
        }
    }
}

/// A part of a `sub`: its name and its text.
pub type SubjectPart<'a> = (&'static str, &'a str);

impl Provider {
    /// The provider that issued a token with these claims.
    pub fn of(claims: &Claims) -> Option<Self> {
        let issuer = claims.issuer()?;
        let subject = claims.subject().unwrap_or_default();
        if bitbucket::issued(issuer) {
            Some(Self::Bitbucket)
        } else if circleci::issued(issuer, subject) {
            Some(Self::CircleCi)
        } else if github::issued(issuer) {
            Some(Self::GitHub)
        } else if gitlab::issued(subject) {
            Some(Self::GitLab)
        } else {
            None
        }
    }

    /// What there is to know of it.
    pub fn vendor(self) -> Vendor {
        match self {
            Self::Bitbucket => bitbucket::VENDOR,
            Self::CircleCi => circleci::VENDOR,
            Self::GitHub => github::VENDOR,
            Self::GitLab => gitlab::VENDOR,
        }
    }
}

impl Subject {
    /// Takes the `sub` of `claims` apart, if its provider and grammar are known.
    pub fn of(claims: &Claims) -> Option<Self> {
        let subject = claims.subject()?;
        match Provider::of(claims)? {
            Provider::Bitbucket => bitbucket::Subject::parse(subject).map(Self::Bitbucket),
            Provider::CircleCi => circleci::Subject::parse(subject).map(Self::CircleCi),
            Provider::GitHub => github::Subject::parse(subject).map(Self::GitHub),
            Provider::GitLab => gitlab::Subject::parse(subject).map(Self::GitLab),
        }
    }

    /// Its parts, in order.
    pub fn parts(&self) -> Vec<SubjectPart<'_>> {
        match self {
            Self::Bitbucket(subject) => subject.parts(),
            Self::CircleCi(subject) => subject.parts(),
            Self::GitHub(subject) => subject.parts(),
            Self::GitLab(subject) => subject.parts(),
        }
    }

    /// The `sub` that the same run would have in a repository of other owners and names.
    pub fn elsewhere(&self, sub: &str) -> String {
        let parts = self.parts().into_iter();
        let of_repository =
            parts.filter(|(name, _)| matches!(*name, "repository" | "project" | "origin"));
        let of_repository = of_repository.filter(|(_, text)| !text.is_empty());
        of_repository.fold(sub.to_owned(), |sub, (_, text)| {
            sub.replace(text, &other(text))
        })
    }

    /// What a trust policy compares it with, to accept runs like this one and no others; `None` where
    /// they all have this very subject.
    pub fn pattern(&self) -> Option<SubjectPattern> {
        match self {
            Self::Bitbucket(subject) => Some(subject.pattern()),
            Self::CircleCi(subject) => Some(subject.pattern()),
            Self::GitHub(_) | Self::GitLab(_) => None,
        }
    }

    /// What a trust policy compares it with, to accept every run in `scope`; `None` if the subject
    /// does not tell the scope.
    pub fn pattern_of(&self, scope: Scope) -> Option<SubjectPattern> {
        match self {
            Self::Bitbucket(subject) => subject.pattern_of(scope),
            Self::CircleCi(subject) => subject.pattern_of(scope),
            Self::GitHub(subject) => subject.pattern_of(scope),
            Self::GitLab(subject) => subject.pattern_of(scope),
        }
    }
}

/// A text of the same shape, with no letter or digit where `text` has it.
fn other(text: &str) -> String {
    let other = |character: char| match character {
        'x' => 'y',
        '0' => '1',
        _ if character.is_ascii_digit() => '0',
        _ if character.is_alphabetic() => 'x',
        _ => character,
    };
    text.chars().map(other).collect()
}

#[cfg(test)]
mod tests;
