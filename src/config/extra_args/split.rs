//! From one string to words, as a shell splits it; nothing is expanded and nothing run. What a shell
//! would expand or run is a mistake here, where it stands without quotes.

use std::iter::Peekable;
use std::str::Chars;

use super::characters;
use deploy_core::base::invalid::Invalid;

/// Splits `text` as a shell does: quotes, backslashes, lines that are continued, `#` comments.
///
/// # Errors
/// When a quote is not closed, or `text` is more than flags and their values.
pub fn words(text: &str) -> Result<Vec<String>, Invalid> {
    let mut splitter = Splitter {
        text,
        rest: text.chars().peekable(),
        word: None,
        is_quoted: false,
        words: Vec::new(),
    };
    while splitter.step()? {}
    Ok(splitter.words)
}

struct Splitter<'a> {
    text: &'a str,
    rest: Peekable<Chars<'a>>,
    /// The word that is being read; none between two.
    word: Option<String>,
    /// Whether it had quotes or backslashes.
    is_quoted: bool,
    words: Vec<String>,
}

impl Splitter<'_> {
    /// Takes the next character with what belongs to it, and says whether there was one.
    fn step(&mut self) -> Result<bool, Invalid> {
        let Some(character) = self.rest.next() else {
            self.end()?;
            return Ok(false);
        };
        match character {
            // Blanks that are not ASCII come from pages that flags were copied from.
            _ if character.is_whitespace() => self.end()?,
            '#' if self.word.is_none() => {
                while self.rest.next_if(|next| *next != '\n').is_some() {}
            }
            '\\' => self.backslash()?,
            '\'' => self.quoted('\'')?,
            '"' => self.quoted('"')?,
            // `$'…'`, and `$"…"`, which is the same as `"…"` where nothing is translated.
            '$' if self.rest.next_if_eq(&'\'').is_some() => self.escaped()?,
            '$' if self.rest.next_if_eq(&'"').is_some() => self.quoted('"')?,
            '$' if self.rest.peek() == Some(&'(') => return Err(expansion("$(")),
            '`' => return Err(expansion("`")),
            _ => {
                let word = self.word.get_or_insert_default();
                let begins = word.ends_with('=') || word.is_empty() && !self.is_quoted;
                if begins && characters::is_curly_quote(character) {
                    return Err(curly(character));
                }
                word.push(character);
            }
        }
        Ok(true)
    }

    /// The word that is being read, of which a part is quoted.
    fn quote(&mut self) -> &mut String {
        self.is_quoted = true;
        self.word.get_or_insert_default()
    }

    /// Ends the word that there is, if there is one.
    fn end(&mut self) -> Result<(), Invalid> {
        let is_quoted = std::mem::take(&mut self.is_quoted);
        let Some(word) = self.word.take() else {
            return Ok(());
        };
        if let Some(operator) = operator(&word).filter(|_| !is_quoted) {
            return Err(Invalid::new(
                format!("`{operator}` is for a shell, and no shell reads this"),
                "leave it out with all that follows it; what belongs to a value stands in quotes",
            ));
        }
        self.words.push(word);
        Ok(())
    }

    /// What stands behind a backslash outside quotes: the end of a line is taken away with it, all
    /// else loses its meaning.
    fn backslash(&mut self) -> Result<(), Invalid> {
        let Some(next) = self.rest.next() else {
            return Err(self.unclosed());
        };
        match next {
            '\n' => {}
            '\r' if self.rest.next_if_eq(&'\n').is_some() => {}
            ' ' | '\t' if self.word.is_none() && self.line_ends() => {
                return Err(Invalid::new(
                    "a line ends in a backslash with a blank behind it, which does not continue the line",
                    "take the blank away",
                ));
            }
            _ => self.quote().push(next),
        }
        Ok(())
    }

    /// Whether only blanks are left of the line.
    fn line_ends(&self) -> bool {
        let mut rest = self.rest.clone();
        let next = rest.find(|next| !matches!(next, ' ' | '\t' | '\r'));
        next.is_none_or(|next| next == '\n')
    }

    /// What stands in quotes, whose first one is taken already.
    fn quoted(&mut self, quote: char) -> Result<(), Invalid> {
        self.quote();
        loop {
            let next = self.rest.next().ok_or_else(|| self.unclosed())?;
            match next {
                _ if next == quote => return Ok(()),
                '`' if quote == '"' => return Err(expansion("`")),
                '$' if quote == '"' && self.rest.peek() == Some(&'(') => {
                    return Err(expansion("$("));
                }
                '\\' if quote == '"' => match self.rest.peek() {
                    Some('\n') => drop(self.rest.next()),
                    Some('"' | '\\' | '$' | '`') => {
                        let kept = self.rest.next();
                        self.quote().extend(kept);
                    }
                    _ => self.quote().push('\\'),
                },
                _ => self.quote().push(next),
            }
        }
    }

    /// What stands between `$'` and `'`.
    fn escaped(&mut self) -> Result<(), Invalid> {
        self.quote();
        loop {
            let next = self.rest.next().ok_or_else(|| self.unclosed())?;
            match next {
                '\'' => return Ok(()),
                '\\' => match self.rest.next().ok_or_else(|| self.unclosed())? {
                    'n' => self.quote().push('\n'),
                    't' => self.quote().push('\t'),
                    same @ ('\\' | '\'' | '"') => self.quote().push(same),
                    other => self.quote().extend(['\\', other]),
                },
                _ => self.quote().push(next),
            }
        }
    }

    fn unclosed(&self) -> Invalid {
        Invalid::new(
            format!(
                "`{}` has a quote that is not closed, or ends in a backslash",
                self.text
            ),
            "quote as in a shell, or write it as a YAML list",
        )
    }
}

