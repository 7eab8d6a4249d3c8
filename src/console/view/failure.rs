//! What to know and what to press while a host waits for a decision.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint;
use crate::console::actions::Verb;
use crate::console::fleet::{Host, Letters, Status};
use crate::console::glyphs::Mark;
use crate::console::state::State;
use crate::domain::deploy::Doing;
use crate::domain::target::Target;

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let Some((target, doing)) = shown(state) else { return };
    let (word, mark, why) = match doing {
        Doing::Unknown(why) => ("UNKNOWN", Mark::Unknown, why),
        Doing::Failed(why) => ("FAILED", Mark::Bad, why),
        _ => return,
    };
    let theme = &state.setup.theme;
    let Some(top) = paint::row(area, 0) else { return };
    let others = state.stuck().count() - 1;
    let right = if others > 0 {
        format!("and {others} more: {}", state.key_word(Verb::NextTrouble))
    } else {
        String::new()
    };
    let title = format!("{target} waits for you");
    paint::rule(state, top, &title, &right, theme.danger, buf);
    let step = state.deploy.targets.get(target).and_then(|progress| progress.step.as_ref());
    let step = step.map_or("a step", |step| step.title.as_str());
    let happened = Status::new(mark, format!("{word}: {step}: {why}"));
    let mut rows = vec![Line::from(vec![Span::raw(" "), paint::status(state, &happened)])];
    if area.height > 3 {
        rows.push(now(state, target));
        rows.push(meaning(state, doing));
    }
    // What a person of that day could press is no key of today.
    if !state.access.is_replay() {
        rows.push(keys(state, target));
    }
    for (index, line) in rows.into_iter().enumerate() {
        if let Some(row) = paint::row(area, index + 1) {
            paint::line(state, row, line, buf);
        }
    }
}

/// The chosen host if it is one of them, else the first.
fn shown(state: &State) -> Option<(&Target, &Doing)> {
    let chosen = state.chosen_target();
    state.stuck().find(|(target, _)| Some(*target) == chosen).or_else(|| state.stuck().next())
}

fn now<'a>(state: &State, target: &Target) -> Line<'a> {
    let theme = &state.setup.theme;
    let host = state.hosts().find(|host| host.member.target == *target);
    let words = host.map_or_else(|| "not known".to_owned(), |host| facts(&host));
    Line::from(vec![Span::styled("   now   ", theme.muted), Span::styled(words, theme.text)])
}

fn facts(host: &Host<'_>) -> String {
    let Some(age) = host.age() else { return "not known: it was never seen".to_owned() };
    let health = host.health();
    let health = match health.mark {
        Mark::Unknown => "what users get is not known".to_owned(),
        _ => format!("users get {}", health.words),
    };
    format!(
        "live {}, passive {}, {health}, seen {} ago",
        host.live().words(Letters::Long),
        host.passive().words(Letters::Long),
        paint::age(age)
    )
}

fn meaning<'a>(state: &State, doing: &Doing) -> Line<'a> {
    let words = match doing {
        Doing::Unknown(_) => {
            "   it may or may not have happened. Retry looks first, and does only what is left."
        }
        _ => "   it did not succeed. Retry looks first, and does only what is left.",
    };
    Line::styled(words, state.setup.theme.muted)
}

fn keys<'a>(state: &State, target: &Target) -> Line<'a> {
    let theme = &state.setup.theme;
    let mut spans = vec![Span::raw("   ")];
    if state.chosen_target() != Some(target) {
        spans.push(Span::styled(state.key_word(Verb::NextTrouble), theme.key));
        spans.push(Span::raw(format!(" choose {target}   ")));
    }
    for (verb, words) in [
        (Verb::Retry, "retry"),
        (Verb::Skip, "skip"),
        (Verb::Revert, "revert this"),
        (Verb::RollBack, "revert all of the run"),
    ] {
        spans.push(Span::styled(state.key_word(verb), theme.key));
        spans.push(Span::raw(format!(" {words}   ")));
    }
    Line::from(spans)
}
