//! The inventory of a small shop, for as many hosts as a test names.

use flipside::domain::spec::Environment;
use tempfile::TempDir;

use super::host::IMAGE;

pub const TEMPLATE: &str = "services: { shop_blue: '{{ image.blue }}', shop_green: '{{ image.green }}', djobs: '{{ image.jobs }}', migrator: '{{ image.migrator }}' }\n";

/// What a test wants to be different about the inventory.
#[derive(Debug, Clone, Copy)]
pub struct Inventory<'a> {
    pub template: &'a str,
    /// More lines of the app, indented by four.
    pub app: &'a str,
    /// More lines of the environment, indented by four.
    pub rules: &'a str,
}

impl Default for Inventory<'_> {
    fn default() -> Self {
        Self { template: TEMPLATE, app: "", rules: "" }
    }
}

impl Inventory<'_> {
    /// Hosts whose names begin with `jobs` carry nothing but the jobs; the first other one is the primary.
    pub fn environment(self, names: &[String]) -> Environment {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("compose.yml"), self.template).unwrap();
        let is_jobs = |name: &&String| name.starts_with("jobs");
        let primary = names.iter().find(|name| !is_jobs(name));
        let mut hosts = String::new();
        for name in names {
            let role = if is_jobs(&name) { "jobs" } else { "app" };
            let primary = if Some(name) == primary { ", primary" } else { "" };
            hosts.push_str(&format!(
                "      {name}: {{ address: {name}.test, roles: [{role}{primary}] }}\n"
            ));
        }
        let text = format!(
            "version: 1\n\
             apps:\n  shop:\n    image: {IMAGE}\n    template: compose.yml\n    jobs: [djobs]\n    migration: {{ service: migrator }}\n    \
             nginx: {{ live_include: /i/live.conf, passive_include: /i/passive.conf }}\n{}\
             environments:\n  test:\n{}    hosts:\n{hosts}",
            self.app, self.rules
        );
        let loaded = flipside::inventory::from_text(
            &dir.path().join("inventory.yaml"),
            text,
            flipside::platform::DECODERS,
        );
        let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
        loaded.inventory.environments.into_values().next().unwrap()
    }
}