/// The operator of a shell that `word` is or begins with, or that ends a flag: `&&`, `|`, `2>&1`,
/// `>out`, `--delete;`. Inside a value, as in a URL, they are taken for what they are.
fn operator(word: &str) -> Option<&str> {
    let is_operator = |character: char| matches!(character, '&' | '|' | ';' | '<' | '>');
    let redirection = word.trim_start_matches(|first: char| first.is_ascii_digit());
    let ends_a_flag = word.starts_with("--") && word.ends_with(';');
    if word.starts_with(is_operator) || redirection.starts_with(['<', '>']) {
        Some(word)
    } else {
        ends_a_flag.then_some(";")
    }
}

fn expansion(of: &str) -> Invalid {
    let shown = if of == "`" { "a backquote" } else { "`$(…)`" };
    Invalid::new(
        format!("{shown} is for a shell, and no shell reads this"),
        "compute the value in a line of `script` before the pipe, for example `export VALUE=$(…)`, and write `$VALUE`; in single quotes it stands for itself",
    )
}

fn curly(character: char) -> Invalid {
    Invalid::new(
        format!("{} is no quote here", characters::named(character)),
        "write straight quotes, `\"` or `'`",
    )
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_those_of_a_shell() {
        for (text, expected) in [
            ("", &[][..]),
            (" \t\r\n", &[]),
            ("a b", &["a", "b"]),
            ("'' \"\"", &["", ""]),
            ("'a b' \"c d\" e\\ f", &["a b", "c d", "e f"]),
            ("a'b c'\"d\"", &["ab cd"]),
            (r#"'a\b' "a\b\"\\\$\`" a\b"#, &[r"a\b", r#"a\b"\$`"#, "ab"]),
            ("'it'\\''s'", &["it's"]),
            ("a # b\nc#d", &["a", "c#d"]),
            ("a \\\n  b\\\nc", &["a", "bc"]),
            ("a \\\r\n  b \\\n", &["a", "b"]),
            ("\"a\\\nb\" 'a\\\nb'", &["ab", "a\\\nb"]),
            ("a\u{a0}b\u{3000}c", &["a", "b", "c"]),
            (
                "$'it\\'s\\t\\\\' $\"a b\" $HOME",
                &["it's\t\\", "a b", "$HOME"],
            ),
            (
                "'a && b' \\; '>' '`id`' '$(id)' \\$\\(id\\)",
                &["a && b", ";", ">", "`id`", "$(id)", "$(id)"],
            ),
            (
                "https://x/?a=1&b=2 text/html; a|b 2",
                &["https://x/?a=1&b=2", "text/html;", "a|b", "2"],
            ),
            (
                "caf\u{e9}\u{2019}s '\u{201c}x\u{201d}' a\u{2013}b",
                &["caf\u{e9}\u{2019}s", "\u{201c}x\u{201d}", "a\u{2013}b"],
            ),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_a_shell_would_do_is_one_mistake_that_names_it() {
        for (text, named) in [
            ("--delete && echo done", "`&&` is for a shell"),
            ("--delete || true", "`||` is for a shell"),
            ("--delete ; echo", "`;` is for a shell"),
            ("--delete; echo", "`;` is for a shell"),
            ("--delete | tee log", "`|` is for a shell"),
            ("--delete > log 2>&1", "`>` is for a shell"),
            ("--delete 2>/dev/null", "`2>/dev/null` is for a shell"),
            ("--delete &", "`&` is for a shell"),
            ("--expires $(date +%s)", "`$(…)` is for a shell"),
            ("--expires \"$(date +%s)\"", "`$(…)` is for a shell"),
            ("--expires `date +%s`", "a backquote is for a shell"),
            ("--expires \"`date`\"", "a backquote is for a shell"),
            (
                "--delete \\ \n --dryrun",
                "a backslash with a blank behind it",
            ),
            ("--exclude '*.map", "a quote that is not closed"),
            ("--exclude \"*.map", "a quote that is not closed"),
            ("--exclude $'*.map", "a quote that is not closed"),
            ("--delete \\", "ends in a backslash"),
            (
                "--cache-control \u{201c}no-cache\u{201d}",
                "`\u{201c}` (U+201C, a curly quote) is no quote",
            ),
            (
                "--cache-control=\u{2018}no-cache\u{2019}",
                "`\u{2018}` (U+2018, a curly quote) is no quote",
            ),
        ] {
            let reason = words(text).unwrap_err().reason;
            assert!(reason.contains(named), "{text}: {reason}");
        }
    }

    #[test]
    fn a_long_text_is_read_once() {
        // Were the rest looked at for each blank, this would take minutes.
        let text = "a\\  \\ b ".repeat(200_000);
        assert_eq!(words(&text).unwrap().len(), 400_000);
    }
}
