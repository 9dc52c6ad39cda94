//! Files of text as editors and shells of Windows write them: each file that the pipe reads.

use crate::support::World;
use test_server::{Certificate, DEFAULT_BUCKET, Server};

type Encode = fn(&str) -> Vec<u8>;

/// By the names of Notepad and PowerShell.
const ENCODINGS: [(&str, Encode); 6] = [
    ("utf8", |text| text.as_bytes().to_vec()),
    ("utf8BOM", |text| format!("\u{feff}{text}").into_bytes()),
    ("unicode", |text| {
        utf16(&format!("\u{feff}{text}"), u16::to_le_bytes)
    }),
    ("bigendianunicode", |text| {
        utf16(&format!("\u{feff}{text}"), u16::to_be_bytes)
    }),
    ("UTF-16LE", |text| utf16(text, u16::to_le_bytes)),
    ("old Mac", |text| text.replace("\r\n", "\r").into_bytes()),
];

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

const RULES: &str = "rules:\r\n- patterns: ['/a.*']\r\n  headers: {content_language: de}\r\n";
const HEADERS: &str =
    "/*\r\n  Cache-Control: max-age=5\r\n/caf\u{e9}\r\n  Cache-Control: no-store\r\n";
const REDIRECTS: &str = "/old /new\r\n/z\u{fc}rich /b 301\r\n";
const POLICY: &str =
    "{ \"Effect\": \"Allow\",\r\n \"Principal\": \"*\", \"Action\": \"sts:*\" }\r\n";

#[test]
fn every_file_says_the_same_in_every_encoding() {
    for (name, encode) in ENCODINGS {
        let mut world = World::with_server(Server::builder().tls(Certificate::Valid).start());
        let token = world.server.token().sign();
        let authority = world.server.authority_pem().unwrap().replace('\n', "\r\n");
        for (file, text) in [
            ("ca.pem", authority.as_str()),
            ("token", &format!("{token}\r\n")),
            ("trust.json", POLICY),
            ("rules.yml", RULES),
        ] {
            std::fs::write(world.working_folder().join(file), encode(text)).unwrap();
        }
        world
            .write("a.txt", "a")
            .write("caf\u{e9}", "a")
            .write("_headers", encode(HEADERS))
            .write("_redirects", encode(REDIRECTS));
        let ran = world
            .set("AWS_CA_BUNDLE", "ca.pem")
            .unset("BITBUCKET_STEP_OIDC_TOKEN")
            .set("AWS_WEB_IDENTITY_TOKEN_FILE", "token")
            .set("TRUST_POLICY_FILE", "trust.json")
            .set("RULES_FILE", "rules.yml")
            .run_to(0);
        assert!(ran.lines("WARNING: ").is_empty(), "{name}: {}", ran.stderr);
        assert_eq!(world.keys(), ["a.txt", "caf\u{e9}", "old", "z\u{fc}rich"]);
        let object = |key| world.server.object(DEFAULT_BUCKET, key).unwrap();
        let file = object("a.txt");
        assert_eq!(file.cache_control.as_deref(), Some("max-age=5"), "{name}");
        assert_eq!(file.content_language.as_deref(), Some("de"), "{name}");
        let page = object("caf\u{e9}");
        assert_eq!(page.cache_control.as_deref(), Some("no-store"), "{name}");
        assert_eq!(object("old").website_redirect.as_deref(), Some("/new"));
        let sent = world.server.requests_of("AssumeRoleWithWebIdentity");
        assert_eq!(sent[0].query["WebIdentityToken"], token, "{name}");
    }
}

#[test]
fn a_file_that_is_no_text_is_refused_with_its_reason() {
    let latin = "byte 0xE9 in line 2 is not UTF-8, and the file is not UTF-16; save it as UTF-8";
    for (variable, file) in [
        ("RULES_FILE", "rules.yml"),
        ("TRUST_POLICY_FILE", "trust.json"),
    ] {
        for (bytes, reason) in [
            (&b"{\n# caf\xe9\n}"[..], latin),
            (
                b"\xff\xfe{",
                "it begins as UTF-16 does, but is damaged; save it as UTF-8",
            ),
            (b"\xff\xfe\0\0{\0\0\0", "it is UTF-32; save it as UTF-8"),
            (b"{}\0", "it is not text: it holds bytes of zero"),
        ] {
            let mut world = World::with_files(&[("a", "a")]);
            std::fs::write(world.working_folder().join(file), bytes).unwrap();
            let ran = world.set(variable, file).run_to(2);
            let start = format!("ERROR: {variable}: `{file}` cannot be read ({reason}); ");
            assert!(ran.says(&start), "{}", ran.stderr);
        }
    }
}

#[test]
fn lines_of_the_folders_rules_that_are_not_utf8_are_left_out_and_told() {
    let world = World::with_files(&[("a", "a")]);
    world
        .write(
            "_headers",
            b"# caf\xe9\n/*\n  Cache-Control: no-store\n/caf\xe9\n  Cache-Control: x\n",
        )
        .write("_redirects", b"# caf\xe9\n/old /new\n/caf\xe9 /b\n");
    let ran = world.run_to(0);
    assert_eq!(
        ran.lines("WARNING: "),
        [
            "WARNING: _headers is applied only in part: line 4 (has bytes that are not UTF-8); a CloudFront response headers policy can add other headers",
            "WARNING: _redirects is applied only in part: S3 cannot express line 3 (has bytes that are not UTF-8)",
        ]
    );
    assert_eq!(world.keys(), ["a", "old"]);
    let ran = world.write("_headers", b"\xff\xfe/").run_to(2);
    assert!(
        ran.stderr.contains("it begins as UTF-16 does"),
        "{}",
        ran.stderr
    );
}
