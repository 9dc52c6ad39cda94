//! What holds of every record, and of any bytes in the place of one.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::head::VERSION;
use super::{
    Crc64, Entry, Head, HeaderSet, KeyHash, Lines, Matches, NameHash, Record, SCHEMA, Seal,
    Seconds, SetDigest, Sets, Standing, State, Unreadable, Who, Whose, standing,
};
use crate::object::etag::ETag;
use crate::tree::Listing;

const PREFIX: &str = "site/";

fn head() -> impl Strategy<Value = Head> {
    let who = (
        prop::option::of("[a-z/]{1,8}"),
        prop::option::of("[0-9a-f]{7}"),
        prop::option::of(0..9_u64),
        prop::option::of(0..3_u64),
    );
    let who = who.prop_map(|(repository, commit, build, step_run)| Who {
        repository: repository.map(|name| NameHash::of("repository", &name)),
        branch: None,
        commit,
        build,
        step_run,
    });
    let times = (0..u64::from(u32::MAX), prop::option::of(0..9_u64));
    (who, times, any::<bool>(), any::<bool>()).prop_map(|(who, (began, ended), owed, done)| Head {
        schema: SCHEMA,
        pipe: "0.2.0".to_owned(),
        prefix: NameHash::of("prefix", PREFIX),
        deploy: "812-ü\n\"".to_owned(),
        state: if done { State::Done } else { State::Deploying },
        began: Seconds::since_epoch(began),
        ended: ended.map(Seconds::since_epoch),
        owed,
        who,
        conditional: owed.then_some(done),
        release: done.then_some(7),
        restores: None,
        objects: 0,
    })
}

/// Whatever a line may say, but for its key.
type Said = (
    u8,
    Option<u32>,
    Option<[u8; 8]>,
    Option<String>,
    Option<u64>,
    bool,
);

fn said() -> impl Strategy<Value = Said> {
    (
        any::<u8>(),
        prop::option::of(0..5_u32),
        prop::option::of(any::<[u8; 8]>()),
        prop::option::of("[a-zA-Z0-9._]{1,32}"),
        prop::option::of(0..u64::from(u32::MAX)),
        any::<bool>(),
    )
}

fn record() -> impl Strategy<Value = Record> {
    let sets = prop::collection::vec(("[a-z]{1,3}", prop::option::of("/[a-z]{0,9}")), 0..4);
    let said = prop::collection::btree_map("[a-f/]{1,6}", said(), 0..30);
    (head(), sets, said).prop_map(|(head, listed, said)| {
        let mut sets = Sets::default();
        for (acl, redirect) in listed {
            let headers = crate::object::headers::ObjectHeaders {
                acl: Some(acl.clone()),
                website_redirect: redirect.clone(),
                ..Default::default()
            };
            sets.number(HeaderSet {
                digest: SetDigest::of(&[&headers]),
                acl: Some(acl),
                storage_class: None,
                redirect,
            });
        }
        let mut lines = Lines::default();
        for (key, (bytes, set, content, version, stale, foreign)) in &said {
            lines.push(
                KeyHash::of(key),
                &Entry {
                    seal: Seal::of(ETag::Md5([*bytes; 16]), 1).unwrap(),
                    set: *set,
                    content: content.map(Crc64),
                    version: version.as_deref(),
                    stale: stale.map(Seconds::since_epoch),
                    foreign: *foreign,
                },
            );
        }
        assert!(lines.sort());
        let objects = lines.len() as u64;
        let head = Head { objects, ..head };
        Record { head, sets, lines }
    })
}

fn write(record: &Record) -> Vec<u8> {
    super::write(&record.head, &record.sets, &record.lines)
}

fn read(bytes: &[u8], prefix: &str) -> Result<Record, Unreadable> {
    super::read(&bytes.to_vec().into(), prefix)
}

fn text(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut text).unwrap();
    text
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text).unwrap();
    gzip.finish().unwrap()
}

/// The bytes of `record`, each line of them changed by `change`.
fn changed(record: &Record, change: impl Fn(usize, Value) -> Value) -> Vec<u8> {
    let text = text(&write(record));
    let lines = text.split_inclusive(|byte| *byte == b'\n').enumerate();
    let lines = lines.map(|(index, line)| {
        let line = change(index, serde_json::from_slice(line).unwrap());
        format!("{line}\n")
    });
    gzip(lines.collect::<String>().as_bytes())
}

