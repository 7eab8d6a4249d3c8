//! Steps that every platform with a pair behind nginx has.

use std::time::Duration;

use super::host::HostView;
use super::runtime::Runtime;
use super::scripts::{DRAIN, MARK, Script};
use crate::domain::command::Command;
use crate::domain::names::Color;
use crate::domain::plan::{Effect, Step};
use crate::domain::spec::EntryPoint;

/// A script ends by itself before its step's deadline; the rest is for the connection.
pub const SLACK: Duration = Duration::from_secs(20);
pub const QUICK: Duration = Duration::from_secs(30);

pub fn seconds(duration: Duration) -> String {
    duration.as_secs().max(1).to_string()
}

/// Returns the URL and the `Host` header at which a color is asked whether it is well: directly, past nginx.
pub fn health<R: Runtime>(host: &HostView<'_, R>, color: &Color) -> [String; 2] {
    health_at(host.address(color), host.proxy.map(|proxy| &proxy.live))
}

/// Returns the URL and the `Host` header for what listens at this address: those of the users' entry point.
pub fn health_at(address: &str, live: Option<&EntryPoint>) -> [String; 2] {
    let path = live.and_then(|live| live.url.split_once("://")?.1.split_once('/'));
    let path = path.map_or("", |(_, path)| path);
    let header = live.and_then(|live| live.host_header.clone());
    [format!("http://{address}/{path}"), header.unwrap_or_default()]
}

/// Returns a record as a host stores it: one line of JSON.
pub fn line(record: &impl serde::Serialize) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

/// Returns the step that waits for old connections. `None`: there is no proxy that has any.
pub fn drain<R: Runtime>(host: &HostView<'_, R>) -> Option<Step> {
    let (nginx, limit) = (&host.proxy?.nginx, host.stack.timeouts.drain);
    let command = script(host, DRAIN).args([nginx.pid_file.as_str(), &seconds(limit)]);
    Some(Step::run(
        "drain",
        "wait until the old nginx workers have ended".to_owned(),
        Effect::ReadOnly,
        command,
        limit + SLACK,
    ))
}

/// Returns the step that writes a mark, or, without text, removes it.
pub fn mark<R: Runtime>(
    host: &HostView<'_, R>,
    name: &str,
    text: Option<String>,
    title: String,
) -> Step {
    let command = script(host, MARK).args([host.stack.dir.as_str(), name]).args(text);
    Step::run("mark", title, Effect::Changes, command, QUICK)
}

/// Returns the command that runs a script on this host.
pub fn script<R: Runtime>(host: &HostView<'_, R>, script: Script) -> Command {
    script.command().after(&host.runtime.prelude()).run_as(host.stack.run_as)
}
