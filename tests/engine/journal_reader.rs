//! Reading journals, intact and broken.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use flipside::domain::event::{Event, OutputLine, Stream, What};
use flipside::domain::history::{RunEnding, Writer};
use flipside::domain::journal_path::EVENTS;
use flipside::domain::names::HostName;
use flipside::domain::target::Target;
use flipside::engine::journal::Journal;
use flipside::engine::journal_reader;
use tempfile::TempDir;

fn at(second: u32) -> DateTime<Utc> {
    format!("2026-08-24T23:59:{second:02}.250Z").parse().unwrap()
}

fn web() -> Target {
    Target::Host(HostName::new("web-01").unwrap())
}

fn note(second: u32, text: &str) -> Event {
    Event { seq: 1, at: at(second), run: None, what: What::Note { text: text.to_owned() } }
}

fn line(second: u32, stream: Stream, text: &str) -> OutputLine {
    OutputLine { target: web(), at: at(second), stream, text: text.to_owned() }
}

async fn written(dir: &Path) -> PathBuf {
    let journal = Journal::create(dir).unwrap();
    journal.write(&note(1, "one"), None);
    journal.line(&line(2, Stream::Stdout, "printed"));
    journal.line(&line(3, Stream::Stderr, "complained"));
    journal.write(&note(4, "two"), None);
    journal.close().await;
    dir.join(EVENTS)
}

#[tokio::test]
async fn what_was_written_is_read_back_with_its_lines() {
    let dir = TempDir::new().unwrap();
    let record = journal_reader::whole(&written(dir.path()).await).unwrap();
    assert_eq!(record.events, [note(1, "one"), note(4, "two")]);
    assert!(record.damage.is_empty(), "{:?}", record.damage);
    let output = &record.output[0];
    assert_eq!(output.target, web());
    let wanted = [line(2, Stream::Stdout, "printed"), line(3, Stream::Stderr, "complained")];
    assert_eq!(output.lines, wanted);
}

#[tokio::test]
async fn a_broken_line_is_named_and_hides_no_other() {
    let dir = TempDir::new().unwrap();
    let path = written(dir.path()).await;
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"not an event\n").unwrap();
    writeln!(file, "{}", serde_json::to_string(&note(5, "three")).unwrap()).unwrap();
    file.write_all(br#"{"seq":4,"at":"2026-"#).unwrap();
    let record = journal_reader::events(&path).unwrap();
    assert_eq!(record.events.len(), 3);
    let places: Vec<(usize, usize)> =
        record.damage.iter().map(|damage| (damage.line, damage.after)).collect();
    assert_eq!(places, [(3, 2), (5, 3)]);
    assert!(record.damage[1].what.starts_with("it was cut off"), "{:?}", record.damage[1]);
}

#[tokio::test]
async fn running_and_orphaned_journals_are_distinguished() {
    let dir = TempDir::new().unwrap();
    let journal = Journal::create(dir.path()).unwrap();
    let path = dir.path().join(EVENTS);
    assert_eq!(journal_reader::events(&path).unwrap().writer, Writer::AtWork);
    assert_eq!(journal_reader::events(&path).unwrap().ending(), RunEnding::AtWork);
    journal.close().await;
    drop(journal);
    // The thread that wrote it closes the file a moment after it said so.
    for _ in 0..200 {
        if journal_reader::events(&path).unwrap().writer == Writer::Gone {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("it is still said to be at work");
}

#[test]
fn a_file_that_is_not_there_is_an_error_with_its_name() {
    let error = journal_reader::whole(Path::new("/nowhere/journal.jsonl")).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/journal.jsonl: "), "{error}");
}

/// What earlier versions wrote, with the scripts' text and the platform's private detail shortened.
#[test]
fn a_journal_of_an_earlier_version_is_read_without_damage() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/journals");
    let endings = [
        ("abandon", "done"),
        ("go-live", "done"),
        ("lock-left", "partly"),
        ("refused", "refused"),
        ("rollback", "done"),
        ("setup", "done"),
    ];
    for (name, ending) in endings {
        let journal = folder.join(format!("2026-11-{name}.jsonl"));
        let record = journal_reader::events(&journal).unwrap();
        assert!(record.damage.is_empty(), "{name}: {:#?}", record.damage);
        assert_eq!(record.ending().word(), ending, "{name}");
        assert!(record.brief().hosts > 0 || name == "refused", "{name}");
    }
}
