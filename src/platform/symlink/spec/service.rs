//! The services of a pair, and the command lines that start, stop and ask one.

use super::SymlinkSpec;
use crate::base::shell::quote;
use crate::domain::names::Color;

/// What runs a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// One systemd unit for each slot. A unit must not be activated by a socket: what is stopped must not answer.
    Systemd {
        /// How systemd is spoken to: `[sudo, -n, systemctl]`, `[systemctl, --user]`.
        systemctl: Vec<String>,
    },
    /// Commands of the inventory, as program and arguments, with `{color}`, `{port}`, `{dir}` and `{slot}`.
    Commands {
        /// Starts the service, and ends.
        start: Vec<String>,
        /// Stops it; it is no error if it does not run.
        stop: Vec<String>,
        /// Exits with 0 while it runs.
        status: Vec<String>,
    },
}

/// The command lines of one slot's service, for a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLines {
    pub start: String,
    pub stop: String,
    pub status: String,
    /// Prints the end of the service's log; empty: there is no command for it.
    pub log: String,
}

impl Service {
    /// Returns the command lines of a slot's service.
    pub fn lines(&self, spec: &SymlinkSpec, color: &Color) -> ServiceLines {
        match self {
            Self::Systemd { systemctl } => {
                let unit = quote(spec.unit(color));
                let (change, ask) = (line(systemctl), line(without_sudo(systemctl)));
                let user =
                    if systemctl.iter().any(|word| word == "--user") { " --user" } else { "" };
                ServiceLines {
                    start: format!("{change} start -- {unit}"),
                    stop: format!("{change} stop -- {unit}"),
                    status: format!("{ask} is-active --quiet -- {unit}"),
                    log: format!("journalctl{user} --no-pager --lines 60 --unit {unit}"),
                }
            }
            Self::Commands { start, stop, status } => {
                let line = |words: &[String]| {
                    line(&words.iter().map(|word| filled(word, spec, color)).collect::<Vec<_>>())
                };
                ServiceLines {
                    start: line(start),
                    stop: line(stop),
                    status: line(status),
                    log: String::new(),
                }
            }
        }
    }

    /// Returns the program that follows a service's log. `None`: only systemd has one log of each service.
    pub fn follow(&self, spec: &SymlinkSpec, color: &Color) -> Option<Vec<String>> {
        let Self::Systemd { systemctl } = self else { return None };
        let user = systemctl.iter().any(|word| word == "--user").then_some("--user");
        let words =
            ["--follow", "--lines=100", "--output=cat", "--no-pager", "--unit", spec.unit(color)];
        let all = std::iter::once("journalctl").chain(user).chain(words);
        Some(all.map(str::to_owned).collect())
    }

    /// Returns how an observation asks for a service: the settings `manager` and, for this color, `service`.
    pub fn asked(&self, spec: &SymlinkSpec, color: &Color) -> [String; 2] {
        match self {
            Self::Systemd { systemctl } => {
                [line(without_sudo(systemctl)), spec.unit(color).to_owned()]
            }
            Self::Commands { .. } => ["commands".to_owned(), self.lines(spec, color).status],
        }
    }
}

fn line(words: &[String]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// Returns the words from `systemctl` on: everyone may ask it.
fn without_sudo(systemctl: &[String]) -> &[String] {
    let at = systemctl.iter().position(|word| word.rsplit('/').next() == Some("systemctl"));
    systemctl.get(at.unwrap_or(0)..).unwrap_or(systemctl)
}

fn filled(word: &str, spec: &SymlinkSpec, color: &Color) -> String {
    let port = spec.address(color).rsplit_once(':').map_or("", |(_, port)| port);
    word.replace("{color}", color.as_str())
        .replace("{port}", port)
        .replace("{dir}", &spec.stack.dir)
        .replace("{slot}", &format!("{}/.flipside/slots/{color}", spec.stack.dir))
}
