//! A record as bytes: gzip of lines of JSON. The head comes first, then the sets of headers in the order
//! of their numbers, then the objects. Reading is bounded, and total: whatever the bytes are, it ends
//! with a record or with the reason why there is none.

use std::borrow::Cow;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::Record;
use super::digest::{Crc64, KeyHash, NameHash, Seal, SetDigest};
use super::head::{Head, SCHEMA, Seconds};
use super::lines::{Entry, Lines};
use super::sets::{HeaderSet, Sets};
use crate::base::units::MIB;

/// Most bytes of a record that is fetched: as many as ten million lines compress to.
pub const BYTES_MAX: u64 = 256 * MIB;

/// Most bytes that a record may be decompressed to: a small gzip can be a bomb.
const TEXT_BYTES_MAX: u64 = 1024 * MIB;

/// Most bytes of a line. The longest have the target of a redirect, of 2 KiB.
const LINE_BYTES_MAX: u64 = 16 * 1024;

/// Lines for which room is made before they are seen.
const ROOM_LINES_MAX: u64 = 1_000_000;

/// Why a record cannot be read. None of it stops a deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not what a deploy has written, or not all of it.
    #[error("it is damaged")]
    Corrupt,
    /// It is larger than any that is read.
    #[error("it is larger than a record can be")]
    TooLarge,
    /// A newer version has written it.
    #[error("a newer version of the pipe has written it, with schema {0}")]
    Newer(u32),
    /// It is of another place, from where it was copied.
    #[error("it was written for another prefix")]
    OtherPrefix,
}

/// What is read of a head first: all else may mean something else in another schema.
#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

/// A set of headers, as it is written.
#[derive(Serialize)]
struct SetLine<'a> {
    set: u32,
    #[serde(flatten)]
    of: &'a HeaderSet,
}

/// An object, as it is written. The names are short because there may be a million.
#[derive(Serialize)]
struct ObjectLine<'a> {
    k: KeyHash,
    e: Seal,
    #[serde(skip_serializing_if = "Option::is_none")]
    h: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<Crc64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    v: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<Seconds>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    f: bool,
}

/// Either of the two, or a line of another kind, as it is read: the order of fields means nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AnyLine<'a> {
    k: Option<KeyHash>,
    e: Option<Seal>,
    h: Option<u32>,
    c: Option<Crc64>,
    #[serde(borrow)]
    v: Option<Cow<'a, str>>,
    s: Option<Seconds>,
    f: bool,
    set: Option<u32>,
    digest: Option<SetDigest>,
    acl: Option<String>,
    storage_class: Option<String>,
    redirect: Option<String>,
}

/// The bytes of a record of `head`, whose number of objects is that of `lines`.
pub fn write(head: &Head, sets: &Sets, lines: &Lines) -> Vec<u8> {
    // Writing into memory cannot fail, and nothing in a record is beyond JSON.
    encode(head, sets, lines).unwrap_or_default()
}

fn encode(head: &Head, sets: &Sets, lines: &Lines) -> io::Result<Vec<u8>> {
    let mut text = GzEncoder::new(Vec::new(), Compression::fast());
    let mut line = Vec::new();
    let mut put = |value: &dyn Fn(&mut Vec<u8>) -> serde_json::Result<()>| {
        line.clear();
        value(&mut line)?;
        line.push(b'\n');
        text.write_all(&line)
    };
    let head = Head {
        objects: lines.len() as u64,
        ..head.clone()
    };
    put(&|line| serde_json::to_writer(line, &head))?;
    for (number, of) in (0..).zip(sets.iter()) {
        let set = SetLine { set: number, of };
        put(&|line| serde_json::to_writer(line, &set))?;
    }
    for (k, entry) in lines.iter() {
        let object = ObjectLine {
            k,
            e: entry.seal,
            h: entry.set,
            c: entry.content,
            v: entry.version,
            s: entry.stale,
            f: entry.foreign,
        };
        put(&|line| serde_json::to_writer(line, &object))?;
    }
    text.finish()
}

/// The record that `bytes` are, of the deploys to `prefix`.
///
/// # Errors
/// Why they are none.
pub fn read(bytes: &[u8], prefix: &str) -> Result<Record, Unreadable> {
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Unreadable::TooLarge);
    }
    let mut text = Text {
        text: BufReader::new(GzDecoder::new(bytes).take(TEXT_BYTES_MAX)),
        line: Vec::new(),
    };
    let head = text.next()?.ok_or(Unreadable::Corrupt)?;
    let Schema { schema } = parse(head)?;
    if schema > SCHEMA {
        return Err(Unreadable::Newer(schema));
    }
    let head: Head = parse(head)?;
    if head.prefix != NameHash::of("prefix", prefix) {
        return Err(Unreadable::OtherPrefix);
    }
    let mut sets = Sets::default();
    let room = head.objects.min(ROOM_LINES_MAX);
    let mut lines = Lines::with_capacity(usize::try_from(room).unwrap_or_default());
    while let Some(line) = text.next()? {
        let line: AnyLine<'_> = parse(line)?;
        if let Some(key) = line.k {
            let entry = Entry {
                seal: line.e.ok_or(Unreadable::Corrupt)?,
                set: line.h,
                content: line.c,
                version: line.v.as_deref(),
                stale: line.s,
                foreign: line.f,
            };
            lines.push(key, &entry);
        } else if let Some(number) = line.set {
            let set = HeaderSet {
                digest: line.digest.ok_or(Unreadable::Corrupt)?,
                acl: line.acl,
                storage_class: line.storage_class,
                redirect: line.redirect,
            };
            if sets.number(set) != number {
                return Err(Unreadable::Corrupt);
            }
        }
    }
    text.end()?;
    if lines.len() as u64 != head.objects || !lines.sort() {
        return Err(Unreadable::Corrupt);
    }
    Ok(Record { head, sets, lines })
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(line).map_err(|_| Unreadable::Corrupt)
}

/// Lines of a gzip.
struct Text<'a> {
    text: BufReader<io::Take<GzDecoder<&'a [u8]>>>,
    line: Vec<u8>,
}

impl Text<'_> {
    /// The next line, without its end; none behind the last.
    fn next(&mut self) -> Result<Option<&[u8]>, Unreadable> {
        self.line.clear();
        let mut text = (&mut self.text).take(LINE_BYTES_MAX);
        let read = text.read_until(b'\n', &mut self.line);
        read.map_err(|_| Unreadable::Corrupt)?;
        match self.line.split_last() {
            None => Ok(None),
            Some((b'\n', line)) => Ok(Some(line)),
            Some(_) if self.text.get_ref().limit() == 0 => Err(Unreadable::TooLarge),
            Some(_) => Err(Unreadable::Corrupt),
        }
    }

    /// Whether all is read that there is.
    fn end(self) -> Result<(), Unreadable> {
        let text = self.text.into_inner();
        if text.limit() == 0 {
            return Err(Unreadable::TooLarge);
        }
        // What stands behind the gzip is not its own.
        match text.into_inner().into_inner() {
            [] => Ok(()),
            _ => Err(Unreadable::Corrupt),
        }
    }
}
