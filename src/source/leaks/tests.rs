//! The table of what counts as a secret and what must not, by name and by content.

use super::{Fault, find};
use deploy_core::leaks::{Judgement, Question, RULES, judge};
use deploy_core::tree::{LocalTree, Source};
use std::collections::BTreeSet;
use std::fs;

/// As long as the shortest real one.
const MATERIAL: &str = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF";

fn pem(label: &str) -> String {
    format!("-----BEGIN {label}-----\n{MATERIAL}\n-----END {label}-----\n")
}

/// Whether a file of this name (in a folder called `site`) and content counts.
fn counts(key: &str, content: impl AsRef<[u8]>) -> bool {
    match judge("site", key) {
        Judgement::Harmless => false,
        Judgement::Secret(_) => true,
        Judgement::Doubt(question) => question.is_met(content.as_ref()),
    }
}

/// What PowerShell redirects into a file is UTF-16.
#[test]
fn a_secret_is_found_in_every_encoding_of_text() {
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    for (name, text) in [
        ("server.key", pem("PRIVATE KEY")),
        (
            "putty.ppk",
            "PuTTY-User-Key-File-3: ssh-ed25519\n".to_owned(),
        ),
    ] {
        let marked = format!("\u{feff}{text}");
        for content in [
            marked.clone().into_bytes(),
            utf16(&marked, u16::to_le_bytes),
            utf16(&marked, u16::to_be_bytes),
            utf16(&text, u16::to_le_bytes),
        ] {
            assert!(counts(name, content), "{name}");
        }
    }
}

#[test]
fn names_that_count_whatever_is_in_the_file() {
    for key in [
        ".env",
        ".ENV",
        "a/b/.env",
        ".env.local",
        ".env.production",
        ".envrc",
        ".aws/credentials",
        ".aws/config",
        "home/.aws/sso/cache/x.json",
        "id_rsa",
        "keys/ID_ED25519",
        ".netrc",
        "_netrc",
        ".git-credentials",
        ".htpasswd",
        "store.p12",
        "store.PFX",
        "release.jks",
        "debug.keystore",
        "vault.kdbx",
        "terraform.tfstate",
        "x/terraform.tfstate.backup",
        "terraform.tfstate.1700000000.backup",
        ".cargo/credentials.toml",
        "gcloud/credentials.db",
        "application_default_credentials.json",
        "config/master.key",
        ".vault-token",
        "private-keys-v1.d/1.key",
    ] {
        assert!(counts(key, ""), "{key}");
    }
}

#[test]
fn names_that_do_not_count_whatever_is_in_the_file() {
    let key = pem("PRIVATE KEY");
    for name in [
        ".env.example",
        ".env.sample",
        ".env.template",
        ".env.production.example",
        ".env-example",
        "example.env",
        ".env.dist",
        ".env.vault",
        "env",
        "env.js",
        "my.env.ts",
        "id_rsa.pub",
        "keys/id_ed25519.pub",
        "aws/credentials.html",
        "docs/private-keys.html",
        "keys.md",
        "aws.txt",
        "terraform.tfvars.example",
        "truststore.jks",
        "cacerts",
        "tfstate.html",
        "netrc",
        "id_rsa_.pub",
        ".well-known/security.txt",
        "index.html",
        "app.3f2a9c1b.js",
        "credentials/config.html",
    ] {
        assert!(!counts(name, &key), "{name}");
    }
}

