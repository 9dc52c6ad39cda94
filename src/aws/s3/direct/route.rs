//! Where requests to the bucket go, learnt from the first that the SDK sends: endpoint rules,
//! regions of ARNs and the choice of a signature stay the SDK's matter.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::endpoint::Endpoint;
use aws_smithy_types::timeout::TimeoutConfig;

/// The one signature that [`super::Direct`] makes. Directory buckets and access points of many
/// regions have others.
const SIGV4: &str = "sigv4";

/// Headers by which the SDK names itself and this program.
const AGENT_HEADERS: [&str; 2] = ["user-agent", "x-amz-user-agent"];

/// How far this machine's clock may be from the server's. S3 takes 15 minutes; the SDK corrects its
/// signatures from 4 minutes on, which [`super::Direct`] does not.
const SKEW_MAX: Duration = Duration::from_mins(2);

/// The way of one bucket's requests. An interceptor of its client; clones share what it learnt.
#[derive(Clone, Debug, Default)]
pub(in crate::aws) struct EndpointCapture(Arc<Learnt>);

#[derive(Debug, Default)]
struct Learnt {
    /// None if it cannot be gone.
    way: OnceLock<Option<ResolvedEndpoint>>,
    is_skewed: AtomicBool,
}

/// What requests to the bucket have in common.
#[derive(Debug)]
pub(super) struct ResolvedEndpoint {
    /// URL before the key.
    pub(super) endpoint: String,
    /// Region that is signed for.
    pub(super) region: String,
    /// Service that is signed for.
    pub(super) service: String,
    /// Headers of every request.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) connector: SharedHttpConnector,
}

impl EndpointCapture {
    /// The way, if it is known, and one that can be gone.
    pub(super) fn way(&self) -> Option<&ResolvedEndpoint> {
        let way = self.0.way.get()?.as_ref();
        way.filter(|_| !self.0.is_skewed.load(Ordering::Relaxed))
    }
}

impl Intercept for EndpointCapture {
    fn name(&self) -> &'static str {
        "Route"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0
            .way
            .get_or_init(|| ResolvedEndpoint::learn(context.request(), components, config));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.response().map(HttpResponse::headers);
        let date = headers.and_then(|headers| headers.get("date"));
        if date.is_some_and(|date| is_skewed(date, SystemTime::now())) {
            self.0.is_skewed.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl ResolvedEndpoint {
    fn learn(
        request: &HttpRequest,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Option<Self> {
        let endpoint = config.load::<Endpoint>()?;
        // Some name further ones; the first is the one that is used.
        let scheme = endpoint.auth_schemes().first()?;
        let text = |name| Some(scheme.get(name)?.as_string()?.to_owned());
        if scheme.name() != SIGV4 || endpoint.headers().next().is_some() {
            return None;
        }
        let timeouts = config.load::<TimeoutConfig>()?;
        let mut settings = HttpConnectorSettings::builder();
        settings.set_connect_timeout(timeouts.connect_timeout());
        settings.set_read_timeout(timeouts.read_timeout());
        let client = components.http_client()?;
        let headers = AGENT_HEADERS.into_iter();
        Some(Self {
            endpoint: endpoint.url().to_owned(),
            region: text("signingRegion")?,
            service: text("signingName")?,
            headers: headers
                .filter_map(|name| Some((name, request.headers().get(name)?.to_owned())))
                .collect(),
            connector: client.http_connector(&settings.build(), components),
        })
    }
}

/// Whether an answer of `date` says that this machine's clock, which shows `now`, is wrong.
fn is_skewed(date: &str, now: SystemTime) -> bool {
    let date = DateTime::from_str(date, Format::HttpDate).map(SystemTime::try_from);
    let Ok(Ok(date)) = date else {
        return false;
    };
    let ahead = now.duration_since(date);
    ahead.unwrap_or_else(|behind| behind.duration()) > SKEW_MAX
}

#[cfg(test)]
mod tests {
    use super::is_skewed;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_wrong_clock_is_noticed() {
        let date = "Sat, 21 Nov 2026 12:00:00 GMT";
        let noon = SystemTime::UNIX_EPOCH + Duration::from_hours(498_684);
        for (off, expected) in [(0, false), (100, false), (130, true), (86_400, true)] {
            let off = Duration::from_secs(off);
            assert_eq!(is_skewed(date, noon + off), expected, "{off:?}");
            assert_eq!(is_skewed(date, noon - off), expected, "-{off:?}");
        }
        assert!(!is_skewed("yesterday", noon));
    }
}
