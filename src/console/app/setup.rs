//! The setup of a console. Only its theme changes while the console runs.

use std::path::PathBuf;

use super::preferences::Preferences;
use super::scope::{ConsoleScope, ListedScope};
use crate::console::integration::TerminalSetup;
use crate::console::keys::Bindings;
use crate::console::read_only::Access;
use crate::console::screen::glyphs::Glyphs;
use crate::console::theme::Theme;
use crate::domain::capabilities::Capabilities;
use crate::domain::color::ColorPair;
use crate::domain::names::{AppName, StackName};
use crate::domain::plan::Operator;
use crate::domain::spec::{AppSpec, Environment, Member};
use crate::domain::target::{Carries, Target};

/// One target as the screen knows it: what a row is about, and no more, so that a run that was
/// written down can be shown without the inventory of its day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEntry {
    pub target: Target,
    pub carries: Carries,
    pub colors: ColorPair,
    pub can: Capabilities,
}

impl From<&Member> for HostEntry {
    fn from(member: &Member) -> Self {
        Self {
            target: member.target.clone(),
            carries: member.carries,
            colors: member.colors.clone(),
            can: member.platform.capabilities(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Setup {
    pub environment: Environment,
    pub app: AppName,
    pub stack: StackName,
    pub operator: Operator,
    /// Where the journals of runs are kept, to say so when the console is left.
    pub journals: Option<PathBuf>,
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub keys: Bindings,
    /// What it begins with; a person may narrow it, and widen it again.
    pub access: Access,
    /// How its person looked at it when they left it last, or why that is not known.
    pub kept: Result<Preferences, String>,
    pub integration: TerminalSetup,
    /// Everything else that a console could be about.
    pub scopes: Vec<ListedScope>,
}

impl Setup {
    pub fn scope(&self) -> ConsoleScope {
        ConsoleScope {
            environment: self.environment.name.clone(),
            app: self.app.clone(),
            stack: self.stack.clone(),
        }
    }

    pub fn spec(&self) -> Option<&AppSpec> {
        self.environment.apps.get(&self.app)
    }

    /// The stack on every target, by name as people count: `web2` before `web10`.
    pub fn members(&self) -> Vec<HostEntry> {
        let stack = self.spec().map(|spec| spec.stack(&self.stack)).unwrap_or_default();
        in_order(stack.into_iter().map(HostEntry::from).collect())
    }

    /// The groups of a target, in the order in which the inventory lays them over each other.
    pub fn groups(&self, target: &Target) -> &[String] {
        let groups = match target {
            Target::Host(name) => self.environment.hosts.get(name).map(|host| &host.groups),
            Target::Api(name) => self.environment.targets.get(name).map(|api| &api.groups),
        };
        groups.map_or(&[], Vec::as_slice)
    }
}

/// By name, as people count.
pub fn in_order(mut seats: Vec<HostEntry>) -> Vec<HostEntry> {
    seats.sort_by_cached_key(|seat| counted(seat.target.name()));
    seats
}

/// A name whose numbers are all equally long, so that they compare as numbers.
fn counted(name: &str) -> (String, String) {
    let mut counted = String::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let length = if digits > 0 { digits } else { first.len_utf8() };
        let (head, tail) = rest.split_at(length);
        match digits {
            0 => counted.push_str(head),
            _ => counted.push_str(&format!("{head:0>20}")),
        }
        rest = tail;
    }
    // `web1` and `web01` count the same and are two.
    (counted, name.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::console::app::setup::counted;

    #[test]
    fn names_stand_as_people_count() {
        let mut names = ["web10", "web2", "web1", "db1", "web02", "web"];
        names.sort_by_key(|name| counted(name));
        assert_eq!(names, ["db1", "web", "web1", "web02", "web2", "web10"]);
    }
}
