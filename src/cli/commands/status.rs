//! `flipside status`: observes every host once.

use std::collections::BTreeMap;

use chrono::Utc;

use crate::cli::CliError;
use crate::cli::args::{OutputFormat, ScopeArgs};
use crate::cli::{engine, out, runs, scope};
use crate::domain::event::{Event, What};
use crate::domain::history::RunSummary;
use crate::domain::observation::{Change, Observed};
use crate::domain::order::Order;
use crate::domain::target::Target;
use crate::domain::unfinished::unfinished;
use crate::headless::exit::Exit;
use crate::headless::status;

pub async fn show(args: &ScopeArgs) -> Result<Exit, CliError> {
    let scope = scope::resolve(args)?;
    let selection = scope::selection(args);
    let wanted = scope.targets(args).len();
    let (engine, mut handle) = engine::unattended(&scope);
    let focus = Order::Focus { app: scope.app.clone(), stack: scope.stack.clone() };
    let _ = handle.orders.send(focus);
    let mut observations: BTreeMap<Target, Observed> = BTreeMap::new();
    while observations.len() < wanted {
        let Some(Event { what, .. }) = handle.readers.events.recv().await else { break };
        if let What::Observed { target, observed } = what
            && selection.takes(&target)
        {
            observations.insert(target, observed);
        }
    }
    engine::quit(engine, &handle).await;
    let observations: Vec<(Target, Observed)> = observations.into_iter().collect();
    let seen = observations.iter().filter_map(|(_, observed)| observed.current());
    let unfinished = unfinished(&seen);
    let last = runs::last(&scope.journals, &scope.environment.name, &scope.app);
    let last = last.filter(|last| !is_overtaken(last, &observations));
    match args.output {
        OutputFormat::Text => {
            out::text(status::table(&observations, &scope.can(), Utc::now()))?;
            let heeded = scope.environment.after_rollback.is_frozen();
            out::text(status::frozen(&observations).filter(|_| heeded).unwrap_or_default())?;
            out::text(unfinished.as_ref().map(status::unfinished).unwrap_or_default())?;
            let ended = last
                .as_ref()
                .and_then(|last| status::last_run(last, unfinished.as_ref(), &observations));
            out::text(ended.unwrap_or_default())?;
        }
        OutputFormat::Json => {
            for (target, observed) in &observations {
                let row = serde_json::json!({ "target": target, "observed": observed });
                out::json(&row)?;
            }
            for row in status::unfinished_json(unfinished.as_ref(), last.as_ref()) {
                out::json(&row)?;
            }
        }
        OutputFormat::Sh | OutputFormat::Yaml => {
            return Err(CliError::Usage("status writes text or JSON only.".to_owned()));
        }
    }
    Ok(if observations.iter().all(|(_, observed)| observed.current().is_some()) {
        Exit::Done
    } else {
        Exit::Unknown
    })
}

/// Returns whether a host recorded a change by another run since the end of that run.
fn is_overtaken(last: &RunSummary, observations: &[(Target, Observed)]) -> bool {
    let Some(end) = last.last else { return false };
    let changes = observations.iter().filter_map(|(_, observed)| observed.latest()?.change());
    let own = |change: &Change| {
        last.intent.as_ref().is_some_and(|intent| change.run.as_ref() == Some(&intent.run))
    };
    changes.filter(|change| !own(change)).any(|change| change.at > end)
}
