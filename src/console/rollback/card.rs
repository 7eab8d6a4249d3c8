//! The rollback card: what is live, the goal, which hosts are ready, and the countdown.

use ratatui::text::{Line, Span};

use super::facts;
use super::{Naming, RollbackCard, RollbackMethod};
use crate::console::app::state::State;
use crate::console::dialog::card::Card;
use crate::console::dialog::{Arming, Depth};
use crate::console::fleet::{Letters, named};
use crate::console::plan::commands;
use crate::console::plan::{self, PlanAnswer};
use crate::domain::names::Color;
use crate::domain::plan::{Plan, Selection};
use crate::domain::release::{Release, Tag};
use crate::domain::rollback::{Readiness, RollbackGoal, RollbackPreview, Route};

pub fn card(state: &State, card: &RollbackCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let title = match card.method {
        RollbackMethod::Start { .. } => "ROLL BACK",
        RollbackMethod::AfterRun { .. } => "END THE RUN, ROLL BACK",
        RollbackMethod::RevertAll { .. } => "REVERT THIS RUN",
    };
    let title = format!("{title}, {} in {}", state.setup.app, state.setup.environment.name);
    let mut drawn = Card::new(cells, title, theme.danger);
    selected_hosts(&mut drawn, state, card);
    drawn.lines.extend(release_summary(state, card));
    if let Some(naming) = &card.naming {
        name(&mut drawn, state, card, naming);
        return drawn;
    }
    drawn.lines.push(Line::styled(countdown(state, card), theme.danger));
    if let Arming::Unarmed { why, .. } = &card.arming {
        drawn.say(&format!("It does not start automatically: {why}."), theme.warn);
    }
    drawn.gap();
    drawn.scroll = card.reading.scroll;
    if card.reading.depth == Depth::Commands {
        exactly(&mut drawn, state, card);
    } else {
        // What was refused does not happen: nothing of how it would be done is true.
        if !is_refused(card) {
            facts::facts(&mut drawn, state, card);
            drawn.gap();
        }
        asked(&mut drawn, state, card, cells);
    }
    drawn.gap();
    foot(&mut drawn, state, card);
    drawn
}

/// What the servers said to it, or what they will be asked first.
fn asked(drawn: &mut Card, state: &State, card: &RollbackCard, cells: usize) {
    let theme = &state.setup.theme;
    match &card.method {
        RollbackMethod::Start { intent, answer } => match &**answer {
            PlanAnswer::Plan(plan)
                if plan.warnings.is_empty() && plan.left_out.is_empty() && is_quick(plan) =>
            {
                let moves = plan.rollback.as_ref().is_some_and(|it| it.moving().next().is_some());
                let words = if moves {
                    "Observed just now: all of these users can be rolled back at once."
                } else {
                    "Observed just now: this moves no user."
                };
                drawn.say(words, theme.ok);
                plan::card::hooks(drawn, state, plan);
            }
            answer => plan::card::answer(drawn, state, intent, answer, cells),
        },
        RollbackMethod::AfterRun { intent } => {
            let whose = match intent.selection {
                Selection::All => "every server is observed",
                Selection::Only(_) => "only the marked are observed",
            };
            let released = intent.goal.as_ref().and_then(RollbackGoal::leaves);
            let released = released.map_or("its release".to_owned(), Tag::to_string);
            let words = format!(
                "The run is ended: a switch that has begun completes or restores everything. Then \
                 {whose}, and users of {released} go back to the release that each server recorded \
                 they came from."
            );
            drawn.say(&words, theme.text);
        }
        RollbackMethod::RevertAll { .. } => {
            let all = state.running().is_none_or(|run| run.selection == Selection::All);
            let whose = if all { "Every server" } else { "Each marked server" };
            let words =
                format!("{whose} of this run is observed, and what the run did there is reverted.");
            drawn.say(&words, theme.text);
        }
    }
}

fn is_refused(card: &RollbackCard) -> bool {
    matches!(&card.method, RollbackMethod::Start { answer, .. } if matches!(**answer, PlanAnswer::Refused(_)))
}

