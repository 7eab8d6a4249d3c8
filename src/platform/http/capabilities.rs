//! What an app behind an API supports: what its inventory has requests for.

use super::spec::HttpSpec;
use crate::domain::capabilities::{Capabilities, Logs};
use crate::domain::http::Call;
use crate::domain::phase::Phase;

const GO_LIVE: &str = "Go live directly: `flipside go-live --release TAG`.";
const OWNER: &str = "its owner does that where the API runs";

pub fn of(spec: &HttpSpec) -> Capabilities {
    let passive_side = spec.observe.passive.is_some();
    let mut can = Capabilities::all();
    let logs = &spec.logs;
    let passive_log = passive_side && logs.passive.is_some();
    can.logs = Logs { live: logs.live.is_some(), passive: passive_log };
    can.passive_side = passive_side;
    can.may_lose_requests = spec.may_lose_requests;
    can.jobs = false;
    for phase in [Phase::Finish, Phase::Repair, Phase::Setup] {
        can = can.without(phase, OWNER, "Ask the owner of the API.");
    }
    if !spec.keeps_freeze() {
        let why = "the API keeps no freeze, so go-live is never closed";
        can = can.without(Phase::Unfreeze, why, "Go live: `flipside go-live`.");
    }
    for (phase, key, calls) in [
        (Phase::Prepare, "prepare", &spec.prepare),
        (Phase::Verify, "verify", &spec.verify),
        (Phase::Abandon, "abandon", &spec.abandon),
    ] {
        if passive_side {
            can = without_requests(can, phase, key, calls);
        } else {
            can = can.without(phase, "the API has no passive side (`observe.passive`)", GO_LIVE);
        }
    }
    if passive_side && can.has(Phase::Verify) && !records_sign_off(spec) {
        can = can.without(
            Phase::Verify,
            "the API records no sign-off, so nothing would show that a release is verified",
            "Write a changing request under `verify`, and name what it changes in `observe.verified`.",
        );
    }
    can = without_requests(can, Phase::GoLive, "go_live", &spec.go_live);
    // A rollback of a release that is only prepared is carried out by the requests of `abandon`.
    if can.has(Phase::Abandon) {
        return can;
    }
    without_requests(can, Phase::Rollback, "rollback", &spec.rollback)
}

fn without_requests(can: Capabilities, phase: Phase, key: &str, calls: &[Call]) -> Capabilities {
    if !calls.is_empty() {
        return can;
    }
    let why = format!("the inventory has no requests for it (`{key}`)");
    can.without(phase, &why, &format!("Write at least one request under `{key}`."))
}

/// Returns whether a sign-off can be recorded, and read afterwards.
pub fn records_sign_off(spec: &HttpSpec) -> bool {
    let changes = |call: &Call| call.request.changes_something();
    spec.observe.verified.is_some() && spec.verify.iter().any(changes)
}
