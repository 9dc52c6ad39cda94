//! Where requests to the bucket go, learnt from the first that the SDK sends: endpoint rules,
//! regions of ARNs and the choice of a signature stay the SDK's matter.

use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::endpoint::Endpoint;
use aws_smithy_types::timeout::TimeoutConfig;

/// The one signature that [`super::Direct`] makes. Directory buckets and access points of many
/// regions have others.
const SIGV4: &str = "sigv4";

/// Headers by which the SDK names itself and this program.
const AGENT_HEADERS: [&str; 2] = ["user-agent", "x-amz-user-agent"];

/// The way of one bucket's requests. An interceptor of its client; clones share what it learnt.
#[derive(Clone, Debug, Default)]
pub(in crate::aws) struct Route(Arc<OnceLock<Option<Way>>>);

/// What requests to the bucket have in common.
#[derive(Debug)]
pub(super) struct Way {
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

impl Route {
    /// The way, if it is known, and one that can be gone.
    pub(super) fn way(&self) -> Option<&Way> {
        self.0.get()?.as_ref()
    }
}

impl Intercept for Route {
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
            .get_or_init(|| Way::learn(context.request(), components, config));
        Ok(())
    }
}

impl Way {
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
