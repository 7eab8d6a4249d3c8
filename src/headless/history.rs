//! Past runs as text, from their events.

use std::time::Duration;

use super::text::{self, EventTexts};
use crate::base::text::some_of;
use crate::domain::event::Verdict;
use crate::domain::history::{RunEnding, RunRecord, RunSummary, Timeline, TimelineEntry};
use crate::domain::target::Target;

/// Returns one run as a line, followed by a line for each damaged line of its journal.
pub fn line(brief: &RunSummary) -> String {
    let began = brief.began.map_or("?".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S").to_string());
    let ended = matches!(brief.ending, RunEnding::Ended(_));
    let took = brief.took().filter(|_| ended);
    let took = took.map_or("–".to_owned(), |took| format!("{:.1} s", took.as_secs_f64()));
    let releases = match brief.releases("→") {
        none if none.is_empty() => "–".to_owned(),
        releases => releases,
    };
    let about =
        brief.intent.as_ref().map_or("a journal without a beginning".to_owned(), |intent| {
            format!("{}/{}  {}", intent.environment, intent.app, intent.by)
        });
    let phase = brief.intent.as_ref().map_or("?", |intent| intent.phase.word());
    let mut text = format!(
        "{began}  {phase:<9}  {releases:<20}  {:<10}  {took:>8}  {about}  {}",
        ending(&brief.ending),
        brief.name,
    );
    for damage in &brief.damage {
        text.push_str(&format!("\n  ! {}", damaged(&brief.journal, damage.line, &damage.what)));
    }
    text
}

/// How many names are listed before the rest is only counted.
const NAMES: usize = 4;

/// Returns how a run ended, such as `failed on web1, web2`.
fn ending(ending: &RunEnding) -> String {
    let RunEnding::Ended(verdict) = ending else { return ending.word().to_owned() };
    let names: Vec<&str> = verdict.not_done().into_iter().map(Target::name).collect();
    let word = match verdict {
        Verdict::Partly { .. } => "partly, not",
        other => other.word(),
    };
    if names.is_empty() {
        return verdict.word().to_owned();
    }
    format!("{word} on {}", some_of(&names, NAMES))
}

fn damaged(journal: &std::path::Path, line: usize, what: &str) -> String {
    format!("{}:{line} cannot be read: {what}", journal.display())
}

/// Returns the lines of a past run, each with the wait before it at `speed` times the original speed.
pub fn replay(record: &RunRecord, speed: f64) -> Vec<(Duration, String)> {
    let timeline = Timeline::of(record);
    let mut texts = EventTexts::default();
    let mut lines_out = Vec::new();
    let mut before = timeline.at(0);
    for number in 0..timeline.len() {
        let (Some(at), Some(entry)) = (timeline.at(number), timeline.entry(record, number)) else {
            continue;
        };
        let words = match entry {
            TimelineEntry::Event(event) => texts.line(event),
            TimelineEntry::Line(line) => text::output(line),
            TimelineEntry::LeftOut { target, lines } => Some(format!(
                "{}  {:<10}  … {lines} lines are left out: all are in its output file",
                at.format("%H:%M:%S%.3f"),
                target.name()
            )),
        };
        let Some(words) = words else { continue };
        let gap = before.replace(at).map_or(0.0, |before| (at - before).as_seconds_f64());
        let wait = Duration::try_from_secs_f64(gap.max(0.0) / speed.max(0.001)).unwrap_or_default();
        lines_out.push((wait, words));
    }
    let last = record.damage.iter();
    let last = last.map(|damage| damaged(&record.journal, damage.line, &damage.what));
    let none = record.ending().why_none().map(str::to_owned);
    lines_out.extend(last.chain(none).map(|words| (Duration::ZERO, format!("! {words}"))));
    lines_out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::HostName;

    #[test]
    fn past_run_names_the_hosts_that_are_not_done() {
        let hosts = |count: usize| -> Vec<Target> {
            (1..=count).map(|n| Target::Host(HostName::new(format!("web{n}")).unwrap())).collect()
        };
        let failed = |count| {
            ending(&RunEnding::Ended(Verdict::Failed { why: String::new(), failed: hosts(count) }))
        };
        assert_eq!(failed(2), "failed on web1, web2");
        assert_eq!(failed(6), "failed on web1, web2, web3, web4 and 2 more");
        let partly = Verdict::Partly { done: Vec::new(), failed: hosts(1), unknown: Vec::new() };
        assert_eq!(ending(&RunEnding::Ended(partly)), "partly, not on web1");
        assert_eq!(ending(&RunEnding::Ended(Verdict::Done)), "done");
        assert_eq!(ending(&RunEnding::Gone), "no end");
    }
}
