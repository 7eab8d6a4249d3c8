//! Exactly what would be run on each host, and asked from here.

use ratatui::text::{Line, Span};

use super::files;
use crate::console::app::state::State;
use crate::console::dialog::card::Card;
use crate::console::screen::paint;
use crate::domain::command::{Command, FilePart, Stdin};
use crate::domain::http::{Request, Url};
use crate::domain::plan::{Action, Plan, Probe, Step, StepState};

pub fn all(card: &mut Card, state: &State, plan: &Plan) {
    let theme = &state.setup.theme;
    for stage in &plan.stages {
        card.lines.push(Line::styled(stage.name.clone(), theme.title));
        for track in &stage.tracks {
            for step in &track.steps {
                one(card, state, track.target.name(), step);
            }
        }
    }
}

fn one(card: &mut Card, state: &State, host: &str, step: &Step) {
    let theme = &state.setup.theme;
    let so = match &step.state {
        StepState::ToDo => String::new(),
        StepState::AlreadyDone(why) => format!("  not run, already done: {why}"),
    };
    for text in paint::wrap(&format!("{host}: {}{so}", step.title), card.cells.saturating_sub(2)) {
        card.lines.push(Line::from(vec![Span::raw("  "), Span::styled(text, theme.text)]));
    }
    if !step.is_to_do() {
        return;
    }
    for text in action_lines(&step.action) {
        for piece in paint::pieces(&text, card.cells.saturating_sub(4)) {
            card.lines.push(Line::from(vec![Span::raw("    "), Span::styled(piece, theme.work)]));
        }
    }
    let limit = format!("    within {}", paint::span(step.deadline));
    card.lines.push(Line::styled(limit, theme.muted));
    for change in &step.changes {
        files::one(card, state, change, &format!("on {host}"));
    }
}

fn action_lines(action: &Action) -> Vec<String> {
    match action {
        Action::Run(command) => run(command),
        Action::Request(request) => vec![asked(request)],
        Action::Wait(wait) => {
            let mut lines = match &wait.probe {
                Probe::Run(command) => run(command),
                Probe::Request(request) => vec![asked(request)],
            };
            let (every, times) = (paint::span(wait.every), wait.successes);
            lines.push(format!("repeated every {every} until it succeeds {times} times in a row"));
            lines
        }
        Action::Ask(question) => vec![format!("a person is asked: {}", question.text)],
    }
}

/// A script is shown by its name: its text is the same on every host, and is printed whole by
/// `flipside plan … -o sh`.
fn run(command: &Command) -> Vec<String> {
    let mut lines = vec![format!("$ {}", command.summary())];
    lines.extend(match &command.stdin {
        Stdin::Empty => None,
        Stdin::Text(text) => Some(format!("fed {} lines, as below", text.lines().count())),
        Stdin::Secret(secret) | Stdin::SecretLine { secret, .. } => {
            Some(format!("fed the secret of {secret}"))
        }
        Stdin::Filled(text) => {
            let names: Vec<String> = text.secrets().iter().map(ToString::to_string).collect();
            Some(format!("fed a text with the secrets of {}", names.join(", ")))
        }
        Stdin::Signed(address) => {
            Some(format!("fed the address of {}, signed when it starts", address.object))
        }
        Stdin::File(FilePart { path, from: 0, .. }) => Some(format!("fed {}", path.display())),
        Stdin::File(FilePart { path, from, .. }) => {
            Some(format!("fed {} after its first {from} bytes", path.display()))
        }
    });
    lines
}

fn asked(request: &Request) -> String {
    let url = match &request.url {
        Url::Plain(url) => url.clone(),
        Url::Secret(secret) => secret.to_string(),
    };
    format!("{} {url}", request.method)
}
