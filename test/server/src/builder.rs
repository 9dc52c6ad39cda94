//! The options of a server.

use crate::sts::Sessions;
use crate::{Certificate, ManualClock, Server, Tail, Throttle};
use std::io;
use std::time::Duration;

/// How much is kept of what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// Every request and every change.
    #[default]
    Everything,
    /// Only how many requests of each operation there were: for large numbers of them.
    CountsOnly,
}

/// Options; see each method for the default.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    pub(crate) port: u16,
    pub(crate) addresses: u8,
    pub(crate) delay: Duration,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) tail: Option<Tail>,
    pub(crate) sessions: Sessions,
    pub(crate) buckets: Vec<String>,
    pub(crate) recording: Recording,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) anonymous: bool,
}

impl Builder {
    /// Port on `127.0.0.1`; by default a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// So many addresses, from `127.0.0.1` on, all with the same port; by default that one.
    pub fn addresses(mut self, number: u8) -> Self {
        self.addresses = number;
        self
    }

    /// S3 requests beyond a rate are refused; by default none.
    pub fn throttle(mut self, throttle: Throttle) -> Self {
        self.throttle = Some(throttle);
        self
    }

    /// Some S3 requests take longer; by default none.
    pub fn tail(mut self, tail: Tail) -> Self {
        self.tail = Some(tail);
        self
    }

    /// Added to every request; by default nothing.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sessions end after this time (and say so in `Expiration`), whatever duration was asked for.
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.sessions.lifetime = Some(lifetime);
        self
    }

    /// What `Expiration` says of every session, however long it really lasts: to who is told of
    /// nothing, each session is to be renewed at once.
    pub fn told_lifetime(mut self, lifetime: Duration) -> Self {
        self.sessions.told_lifetime = Some(lifetime);
        self
    }

    /// What tokens and sessions begin and end by; by default the system's clock.
    pub fn clock(mut self, clock: &ManualClock) -> Self {
        self.sessions.clock = Some(clock.clone());
        self
    }

    /// A bucket that is there from the start; without any it is [`DEFAULT_BUCKET`](crate::DEFAULT_BUCKET).
    pub fn bucket(mut self, name: &str) -> Self {
        self.buckets.push(name.to_owned());
        self
    }

    /// HTTPS with this certificate; by default HTTP.
    pub fn tls(mut self, certificate: Certificate) -> Self {
        self.certificate = Some(certificate);
        self
    }

    /// Unsigned S3 requests are answered as those of the account's own keys; by default refused.
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// How much is kept; by default everything.
    pub fn recording(mut self, recording: Recording) -> Self {
        self.recording = recording;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// If the port cannot be bound or the thread cannot be started.
    pub fn try_start(self) -> io::Result<Server> {
        Server::from_builder(&self)
    }

    /// Starts the server.
    ///
    /// # Panics
    ///
    /// If the port cannot be bound or the thread cannot be started.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a test without its server has nothing to go on with"
    )]
    pub fn start(self) -> Server {
        self.try_start().expect("the test server starts")
    }
}
