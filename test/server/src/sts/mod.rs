//! STS: `AssumeRoleWithWebIdentity` and `AssumeRole` as AWS does them, and `GetCallerIdentity`.
//!
//! Here are the account's contents (roles, identity providers, keys, sessions) and the dispatch;
//! the decisions are pure functions in the files below.

mod assume_role;
mod caller;
mod chain;
mod error;
mod identity;
mod parameters;
mod pattern;
mod session;
pub(crate) mod session_policy;
mod trust_policy;

pub use session::Session;

use crate::answer::{self, Answer, Service};
use crate::manual_clock::ManualClock;
use crate::random;
use crate::sync::lock;
use error::Refusal;
use http::HeaderMap;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// The account that everything belongs to, except for roles whose ARN names another.
pub const ACCOUNT_ID: &str = "123456789012";

/// The role that is there from the start.
pub const DEFAULT_ROLE_ARN: &str = "arn:aws:iam::123456789012:role/deploy";

/// Of a new role, unless another is set.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_max_session_duration.html>
const DEFAULT_MAX_SESSION_SECONDS: u32 = 3600;

/// The account.
#[derive(Debug)]
pub(crate) struct Sts {
    sessions: Sessions,
    state: Mutex<State>,
}

/// How long sessions are, and by which clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions {
    /// They end so soon, whatever duration was asked for.
    pub(crate) lifetime: Option<Duration>,
    /// What is said of it, if that is not the truth.
    pub(crate) told_lifetime: Option<Duration>,
    /// None is the system's.
    pub(crate) clock: Option<ManualClock>,
}

#[derive(Debug, Default)]
struct State {
    /// Issuer URL → client ids.
    providers: BTreeMap<String, Vec<String>>,
    /// ARN → role.
    roles: BTreeMap<String, Role>,
    static_keys: BTreeMap<String, String>,
    sessions: Vec<Session>,
    /// Access key → index in `sessions`.
    session_indexes: BTreeMap<String, usize>,
}

#[derive(Clone, Debug)]
struct Role {
    id: String,
    trust_policy: Value,
    max_session_seconds: u32,
}

/// Why a key may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyRefusal {
    Unknown,
    WrongToken,
    Expired,
}

impl Sts {
    pub(crate) fn new(sessions: Sessions) -> Self {
        Self {
            sessions,
            state: Mutex::default(),
        }
    }

    fn now(&self) -> SystemTime {
        let clock = self.sessions.clock.as_ref();
        clock.map_or_else(SystemTime::now, ManualClock::now)
    }

    pub(crate) fn set_provider(&self, issuer: &str, client_ids: &[&str]) {
        let client_ids = client_ids.iter().map(|id| (*id).to_owned()).collect();
        lock(&self.state)
            .providers
            .insert(issuer.to_owned(), client_ids);
    }

    pub(crate) fn remove_provider(&self, issuer: &str) {
        lock(&self.state).providers.remove(issuer);
    }

    /// Changes a role, which is created if there is none yet: trusting nobody.
    fn change_role(&self, arn: &str, change: impl FnOnce(&mut Role)) {
        let mut state = lock(&self.state);
        let role = state.roles.entry(arn.to_owned()).or_insert_with(|| Role {
            id: random::identifier("AROA"),
            trust_policy: Value::Null,
            max_session_seconds: DEFAULT_MAX_SESSION_SECONDS,
        });
        change(role);
    }

    pub(crate) fn set_trust_policy(&self, arn: &str, policy: Value) {
        self.change_role(arn, |role| role.trust_policy = policy);
    }

    pub(crate) fn set_max_session_seconds(&self, arn: &str, seconds: u32) {
        self.change_role(arn, |role| role.max_session_seconds = seconds);
    }

    pub(crate) fn add_static_keys(&self, access_key: &str, secret_key: &str) {
        lock(&self.state)
            .static_keys
            .insert(access_key.to_owned(), secret_key.to_owned());
    }

    pub(crate) fn sessions(&self) -> Vec<Session> {
        lock(&self.state).sessions.clone()
    }

    /// Ends every session now.
    pub(crate) fn expire_sessions(&self) {
        let now = self.now();
        for session in &mut lock(&self.state).sessions {
            session.expires = session.expires.min(now);
        }
    }

    pub(crate) fn secret_key(&self, access_key: &str) -> Option<String> {
        let state = lock(&self.state);
        let session = state
            .session(access_key)
            .map(|session| session.secret_key.clone());
        session.or_else(|| state.static_keys.get(access_key).cloned())
    }

    /// Whether the key may be used, with this session token or without one.
    pub(crate) fn check_key(
        &self,
        access_key: &str,
        token: Option<&str>,
    ) -> Result<(), KeyRefusal> {
        let state = lock(&self.state);
        if let Some(session) = state.session(access_key) {
            return match token {
                // AWS does not know a temporary key without its token.
                None => Err(KeyRefusal::Unknown),
                Some(token) if token != session.session_token => Err(KeyRefusal::WrongToken),
                Some(_) if session.expires <= self.now() => Err(KeyRefusal::Expired),
                Some(_) => Ok(()),
            };
        }
        match (state.static_keys.contains_key(access_key), token) {
            (false, _) => Err(KeyRefusal::Unknown),
            (true, Some(_)) => Err(KeyRefusal::WrongToken),
            (true, None) => Ok(()),
        }
    }

    /// Answers a request: a form, and for signed actions the headers.
    pub(crate) fn answer(&self, headers: &HeaderMap, form: &[u8]) -> Answer {
        let form: BTreeMap<String, String> = form_urlencoded::parse(form).into_owned().collect();
        let action = form.get("Action").map_or("", String::as_str);
        let answered = match action {
            "AssumeRoleWithWebIdentity" => assume_role::answer(self, &form, self.now()),
            "AssumeRole" => chain::answer(self, headers, &form, self.now()),
            "GetCallerIdentity" => caller::answer(self, headers),
            _ => Err(Refusal::new(
                400,
                "InvalidAction",
                format!("Could not find operation {action} for version 2011-06-15"),
            )),
        };
        match answered {
            Ok(xml) => answer::xml(200, xml),
            Err(refusal) => {
                answer::error(Service::Sts, refusal.status, refusal.code, &refusal.message)
            }
        }
    }

    fn provider(&self, issuer: &str) -> Option<Vec<String>> {
        lock(&self.state).providers.get(issuer).cloned()
    }

    fn role(&self, arn: &str) -> Option<Role> {
        lock(&self.state).roles.get(arn).cloned()
    }

    pub(crate) fn session(&self, access_key: &str) -> Option<Session> {
        lock(&self.state).session(access_key).cloned()
    }

    fn add_session(&self, session: Session) {
        let mut state = lock(&self.state);
        let index = state.sessions.len();
        state
            .session_indexes
            .insert(session.access_key.clone(), index);
        state.sessions.push(session);
    }
}

impl State {
    fn session(&self, access_key: &str) -> Option<&Session> {
        self.sessions.get(*self.session_indexes.get(access_key)?)
    }
}
