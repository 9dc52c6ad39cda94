//! Flags as users write them, good and bad.

use super::{ExtraArgs, read, words};
use crate::console::{Note, Progress, Verbosity};
use crate::source::Links;
use deploy_core::object::headers::Encryption;
use deploy_core::plan::compare::CompareBy;
use deploy_core::tree::{FlagPatterns, Side};

fn args(text: &str) -> ExtraArgs {
    let (args, mistakes) = read(&words(text).unwrap());
    assert_eq!(mistakes, [], "{text}");
    args
}

fn mistakes(text: &str) -> Vec<String> {
    let (_, mistakes) = read(&words(text).unwrap());
    mistakes
        .into_iter()
        .map(|invalid| format!("{}; {}", invalid.reason, invalid.help))
        .collect()
}

#[test]
fn nothing_asks_for_nothing() {
    assert_eq!(args(""), ExtraArgs::default());
}

#[test]
fn every_switch_has_its_effect() {
    type Heeded = fn(&ExtraArgs) -> bool;
    let table: &[(&str, Heeded)] = &[
        ("--delete", |args| args.delete),
        ("--no-overwrite", |args| args.no_overwrite),
        ("--dryrun", |args| args.dry_run),
        ("--size-only", |args| args.compare_by == CompareBy::Size),
        ("--exact-timestamps", |args| {
            args.compare_by == CompareBy::ContentAndAge
        }),
        ("--exact-timestamps --size-only", |args| {
            args.compare_by == CompareBy::ContentAndAge
        }),
        ("--no-follow-symlinks", |args| args.links == Links::Skip),
        ("--no-follow-symlinks --follow-symlinks", |args| {
            args.links == Links::Follow
        }),
        ("--no-guess-mime-type", |args| args.no_guessed_types),
        ("--sse", |args| args.sse == Some(Encryption::S3)),
        ("--sse --delete", |args| args.sse == Some(Encryption::S3)),
        ("--quiet", |args| args.verbosity == Verbosity::Quiet),
        ("--only-show-errors", |args| {
            args.verbosity == Verbosity::Quiet
        }),
        ("--debug --quiet", |args| args.verbosity == Verbosity::Debug),
        ("--no-progress", |args| args.progress == Progress::Hidden),
        ("--checksum-algorithm CRC64NVME", |args| args.crc64_nvme),
    ];
    for (text, heeded) in table {
        assert!(heeded(&args(text)), "{text}");
    }
}

#[test]
fn values_come_behind_a_blank_or_an_equals_sign_and_the_last_one_wins() {
    for text in [
        "--cache-control 'max-age=60, public'",
        "--cache-control='max-age=60, public'",
        "--cache-control no-cache --cache-control \"max-age=60, public\"",
        "--cache-control max-age=60,\\ public # as on the old site",
    ] {
        let found = args(text).headers.cache_control;
        assert_eq!(found.as_deref(), Some("max-age=60, public"), "{text}");
    }
}

#[test]
fn every_value_has_its_effect() {
    let found = args(
        "--acl public-read --storage-class STANDARD_IA --content-type text/plain \
         --content-encoding gzip --content-language de --content-disposition inline \
         --expires 2030-01-01T00:00:00Z --metadata a=1,b=2 --website-redirect /there \
         --sse aws:kms --sse-kms-key-id alias/site --endpoint-url http://127.0.0.1:1/ \
         --region eu-west-1 --ca-bundle ca.pem",
    );
    let headers = &found.headers;
    let texts = [
        &headers.acl,
        &headers.storage_class,
        &headers.content_type,
        &headers.content_encoding,
        &headers.content_language,
        &headers.content_disposition,
        &headers.website_redirect,
        &found.kms_key_id,
        &found.region,
        &found.ca_bundle,
    ];
    assert_eq!(
        texts.map(|text| text.as_deref().unwrap_or_default()),
        [
            "public-read",
            "STANDARD_IA",
            "text/plain",
            "gzip",
            "de",
            "inline",
            "/there",
            "alias/site",
            "eu-west-1",
            "ca.pem"
        ]
    );
    assert_eq!(
        headers.expires.map(time::OffsetDateTime::unix_timestamp),
        Some(1_893_456_000)
    );
    assert_eq!(headers.metadata.len(), 2);
    assert_eq!(found.sse, Some(Encryption::Kms(None)));
    assert_eq!(found.endpoint.unwrap().as_str(), "http://127.0.0.1:1");
}

