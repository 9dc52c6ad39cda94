//! Sizes, counts and durations as people read them.

use std::fmt;
use std::time::Duration;

/// One kibibyte, in bytes.
pub const KIB: u64 = 1024;
/// One mebibyte, in bytes.
pub const MIB: u64 = 1024 * KIB;
/// One gibibyte, in bytes.
pub const GIB: u64 = 1024 * MIB;

/// Displays a number of bytes with a binary unit: `17 B`, `1.5 KiB`, `40.0 MiB`.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0..KIB => return write!(formatter, "{} B", self.0),
            KIB..MIB => (KIB, "KiB"),
            MIB..GIB => (MIB, "MiB"),
            _ => (GIB, "GiB"),
        };
        // Tenths by integers: a float would round 1023.99 KiB up to a unit that it is not.
        let tenths = u128::from(self.0) * 10 / u128::from(unit);
        write!(formatter, "{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// Displays a count with its noun: `1 file`, `2 files`.
#[derive(Clone, Copy, Debug)]
pub struct Count<'a>(pub usize, pub &'a str);

impl fmt::Display for Count<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(formatter, "{} {}{plural}", self.0, self.1)
    }
}

/// Most names or lines that one message lists.
const LISTED_MAX: usize = 20;

/// `items` in one line, and how many there are beyond the first twenty.
pub fn listed(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    let more = items.len().saturating_sub(LISTED_MAX);
    items.truncate(LISTED_MAX);
    let listed = items.join(", ");
    if more == 0 {
        listed
    } else {
        format!("{listed} and {more} more")
    }
}

/// The units in which spans of time are written, in seconds.
const SPANS: &[(&[&str], u64)] = &[
    (&["s", "sec", "secs", "second", "seconds"], 1),
    (&["m", "min", "mins", "minute", "minutes"], 60),
    (&["h", "hour", "hours"], 60 * 60),
    (&["d", "day", "days"], 24 * 60 * 60),
    (&["w", "week", "weeks"], 7 * 24 * 60 * 60),
];

/// A span of time as people write it, in seconds: a whole number and its unit, for example `7d` or
/// `5 min`.
pub fn span_secs(text: &str) -> Option<u64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let unit = unit.trim_start().to_ascii_lowercase();
    let (_, secs) = SPANS
        .iter()
        .find(|(names, _)| names.contains(&unit.as_str()))?;
    number.parse::<u64>().ok()?.checked_mul(*secs)
}

/// Displays a duration in seconds with two decimals: `0.42 s`.
#[derive(Clone, Copy, Debug)]
pub struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.2} s", self.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Count, Seconds, span_secs};
    use std::time::Duration;

    #[test]
    fn bytes_take_the_unit_that_fits() {
        for (bytes, shown) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 KiB"),
            (1_048_575, "1023.9 KiB"),
            (41_943_040, "40.0 MiB"),
            (u64::MAX, "17179869183.9 GiB"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), shown);
        }
    }

    #[test]
    fn counts_and_seconds() {
        assert_eq!(Count(1, "file").to_string(), "1 file");
        assert_eq!(Count(0, "file").to_string(), "0 files");
        assert_eq!(Seconds(Duration::from_millis(420)).to_string(), "0.42 s");
    }

    #[test]
    fn spans_have_a_number_and_a_unit() {
        for (text, secs) in [
            ("7d", 604_800),
            ("7 days", 604_800),
            ("1w", 604_800),
            ("5min", 300),
            ("1 Hour", 3600),
            ("0s", 0),
        ] {
            assert_eq!(span_secs(text), Some(secs), "{text}");
        }
        for text in [
            "",
            "7",
            "d",
            "-1d",
            "1.5d",
            "1d2h",
            "1 month",
            "P7D",
            "1e3s",
            "99999999999999999w",
        ] {
            assert_eq!(span_secs(text), None, "{text}");
        }
    }
}
