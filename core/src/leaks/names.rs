//! The table of names: which are secrets, which may be, and which only look so. No disk here.

use std::fmt;
use std::sync::LazyLock;

use super::content::Question;

/// What a name says of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing speaks against it.
    Harmless,
    /// It is a secret; why, as the end of a sentence that begins with the name.
    Secret(&'static str),
    /// It is one if the answer is yes.
    Doubt(Question),
}

/// Which names a rule is about. Letters match in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// This file name.
    Is(&'static str),
    /// File names that begin with the one and end in the other.
    Like(&'static str, &'static str),
    /// This file name in this folder.
    In(&'static str, &'static str),
    /// Everything below this folder.
    Below(&'static str),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Which names.
    pub name: Name,
    /// What they say.
    pub judgement: Judgement,
}

const fn harmless(name: Name) -> Rule {
    Rule {
        name,
        judgement: Judgement::Harmless,
    }
}

const fn secret(name: Name, reason: &'static str) -> Rule {
    Rule {
        name,
        judgement: Judgement::Secret(reason),
    }
}

const fn doubt(name: Name, question: Question) -> Rule {
    Rule {
        name,
        judgement: Judgement::Doubt(question),
    }
}

const ENVIRONMENT: &str = "is a file of environment variables, which is where secrets are kept";
const SSH_KEY: &str = "is a private key of SSH by its name";
const AWS: &str = "belongs to the AWS CLI, which keeps credentials there";
const PASSWORDS: &str = "is where passwords and tokens are kept";
const KEYSTORE: &str = "is a keystore, which holds private keys";
const TERRAFORM: &str = "is Terraform's state, which holds secrets in clear text";
const CLOUD: &str = "holds a login to a cloud";

use Name::{Below, In, Is, Like};
use Question::{
    Assignment, AwsSecretKey, KubernetesLogin, PrivateKey, RegistryLogin, RegistryToken,
};

/// The rules; the first one that a name fits decides, and what fits none is harmless.
pub const RULES: &[Rule] = &[
    // What is made to be shown.
    harmless(Like("", ".example")),
    harmless(Like("", ".sample")),
    harmless(Like("", ".template")),
    harmless(Like("", ".dist")),
    harmless(Like("", ".tmpl")),
    harmless(Like(".env", "example")),
    harmless(Like(".env", "sample")),
    harmless(Like(".env", "template")),
    harmless(Like("", "example.env")),
    harmless(Like("", "sample.env")),
    harmless(Like("", "template.env")),
    harmless(Is(".env.vault")),
    harmless(Like("", ".pub")),
    harmless(Like("truststore", "")),
    harmless(Like("cacerts", "")),
    // Folders of tools that keep logins.
    secret(Below(".aws"), AWS),
    secret(Below("private-keys-v1.d"), "is a private key of GnuPG"),
    secret(Is("secring.gpg"), "holds private keys of GnuPG"),
    // Names that say it all.
    secret(Like(".env", ""), ENVIRONMENT),
    secret(Is("id_rsa"), SSH_KEY),
    secret(Is("id_dsa"), SSH_KEY),
    secret(Is("id_ecdsa"), SSH_KEY),
    secret(Is("id_ecdsa_sk"), SSH_KEY),
    secret(Is("id_ed25519"), SSH_KEY),
    secret(Is("id_ed25519_sk"), SSH_KEY),
    secret(Is(".netrc"), PASSWORDS),
    secret(Is("_netrc"), PASSWORDS),
    secret(Is(".git-credentials"), PASSWORDS),
    secret(Is(".htpasswd"), PASSWORDS),
    secret(Is(".pgpass"), PASSWORDS),
    secret(Is(".mylogin.cnf"), PASSWORDS),
    secret(Is(".vault-token"), PASSWORDS),
    secret(Is("credentials.tfrc.json"), PASSWORDS),
    secret(In(".cargo", "credentials"), PASSWORDS),
    secret(In(".cargo", "credentials.toml"), PASSWORDS),
    secret(In(".gem", "credentials"), PASSWORDS),
    secret(Is(".s3cfg"), CLOUD),
    secret(Is(".passwd-s3fs"), CLOUD),
    secret(Is("application_default_credentials.json"), CLOUD),
    secret(In("gcloud", "credentials.db"), CLOUD),
    secret(In("gcloud", "access_tokens.db"), CLOUD),
    secret(In(".azure", "accessTokens.json"), CLOUD),
    secret(In(".azure", "msal_token_cache.json"), CLOUD),
    secret(
        Is("master.key"),
        "decrypts the credentials of a Rails application",
    ),
    secret(Like("", ".p12"), KEYSTORE),
    secret(Like("", ".pfx"), KEYSTORE),
    secret(Like("", ".pkcs12"), KEYSTORE),
    secret(Like("", ".jks"), KEYSTORE),
    secret(Like("", ".jceks"), KEYSTORE),
    secret(Like("", ".bks"), KEYSTORE),
    secret(Like("", ".keystore"), KEYSTORE),
    secret(Like("", ".kdbx"), "is a database of passwords"),
    secret(Like("", ".tfstate"), TERRAFORM),
    secret(Like("", ".tfstate.backup"), TERRAFORM),
    secret(Like("terraform.tfstate.", ""), TERRAFORM),
    // Pages and code that tell of keys.
    harmless(Like("", ".html")),
    harmless(Like("", ".md")),
    harmless(Like("", ".js")),
    harmless(Like("", ".css")),
    // Private keys, beside what else has such names.
    doubt(Below(".ssh"), PrivateKey),
    doubt(Like("id_rsa", ""), PrivateKey),
    doubt(Like("id_dsa", ""), PrivateKey),
    doubt(Like("id_ecdsa", ""), PrivateKey),
    doubt(Like("id_ed25519", ""), PrivateKey),
    doubt(Like("", "_rsa"), PrivateKey),
    doubt(Like("", "_dsa"), PrivateKey),
    doubt(Like("", "_ecdsa"), PrivateKey),
    doubt(Like("", "_ed25519"), PrivateKey),
    doubt(Like("", ".pem"), PrivateKey),
    doubt(Like("", ".key"), PrivateKey),
    doubt(Like("", ".ppk"), PrivateKey),
    doubt(Like("", ".p8"), PrivateKey),
    doubt(Like("", ".pk8"), PrivateKey),
    doubt(Like("", ".der"), PrivateKey),
    doubt(Like("", ".priv"), PrivateKey),
    doubt(Like("", ".private"), PrivateKey),
    doubt(Like("", ".asc"), PrivateKey),
    doubt(Like("", ".gpg"), PrivateKey),
    doubt(Like("", ".pgp"), PrivateKey),
    doubt(Like("", ".crt"), PrivateKey),
    doubt(Like("", ".cer"), PrivateKey),
    doubt(Like("", ".cert"), PrivateKey),
    doubt(Like("", ".ovpn"), PrivateKey),
    doubt(Like("", ".agekey"), PrivateKey),
    doubt(Like("private_key", ""), PrivateKey),
    doubt(Like("private-key", ""), PrivateKey),
    doubt(Like("privatekey", ""), PrivateKey),
    doubt(Like("", "private_key"), PrivateKey),
    doubt(Like("", "private-key"), PrivateKey),
    doubt(Like("", "privatekey"), PrivateKey),
    doubt(Like("service-account", ".json"), PrivateKey),
    doubt(Like("service_account", ".json"), PrivateKey),
    doubt(Like("serviceaccount", ".json"), PrivateKey),
    doubt(Like("", "credentials.json"), PrivateKey),
    doubt(Like("", "-key.json"), PrivateKey),
    // Logins, beside the settings that the same files hold.
    doubt(Is(".npmrc"), RegistryToken),
    doubt(Is(".yarnrc"), RegistryToken),
    doubt(Is(".yarnrc.yml"), RegistryToken),
    doubt(In(".docker", "config.json"), RegistryLogin),
    doubt(Is(".dockercfg"), RegistryLogin),
    doubt(Is(".dockerconfigjson"), RegistryLogin),
    doubt(In(".kube", "config"), KubernetesLogin),
    doubt(Like("kubeconfig", ""), KubernetesLogin),
    doubt(Like("", ".kubeconfig"), KubernetesLogin),
    doubt(Is("credentials"), AwsSecretKey),
    doubt(Is("credentials.csv"), AwsSecretKey),
    doubt(Is("rootkey.csv"), AwsSecretKey),
    doubt(Like("", "accessKeys.csv"), AwsSecretKey),
    doubt(Is(".pypirc"), Assignment),
    doubt(Is(".my.cnf"), Assignment),
    doubt(Is(".terraformrc"), Assignment),
    doubt(Is("rclone.conf"), Assignment),
    doubt(Like("client_secret", ".json"), Assignment),
    doubt(Like("", ".env"), Assignment),
    doubt(Like("", ".tfvars"), Assignment),
    doubt(Like("", ".tfvars.json"), Assignment),
];

/// The rules for names that end in a byte, by that byte in lower case, in their order: a tree of a
/// million files asks that often, and few rules are left of them all.
static BY_LAST_BYTE: LazyLock<Vec<Vec<&Rule>>> = LazyLock::new(|| {
    let fitting = |byte: u8| {
        let rules = RULES.iter();
        let fits = move |rule: &&Rule| rule.name.last_byte().is_none_or(|last| last == byte);
        rules.filter(fits).collect()
    };
    (0..=u8::MAX).map(fitting).collect()
});

/// What the name `key` (relative, `/` between segments) says, in a folder called `folder`.
pub fn judge(folder: &str, key: &str) -> Judgement {
    let (folders, file) = key.rsplit_once('/').unwrap_or(("", key));
    let last = file.bytes().last().unwrap_or_default().to_ascii_lowercase();
    let mut rules = BY_LAST_BYTE.get(usize::from(last)).into_iter().flatten();
    let found = rules.find(|rule| rule.name.fits(folder, folders, file));
    found.map_or(Judgement::Harmless, |rule| rule.judgement)
}

impl Name {
    /// How the file names that fit must end, if in one way only; in lower case.
    fn last_byte(self) -> Option<u8> {
        let end = match self {
            Self::Is(name) | Self::In(_, name) => name,
            Self::Like(_, end) => end,
            Self::Below(_) => "",
        };
        end.bytes().last().map(|byte| byte.to_ascii_lowercase())
    }

    /// Whether it is about `file` in `folders` below `top`.
    fn fits(self, top: &str, folders: &str, file: &str) -> bool {
        match self {
            Self::Is(name) => file.eq_ignore_ascii_case(name),
            Self::Like(start, end) => {
                file.len() >= start.len() + end.len() && begins(file, start) && ends(file, end)
            }
            Self::In(folder, name) => {
                file.eq_ignore_ascii_case(name) && {
                    let last = folders.rsplit('/').next().filter(|last| !last.is_empty());
                    last.unwrap_or(top).eq_ignore_ascii_case(folder)
                }
            }
            Self::Below(folder) => {
                let mut all = folders.split('/').chain([top]);
                all.any(|one| one.eq_ignore_ascii_case(folder))
            }
        }
    }
}

fn begins(name: &str, start: &str) -> bool {
    let head = name.as_bytes().get(..start.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

fn ends(name: &str, end: &str) -> bool {
    let at = name.len().checked_sub(end.len());
    let tail = at.and_then(|at| name.as_bytes().get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
}

/// As a pattern.
impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(name) => formatter.write_str(name),
            Self::Like(start, end) => write!(formatter, "{start}*{end}"),
            Self::In(folder, name) => write!(formatter, "{folder}/{name}"),
            Self::Below(folder) => write!(formatter, "{folder}/**"),
        }
    }
}
