//! From words to [`ExtraArgs`], with every mistake at once.

use super::flags::{self, Flag, Meaning, Takes};
use super::{ExtraArgs, unknown};
use crate::console::Note;
use deploy_core::base::invalid::Invalid;
use deploy_core::object::setting::Setting;

/// Reads `words`, each a flag, a flag with `=` and its value, or the value of the flag before it.
/// Later flags win over earlier ones, and patterns add up, as in aws-cli.
pub fn read(words: &[String]) -> (ExtraArgs, Vec<Invalid>) {
    let mut args = ExtraArgs::default();
    let mut mistakes = Vec::new();
    let mut ignored = Vec::new();
    let mut rest = words;
    // The last flag that was known.
    let mut before: Option<&Flag> = None;
    while let Some((word, after)) = rest.split_first() {
        rest = after;
        let (name, own_value) = match word.split_once('=') {
            Some((name, value)) if word.starts_with("--") => (name, Some(value)),
            _ => (word.as_str(), None),
        };
        let named = flags::named(name);
        let [flag] = named.as_slice() else {
            // What follows is its value, or as little a flag: no second mistake.
            let is_next = |word: &&String| is_value(word) && unknown::misspelt(word).is_none();
            let count = rest.iter().take_while(is_next).count();
            let (others, after) = rest.split_at(count);
            rest = after;
            mistakes.push(match named.as_slice() {
                [] => unknown::mistake(before, name, others),
                several => unknown::ambiguous(name, several),
            });
            continue;
        };
        before = Some(flag);
        let result = take_value(flag, own_value, &mut rest);
        let result = result.and_then(|value| {
            match flag.meaning {
                Meaning::Applied(apply) => apply(&mut args, &value)?,
                Meaning::Set(set) => set(&mut args),
                Meaning::Header(field) => {
                    let value = field.check(&value)?;
                    Setting::Text(field, Some(value)).apply(&mut args.headers);
                }
                Meaning::Ignored(reason) => ignored.push(format!("`{}` ({reason})", flag.name)),
                Meaning::Refused(reason, instead) => return Err(Invalid::new(reason, instead)),
            }
            Ok(())
        });
        if let Err(Invalid { reason, help }) = result {
            mistakes.push(Invalid::new(format!("`{}`: {reason}", flag.name), help));
        }
    }
    if !ignored.is_empty() {
        // One line for all flags that make no difference.
        let line = format!("EXTRA_ARGS: of no effect here: {}", ignored.join(", "));
        args.notes.push(Note::Info(line));
    }
    (args, mistakes)
}

/// The value of `flag`, taken off `rest` where it stands there.
fn take_value(
    flag: &Flag,
    own_value: Option<&str>,
    rest: &mut &[String],
) -> Result<String, Invalid> {
    let next = rest.split_first().filter(|(next, _)| is_value(next));
    match (&flag.takes, own_value, next) {
        (Takes::Nothing, None, _) => Ok(String::new()),
        (Takes::Nothing, Some(value), _) => Err(Invalid::new(
            format!("`{value}` is given, but the flag takes no value"),
            "leave the value out",
        )),
        (_, Some(value), _) => Ok(value.to_owned()),
        (Takes::Value | Takes::Optional(_), None, Some((value, after))) => {
            *rest = after;
            Ok(value.clone())
        }
        (Takes::Optional(value), None, None) => Ok((*value).to_owned()),
        (Takes::Value, None, None) => Err(Invalid::new(
            "its value is missing",
            format!(
                "write `{} VALUE`, or `{}=VALUE` if the value begins with dashes",
                flag.name, flag.name
            ),
        )),
    }
}

fn is_value(word: &str) -> bool {
    !word.starts_with("--")
}
