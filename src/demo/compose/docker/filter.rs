//! Which containers are meant, by their labels.

use std::collections::BTreeMap;

use super::container::Container;

const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";
const ONEOFF: &str = "com.docker.compose.oneoff";

pub fn labels(container: &Container) -> BTreeMap<&'static str, &str> {
    let fixed = &container.fixed;
    BTreeMap::from([
        (PROJECT, fixed.project.as_str()),
        (SERVICE, fixed.service.as_str()),
        (ONEOFF, if fixed.oneoff { "True" } else { "False" }),
    ])
}

/// Labels that must all be there, written `KEY` or `KEY=VALUE`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<String>);

impl Filter {
    pub fn of(labels: impl IntoIterator<Item = String>) -> Self {
        Self(labels.into_iter().collect())
    }

    /// The containers of one service of a project, as compose itself sees them.
    pub fn service(project: &str, service: &str) -> Self {
        Self::of([
            format!("{PROJECT}={project}"),
            format!("{SERVICE}={service}"),
            format!("{ONEOFF}=False"),
        ])
    }

    pub fn takes(&self, container: &Container) -> bool {
        let labels = labels(container);
        self.0.iter().all(|wanted| match wanted.split_once('=') {
            None => labels.contains_key(wanted.as_str()),
            Some((key, value)) => labels.get(key) == Some(&value),
        })
    }
}
