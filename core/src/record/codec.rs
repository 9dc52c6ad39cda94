//! A record as bytes: gzip of lines of JSON. The head comes first, then the sets of headers in the order
//! of their numbers, then, as a gzip member of their own, the objects: where nothing has changed these
//! are written as they were read. Reading is bounded, and total: whatever the bytes are, it ends with a
//! record or with the reason why there is none.

use std::borrow::Cow;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::Record;
use super::digest::{Crc64, KeyHash, NameHash, Seal};
use super::head::{Head, SCHEMA, Seconds, VERSION};
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

/// An object, as it is written.
#[derive(Serialize)]
struct ObjectLine<'a> {
    k: KeyHash,
    #[serde(flatten)]
    entry: Entry<'a>,
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
}

/// The bytes of a record of `head`, whose number of objects is that of `lines`.
pub fn write(head: &Head, sets: &Sets, lines: &Lines) -> Vec<u8> {
    // Writing into memory cannot fail, and nothing in a record is beyond JSON.
    encode(head, sets, lines).unwrap_or_default()
}

fn encode(head: &Head, sets: &Sets, lines: &Lines) -> io::Result<Vec<u8>> {
    let head = Head {
        objects: lines.len() as u64,
        ..head.clone()
    };
    let mut text = Writer::behind(Vec::new());
    text.line(&head)?;
    for (number, of) in (0..).zip(sets.iter()) {
        text.line(&SetLine { set: number, of })?;
    }
    let mut bytes = text.gzip.finish()?;
    if let Some(packed) = lines.packed() {
        bytes.extend_from_slice(packed);
        return Ok(bytes);
    }
    if lines.is_empty() {
        return Ok(bytes);
    }
    let mut text = Writer::behind(bytes);
    for (k, entry) in lines.iter() {
        text.line(&ObjectLine { k, entry })?;
    }
    text.gzip.finish()
}

/// Writes lines into a gzip member.
struct Writer {
    gzip: GzEncoder<Vec<u8>>,
    line: Vec<u8>,
}

impl Writer {
    /// One that comes behind these `bytes`.
    fn behind(bytes: Vec<u8>) -> Self {
        Self {
            gzip: GzEncoder::new(bytes, Compression::fast()),
            line: Vec::new(),
        }
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, value)?;
        self.line.push(b'\n');
        self.gzip.write_all(&self.line)
    }
}

/// The record that `bytes` are, of the deploys to `prefix`.
///
/// # Errors
/// Why they are none.
pub fn read(bytes: &Bytes, prefix: &str) -> Result<Record, Unreadable> {
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Unreadable::TooLarge);
    }
    let mut text = Text::of(bytes, TEXT_BYTES_MAX);
    let head = text.next()?.ok_or(Unreadable::Corrupt)?;
    let Schema { schema } = parse(head)?;
    if schema > SCHEMA {
        return Err(Unreadable::Newer(schema));
    }
    let head: Head = parse(head)?;
    if head.prefix != NameHash::of("prefix", prefix) {
        return Err(Unreadable::OtherPrefix);
    }
    let room = head.objects.min(ROOM_LINES_MAX);
    let mut sets = Sets::default();
    let mut lines = Lines::with_capacity(usize::try_from(room).unwrap_or_default());
    text.lines(&mut sets, &mut lines)?;
    let (rest, bytes_left) = text.end()?;
    let before = (sets.len(), lines.len());
    if !rest.is_empty() {
        let mut text = Text::of(rest, bytes_left);
        text.lines(&mut sets, &mut lines)?;
        // What stands behind the two is not the record's own.
        if !text.end()?.0.is_empty() {
            return Err(Unreadable::Corrupt);
        }
    }
    if lines.len() as u64 != head.objects || !lines.sort() {
        return Err(Unreadable::Corrupt);
    }
    // Another version may have said more than is read here, which may not be true any more.
    if before == (sets.len(), 0) && head.pipe == VERSION {
        lines = lines.with_packed(bytes.slice_ref(rest));
    }
    Ok(Record { head, sets, lines })
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(line).map_err(|_| Unreadable::Corrupt)
}

/// Lines of a gzip member.
struct Text<'a> {
    text: BufReader<io::Take<GzDecoder<&'a [u8]>>>,
    line: Vec<u8>,
}

impl<'a> Text<'a> {
    /// Those that `bytes` begin with, of at most so many bytes.
    fn of(bytes: &'a [u8], bytes_max: u64) -> Self {
        let text = GzDecoder::new(bytes).take(bytes_max);
        Self {
            text: BufReader::new(text),
            line: Vec::new(),
        }
    }

    /// Adds all that come to what they are about.
    fn lines(&mut self, sets: &mut Sets, lines: &mut Lines) -> Result<(), Unreadable> {
        while let Some(text) = self.next()? {
            let line: AnyLine<'_> = parse(text)?;
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
            } else if let Some(number) = line.set
                && sets.number(parse(text)?) != number
            {
                return Err(Unreadable::Corrupt);
            }
        }
        Ok(())
    }

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

    /// What stands behind the member whose lines are all read, and how many bytes of text may be left.
    fn end(self) -> Result<(&'a [u8], u64), Unreadable> {
        let text = self.text.into_inner();
        match text.limit() {
            0 => Err(Unreadable::TooLarge),
            left => Ok((text.into_inner().into_inner(), left)),
        }
    }
}
