//! Inventories for tests, and ways to look into what they became.

use std::path::PathBuf;

use flipside::base::problem::Problems;
use flipside::domain::names::{AppName, EnvName};
use flipside::domain::spec::{AppSpec, Inventory, Member};
use flipside::inventory::{Loaded, from_text};
use flipside::platform::DECODERS;
use flipside::platform::compose::ComposeSpec;

pub const MINIMAL: &str = "\
version: 1

environments:
  production:
    hosts:
      web-01:
        address: web-01.example.org
        roles: [app, primary]
      web-02:
        address: web-02.example.org

apps:
  shop:
    image: registry.example.org/shop
    template: docs/docker-compose.template.yml
";

/// As if the text were the file `inventory.yaml` in the top directory.
pub fn load(text: &str) -> Result<Loaded, Problems> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("inventory.yaml");
    from_text(&path, text.to_owned(), DECODERS)
}

pub fn app<'i>(inventory: &'i Inventory, environment: &str, app: &str) -> &'i AppSpec {
    let environment = &inventory.environments[&EnvName::new(environment).unwrap()];
    &environment.apps[&AppName::new(app).unwrap()]
}

pub fn compose(member: &Member) -> &ComposeSpec {
    member.platform.get().unwrap()
}

/// What is said of a text that does not load, with this machine's paths left out.
pub fn told(text: &str) -> String {
    let problems = load(text).expect_err("it loads");
    problems.report().replace(&format!("{}/", env!("CARGO_MANIFEST_DIR")), "")
}

/// A right inventory, with some lines more under its app.
pub fn with_app(lines: &str) -> String {
    with("", lines)
}

/// The same, with some lines more under its first host.
pub fn with_host(lines: &str) -> String {
    with(lines, "")
}

fn with(host: &str, app: &str) -> String {
    format!(
        "\
version: 1
roles: [lb]
environments:
  production:
    groups: {{canary: {{}}}}
    hosts:
      web-01:
        {host}
      web-02:
        address: 10.0.0.2
        roles: [app]
      lb-01:
        roles: [lb]
apps:
  shop:
    image: shop
    template: docs/docker-compose.template.yml
    {app}
"
    )
}
