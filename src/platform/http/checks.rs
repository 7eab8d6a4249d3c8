//! The checks of the inventory (`checks`), as requests from this machine.

use super::request;
use super::spec::PASSIVE;
use super::target::Api;
use crate::domain::http::{Call, Delivery, Expect, JsonCondition, RequestTemplate};
use crate::domain::plan::Refusal;
use crate::domain::spec::{Check, CheckFrom};

/// Returns the checks of this API. Its path is added to the URL of the API, or is a whole URL.
pub fn calls(api: &Api<'_>) -> Result<Vec<Call>, Refusal> {
    let call = |check: &Check| match check.from {
        CheckFrom::Console => Ok(call(check)),
        CheckFrom::Host => Err(api.refuse(
            format!("the check `{}` runs on a host, and the target is an API", check.name),
            "Write `from: console` in that check.",
        )),
    };
    api.member.checks.iter().map(call).collect()
}

fn call(check: &Check) -> Call {
    // What is checked is always the passive side.
    let side = |text: &String| text.replace("{color}", PASSIVE);
    let Expect { status, headers, body, json, meanings } = &check.expect;
    let expect = Expect {
        status: status.clone(),
        headers: headers.iter().map(|(name, text)| (name.clone(), side(text))).collect(),
        body: body.iter().map(side).collect(),
        json: json
            .iter()
            .map(|JsonCondition { pointer, is }| JsonCondition {
                pointer: pointer.clone(),
                is: is.iter().map(side).collect(),
            })
            .collect(),
        meanings: meanings.clone(),
    };
    let tries = check.tries.max(1);
    let delivery =
        Delivery { retries: tries - 1, timeout: Some(check.timeout), ..Delivery::default() };
    let request = RequestTemplate { expect, delivery, ..RequestTemplate::get(side(&check.path)) };
    let deadline = (check.timeout + request::BETWEEN_TRIES) * tries;
    Call { name: check.name.clone(), request, deadline, poll: None }
}