#[test]
fn private_keys_count_by_their_content() {
    for label in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ] {
        for name in [
            "a.pem",
            "a.key",
            "a.asc",
            "id_rsa_work",
            "deploy_rsa",
            "private_key",
            ".ssh/work",
        ] {
            assert!(counts(name, pem(label)), "{name} with {label}");
        }
    }
    let both = format!("{}{}", pem("CERTIFICATE"), pem("RSA PRIVATE KEY"));
    let windows = pem("PRIVATE KEY").replace('\n', "\r\n");
    let encrypted =
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n";
    let encrypted = format!("{encrypted}{MATERIAL}\n-----END RSA PRIVATE KEY-----\n");
    let ssh2 = format!("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"x\"\n{MATERIAL}\n");
    let json = format!(
        r#"{{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\n{MATERIAL}\n-----END PRIVATE KEY-----\n"}}"#
    );
    for (name, content) in [
        ("server.pem", both.as_str()),
        ("server.key", &windows),
        ("server.pem", &encrypted),
        (
            "putty.ppk",
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
        ),
        ("work.key", &ssh2),
        ("service-account.json", &json),
        ("gcp-credentials.json", &json),
        ("backup.agekey", "# created\nAGE-SECRET-KEY-1QQQ\n"),
    ] {
        assert!(counts(name, content), "{name}: {content}");
    }
}

#[test]
fn keys_in_der_count_and_certificates_do_not() {
    let ed25519 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06];
    let rsa = [0x30, 0x82, 0x04, 0xa4, 0x02, 0x01, 0x00, 0x02, 0x82];
    let ec = [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];
    let certificate = [
        0x30, 0x82, 0x03, 0x10, 0x30, 0x82, 0x01, 0xf8, 0xa0, 0x03, 0x02, 0x01, 0x02,
    ];
    let public = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
    assert!(counts("a.key", ed25519) && counts("a.der", rsa) && counts("a.p8", ec));
    assert!(!counts("a.der", certificate) && !counts("a.der", public) && !counts("a.der", [0x30]));
}

