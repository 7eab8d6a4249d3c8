//! A compose file, as far as the demo's stand-in can carry it out. What it cannot is refused: a key
//! that is silently passed over would make the demo a lie.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use serde::Deserialize;
use serde_yaml::Value;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComposeFile {
    services: BTreeMap<String, Service>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    image: Option<String>,
    #[serde(default)]
    ports: Vec<String>,
    healthcheck: Option<Value>,
    restart: Option<String>,
    // Taken, and of no effect here: the app needs none of them.
    #[serde(default, rename = "command")]
    _command: Option<Value>,
    #[serde(default, rename = "environment")]
    _environment: Option<Value>,
    #[serde(default, rename = "labels")]
    _labels: Option<Value>,
    #[serde(default, rename = "profiles")]
    _profiles: Option<Value>,
    #[serde(default, rename = "stop_grace_period")]
    _stop_grace_period: Option<Value>,
}

impl ComposeFile {
    /// `Err`: what `docker compose` would print.
    pub async fn read(path: &Path) -> Result<Self, String> {
        let text = tokio::fs::read_to_string(path)
            .await
            .map_err(|error| format!("open {}: {error}", path.display()))?;
        let file: Self = serde_yaml::from_str(&text)
            .map_err(|error| format!("validating {}: {error}", path.display()))?;
        for (name, service) in &file.services {
            if service.image.is_none() {
                return Err(format!(
                    "service {name:?} has neither an image nor a build context specified: invalid compose project"
                ));
            }
            service.address()?;
        }
        Ok(file)
    }

    pub fn service(&self, name: &str) -> Result<&Service, String> {
        self.services.get(name).ok_or_else(|| format!("no such service: {name}"))
    }
}

impl Service {
    pub fn image(&self) -> &str {
        self.image.as_deref().unwrap_or_default()
    }

    /// Where its one port is published: `127.0.0.1:8001:8000` in the file.
    pub fn address(&self) -> Result<Option<SocketAddr>, String> {
        let port = match self.ports.as_slice() {
            [] => return Ok(None),
            [port] => port,
            _ => return Err("the demo's stand-in publishes one port of a service".to_owned()),
        };
        let address = port.rsplit_once(':').and_then(|(address, _)| address.parse().ok());
        address.map(Some).ok_or_else(|| format!("invalid IP:port in a port binding: {port}"))
    }

    pub fn has_check(&self) -> bool {
        self.healthcheck.is_some()
    }

    pub fn restarts(&self) -> bool {
        matches!(self.restart.as_deref(), Some("always" | "unless-stopped" | "on-failure"))
    }
}