#[test]
fn patterns_add_up_in_their_order() {
    let found = args("--exclude '*' --include=*.html --exclude \"a b/*\"").patterns;
    let mut expected = FlagPatterns::default();
    expected.push(Side::Exclude, "*");
    expected.push(Side::Include, "*.html");
    expected.push(Side::Exclude, "a b/*");
    assert_eq!(found, expected);
}

#[test]
fn flags_that_make_no_difference_share_one_line() {
    let found = args("--page-size 100 --delete --source-region us-east-1 --no-paginate");
    assert!(found.delete);
    assert_eq!(
        found.notes,
        [Note::Info(
            "EXTRA_ARGS: of no effect here: `--page-size` (the pipe chooses how it lists), \
             `--source-region` (it is about copies between buckets), \
             `--no-paginate` (the pipe chooses how it lists)"
                .to_owned()
        )]
    );
}

#[test]
fn a_misspelt_flag_is_refused_with_the_nearest_one() {
    for (text, nearest) in [
        ("--exlude", "--exclude"),
        ("--dry-run", "--dryrun"),
        ("--deleted", "--delete"),
        ("--DELETE", "--delete"),
        ("--delete-removed", "--delete"),
        ("--storageclass=STANDARD", "--storage-class"),
        ("--cach-control max-age=60", "--cache-control"),
    ] {
        let found = mistakes(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with(&format!("`{nearest}`")), "{found:?}");
    }
    for (text, help) in [
        ("--foo bar", "leave it out"),
        ("--bypass", "leave it out"),
        ("--tags a=b", "use TAGGING"),
        ("--checksum", "leave it out: contents are compared anyway"),
        (
            "--guess-mime-type",
            "leave it out: types are guessed from names anyway",
        ),
    ] {
        let found = mistakes(text);
        let word = text.split(' ').next().unwrap();
        assert_eq!(
            found,
            [format!("`{word}` is not a flag of `aws s3 sync`; {help}")]
        );
    }
}

/// Seen with aws-cli 1.45, whose parser has it of Python's argparse.
#[test]
fn the_beginning_of_a_flag_stands_for_the_only_one_that_it_begins() {
    assert!(args("--del").delete);
    assert!(args("--dry").dry_run);
    let found = args("--storage STANDARD_IA --cache-c=max-age=60 --exc a --only").headers;
    assert_eq!(found.storage_class.as_deref(), Some("STANDARD_IA"));
    assert_eq!(found.cache_control.as_deref(), Some("max-age=60"));
    assert_eq!(
        mistakes("--content x --no"),
        [
            "`--content` is the beginning of several flags; write the one that is meant: \
             `--content-type`, `--content-encoding`, `--content-language`, `--content-disposition`",
            "`--no` is the beginning of several flags; write the one that is meant: \
             `--no-overwrite`, `--no-follow-symlinks`, `--no-guess-mime-type`, `--no-progress`, \
             `--no-paginate`, `--no-cli-pager`, `--no-cli-auto-prompt`, `--no-sign-request`, \
             `--no-verify-ssl`",
        ]
    );
}

#[test]
fn what_was_not_replaced_is_told_as_such() {
    let found = mistakes("--delete $FLAGS");
    assert!(
        found[0].starts_with("`$FLAGS` holds `$FLAGS`, which was not replaced"),
        "{found:?}"
    );
}

