//! What the words stand for that variables take, in any case, and that no other word is taken.

use super::{config, problems};
use crate::config::record::{Mode, OlderBuild};
use deploy_core::object::content::Coding;
use deploy_core::rules::preset::Preset;

#[test]
fn words_stand_for_what_they_say_in_any_case() {
    let one = |name, word| config(&[(name, word)]);
    for (word, mode) in [
        ("auto", Mode::Auto),
        ("OFF", Mode::Off),
        ("required", Mode::Required),
    ] {
        assert_eq!(one("DEPLOY_RECORD", word).record.mode, mode);
    }
    for (word, older) in [
        ("refuse", OlderBuild::Refuse),
        ("Warn", OlderBuild::Warn),
        ("allow", OlderBuild::Allow),
    ] {
        assert_eq!(one("OLDER_BUILD", word).record.older, older);
    }
    for (word, preset) in [("Static-Site", Some(Preset::StaticSite)), ("none", None)] {
        assert_eq!(one("PRESET", word).rules.preset, preset);
    }
    for (word, coding) in [("GZIP", Coding::Gzip), ("brotli", Coding::Brotli)] {
        assert_eq!(one("COMPRESS", word).rules.compress, Some(coding));
    }
    for (name, word) in [
        ("DEPLOY_RECORD", "true"),
        ("OLDER_BUILD", "false"),
        ("PRESET", "spa"),
        ("COMPRESS", "br"),
        ("CHECKSUM", "crc"),
        ("SESSION_POLICY", "narrow"),
    ] {
        let told = problems(&[(name, word)]);
        assert_eq!(told.len(), 1, "{told:?}");
        let start = format!("{name}: invalid value `{word}`");
        assert!(told[0].starts_with(&start), "{told:?}");
    }
}
