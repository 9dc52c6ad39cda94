//! The bucket as the deploy sees it. Each operation is a file of its own beside this one.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};

use super::direct::{Direct, EndpointCapture, Payload};
use super::known_md5s::KnownMd5s;
use crate::aws::error::AwsError;
use crate::aws::sts::Session;
use crate::aws::wire::client::{Clients, configured};
use crate::aws::wire::counter::Throttling;
use deploy_core::answers::listing_page::Times;
use deploy_core::base::endpoint::Endpoint;
use deploy_core::identity::StaticKeys;
use deploy_core::object::body::Checksum;
use deploy_core::plan::Existing;

/// How a bucket is spoken to.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Account that must own the bucket.
    pub expected_owner: Option<String>,
    /// How uploads are proven.
    pub checksum: Checksum,
    /// Bucket in the path instead of the host name.
    pub path_style: bool,
    /// What happens to objects that exist already.
    pub existing: Existing,
    /// Whether listings tell the times of objects.
    pub times: Times,
}

/// Which bucket, and how it is reached.
#[derive(Clone, Copy, Debug)]
pub struct BucketOptions<'a> {
    /// Its name, alias or ARN.
    pub name: &'a str,
    /// The S3-compatible server that has it; none for AWS.
    pub endpoint: Option<&'a Endpoint>,
    /// How it is spoken to.
    pub storage: &'a Storage,
}

/// A bucket, and how it is spoken to.
#[derive(Clone)]
pub struct Bucket {
    pub(in crate::aws) client: Client,
    /// Shared with the clients of other services.
    pub(in crate::aws) credentials: SharedCredentialsProvider,
    pub(in crate::aws) name: String,
    /// How it is spoken to.
    pub(super) storage: Storage,
    /// What this run has learnt of the server's ETags.
    pub(super) known_md5s: Arc<KnownMd5s>,
    /// Whether AWS has it, and not another server.
    pub(in crate::aws) is_aws: bool,
    /// What is signed of bodies. Where nobody can change them on the way, a signature over the
    /// headers and a checksum among them suffice.
    pub(in crate::aws) payload: Payload,
    /// Sends what there are many of.
    pub(in crate::aws) direct: Direct,
    throttling: Throttling,
    session: Option<Arc<Session>>,
}

impl Bucket {
    /// The bucket, with the credentials of `session`.
    pub fn new(clients: &Clients, options: BucketOptions<'_>, session: Arc<Session>) -> Self {
        let credentials = session.shared();
        Self {
            session: Some(session),
            ..Self::with_credentials(clients, options, credentials)
        }
    }

    /// The bucket, with static keys.
    pub fn with_keys(clients: &Clients, options: BucketOptions<'_>, keys: &StaticKeys) -> Self {
        Self::with_credentials(clients, options, credentials_of(keys))
    }

    /// The same bucket, asked in `region`, as whoever it was asked before.
    #[must_use]
    pub fn moved_to(&self, clients: &Clients, options: BucketOptions<'_>, region: &str) -> Self {
        let clients = clients.in_region(region);
        Self {
            session: self.session.clone(),
            ..Self::with_credentials(&clients, options, self.credentials.clone())
        }
    }

    /// The role session behind it; static keys have none.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_deref()
    }

    /// Whether AWS has it, and not another server.
    pub fn is_aws(&self) -> bool {
        self.is_aws
    }

    /// Whether uploads replace nothing.
    pub fn protects(&self) -> bool {
        self.storage.existing == Existing::Protect
    }

    /// What the server had no room for.
    pub fn throttling(&self) -> Throttling {
        self.throttling.clone()
    }

    /// Whether something new may be begun.
    ///
    /// # Errors
    /// AWS's refusal to renew the session.
    pub fn check_session(&self) -> Result<(), AwsError> {
        match self.session().and_then(Session::refusal) {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(()),
        }
    }

    /// The same bucket for objects of the pipe's own, which NO_OVERWRITE does not protect.
    #[must_use]
    pub fn replacing(&self) -> Self {
        let mut bucket = self.clone();
        bucket.storage.existing = Existing::Replace;
        bucket
    }

    /// Account that must own the bucket, as requests name it.
    pub(super) fn owner(&self) -> Option<String> {
        self.storage.expected_owner.clone()
    }

    fn with_credentials(
        clients: &Clients,
        options: BucketOptions<'_>,
        credentials: SharedCredentialsProvider,
    ) -> Self {
        let (endpoint, storage) = (options.endpoint, options.storage);
        let is_exposed = endpoint.is_some_and(Endpoint::is_exposed);
        let payload = if is_exposed || storage.checksum == Checksum::Off {
            Payload::Signed
        } else {
            Payload::Unsigned
        };
        let route = EndpointCapture::default();
        let mut builder = configured!(aws_sdk_s3, clients, endpoint)
            .interceptor(route.clone())
            .force_path_style(storage.path_style)
            .use_arn_region(true)
            // Checksums are this program's own headers: the SDK's would be trailers that some
            // S3-compatible servers refuse.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        // Set, not wrapped in another provider: the cache knows the session by the provider.
        builder.set_credentials_provider(Some(credentials.clone()));
        Self {
            client: Client::from_conf(builder.build()),
            name: options.name.to_owned(),
            storage: storage.clone(),
            known_md5s: Arc::default(),
            is_aws: endpoint.is_none_or(Endpoint::is_aws),
            payload,
            direct: Direct {
                route,
                credentials: credentials.clone(),
                client: clients.sdk.http_client(),
            },
            credentials,
            throttling: clients.requests.throttling(),
            session: None,
        }
    }
}

/// `keys` as the SDK wants them.
pub fn credentials_of(keys: &StaticKeys) -> SharedCredentialsProvider {
    let token = keys.session_token.as_ref();
    let token = token.map(|token| token.reveal().to_owned());
    let secret = keys.secret_access_key.reveal();
    let keys = Credentials::new(&keys.access_key_id, secret, token, None, "static keys");
    SharedCredentialsProvider::new(keys)
}