proptest! {
    #[test]
    fn what_is_written_is_read(record in record()) {
        let bytes = write(&record);
        prop_assert_eq!(read(&bytes, PREFIX), Ok(record.clone()));
        prop_assert_eq!(read(&bytes, "site"), Err(Unreadable::OtherPrefix));
    }

    #[test]
    fn what_is_cut_off_or_changed_is_no_other_record(
        record in record(),
        at in any::<prop::sample::Index>(),
        bits in 1..=255_u8,
        behind in prop::collection::vec(any::<u8>(), 1..9),
    ) {
        let bytes = write(&record);
        let at = at.index(bytes.len());
        prop_assert_eq!(read(&bytes[..at], PREFIX), Err(Unreadable::Corrupt));
        let mut other = bytes.clone();
        other[at] ^= bits;
        let found = read(&other, PREFIX);
        prop_assert!(found.is_err() || found == Ok(record), "{found:?}");
        let longer = [bytes, behind].concat();
        prop_assert_eq!(read(&longer, PREFIX), Err(Unreadable::Corrupt));
    }

    #[test]
    fn lines_that_are_missing_or_twice_are_noticed(record in record(), at in any::<prop::sample::Index>()) {
        let text = text(&write(&record));
        let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        prop_assume!(lines.len() > 1);
        let at = 1 + at.index(lines.len() - 1);
        let twice = lines[at];
        let is_object = twice.starts_with(b"{\"k\":");
        let is_last_set = at == record.sets.len();
        lines.insert(at, twice);
        prop_assert_eq!(read(&gzip(&lines.concat()), PREFIX), if is_object {
            Err(Unreadable::Corrupt)
        } else {
            Ok(record)
        });
        lines.drain(at..at + 2);
        let found = read(&gzip(&lines.concat()), PREFIX);
        prop_assert!(found == Err(Unreadable::Corrupt) || is_last_set, "{found:?}");
    }

    #[test]
    fn fields_and_lines_of_later_versions_are_skipped(record in record()) {
        let bytes = changed(&record, |_, mut line| {
            line["zone"] = json!({"later": [1, 2.5, null]});
            line
        });
        prop_assert_eq!(read(&bytes, PREFIX), Ok(record.clone()));
        let mut with_more = text(&write(&record));
        with_more.extend_from_slice(b"{\"later\":true}\n");
        prop_assert_eq!(read(&gzip(&with_more), PREFIX), Ok(record));
    }

    #[test]
    fn a_later_schema_is_told_whatever_else_it_has(record in record(), schema in SCHEMA + 1..) {
        let bytes = changed(&record, |index, line| match index {
            0 => json!({"schema": schema, "state": 7}),
            _ => line,
        });
        prop_assert_eq!(read(&bytes, PREFIX), Err(Unreadable::Newer(schema)));
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes, PREFIX).is_err());
        prop_assert!(read(&gzip(&bytes), PREFIX).is_err());
    }

    #[test]
    fn a_line_is_believed_for_its_own_bytes_only(
        record in record(),
        key in "[a-f/]{1,6}",
        bytes in any::<u8>(),
        size in 0..3_u64,
    ) {
        let etag = ETag::Md5([bytes; 16]);
        if let Some(believed) = record.believed(&key, etag, size) {
            prop_assert_eq!(size, 1);
            prop_assert_eq!(Some(believed.entry.seal), Seal::of(etag, size));
            prop_assert_eq!(record.lines.find(KeyHash::of(&key)), Some(believed.entry));
        }
        prop_assert_eq!(record.believed(&key, ETag::Opaque, size), None);
    }

    #[test]
    fn only_a_larger_number_of_the_same_repository_is_newer(head in head(), other in head()) {
        let (found, whose) = standing(&head, &other.who);
        if found != Standing::Newer {
            prop_assert!(head.who.build > other.who.build && other.who.build.is_some());
            prop_assert_eq!(whose, Whose::Same);
        }
        let again = Who { step_run: Some(2), ..other.who.clone() };
        prop_assert!(standing(&head, &again).0 != Standing::Older);
        prop_assert_eq!(standing(&head, &head.who), (Standing::Newer, Whose::Same));
        prop_assert_eq!(standing(&head, &Who::default()), (Standing::Newer, Whose::Same));
    }
}

