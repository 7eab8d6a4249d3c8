//! Users are answered by the color that they are on: it is started again where it is stopped or gone, and
//! nginx is pointed at it once more, which is verified by answers. Nobody is moved.

use super::host::HostView;
use super::rollback::cold;
use super::{scripts, steps};
use crate::domain::names::Color;
use crate::domain::observation::Running;
use crate::domain::plan::{Intent, Refusal, Step};
use crate::domain::release::Release;

pub fn steps(intent: &Intent, host: &HostView<'_>, live: &Color) -> Result<Vec<Step>, Refusal> {
    let so = host.users_are_answered().then(|| format!("users are answered by {live}"));
    let tag = host.observation.live_tag().or_else(|| host.recorded_tag());
    let mut steps = match &so {
        Some(_) => Vec::new(),
        None => start(intent, host, live)?,
    };
    let record =
        steps::SwitchRecord { file: None, change: steps::change(intent, host, tag), freeze: None };
    let switch = steps::switch(host, &host.facts, live, tag, Some(&record))
        .map_err(|why| host.refuse(why, scripts::INCLUDE_REMEDY))?;
    steps.push(switch.already(so));
    Ok(steps)
}

fn start(intent: &Intent, host: &HostView<'_>, live: &Color) -> Result<Vec<Step>, Refusal> {
    let slot = host.observation.colors.get(live);
    let tag = host.observation.live_tag().or_else(|| host.recorded_tag());
    match slot.map(|slot| slot.running) {
        Some(Running::Stopped | Running::Unsettled) => {
            let shown = tag.map_or("?", crate::domain::release::Tag::as_str);
            Ok(vec![steps::revive(host, live, shown)])
        }
        Some(Running::Absent) => {
            let Some(tag) = tag else {
                return Err(host.refuse(
                    format!("{live} has no container, and no record says which release it was"),
                    "roll back to a release by its name: `flipside rollback --to TAG`",
                ));
            };
            let file = cold::deployed(host, live, tag);
            let recorded =
                host.observation.change().filter(|change| change.tag.as_ref() == Some(tag));
            let digest = recorded.and_then(|change| change.digest.clone());
            let release = Release { tag: tag.clone(), digest: digest.or(host.digest_of(tag)) };
            cold::steps(intent, host, live, &release, file.as_ref())
        }
        // It is up, or nobody can say: the switch asks it, and says what it answers.
        Some(Running::Up | Running::Unseen) | None => Ok(Vec::new()),
    }
}
