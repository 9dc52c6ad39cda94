//! Faults on order: which requests fail, how often, and in which way.
//!
//! Only the choice is here; what an effect does to a connection is in `service`.

use crate::sync::lock;
use bytes::Bytes;
use std::sync::Mutex;
use std::time::Duration;

/// An order to fail. Of several that fit a request, the first injected one acts.
///
/// ```
/// use test_server::{Effect, Fault};
///
/// let fault = Fault::error(503, "SlowDown", "Please reduce your request rate.")
///     .on("PutObject")
///     .key("index.html")
///     .skip(1)
///     .times(2);
/// # assert_eq!(fault.skip, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    /// The operation's API name; `None` is every operation.
    pub operation: Option<String>,
    /// The object's key; `None` is every key and also requests without one.
    pub key: Option<KeyPattern>,
    /// How many fitting requests pass before the first one that fails.
    pub skip: usize,
    /// How many fail then.
    pub times: Times,
    /// What happens to them.
    pub effect: Effect,
}

/// Which keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPattern {
    /// This key.
    Exact(String),
    /// Every key with this in it.
    Contains(String),
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Until the faults are cleared.
    Always,
    /// So many times.
    Only(usize),
}

/// What happens to a request that a fault fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The body is read, and an error answered in the XML of the service. Nothing is done.
    Error {
        /// HTTP status.
        status: u16,
        /// `Code` in the XML.
        code: String,
        /// `Message` in the XML.
        message: String,
    },
    /// The request is answered properly, so much later.
    Delay(Duration),
    /// The connection is closed without reading the body. Nothing is done.
    CutBeforeBody,
    /// The connection is closed after the first piece of the body. Nothing is done.
    CutDuringBody,
    /// The request is done, and the connection closed without an answer.
    CutBeforeResponse,
    /// The request is done, and the connection closed in the middle of the answer's body.
    CutResponse,
    /// The request is done, and the first half of the answer's body sent as if it were all of it.
    HalfAnswer,
    /// The request is done, and the answer's body sent up to this text as if that were all of it; all
    /// of a body that does not have it.
    AnswerUntil(String),
    /// The request is done, and each `ETag` in the answer, in headers and XML, is one of zeros.
    WrongETag,
    /// `DeleteObjects` is done except for the keys that fit the fault's pattern (all without a
    /// pattern): these get an error of their own in the 200 answer. No effect on other operations.
    KeyErrors {
        /// `Code` in the XML.
        code: String,
        /// `Message` in the XML.
        message: String,
    },
    /// The body is read, and then nothing happens until [`Server::release`](crate::Server::release).
    /// A released request is answered properly.
    Hold,
    /// The body is read, and this answered. Nothing is done.
    Respond {
        /// HTTP status.
        status: u16,
        /// Header names and values.
        headers: Vec<(String, String)>,
        /// Body as it is.
        body: Bytes,
    },
}

impl Fault {
    /// The effect on every request, always.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self {
            operation: None,
            key: None,
            skip: 0,
            times: Times::Always,
            effect,
        }
    }

    /// An error answer.
    #[must_use]
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::new(Effect::Error {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
        })
    }

    /// Errors for single keys inside `DeleteObjects`.
    #[must_use]
    pub fn key_errors(code: &str, message: &str) -> Self {
        let effect = Effect::KeyErrors {
            code: code.to_owned(),
            message: message.to_owned(),
        };
        Self::new(effect).on("DeleteObjects")
    }

    /// Only for this operation.
    #[must_use]
    pub fn on(mut self, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self
    }

    /// Only for this key.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(KeyPattern::Exact(key.to_owned()));
        self
    }

    /// Only for keys with this in them.
    #[must_use]
    pub fn key_containing(mut self, part: &str) -> Self {
        self.key = Some(KeyPattern::Contains(part.to_owned()));
        self
    }

    /// Lets so many fitting requests pass first.
    #[must_use]
    pub fn skip(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Times::Only(times);
        self
    }

    fn fits(&self, operation: &str, key: Option<&str>) -> bool {
        if self
            .operation
            .as_deref()
            .is_some_and(|wanted| wanted != operation)
        {
            return false;
        }
        // The keys of a DeleteObjects are in its body; its fault picks among them later.
        if matches!(self.effect, Effect::KeyErrors { .. }) {
            return operation == "DeleteObjects";
        }
        self.key
            .as_ref()
            .is_none_or(|pattern| key.is_some_and(|key| pattern.fits(key)))
    }
}

