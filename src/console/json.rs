//! Lines as JSON objects. Their form is interface: docs/log.schema.json, held by a test.

use std::time::SystemTime;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::line::Line;
use super::safe;
use deploy_core::base::secret::mask;

pub(super) fn text(line: &Line, now: SystemTime) -> String {
    let level = line.level.word().to_lowercase();
    let mark = line.mark.map(|mark| format!("{} ", mark.sign()));
    let mark = mark.unwrap_or_default();
    let message = format!("{}{mark}{}", line.lead, line.message);
    object(
        &level,
        &line.event,
        &safe(&message),
        line.fields.clone(),
        now,
    )
}

/// An object with what every line has, and `fields`; `message` is printable already.
pub(super) fn object(
    level: &str,
    event: &str,
    message: &str,
    fields: impl IntoIterator<Item = (String, Value)>,
    now: SystemTime,
) -> String {
    let common = [
        ("ts", timestamp(now)),
        ("level", level.to_owned()),
        ("event", event.to_owned()),
        ("message", message.to_owned()),
    ];
    let common = common.map(|(name, text)| (name.to_owned(), Value::from(text)));
    let object: Map<String, Value> = common.into_iter().chain(fields).collect();
    mask(&Value::Object(object).to_string()).into_owned()
}

/// `2026-11-26T12:15:18.042Z`, by RFC 3339.
fn timestamp(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use super::timestamp;
    use std::time::{Duration, SystemTime};

    #[test]
    fn times_are_written_as_rfc_3339_has_them() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        assert_eq!(timestamp(at(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(timestamp(at(951_827_696_042)), "2000-02-29T12:34:56.042Z");
    }
}
