//! The configuration that a release gets, explained value by value.

use std::path::PathBuf;

use serde::Serialize;

/// The configuration of an app on one target. Secrets stand as their references, and what may be one is covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Configuration {
    /// The file of a release that it is written to.
    pub file: String,
    /// The files that it is merged from, the first one at the bottom.
    pub layers: Vec<PathBuf>,
    pub values: Vec<ConfiguredValue>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfiguredValue {
    /// `db.hosts[0]`
    pub path: String,
    pub value: String,
    pub set_in: Place,
    /// What earlier layers had set, the first one first.
    pub shadowed: Vec<(String, Place)>,
}

/// Where a value is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    pub file: PathBuf,
    pub line: usize,
}

impl Configuration {
    /// Returns only the value of this name, or those below it.
    #[must_use]
    pub fn at(mut self, key: &str) -> Self {
        let is = |path: &str| {
            let rest = path.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.values.retain(|value| is(&value.path));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_selects_itself_and_what_is_below_it() {
        let value = |path: &str| ConfiguredValue {
            path: path.to_owned(),
            value: "1".to_owned(),
            set_in: Place { file: "common.yaml".into(), line: 1 },
            shadowed: Vec::new(),
        };
        let all = Configuration {
            file: "configuration.json".to_owned(),
            layers: Vec::new(),
            values: ["db.host", "db.hosts[0]", "db.hosts[1].name", "dbx"].map(value).to_vec(),
        };
        let at = |key: &str| {
            let values = all.clone().at(key).values;
            values.into_iter().map(|value| value.path).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(at("db"), "db.host db.hosts[0] db.hosts[1].name");
        assert_eq!(at("db.host"), "db.host");
        assert_eq!(at("db.hosts"), "db.hosts[0] db.hosts[1].name");
        assert_eq!(at("db.h"), "");
    }
}
