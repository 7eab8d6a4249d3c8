//! Reads journals for the history and for replays. Lines that cannot be read are reported by number, and do not hide the
//! others.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Days, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use thiserror::Error;

use crate::base::text::clean_line;
use crate::domain::event::{Event, OutputLine, Stream};
use crate::domain::history::{Damage, HostOutput, RunRecord, Writer};
use crate::domain::journal_path::{self, EVENTS};
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::names::{AppName, EnvName, HostName};
use crate::domain::scrub::{controls_terminal, scrub_value};
use crate::domain::target::Target;

/// How many of the first lines of a target's output, and how many of the last, are retained.
const KEPT: usize = 5_000;

/// Returns the runs of an app, newest first: their directories' names begin with the time.
pub fn of_app(state: &Path, environment: &EnvName, app: &AppName) -> Vec<PathBuf> {
    newest_first(journals(&journal_path::app(state, environment, app)))
}

/// Returns every run under `state`, newest first.
pub fn all(state: &Path) -> Vec<PathBuf> {
    let apps = directories(state).into_iter().flat_map(|environment| directories(&environment));
    newest_first(apps.flat_map(|app| journals(&app)).collect())
}

fn directories(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn journals(app: &Path) -> Vec<PathBuf> {
    let files = directories(app).into_iter().map(|run| journal_path::events(&run));
    files.filter(|file| file.is_file()).collect()
}

fn newest_first(mut journals: Vec<PathBuf>) -> Vec<PathBuf> {
    journals.sort_by_cached_key(|journal| Reverse(name(journal)));
    journals
}

/// Returns a run's name: that of its directory, or for a journal that was copied elsewhere that of its file.
pub fn name(journal: &Path) -> String {
    let own = journal.file_name().is_some_and(|file| file != EVENTS);
    let named = if own { Some(journal) } else { journal.parent() };
    let name = named.and_then(Path::file_name).unwrap_or(journal.as_os_str());
    clean_line(name.as_encoded_bytes())
}

/// A journal that cannot be read at all.
#[derive(Debug, Error)]
#[error("{}: {error}", .journal.display())]
pub struct ReadError {
    pub journal: PathBuf,
    pub error: io::Error,
}

/// Returns the events of a run.
///
/// # Errors
/// If there is no such file, or it cannot be read at all.
pub fn events(journal: &Path) -> Result<RunRecord, ReadError> {
    let failed = |error: io::Error| ReadError { journal: journal.to_owned(), error };
    let file = File::open(journal).map_err(failed)?;
    let writer = writer(&file);
    let mut record = RunRecord {
        name: name(journal),
        journal: journal.to_owned(),
        events: Vec::new(),
        damage: Vec::new(),
        writer,
        output: Vec::new(),
    };
    let mut reader = BufReader::new(file);
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
            break;
        }
        match event(&bytes) {
            Ok(event) => record.events.push(event),
            // A line that is just being written is not damaged.
            Err(_) if writer == Writer::AtWork && bytes.last() != Some(&b'\n') => {}
            Err(what) => {
                record.damage.push(Damage { line: number, what, after: record.events.len() });
            }
        }
    }
    Ok(record)
}

/// Returns the events of a run and the output of its targets.
pub fn whole(journal: &Path) -> Result<RunRecord, ReadError> {
    let mut record = events(journal)?;
    let began = record.events.first().map(|event| event.at);
    let known = record.targets();
    let entries = journal.parent().and_then(|run| fs::read_dir(run).ok());
    let mut files: Vec<PathBuf> =
        entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        let Some(name) = journal_path::target_of_output(&file) else { continue };
        let target = known.iter().find(|target| target.name() == name).cloned();
        let target = target.or_else(|| HostName::new(name).ok().map(Target::Host));
        if let Some(target) = target {
            record.output.push(output(target, file, began.unwrap_or_default()));
        }
    }
    Ok(record)
}

/// Returns whether a process writes this journal. The writer holds a lock on it, which ends with its process.
fn writer(file: &File) -> Writer {
    match file.try_lock_shared() {
        Ok(()) => {
            let _ = file.unlock();
            Writer::Gone
        }
        Err(TryLockError::WouldBlock) => Writer::AtWork,
        Err(TryLockError::Error(_)) => Writer::NotKnown,
    }
}

