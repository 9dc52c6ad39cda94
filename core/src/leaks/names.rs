//! The table of names: which are secrets, which may be, and which only look so. No disk here.

use std::sync::LazyLock;

use super::content::Question::{
    self, Assignment, AwsSecretKey, KubernetesLogin, PrivateKey, RegistryLogin, RegistryToken,
};
use Judgement::{Doubt, Harmless, Secret};

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

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Which names, as the table has it.
    pub pattern: &'static str,
    /// What they say.
    pub judgement: Judgement,
    name: Name,
}

/// Which names a rule is about. Letters match in either case.
#[derive(Clone, Copy, Debug)]
enum Name {
    /// `name`: this file name.
    Is(&'static str),
    /// `start*end`: file names that begin with the one and end in the other.
    Like(&'static str, &'static str),
    /// `folder/name`: this file name in this folder.
    In(&'static str, &'static str),
    /// `folder/**`: everything below this folder.
    Below(&'static str),
}

/// What names say, in the order in which they are asked: the first pattern that a name fits decides,
/// and what fits none is harmless.
const TABLE: &[(Judgement, &str)] = &[
    // What is made to be shown.
    (
        Harmless,
        "*.example *.sample *.template *.dist *.tmpl .env*example .env*sample .env*template \
         *example.env *sample.env *template.env .env.vault *.pub truststore* cacerts*",
    ),
    // Folders of tools that keep logins.
    (
        Secret("belongs to the AWS CLI, which keeps credentials there"),
        ".aws/**",
    ),
    (Secret("is a private key of GnuPG"), "private-keys-v1.d/**"),
    (Secret("holds private keys of GnuPG"), "secring.gpg"),
    // Names that say it all.
    (
        Secret("is a file of environment variables, which is where secrets are kept"),
        ".env*",
    ),
    (
        Secret("is a private key of SSH by its name"),
        "id_rsa id_dsa id_ecdsa id_ecdsa_sk id_ed25519 id_ed25519_sk",
    ),
    (
        Secret("is where passwords and tokens are kept"),
        ".netrc _netrc .git-credentials .htpasswd .pgpass .mylogin.cnf .vault-token \
         credentials.tfrc.json .cargo/credentials .cargo/credentials.toml .gem/credentials",
    ),
    (
        Secret("holds a login to a cloud"),
        ".s3cfg .passwd-s3fs application_default_credentials.json gcloud/credentials.db \
         gcloud/access_tokens.db .azure/accessTokens.json .azure/msal_token_cache.json",
    ),
    (
        Secret("decrypts the credentials of a Rails application"),
        "master.key",
    ),
    (
        Secret("is a keystore, which holds private keys"),
        "*.p12 *.pfx *.pkcs12 *.jks *.jceks *.bks *.keystore",
    ),
    (Secret("is a database of passwords"), "*.kdbx"),
    (
        Secret("is Terraform's state, which holds secrets in clear text"),
        "*.tfstate *.tfstate.backup terraform.tfstate.*",
    ),
    // Pages and code that tell of keys.
    (Harmless, "*.html *.md *.js *.css"),
    // Private keys, beside what else has such names.
    (
        Doubt(PrivateKey),
        ".ssh/** id_rsa* id_dsa* id_ecdsa* id_ed25519* *_rsa *_dsa *_ecdsa *_ed25519 \
         *.pem *.key *.ppk *.p8 *.pk8 *.der *.priv *.private *.asc *.gpg *.pgp \
         *.crt *.cer *.cert *.ovpn *.agekey \
         private_key* private-key* privatekey* *private_key *private-key *privatekey \
         service-account*.json service_account*.json serviceaccount*.json *credentials.json *-key.json",
    ),
    // Logins, beside the settings that the same files hold.
    (Doubt(RegistryToken), ".npmrc .yarnrc .yarnrc.yml"),
    (
        Doubt(RegistryLogin),
        ".docker/config.json .dockercfg .dockerconfigjson",
    ),
    (
        Doubt(KubernetesLogin),
        ".kube/config kubeconfig* *.kubeconfig",
    ),
    (
        Doubt(AwsSecretKey),
        "credentials credentials.csv rootkey.csv *accessKeys.csv",
    ),
    (
        Doubt(Assignment),
        ".pypirc .my.cnf .terraformrc rclone.conf client_secret*.json *.env *.tfvars *.tfvars.json",
    ),
];

/// The table, a rule for each pattern.
pub static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rows = TABLE.iter();
    let rules = rows.flat_map(|(judgement, patterns)| {
        patterns.split(' ').map(|pattern| Rule {
            pattern,
            judgement: *judgement,
            name: Name::parse(pattern),
        })
    });
    rules.collect()
});

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
    fn parse(pattern: &'static str) -> Self {
        if let Some(folder) = pattern.strip_suffix("/**") {
            Self::Below(folder)
        } else if let Some((folder, name)) = pattern.split_once('/') {
            Self::In(folder, name)
        } else if let Some((start, end)) = pattern.split_once('*') {
            Self::Like(start, end)
        } else {
            Self::Is(pattern)
        }
    }

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
