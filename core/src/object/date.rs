//! Times as users write them for Expires: what aws-cli's reader takes, as far as it names one time.
//!
//! aws-cli reads seconds from 1970 and, with dateutil, dates in nearly any order. Left out is what
//! depends on the day on which it is read (`10:00`, `Friday`), and names of zones other than UTC,
//! which aws-cli takes for UTC too.
//! <https://dateutil.readthedocs.io/en/stable/parser.html>

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, OffsetDateTime, UtcOffset};

/// The form of an HTTP date (RFC 9110, section 5.6.7), for a time in UTC.
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// Seconds of a day.
/// The first and the last second of the years 1 to 9999, of which HTTP can write the dates.
const FIRST: i64 = -62_135_596_800;
const LAST: i64 = 253_402_300_799;

/// Numbers from here on are taken for other things than seconds from 1970: a date without
/// separators, or milliseconds.
const SECONDS_END: i64 = 100_000_000_000;

/// Numbers below this, from 2 on, are years or spans of time: who counts seconds from 1970 and means
/// the past writes 0.
const SECONDS_BEGIN: i64 = 1_000_000_000;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Words that say nothing of the time; `t` stands between date and time.
const FILLERS: [&str; 8] = ["t", "at", "on", "of", "st", "nd", "rd", "th"];

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

/// A piece of a date: a number with its count of digits, or a month by its name.
#[derive(Clone, Copy, Debug)]
enum Part {
    Number(i64, usize),
    Month(i64),
}

/// What was found of a time so far.
#[derive(Debug, Default)]
struct Reader {
    parts: Vec<Part>,
    /// Seconds of the day.
    clock: Option<i64>,
    /// Seconds that local time is ahead of UTC.
    offset: Option<i64>,
}

impl Reader {
    fn read(text: &str) -> Option<Self> {
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
    fn number(&mut self, digits: &str, before: Option<&str>, behind: &[&str]) -> Option<usize> {
        let value: i64 = digits.parse().ok()?;
        match (digits.len(), behind) {
            (1..=2, [":", rest @ ..]) => {
                let (clock, used) = clock(value, rest)?;
                self.set_clock(clock)?;
                Some(1 + used)
            }
            (1..=2, _) if let Some((is_afternoon, used)) = noon(behind) => {
                self.set_clock(half_day(value, is_afternoon)? * 3600)?;
                Some(used)
            }
            (4 | 6, _) if self.parts.len() == 3 && before.is_some_and(is_t) => {
                self.set_clock(compact_clock(digits)?)?;
                Some(0)
            }
            (8 | 14, _) if self.parts.is_empty() => {
                for part in [digits.get(..4), digits.get(4..6), digits.get(6..8)] {
                    let part = part?;
                    self.parts
                        .push(Part::Number(part.parse().ok()?, part.len()));
                }
                if let Some(clock) = digits.get(8..).filter(|clock| !clock.is_empty()) {
                    self.set_clock(compact_clock(clock)?)?;
                }
                Some(0)
            }
            (length, _) if self.parts.len() < 3 => {
                self.parts.push(Part::Number(value, length));
                Some(0)
            }
            _ => None,
        }
    }

    fn word(&mut self, word: &str) -> Option<usize> {
        // By their first letters, three at least; and September has four in use.
        let is_short = |name: &&str| word.len() >= 3 && name.starts_with(word);
        if let Some(month) = (1..).zip(MONTHS).find(|(_, name)| is_short(name)) {
            self.parts.push(Part::Month(month.0));
        } else if matches!(word, "z" | "utc" | "ut" | "gmt") {
            self.set_offset(0)?;
        } else if !(FILLERS.contains(&word) || WEEKDAYS.iter().any(is_short)) {
            return None;
        }
        Some(0)
    }

    /// Between the numbers of a date a `-` separates, behind the time it begins an offset.
    fn sign(&mut self, sign: &str, before: Option<&str>, behind: &[&str]) -> Option<usize> {
        let is_offset = self.clock.is_some()
            && (sign == "+" || self.parts.len() == 3 || before.is_some_and(|one| one == " "));
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
        self.set_offset(if sign == "-" { -offset } else { offset })?;
        Some(used)
    }

    fn set_clock(&mut self, clock: i64) -> Option<()> {
        self.clock.replace(clock).is_none().then_some(())
    }

    fn set_offset(&mut self, offset: i64) -> Option<()> {
        self.offset.replace(offset).is_none().then_some(())
    }

    fn seconds(&self) -> Option<i64> {
        let (year, month, day) = date(&self.parts)?;
        let clock = self.clock.unwrap_or_default() - self.offset.unwrap_or_default();
        Some(midnight(year, month, day)? + clock)
    }
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

fn is_t(token: &str) -> bool {
    token.eq_ignore_ascii_case("t")
}

/// The number that `digits` are, if it is less than `end`.
fn below(digits: &str, end: i64) -> Option<i64> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| digits.parse().ok()).flatten();
    number.filter(|number| *number < end)
}

