//! Unfreeze: remove the marks with which a rollback closed go-live. Users are not affected.

use super::builder::PlanBuilder;
use super::freeze::{MARK, require_reason};
use super::host::{HostView, StackHosts};
use super::runtime::Runtime;
use super::steps;
use crate::domain::change::{Before, FileChange};
use crate::domain::plan::{Gate, Intent, Refusal, Step};

pub fn plan<R: Runtime>(
    intent: &Intent,
    stack: &StackHosts<'_, R>,
) -> Result<PlanBuilder, Refusal> {
    require_reason(intent)?;
    let mut builder = PlanBuilder::new(intent);
    builder.left_out.clone_from(&stack.unobserved);
    let tracks = stack.serving().map(|host| (host.member.target.clone(), vec![step(host)]));
    builder.stage("unfreeze", Gate::Barrier, tracks);
    Ok(builder)
}

fn step<R: Runtime>(host: &HostView<'_, R>) -> Step {
    let done = host.observation.frozen.is_none().then(|| "no rollback closed it here".to_owned());
    let change = host.observation.frozen.as_ref().map(|freeze| {
        let path = format!("{}/.flipside/{MARK}", host.stack.dir);
        FileChange::removed(path, Before::Says(steps::line(freeze)))
    });
    steps::mark(host, MARK, None, "open go-live again".to_owned()).changing(change).already(done)
}
