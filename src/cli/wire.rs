//! Wires an engine to real hosts.

use std::sync::Arc;

use chrono::Utc;

use super::place::Here;
use crate::domain::spec::Environment;
use crate::engine::{Attendance, Engine, EngineConfig, EngineHandle};
use crate::transport::Prompter;
use crate::transport::http::Http;
use crate::transport::registry::{Catalog, Registries};
use crate::transport::ssh::Ssh;

/// An engine for this environment, with real registries.
pub fn engine(
    here: &Here,
    prompter: Arc<dyn Prompter>,
    attendance: Attendance,
) -> (Engine, EngineHandle) {
    engine_with(here, prompter, attendance, Arc::new(Registries::new()))
}

pub fn engine_with(
    here: &Here,
    prompter: Arc<dyn Prompter>,
    attendance: Attendance,
    catalog: Arc<dyn Catalog>,
) -> (Engine, EngineHandle) {
    let environment: Environment = here.environment.clone();
    let hosts = environment.hosts.values().cloned().collect();
    Engine::start(EngineConfig {
        environment,
        shell: Arc::new(Ssh::new(hosts, prompter)),
        web: Arc::new(Http::new()),
        catalog,
        clock: Arc::new(Utc::now),
        journals: here.journals.clone(),
        inventory: here.found.path.display().to_string(),
        attendance,
    })
}
