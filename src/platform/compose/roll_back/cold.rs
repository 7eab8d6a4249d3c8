//! A color that is gone altogether is started anew, from the compose file that was in use with it.

use super::super::host::Host;
use super::super::steps;
use crate::domain::names::Color;
use crate::domain::plan::{Intent, Refusal, Step};
use crate::domain::release::Tag;

/// What comes before the switch. Its image is pulled only where it is gone as well.
pub fn steps(
    intent: &Intent,
    host: &Host<'_>,
    color: &Color,
    to: Option<&Tag>,
    file: Option<&str>,
) -> Result<Vec<Step>, Refusal> {
    let (Some(to), Some(file)) = (to, file) else {
        return Err(host.refuse(
            format!("{color} is not there any more, and nothing here tells how to start it anew"),
            "prepare the release that is wanted, then go live with it",
        ));
    };
    let there = host.facts.images.iter().any(|image| image.tag == *to);
    let there = there.then(|| "its image is here".to_owned());
    Ok(vec![
        steps::pull(host, intent, to).already(there),
        steps::start(host, file, color, to, None),
    ])
}

/// What it means for the users of this host.
pub fn warning(host: &Host<'_>, steps: &[Step]) -> Option<String> {
    let starts = steps.iter().any(|step| step.name == "start" && step.is_to_do());
    let target = &host.member.target;
    starts.then(|| {
        format!("{target}: the other color is gone and is started anew; users switch after that")
    })
}
