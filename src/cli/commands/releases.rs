//! `flipside releases`: lists the registry's releases and the servers that have them.

use std::collections::BTreeMap;

use chrono::Utc;

use crate::cli::CliError;
use crate::cli::args::{OutputFormat, ScopeArgs};
use crate::cli::scope::CommandScope;
use crate::cli::{engine, out, scope};
use crate::domain::catalog::{CatalogQuery, CatalogReply, Facts, ReleaseList, SourceError};
use crate::domain::event::{Event, What};
use crate::domain::observation::Observed;
use crate::domain::order::Order;
use crate::domain::release::Tag;
use crate::domain::target::Target;
use crate::engine::EngineHandle;
use crate::headless::exit::Exit;
use crate::headless::releases;

/// Collects replies of the registry and observations of hosts until all have arrived.
#[derive(Default)]
struct Collector {
    list: ReleaseList,
    observations: BTreeMap<Target, Observed>,
    /// The result of the list, once it has ended.
    ended: Option<Result<(), SourceError>>,
    /// Remarks for the person, printed after the list.
    notes: Vec<String>,
    /// Tags whose facts were requested and have not arrived.
    awaited: Vec<Tag>,
    /// Set after an error that would meet every other tag too: no more facts are requested.
    stopped: bool,
}

pub async fn show(args: &ScopeArgs, most: usize) -> Result<Exit, CliError> {
    if matches!(args.output, OutputFormat::Sh | OutputFormat::Yaml) {
        return Err(CliError::Usage("releases writes text or JSON only.".to_owned()));
    }
    let scope = scope::resolve(args)?;
    let wanted = scope.targets(args);
    let (engine, mut handle) = engine::unattended(&scope);
    let collected = collect(&scope, &wanted, &mut handle, most).await;
    engine::quit(engine, &handle).await;
    let observations: Vec<(Target, Observed)> = collected.observations.into_iter().collect();
    match args.output {
        OutputFormat::Json => {
            for line in releases::json(&collected.list, &observations, most) {
                out::json(&line)?;
            }
        }
        _ => out::text(releases::table(&collected.list, &observations, most, Utc::now()))?,
    }
    for note in collected.notes {
        out::note(format_args!("flipside: {note}"));
    }
    match collected.ended {
        Some(Ok(())) => Ok(Exit::Done),
        Some(Err(why)) => {
            Err(CliError::Failed(format!("{why}. Phases still take any tag: `--release TAG`.")))
        }
        None => Err(CliError::engine_gone()),
    }
}

async fn collect(
    scope: &CommandScope,
    wanted: &[Target],
    handle: &mut EngineHandle,
    most: usize,
) -> Collector {
    let mut collector = Collector::default();
    let (app, stack) = (scope.app.clone(), scope.stack.clone());
    let _ = handle.orders.send(Order::Focus { app: app.clone(), stack: stack.clone() });
    let ask = |ask| Order::Releases { app: app.clone(), stack: stack.clone(), ask };
    let _ = handle.orders.send(ask(CatalogQuery::List));
    while !collector.is_complete(wanted) {
        tokio::select! {
            event = handle.readers.events.recv() => match event {
                Some(Event { what: What::Observed { target, observed }, .. }) if wanted.contains(&target) => {
                    collector.add_observation(target, observed);
                }
                Some(_) => {}
                None => break,
            },
            reply = handle.releases.recv() => match reply {
                Some(reply) => collector.add_reply(reply),
                None => break,
            },
        }
        let facts = collector.missing_facts(most);
        if !facts.is_empty() {
            collector.awaited.clone_from(&facts);
            let _ = handle.orders.send(ask(CatalogQuery::Facts(facts)));
        }
    }
    collector
}

impl Collector {
    fn is_complete(&self, wanted: &[Target]) -> bool {
        let observed = wanted.iter().all(|target| self.observations.contains_key(target));
        self.ended.is_some() && self.awaited.is_empty() && observed
    }

    fn add_observation(&mut self, target: Target, observed: Observed) {
        if let Some(seen) = observed.current() {
            self.list.add_from_hosts(&seen.tags().cloned().collect::<Vec<_>>());
        }
        self.observations.insert(target, observed);
    }

    fn add_reply(&mut self, reply: CatalogReply) {
        match reply {
            CatalogReply::ListStarted { note, .. } => self.notes.extend(note),
            CatalogReply::Tags(tags) => self.list.add_listed(&tags),
            CatalogReply::ListEnded(listed) => {
                if listed.truncated {
                    self.notes.push("The list was truncated; there may be more tags.".to_owned());
                }
                if listed.invalid_names > 0 {
                    self.notes.push(format!(
                        "{} names were left out because they are not valid tags.",
                        listed.invalid_names
                    ));
                }
                self.ended = Some(Ok(()));
            }
            CatalogReply::ListFailed(why) => self.ended = Some(Err(why)),
            CatalogReply::Facts { tag, facts } => self.add_facts(&tag, Ok(facts)),
            CatalogReply::FactsFailed { tag, why } => {
                if why.affects_all_tags() {
                    self.stopped = true;
                    self.awaited.clear();
                    self.notes.push(why.to_string());
                }
                self.add_facts(&tag, Err(why));
            }
        }
    }

    fn add_facts(&mut self, tag: &Tag, facts: Result<Facts, SourceError>) {
        self.awaited.retain(|awaited| awaited != tag);
        self.list.set_facts(tag, facts);
    }

    /// Returns the tags to request facts for next. Facts include the age, which may move other tags to the top of the
    /// list, so one set is requested after another.
    fn missing_facts(&self, most: usize) -> Vec<Tag> {
        let listed = matches!(self.ended, Some(Ok(())));
        if !listed || self.stopped || !self.awaited.is_empty() {
            return Vec::new();
        }
        self.list.missing_facts(self.list.entries().iter().take(most).map(|entry| &entry.tag))
    }
}
