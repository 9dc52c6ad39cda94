//! libFuzzer's way to `entries::headers_file`.
#![no_main]

#[path = "../entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::headers_file(data));
