//! The services of a compose file, and whether it has those that the inventory names.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::domain::finding::Finding;
use crate::domain::spec::{ComposeSpec, Member};
use crate::domain::target::Carries;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Services {
    names: BTreeSet<String>,
    /// Why there may be more than can be seen here.
    more: Option<String>,
}

impl Services {
    /// Reads the text of a compose file. Whether all of it is right is for `docker compose` to say.
    pub fn of(text: &str) -> Self {
        let unobserved = |why: String| Self { names: BTreeSet::new(), more: Some(why) };
        let mut file: Value = match serde_yaml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                return unobserved(format!("it is not YAML that can be read here: {error}"));
            }
        };
        if let Err(error) = file.apply_merge() {
            return unobserved(format!("its merge keys cannot be read here: {error}"));
        }
        let services = match file.get("services") {
            Some(Value::Mapping(services)) => services.keys().filter_map(Value::as_str),
            _ => return unobserved("it has no `services` that can be read here".to_owned()),
        };
        let names = services.map(str::to_owned).collect();
        let more = file.get("include").map(|_| "it includes other files".to_owned());
        Self { names, more }
    }

    /// As `docker compose config --services` lists them, where the host was asked.
    pub fn and(mut self, listed: Option<&str>) -> Self {
        if let Some(listed) = listed {
            self.names.extend(listed.split_whitespace().map(str::to_owned));
            self.more = None;
        }
        self
    }

    /// Services that this member needs, each with the key that names it, and that are not there.
    /// Empty where it cannot be told.
    fn missing<'s>(&self, member: &Member, spec: &'s ComposeSpec) -> Vec<(String, &'s str)> {
        if self.more.is_some() {
            return Vec::new();
        }
        // A template may leave out what its host has no use for.
        let needed = |kind| match kind {
            Kind::Color => member.carries == Carries::App,
            Kind::Job => true,
            Kind::Migration => member.primary,
        };
        let named = named(spec).into_iter().filter(|(kind, ..)| needed(*kind));
        let missing = named.filter(|(_, _, name)| !self.names.contains(*name));
        missing.map(|(_, key, name)| (key, name)).collect()
    }

    /// What is wrong with the names, if anything, and what puts it right.
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
            Some(near) => format!("did you mean `{near}` in `{key}`?"),
            None => format!("name one of its services in `{key}`: {}", there.join(", ")),
        };
        Some((format!("{path} makes no service {}", all.join(", ")), remedy))
    }

    pub fn finding(&self, member: &Member, spec: &ComposeSpec) -> Finding {
        if let Some((found, remedy)) = self.fault(member, spec) {
            return Finding::bad("services", found, remedy);
        }
        if let Some(why) = &self.more {
            let remedy = "`flipside doctor` has a host's own `docker compose` list the services";
            let found = format!("which services the template makes cannot be told: {why}");
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
            return Finding::good("services", "the template makes every one that is named");
        }
        Finding::warn(
            "services",
            format!("no release starts or updates {}", others.join(", ")),
            "name under `jobs` what belongs to a release; leave what does not, as a database",
        )
    }
}

/// What a service is for.
#[derive(Clone, Copy)]
enum Kind {
    Color,
    Job,
    Migration,
}

/// Every service that the inventory names, with the key that does.
fn named(spec: &ComposeSpec) -> Vec<(Kind, String, &str)> {
    let colors = spec.colors.iter().map(|(name, color)| {
        (Kind::Color, format!("service of color {name}"), color.service.as_str())
    });
    let jobs = spec.jobs.iter().map(|job| (Kind::Job, "jobs".to_owned(), job.as_str()));
    let migration = spec.migration.iter().map(|migration| {
        (Kind::Migration, "migration.service".to_owned(), migration.service.as_str())
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
    fn a_name_that_no_service_has_is_refused() {
        assert!(found(GOOD).is_good(), "{:?}", found(GOOD));
        for (from, to, key, remedy) in [
            ("djobs", "djbos", "(jobs)", "did you mean `djbos`"),
            ("migrator", "other", "(migration.service)", "name one of its services"),
            ("shop_green", "green", "(service of color green)", "name one of its services"),
        ] {
            let finding = found(&GOOD.replace(from, to));
            assert!(finding.is_bad() && finding.found.contains(key), "{finding:?}");
            assert!(finding.severity.remedy().unwrap().contains(remedy), "{finding:?}");
        }
    }

    #[test]
    fn what_compose_takes_is_not_refused() {
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
    fn the_host_s_own_list_counts() {
        let text =
            "include: [other.yml]\nservices: {shop_blue: {image: x}, shop_green: {image: x}}";
        let services = Services::of(text);
        assert!(services.clone().and(Some("djobs migrator")).finding(&member(), &spec()).is_good());
        assert!(services.and(Some("shop_blue migrator")).finding(&member(), &spec()).is_bad());
    }

    #[test]
    fn a_service_that_no_release_touches_is_a_hint() {
        let finding = found(&GOOD.replace("services: {", "services: {db: {image: y}, "));
        assert!(matches!(finding.severity, Severity::Warn { .. }), "{finding:?}");
        assert!(finding.found.contains("db"));
    }

    #[test]
    fn a_host_needs_only_what_it_carries() {
        let jobs_only = Services::of("services: {djobs: {image: x}}");
        let mut member = member();
        assert!(jobs_only.fault(&member, &spec()).is_some());
        (member.carries, member.primary) = (Carries::JobsOnly, false);
        assert_eq!(jobs_only.fault(&member, &spec()), None);
    }
}
