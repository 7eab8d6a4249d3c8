//! Steps that every platform with a pair behind nginx has.

use std::time::Duration;

use super::host::HostView;
use super::runtime::Runtime;
use super::scripts::{DRAIN, MARK, Script};
use crate::domain::command::Command;
use crate::domain::names::Color;
use crate::domain::plan::{Action, Effect, Step, StepState};

/// A script ends by itself before its step's deadline; the rest is for the connection.
pub const SLACK: Duration = Duration::from_secs(20);
pub const QUICK: Duration = Duration::from_secs(30);

pub fn step(
    name: &str,
    title: String,
    effect: Effect,
    command: Command,
    deadline: Duration,
) -> Step {
    Step {
        name: name.to_owned(),
        title,
        effect,
        action: Action::Run(command),
        deadline,
        state: StepState::ToDo,
        announce: None,
        changes: Vec::new(),
    }
}

impl Step {
    /// Adds the text that is announced (to hooks) once the step is done.
    #[must_use]
    pub fn announced(mut self, text: String) -> Self {
        self.announce = Some(text);
        self
    }

    /// Marks the step as already done, if there is a reason `why` it is.
    #[must_use]
    pub fn already(mut self, why: Option<String>) -> Self {
        if let Some(why) = why {
            self.state = StepState::AlreadyDone(why);
        }
        self
    }
}

pub fn seconds(duration: Duration) -> String {
    duration.as_secs().max(1).to_string()
}

/// The address and `HostView` header at which a color is asked whether it is well: directly, past nginx.
pub fn health<R: Runtime>(host: &HostView<'_, R>, color: &Color) -> [String; 2] {
    let address = host.address(color);
    let url = &host.pair.live.url;
    let path = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .map_or("", |(_, path)| path);
    [format!("http://{address}/{path}"), host.pair.live.host_header.clone().unwrap_or_default()]
}

/// Returns a record as a host stores it: one line of JSON.
pub fn line(record: &impl serde::Serialize) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

pub fn drain<R: Runtime>(host: &HostView<'_, R>) -> Step {
    let limit = host.pair.timeouts.drain;
    let command = script(host, DRAIN).args([host.pair.nginx.pid_file.as_str(), &seconds(limit)]);
    step(
        "drain",
        "wait until the old nginx workers have ended".to_owned(),
        Effect::ReadOnly,
        command,
        limit + SLACK,
    )
}

/// Returns the step that writes a mark, or, without text, removes it.
pub fn mark<R: Runtime>(
    host: &HostView<'_, R>,
    name: &str,
    text: Option<String>,
    title: String,
) -> Step {
    let command = script(host, MARK).args([host.pair.dir.as_str(), name]).args(text);
    step("mark", title, Effect::Changes, command, QUICK)
}

/// Returns the command that runs a script on this host.
pub fn script<R: Runtime>(host: &HostView<'_, R>, script: Script) -> Command {
    let text = format!("{}{}", host.runtime.prelude(), script.text());
    Command::script(script.name, &text).run_as(host.pair.run_as)
}
