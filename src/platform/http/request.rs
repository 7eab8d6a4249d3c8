//! Requests of the API, with placeholders filled in.

use std::time::Duration;

use super::spec::{Call, HttpSpec, PollSpec, RequestSpec};
use super::template::{Place, Values};
use crate::domain::http::{Body, Expect, JsonCondition, Request};
use crate::domain::plan::{Action, Effect, Probe, Step, StepState, Wait};

/// The name of a placeholder whose value is not known.
pub type Missing = &'static str;

/// The time limit of a request that observes.
const OBSERVED_WITHIN: Duration = Duration::from_secs(10);

/// Time between two tries of a check, for its deadline.
pub const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Returns the request with its placeholders filled in. `Err`: the placeholder whose value is not known.
pub fn request(spec: &HttpSpec, wanted: &RequestSpec, values: &Values) -> Result<Request, Missing> {
    let path = values.fill(&wanted.path, Place::Url)?;
    let is_elsewhere = path.starts_with("http://") || path.starts_with("https://");
    let header = |(name, text): &(String, String)| {
        values.fill(text, Place::Header).map(|text| (name.clone(), text))
    };
    let body = wanted.body.as_ref().map(|body| -> Result<Body, Missing> {
        let text = values.fill(&body.text, body.content.into())?;
        Ok(Body { content_type: body.content.media_type().to_owned(), text })
    });
    let own: Vec<_> = wanted.headers.iter().map(header).collect::<Result<_, _>>()?;
    let url = if is_elsewhere { path } else { format!("{}{path}", spec.url) };
    let mut request = Request {
        method: wanted.method,
        headers: own,
        body: body.transpose()?,
        expect: expect(&wanted.expect, values)?,
        delivery: wanted.delivery.clone(),
        ..Request::get(url)
    };
    if !is_elsewhere {
        authenticate(spec, &mut request);
    }
    Ok(request)
}

fn authenticate(spec: &HttpSpec, request: &mut Request) {
    let has = |name: &str| request.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let shared: Vec<_> = spec.headers.iter().filter(|(name, _)| !has(name)).cloned().collect();
    request.headers.splice(..0, shared);
    request.auth.clone_from(&spec.auth);
    request.tls.clone_from(&spec.tls);
}

fn expect(expect: &Expect, values: &Values) -> Result<Expect, Missing> {
    let fill = |text: &String| values.fill(text, Place::Text);
    let header = |(name, text): &(String, String)| fill(text).map(|text| (name.clone(), text));
    let condition = |condition: &JsonCondition| -> Result<JsonCondition, Missing> {
        let is = condition.is.iter().map(fill).collect::<Result<_, _>>()?;
        Ok(JsonCondition { pointer: condition.pointer.clone(), is })
    };
    Ok(Expect {
        status: expect.status.clone(),
        headers: expect.headers.iter().map(header).collect::<Result<_, _>>()?,
        body: expect.body.iter().map(fill).collect::<Result<_, _>>()?,
        json: expect.json.iter().map(condition).collect::<Result<_, _>>()?,
    })
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
        let title = format!("{}: {} {}, to {goal}", call.name, request.method, request.url);
        steps.push(step(&call.name, title, effect, Action::Request(request), call.deadline));
        if let Some(poll) = &call.poll {
            steps.push(wait(spec, call, poll, values)?);
        }
    }
    Ok(steps)
}

fn wait(spec: &HttpSpec, call: &Call, poll: &PollSpec, values: &Values) -> Result<Step, Missing> {
    let request = request(spec, &poll.request, values)?;
    let title = format!("{}: wait for {} {}", call.name, request.method, request.url);
    let name = format!("wait for {}", call.name);
    let probe = Probe::Request(request);
    let wait = Wait { probe, every: poll.every, successes: poll.successes };
    Ok(step(&name, title, Effect::ReadOnly, Action::Wait(wait), poll.deadline))
}

pub fn step(name: &str, title: String, effect: Effect, action: Action, deadline: Duration) -> Step {
    let name = name.to_owned();
    let (state, announce, changes) = (StepState::ToDo, None, Vec::new());
    Step { name, title, effect, action, deadline, state, announce, changes }
}
