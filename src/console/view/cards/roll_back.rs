//! The way back: what is live, where it goes, who is ready, and how long there is to stop it.

use ratatui::text::{Line, Span};

use super::{Card, plan};
use crate::console::dialog::{Answer, Arming, RollBackCard, Way};
use crate::console::fleet::{Host, Letters, Side, WayBack, named};
use crate::console::state::State;
use crate::console::view::paint;
use crate::domain::observation::ColorSight;
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
    drawn.gap();
    readiness(&mut drawn, state, card, cells);
    drawn.fact(state, "takes", &predicted(state));
    drawn.fact(state, "after", "the color left stays as it is, passive");
    drawn.gap();
    match &card.way {
        Way::Start { answer, .. } if !matches!(**answer, Answer::Plan(_)) => {
            plan::answer(&mut drawn, state, answer, cells);
        }
        Way::Start { .. } => {
            drawn.say("The servers were asked just now: there is a way back.", theme.ok);
        }
        Way::AfterRun { .. } => drawn.say(
            "The run is ended: a switch that has begun completes or puts everything back. Then \
             every server is looked at, and the users of all that went live are sent back.",
            theme.text,
        ),
        Way::RevertAll { .. } => drawn.say(
            "Every server of this run is looked at, and what the run did there is taken back.",
            theme.text,
        ),
    }
    drawn.gap();
    foot(&mut drawn, state, card);
    drawn
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

fn readiness(card: &mut Card, state: &State, about: &RollBackCard, cells: usize) {
    let theme = &state.setup.theme;
    let takes = |host: &Host<'_>| {
        about.selection().is_none_or(|selection| selection.takes(&host.member.target))
    };
    let colored: Vec<Host<'_>> = state.hosts().filter(Host::has_colors).filter(takes).collect();
    let (ready, not): (Vec<_>, Vec<_>) = colored.into_iter().partition(is_ready);
    let oldest = ready.iter().filter_map(Host::age).max();
    let seen = oldest.map_or(String::new(), |age| format!(", seen {} ago", paint::age(age)));
    card.fact(state, "ready", &format!("{}{seen}", ready.len()));
    card.fact(state, "not ready", &not.len().to_string());
    for host in not {
        let words = format!("           {}: {}", host.name(), why_not(&host));
        card.lines
            .push(Line::styled(paint::cut(&words, cells, state.setup.glyphs.cut), theme.warn));
    }
}

fn is_ready(host: &Host<'_>) -> bool {
    host.passive_sight().is_some_and(ColorSight::is_ready)
}

fn why_not(host: &Host<'_>) -> String {
    if host.observation().is_none() {
        let why = host.notes().into_iter().next();
        return format!(
            "not known, it will be looked at first ({})",
            why.unwrap_or_else(|| "never seen".to_owned())
        );
    }
    match host.passive() {
        Side::Known { color, but: Some(but), .. } => format!("{color} is {but}"),
        side => format!("passive {}", side.words(Letters::Long)),
    }
}

/// From the last switches that were seen, the slowest one.
fn predicted(state: &State) -> String {
    match state.switch_took.values().max() {
        Some(took) => format!("about {} a server, as the last switch did", paint::span(*took)),
        None => "not known yet: this console has seen no switch".to_owned(),
    }
}

fn foot(drawn: &mut Card, state: &State, card: &RollBackCard) {
    if !card.is_possible() {
        return drawn.keys(state, &[("Esc", "close")]);
    }
    match &card.arming {
        Arming::Armed { .. } => {
            let mut keys = vec![("Y", "now"), ("Esc", "stop")];
            let other = other(card);
            keys.extend(other.as_ref().map(|(key, words)| (*key, words.as_str())));
            drawn.keys(state, &keys);
        }
        Arming::Unarmed { why, gate } => {
            drawn.say(&format!("It does not start by itself: {why}."), state.setup.theme.warn);
            if let Some((key, words)) = other(card) {
                drawn.keys(state, &[(key, &words)]);
            }
            drawn.gate(state, gate, "roll back");
        }
    }
}
