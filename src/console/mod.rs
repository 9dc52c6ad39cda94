//! The only module that writes to the streams: lines as the official pipes print them, or JSON.
//!
//! `INFO: …` and its like go to stderr, `✔ …` and `✖ …` to stdout. On a terminal marks and level words
//! are coloured, and nothing else. Whatever a line holds is made printable here, in one place, so
//! that no name from disk or S3 can reach a terminal raw.

mod json;
mod line;
mod output;
mod paint;

pub use line::{Level, Line, Mark};
pub use output::{LogFormat, Note, Output, Progress, Verbosity};

use std::borrow::Borrow;
use std::io::{IsTerminal, Write as _};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use deploy_core::base::exit::Exit;
use deploy_core::base::printable::Printable;
use deploy_core::base::secret::mask;
use paint::Paint;

static OUTPUT: OnceLock<Output> = OnceLock::new();
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Sends the program's own `tracing` events to stderr from now on. To be called once, at the start.
pub fn init(output: Output) {
    OUTPUT.get_or_init(|| output);
    // A second subscriber in one process is a test's; the first stays.
    drop(
        tracing_subscriber::registry()
            .with(Lines { output })
            .try_init(),
    );
    if output.verbosity == Verbosity::Debug {
        tracing::info!("Enabling debug mode.");
    }
}

/// What is to be said of the flags, as lines of the run.
pub fn tell(notes: &[Note]) {
    for note in notes {
        match note {
            Note::Info(line) => tracing::info!("{line}"),
            Note::Warning(line) => tracing::warn!("{line}"),
        }
    }
}

/// Writes `line`, if lines of its level are written.
pub fn say(line: impl Borrow<Line>) {
    let line = line.borrow();
    // Before the first line there is the choice of how lines look.
    let Some(output) = OUTPUT.get().filter(|_| shows(line.level)) else {
        return;
    };
    let text = match output.format {
        LogFormat::Pipe => line.text(has_colours(&std::io::stderr())),
        LogFormat::Json => json::text(line, SystemTime::now()),
    };
    match bar_lock().as_ref() {
        Some(bar) => bar.suspend(|| write_line(text)),
        None => write_line(text),
    }
}

/// Whether lines of `level` are written.
pub fn shows(level: Level) -> bool {
    level <= output().verbosity.level_max()
}

/// The end of a run that has nothing but its exit code to tell.
pub fn end(exit: Exit, message: &str) {
    end_with(exit, message, Map::new());
}

/// The run's end, on stdout. JSON has the `fields` beside the exit code.
pub fn end_with(exit: Exit, message: &str, fields: Map<String, Value>) {
    let output = output();
    let (level, mark, colour) = match exit {
        Exit::Done => ("success", "✔", Paint::Green),
        _ => ("fail", "✖", Paint::Red),
    };
    let line = match output.format {
        LogFormat::Pipe if has_colours(&std::io::stdout()) => {
            format!("{} {}", colour.on(mark), safe(message))
        }
        LogFormat::Pipe => format!("{mark} {}", safe(message)),
        LogFormat::Json => {
            let code = Value::from(exit.code());
            let fields = [("exit_code".to_owned(), code)].into_iter().chain(fields);
            json::object(level, "end", &safe(message), fields, SystemTime::now())
        }
    };
    // A reader that is gone is nobody to tell.
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}

/// A text that is the result itself, on stdout, as it is: to be piped into a file or a shell.
///
/// # Errors
/// When it could not be written whole.
pub fn document(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// What was asked for, on stdout whatever is to be left out of the log: lines, in blocks, with the word
/// that lines of the log begin with. In JSON one object holds a block.
pub fn result(event: &str, blocks: &[Vec<String>]) {
    let mut text = String::new();
    for block in blocks {
        let lines = block.iter().map(|line| safe(line));
        text.push_str(&match output().format {
            LogFormat::Pipe => {
                let lines: Vec<String> = lines.map(|line| format!("INFO: {line}")).collect();
                lines.join("\n")
            }
            LogFormat::Json => {
                let block = lines.collect::<Vec<_>>().join("\n");
                json::object("info", event, &block, Map::new(), SystemTime::now())
            }
        });
        text.push('\n');
    }
    // A reader that is gone is nobody to tell.
    drop(document(&text));
}

/// Text to be copied, as it is: no prefix, no colour. In JSON one object holds it all.
pub fn excerpt(lines: &[String]) {
    let lines: Vec<String> = lines.iter().map(|line| safe(line)).collect();
    let text = lines.join("\n");
    let text = match output().format {
        LogFormat::Pipe => text,
        LogFormat::Json => json::object("info", "excerpt", &text, Map::new(), SystemTime::now()),
    };
    write_line(text);
}

/// Whether `stream` takes colours: if they are wanted, and a terminal shows it.
fn has_colours(stream: &impl IsTerminal) -> bool {
    output().colours && stream.is_terminal()
}

fn output() -> Output {
    OUTPUT.get().copied().unwrap_or_default()
}

/// Writes `line` to stderr at once: by pieces, what other processes of a step write may come between
/// them, and each is a call of the system. A reader that is gone is nobody to tell.
fn write_line(mut line: String) {
    line.push('\n');
    drop(std::io::stderr().lock().write_all(line.as_bytes()));
}

/// Shows a bar of `total` items, if a person watches a terminal.
pub fn show_progress(total: usize) {
    if !std::io::stderr().is_terminal() || hides_progress() {
        return;
    }
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    // What does not fit is cut off: a line that wraps would be drawn again and again.
    if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    *bar_lock() = Some(bar);
}

/// Moves the bar, if there is one, to `done` items.
pub fn advance_progress(done: usize) {
    if let Some(bar) = bar_lock().as_ref() {
        bar.set_position(done as u64);
    }
}

/// Has the bar, if there is one, say `message`; says whether there is one, or nothing is to be told
/// of progress.
pub fn describe_progress(message: &str) -> bool {
    let bar = bar_lock();
    if let Some(bar) = bar.as_ref() {
        bar.set_message(safe(message));
    }
    bar.is_some() || hides_progress()
}

fn hides_progress() -> bool {
    output().progress == Progress::Hidden || output().verbosity == Verbosity::Quiet
}

/// Takes the bar away.
pub fn hide_progress() {
    if let Some(bar) = bar_lock().take() {
        bar.finish_and_clear();
    }
}

fn bar_lock() -> std::sync::MutexGuard<'static, Option<ProgressBar>> {
    BAR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The layer that writes events as lines. Only this crate's: those of libraries may hold requests,
/// and with them secrets, at any level.
struct Lines {
    output: Output,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _context: Context<'_, S>) -> bool {
        level(*metadata.level()) <= self.output.verbosity.level_max()
            && metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut line = Line::new(level(*event.metadata().level()), "note", "");
        event.record(&mut Fields(&mut line));
        say(line);
    }
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warning,
        tracing::Level::INFO => Level::Info,
        _ => Level::Debug,
    }
}

/// Takes what a `tracing` event says: its message, which event it is, and fields for JSON readers.
struct Fields<'a>(&'a mut Line);

impl Fields<'_> {
    fn set(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(message)) => self.0.message = message,
            ("event", Value::String(event)) => self.0.event = event.into(),
            (name, value) => {
                self.0.fields.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.set(field, Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, Value::from(value));
    }
}

/// `text` without anything that steers a terminal, or a secret that a server repeats.
fn safe(text: &str) -> String {
    Printable(&mask(text)).to_string()
}