#[test]
fn every_mistake_is_told_at_once() {
    let found = mistakes(
        "--acl everyone --delete=yes --profile work --exclude *.map *.txt --expires --sse rot13 \
         --checksum-algorithm SHA256 --metadata x --nonsense value --region",
    );
    insta::assert_snapshot!(found.join("\n"), @r"
    `--acl`: invalid value `everyone`; expected one of `private`, `public-read`, `public-read-write`, `authenticated-read`, `aws-exec-read`, `bucket-owner-read`, `bucket-owner-full-control`, `log-delivery-write`
    `--delete`: `yes` is given, but the flag takes no value; leave the value out
    `--profile`: no profile of the machine is ever used; use AWS_OIDC_ROLE_ARN, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    `*.txt` is neither a flag nor the value of one; give each pattern its own `--exclude` or `--include`, and quote values that hold blanks
    `--expires`: its value is missing; write `--expires VALUE`, or `--expires=VALUE` if the value begins with dashes
    `--sse`: invalid value `rot13`; expected one of `AES256`, `aws:kms`
    `--checksum-algorithm`: the pipe does not send `SHA256`; use `CRC64NVME`, or leave it out: every upload is verified anyway (see CHECKSUM)
    `--metadata`: `x` has a name without a value; write it as `author=me,build=42`, as a JSON object of strings, or as a list of `name=value`
    `--nonsense` is not a flag of `aws s3 sync`; leave it out
    `--region`: its value is missing; write `--region VALUE`, or `--region=VALUE` if the value begins with dashes
    ");
}

#[test]
fn a_list_has_one_word_per_item() {
    let items = ["--exclude *.map".to_owned(), "--delete".to_owned()];
    let (args, mistakes) = read(&items);
    assert!(args.delete);
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].help.contains("two items"), "{mistakes:?}");
}

#[test]
fn an_open_quote_is_a_mistake() {
    assert!(words("--exclude '*.map").is_err());
}

#[test]
fn slips_are_named_with_their_characters_and_their_cure() {
    for (text, expected) in [
        (
            "\u{2013}-delete",
            "`\u{2013}-delete` begins with `\u{2013}` (U+2013, an en dash); write `--delete`, with two hyphens",
        ),
        (
            "\u{2014}exclude *.map b",
            "`\u{2014}exclude` begins with `\u{2014}` (U+2014, an em dash); write `--exclude`, with two hyphens",
        ),
        (
            "\u{2212}\u{2212}acl=private",
            "`\u{2212}\u{2212}acl=private` begins with `\u{2212}` (U+2212, a minus sign); write `--acl`, with two hyphens",
        ),
        (
            "-delete",
            "`-delete` begins with one hyphen; write `--delete`, with two hyphens",
        ),
        (
            "--del\u{200b}ete",
            "`--del\u{200b}ete` holds an invisible character, U+200B; write it anew instead of copying it",
        ),
        (
            "--delete true",
            "`true` is given to `--delete`, which takes no value; write `--delete` alone, or leave it out if it is not meant",
        ),
        (
            "aws s3 sync dist s3://b --delete",
            "`aws s3 sync dist s3://b` is a command; leave it out: EXTRA_ARGS takes its flags alone, and LOCAL_PATH and S3_BUCKET say from where to where",
        ),
        (
            "--exclude *.map *.txt *.js",
            "`*.txt`, `*.js` are neither flags nor values of one; give each pattern its own `--exclude` or `--include`, and quote values that hold blanks",
        ),
    ] {
        assert_eq!(mistakes(text), [expected], "{text}");
    }
    let found = mistakes("x \u{2013}-delete y z --dryrun");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn continued_lines_are_one() {
    let found = args("--delete \\\n  --cache-control 'no-cache' \\\r\n  --expires 0\n");
    assert!(found.delete);
    assert_eq!(found.headers.cache_control.as_deref(), Some("no-cache"));
    assert_eq!(
        found
            .headers
            .expires
            .map(time::OffsetDateTime::unix_timestamp),
        Some(0)
    );
}

#[test]
fn nothing_is_expanded() {
    let found = args("--content-type '$HOME' --content-language '`id`' --content-encoding *");
    assert_eq!(found.headers.content_type.as_deref(), Some("$HOME"));
    assert_eq!(found.headers.content_language.as_deref(), Some("`id`"));
    assert_eq!(found.headers.content_encoding.as_deref(), Some("*"));
}
