//! `flipside releases`: what the registry has, and which servers have it already.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Utc;

use super::Wrong;
use super::args::{Output, Place};
use super::asking::Terminal;
use super::place::Here;
use super::{errand, out, place, wire};
use crate::domain::catalog::{CatalogQuery, CatalogReply, RegistryError, ReleaseList};
use crate::domain::event::{Event, What};
use crate::domain::observation::Observed;
use crate::domain::order::Order;
use crate::domain::release::Tag;
use crate::domain::target::Target;
use crate::engine::{Attendance, EngineHandle};
use crate::headless::exit::Exit;
use crate::headless::releases;

/// What is heard until nothing more can come.
#[derive(Default)]
struct Heard {
    list: ReleaseList,
    observations: BTreeMap<Target, Observed>,
    /// How the list ended, once it has.
    ended: Option<Result<(), RegistryError>>,
    /// What was said on the way, for a person.
    notes: Vec<String>,
    /// Facts that are still to come.
    awaited: Vec<Tag>,
    held: bool,
}

pub async fn show(place: &Place, most: usize) -> Result<Exit, Wrong> {
    if matches!(place.output, Output::Sh | Output::Yaml) {
        return Err(Wrong::Usage("releases are told as text or as JSON".to_owned()));
    }
    let here = place::here(place)?;
    let wanted = errand::targets(&here, place);
    let (engine, mut handle) = wire::engine(&here, Arc::new(Terminal), Attendance::Unattended);
    let heard = hear(&here, &wanted, &mut handle, most).await;
    let _ = handle.orders.send(Order::Quit);
    let _ = engine.task.await;
    let observations: Vec<(Target, Observed)> = heard.observations.into_iter().collect();
    match place.output {
        Output::Json => {
            for line in releases::json(&heard.list, &observations, most) {
                out::json(&line)?;
            }
        }
        _ => out::text(releases::table(&heard.list, &observations, most, Utc::now()))?,
    }
    for note in heard.notes {
        out::note(format_args!("flipside: {note}"));
    }
    match heard.ended {
        Some(Ok(())) => Ok(Exit::Done),
        Some(Err(why)) => {
            Err(Wrong::Failed(format!("{why}. A tag typed by hand works: `--release TAG`")))
        }
        None => Err(Wrong::Failed("the engine ended before the registry answered".to_owned())),
    }
}

async fn hear(here: &Here, wanted: &[Target], handle: &mut EngineHandle, most: usize) -> Heard {
    let mut heard = Heard::default();
    let (app, stack) = (here.app.clone(), here.stack.clone());
    let _ = handle.orders.send(Order::Focus { app: app.clone(), stack: stack.clone() });
    let ask = |ask| Order::Releases { app: app.clone(), stack: stack.clone(), ask };
    let _ = handle.orders.send(ask(CatalogQuery::List));
    while !heard.is_all(wanted) {
        tokio::select! {
            event = handle.readers.events.recv() => match event {
                Some(Event { what: What::Observed { target, observed }, .. }) if wanted.contains(&target) => {
                    heard.see(target, observed);
                }
                Some(_) => {}
                None => break,
            },
            news = handle.releases.recv() => match news {
                Some(news) => heard.hear(news),
                None => break,
            },
        }
        let facts = heard.wants(most);
        if !facts.is_empty() {
            heard.awaited.clone_from(&facts);
            let _ = handle.orders.send(ask(CatalogQuery::Facts(facts)));
        }
    }
    heard
}

impl Heard {
    fn is_all(&self, wanted: &[Target]) -> bool {
        let looked = wanted.iter().all(|target| self.observations.contains_key(target));
        self.ended.is_some() && self.awaited.is_empty() && looked
    }

    fn see(&mut self, target: Target, observed: Observed) {
        if let Some(seen) = observed.current() {
            self.list.add_from_hosts(&seen.tags().cloned().collect::<Vec<_>>());
        }
        self.observations.insert(target, observed);
    }

    fn hear(&mut self, news: CatalogReply) {
        match news {
            CatalogReply::ListStarted { note, .. } => self.notes.extend(note),
            CatalogReply::Tags(tags) => self.list.add_listed(&tags),
            CatalogReply::ListEnded(listed) => {
                if listed.truncated {
                    self.notes.push("the list was cut off: there may be more tags".to_owned());
                }
                if listed.invalid_names > 0 {
                    self.notes.push(format!(
                        "{} names were left out: they are no tags",
                        listed.invalid_names
                    ));
                }
                self.ended = Some(Ok(()));
            }
            CatalogReply::ListFailed(why) => self.ended = Some(Err(why)),
            CatalogReply::Facts { tag, facts } => self.told(&tag, Ok(facts)),
            CatalogReply::FactsFailed { tag, why } => {
                if why.affects_all_tags() {
                    self.held = true;
                    self.awaited.clear();
                    self.notes.push(why.to_string());
                }
                self.told(&tag, Err(why));
            }
        }
    }

    fn told(&mut self, tag: &Tag, facts: Result<crate::domain::catalog::Facts, RegistryError>) {
        self.awaited.retain(|awaited| awaited != tag);
        self.list.set_facts(tag, facts);
    }

    /// One lot after another: ages may bring others among the first.
    fn wants(&self, most: usize) -> Vec<Tag> {
        let listed = matches!(self.ended, Some(Ok(())));
        if !listed || self.held || !self.awaited.is_empty() {
            return Vec::new();
        }
        self.list.missing_facts(self.list.entries().iter().take(most).map(|entry| &entry.tag))
    }
}