proptest! {
    #[test]
    fn lines_are_written_as_they_were_read_while_they_are_the_same(
        mut record in record(),
        is_own in any::<bool>(),
        at in any::<prop::sample::Index>(),
    ) {
        prop_assume!(!record.lines.is_empty());
        record.head.pipe = if is_own { VERSION } else { "0.1.9" }.to_owned();
        // What is written here has no time: that tells what was read from what is written anew.
        let before = 1 + record.sets.len();
        let text = text(&write(&record));
        let mut lines = text.split_inclusive(|byte| *byte == b'\n');
        let head: Vec<u8> = lines.by_ref().take(before).flatten().copied().collect();
        let mut objects = GzBuilder::new().mtime(1).write(Vec::new(), Compression::fast());
        objects.write_all(&lines.collect::<Vec<_>>().concat()).unwrap();
        let objects = objects.finish().unwrap();
        let found = read(&[&gzip(&head)[..], &objects].concat(), PREFIX).unwrap();
        prop_assert_eq!(&found, &record);
        prop_assert_eq!(write(&found).ends_with(&objects), is_own);
        record.lines.pack_as(&found.lines);
        prop_assert_eq!(write(&record).ends_with(&objects), is_own);

        let (key, entry) = found.lines.iter().nth(at.index(found.lines.len())).unwrap();
        let mut fewer = found.clone();
        fewer.lines.retain(|other| other != key);
        let mut more = fewer.clone();
        more.lines.push(key, &Entry { foreign: !entry.foreign, ..entry });
        prop_assert!(more.lines.sort());
        for mut other in [fewer, more] {
            other.lines.pack_as(&found.lines);
            other.head.objects = other.lines.len() as u64;
            prop_assert_eq!(read(&write(&other), PREFIX), Ok(other));
        }
    }

    #[test]
    fn objects_match_the_lines_that_are_believed_of_them(
        // Each key with the byte of its line and that of its object, where it has them.
        said in prop::collection::btree_map("[a-f/]{1,6}", (0..4_u8, 0..4_u8), 0..30),
    ) {
        let (mut record, mut listing) = (Record::empty(PREFIX), Listing::default());
        let etag = |byte| ETag::Md5([byte; 16]);
        for (key, (line, object)) in &said {
            if *line > 0 {
                let seal = Seal::of(etag(*line), 1).unwrap();
                record.lines.push(KeyHash::of(key), &Entry::of(seal));
            }
            if *object > 0 {
                prop_assert!(listing.push(key, 1, etag(*object), 0));
            }
        }
        prop_assert!(record.lines.sort());
        let remote = listing.tree();
        let matches = Matches::of(Arc::new(record.clone()), &remote);
        for (index, object) in remote.objects().iter().enumerate() {
            let key = remote.key(object);
            let believed = record.believed(key, object.etag, object.size);
            let (line, object) = said[key];
            prop_assert_eq!(believed.is_some(), line == object);
            let expected = believed.map(|believed| (KeyHash::of(key), believed));
            prop_assert_eq!(matches.get(index), expected);
        }
    }
}

#[test]
fn a_bomb_is_left_alone() {
    let mut head = text(&write(&Record::empty(PREFIX)));
    head.extend(vec![b' '; 1 << 20]);
    assert_eq!(read(&gzip(&head), PREFIX), Err(Unreadable::Corrupt));
}

/// What this version writes, by which docs/record.md explains the format.
#[test]
fn the_format_is_the_one_that_is_documented() {
    let headers = crate::object::headers::ObjectHeaders {
        acl: Some("public-read".to_owned()),
        ..Default::default()
    };
    let mut sets = Sets::default();
    let set = sets.number(HeaderSet {
        digest: SetDigest::of(&[&headers]),
        acl: headers.acl,
        storage_class: None,
        redirect: Some("/new/".to_owned()),
    });
    let mut lines = Lines::default();
    let of = |bytes| Entry::of(Seal::of(ETag::Md5([bytes; 16]), 1).unwrap());
    lines.push(
        KeyHash::of("index.html"),
        &Entry {
            set: Some(set),
            version: Some("3HL4kqtJlcpXroDTDmJ"),
            ..of(1)
        },
    );
    lines.push(
        KeyHash::of("assets/app.3f2a9c1b.js"),
        &Entry {
            content: Some(Crc64([1; 8])),
            stale: Some(Seconds::since_epoch(1_795_694_400)),
            foreign: true,
            ..of(2)
        },
    );
    assert!(lines.sort());
    let record = Record {
        head: Head {
            schema: SCHEMA,
            pipe: "0.2.0".to_owned(),
            prefix: NameHash::of("prefix", PREFIX),
            deploy: "812-18a5c2f0".to_owned(),
            state: State::Done,
            began: Seconds::since_epoch(1_795_694_400),
            ended: Some(Seconds::since_epoch(1_795_694_431)),
            owed: true,
            who: Who {
                repository: Some(NameHash::of("repository", "acme/site")),
                branch: Some(NameHash::of("branch", "main")),
                commit: Some("1f0c2aa".to_owned()),
                build: Some(812),
                step_run: Some(1),
            },
            conditional: Some(true),
            release: None,
            restores: None,
            objects: 2,
        },
        sets,
        lines,
    };
    let text = String::from_utf8(text(&write(&record))).unwrap();
    let documented = include_str!("../../../docs/record.md");
    assert!(documented.contains(&text), "docs/record.md has:\n{text}");
}
