//! The lock of an API: a resource that exists while a run holds it.

use super::request;
use super::spec::HttpSpec;
use crate::domain::http::{Body, Delivery, Method, Replay, Request};
use crate::domain::lock::LockId;
use crate::platform::locking::{LockClaim, LockRequests};

/// How often a request of the lock is repeated. Each is conditional, so that a repetition does no harm.
const RETRIES: u32 = 2;

/// Returns the requests of the lock. `None`: the API has none.
pub fn requests(spec: &HttpSpec, claim: &LockClaim<'_>) -> Option<LockRequests> {
    let path = &spec.lock.as_ref()?.path;
    let read = request::get(spec, path);
    let delivery = Delivery {
        replay: Some(Replay::Conditional),
        retries: RETRIES,
        timeout: read.delivery.timeout,
    };
    let release = Request { method: Method::Delete, delivery: delivery.clone(), ..read.clone() };
    let (take, owner) = match claim {
        LockClaim::Ours(lock) | LockClaim::Setup(lock) => {
            let text = serde_json::to_string(lock).unwrap_or_default();
            let body = Body { content_type: "application/json".to_owned(), text };
            let mut take =
                Request { method: Method::Put, body: Some(body), delivery, ..read.clone() };
            take.headers.push(("If-None-Match".to_owned(), "*".to_owned()));
            (Some(take), LockId::Run(lock.run.clone()))
        }
        LockClaim::Observed(id) => (None, (*id).clone()),
    };
    Some(LockRequests { take, read, release, owner })
}
