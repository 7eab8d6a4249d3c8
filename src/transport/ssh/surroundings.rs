//! The surroundings of the process: home, user, agent, the `ssh` program. They are passed to the transport, so that a
//! test can set them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

/// The home, user, agent and `ssh` program to use.
#[derive(Clone)]
pub struct Surroundings {
    pub home: PathBuf,
    /// Who is logged in here; the user on a server unless something says otherwise. Empty: the user
    /// id has no name on this machine.
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
            user: name_of_uid()
                .or_else(|| text("USER"))
                .or_else(|| text("LOGNAME"))
                .unwrap_or_default(),
            agent: variable("SSH_AUTH_SOCK").map(PathBuf::from),
            ssh: program("ssh"),
            variable,
        }
    }
}

/// As ssh(1) has it: the name of the user id, whatever the environment says (`sudo -E`, `su`).
fn name_of_uid() -> Option<String> {
    let uid = rustix::process::getuid().as_raw().to_string();
    let local = std::fs::read_to_string("/etc/passwd").ok().and_then(|text| named(&text, &uid));
    // Users of a directory service are in no file.
    local.or_else(|| {
        let asked = std::process::Command::new("id").arg("-un").stderr(Stdio::null()).output();
        let said = asked.ok().filter(|output| output.status.success())?;
        let name = String::from_utf8(said.stdout).ok()?.trim().to_owned();
        // Some print the number where there is no name.
        (!name.is_empty() && name != uid).then_some(name)
    })
}

/// The first line of `passwd` that has this user id.
fn named(passwd: &str, uid: &str) -> Option<String> {
    let mut users = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let user = users.find(|user| user.len() > 6 && user[2] == uid && !user[0].is_empty())?;
    (!user[0].starts_with(['+', '-'])).then(|| user[0].to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_who_the_user_id_says() {
        let passwd = "root:x:0:0::/root:/bin/sh\nmara:x:1000:1000::/home/mara:/bin/sh\n\
                      toor:x:0:0::/root:/bin/sh\n+::::::\nbroken:x:7\n";
        assert_eq!(named(passwd, "0").as_deref(), Some("root"));
        assert_eq!(named(passwd, "1000").as_deref(), Some("mara"));
        assert_eq!(named(passwd, "7"), None);
        assert_eq!(named(passwd, "4711"), None);
    }

    #[test]
    fn this_user_is_who_id_says() {
        let said = std::process::Command::new("id").arg("-un").output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        assert_eq!(Surroundings::of_process().user, said.trim());
    }
}
