//! Requests of the API, with placeholders filled in.

use std::time::Duration;

use super::spec::HttpSpec;
use crate::domain::http::placeholders::{Missing, Values};
use crate::domain::http::{Call, PollTemplate, Request, RequestTemplate, Tls, Url};
use crate::domain::plan::{Action, Effect, Probe, Step, StepState, Wait};

/// The time limit of a request that observes.
const OBSERVED_WITHIN: Duration = Duration::from_secs(10);

/// Time between two tries of a check, for its deadline.
pub const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Returns the request with its placeholders filled in. A path is added to the URL of the API, and gets its headers, and its
/// credentials where it has none of its own. `Err`: the placeholder whose value is not known.
pub fn request(
    spec: &HttpSpec,
    wanted: &RequestTemplate,
    values: &Values,
) -> Result<Request, Missing> {
    let mut request = wanted.fill(values)?;
    complete(spec, &mut request);
    Ok(request)
}

fn complete(spec: &HttpSpec, request: &mut Request) {
    if let Url::Plain(path) = &request.url
        && path.starts_with('/')
    {
        request.url = Url::Plain(format!("{}{path}", spec.url));
        authenticate(spec, request);
    }
    if let Some(read) = &mut request.if_match {
        complete(spec, read);
    }
}

fn authenticate(spec: &HttpSpec, request: &mut Request) {
    let has = |name: &str| {
        request.body.is_some() && name.eq_ignore_ascii_case("content-type")
            || request.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    };
    let shared: Vec<_> = spec.headers.iter().filter(|(name, _)| !has(name)).cloned().collect();
    request.headers.splice(..0, shared);
    if request.auth.is_none() {
        request.auth.clone_from(&spec.auth);
    }
    let Tls { ca_file, client, .. } = &mut request.tls;
    if ca_file.is_none() {
        ca_file.clone_from(&spec.tls.ca_file);
    }
    if client.is_none() {
        client.clone_from(&spec.tls.client);
    }
}

/// Returns a GET of the API without placeholders.
pub fn get(spec: &HttpSpec, path: &str) -> Request {
    let mut request = Request::get(format!("{}{path}", spec.url));
    authenticate(spec, &mut request);
    request.headers.push(("Accept".to_owned(), "application/json".to_owned()));
    request.delivery.timeout = Some(OBSERVED_WITHIN);
    request
}

/// Returns the steps of the calls. `effect`: what those have that change something.
pub fn steps(
    spec: &HttpSpec,
    calls: &[Call],
    values: &Values,
    effect: Effect,
    goal: &str,
) -> Result<Vec<Step>, Missing> {
    let mut steps = Vec::new();
    for call in calls {
        let request = request(spec, &call.request, values)?;
        let effect = if request.changes_something() { effect } else { Effect::ReadOnly };
        let unchanged = if request.if_match.is_some() { ", if nobody changed it" } else { "" };
        let title =
            format!("{}: {} {}{unchanged}, to {goal}", call.name, request.method, request.url);
        steps.push(step(&call.name, title, effect, Action::Request(request), call.deadline));
        if let Some(poll) = &call.poll {
            steps.push(wait(spec, call, poll, values)?);
        }
    }
    Ok(steps)
}

fn wait(
    spec: &HttpSpec,
    call: &Call,
    poll: &PollTemplate,
    values: &Values,
) -> Result<Step, Missing> {
    let request = request(spec, &poll.request, values)?;
    let title = format!("{}: wait for {} {}", call.name, request.method, request.url);
    let name = format!("wait for {}", call.name);
    let probe = Probe::Request(request);
    let wait = Wait { probe, every: poll.every, successes: poll.successes, begin: poll.begin };
    Ok(step(&name, title, Effect::ReadOnly, Action::Wait(wait), poll.deadline))
}

pub fn step(name: &str, title: String, effect: Effect, action: Action, deadline: Duration) -> Step {
    let name = name.to_owned();
    let (state, announce, changes) = (StepState::ToDo, None, Vec::new());
    Step { name, title, effect, action, deadline, state, announce, changes }
}
