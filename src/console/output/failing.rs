//! Which line of a step that failed to read first: the first that says what is wrong, not the last.

use super::ring::Ring;
use super::row::Row;
use crate::domain::event::Stream;

/// Words that programs say in trouble, as the beginnings of them.
const TROUBLE: [&str; 18] = [
    "error",
    "fail",
    "fatal",
    "panic",
    "denied",
    "refused",
    "cannot",
    "can't",
    "not found",
    "no such",
    "emerg",
    "unhealthy",
    "invalid",
    "exception",
    "traceback",
    "timed out",
    "unable",
    "killed",
];

/// Of the rows from this one on: the first of standard error that sounds like trouble, else the first
/// of standard error, else the first of the output that sounds like it, else how the step ended.
pub fn first(ring: &Ring, from: u64) -> Option<u64> {
    let of = |stream| ring.rows(from).filter(move |(_, row)| row.stream() == Some(stream));
    let loud = |(_, row): &(u64, &Row)| sounds_bad(&row.text);
    let spoken = |(_, row): &(u64, &Row)| !row.text.trim().is_empty();
    let found = of(Stream::Stderr)
        .find(loud)
        .or_else(|| of(Stream::Stderr).find(spoken))
        .or_else(|| of(Stream::Stdout).find(loud))
        .or_else(|| ring.rows(from).next_back());
    found.map(|(number, _)| number)
}

fn sounds_bad(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    TROUBLE.iter().any(|word| text.contains(word))
}
