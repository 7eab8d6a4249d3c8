//! The plan that a person is about to agree to.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::dialog::{PlanAnswer, PlanCard};
use super::{commands, files};
use crate::console::app::state::State;
use crate::console::dialog::Depth;
use crate::console::dialog::card::Card;
use crate::console::fleet::{Letters, Status};
use crate::console::screen::glyphs::Mark;
use crate::console::screen::paint;
use crate::domain::plan::{
    Intent, Plan, Refusal, Stage, Step, StepState, Track, TrackStart, Width,
};
use crate::domain::target::Target;

pub fn card(state: &State, card: &PlanCard, cells: usize) -> Card {
    let theme = &state.setup.theme;
    let mut drawn = Card::new(cells, title(&card.intent), theme.danger);
    drawn.scroll = card.reading.scroll;
    drawn.only(state, &card.intent.selection);
    match (&card.answer, card.reading.depth) {
        (PlanAnswer::Plan(plan), Depth::Commands) => commands::all(&mut drawn, state, plan),
        _ => answer(&mut drawn, state, &card.intent, &card.answer, cells),
    }
    if matches!(card.answer, PlanAnswer::Plan(_)) {
        drawn.gap();
        drawn.reading(state, &card.reading, card.types_a_name());
        drawn.confirmation(
            state,
            &card.confirmation,
            &format!("{} now", card.intent.phase.title()),
        );
    } else {
        drawn.gap();
        drawn.keys(state, &[("Esc", "close")]);
    }
    drawn
}

fn title(intent: &Intent) -> String {
    let release = intent.release.as_ref().map_or(String::new(), |r| format!(" {}", r.tag));
    let phase = intent.phase.title().to_uppercase();
    format!("{phase}{release}, {} in {}", intent.app, intent.environment)
}

pub fn answer(card: &mut Card, state: &State, intent: &Intent, answer: &PlanAnswer, cells: usize) {
    let theme = &state.setup.theme;
    match answer {
        PlanAnswer::Awaited => {
            card.say("Asking the servers. This changes nothing.", theme.text);
        }
        PlanAnswer::Refused(refusal) => refused(card, state, intent, refusal),
        PlanAnswer::NothingToDo(plan) => {
            card.say("Nothing to do: everything is already in place.", theme.ok);
            steps(card, state, plan, cells);
            hooks(card, state, plan);
        }
        PlanAnswer::Plan(plan) => {
            summary(card, state, plan);
            for warning in &plan.warnings {
                let words = format!("{} {warning}", state.setup.glyphs.warn);
                card.say(&state.in_keys(&words), theme.warn);
            }
            left_out(card, state, plan);
            steps(card, state, plan, cells);
            hooks(card, state, plan);
            files::all(card, state, plan);
        }
    }
}

/// Lists the hosts that are left out of the plan. With one of them the run cannot end as done.
fn left_out(card: &mut Card, state: &State, plan: &Plan) {
    for left in &plan.left_out {
        let words = format!("{} {}", state.setup.glyphs.warn, left.in_words());
        card.say(&state.in_keys(&words), state.setup.theme.warn);
    }
}

/// Lists what the console's machine does before and after the phase.
pub fn hooks(card: &mut Card, state: &State, plan: &Plan) {
    let theme = &state.setup.theme;
    if !plan.hooks.is_empty() {
        card.lines.push(Line::styled("hooks of this machine", theme.title));
    }
    for hook in &plan.hooks {
        card.say(&format!("  {}", hook.in_words()), theme.text);
    }
}

fn refused(card: &mut Card, state: &State, intent: &Intent, refusal: &Refusal) {
    let theme = &state.setup.theme;
    let words = format!("{} REFUSED: {}", state.setup.glyphs.bad, refusal.reason);
    card.say(&state.in_keys(&words), theme.bad);
    if !refusal.targets.is_empty() {
        let names: Vec<&str> = refusal.targets.iter().map(Target::name).collect();
        card.say(&format!("It is about {}.", names.join(", ")), theme.text);
    }
    card.gap();
    let remedy = format!("What to do: {}", refusal.remedy);
    card.say(&state.in_keys(&remedy), theme.text);
    let run = &state.run.deploy;
    if run.run.as_ref() == Some(&intent.run) && run.has_begun_steps() {
        let words = "Steps of this run were carried out before. The table shows what is true now.";
        card.say(words, theme.warn);
    } else {
        card.say("Nothing was changed.", theme.muted);
    }
}

fn summary(card: &mut Card, state: &State, plan: &Plan) {
    let to_do = plan.steps().filter(|(_, step)| step.is_to_do()).count();
    let so = plan.steps().count() - to_do;
    let servers = plan.targets().len();
    card.lines.push(Line::raw(format!("now {}", state.sides(Letters::Long))));
    let servers = state.fleet.counted(servers);
    let steps = if to_do == 1 { "step" } else { "steps" };
    card.lines.push(Line::raw(format!("{servers}, {to_do} {steps} to do, {so} already done")));
}

/// Servers with identical steps are listed together.
fn steps(card: &mut Card, state: &State, plan: &Plan, cells: usize) {
    let theme = &state.setup.theme;
    for stage in &plan.stages {
        let title = format!("{}{}", stage.name, width(stage));
        card.lines.push(Line::styled(title, theme.title));
        for Alike { names, begin, steps } in alike(stage) {
            let waits = begin.waits_for().map_or_else(String::new, |words| format!(": {words}"));
            let names = format!("{}{waits}", names.join(", "));
            for names in paint::wrap(&names, cells.saturating_sub(4)) {
                card.lines.push(Line::styled(format!("  {names}"), theme.text));
            }
            for step in steps {
                card.lines.push(step_line(state, step, cells));
            }
        }
    }
}

fn width(stage: &Stage) -> String {
    match stage.width {
        Width::All if stage.tracks.len() > 1 => ", all at once".to_owned(),
        Width::All => String::new(),
        width => format!(", {} at once", width.of(stage.tracks.len())),
    }
}

/// Servers that do the same at the same time.
struct Alike<'a> {
    names: Vec<&'a str>,
    begin: TrackStart,
    steps: &'a [Step],
}

fn alike(stage: &Stage) -> Vec<Alike<'_>> {
    let mut groups: Vec<Alike<'_>> = Vec::new();
    for Track { target, steps, begin } in &stage.tracks {
        let same = |group: &&mut Alike<'_>| group.begin == *begin && same_words(group.steps, steps);
        match groups.iter_mut().find(same) {
            Some(group) => group.names.push(target.name()),
            None => groups.push(Alike { names: vec![target.name()], begin: *begin, steps }),
        }
    }
    groups
}

fn same_words(one: &[Step], other: &[Step]) -> bool {
    let words = |step: &Step| (step.title.clone(), step.state.clone());
    one.iter().map(words).eq(other.iter().map(words))
}

fn step_line(state: &State, step: &Step, cells: usize) -> Line<'static> {
    let theme = &state.setup.theme;
    let (mark, so) = match &step.state {
        StepState::ToDo => (Mark::Work, String::new()),
        StepState::AlreadyDone(why) => (Mark::Ok, format!("  already done: {why}")),
    };
    let words = paint::cut(&step.title, cells.saturating_sub(6), state.setup.glyphs.cut);
    let left = cells.saturating_sub(6 + words.width());
    let status = Status::new(mark, words);
    Line::from(vec![
        Span::raw("    "),
        paint::status(state, &status),
        Span::styled(paint::cut(&so, left, state.setup.glyphs.cut), theme.muted),
    ])
}
