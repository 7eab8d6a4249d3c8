//! Restores the live color, without moving users: starts it again if it is stopped or gone, then points
//! nginx at it once more, which the switch script verifies by real answers.

use super::host::{HostRefusal, HostView};
use super::runtime::{Runtime, digest_of};
use super::switch;
use crate::domain::names::Color;
use crate::domain::observation::Running;
use crate::domain::plan::{Intent, Step};
use crate::domain::release::Release;

/// Returns the steps after which the live color answers users. They are already done where it does.
pub fn steps<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
    live: &Color,
) -> Result<Vec<Step>, HostRefusal> {
    let done = host.users_are_answered().then(|| format!("{live} answers users"));
    let tag = host.observation.live_tag().or_else(|| host.recorded_tag());
    let mut steps = match &done {
        Some(_) => Vec::new(),
        None => start(intent, host, live)?,
    };
    let record = switch::SwitchRecord {
        deploys: None,
        change: switch::change(intent, host, tag),
        freeze: None,
    };
    let switch = switch::users(host, live, tag, &record)?;
    steps.push(switch.already(done));
    Ok(steps)
}

fn start<R: Runtime>(
    intent: &Intent,
    host: &HostView<'_, R>,
    live: &Color,
) -> Result<Vec<Step>, HostRefusal> {
    let slot = host.observation.colors.get(live);
    let tag = host.observation.live_tag().or_else(|| host.recorded_tag());
    match slot.map(|slot| slot.running) {
        Some(Running::Stopped | Running::Unsettled) => {
            let shown = tag.map_or("?", crate::domain::release::Tag::as_str);
            Ok(vec![R::revive(intent, host, live, shown)])
        }
        Some(Running::Absent) => {
            let Some(tag) = tag else {
                return Err(host.refuse_here(
                    format!("{live} is gone, and no record says which release it had"),
                    "Name the release to roll back to: `flipside rollback --to TAG`.",
                ));
            };
            let recorded =
                host.observation.change().filter(|change| change.tag.as_ref() == Some(tag));
            let digest = recorded.and_then(|change| change.digest.clone());
            let release = Release { tag: tag.clone(), digest: digest.or(digest_of(host, tag)) };
            R::start_live_again(intent, host, live, &release)
        }
        // It is up, or unknown: the switch checks it and reports its answer.
        Some(Running::Up | Running::Unseen) | None => Ok(Vec::new()),
    }
}
