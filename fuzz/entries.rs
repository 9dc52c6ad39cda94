//! What is done with each input, and what must hold whatever it is: one function per parser of the
//! crate. A broken promise is a panic. libFuzzer calls these, and the crate's own tests, with the
//! kept corpus and with mutations of it.

use std::io::Write as _;
use std::time::SystemTime;

use deploy_core::answers::listing_page;
use deploy_core::base::secret::Secret;
use deploy_core::base::text;
use deploy_core::iam::RoleArn;
use deploy_core::identity::claims::Claims;
use deploy_core::identity::explain::claim_lines;
use deploy_core::identity::trust_policy::Caller;
use deploy_core::identity::{SessionName, TrustPolicy};
use deploy_core::leaks::Question;
use deploy_core::object::content::{Content, page};
use deploy_core::object::content_type::Nature;
use deploy_core::object::headers::ObjectHeaders;
use deploy_core::object::key;
use deploy_core::object::setting::settings;
use deploy_core::record::{self, Standing};
use deploy_core::rules::policy::Policy;
use deploy_core::rules::{headers_file, redirects, rules_file};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value};

/// A name and the function behind it.
pub type Entry = (&'static str, fn(&[u8]));

/// The entries of the core, by the name of their target and of the folder of their corpus.
pub const ENTRIES: &[Entry] = &[
    ("rules_file", rules_file),
    ("headers_file", headers_file),
    ("redirects", redirects),
    ("claims", claims),
    ("trust_policy", trust_policy),
    ("secrets", secrets),
    ("listing", listing),
    ("record", record),
];

/// Keys that rules are tried on.
pub const KEYS: [&str; 4] = [
    "index.html",
    "a/b/app.3f2a9c1b.js",
    "docs/",
    "ü/日本 *?[a].pdf",
];

/// RULES_FILE.
pub fn rules_file(data: &[u8]) {
    let Ok(text) = text::decode(data) else {
        return;
    };
    match rules_file::parse(&text) {
        Ok(rules) => {
            let policy = Policy {
                rules,
                ..Policy::default()
            };
            resolve(&policy);
        }
        Err(mistakes) => assert!(mistakes.iter().all(|mistake| !mistake.reason.is_empty())),
    }
}

/// `_headers` in LOCAL_PATH.
pub fn headers_file(data: &[u8]) {
    let Ok(text) = text::decode_lossy(data) else {
        return;
    };
    let file = headers_file::parse(&text);
    let lines = text.lines().count();
    assert!(file.rules.len() <= lines && file.left_out.len() <= lines);
    let policy = Policy {
        paths: file.rules,
        ..Policy::default()
    };
    resolve(&policy);
}

/// `_redirects` in LOCAL_PATH.
pub fn redirects(data: &[u8]) {
    let Ok(text) = text::decode_lossy(data) else {
        return;
    };
    let file = redirects::parse(&text);
    let tags = page("").matches('<').count();
    let mut keys = std::collections::BTreeSet::new();
    for redirect in &file.redirects {
        assert_eq!(key::check(&redirect.key), Ok(()), "{redirect:?}");
        assert!(keys.insert(&redirect.key), "{redirect:?} comes twice");
        is_header(&redirect.location);
        let page = page(&redirect.location);
        assert_eq!(page.matches('<').count(), tags, "{page}");
    }
}

/// The claims of a token: as the payload of one, and as a whole token.
pub fn claims(data: &[u8]) {
    let payload = base64url(data);
    for token in [
        format!("e30.{payload}.c2ln"),
        String::from_utf8_lossy(data).into_owned(),
    ] {
        let Some(claims) = Claims::decode(&Secret::new(token)) else {
            continue;
        };
        let lines = claim_lines(&claims, Some("production"), SystemTime::UNIX_EPOCH);
        assert!(lines.len() > 3);
        let _times = (claims.issued_at(), claims.expires_at());
    }
}

/// A trust policy, and behind a line `---` the claims to try it with.
pub fn trust_policy(data: &[u8]) {
    let Ok(text) = text::decode(data) else {
        return;
    };
    let (policy, claims) = text.split_once("\n---\n").unwrap_or((&text, "{}"));
    let Ok(policy) = TrustPolicy::parse(policy) else {
        return;
    };
    let claims: Map<String, Value> = serde_json::from_str(claims).unwrap_or_default();
    let claims = Claims::from(claims);
    let role = RoleArn::parse("arn:aws:iam::123456789012:role/deploy").unwrap();
    let session_name = SessionName::parse("session").unwrap();
    let caller = Caller {
        claims: &claims,
        role: &role,
        session_name: &session_name,
    };
    let evaluation = policy.evaluate(&caller);
    assert_eq!(policy.evaluate(&caller), evaluation);
    assert!(!evaluation.lines().is_empty());
}

/// The beginning of a file that may hold a secret; the first byte chooses the question.
pub fn secrets(data: &[u8]) {
    const QUESTIONS: [Question; 6] = [
        Question::PrivateKey,
        Question::RegistryToken,
        Question::RegistryLogin,
        Question::KubernetesLogin,
        Question::AwsSecretKey,
        Question::Assignment,
    ];
    let Some((first, head)) = data.split_first() else {
        return;
    };
    let question = QUESTIONS[usize::from(*first) % QUESTIONS.len()];
    let _either = question.is_met(head);
}

/// What S3 answers to a listing, whose keys begin with `site/` or anyhow.
pub fn listing(data: &[u8]) {
    for prefix in ["site/", ""] {
        let Ok(page) = listing_page::parse(data, prefix, listing_page::Times::Read) else {
            continue;
        };
        let names = page.objects().map(|object| prefix.len() + object.key.len());
        assert!(names.sum::<usize>() <= data.len());
    }
}

/// The deploy record: as its gzip, and as the text in it.
pub fn record(data: &[u8]) {
    let mut text = GzEncoder::new(Vec::new(), Compression::fast());
    text.write_all(data).unwrap();
    for bytes in [data, &text.finish().unwrap()] {
        let Ok(read) = record::read(&bytes.to_vec().into(), "site/") else {
            continue;
        };
        let again = record::write(&read.head, &read.sets, &read.lines);
        assert_eq!(record::read(&again.into(), "site/").as_ref(), Ok(&read));
        let lines = read.lines.iter();
        assert!(lines.map(|(key, _)| key).is_sorted());
        let (standing, _) = record::standing(&read.head, &read.head.who);
        assert_eq!(standing, Standing::Newer);
    }
}

/// Resolves some keys, and has every header looked at.
fn resolve(policy: &Policy) {
    for key in KEYS {
        let headers = policy.resolve(key, &Content::File, Nature::default());
        let reasons = policy.reasons(key, &Content::File, Nature::default());
        let stored = reasons.iter().map(|reason| &reason.setting);
        let stored: Vec<_> = stored.take(settings(&headers).len()).cloned().collect();
        assert_eq!(stored, settings(&headers));
        can_be_sent(&headers);
    }
}

/// No value can end its header and begin another.
pub fn can_be_sent(headers: &ObjectHeaders) {
    for setting in settings(headers) {
        let line = setting.to_string();
        assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
    }
    let values = [
        &headers.content_type,
        &headers.cache_control,
        &headers.content_disposition,
        &headers.content_encoding,
        &headers.content_language,
        &headers.website_redirect,
    ];
    for value in values.into_iter().flatten() {
        is_header(value);
    }
}

fn is_header(value: &str) {
    let fits = value
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic());
    assert!(fits, "{value:?}");
}

/// Without padding, as JWTs have it.
fn base64url(data: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in data.chunks(3) {
        let mut bits = 0_u32;
        for byte in chunk {
            bits = bits << 8 | u32::from(*byte);
        }
        bits <<= 8 * (3 - chunk.len());
        for index in 0..=chunk.len() {
            let value = bits >> (18 - 6 * index) & 63;
            text.push(char::from(ALPHABET[value as usize]));
        }
    }
    text
}
