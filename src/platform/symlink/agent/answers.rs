//! What an agent answers when it is observed.

use serde::Deserialize;
use serde_json::Value;

use super::spec::AgentSpec;
use crate::base::text::clean_words;
use crate::domain::observation::{Observation, Proof};
use crate::domain::plan::Action;
use crate::domain::spec::Member;
use crate::platform::contract::{ProbeReply, ReadError};
use crate::platform::http::observe;
use crate::platform::http::request;

/// The list of all apps, without the name of one.
const ALL: &str = "/";

/// How many apps an error lists.
const MOST: usize = 12;

#[derive(Deserialize)]
struct Listed {
    applications: Vec<App>,
}

#[derive(Deserialize)]
struct App {
    name: String,
}

/// Returns the requests that observe an agent. All its apps are only asked for while this one was never observed: the list
/// explains why.
pub fn probe(spec: &AgentSpec, last: Option<&Observation>) -> Vec<Action> {
    let mut probe = observe::probe(&spec.api);
    probe.extend(last.is_none().then(|| Action::Request(request::get(&spec.api, ALL))));
    probe
}

pub fn read(
    member: &Member,
    spec: &AgentSpec,
    replies: &[ProbeReply],
) -> Result<Observation, ReadError> {
    let reply = replies.first().ok_or_else(ReadError::no_reply)?;
    let path = &spec.api.observe.path;
    match reply.code {
        401 | 403 => Err(ReadError::Refused(format!(
            "the agent refuses {} ({} to GET {path})",
            spec.credentials, reply.code
        ))),
        404 => Err(ReadError::Refused(unknown_app(spec, replies.get(1)))),
        500 => Err(ReadError::Refused(format!(
            "GET {path} answered 500: the agent gives no reason; its log on its host has it"
        ))),
        200..300 if !is_an_agent(&reply.stdout) => Err(ReadError::Malformed(format!(
            "GET {path} answered {} without an `application`: is {} the address of a deploy agent?",
            reply.code, spec.api.url
        ))),
        _ => {
            let mut seen = observe::read(member, &spec.api, replies.get(..1).unwrap_or_default())?;
            // The agent reads its link. Whether users get an answer it does not know.
            seen.live.answer = None;
            seen.live.proof = Proof::Link;
            Ok(seen)
        }
    }
}

fn is_an_agent(body: &str) -> bool {
    serde_json::from_str::<Value>(body).is_ok_and(|body| body.get("application").is_some())
}

fn unknown_app(spec: &AgentSpec, list: Option<&ProbeReply>) -> String {
    let app = &spec.app;
    let listed = list.filter(|reply| reply.code == 200);
    let listed = listed.and_then(|reply| serde_json::from_str::<Listed>(&reply.stdout).ok());
    let Some(Listed { applications }) = listed else {
        return format!("the agent has no app {app}; `flipside doctor` lists those that it has");
    };
    let names: Vec<String> = applications.iter().map(|app| clean_words(&app.name)).collect();
    let more = names.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    match names.get(..names.len().min(MOST)).unwrap_or_default() {
        [] => format!("the agent has no app {app}, and no other one"),
        names => format!("the agent has no app {app}; it has {}{more}", names.join(", ")),
    }
}
