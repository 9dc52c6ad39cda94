//! When an object was put, as listings tell it.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::document::Unreadable;

/// Seconds since the epoch; 0 for what they cannot tell.
pub(super) fn seconds(text: &str) -> Result<u32, Unreadable> {
    if let Some(seconds) = utc_seconds(text.as_bytes()) {
        return Ok(seconds);
    }
    let time = DateTime::from_str(text, Format::DateTimeWithOffset).map_err(|_| Unreadable)?;
    Ok(u32::try_from(time.secs()).unwrap_or_default())
}

/// Seconds since the epoch of `2026-01-02T03:04:05.000Z`, which is how S3 writes times.
fn utc_seconds(text: &[u8]) -> Option<u32> {
    let (text, fraction) = text.strip_suffix(b"Z")?.split_at_checked(19)?;
    let is_fraction = match fraction {
        [] => true,
        [b'.', digits @ ..] => {
            (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    let &[
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        i0,
        i1,
        b':',
        s0,
        s1,
    ] = text
    else {
        return None;
    };
    let two = |tens: u8, ones: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
    };
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let (month, day) = (two(m0, m1)?, two(d0, d1)?);
    let (hour, minute, second) = (two(h0, h1)?, two(i0, i1)?, two(s0, s1)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    // Up to the last year that 32 bits hold.
    let is_usual = (1970..2106).contains(&year)
        && (1..=12).contains(&month)
        && (1..=month_days).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !is_usual || !is_fraction {
        return None;
    }
    // Years begin in March here, so that the odd day is the last. 719,468 days before the epoch is
    // the first of March of the year 0.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468;
    days.checked_mul(86_400)?
        .checked_add(hour * 3600 + minute * 60 + second)
}
