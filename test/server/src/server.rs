//! The server as a test sees it: start it, look into it, disturb it.

use crate::builder::{Builder, Recording};
use crate::cloudfront::{CloudFront, Invalidation};
use crate::delay::Delay;
use crate::fault::{Fault, Faults};
use crate::history::{Connections, History, RecordedRequest};
use crate::listen::Listening;
use crate::load::Load;
use crate::service::Shared;
use crate::store::{BucketOptions, Change, Object, Precondition, Store, Version};
use crate::sts::{DEFAULT_ROLE_ARN, Session, Sts};
use crate::sync::Clock;
use crate::tls::Tls;
use crate::token::{self, TokenBuilder};
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The bucket of a server that was not told other names.
pub const DEFAULT_BUCKET: &str = "my-bucket";

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    listening: Listening,
}

impl Server {
    /// A server with defaults: a free port, one bucket, the default role and identity provider.
    ///
    /// # Panics
    ///
    /// If it cannot start.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Options for another one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn from_builder(builder: &Builder) -> io::Result<Self> {
        let records = builder.recording == Recording::Everything;
        let clock = Arc::new(Clock::default());
        let store = Arc::new(Store::new(Arc::clone(&clock), records));
        if builder.buckets.is_empty() {
            store.create_bucket(DEFAULT_BUCKET);
        }
        for name in &builder.buckets {
            store.create_bucket(name);
        }
        let sts = Arc::new(Sts::new(builder.sessions.clone()));
        sts.set_provider(token::DEFAULT_ISSUER, &[token::DEFAULT_AUDIENCE]);
        sts.set_trust_policy(DEFAULT_ROLE_ARN, token::default_trust_policy());
        let shared = Arc::new(Shared {
            s3: crate::s3::service(&store, &sts, builder.anonymous),
            store,
            sts,
            cloudfront: CloudFront::default(),
            history: Arc::new(History::new(clock, records)),
            faults: Faults::default(),
            load: Load::new(builder.throttle, builder.tail),
            delay: (!builder.delay.is_zero()).then(|| Delay::new(builder.delay)),
            releases: tokio::sync::watch::Sender::new(0),
        });
        let tls = builder.certificate.map(Tls::new).transpose()?;
        let listening =
            Listening::start(builder.port, builder.addresses, tls, Arc::clone(&shared))?;
        Ok(Self { shared, listening })
    }

    /// `http://127.0.0.1:PORT`, or `https://…` with TLS, for every service.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let scheme = if self.authority_pem().is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.listening.address())
    }

    /// The certificate authority that clients have to trust; `None` without TLS.
    #[must_use]
    pub fn authority_pem(&self) -> Option<&str> {
        self.listening.authority_pem()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.listening.address().port()
    }
}

/// Requests and changes.
impl Server {
    /// Every request since the start or since [`clear_requests`](Self::clear_requests), in order.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.history.requests()
    }

    /// The requests of one operation, in order.
    #[must_use]
    pub fn requests_of(&self, operation: &str) -> Vec<RecordedRequest> {
        let mut requests = self.requests();
        requests.retain(|request| request.operation == operation);
        requests
    }

    /// How many requests of this operation there were.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.shared.history.count(operation)
    }

    /// How many requests of each operation there were.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, usize> {
        self.shared.history.counts()
    }

    /// Forgets the requests, their counts, the highest number in flight and the connections so far.
    pub fn clear_requests(&self) {
        self.shared.history.clear();
    }

    /// The connections that were accepted so far.
    #[must_use]
    pub fn connections(&self) -> Connections {
        self.shared.history.accepted()
    }

    /// The highest number of requests that were being answered at the same time.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        self.shared.history.max_in_flight()
    }

    /// Every change of the store, in order; also those that the test made.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.shared.store.changes()
    }

    /// Forgets the changes.
    pub fn clear_changes(&self) {
        self.shared.store.clear_changes();
    }

    /// Blocks until so many requests of the operation have arrived; `false` if they did not in time.
    #[must_use]
    pub fn wait_for(&self, operation: &str, count: usize, timeout: Duration) -> bool {
        self.shared.history.wait_until(timeout, |state| {
            state.counts.get(operation).copied().unwrap_or(0) >= count
        })
    }
}

