//! What a command tells on its standard output. A reader that went away (`| head`) is no fault of anybody.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stdout};
use std::process::ExitCode;

use super::Wrong;

/// As shells count a program that ended by SIGPIPE.
const READER_GONE: u8 = 128 + 13;

pub fn text(text: impl Display) -> Result<(), Wrong> {
    Ok(write!(stdout().lock(), "{text}")?)
}

pub fn line(line: impl Display) -> Result<(), Wrong> {
    Ok(writeln!(stdout().lock(), "{line}")?)
}

/// Nobody reads any longer: there is nothing to say, and nobody to say it to.
pub fn reader_gone(wrong: &Wrong) -> Option<ExitCode> {
    let Wrong::Io(error) = wrong else { return None };
    (error.kind() == ErrorKind::BrokenPipe).then(|| ExitCode::from(READER_GONE))
}