fn is_quick(plan: &Plan) -> bool {
    plan.rollback.as_deref().is_none_or(RollbackPreview::is_ready)
}

fn exactly(drawn: &mut Card, state: &State, card: &RollbackCard) {
    match &card.method {
        RollbackMethod::Start { answer, .. } => match &**answer {
            PlanAnswer::Plan(plan) => commands::all(drawn, state, plan),
            _ => drawn.say("The servers have not answered yet.", state.setup.theme.text),
        },
        RollbackMethod::AfterRun { .. } | RollbackMethod::RevertAll { .. } => drawn.say(
            "The servers are observed when the current run has ended. The commands are made from \
             what they say then.",
            state.setup.theme.text,
        ),
    }
}

/// Shows whether all hosts or only the marked ones are meant, since either may be a mistake.
fn selected_hosts(drawn: &mut Card, state: &State, card: &RollbackCard) {
    if let Some(selection) = card.selection() {
        drawn.only(state, selection);
    } else if let Some(run) = state.running() {
        drawn.only(state, &run.selection);
    }
    let Some(marked) = &card.marked else { return };
    if card.selection() == Some(&Selection::All) {
        let Selection::Only(hosts) = marked else { return };
        let (all, marked) = (state.fleet.members.len(), hosts.len());
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
fn other(card: &RollbackCard) -> Option<(&'static str, String)> {
    let Selection::Only(marked) = card.marked.as_ref()? else { return None };
    let armed = matches!(card.arming, Arming::Armed { .. });
    Some(match (card.selection()?, armed) {
        (Selection::All, true) => ("m", format!("only the {} marked", marked.len())),
        (Selection::All, false) => ("Tab", format!("only the {} marked", marked.len())),
        (Selection::Only(_), true) => ("a", "all servers".to_owned()),
        (Selection::Only(_), false) => ("Tab", "all servers".to_owned()),
    })
}

/// Where users are and where they go: what the servers' plan says, and nothing else.
fn release_summary(state: &State, card: &RollbackCard) -> Vec<Line<'static>> {
    let theme = &state.setup.theme;
    let live = Span::styled(state.release_summary().live.words(Letters::Long), theme.live);
    let words = match (&card.method, card.rollback()) {
        (RollbackMethod::Start { .. }, Some(rollback)) => return ends(state, rollback),
        (RollbackMethod::RevertAll { .. }, _) => "users stay there".to_owned(),
        (RollbackMethod::Start { answer, .. }, None) => match &**answer {
            PlanAnswer::Refused(_) => "users stay there".to_owned(),
            _ => "the servers are being asked where users came from".to_owned(),
        },
        (RollbackMethod::AfterRun { .. }, _) => return vec![Line::from(live)],
    };
    vec![Line::from(vec![live, Span::raw(format!(", {words}"))])]
}

/// A line for every move, with how many servers make it; then those who stay.
fn ends(state: &State, rollback: &RollbackPreview) -> Vec<Line<'static>> {
    let theme = &state.setup.theme;
    let mut moves: Vec<(String, String, Vec<&Route>)> = Vec::new();
    for route in rollback.moving() {
        let Some((to, release)) = &route.to else { continue };
        let from =
            route.from.as_ref().map_or("?".to_owned(), |(color, tag)| side(color, tag.as_ref()));
        let to = named(to, Some(release), Letters::Long);
        match moves.iter_mut().find(|(f, t, _)| *f == from && *t == to) {
            Some((_, _, routes)) => routes.push(route),
            None => moves.push((from, to, vec![route])),
        }
    }
    let line = |(from, to, routes): (String, String, Vec<&Route>)| {
        let arrow = Span::styled(format!(" {} ", state.setup.glyphs.arrow), theme.muted);
        let count = format!("  {}", state.fleet.counted(routes.len()));
        Line::from(vec![
            Span::styled(from, theme.live),
            arrow,
            Span::styled(to, theme.live),
            Span::styled(count, theme.muted),
        ])
    };
    let several = moves.len();
    let mut lines: Vec<Line<'static>> = moves.into_iter().map(line).collect();
    lines.extend(stays(state, rollback, several));
    lines
}

