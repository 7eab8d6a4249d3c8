//! Hooks of the inventory: what happens on the console's machine before and after a phase.

use std::borrow::Cow;
use std::time::Duration;

use crate::base::redact::redact;
use crate::domain::http::placeholders::{Missing, Values};
use crate::domain::http::{Call, PollTemplate};
use crate::domain::phase::Phase;
use crate::domain::plan::{
    HookCommand, HookMoment, HookPoll, HookRequest, HookWork, Intent, PlannedHook, Probe, Wait,
};
use crate::domain::target::Target;

/// What is known of a run. A command finds it in its environment (`FLIPSIDE_PHASE`), a request has a placeholder for each
/// (`{phase}`). They are documented in `docs/inventory.md`.
pub const FACTS: &[&str] = &[
    "phase",
    "moment",
    "environment",
    "app",
    "stack",
    "release",
    "subject",
    "hosts",
    "operator",
    "run",
    "verdict",
];

#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    pub phase: Phase,
    pub moment: HookMoment,
    pub action: HookAction,
    /// A `before` hook that is not done stops the phase, unless it is only advisory.
    pub advisory: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum HookAction {
    Command {
        name: Option<String>,
        /// Program and arguments; no shell reads them.
        words: Vec<String>,
        timeout: Duration,
    },
    Request(Box<Call>),
}

/// The facts of one run, without the moment, which is that of each hook.
#[derive(Debug, Clone)]
pub struct HookFacts(Vec<(&'static str, String)>);

impl HookFacts {
    /// `verdict`: how the phase ended. `None`: it has not begun.
    pub fn of(intent: &Intent, targets: &[&Target], verdict: Option<&str>) -> Self {
        let names: Vec<&str> = targets.iter().map(|target| target.name()).collect();
        let release = intent.release.as_ref().map(ToString::to_string);
        Self(vec![
            ("phase", intent.phase.word().to_owned()),
            ("environment", intent.environment.to_string()),
            ("app", intent.app.to_string()),
            ("stack", intent.stack.to_string()),
            ("release", release.unwrap_or_default()),
            ("subject", intent.subject().trim_start().to_owned()),
            ("hosts", names.join(" ")),
            ("operator", intent.by.to_string()),
            ("run", intent.run.to_string()),
            ("verdict", verdict.unwrap_or_default().to_owned()),
        ])
    }

    fn at(&self, moment: HookMoment) -> impl Iterator<Item = (&'static str, String)> {
        self.0.iter().cloned().chain([("moment", moment.word().to_owned())])
    }
}

impl Hook {
    /// Returns what a run with these facts carries out. `Err`: a placeholder whose value is not known.
    pub fn planned(&self, facts: &HookFacts) -> Result<PlannedHook, Missing> {
        let (title, work) = match &self.action {
            HookAction::Command { name, words, timeout } => {
                let line = redact(&words.join(" "));
                let title = name.as_ref().map_or(line.clone(), |name| format!("{name}: {line}"));
                let variable =
                    |(name, value): (&str, _)| (format!("FLIPSIDE_{}", name.to_uppercase()), value);
                let variables = facts.at(self.moment).map(variable).collect();
                let (words, timeout) = (words.clone(), *timeout);
                (title, HookWork::Command(HookCommand { words, variables, timeout }))
            }
            HookAction::Request(call) => {
                let known = facts.at(self.moment).map(|(name, value)| (name, Some(value)));
                let request = filled(call, &Values::new(known))?;
                let Call { name, .. } = call.as_ref();
                let (method, url) = (request.request.method, &request.request.url);
                let title = redact(&format!("{name}: {method} {url}"));
                (title, HookWork::Request(Box::new(request)))
            }
        };
        Ok(PlannedHook { moment: self.moment, title, advisory: self.advisory, work })
    }

    /// Returns the texts that may contain secrets.
    pub fn texts_with_secrets(&self) -> Vec<Cow<'_, str>> {
        match &self.action {
            HookAction::Command { words, .. } => vec![Cow::Owned(words.join(" "))],
            HookAction::Request(call) => call.texts_with_secrets(),
        }
    }
}

fn filled(call: &Call, values: &Values) -> Result<HookRequest, Missing> {
    let poll = |poll: &PollTemplate| -> Result<HookPoll, Missing> {
        let PollTemplate { request, every, deadline, successes, begin } = poll;
        let probe = Probe::Request(request.fill(values)?);
        let wait = Wait { probe, every: *every, successes: *successes, begin: *begin };
        Ok(HookPoll { wait, deadline: *deadline })
    };
    Ok(HookRequest {
        request: call.request.fill(values)?,
        deadline: call.deadline,
        poll: call.poll.as_ref().map(poll).transpose()?,
    })
}
