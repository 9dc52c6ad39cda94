//! What the beginning of a file says, where its name leaves a doubt. Bytes in, yes or no out.

use crate::base::{has_word, text};

/// What makes a file in doubt a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Is there a private key in it: PEM, OpenSSH, PuTTY, PGP, age, or DER?
    PrivateKey,
    /// Is there a token of a package registry, in the words of npm or Yarn?
    RegistryToken,
    /// Is there a login to an image registry, in the words of Docker?
    RegistryLogin,
    /// Is there a login to a Kubernetes cluster?
    KubernetesLogin,
    /// Is there a secret access key of AWS?
    AwsSecretKey,
    /// Is something set that is called a password, secret, token or key?
    Assignment,
}

/// Fewest base64 characters of a private key: one of Ed25519 has 64. Less is a placeholder.
const KEY_CHARACTERS_MIN: usize = 40;

/// Words that names of secrets hold, in lower case and without separators.
const SECRET_WORDS: &str = "
    password passwd passphrase secret token apikey accesskey privatekey credential
";

/// Values that stand for one that is to come, in lower case.
const PLACEHOLDERS: &str = "
    changeme change-me change_me example false none null placeholder redacted todo true
    undefined
";

impl Question {
    /// The end of a sentence that begins with the file's name, for a yes.
    pub fn reason(self) -> &'static str {
        match self {
            Self::PrivateKey => "holds a private key",
            Self::RegistryToken => "holds a token of a package registry",
            Self::RegistryLogin => "holds a login to an image registry",
            Self::KubernetesLogin => "holds a login to a Kubernetes cluster",
            Self::AwsSecretKey => "holds a secret access key of AWS",
            Self::Assignment => "sets a password, secret, token or key",
        }
    }

    /// Whether the file that begins with `head` is a secret.
    pub fn is_met(self, head: &[u8]) -> bool {
        let text = text::beginning(head);
        let is_set = |names: &str| sets(&text, |name| has_word(names, name));
        match self {
            Self::PrivateKey => is_der_private_key(head) || has_private_key(&text),
            Self::RegistryToken => sets(&text, |name| {
                let mut ends = "_authtoken _auth _password npmauthtoken npmauthident".split(' ');
                ends.any(|end| name.ends_with(end))
            }),
            Self::RegistryLogin => is_set("auth identitytoken registrytoken password"),
            Self::KubernetesLogin => {
                is_set("client-key-data token password id-token refresh-token")
            }
            Self::AwsSecretKey => {
                is_set("aws_secret_access_key awssecretkey")
                    || has_column(&text, "secret access key")
            }
            Self::Assignment => sets(&text, |name| {
                let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
                SECRET_WORDS
                    .split_whitespace()
                    .any(|word| name.contains(word))
            }),
        }
    }
}

/// PEM and its relatives. <https://www.rfc-editor.org/rfc/rfc7468>
fn has_private_key(text: &str) -> bool {
    if text.starts_with("PuTTY-User-Key-File-") || text.contains("AGE-SECRET-KEY-1") {
        return true;
    }
    // In JSON the line breaks are escapes.
    let text = text.replace("\\n", "\n").replace("\\r", "");
    let spaced = text.split("-- BEGIN ").skip(1);
    spaced
        .chain(text.split("--BEGIN ").skip(1))
        .filter_map(|block| block.split_once("--"))
        .filter(|(label, _)| is_private(label.trim_end_matches(['-', ' '])))
        .any(|(_, body)| has_key_material(body))
}

fn is_private(label: &str) -> bool {
    let is_short = label.len() <= 40;
    is_short && (label.ends_with("PRIVATE KEY") || label == "PGP PRIVATE KEY BLOCK")
}

/// Whether lines of base64 follow, not counting headers and what stands for a key in an example.
fn has_key_material(body: &str) -> bool {
    let lines = body.lines().map(str::trim);
    let lines = lines.skip_while(|line| line.chars().all(|c| c == '-'));
    let material = lines
        .take_while(|line| !line.starts_with("--"))
        .filter(|line| line.bytes().all(is_base64));
    material.map(str::len).sum::<usize>() >= KEY_CHARACTERS_MIN
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// PKCS#1, SEC 1 and PKCS#8 all begin with a sequence whose first element is the version, 0 or 1;
/// certificates and public keys begin with other elements.
/// <https://www.rfc-editor.org/rfc/rfc5958>, <https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2>
fn is_der_private_key(head: &[u8]) -> bool {
    let content = match head {
        [0x30, 0x82, _, _, content @ ..] | [0x30, 0x81, _, content @ ..] => content,
        [0x30, length, content @ ..] if *length < 0x80 => content,
        _ => return false,
    };
    // Version; then a large number, a sequence (the algorithm), or an octet string (the key).
    matches!(content, [0x02, 0x01, 0 | 1, 0x02 | 0x30 | 0x04, ..])
}

/// Whether a line gives a name that `counts` (in lower case) a value that is no placeholder: `name=value`,
/// `name: value`, `"name": "value"`, `name "value"`, alone or among others.
fn sets(text: &str, counts: impl Fn(&str) -> bool) -> bool {
    text.split(['\n', '\r', ',', '{', '}', ';'])
        .map(str::trim)
        .filter(|part| !part.starts_with('#'))
        .filter_map(name_and_value)
        .any(|(name, value)| !is_placeholder(value) && counts(&name))
}

/// The last word before the first sign of an assignment, and what stands behind the sign.
fn name_and_value(part: &str) -> Option<(String, &str)> {
    // A colon alone is no sign: an entry of npm is `//host:443/:_authToken=value`.
    let signs = ["=", "\":", ": "].into_iter();
    let first = signs.filter_map(|sign| part.split_once(sign));
    let (name, value) = first
        .min_by_key(|(name, _)| name.len())
        .or_else(|| part.split_once(' '))?;
    let word = name.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let word = word.rsplit([' ', '\t']).next().unwrap_or_default();
    Some((word.to_ascii_lowercase(), unquoted(value)))
}

fn unquoted(value: &str) -> &str {
    value.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']'))
}

/// Whether `value` says where the real one comes from, or that there is none.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let starts = [
        "$", "<", "{{", "%", "env(", "op://", "vault:", "your", "my-", "my_", "example",
    ];
    let is_blank = |c| matches!(c, 'x' | '*' | '.' | '-' | '…');
    value.is_empty()
        || starts.iter().any(|start| lower.starts_with(start))
        || has_word(PLACEHOLDERS, &lower)
        || lower.chars().all(is_blank)
        || is_setting(&lower)
}

/// Whether `value` is what is set beside secrets: where tokens are had, and how long they last.
fn is_setting(value: &str) -> bool {
    let is_url = value.starts_with("https://") || value.starts_with("http://");
    (is_url && !value.contains('@')) || value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a table of comma-separated values has a column that ends in `name`, and a row.
fn has_column(text: &str, name: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let head = lines.next().unwrap_or_default().to_ascii_lowercase();
    head.split(',').any(|column| column.trim().ends_with(name))
        && lines.any(|line| line.contains(','))
}
