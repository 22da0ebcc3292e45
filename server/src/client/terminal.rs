//! The two outputs, and what is known of the terminals behind them.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use serde::Serialize;

use super::{exit::Exit, failure::Failure, visible};

/// A line on standard output.
///
/// # Errors
/// When nobody reads any more, which ends a command in silence.
pub fn say(line: &str) -> Result<(), Failure> {
    write(&format!("{line}\n"))
}

/// A JSON document on a line of its own.
pub fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    say(&visible::json(value))
}

/// Text on standard output, at once.
pub fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(unheard)
}

/// What a write that failed means: `athanor jobs | head` has had enough after ten lines.
pub fn unheard(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::silent(Exit::Done);
    }
    Failure::refused(format!("The output could not be written: {error}."))
}

/// A line on standard error. Where that is closed, nobody wants to know.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether somebody can be asked.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether standard output is a terminal on which lines can be drawn again.
pub fn can_redraw() -> bool {
    io::stdout().is_terminal() && env::var_os("TERM").is_some_and(|term| term != "dumb") && speaks_utf8()
}

fn speaks_utf8() -> bool {
    let set = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// Whether standard output is a terminal and colours are wanted (<https://no-color.org>).
pub fn has_colours() -> bool {
    io::stdout().is_terminal() && wants_colours()
}

fn wants_colours() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// In red, when standard error shows colours.
pub fn coloured_error(text: &str) -> String {
    if io::stderr().is_terminal() && wants_colours() { format!("\u{1b}[31m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Columns of the terminal behind standard output; 80 where that is not known.
pub fn width() -> usize {
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(rustix::stdio::stdout())
        && size.ws_col > 0
    {
        return usize::from(size.ws_col);
    }
    80
}

/// Rows of cells under a header, each column as wide as it must be; the last is as long as it is.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| visible::visible(cell).into_owned()).collect()).collect();
    let widest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.chain(header.get(at).map(|name| name.chars().count())).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..header.len()).map(widest).collect();
    let line = |cells: &[&str]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    say(&line(header))?;
    for row in &rows {
        say(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()))?;
    }
    Ok(())
}
