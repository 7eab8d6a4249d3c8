//! Hooks of a plan, as functions of the script.

use super::request;
use super::words::{Secrets, shown};
use crate::domain::plan::{
    HookCommand, HookMoment, HookPoll, HookRequest, HookWork, PlannedHook, Probe,
};

/// Returns the lines of all hooks: those before the phase are carried out here, the others at the end of the script.
pub fn lines(hooks: &[PlannedHook], secrets: &mut Secrets) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, hook) in hooks.iter().enumerate() {
        let name = function_name(index);
        match &hook.work {
            HookWork::Command(command) => {
                let line = command_line(command, secrets);
                lines.extend(function(&name, [line]));
            }
            HookWork::Request(request) => lines.extend(request_lines(&name, request, secrets)),
        }
    }
    let of_moment = |wanted| {
        let hooks = hooks.iter().enumerate();
        hooks.filter(move |(_, hook): &(usize, &PlannedHook)| hook.moment == wanted)
    };
    for (moment, name) in [(HookMoment::After, "hooks_after"), (HookMoment::Failed, "hooks_failed")]
    {
        let call = |(index, hook): (usize, &PlannedHook)| {
            format!("hook {} {}", shown(&hook.title), function_name(index))
        };
        let calls: Vec<String> = of_moment(moment).map(call).collect();
        if !calls.is_empty() {
            lines.extend(function(name, calls));
        }
    }
    if !hooks.is_empty() {
        lines.push("begun=yes".to_owned());
    }
    lines.extend(of_moment(HookMoment::Before).map(|(index, hook)| {
        let advisory = if hook.advisory { "advisory" } else { "''" };
        format!("before {advisory} {} {}", shown(&hook.title), function_name(index))
    }));
    lines
}

fn function_name(index: usize) -> String {
    format!("hook_{}", index + 1)
}

fn function(name: &str, lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let begin = std::iter::once(format!("{name}() {{"));
    begin.chain(lines).chain(["}".to_owned()]).collect()
}

/// Returns a line that the shell ends with the exit code of the program. Its time limit is the engine's alone.
fn command_line(hook: &HookCommand, secrets: &mut Secrets) -> String {
    let mut line = String::from("env");
    for (name, value) in &hook.variables {
        line.push_str(&format!(" {name}={}", secrets.word(value)));
    }
    for word in &hook.words {
        line.push(' ');
        line.push_str(&secrets.word(word));
    }
    line
}

fn request_lines(name: &str, hook: &HookRequest, secrets: &mut Secrets) -> Vec<String> {
    let mut lines = Vec::new();
    let mut body = request::lines(&hook.request, hook.deadline.as_secs().max(1), secrets);
    if let Some(HookPoll { wait, deadline }) = &hook.poll
        && let Probe::Request(request) = &wait.probe
    {
        let (seconds, every) = (deadline.as_secs().max(1), wait.every.as_secs().max(1));
        let probe = format!("{name}_probe");
        lines.extend(function(&probe, request::lines(request, seconds, secrets)));
        body.push(format!("again {seconds} {every} {} {probe}", wait.successes.max(1)));
    }
    lines.extend(function(name, body));
    lines
}