/// Faults.
impl Server {
    /// Blocks until nobody is connected, and so all that was sent is answered or given up; `false` if
    /// somebody still was.
    #[must_use]
    pub fn wait_until_alone(&self, timeout: Duration) -> bool {
        self.shared
            .history
            .wait_until(timeout, |state| state.connections == 0)
    }

    /// Blocks until so many requests of any kind have arrived; `false` if they did not in time.
    #[must_use]
    pub fn wait_for_requests(&self, count: usize, timeout: Duration) -> bool {
        self.shared.history.wait_until(timeout, |state| {
            state.counts.values().sum::<usize>() >= count
        })
    }

    /// Adds a fault behind those that are there.
    pub fn inject(&self, fault: Fault) {
        self.shared.faults.inject(fault);
    }

    /// How many requests met a fault since the start, or since the faults were last cleared.
    #[must_use]
    pub fn faults_met(&self) -> usize {
        self.shared.faults.met()
    }

    /// Removes every fault. Requests that are held stay so until they are released.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Lets the requests that are held now go on. The fault that held them still acts on others.
    pub fn release(&self) {
        self.shared.releases.send_modify(|count| *count += 1);
    }

    /// How many requests are held now.
    #[must_use]
    pub fn held(&self) -> usize {
        self.shared.history.held()
    }

    /// Blocks until so many requests are held; `false` if they were not in time.
    #[must_use]
    pub fn wait_until_held(&self, count: usize, timeout: Duration) -> bool {
        self.shared
            .history
            .wait_until(timeout, |state| state.held >= count)
    }
}

/// The buckets.
impl Server {
    /// Creates a bucket, if it is not there.
    pub fn create_bucket(&self, name: &str) {
        self.shared.store.create_bucket(name);
    }

    /// Changes how a bucket behaves; it is created if it is not there.
    pub fn set_bucket_options(&self, name: &str, options: BucketOptions) {
        self.shared.store.set_bucket_options(name, options);
    }

    /// Puts bytes under a key, with nothing else; the bucket is created if it is not there.
    pub fn put_object(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) {
        self.put(bucket, key, Object::new(bytes));
    }

    /// Puts an object; the bucket is created if it is not there.
    pub fn put(&self, bucket: &str, key: &str, object: Object) {
        self.shared.store.create_bucket(bucket);
        // The bucket is there and nothing is required of the key, so nothing can be refused.
        let _ = self
            .shared
            .store
            .put(bucket, key, object, &Precondition::Nothing);
    }

    /// Puts every file below `folder`, as if it had been uploaded an hour ago; the bucket is created
    /// if it is not there.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read, or a name in it is not UTF-8.
    pub fn preload(&self, bucket: &str, folder: &Path) -> io::Result<()> {
        self.shared.store.create_bucket(bucket);
        crate::preload::each_object(folder, &mut |key, object| self.put(bucket, key, object))
    }

    /// Deletes a key, if it is there.
    pub fn delete_object(&self, bucket: &str, key: &str) {
        // Refused only for a bucket that is not there: then the key is not there either.
        let _ = self
            .shared
            .store
            .delete(bucket, key, &Precondition::Nothing);
    }

    /// An object.
    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> Option<Object> {
        self.shared
            .store
            .get(bucket, key)
            .ok()
            .map(|object| Object::clone(&object))
    }

    /// All objects of a bucket; none of a bucket that is not there.
    #[must_use]
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, Object> {
        self.shared.store.objects(bucket)
    }

    /// Deletes one version for good, as a lifecycle rule does.
    pub fn expire_version(&self, bucket: &str, key: &str, id: &str) {
        // Refused only for a bucket that is not there.
        let _ = self.shared.store.delete_version(bucket, key, id);
    }

