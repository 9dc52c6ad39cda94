//! What goes wrong in a schedule's deploy: faults of the server, broken connections, signals.

use crate::random::Random;
use crate::support::World;
use nix::sys::signal::Signal;
use std::time::Duration;
use test_server::{Effect, Fault, Proxy, Trouble};

/// Pause between two looks whether a deploy has ended by itself.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// Requests of a deploy, those of a large file last.
const OPERATIONS: &[&str] = &[
    "AssumeRoleWithWebIdentity",
    "ListObjectsV2",
    "PutObject",
    "PutObject",
    "PutObject",
    "DeleteObjects",
    "DeleteObject",
    "CreateInvalidation",
    "GetInvalidation",
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
];

const CONNECTIONS: &[Trouble] = &[
    Trouble::Refused,
    Trouble::ResetBeforeBody,
    Trouble::ResetDuringBody,
    Trouble::ResetDuringAnswer,
    Trouble::Stalled,
    Trouble::StalledAnswer,
];

/// What a schedule orders.
pub(super) struct Troubles {
    pub(super) signal: Option<(Signal, usize)>,
    /// Faults of the server, as they were ordered.
    faults: usize,
    proxy: Option<Proxy>,
}

impl Troubles {
    pub(super) fn order(world: &mut World, random: &mut Random) -> Self {
        world.set("AWS_MAX_ATTEMPTS", &(1 + random.below(3)).to_string());
        let faults = random.below(4);
        for _ in 0..faults {
            world.server.inject(fault(random));
        }
        let proxy = random.once_in(3).then(|| {
            let proxy = Proxy::start(world.server.port()).unwrap();
            world.set("AWS_ENDPOINT_URL", &proxy.endpoint());
            world.set("EXTRA_ARGS", "--cli-read-timeout 1");
            let operation = random.pick(OPERATIONS);
            let trouble = random.pick(CONNECTIONS);
            proxy.inject(operation, trouble, random.below(4), 1 + random.below(3));
            proxy
        });
        let signals = [Signal::SIGKILL, Signal::SIGKILL, Signal::SIGTERM];
        let signal = random
            .once_in(4)
            .then(|| (random.pick(&signals), 1 + random.below(20)));
        Self {
            signal,
            faults,
            proxy,
        }
    }

    /// Ends it all, and says what there was.
    pub(super) fn clear(self, world: &mut World) -> Past {
        let proxy = self.proxy.as_ref().map_or(0, Proxy::met);
        let past = Past {
            none: self.faults == 0 && self.proxy.is_none() && self.signal.is_none(),
            killed: matches!(self.signal, Some((Signal::SIGKILL, _))),
            met: world.server.faults_met() + proxy + usize::from(self.signal.is_some()),
        };
        drop(self.proxy);
        world.server.clear_faults();
        let endpoint = world.server.endpoint();
        world.set("AWS_ENDPOINT_URL", &endpoint);
        world.unset("AWS_MAX_ATTEMPTS").unset("EXTRA_ARGS");
        past
    }
}

/// Troubles that are over.
#[derive(Clone, Copy)]
pub(super) struct Past {
    /// There were none.
    pub(super) none: bool,
    /// The deploy was to be killed.
    pub(super) killed: bool,
    /// How many of them happened.
    pub(super) met: usize,
}

fn fault(random: &mut Random) -> Fault {
    let error = |status, code: &str| Effect::Error {
        status,
        code: code.to_owned(),
        message: "on purpose".to_owned(),
    };
    let effect = match random.below(12) {
        0 => error(500, "InternalError"),
        1 | 2 => error(503, "SlowDown"),
        3 => error(403, "AccessDenied"),
        4 => error(400, "ExpiredToken"),
        5 => Effect::CutBeforeBody,
        6 => Effect::CutDuringBody,
        7 | 8 => Effect::CutBeforeResponse,
        9 => Effect::CutResponse,
        10 => Effect::HalfAnswer,
        _ => Effect::WrongETag,
    };
    let fault = Fault::new(effect)
        .on(random.pick(OPERATIONS))
        .skip(random.below(5));
    if random.once_in(4) {
        fault
    } else {
        fault.times(1 + random.below(3))
    }
}