impl KeyPattern {
    fn fits(&self, key: &str) -> bool {
        match self {
            Self::Exact(wanted) => key == wanted,
            Self::Contains(part) => key.contains(part.as_str()),
        }
    }
}

/// A `KeyErrors` effect on its way to the handler of `DeleteObjects`.
#[derive(Clone, Debug)]
pub(crate) struct KeyErrors {
    pub(crate) pattern: Option<KeyPattern>,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl KeyErrors {
    pub(crate) fn fits(&self, key: &str) -> bool {
        self.pattern
            .as_ref()
            .is_none_or(|pattern| pattern.fits(key))
    }
}

/// The faults that were injected and have not run out.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Ordered>);

#[derive(Debug, Default)]
struct Ordered {
    faults: Vec<Fault>,
    met: usize,
}

impl Faults {
    pub(crate) fn inject(&self, fault: Fault) {
        lock(&self.0).faults.push(fault);
    }

    pub(crate) fn clear(&self) {
        *lock(&self.0) = Ordered::default();
    }

    pub(crate) fn met(&self) -> usize {
        lock(&self.0).met
    }

    /// The fault for a request. Fitting faults that are still skipping count the request; one that
    /// acts uses up one of its times.
    pub(crate) fn choose(&self, operation: &str, key: Option<&str>) -> Option<Fault> {
        let mut ordered = lock(&self.0);
        let Ordered { faults, met } = &mut *ordered;
        for fault in faults.iter_mut().filter(|fault| fault.fits(operation, key)) {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            match &mut fault.times {
                Times::Always => {
                    *met += 1;
                    return Some(fault.clone());
                }
                Times::Only(0) => {}
                Times::Only(left) => {
                    *left -= 1;
                    *met += 1;
                    return Some(fault.clone());
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_skip_and_run_out() {
        let faults = Faults::default();
        faults.inject(
            Fault::error(503, "SlowDown", "")
                .on("PutObject")
                .key("a")
                .skip(1)
                .times(2),
        );
        let acts = |operation, key| faults.choose(operation, key).is_some();
        assert!(!acts("GetObject", Some("a")), "other operation");
        assert!(!acts("PutObject", Some("ab")), "other key");
        assert!(!acts("PutObject", None), "no key");
        assert_eq!(
            [(); 4].map(|()| acts("PutObject", Some("a"))),
            [false, true, true, false]
        );
    }

    #[test]
    fn the_first_fitting_fault_acts() {
        let faults = Faults::default();
        faults.inject(Fault::error(500, "First", "").key_containing("x").times(1));
        faults.inject(Fault::error(500, "Second", ""));
        let code = |key| match faults.choose("PutObject", key).map(|fault| fault.effect) {
            Some(Effect::Error { code, .. }) => code,
            _ => String::new(),
        };
        assert_eq!(code(Some("y")), "Second");
        assert_eq!(code(Some("axb")), "First");
        assert_eq!(code(Some("axb")), "Second");
        faults.clear();
        assert_eq!(code(None), "");
    }

    #[test]
    fn key_errors_pick_keys_in_the_body() {
        let faults = Faults::default();
        faults.inject(Fault::key_errors("AccessDenied", "Access Denied").key("a"));
        assert!(faults.choose("PutObject", Some("a")).is_none());
        assert!(faults.choose("DeleteObjects", None).is_some());
    }
}
