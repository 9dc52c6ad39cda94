//! Why runs end badly, one kind for each section of docs/troubleshooting.md. No messages: what is said of
//! an error stands with the error.

use deploy_core::base::words::words;

words! {
    /// Why a run ended badly, as far as readers are sent to a section: every kind, in the order of the page.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Trouble,
    /// The anchor of its section.
    anchor {
        /// More or other arguments than a command.
        Arguments = "invalid-arguments",
        /// A variable or flag is not accepted.
        Configuration = "invalid-configuration",
        /// There is nothing to deploy.
        NoFiles = "local_path-holds-no-files",
        /// The disk refuses.
        Unreadable = "local_path-cannot-be-read",
        /// Names that cannot be keys, and links that lead out.
        Names = "names-that-cannot-be-deployed",
        /// Files that look like secrets.
        Secrets = "local_path-seems-to-hold-secrets",
        /// `_headers` or `_redirects` is no text.
        Rules = "the-rules-in-local_path-are-no-text",
        /// A server that gives tokens, or a file with one, gives none.
        NoToken = "no-oidc-token",
        /// STS or S3 does not accept who asks.
        Identity = "the-identity-was-refused",
        /// AWS_ALLOWED_ACCOUNT_IDS has others.
        Account = "the-credentials-are-of-another-account",
        /// STS takes no session policy of that length.
        SessionPolicy = "the-session-policy-is-too-long",
        /// The session has ended in the middle.
        CredentialsEnded = "the-credentials-are-no-longer-accepted",
        /// A signature is of another time.
        Clock = "requesttimetooskewed",
        /// The bucket is not there.
        NoBucket = "nosuchbucket",
        /// It is in another region.
        Region = "the-bucket-is-in-another-region",
        /// The role may not do it.
        Denied = "accessdenied",
        /// The KMS key cannot be used.
        Kms = "the-kms-key-cannot-be-used",
        /// The bucket takes no ACL.
        Acl = "accesscontrollistnotsupported",
        /// CloudFront does not know the distribution.
        Distribution = "nosuchdistribution",
        /// Another deploy changed the same objects.
        Overtaken = "another-deploy-was-faster",
        /// A newer build is deployed.
        OlderBuild = "an-older-build",
        /// Another deploy has taken over.
        TakenOver = "another-deploy-has-taken-over",
        /// A release cannot be put back.
        Release = "the-release-cannot-be-put-back",
        /// The server refuses for another reason.
        Refused = "the-server-refuses-the-request",
        /// MAX_DELETE allows fewer deletions.
        Deletions = "more-deletions-than-max_delete-allows",
        /// NO_OVERWRITE protects what is there.
        Overwrite = "no_overwrite-protects-what-exists",
        /// Shares of a parallel deploy are missing.
        Shares = "the-parallel-steps-left-out-files",
        /// No connection.
        Unreachable = "the-server-cannot-be-reached",
        /// The proxy does not let requests through.
        Proxy = "the-proxy-refuses",
        /// The server's certificate is not trusted, or it speaks no TLS.
        Tls = "the-certificate-is-not-trusted",
        /// Nothing moves.
        Stalled = "the-server-does-not-answer-in-time",
        /// The server has trouble of its own.
        Unavailable = "slowdown-and-internalerror",
        /// What is answered is not S3's.
        Malformed = "the-answer-cannot-be-read",
        /// LOCAL_PATH is written to while it is deployed.
        Changing = "a-file-changed-during-the-deploy",
        /// A signal came.
        Interrupted = "interrupted-by-a-signal",
        /// The report could not be written.
        Report = "report_file-cannot-be-written",
        /// A fault of the pipe, or of its machine.
        Fault = "a-part-of-the-program-failed",
    }
}

impl Trouble {
    /// Where its section is, in the documents of this version. Bitbucket puts a word of its own in
    /// front of anchors.
    pub fn link(self) -> String {
        format!(
            "{}/src/{}/docs/troubleshooting.md#markdown-header-{}",
            env!("CARGO_PKG_REPOSITORY"),
            env!("CARGO_PKG_VERSION"),
            self.anchor()
        )
    }
}
