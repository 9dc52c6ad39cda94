//! The parsers under hostile input, with the toolchain that builds the pipe: the kept corpus of
//! `fuzz`, and mutations of it. `make fuzz` looks deeper, with libFuzzer.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test that cannot go on should say where, and stop"
)]

#[path = "../../fuzz/entries.rs"]
mod entries;
#[path = "../../fuzz/pipe_entries.rs"]
mod pipe_entries;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use entries::{ENTRIES, Entry};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// The entries of the core, and the pipe's own.
fn all() -> impl Iterator<Item = Entry> {
    let own: Entry = ("extra_args", pipe_entries::extra_args);
    ENTRIES.iter().copied().chain([own])
}

/// Mutations of each corpus; FUZZ_CASES says otherwise.
const CASES: u32 = 500;

/// Most bytes of a mutation: what goes wrong with more goes wrong with that many.
const BYTES_MAX: usize = 4096;

/// Pieces that the formats are made of.
const TOKENS: &[&str] = &[
    "--",
    "--exclude ",
    "=",
    "'",
    "\"",
    "\\",
    "*",
    "?",
    "[",
    "]",
    "!",
    "{",
    "}",
    "/",
    ":",
    ": ",
    "\n",
    "\r\n",
    "\0",
    "#",
    "&a ",
    "*a",
    "- ",
    "  ",
    "%2f",
    "%",
    "é",
    "\u{202e}",
    "null",
    "true",
    "1e999",
    "-----BEGIN ",
    "PRIVATE KEY-----\n",
    "/*",
    ":splat",
    "301!",
    "\n---\n",
    "${",
    "rules:\n",
];

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fuzz/corpus", name]
        .iter()
        .collect()
}

/// The kept inputs of an entry, in the order of their names.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder(name)).unwrap();
    let paths: BTreeSet<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn the_kept_corpus_breaks_no_promise() {
    for (name, entry) in all() {
        let corpus = corpus(name);
        assert!(corpus.len() > 3, "{name} has a corpus");
        for input in corpus {
            entry(&input);
        }
    }
}

#[test]
fn every_entry_has_a_target_and_a_corpus_and_nothing_else_has() {
    let names: BTreeSet<String> = all().map(|(name, _)| name.to_owned()).collect();
    let list = |path: PathBuf| -> BTreeSet<String> {
        let files = fs::read_dir(path).unwrap();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        files.map(|file| stem(file.unwrap().path())).collect()
    };
    assert_eq!(list(folder("")), names);
    assert_eq!(list(folder("../fuzz_targets")), names);
}

/// One change of an input. Positions are taken modulo its length.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(usize, u8),
    Insert(usize, Vec<u8>),
    Token(usize, usize),
    Remove(usize, usize),
    Repeat(usize, usize, usize),
    Splice(usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = 0..BYTES_MAX;
    prop_oneof![
        (at.clone(), 1..=255_u8).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        (at.clone(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (at.clone(), 0..TOKENS.len()).prop_map(|(at, token)| Mutation::Token(at, token)),
        (at.clone(), 1..64_usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        (at.clone(), 1..64_usize, 1..64_usize)
            .prop_map(|(at, count, times)| Mutation::Repeat(at, count, times)),
        (at, any::<prop::sample::Index>())
            .prop_map(|(at, other)| Mutation::Splice(at, other.index(usize::MAX))),
    ]
}

fn mutate(mut input: Vec<u8>, mutation: &Mutation, corpus: &[Vec<u8>]) -> Vec<u8> {
    let place = |at: usize| at % (input.len() + 1);
    match mutation {
        Mutation::Flip(at, bits) => {
            let at = place(*at);
            if let Some(byte) = input.get_mut(at) {
                *byte ^= bits;
            }
        }
        Mutation::Insert(at, bytes) => {
            let at = place(*at);
            input.splice(at..at, bytes.iter().copied());
        }
        Mutation::Token(at, token) => {
            let at = place(*at);
            input.splice(at..at, TOKENS[*token].bytes());
        }
        Mutation::Remove(at, count) => {
            let at = place(*at);
            let end = (at + count).min(input.len());
            input.drain(at..end);
        }
        Mutation::Repeat(at, count, times) => {
            let at = place(*at);
            let end = (at + count).min(input.len());
            let again = input[at..end].repeat(*times);
            input.splice(end..end, again);
        }
        Mutation::Splice(at, other) => {
            let at = place(*at);
            input.truncate(at);
            input.extend(&corpus[other % corpus.len()]);
        }
    }
    input.truncate(BYTES_MAX);
    input
}

#[test]
fn mutations_of_the_corpus_break_no_promise() {
    let cases = std::env::var("FUZZ_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    for (name, entry) in all() {
        let corpus = corpus(name);
        let inputs = (0..corpus.len(), vec(mutation(), 1..12));
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        });
        let result = runner.run(&inputs, |(seed, mutations)| {
            let start = corpus[seed].clone();
            let input = mutations
                .iter()
                .fold(start, |input, mutation| mutate(input, mutation, &corpus));
            let failed = std::panic::catch_unwind(|| entry(&input)).is_err();
            prop_assert!(!failed, "{:?}", String::from_utf8_lossy(&input));
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
