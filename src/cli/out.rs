//! Standard output and standard error of every text command. Nothing reaches a terminal but through here:
//! whatever acts on one, whoever wrote it, is taken out. A reader that went away (`| head`) is no fault of
//! anybody.

use std::fmt::Display;
use std::io::{self, ErrorKind, Stdout, Write};
use std::process::ExitCode;

use super::Wrong;
use crate::base::text::{clean_text, escape_json};

/// As shells count a program that ended by SIGPIPE.
const READER_GONE: u8 = 128 + 13;

pub fn text(text: impl Display) -> Result<(), Wrong> {
    Ok(io::stdout().lock().write_all(clean_text(&text.to_string()).as_bytes())?)
}

pub fn line(line: impl Display) -> Result<(), Wrong> {
    text(format_args!("{line}\n"))
}

/// One JSON value on a line. What would act on a terminal stands in it as an escape.
pub fn json(value: &impl serde::Serialize) -> Result<(), Wrong> {
    let json = serde_json::to_string(value).map_err(io::Error::from)?;
    line(escape_json(&json))
}

/// A line with colors of our own in it, and no word of anybody else.
pub fn styled(line: impl Display) -> Result<(), Wrong> {
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}

/// A line on standard error. Where that is gone, there is nobody to tell.
pub fn note(line: impl Display) {
    question(format_args!("{line}\n"));
}

/// Words on standard error, without an end of the line.
pub fn question(words: impl Display) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(clean_text(&words.to_string()).as_bytes()).and_then(|()| out.flush());
}

/// Nobody reads any longer: there is nothing to say, and nobody to say it to.
pub fn reader_gone(wrong: &Wrong) -> Option<ExitCode> {
    let Wrong::Io(error) = wrong else { return None };
    (error.kind() == ErrorKind::BrokenPipe).then(|| ExitCode::from(READER_GONE))
}

/// Standard output for what is written piece by piece.
pub fn page() -> Clean<Stdout> {
    Clean { to: io::stdout(), waiting: Vec::new() }
}

/// Passes text on, a line at a time, without anything that acts on a terminal.
#[derive(Debug)]
pub struct Clean<W: Write> {
    to: W,
    /// The line that has no end yet: an escape sequence may be cut in two.
    waiting: Vec<u8>,
}

impl<W: Write> Clean<W> {
    fn pass_on(&mut self, end: usize) -> io::Result<()> {
        let rest = self.waiting.split_off(end);
        let lines = std::mem::replace(&mut self.waiting, rest);
        self.to.write_all(clean_text(&String::from_utf8_lossy(&lines)).as_bytes())
    }
}

impl<W: Write> Write for Clean<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if let Some(end) = self.waiting.iter().rposition(|byte| *byte == b'\n') {
            self.pass_on(end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on(self.waiting.len())?;
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_that_arrives_in_pieces_is_taken_out_whole() {
        let mut page = Clean { to: Vec::new(), waiting: Vec::new() };
        for piece in ["a\u{1b}", "]52;c;aGFj", "aw==\u{7}b", "\n\u{202e}c\td"] {
            page.write_all(piece.as_bytes()).unwrap();
        }
        page.flush().unwrap();
        assert_eq!(String::from_utf8(page.to).unwrap(), "ab\nc\td");
    }
}
