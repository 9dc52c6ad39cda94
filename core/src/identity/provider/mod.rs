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

/// What there is to know of a CI system.
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
    /// The forms of its subjects, `<name>` for a part; the first one that fits counts.
    forms: &'static [&'static str],
    /// Whether a part of this name can be this text.
    fits: fn(&str, &str) -> bool,
    /// The part that each run has of its own.
    own_part: Option<&'static str>,
    /// As [`Subject::pattern_of`].
    pattern_of: fn(&Subject<'_>, Scope) -> Option<SubjectPattern>,
}

/// A `sub` taken apart by the grammar of its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Whose it is.
    pub provider: Provider,
    form: &'static str,
    /// Its parts, in order: their names and texts.
    pub parts: Vec<(&'static str, &'a str)>,
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

impl<'a> Subject<'a> {
    /// Takes the `sub` of `claims` apart, if its provider and grammar are known.
    pub fn of(claims: &'a Claims) -> Option<Self> {
        let subject = claims.subject()?;
        let provider = Provider::of(claims)?;
        let Vendor { forms, fits, .. } = provider.vendor();
        forms.iter().find_map(|form| {
            let parts = parts(form, subject)?;
            let is_of_form = parts.iter().all(|(name, text)| fits(name, text));
            is_of_form.then_some(Self {
                provider,
                form,
                parts,
            })
        })
    }

    /// The part of this name.
    pub fn part(&self, name: &str) -> Option<&'a str> {
        let mut parts = self.parts.iter();
        parts
            .find(|(known, _)| *known == name)
            .map(|(_, text)| *text)
    }

    /// The `sub` that the same run would have in a repository of other owners and names.
    pub fn elsewhere(&self, sub: &str) -> String {
        let places = ["repository", "project", "origin"].into_iter();
        let texts = places.filter_map(|name| self.part(name));
        texts
            .filter(|text| !text.is_empty())
            .fold(sub.to_owned(), |sub, text| sub.replace(text, &other(text)))
    }

    /// What a trust policy compares it with, to accept runs like this one and no others; `None` where
    /// they all have this very subject.
    pub fn pattern(&self) -> Option<SubjectPattern> {
        let own = format!("<{}>", self.provider.vendor().own_part?);
        self.filled(&self.form.replace(&own, "*"))
    }

    /// What a trust policy compares it with, to accept every run in `scope`; `None` if the subject
    /// does not tell the scope.
    pub fn pattern_of(&self, scope: Scope) -> Option<SubjectPattern> {
        (self.provider.vendor().pattern_of)(self, scope)
    }

    /// `form` with a part for each `<name>`, up to its first `/` for `<name/>`, and anything for `*`.
    fn filled(&self, form: &str) -> Option<SubjectPattern> {
        let text = |name: &str| match name.strip_suffix('/') {
            Some(whole) => {
                let part = self.part(whole)?;
                part.get(..=part.find('/')?)
            }
            None => self.part(name),
        };
        let fill = |piece: &str| {
            let mut pieces = piece.split('<');
            let begin = pieces.next().unwrap_or_default().to_owned();
            pieces.try_fold(begin, |filled, piece| {
                let (name, literal) = piece.split_once('>')?;
                Some(filled + text(name)? + literal)
            })
        };
        let pieces: Option<Vec<String>> = form.split('*').map(fill).collect();
        Some(match <[String; 1]>::try_from(pieces?) {
            Ok([whole]) => SubjectPattern::Exact(whole),
            Err(pieces) => SubjectPattern::Pieces(pieces),
        })
    }
}

/// The parts of `sub` if it is of this `form`: each ends where the text behind it begins.
fn parts<'a>(form: &'static str, sub: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let mut pieces = form.split('<');
    let mut rest = sub.strip_prefix(pieces.next()?)?;
    let mut parts = Vec::new();
    for piece in pieces {
        let (name, literal) = piece.split_once('>')?;
        let (text, behind) = match literal {
            "" => (rest, ""),
            literal => rest.split_once(literal)?,
        };
        parts.push((name, text));
        rest = behind;
    }
    Some(parts)
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
