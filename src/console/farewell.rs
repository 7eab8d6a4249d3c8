//! How things stand, in a few plain lines: for the normal screen after leaving, and for a chat.

use super::fleet::{Letters, Side};
use super::state::State;
use super::update::verdict_words;

/// For the person's clipboard.
pub fn summary(state: &State) -> Vec<String> {
    let setup = &state.setup;
    let mut lines = vec![format!(
        "{} in {} at {}",
        setup.app,
        setup.environment.name,
        state.now.at.format("%Y-%m-%d %H:%M:%S UTC")
    )];
    lines.extend(state.hosts().map(|host| {
        let age = host
            .age()
            .map_or("never seen".to_owned(), |age| format!("seen {}s ago", age.as_secs()));
        let passive = match host.passive() {
            Side::Unknown if !host.has_colors() => String::new(),
            side => format!(", passive {}", side.words(Letters::Long)),
        };
        let live = host.live().words(Letters::Long);
        format!("  {}: live {live}{passive}; {}; {age}", host.name(), host.health().words)
    }));
    lines.extend(state.freeze().map(|freeze| format!("go-live is FROZEN {freeze}")));
    lines.extend(verdict(state));
    lines
}

/// The same, and where to read on.
pub fn lines(state: &State) -> Vec<String> {
    let mut lines = summary(state);
    if let (Some(run), Some(journals)) = (&state.deploy.run, &state.setup.journals) {
        lines.push(format!("journal of {run}: in {}", journals.display()));
    }
    lines
}

/// Before the end of a run that was left at work is known.
pub fn ending(state: &State) -> String {
    let phase = state.deploy.intent.as_ref().map_or("the run", |intent| intent.phase.title());
    format!(
        "{phase} is being ended: a switch that has begun runs to its end, the rest is stopped, and \
         the locks are given back; Ctrl-C does not wait for it"
    )
}

fn verdict(state: &State) -> Option<String> {
    let phase = state.deploy.intent.as_ref()?.phase.title();
    Some(match &state.deploy.verdict {
        Some(verdict) => format!("{phase}: {}", verdict_words(verdict).1),
        None => format!("{phase}: NOT ENDED when the console was left; its hosts are as above"),
    })
}
