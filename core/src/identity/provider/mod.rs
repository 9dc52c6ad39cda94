//! The CI systems whose tokens are known: one file each, with what its vendor documents.
//!
//! Nothing is fetched here and nothing printed: how a token is had is `TokenSource`, and what is
//! said about it `explain`.

pub mod bitbucket;
pub mod circleci;
pub mod github;
pub mod gitlab;

use super::claims::Claims;

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

/// Why a system's job has no token, as the likely question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingToken {
    /// What was looked for.
    pub why: &'static str,
    /// What to look at.
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

/// What a trust policy compares `sub` with, to accept runs like this one and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectPattern {
    /// This text, with StringEquals.
    Exact(String),
    /// Pieces of text with anything between them, with StringLike.
    Pieces(Vec<String>),
}

/// A part of a `sub`: its name and its text.
pub type SubjectPart<'a> = (&'static str, &'a str);

impl Provider {
    /// The provider that issued a token with these claims.
    #[must_use]
    pub fn of(claims: &Claims) -> Option<Self> {
        let issuer = claims.issuer()?;
        if bitbucket::issued(issuer) {
            Some(Self::Bitbucket)
        } else if circleci::issued(issuer) {
            Some(Self::CircleCi)
        } else if github::issued(issuer) {
            Some(Self::GitHub)
        } else if gitlab::issued(claims.subject()?) {
            Some(Self::GitLab)
        } else {
            None
        }
    }

    /// The name its users know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bitbucket => "Bitbucket Pipelines",
            Self::CircleCi => "CircleCI",
            Self::GitHub => "GitHub Actions",
            Self::GitLab => "GitLab",
        }
    }

    /// What to ask where its job has no token.
    #[must_use]
    pub fn missing_token(self) -> MissingToken {
        match self {
            Self::Bitbucket => bitbucket::MISSING_TOKEN,
            Self::CircleCi => circleci::MISSING_TOKEN,
            Self::GitHub => github::MISSING_TOKEN,
            Self::GitLab => gitlab::MISSING_TOKEN,
        }
    }

    /// The claim that names the branch (or ref).
    #[must_use]
    pub fn branch_claim(self) -> &'static str {
        match self {
            Self::Bitbucket => "branchName",
            Self::CircleCi => "oidc.circleci.com/vcs-ref",
            Self::GitHub | Self::GitLab => "ref",
        }
    }

    /// The claim that names the deployment environment, where there is one.
    #[must_use]
    pub fn environment_claim(self) -> Option<&'static str> {
        match self {
            Self::Bitbucket => Some("deploymentEnvironmentUuid"),
            Self::CircleCi => None,
            Self::GitHub | Self::GitLab => Some("environment"),
        }
    }
}

impl Subject {
    /// Takes the `sub` of `claims` apart, if its provider and grammar are known.
    #[must_use]
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
    #[must_use]
    pub fn parts(&self) -> Vec<SubjectPart<'_>> {
        match self {
            Self::Bitbucket(subject) => subject.parts(),
            Self::CircleCi(subject) => subject.parts(),
            Self::GitHub(subject) => subject.parts(),
            Self::GitLab(subject) => subject.parts(),
        }
    }

    /// The `sub` that the same run would have in a repository of other owners and names.
    #[must_use]
    pub fn elsewhere(&self, sub: &str) -> String {
        let parts = self.parts().into_iter();
        let of_repository =
            parts.filter(|(name, _)| matches!(*name, "repository" | "project" | "origin"));
        let of_repository = of_repository.filter(|(_, text)| !text.is_empty());
        of_repository.fold(sub.to_owned(), |sub, (_, text)| {
            sub.replace(text, &other(text))
        })
    }

    /// What a trust policy compares it with.
    #[must_use]
    pub fn pattern(&self) -> SubjectPattern {
        match self {
            Self::Bitbucket(subject) => subject.pattern(),
            Self::CircleCi(subject) => subject.pattern(),
            Self::GitHub(subject) => subject.pattern(),
            Self::GitLab(subject) => subject.pattern(),
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