#[test]
fn what_looks_like_a_key_and_holds_none_does_not_count() {
    let placeholder =
        "-----BEGIN PRIVATE KEY-----\nyour key here\n...\n-----END PRIVATE KEY-----\n";
    let redacted = "-----BEGIN PRIVATE KEY-----\nREDACTED\n-----END PRIVATE KEY-----\n";
    for (name, content) in [
        ("test.pem", pem("CERTIFICATE").as_str()),
        ("chain.crt", &pem("CERTIFICATE").repeat(3)),
        ("public.pem", &pem("PUBLIC KEY")),
        ("public.pem", &pem("RSA PUBLIC KEY")),
        ("release.asc", &pem("PGP SIGNATURE")),
        ("keyring.gpg", &pem("PGP PUBLIC KEY BLOCK")),
        ("slides.key", "PK\u{3}\u{4} a presentation"),
        ("fixture.pem", placeholder),
        ("fixture.pem", redacted),
        ("empty.pem", ""),
        (
            "private_key.js",
            "export const begin = '-----BEGIN PRIVATE KEY-----';",
        ),
        ("api-key.json", r#"{"title": "How to make an API key"}"#),
    ] {
        assert!(!counts(name, content), "{name}: {content}");
    }
}

#[test]
fn logins_count_and_settings_beside_them_do_not() {
    for (name, content, expected) in [
        (
            ".npmrc",
            "//registry.npmjs.org/:_authToken=npm_abcdef\n",
            true,
        ),
        (
            ".npmrc",
            "registry=https://r.example\n//r.example:443/:_auth = dXNlcjpw==\n",
            true,
        ),
        (
            ".npmrc",
            "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\nalways-auth=true\n",
            false,
        ),
        (
            ".npmrc",
            "#//registry.npmjs.org/:_authToken=npm_abcdef\nsave-exact=true\n",
            false,
        ),
        (".yarnrc.yml", "npmAuthToken: \"abc==\"\n", true),
        (
            ".yarnrc.yml",
            "nodeLinker: node-modules\nnpmAuthToken: ${TOKEN:-}\n",
            false,
        ),
        (".yarnrc", "\"//r.example/:_authToken\" \"abc\"\n", true),
        (
            ".docker/config.json",
            r#"{"auths":{"https://r.example":{"auth":"dXNlcjpwYXNz"}}}"#,
            true,
        ),
        (
            ".docker/config.json",
            r#"{"auths":{"r.example":{}},"credsStore":"desktop"}"#,
            false,
        ),
        (
            "docker/config.json",
            r#"{"auths":{"r.example":{"auth":"dXNlcjpwYXNz"}}}"#,
            false,
        ),
        (
            ".kube/config",
            "users:\n- user:\n    client-key-data: LS0tLS1CRUdJTg==\n",
            true,
        ),
        (
            "kubeconfig",
            "users:\n- user:\n    exec:\n      command: aws\n",
            false,
        ),
        (
            ".pypirc",
            "[pypi]\nusername = __token__\npassword = pypi-AgEIcHlwaS5vcmc\n",
            true,
        ),
        (".pypirc", "[distutils]\nindex-servers = pypi\n", false),
        (
            "credentials",
            "[default]\naws_access_key_id = AKIA\naws_secret_access_key = abc/def\n",
            true,
        ),
        ("credentials", "<html>how to get credentials</html>", false),
        (
            "a_accessKeys.csv",
            "Access key ID,Secret access key\nAKIA,abc\n",
            true,
        ),
        ("production.env", "export DB_PASSWORD='hunter2'\n", true),
        (
            "production.env",
            "PORT=8080\nTOKEN_URL=https://id.example/token\nTOKEN_TTL=3600\n",
            false,
        ),
        (
            "production.env",
            "API_TOKEN=\nDB_PASSWORD=changeme\nAPI_KEY=<key>\nSECRET=your-secret\n",
            false,
        ),
        ("prod.tfvars", "db_password = \"hunter2\"\n", true),
        ("prod.tfvars", "region = \"eu-central-1\"\n", false),
        (
            "client_secret_1.json",
            r#"{"installed":{"client_secret":"GOCSPX-abc"}}"#,
            true,
        ),
    ] {
        assert_eq!(counts(name, content), expected, "{name}: {content}");
    }
}

#[test]
fn the_folder_that_is_deployed_counts_as_well() {
    assert!(matches!(judge(".aws", "config"), Judgement::Secret(_)));
    assert_eq!(
        judge(".docker", "config.json"),
        Judgement::Doubt(Question::RegistryLogin)
    );
    assert_eq!(judge(".docker", "sub/config.json"), Judgement::Harmless);
    assert_eq!(judge("site", "config.json"), Judgement::Harmless);
}

#[test]
fn no_rule_hides_behind_another() {
    let names: BTreeSet<_> = RULES.iter().map(|rule| rule.pattern).collect();
    assert_eq!(names.len(), RULES.len());
}

#[test]
fn only_the_beginning_of_files_in_doubt_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut tree = LocalTree::new(Source::Folder(folder.path().to_owned()));
    // What is not in doubt need not even be there.
    for name in ["absent.html", "absent/.env"] {
        assert!(tree.push(name, 1, 0));
    }
    let far = format!("{}{}", " ".repeat(300 * 1024), pem("PRIVATE KEY"));
    fs::write(folder.path().join("far.pem"), far).unwrap();
    fs::write(folder.path().join("near.pem"), pem("PRIVATE KEY")).unwrap();
    for name in ["far.pem", "near.pem"] {
        assert!(tree.push(name, 1, 0));
    }
    tree.sort();
    let leaks = find(&tree).unwrap();
    let names: Vec<_> = leaks.iter().map(|leak| leak.name.as_str()).collect();
    assert_eq!(names, ["absent/.env", "near.pem"]);
    assert!(tree.push("gone.pem", 1, 0));
    let gone = folder.path().join("gone.pem");
    let fault = find(&tree).unwrap_err().fault;
    assert!(matches!(fault, Fault::Read { path, .. } if path == gone));
}

#[test]
fn one_file_counts_by_its_own_name_and_by_what_it_is_a_link_to() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "").unwrap();
    std::os::unix::fs::symlink(".env", folder.path().join("settings")).unwrap();
    for (name, expected) in [(".env", 1), ("settings", 1)] {
        let mut tree = LocalTree::new(Source::File(folder.path().join(name)));
        assert!(tree.push("innocent", 1, 0));
        assert_eq!(find(&tree).unwrap().len(), expected, "{name}");
    }
}
