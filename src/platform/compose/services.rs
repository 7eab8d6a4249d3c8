//! The services of a compose file, checked against those that the inventory names.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::domain::finding::Finding;
use crate::domain::spec::Member;
use crate::domain::target::Carries;
use crate::platform::compose::spec::ComposeSpec;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Services {
    names: BTreeSet<String>,
    /// Why there may be more services than those that could be read.
    more: Option<String>,
}

impl Services {
    /// Reads the text of a compose file. It is not validated: `docker compose` does that.
    pub fn of(text: &str) -> Self {
        let unreadable = |why: String| Self { names: BTreeSet::new(), more: Some(why) };
        let mut file: Value = match serde_yaml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                return unreadable(format!("it cannot be read as YAML: {error}"));
            }
        };
        if let Err(error) = file.apply_merge() {
            return unreadable(format!("its merge keys cannot be read: {error}"));
        }
        let services = match file.get("services") {
            Some(Value::Mapping(services)) => services.keys().filter_map(Value::as_str),
            _ => return unreadable("it has no readable `services`".to_owned()),
        };
        let names = services.map(str::to_owned).collect();
        let more = file.get("include").map(|_| "it includes other files".to_owned());
        Self { names, more }
    }

    /// Adds the services that `docker compose config --services` listed on the host, if it was asked.
    pub fn and(mut self, listed: Option<&str>) -> Self {
        if let Some(listed) = listed {
            self.names.extend(listed.split_whitespace().map(str::to_owned));
            self.more = None;
        }
        self
    }

    /// Returns the services that this member needs and the file does not have, each with the inventory key
    /// that names it. Empty if the file could not be read completely.
    fn missing<'s>(&self, member: &Member, spec: &'s ComposeSpec) -> Vec<(String, &'s str)> {
        if self.more.is_some() {
            return Vec::new();
        }
        // A template may omit what its host does not need.
        let needed = |kind| match kind {
            ServiceUse::Color => member.carries == Carries::App,
            ServiceUse::Job => true,
            ServiceUse::Migration => member.primary,
        };
        let named = named(spec).into_iter().filter(|(kind, ..)| needed(*kind));
        let missing = named.filter(|(_, _, name)| !self.names.contains(*name));
        missing.map(|(_, key, name)| (key, name)).collect()
    }

    /// Returns what is wrong with the names, and the remedy. `None`: nothing.
    pub fn fault(&self, member: &Member, spec: &ComposeSpec) -> Option<(String, String)> {
        let missing = self.missing(member, spec);
        let (key, name) = missing.first()?;
        let all: Vec<String> =
            missing.iter().map(|(key, name)| format!("`{name}` ({key})")).collect();
        let path = spec.template.path.display();
        let near = self.names.iter().min_by_key(|it| strsim::damerau_levenshtein(it, name));
        let near = near.filter(|it| strsim::damerau_levenshtein(it, name) <= 2);
        let there: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let remedy = match near {
            Some(near) => format!("Did you mean `{near}` in `{key}`?"),
            None => format!("Name one of its services in `{key}`: {}.", there.join(", ")),
        };
        Some((format!("{path} has no service {}", all.join(", ")), remedy))
    }

    pub fn finding(&self, member: &Member, spec: &ComposeSpec) -> Finding {
        if let Some((found, remedy)) = self.fault(member, spec) {
            return Finding::bad("services", found, remedy);
        }
        if let Some(why) = &self.more {
            let remedy = "Run `flipside doctor`: `docker compose` on the host lists the services.";
            let found = format!("the services of the template are not known: {why}");
            return Finding::unknown("services", found, remedy);
        }
        let named = named(spec);
        let others: Vec<&str> = self
            .names
            .iter()
            .map(String::as_str)
            .filter(|name| named.iter().all(|(_, _, known)| known != name))
            .collect();
        if others.is_empty() {
            return Finding::good("services", "the template has all that the inventory names");
        }
        Finding::warn(
            "services",
            format!("no release starts or updates {}", others.join(", ")),
            "Add those that belong to a release to `jobs`. Ignore this for others, such as a database.",
        )
    }
}

