//! Logs that the API offers: answers without an end.

use super::request;
use super::spec::{HttpSpec, LIVE};
use crate::domain::http::Request;
use crate::domain::http::placeholders::Values;
use crate::domain::names::Color;
use crate::domain::observation::Observation;
use crate::domain::spec::Member;

/// Returns the request of a side's log. `None`: the inventory names none, or it needs the release of a side that has none.
pub fn request(
    member: &Member,
    spec: &HttpSpec,
    side: &Color,
    last: Option<&Observation>,
) -> Option<Request> {
    let wanted = if side.as_str() == LIVE { &spec.logs.live } else { &spec.logs.passive };
    let release = last.and_then(|last| last.colors.get(side)?.release.as_ref());
    let values = Values::new([
        ("release", release.map(|release| release.tag.to_string())),
        ("app", Some(member.app.to_string())),
    ]);
    request::request(spec, wanted.as_ref()?, &values).ok()
}
