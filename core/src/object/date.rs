//! Times as users write them for Expires: what aws-cli's reader takes, as far as it names one time.
//!
//! aws-cli reads seconds from 1970 and, with dateutil, dates in nearly any order. Left out is what
//! depends on the day on which it is read (`10:00`, `Friday`), and names of zones other than UTC,
//! which aws-cli takes for UTC too.
//! <https://dateutil.readthedocs.io/en/stable/parser.html>

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, OffsetDateTime, UtcOffset};

use crate::base::has_word;

/// The form of an HTTP date (RFC 9110, section 5.6.7), for a time in UTC.
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// The first and the last second of the years 1 to 9999, of which HTTP can write the dates.
const FIRST: i64 = -62_135_596_800;
const LAST: i64 = 253_402_300_799;

/// Numbers from here on are taken for other things than seconds from 1970: a date without
/// separators, or milliseconds.
const SECONDS_END: i64 = 100_000_000_000;

/// Numbers below this, from 2 on, are years or spans of time: who counts seconds from 1970 and means
/// the past writes 0.
const SECONDS_BEGIN: i64 = 1_000_000_000;

const MONTHS: &str =
    "january february march april may june july august september october november december";

const WEEKDAYS: &str = "monday tuesday wednesday thursday friday saturday sunday";

/// Words that say nothing of the time; `t` stands between date and time.
const FILLERS: &str = "t at on of st nd rd th";

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is a number of seconds, but hardly from 1970 on.
    Span,
    /// It is nothing that is understood.
    Unknown,
}

/// The time that `text` is, in seconds from 1970, UTC. A time without a zone is in UTC, and a day
/// begins at midnight.
///
/// # Errors
/// When it is none.
pub(super) fn seconds(text: &str) -> Result<i64, Fault> {
    let text = text.trim();
    let is_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if text.bytes().all(is_number)
        && let Ok(number) = text.parse::<f64>()
    {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what does not fit becomes the nearest number that does"
        )]
        match number.floor() as i64 {
            2..SECONDS_BEGIN => return Err(Fault::Span),
            seconds @ FIRST..SECONDS_END => return Ok(seconds),
            _ => {}
        }
    }
    let time = Reader::read(text).and_then(|read| read.seconds());
    time.filter(|time| (FIRST..=LAST).contains(time))
        .ok_or(Fault::Unknown)
}

/// A piece of a date: the digits of a number, or a month by its name.
#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Number(&'a str),
    Month(u8),
}

/// What was found of a time so far.
#[derive(Debug, Default)]
struct Reader<'a> {
    parts: Vec<Part<'a>>,
    /// Seconds of the day.
    clock: Option<i64>,
    /// Seconds that local time is ahead of UTC.
    offset: Option<i64>,
}

impl<'a> Reader<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let tokens = tokens(text);
        let mut read = Self::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            let behind = tokens.get(at + 1..).unwrap_or_default();
            at += 1 + match token.chars().next()? {
                first if first.is_ascii_digit() => read.number(token, before.copied(), behind)?,
                first if first.is_alphabetic() => read.word(&token.to_ascii_lowercase())?,
                '+' | '-' => read.sign(token, before.copied(), behind)?,
                ' ' | ',' | ';' | '/' | '.' => 0,
                _ => return None,
            };
        }
        Some(read)
    }

    /// Takes a number, and says how many of the tokens `behind` belong to it.
    fn number(&mut self, digits: &'a str, before: Option<&str>, behind: &[&str]) -> Option<usize> {
        let is_behind_t = before.is_some_and(|before| before.eq_ignore_ascii_case("t"));
        match digits.len() {
            1..=2 if let Some((seconds, used)) = clock(digits, behind) => {
                set(&mut self.clock, seconds)?;
                return Some(used);
            }
            4 | 6 if self.parts.len() == 3 && is_behind_t => {
                set(&mut self.clock, compact_clock(digits)?)?;
            }
            8 | 14 if self.parts.is_empty() => {
                let (date, clock) = digits.split_at_checked(8)?;
                let (year, day) = date.split_at_checked(4)?;
                let (month, day) = day.split_at_checked(2)?;
                self.parts.extend([year, month, day].map(Part::Number));
                if !clock.is_empty() {
                    set(&mut self.clock, compact_clock(clock)?)?;
                }
            }
            _ if self.parts.len() < 3 => self.parts.push(Part::Number(digits)),
            _ => return None,
        }
        Some(0)
    }

    fn word(&mut self, word: &str) -> Option<usize> {
        // By their first letters, three at least; and September has four in use.
        let is_short = |name: &str| word.len() >= 3 && name.starts_with(word);
        let mut months = (1..).zip(MONTHS.split(' '));
        if let Some((month, _)) = months.find(|(_, name)| is_short(name)) {
            self.parts.push(Part::Month(month));
        } else if has_word("z utc ut gmt", word) {
            set(&mut self.offset, 0)?;
        } else if !has_word(FILLERS, word) && !WEEKDAYS.split(' ').any(is_short) {
            return None;
        }
        Some(0)
    }

    /// Between the numbers of a date a `-` separates, behind the time it begins an offset.
    fn sign(&mut self, sign: &str, before: Option<&str>, behind: &[&str]) -> Option<usize> {
        let is_offset =
            self.clock.is_some() && (sign == "+" || self.parts.len() == 3 || before == Some(" "));
        if !is_offset {
            return (sign == "-").then_some(0);
        }
        let (hours, minutes, used) = match behind {
            [hours, ":", minutes, ..] => (*hours, *minutes, 3),
            [both, ..] if both.len() == 4 => (both.get(..2)?, both.get(2..)?, 1),
            [hours, ..] => (*hours, "0", 1),
            [] => return None,
        };
        let offset = below(hours, 24)? * 3600 + below(minutes, 60)? * 60;
        set(&mut self.offset, if sign == "-" { -offset } else { offset })?;
        Some(used)
    }

    fn seconds(&self) -> Option<i64> {
        let midnight = date(&self.parts)?.midnight().assume_utc();
        let clock = self.clock.unwrap_or_default() - self.offset.unwrap_or_default();
        Some(midnight.unix_timestamp() + clock)
    }
}