/// The purpose of a service.
#[derive(Clone, Copy)]
enum ServiceUse {
    Color,
    Job,
    Migration,
}

/// Returns every service that the inventory names, with the key that names it.
fn named(spec: &ComposeSpec) -> Vec<(ServiceUse, String, &str)> {
    let colors = spec.proxy.colors.iter().map(|(name, color)| {
        (ServiceUse::Color, format!("service of color {name}"), color.service.as_str())
    });
    let jobs = spec.jobs.iter().map(|job| (ServiceUse::Job, "jobs".to_owned(), job.as_str()));
    let migration = spec.migration.iter().map(|migration| {
        (ServiceUse::Migration, "migration.service".to_owned(), migration.service.as_str())
    });
    colors.chain(jobs).chain(migration).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::Severity;
    use crate::platform::compose::fixture::{member, spec};

    const GOOD: &str = "services: {shop_blue: {image: x}, shop_green: {image: x}, djobs: {image: x}, migrator: {image: x}}";

    fn found(text: &str) -> Finding {
        Services::of(text).finding(&member(), &spec())
    }

    #[test]
    fn a_named_service_that_does_not_exist_is_refused() {
        assert!(found(GOOD).is_good(), "{:?}", found(GOOD));
        for (from, to, key, remedy) in [
            ("djobs", "djbos", "(jobs)", "Did you mean `djbos`"),
            ("migrator", "other", "(migration.service)", "Name one of its services"),
            ("shop_green", "green", "(service of color green)", "Name one of its services"),
        ] {
            let finding = found(&GOOD.replace(from, to));
            assert!(finding.is_bad() && finding.found.contains(key), "{finding:?}");
            assert!(finding.severity.remedy().unwrap().contains(remedy), "{finding:?}");
        }
    }

    #[test]
    fn files_that_compose_accepts_are_not_refused() {
        for text in [
            "x-a: &a {image: x}\nservices:\n  shop_blue: *a\n  shop_green: {<<: *a, ports: ['1:1']}\n  djobs: {extends: {service: shop_blue}}\n  migrator: {<<: [*a], profiles: [m]}\n",
            "x-jobs: &jobs {djobs: {image: x}, migrator: {image: x}}\nservices:\n  <<: *jobs\n  shop_blue: {image: x, command: !reset null}\n  shop_green: {image: x}\n",
        ] {
            assert!(found(text).is_good(), "{:?}", found(text));
        }
        for text in [
            "include: [other.yml]\nservices: {shop_blue: {image: x}}",
            "services: {a: {image: x}}\nservices: {b: {image: x}}",
            "include: [other.yml]",
        ] {
            let finding = found(text);
            assert!(matches!(finding.severity, Severity::Unknown { .. }), "{finding:?}");
        }
    }

    #[test]
    fn services_listed_by_the_host_are_used() {
        let text =
            "include: [other.yml]\nservices: {shop_blue: {image: x}, shop_green: {image: x}}";
        let services = Services::of(text);
        assert!(services.clone().and(Some("djobs migrator")).finding(&member(), &spec()).is_good());
        assert!(services.and(Some("shop_blue migrator")).finding(&member(), &spec()).is_bad());
    }

    #[test]
    fn a_service_that_no_release_updates_is_a_warning() {
        let finding = found(&GOOD.replace("services: {", "services: {db: {image: y}, "));
        assert!(matches!(finding.severity, Severity::Warn { .. }), "{finding:?}");
        assert!(finding.found.contains("db"));
    }

    #[test]
    fn a_host_needs_only_the_services_that_it_carries() {
        let jobs_only = Services::of("services: {djobs: {image: x}}");
        let mut member = member();
        assert!(jobs_only.fault(&member, &spec()).is_some());
        (member.carries, member.primary) = (Carries::JobsOnly, false);
        assert_eq!(jobs_only.fault(&member, &spec()), None);
    }
}
