//! Times of Expires: what is read as aws-cli reads it, and what is refused.

use super::{FIRST, Fault, LAST, seconds};

/// 2030-01-01T00:00:00Z
const TIME: i64 = 1_893_456_000;

/// What aws-cli 1.46 makes of each, by `botocore.utils.parse_to_aware_datetime`.
#[test]
fn times_are_read_as_aws_cli_reads_them() {
    for (text, expected) in [
        ("0", 0),
        (" 0 ", 0),
        ("1", 1),
        ("-1", -1),
        ("1893456000", TIME),
        ("1893456000.5", TIME),
        ("1.893456e9", TIME),
        ("99999999999", 99_999_999_999),
        ("-62135596800", -62_135_596_800),
        ("2030-01-01", TIME),
        ("2030-1-1", TIME),
        ("2030/01/01", TIME),
        ("2030.01.01", TIME),
        ("2030-01-01 00:00", TIME),
        ("2030-01-01T00:00", TIME),
        ("2030-01-01T00:00:00", TIME),
        ("2030-01-01T00:00:00Z", TIME),
        ("2030-01-01t00:00:00z", TIME),
        ("2030-01-01T00:00:00.123Z", TIME),
        ("2030-01-01T02:00:00+02:00", TIME),
        ("2030-01-01T02:00:00+0200", TIME),
        ("2030-01-01T02:00:00+02", TIME),
        ("2030-01-01 02:00:00 +0200", TIME),
        ("2029-12-31T19:00:00-05:00", TIME),
        ("2030-01-01 00:00:00 UTC", TIME),
        ("20300101T000000Z", TIME),
        ("20300101T0000", TIME),
        ("20300101000000", TIME),
        ("Tue, 01 Jan 2030 00:00:00 GMT", TIME),
        ("Tue, 1 Jan 2030 00:00:00 GMT", TIME),
        ("Mon, 01 Jan 2030 00:00:00 GMT", TIME),
        ("Tue, 01 Jan 2030 00:00:00 GMT;", TIME),
        ("01 Jan 2030 00:00:00 GMT", TIME),
        ("01 Jan 2030", TIME),
        ("1 January 2030", TIME),
        ("January 1, 2030", TIME),
        ("Jan 1 2030", TIME),
        ("1st of January 2030", TIME),
        ("2030 Jan 1", TIME),
        ("2030-Jan-01", TIME),
        ("Tuesday, 01-Jan-30 00:00:00 GMT", TIME),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
        ("Tue Jan  1 00:00:00 2030", TIME),
        ("Tue Jan  1 00:00:00 UTC 2030", TIME),
        ("Tue Jan 01 00:00:00 -0500 2030", TIME + 18_000),
        ("Tue, 01 Jan 2030 00:00:00 +0000", TIME),
        ("Tue, 01 Jan 2030 00:00:00 Z", TIME),
        ("Tue, 01 Jan 2030 00:00 GMT", TIME),
        ("00:00 2030-01-01", TIME),
        ("01/02/2030", TIME + 86_400),
        ("01-02-30", TIME + 86_400),
        ("31.12.2030", 1_924_905_600),
        ("31-12-2030", 1_924_905_600),
        ("12-31-2030", 1_924_905_600),
        ("2030-01-01 10:00 PM", TIME + 79_200),
        ("2030-01-01 10pm", TIME + 79_200),
        ("2030-01-01 12:30:00.5 am", TIME + 1_800),
        ("Sept 1 2030", 1_914_451_200),
        ("Thu, 31 Dec 2037 23:55:55 GMT", 2_145_916_555),
        ("2028-02-29", 1_835_395_200),
        ("0001-01-01", -62_135_596_800),
        ("9999-12-31", 253_402_214_400),
    ] {
        assert_eq!(seconds(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_names_no_time_is_refused() {
    for text in [
        "",
        "never",
        "now",
        "tomorrow",
        "+1 year",
        "nan",
        "inf",
        "-",
        ".",
        "max-age=0",
        "1893456000000",
        "253402300800",
        "2030-13-01",
        "2030-02-30",
        "2029-02-29",
        "2030-01-01T24:00:00Z",
        "2030-01-01T00:60:00Z",
        "2030-01-01T00:00:60Z",
        "2030-01-01T00:00:00+",
        "2030-01-01T00:00:00+25",
        "2030-01-01T00:00:00Z+01",
        "2030-01-01 13pm",
        "10000-01-01",
        "2030-W01-1",
        "2030-001",
        "\"2030-01-01\"",
        "\u{201c}2030-01-01\u{201d}",
        // aws-cli takes these for what the day of the deploy makes of them.
        "10:00",
        "Friday",
        "Jan 2030",
        // aws-cli takes these for UTC.
        "2030-01-01 00:00:00 EST",
        "Tue Jan 1 00:00:00 CET 2030",
        // aws-cli takes this for two hours behind UTC.
        "Tue, 01 Jan 2030 00:00:00 GMT+2",
    ] {
        assert_eq!(seconds(text), Err(Fault::Unknown), "{text}");
    }
    for text in ["2", "2030", "3600", "31536000", "20300101"] {
        assert_eq!(seconds(text), Err(Fault::Span), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[0-9TZ:+./ -]{0,40}|.{0,40}") {
        if let Ok(time) = seconds(&text) {
            proptest::prop_assert!((FIRST..=LAST).contains(&time));
        }
    }
}