    /// The versions of a key that are objects, newest first; a delete marker is none.
    #[must_use]
    pub fn versions(&self, bucket: &str, key: &str) -> Vec<Object> {
        let all = self.shared.store.versions(bucket, key).unwrap_or_default();
        let of_key = all.into_iter().filter(|(name, _)| name == key);
        of_key
            .flat_map(|(_, versions)| versions)
            .filter_map(|version| match version {
                Version::Object(object) => Some(Object::clone(&object)),
                Version::DeleteMarker { .. } => None,
            })
            .collect()
    }

    /// How many multipart uploads are open and have parts, which S3 bills.
    #[must_use]
    pub fn open_uploads_with_parts(&self, bucket: &str) -> usize {
        let uploads = self.shared.store.uploads(bucket).unwrap_or_default();
        uploads
            .values()
            .filter(|upload| !upload.parts.is_empty())
            .count()
    }

    /// How many multipart uploads are open.
    #[must_use]
    pub fn open_uploads(&self, bucket: &str) -> usize {
        self.shared
            .store
            .uploads(bucket)
            .map_or(0, |uploads| uploads.len())
    }
}

/// CloudFront. Every distribution exists.
impl Server {
    /// How often an invalidation is looked at and still in progress, from now on; 0 at the start, so
    /// that it is completed when it is first looked at.
    pub fn set_invalidation_polls(&self, polls: usize) {
        self.shared.cloudfront.set_polls(polls);
    }

    /// Every invalidation, in the order in which they were made.
    #[must_use]
    pub fn invalidations(&self) -> Vec<Invalidation> {
        self.shared.cloudfront.invalidations()
    }
}

/// Identity.
impl Server {
    /// The role whose trust policy accepts the default token.
    #[must_use]
    pub fn role_arn(&self) -> &'static str {
        DEFAULT_ROLE_ARN
    }

    /// The URL in the `iss` of the default token.
    #[must_use]
    pub fn issuer_url(&self) -> &'static str {
        token::DEFAULT_ISSUER
    }

    /// The `aud` of the default token.
    #[must_use]
    pub fn audience(&self) -> &'static str {
        token::DEFAULT_AUDIENCE
    }

    /// A token; as it is, the default role accepts it.
    pub fn token(&self) -> TokenBuilder {
        TokenBuilder::new()
    }

    /// The URL that answers GitHub Actions' tokens, for ACTIONS_ID_TOKEN_REQUEST_URL.
    #[must_use]
    pub fn github_request_url(&self) -> String {
        format!("{}{}?api-version=2.0", self.endpoint(), crate::github::PATH)
    }

    /// Makes an OIDC identity provider known, or changes its client ids (audiences).
    pub fn set_provider(&self, issuer_url: &str, client_ids: &[&str]) {
        self.shared.sts.set_provider(issuer_url, client_ids);
    }

    /// Removes an OIDC identity provider.
    pub fn remove_provider(&self, issuer_url: &str) {
        self.shared.sts.remove_provider(issuer_url);
    }

    /// Sets the trust policy of a role, which is created if it is not there.
    pub fn set_trust_policy(&self, role_arn: &str, policy: Value) {
        self.shared.sts.set_trust_policy(role_arn, policy);
    }

    /// Sets how long the sessions of a role may be; 3600 otherwise.
    pub fn set_max_session_seconds(&self, role_arn: &str, seconds: u32) {
        self.shared.sts.set_max_session_seconds(role_arn, seconds);
    }

    /// Makes long-lived keys known.
    pub fn add_static_keys(&self, access_key: &str, secret_key: &str) {
        self.shared.sts.add_static_keys(access_key, secret_key);
    }

    /// Every session that was given, in order.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        self.shared.sts.sessions()
    }

    /// Ends every session now: its next request is refused with `ExpiredToken`.
    pub fn expire_sessions(&self) {
        self.shared.sts.expire_sessions();
    }
}
