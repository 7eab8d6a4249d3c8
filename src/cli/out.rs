//! Standard output and standard error of every text command. All text goes through here, so that nothing in it, from
//! whatever source, acts on the terminal.

use std::fmt::Display;
use std::io::{self, ErrorKind, Stdout, Write};
use std::process::ExitCode;

use super::CliError;
use crate::base::text::{clean_text, escape_json};

/// The exit code that a shell reports for a program ended by SIGPIPE.
const SIGPIPE_EXIT: u8 = 128 + 13;

pub fn text(text: impl Display) -> Result<(), CliError> {
    Ok(io::stdout().lock().write_all(clean_text(&text.to_string()).as_bytes())?)
}

pub fn line(line: impl Display) -> Result<(), CliError> {
    text(format_args!("{line}\n"))
}

/// Writes one JSON value on a line. What would act on a terminal is written as a JSON escape.
pub fn json(value: &impl serde::Serialize) -> Result<(), CliError> {
    let json = serde_json::to_string(value).map_err(io::Error::from)?;
    line(escape_json(&json))
}

/// Writes a line that is styled by Flipside and contains no text from elsewhere, without cleaning it.
pub fn styled(line: impl Display) -> Result<(), CliError> {
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}

/// Writes a line to standard error; a failure to write it is ignored.
pub fn note(line: impl Display) {
    question(format_args!("{line}\n"));
}

/// Writes text to standard error without a line end.
pub fn question(text: impl Display) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(clean_text(&text.to_string()).as_bytes()).and_then(|()| out.flush());
}

/// Returns the exit code to end with, silently, when the reader of a pipe has closed it (`| head`).
pub fn broken_pipe(error: &CliError) -> Option<ExitCode> {
    let CliError::Io(error) = error else { return None };
    (error.kind() == ErrorKind::BrokenPipe).then(|| ExitCode::from(SIGPIPE_EXIT))
}

/// Returns standard output as a writer, for text that is written piece by piece.
pub fn page() -> CleanWriter<Stdout> {
    CleanWriter { to: io::stdout(), pending: Vec::new() }
}

/// Writes whole lines, without anything that acts on a terminal.
#[derive(Debug)]
pub struct CleanWriter<W: Write> {
    to: W,
    /// The line without an end yet: an escape sequence may arrive in two pieces.
    pending: Vec<u8>,
}

impl<W: Write> CleanWriter<W> {
    fn write_through(&mut self, end: usize) -> io::Result<()> {
        let rest = self.pending.split_off(end);
        let lines = std::mem::replace(&mut self.pending, rest);
        self.to.write_all(clean_text(&String::from_utf8_lossy(&lines)).as_bytes())
    }
}

impl<W: Write> Write for CleanWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        if let Some(end) = self.pending.iter().rposition(|byte| *byte == b'\n') {
            self.write_through(end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_through(self.pending.len())?;
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequence_in_pieces_is_removed_whole() {
        let mut page = CleanWriter { to: Vec::new(), pending: Vec::new() };
        for piece in ["a\u{1b}", "]52;c;aGFj", "aw==\u{7}b", "\n\u{202e}c\td"] {
            page.write_all(piece.as_bytes()).unwrap();
        }
        page.flush().unwrap();
        assert_eq!(String::from_utf8(page.to).unwrap(), "ab\nc\td");
    }
}
