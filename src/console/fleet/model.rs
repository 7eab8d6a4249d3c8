//! The hosts of this console, and what a person chose among them.

use super::listing::Listing;
use crate::console::app::setup::HostEntry;
use crate::domain::capabilities::Capabilities;
use crate::domain::target::{Carries, Target};

#[derive(Debug, Clone)]
pub struct Fleet {
    pub members: Vec<HostEntry>,
    /// What at least one of them supports.
    pub can: Capabilities,
    /// The chosen host, by its name: it stays chosen wherever its row goes.
    pub chosen: Option<Target>,
    pub listing: Listing,
}

impl Fleet {
    pub fn of(members: Vec<HostEntry>) -> Self {
        // One that users come to: a host that carries only jobs has less to show.
        let serving = members.iter().find(|member| member.carries == Carries::App);
        let chosen = serving.or(members.first()).map(|member| member.target.clone());
        let each = members.iter().map(|member| member.can.clone());
        let can = each.reduce(|all, one| all.or(&one)).unwrap_or_else(Capabilities::all);
        Self { members, can, chosen, listing: Listing::default() }
    }

    /// Returns the word for so many of them. Behind an API there may be any number of servers.
    pub fn noun(&self, count: usize) -> &'static str {
        let only_apis = self.members.iter().all(|member| member.target.host().is_none());
        match (only_apis && !self.members.is_empty(), count) {
            (true, 1) => "API",
            (true, _) => "APIs",
            (false, 1) => "server",
            (false, _) => "servers",
        }
    }

    /// Returns the heading of their names.
    pub fn heading(&self) -> &'static str {
        if self.noun(1) == "API" { "API" } else { "SERVER" }
    }

    /// Returns a number of them in words.
    pub fn counted(&self, count: usize) -> String {
        format!("{count} {}", self.noun(count))
    }
}
