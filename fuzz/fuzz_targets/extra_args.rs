//! libFuzzer's way to `entries::extra_args`.
#![no_main]

#[path = "../entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::extra_args(data));
