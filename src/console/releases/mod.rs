//! The releases that the registry and the hosts have reported so far.
//!
//! They are asked for when the picker opens, and are kept when it closes: who opens it again sees at once
//! what was there, with its age.

pub mod card;
mod dialog;
mod fit;
mod servers;
pub mod update;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use dialog::{Chosen, TagCard};
pub use fit::fitting;
pub use servers::{Having, Servers};

use crate::domain::catalog::{CatalogReply, ListSummary, ReleaseList, SourceError};
use crate::domain::release::Tag;

/// A list that is older than this is asked for anew when the picker opens.
const FRESH: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default)]
pub struct Releases {
    /// The name of the source.
    pub source: Option<String>,
    pub note: Option<String>,
    pub list: ReleaseList,
    pub stand: Stand,
    /// The last list that came whole: when, and how it ended.
    pub whole: Option<(DateTime<Utc>, ListSummary)>,
    /// Of these the facts are on their way.
    pub awaited: BTreeSet<Tag>,
    /// Why no more facts are asked for.
    pub held: Option<SourceError>,
    /// A list has begun of which no name came yet: the names of the one before are still shown.
    turning: bool,
}

/// How it stands with the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Stand {
    #[default]
    NotAsked,
    /// Since when, by the running time.
    Asking {
        since: Duration,
    },
    There,
    NoList(SourceError),
}

impl Releases {
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let young = |at: DateTime<Utc>| (now - at).to_std().is_ok_and(|age| age < FRESH);
        match self.stand {
            Stand::There => self.whole.is_some_and(|(at, _)| young(at)),
            Stand::Asking { .. } => true,
            Stand::NotAsked | Stand::NoList(_) => false,
        }
    }

    /// The registry has said which names there are, now or a while ago.
    pub fn has_names(&self) -> bool {
        self.whole.is_some()
    }

    pub fn ask(&mut self, now: Duration) {
        self.stand = Stand::Asking { since: now };
        self.held = None;
    }

    /// What a host has can be prepared, whether the registry names it or not.
    pub fn add_from_hosts(&mut self, tags: &[Tag]) {
        self.list.add_from_hosts(tags);
    }

    pub fn hear(&mut self, news: CatalogReply, now: DateTime<Utc>) {
        match news {
            CatalogReply::ListStarted { source, note } => {
                (self.source, self.note) = (Some(source), note);
                self.awaited.clear();
                self.turning = true;
            }
            CatalogReply::Tags(tags) => {
                self.turn();
                self.list.add_listed(&tags);
            }
            CatalogReply::ListEnded(listed) => {
                self.turn();
                self.whole = Some((now, listed));
                self.stand = Stand::There;
            }
            CatalogReply::ListFailed(why) => {
                self.turning = false;
                self.stand = Stand::NoList(why);
            }
            CatalogReply::Facts { tag, facts } => {
                self.awaited.remove(&tag);
                self.list.set_facts(&tag, Ok(facts));
            }
            CatalogReply::FactsFailed { tag, why } => {
                self.awaited.remove(&tag);
                if why.affects_all_tags() {
                    self.awaited.clear();
                    self.held = Some(why.clone());
                }
                self.list.set_facts(&tag, Err(why));
            }
        }
    }

    /// The first names of a new list: those of the old one are gone, but for what hosts have.
    fn turn(&mut self) {
        if std::mem::take(&mut self.turning) {
            self.list = ReleaseList::default();
        }
    }
}