fn side(color: &Color, tag: Option<&Tag>) -> String {
    let release = tag.map(|tag| Release::of_tag(tag.clone()));
    named(color, release.as_ref(), Letters::Long)
}

/// Whose users stay, where that is not all there is to say, and why.
fn stays(state: &State, rollback: &RollbackPreview, moves: usize) -> Option<Line<'static>> {
    let stay: Vec<&Route> =
        rollback.meant().filter(|route| route.readiness == Readiness::There).collect();
    let (color, tag) = stay.first()?.from.as_ref()?;
    let at = Span::styled(side(color, tag.as_ref()), state.setup.theme.live);
    if moves > 0 {
        let words = format!(", users of {} stay there", state.fleet.counted(stay.len()));
        return Some(Line::from(vec![at, Span::raw(words)]));
    }
    let why = match (&rollback.goal, &rollback.withdrawn) {
        (RollbackGoal::Withdraw(tag), Some(withdrawn)) => {
            let at = crate::console::screen::paint::when(withdrawn.at, state.now.at);
            format!("{tag} was withdrawn at {at} by {}", withdrawn.by)
        }
        (RollbackGoal::Withdraw(tag), None) => format!("{tag} is only prepared"),
        (RollbackGoal::Leave(tag) | RollbackGoal::Continue { leave: tag, .. }, _) => {
            format!("they were rolled back from {tag}")
        }
        (RollbackGoal::To(tag), _) => format!("{tag} is live"),
    };
    Some(Line::from(vec![at, Span::raw(format!(", users stay there: {why}"))]))
}

fn countdown(state: &State, card: &RollbackCard) -> String {
    match card.left(state.now.running) {
        Some(0) => "starts as soon as the servers have answered".to_owned(),
        Some(left) => format!("starts automatically in {left} s"),
        None if card.is_possible() => "waiting for you".to_owned(),
        None => "does not start".to_owned(),
    }
}

fn foot(drawn: &mut Card, state: &State, card: &RollbackCard) {
    if !card.is_possible() {
        let mut keys = vec![("Esc", "close")];
        if matches!(card.method, RollbackMethod::Start { .. }) {
            keys.push((names_by(card), "send users to a release of your choice"));
        }
        return drawn.keys(state, &keys);
    }
    match &card.arming {
        Arming::Armed { .. } => {
            let mut keys = vec![("Y", "now"), ("Esc", "stop"), ("d", "the exact commands")];
            if matches!(card.method, RollbackMethod::Start { .. }) {
                keys.push((names_by(card), "another release"));
            }
            let other = other(card);
            keys.extend(other.as_ref().map(|(key, words)| (*key, words.as_str())));
            drawn.keys(state, &keys);
        }
        Arming::Unarmed { confirmation, .. } => {
            drawn.reading(state, &card.reading, confirmation.takes_letters());
            let other = other(card);
            let mut keys = Vec::new();
            keys.extend(other.as_ref().map(|(key, words)| (*key, words.as_str())));
            if matches!(card.method, RollbackMethod::Start { .. }) {
                keys.push((names_by(card), "another release"));
            }
            if !keys.is_empty() {
                drawn.keys(state, &keys);
            }
            drawn.confirmation(state, confirmation, "roll back");
        }
    }
}

/// The key that begins to name a release.
fn names_by(card: &RollbackCard) -> &'static str {
    match &card.arming {
        Arming::Unarmed { confirmation, .. } if confirmation.takes_letters() => "Ctrl-T",
        _ => "t",
    }
}

fn name(drawn: &mut Card, state: &State, card: &RollbackCard, naming: &Naming) {
    let choices: Vec<String> = card.choices().iter().map(Tag::to_string).collect();
    if !choices.is_empty() {
        drawn.say(&format!("These servers have {}.", choices.join(", ")), state.setup.theme.text);
    }
    drawn.lines.push(crate::console::dialog::card::input(state, "send users to ", &naming.field));
    if let Some(wrong) = &naming.wrong {
        drawn.say(wrong, state.setup.theme.bad);
    }
    drawn.keys(state, &[("Enter", "show the plan"), ("Tab", "the next of these"), ("Esc", "back")]);
}
