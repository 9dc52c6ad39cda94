//! libFuzzer's way to `entries::trust_policy`.
#![no_main]

#[path = "../entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entries::trust_policy(data));
