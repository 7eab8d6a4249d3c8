//! What is known of a host, where it has printed nothing yet.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::base::text::sentences;
use crate::console::app::state::State;
use crate::console::fleet::Host;
use crate::console::screen::paint;
use crate::domain::observation::{Observation, Observed};

/// The column of a fact's words.
const WORD: usize = 13;
/// Clocks closer than this do not matter to anybody.
const REPORTED_SKEW: i64 = 2_000;

pub fn draw(state: &State, host: Option<&Host<'_>>, area: Rect, buf: &mut Buffer) {
    let theme = &state.setup.theme;
    let room = usize::from(area.width).saturating_sub(WORD + 2).max(8);
    let mut lines = Vec::new();
    for (word, text) in host.map(facts).unwrap_or_default() {
        for (index, text) in paint::wrap(&state.in_keys(&text), room).into_iter().enumerate() {
            let word = if index == 0 { word } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!(" {word:<WORD$}"), theme.muted),
                Span::styled(text, theme.text),
            ]));
        }
    }
    lines.push(Line::styled(" no output yet", theme.muted));
    for (index, line) in lines.into_iter().enumerate() {
        if let Some(row) = paint::row(area, index) {
            paint::line(state, row, line, buf);
        }
    }
}

fn facts(host: &Host<'_>) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(Observed::Failed { why, .. }) = host.observed {
        facts.push(("unreachable", why.clone()));
    }
    if let Some(seen) = host.latest() {
        facts.extend(of(seen));
    }
    facts
}

fn of(seen: &Observation) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    for drift in &seen.drift {
        let remedy = format!("What to do: {}", drift.remedy);
        facts.push(("drift", sentences([drift.what.as_str(), &remedy])));
    }
    facts.extend(seen.lock.iter().map(|lock| ("locked by", lock.to_string())));
    facts.extend(seen.frozen.iter().map(|freeze| ("frozen", freeze.to_string())));
    facts.extend(seen.verified.iter().map(|sign_off| {
        let at = sign_off.at.format("%Y-%m-%d %H:%M UTC");
        ("signed off", format!("{} by {} at {at}", sign_off.tag, sign_off.by))
    }));
    facts.extend(seen.last_change.iter().map(|change| {
        let tag = change.tag.as_ref().map_or(String::new(), |tag| format!(" of {tag}"));
        let at = change.at.format("%Y-%m-%d %H:%M UTC");
        ("last change", format!("{}{tag} by {} at {at}", change.what, change.by))
    }));
    for job in &seen.jobs {
        let release = job.release.as_ref().map_or("?", |release| release.tag.as_str());
        facts.push(("job", format!("{} {release}, {:?}", job.name, job.running).to_lowercase()));
    }
    let mib = seen.host.disk_free.map(|bytes| bytes / (1024 * 1024));
    facts.extend(mib.map(|mib| ("disk free", format!("{} MiB", paint::count(mib)))));
    let skew = seen.host.clock_skew_ms.filter(|skew| skew.abs() > REPORTED_SKEW);
    facts.extend(skew.map(|skew| ("its clock", format!("{skew} ms from this one"))));
    facts
}