/// Minutes, seconds and their fraction behind `hours:`; with the count of tokens that they are.
fn clock(hours: i64, behind: &[&str]) -> Option<(i64, usize)> {
    let (minutes, behind) = behind.split_first()?;
    let (seconds, mut used) = match behind {
        [":", seconds, ..] => (*seconds, 3),
        _ => ("0", 1),
    };
    let behind = behind.get(used - 1..).unwrap_or_default();
    if used == 3
        && let [".", fraction, ..] = behind
    {
        below(fraction, i64::MAX)?;
        used += 2;
    }
    let behind = behind.get(if used == 5 { 2 } else { 0 }..);
    let hours = match noon(behind.unwrap_or_default()) {
        Some((is_afternoon, tokens)) => {
            used += tokens;
            half_day(hours, is_afternoon)?
        }
        None => hours,
    };
    let clock = below(minutes, 60)? * 60 + below(seconds, 60)?;
    (hours < 24).then_some((hours * 3600 + clock, used))
}

/// `hhmm` or `hhmmss`.
fn compact_clock(digits: &str) -> Option<i64> {
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..4)?);
    let seconds = match digits.get(4..)? {
        "" => "0",
        seconds => seconds,
    };
    Some(below(hours, 24)? * 3600 + below(minutes, 60)? * 60 + below(seconds, 60)?)
}

/// Whether `am` or `pm` comes next, and in how many tokens.
fn noon(behind: &[&str]) -> Option<(bool, usize)> {
    let (word, used) = match behind {
        [" ", word, ..] => (word, 2),
        [word, ..] => (word, 1),
        [] => return None,
    };
    match word.to_ascii_lowercase().as_str() {
        "am" => Some((false, used)),
        "pm" => Some((true, used)),
        _ => None,
    }
}

fn half_day(hours: i64, is_afternoon: bool) -> Option<i64> {
    let hours = (1..=12).contains(&hours).then_some(hours % 12)?;
    Some(hours + if is_afternoon { 12 } else { 0 })
}

/// Year, month and day, in dateutil's order where the numbers leave a choice.
fn date(parts: &[Part]) -> Option<(i64, i64, i64)> {
    use Part::{Month, Number};
    let is_year = |value: i64, digits: usize| value > 31 || digits > 2;
    let year = |value: i64, digits: usize| match value {
        0..70 if digits <= 2 => value + 2000,
        70..100 if digits <= 2 => value + 1900,
        _ => value,
    };
    match *parts {
        [Number(a, a_digits), Month(month), Number(b, b_digits)]
        | [Number(a, a_digits), Number(b, b_digits), Month(month)]
        | [Month(month), Number(a, a_digits), Number(b, b_digits)] => {
            if is_year(a, a_digits) {
                Some((year(a, a_digits), month, b))
            } else {
                Some((year(b, b_digits), month, a))
            }
        }
        [Number(a, a_digits), Number(b, _), Number(c, c_digits)] => {
            if is_year(a, a_digits) {
                Some((year(a, a_digits), b, c))
            } else if a > 12 {
                Some((year(c, c_digits), b, a))
            } else {
                Some((year(c, c_digits), a, b))
            }
        }
        _ => None,
    }
}

/// Seconds from 1970 to the beginning of a day of the Gregorian calendar, if there is such a day.
fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    let (year, day) = (i32::try_from(year).ok()?, u8::try_from(day).ok()?);
    let date = Date::from_calendar_date(year, month, day).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp())
}

/// `time` as a header has it; none for years that HTTP cannot write.
pub(crate) fn http(time: OffsetDateTime) -> Option<String> {
    time.to_offset(UtcOffset::UTC).format(HTTP_DATE).ok()
}

#[cfg(test)]
mod tests;
