//! libFuzzer's way to `entries::secrets`.
#![no_main]

#[path = "../entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::secrets(data));
