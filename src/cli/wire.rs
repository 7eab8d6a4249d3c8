//! Wires an engine to real hosts.

use std::sync::Arc;

use chrono::Utc;

use super::place::Here;
use crate::domain::spec::Environment;
use crate::engine::{Attendance, Engine, Handle, Setup};
use crate::transport::Prompter;
use crate::transport::http::Http;
use crate::transport::ssh::Ssh;

/// An engine for this environment.
pub fn engine(
    here: &Here,
    prompter: Arc<dyn Prompter>,
    attendance: Attendance,
) -> (Engine, Handle) {
    let environment: Environment = here.environment.clone();
    let hosts = environment.hosts.values().cloned().collect();
    Engine::start(Setup {
        environment,
        shell: Arc::new(Ssh::new(hosts, prompter)),
        web: Arc::new(Http::new()),
        clock: Arc::new(Utc::now),
        journals: here.journals.clone(),
        inventory: here.found.path.display().to_string(),
        attendance,
    })
}
