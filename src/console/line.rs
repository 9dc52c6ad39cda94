//! A line of the run as a value: what people read, and the fields that programs read. It is made where
//! something is told, and written by nobody but this room.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use super::paint::Paint;
use super::safe;
use deploy_core::base::words::words;

words! {
    /// How much a line matters.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Level,
    /// The word in front of a line, as the official pipes have it.
    word {
        /// Something failed for good.
        Error = "ERROR",
        /// Probably not what was meant, or not as it should be.
        Warning = "WARNING",
        /// What happens.
        Info = "INFO",
        /// For whoever looks into a run.
        Debug = "DEBUG",
    }
}

impl Level {
    pub(super) fn paint(self) -> Paint {
        match self {
            Self::Error => Paint::Red,
            Self::Warning => Paint::Yellow,
            Self::Info => Paint::Blue,
            Self::Debug => Paint::Grey,
        }
    }
}

words! {
    /// What a change does to an object, as the sign in front of its key.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Mark,
    /// The word for it.
    word {
        /// It is new.
        New = "new",
        /// It is replaced.
        Changed = "changed",
        /// It is deleted.
        Deleted = "deleted",
    }
}

impl Mark {
    /// The sign.
    pub fn sign(self) -> char {
        match self {
            Self::New => '+',
            Self::Changed => '~',
            Self::Deleted => '-',
        }
    }

    pub(super) fn paint(self) -> Paint {
        match self {
            Self::New => Paint::Green,
            Self::Changed => Paint::Yellow,
            Self::Deleted => Paint::Red,
        }
    }
}

/// One line of a run.
#[derive(Clone, Debug)]
pub struct Line {
    pub(super) level: Level,
    pub(super) event: Cow<'static, str>,
    /// What stands in front of the mark.
    pub(super) lead: &'static str,
    pub(super) mark: Option<Mark>,
    pub(super) message: String,
    pub(super) fields: Map<String, Value>,
    pub(super) below: Vec<String>,
}

impl Line {
    /// A line of `level` that says `message`. JSON readers know what it is about by `event`, one of
    /// those in docs/output.md.
    pub fn new(
        level: Level,
        event: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            level,
            event: event.into(),
            lead: "",
            mark: None,
            message: message.into(),
            fields: Map::new(),
            below: Vec::new(),
        }
    }

    /// A line about what happens.
    pub fn info(event: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Info, event, message)
    }

    /// What it says.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// A line about what is probably not as it should be.
    pub fn warning(event: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Warning, event, message)
    }

    /// The same with `mark`, if there is one, in front of its message.
    #[must_use]
    pub fn marked(self, mark: Option<Mark>) -> Self {
        Self { mark, ..self }
    }

    /// The same of a change by `action` that is only planned.
    #[must_use]
    pub fn planned(self, action: &'static str) -> Self {
        Self {
            event: "dryrun".into(),
            lead: "(dryrun) ",
            ..self
        }
        .with("action", action)
    }

    /// The same of another level.
    #[must_use]
    pub fn of(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// The same with `value` as its field `name`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// The same with `help` below it: questions and cures.
    #[must_use]
    pub fn helped(self, help: Vec<String>) -> Self {
        let lines: Vec<String> = help.iter().map(|line| format!("hint: {line}")).collect();
        self.below(lines).with("help", help)
    }

    /// The same with `link` below it, to what the documents say of it.
    #[must_use]
    pub fn documented(self, link: String) -> Self {
        self.below([format!("docs: {link}")]).with("docs", link)
    }

    /// The same with `lines` indented below it, without a level: people read on there. JSON has what
    /// they say in fields.
    #[must_use]
    pub fn below(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.below.extend(lines);
        self
    }
}

impl Line {
    /// As the official pipes print it, and what stands below it.
    pub(super) fn text(&self, colours: bool) -> String {
        let coloured = |paint: Paint, text: &str| {
            if colours {
                paint.on(text)
            } else {
                text.to_owned()
            }
        };
        let mut text = coloured(self.level.paint(), self.level.word());
        text.push_str(": ");
        text.push_str(self.lead);
        if let Some(mark) = self.mark {
            text.push_str(&coloured(mark.paint(), &mark.sign().to_string()));
            text.push(' ');
        }
        text.push_str(&safe(&self.message));
        for below in &self.below {
            text.push_str("\n  ");
            text.push_str(&safe(below));
        }
        text
    }
}

/// As a log without colours has it.
impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text(false))
    }
}