fn event(line: &[u8]) -> Result<Event, String> {
    let cut_off = line.last() != Some(&b'\n');
    let damage = |error: serde_json::Error| {
        let end = if cut_off { "it was cut off: " } else { "" };
        clean_line(format!("{end}{error}").as_bytes())
    };
    let text = std::str::from_utf8(line).map_err(|error| error.to_string())?;
    // A journal may come from another person. Its text goes to a terminal and is sanitized like a host's output.
    if !controls_terminal(text) {
        return serde_json::from_str(text).map_err(damage);
    }
    let mut value: serde_json::Value = serde_json::from_str(text).map_err(damage)?;
    scrub_value(&mut value, &KnownSecrets::default());
    serde_json::from_value(value).map_err(damage)
}

fn output(target: Target, file: PathBuf, began: DateTime<Utc>) -> HostOutput {
    let mut output = HostOutput { target, file, lines: Vec::new(), left_out: None, wrong: None };
    match read_output(&mut output, began) {
        Ok(()) => {}
        Err(error) => output.wrong = Some(error.to_string()),
    }
    output
}

fn read_output(output: &mut HostOutput, began: DateTime<Utc>) -> std::io::Result<()> {
    let mut reader = BufReader::new(File::open(&output.file)?);
    let (mut bytes, mut last) = (Vec::new(), VecDeque::new());
    let (mut before, mut dropped) = (None, 0);
    while {
        bytes.clear();
        reader.read_until(b'\n', &mut bytes)? > 0
    } {
        let line = line(&output.target, &bytes, before.as_ref(), began);
        before = Some(line.clone());
        if output.lines.len() < KEPT {
            output.lines.push(line);
            continue;
        }
        if last.len() == KEPT {
            last.pop_front();
            dropped += 1;
        }
        last.push_back(line);
    }
    output.left_out = (dropped > 0).then_some((output.lines.len(), dropped));
    output.lines.extend(last);
    Ok(())
}

/// Parses `DATE TIME SIGN TEXT`. A line in another form continues the line before it.
fn line(
    target: &Target,
    bytes: &[u8],
    before: Option<&OutputLine>,
    began: DateTime<Utc>,
) -> OutputLine {
    let text = clean_line(bytes);
    let after = before.map_or(began, |line| line.at);
    if let Some((at, stream, text)) = parts(&text, after) {
        return OutputLine { target: target.clone(), at, stream, text: text.to_owned() };
    }
    let stream = before.map_or(Stream::Stdout, |line| line.stream);
    OutputLine { target: target.clone(), at: after, stream, text }
}

fn parts(text: &str, after: DateTime<Utc>) -> Option<(DateTime<Utc>, Stream, &str)> {
    let (at, rest) = match text.get(..23).map(|at| NaiveDateTime::parse_from_str(at, DATED)) {
        Some(Ok(at)) => (at.and_utc(), text.get(23..)?),
        _ => (timed(text.get(..12)?, after)?, text.get(12..)?),
    };
    let mut rest = rest.strip_prefix(' ')?.chars();
    let stream = Stream::of_sign(rest.next()?)?;
    let text = rest.as_str();
    Some((at, stream, text.strip_prefix(' ').unwrap_or(text)))
}

const DATED: &str = "%Y-%m-%dT%H:%M:%S%.3f";

/// Parses a time without its day, as earlier versions wrote it. It belongs to the next day if the clock started again.
fn timed(text: &str, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let time = NaiveTime::parse_from_str(text, "%H:%M:%S%.3f").ok()?;
    let at = after.date_naive().and_time(time).and_utc();
    if after - at > TimeDelta::hours(12) { at.checked_add_days(Days::new(1)) } else { Some(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn line_time_is_read_with_and_without_its_day() {
        let began = at("2026-08-24T23:59:00Z");
        let (dated, stream, text) = parts("2026-08-26T00:01:02.500 ! no room", began).unwrap();
        assert_eq!(
            (dated, stream, text),
            (at("2026-08-26T00:01:02.5Z"), Stream::Stderr, "no room")
        );
        let (timed, stream, text) = parts("00:01:02.500   on it", began).unwrap();
        assert_eq!((timed, stream, text), (at("2026-08-25T00:01:02.5Z"), Stream::Stdout, "on it"));
        assert_eq!(parts("only words, as a second line has them", began), None);
    }

    #[test]
    fn control_characters_in_a_journal_are_removed() {
        let line = br#"{"seq":1,"at":"2026-08-24T03:12:00Z","run":null,"event":"note","text":"\u001b[2Jgone\u202e"}
"#;
        let event = event(line).unwrap();
        let crate::domain::event::What::Note { text } = event.what else { panic!() };
        assert_eq!(text, "gone");
    }
}