/// Sets what is not set yet.
fn set(place: &mut Option<i64>, value: i64) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// Runs of digits, runs of letters, and each other character by itself; blanks are one.
fn tokens(text: &str) -> Vec<&str> {
    let class = |character: char| match character {
        '0'..='9' => Some(0),
        _ if character.is_alphabetic() => Some(1),
        _ if character.is_whitespace() => Some(2),
        _ => None,
    };
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match class(first) {
            None => first.len_utf8(),
            same => rest.find(|next| class(next) != same).unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(end);
        tokens.push(if class(first) == Some(2) { " " } else { token });
        rest = behind;
    }
    tokens
}

/// The number that `digits` are, if it is less than `end`.
fn below(digits: &str, end: i64) -> Option<i64> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| digits.parse().ok()).flatten();
    number.filter(|number| *number < end)
}

/// Seconds of the day that begins with `hours`, and how many of the tokens behind belong to it: minutes,
/// seconds and their fraction, `am` or `pm`. A number alone is none.
fn clock(hours: &str, behind: &[&str]) -> Option<(i64, usize)> {
    let (minutes, seconds, fraction, used) = match behind {
        [":", minutes, ":", seconds, ".", fraction, ..] => (*minutes, *seconds, *fraction, 6),
        [":", minutes, ":", seconds, ..] => (*minutes, *seconds, "0", 4),
        [":", minutes, ..] => (*minutes, "0", "0", 2),
        _ => ("0", "0", "0", 0),
    };
    below(fraction, i64::MAX)?;
    let (noon, more) = match behind.get(used..)? {
        [" ", word, ..] => (word.to_ascii_lowercase(), 2),
        [word, ..] => (word.to_ascii_lowercase(), 1),
        [] => (String::new(), 0),
    };
    let half_day = || {
        below(hours, 13)
            .filter(|hours| *hours > 0)
            .map(|hours| hours % 12)
    };
    let (hours, used) = match noon.as_str() {
        "am" => (half_day()?, used + more),
        "pm" => (half_day()? + 12, used + more),
        _ if used > 0 => (below(hours, 24)?, used),
        _ => return None,
    };
    let minutes = below(minutes, 60)?;
    Some((hours * 3600 + minutes * 60 + below(seconds, 60)?, used))
}

/// `hhmm` or `hhmmss`.
fn compact_clock(digits: &str) -> Option<i64> {
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..4)?);
    let seconds = digits.get(4..).filter(|seconds| !seconds.is_empty());
    let (seconds, _) = clock(hours, &[":", minutes, ":", seconds.unwrap_or("0")])?;
    Some(seconds)
}

/// The day, with year, month and day in dateutil's order where the numbers leave a choice.
fn date(parts: &[Part<'_>]) -> Option<Date> {
    use Part::{Month, Number};
    let is_above = |digits: &str, most: i64| below(digits, most + 1).is_none();
    let is_year = |digits: &str| digits.len() > 2 || is_above(digits, 31);
    let (year, month, day) = match *parts {
        [Number(a), Month(month), Number(b)]
        | [Number(a), Number(b), Month(month)]
        | [Month(month), Number(a), Number(b)] => {
            let (year, day) = if is_year(a) { (a, b) } else { (b, a) };
            (year, month, day)
        }
        [Number(a), Number(b), Number(c)] => {
            let (year, month, day) = match a {
                a if is_year(a) => (a, b, c),
                a if is_above(a, 12) => (c, b, a),
                a => (c, a, b),
            };
            (year, month.parse().ok()?, day)
        }
        _ => return None,
    };
    let century = match year.len() {
        1..=2 if is_above(year, 69) => 1900,
        1..=2 => 2000,
        _ => 0,
    };
    let year: i32 = year.parse().ok()?;
    let month = time::Month::try_from(month).ok()?;
    Date::from_calendar_date(year.checked_add(century)?, month, day.parse().ok()?).ok()
}

/// `time` as a header has it; none for years that HTTP cannot write.
pub(crate) fn http(time: OffsetDateTime) -> Option<String> {
    time.to_offset(UtcOffset::UTC).format(HTTP_DATE).ok()
}

#[cfg(test)]
mod tests;
