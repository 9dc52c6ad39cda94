//! libFuzzer's way to `entries::rules_file`.
#![no_main]

#[path = "../entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::rules_file(data));
