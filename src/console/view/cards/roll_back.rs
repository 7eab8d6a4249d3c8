//! The way back: what is live, where it goes, who is ready, and how long there is to stop it.

use ratatui::text::{Line, Span};

use super::{Card, commands, plan, way_back};
use crate::console::dialog::{Answer, Arming, Depth, RollBackCard, Way};
use crate::console::fleet::{Letters, WayBack, named};
use crate::console::state::State;
use crate::domain::plan::Selection;

pub fn card(state: &State, card: &RollBackCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let title = match card.way {
        Way::Start { .. } => "ROLL BACK",
        Way::AfterRun { .. } => "END THE RUN, ROLL BACK",
        Way::RevertAll { .. } => "TAKE BACK THIS RUN",
    };
    let title = format!("{title}, {} in {}", state.setup.app, state.setup.environment.name);
    let mut drawn = Card::new(cells, title, theme.danger);
    whom(&mut drawn, state, card);
    drawn.lines.push(deal(state, card));
    drawn.lines.push(Line::styled(countdown(state, card), theme.danger));
    if let Arming::Unarmed { why, .. } = &card.arming {
        let words = way_back::cold(state).unwrap_or_else(|| format!("{why}."));
        drawn.say(&format!("It does not start by itself: {words}"), theme.warn);
    }
    drawn.gap();
    drawn.scroll = card.reading.scroll;
    if card.reading.depth == Depth::Commands {
        exactly(&mut drawn, state, card);
    } else {
        way_back::facts(&mut drawn, state, card);
        drawn.gap();
        asked(&mut drawn, state, card, cells);
    }
    drawn.gap();
    foot(&mut drawn, state, card);
    drawn
}

/// What the servers said to it, or what they will be asked first.
fn asked(drawn: &mut Card, state: &State, card: &RollBackCard, cells: usize) {
    let theme = &state.setup.theme;
    match &card.way {
        Way::Start { answer, .. } => match &**answer {
            Answer::Plan(plan) if plan.warnings.is_empty() => {
                drawn.say("The servers were asked just now: there is a way back.", theme.ok);
            }
            answer => plan::answer(drawn, state, answer, cells),
        },
        Way::AfterRun { intent } => {
            let whose = match intent.selection {
                Selection::All => "every server is looked at, and the users of all",
                Selection::Only(_) => "only the marked are looked at, and the users of those",
            };
            let words = format!(
                "The run is ended: a switch that has begun completes or puts everything back. Then \
                 {whose} that went live are sent back."
            );
            drawn.say(&words, theme.text);
        }
        Way::RevertAll { .. } => {
            let all = state.running().is_none_or(|run| run.selection == Selection::All);
            let whose = if all { "Every server" } else { "Each marked server" };
            let words = format!(
                "{whose} of this run is looked at, and what the run did there is taken back."
            );
            drawn.say(&words, theme.text);
        }
    }
}

fn exactly(drawn: &mut Card, state: &State, card: &RollBackCard) {
    match &card.way {
        Way::Start { answer, .. } => match &**answer {
            Answer::Plan(plan) => commands::all(drawn, state, plan),
            _ => drawn.say("The servers have not answered yet.", state.setup.theme.text),
        },
        Way::AfterRun { .. } | Way::RevertAll { .. } => drawn.say(
            "The servers are looked at when the run at work has ended. The commands are made from \
             what they say then.",
            state.setup.theme.text,
        ),
    }
}

/// All or only the marked: it is said in either case, since either may not be what was meant.
fn whom(drawn: &mut Card, state: &State, card: &RollBackCard) {
    if let Some(selection) = card.selection() {
        drawn.only(state, selection);
    } else if let Some(run) = state.running() {
        drawn.only(state, &run.selection);
    }
    let Some(marked) = &card.marked else { return };
    if card.selection() == Some(&Selection::All) {
        let Selection::Only(hosts) = marked else { return };
        let (all, marked) = (state.members.len(), hosts.len());
        let words =
            format!("ALL {all} servers, marked or not: {marked} marked are fewer than went live");
        drawn.say(&words, state.setup.theme.warn);
    } else if card.selection().is_some() {
        let others = state.left_behind(marked);
        let words = format!("{others} others may stay on what went live: users get both releases");
        drawn.say(&words, state.setup.theme.warn);
    }
}

/// The other choice, where there is one.
fn other(card: &RollBackCard) -> Option<(&'static str, String)> {
    let Selection::Only(marked) = card.marked.as_ref()? else { return None };
    let armed = matches!(card.arming, Arming::Armed { .. });
    Some(match (card.selection()?, armed) {
        (Selection::All, true) => ("m", format!("only the {} marked", marked.len())),
        (Selection::All, false) => ("Tab", format!("only the {} marked", marked.len())),
        (Selection::Only(_), true) => ("a", "all servers".to_owned()),
        (Selection::Only(_), false) => ("Tab", "all servers".to_owned()),
    })
}

fn deal(state: &State, card: &RollBackCard) -> Line<'static> {
    let theme = &state.setup.theme;
    let deal = state.deal();
    let live = Span::styled(deal.live.words(Letters::Long), theme.live);
    let arrow = Span::styled(format!(" {} ", state.setup.glyphs.arrow), theme.muted);
    match (&card.way, state.way_back()) {
        (Way::RevertAll { .. }, _) => Line::from(vec![live, Span::raw(", users stay there")]),
        (_, WayBack::Prepared(tag)) => {
            let stay = format!(", users stay there: {tag} is only prepared");
            Line::from(vec![live, Span::raw(stay)])
        }
        (_, WayBack::Left { tag, back, of }) if back < of => {
            let rest = format!(", {} may still have {tag}: looked at first", of - back);
            Line::from(vec![live, Span::styled(rest, theme.warn)])
        }
        (_, WayBack::Left { tag, .. }) => {
            let stay = format!(", users stay there: they were sent back from {tag}");
            Line::from(vec![live, Span::raw(stay)])
        }
        (_, WayBack::Open { color, release, .. }) => {
            let to = named(&color, release.as_ref(), Letters::Long);
            Line::from(vec![live, arrow, Span::styled(to, theme.live)])
        }
        _ => {
            let to = deal.passive.words(Letters::Long);
            Line::from(vec![live, arrow, Span::styled(to, theme.live)])
        }
    }
}

fn countdown(state: &State, card: &RollBackCard) -> String {
    match card.left(state.now.running) {
        Some(0) => "starts as soon as the servers have answered".to_owned(),
        Some(left) => format!("starts by itself in {left} s"),
        None if card.is_possible() => "waits for you".to_owned(),
        None => "does not start".to_owned(),
    }
}

fn foot(drawn: &mut Card, state: &State, card: &RollBackCard) {
    if !card.is_possible() {
        return drawn.keys(state, &[("Esc", "close")]);
    }
    match &card.arming {
        Arming::Armed { .. } => {
            let mut keys = vec![("Y", "now"), ("Esc", "stop"), ("d", "the exact commands")];
            let other = other(card);
            keys.extend(other.as_ref().map(|(key, words)| (*key, words.as_str())));
            drawn.keys(state, &keys);
        }
        Arming::Unarmed { gate, .. } => {
            drawn.reading(state, &card.reading, gate.takes_letters());
            if let Some((key, words)) = other(card) {
                drawn.keys(state, &[(key, &words)]);
            }
            drawn.gate(state, gate, "roll back");
        }
    }
}
