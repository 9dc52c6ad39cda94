//! The only module that writes to the streams: lines as the official pipes print them, or JSON.
//!
//! `INFO: …` and its like go to stderr, `✔ …` and `✖ …` to stdout, coloured even without a terminal
//! because Bitbucket's log shows colours. Whatever a line holds is made printable here, in one
//! place, so that no name from disk or S3 can reach a terminal raw.

mod output;

pub use output::{LogFormat, Note, Output, Progress, Verbosity};

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, OnceLock, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use deploy_core::base::printable::Printable;
use deploy_core::base::secret::mask;

static OUTPUT: OnceLock<Output> = OnceLock::new();
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

const GREEN: u8 = 32;
const RED: u8 = 31;

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

/// The run's good end, on stdout.
pub fn success(message: &str) {
    outcome("success", '✔', GREEN, message);
}

/// The run's bad end, on stdout.
pub fn fail(message: &str) {
    outcome("fail", '✖', RED, message);
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

/// What was asked for, on stdout whatever is to be left out of the log: lines, in blocks. In JSON one
/// object holds a block.
pub fn result(event: &str, blocks: &[Vec<String>]) {
    let output = OUTPUT.get().copied().unwrap_or_default();
    let mut text = String::new();
    for block in blocks {
        let lines: Vec<String> = block.iter().map(|line| safe(line)).collect();
        let block = lines.join("\n");
        text.push_str(&match output.format {
            LogFormat::Pipe => block,
            LogFormat::Json => {
                let event = Map::from_iter([("event".to_owned(), Value::from(event))]);
                json_object("info", block, event)
            }
        });
        text.push('\n');
    }
    // A reader that is gone is nobody to tell.
    drop(document(&text));
}

/// Text to be copied, as it is: no prefix, no colour. In JSON one object holds it all.
pub fn excerpt(lines: &[String]) {
    let output = OUTPUT.get().copied().unwrap_or_default();
    let lines: Vec<String> = lines.iter().map(|line| safe(line)).collect();
    let text = lines.join("\n");
    let text = match output.format {
        LogFormat::Pipe => text,
        LogFormat::Json => json_object("info", text, Map::new()),
    };
    write_line(text);
}

/// Writes `line` to stderr at once: by pieces, what other processes of a step write may come between
/// them, and each is a call of the system. A reader that is gone is nobody to tell.
fn write_line(mut line: String) {
    line.push('\n');
    drop(std::io::stderr().lock().write_all(line.as_bytes()));
}

fn outcome(level: &str, mark: char, colour: u8, message: &str) {
    let output = OUTPUT.get().copied().unwrap_or_default();
    let line = match output.format {
        LogFormat::Pipe => coloured(output, colour, &format!("{mark} {}", safe(message))),
        LogFormat::Json => json_line(level, message, Map::new()),
    };
    // A reader that is gone is nobody to tell.
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}

/// Shows a bar of `total` items, if a person watches a terminal.
pub fn show_progress(total: usize) {
    if !std::io::stderr().is_terminal() || hides_progress() {
        return;
    }
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    *bar_lock() = Some(bar);
}

/// Moves the bar, if there is one, to `done` items; says whether that tells of it, or nothing is to.
#[must_use]
pub fn advance_progress(done: usize) -> bool {
    let bar = bar_lock();
    if let Some(bar) = bar.as_ref() {
        bar.set_position(done as u64);
    }
    bar.is_some() || hides_progress()
}

fn hides_progress() -> bool {
    let output = OUTPUT.get().copied().unwrap_or_default();
    output.progress == Progress::Hidden || output.verbosity == Verbosity::Quiet
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
        let level_max = match self.output.verbosity {
            Verbosity::Quiet => Level::WARN,
            Verbosity::Normal => Level::INFO,
            Verbosity::Debug => Level::DEBUG,
        };
        *metadata.level() <= level_max && metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (name, colour) = match *event.metadata().level() {
            Level::ERROR => ("ERROR", RED),
            Level::WARN => ("WARNING", 33),
            Level::INFO => ("INFO", 34),
            _ => ("DEBUG", 37),
        };
        let line = match self.output.format {
            LogFormat::Pipe => coloured(
                self.output,
                colour,
                &format!("{name}: {}", safe(&fields.message)),
            ),
            LogFormat::Json => json_line(&name.to_lowercase(), &fields.message, fields.others),
        };
        match bar_lock().as_ref() {
            Some(bar) => bar.suspend(|| write_line(line)),
            None => write_line(line),
        }
    }
}

/// An event's message, and what else it says; the latter is for JSON readers.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn set(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(message)) => self.message = message,
            (name, value) => {
                self.others.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for Fields {
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

fn coloured(output: Output, colour: u8, text: &str) -> String {
    if output.colours {
        format!("\u{1b}[{colour}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

fn json_line(level: &str, message: &str, others: Map<String, Value>) -> String {
    json_object(level, safe(message), others)
}

fn json_object(level: &str, message: String, others: Map<String, Value>) -> String {
    let mut object = Map::new();
    object.insert("level".to_owned(), Value::from(level));
    object.insert("message".to_owned(), Value::from(message));
    object.extend(others);
    Value::Object(object).to_string()
}
