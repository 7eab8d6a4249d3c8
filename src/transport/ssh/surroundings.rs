//! What the process stands in: home, user, agent, the `ssh` program. Given to the transport from
//! outside, so that a test can be somebody else.

use std::ffi::OsString;
use std::path::PathBuf;

/// See the module.
#[derive(Clone)]
pub struct Surroundings {
    pub home: PathBuf,
    /// Who is logged in here; the user on a server unless something says otherwise.
    pub user: String,
    /// `SSH_AUTH_SOCK`.
    pub agent: Option<PathBuf>,
    /// The `ssh` program, which is asked what its configuration means. `None`: we read it ourselves.
    pub ssh: Option<PathBuf>,
    /// Environment variables that a configuration may name.
    pub variable: fn(&str) -> Option<OsString>,
}

impl Surroundings {
    pub fn of_process() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let text = |name| variable(name).and_then(|value| value.into_string().ok());
        Self {
            home: std::env::home_dir().unwrap_or_else(|| PathBuf::from("/")),
            user: text("USER").or_else(|| text("LOGNAME")).unwrap_or_else(|| "root".to_owned()),
            agent: variable("SSH_AUTH_SOCK").map(PathBuf::from),
            ssh: program("ssh"),
            variable,
        }
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings")
            .field("home", &self.home)
            .field("user", &self.user)
            .field("agent", &self.agent)
            .field("ssh", &self.ssh)
            .finish_non_exhaustive()
    }
}
