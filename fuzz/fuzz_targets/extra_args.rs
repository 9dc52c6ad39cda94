//! libFuzzer's way to `pipe_entries::extra_args`.
#![no_main]

#[path = "../entries.rs"]
mod entries;
#[path = "../pipe_entries.rs"]
mod pipe_entries;

libfuzzer_sys::fuzz_target!(|data: &[u8]| pipe_entries::extra_args(data));
