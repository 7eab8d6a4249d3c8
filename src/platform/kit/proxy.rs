//! The configuration of nginx on a host, and why it is not known.

use serde::{Deserialize, Serialize};

use super::nginx::Served;
use super::spec::ProxySpec;
use crate::domain::observation::Observation;

/// The configuration of nginx, read from its own dump (`nginx -T`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Proxy {
    /// Why there is no dump to read.
    #[serde(alias = "complaint")]
    pub dump_error: Option<DumpError>,
    /// The checksum of the dump that was read. While it stays the same, the host does not send the dump again.
    pub sum: Option<String>,
    #[serde(flatten)]
    pub served: Served,
}

/// Why the configuration of nginx is not known, with the message of the program that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DumpError {
    /// nginx ran and rejected its own configuration.
    #[serde(alias = "broken")]
    InvalidConfig(String),
    /// `sudo` does not allow the login user to run it.
    #[serde(alias = "not_allowed")]
    Denied(String),
    /// There is no such program.
    #[serde(alias = "not_there")]
    NotInstalled(String),
    /// The dump cannot be parsed.
    Unreadable(String),
}

impl Proxy {
    /// Reads the answer about nginx. The first line says what the rest is: `dump SUM`, `same SUM`, `long BYTES`, or `failed EXIT WHY`.
    pub fn read(text: &str, spec: &ProxySpec, last: Option<&Self>) -> Self {
        let (head, rest) = text.split_once('\n').unwrap_or((text, ""));
        let dump_error = match *head.split(' ').collect::<Vec<_>>() {
            ["same", sum] => match last.filter(|last| last.sum.as_deref() == Some(sum)) {
                Some(last) => return last.clone(),
                None => DumpError::Unreadable("the host did not send the configuration".to_owned()),
            },
            ["dump", sum] => match Served::read(rest, spec) {
                Ok(served) => {
                    return Self { dump_error: None, sum: Some(sum.to_owned()), served };
                }
                Err(why) => DumpError::Unreadable(why),
            },
            ["long", bytes] => DumpError::Unreadable(format!(
                "the configuration has {bytes} bytes, more than the limit"
            )),
            ["failed", code, why] => DumpError::of(code, why, rest),
            _ => DumpError::Unreadable("the host sent nothing".to_owned()),
        };
        Self { dump_error: Some(dump_error), ..Self::default() }
    }

    /// Returns the checksum of this configuration if it was parsed and both entry points are served. `last` is the observation
    /// that it is of. Otherwise the full answer is needed, since the host then also reports what setup has to know.
    pub fn known_sum(&self, spec: &ProxySpec, last: &Observation) -> Option<&str> {
        let upstreams = [&spec.nginx.live_upstream, &spec.nginx.passive_upstream];
        let named = last.live.answer.as_ref().is_some_and(|answer| answer.color.is_some());
        let served = |name: &String| {
            self.served.passes.contains(name) || named && self.served.upstream(name).is_some()
        };
        if upstreams.into_iter().all(served) { self.sum.as_deref() } else { None }
    }
}

impl DumpError {
    /// `why` is found by `observe.sh`, which asks sudo and looks for the program; it does not depend on the
    /// wording of `output`.
    fn of(code: &str, why: &str, output: &str) -> Self {
        let emerg = output.lines().find_map(|line| line.split_once("[emerg] "));
        let last = output.lines().rfind(|line| !line.trim().is_empty());
        let words = match (emerg, last) {
            (Some((_, message)), _) => without_pid(message).to_owned(),
            (None, Some(line)) => format!("{} (exit {code})", line.trim()),
            (None, None) => format!("no output (exit {code})"),
        };
        match why {
            // Only nginx itself prints that, so it was run.
            _ if emerg.is_some() => Self::InvalidConfig(words),
            "denied" => Self::Denied(words),
            "absent" => Self::NotInstalled(words),
            _ => Self::InvalidConfig(words),
        }
    }

    pub fn message(&self) -> &str {
        match self {
            Self::InvalidConfig(message)
            | Self::Denied(message)
            | Self::NotInstalled(message)
            | Self::Unreadable(message) => message,
        }
    }
}

/// Removes the prefix `24208#24208: `, which nginx puts before messages that it writes to a log.
pub fn without_pid(message: &str) -> &str {
    let is_pid = |prefix: &str| prefix.chars().all(|c| c.is_ascii_digit() || c == '#');
    message.split_once(": ").filter(|(prefix, _)| is_pid(prefix)).map_or(message, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::kit::fixture;

    fn read_of(text: &str, last: Option<&Proxy>) -> Proxy {
        Proxy::read(text, &fixture::proxy(), last)
    }

    #[test]
    fn a_dump_error_has_the_message_of_the_program_that_failed() {
        type Kind = fn(String) -> DumpError;
        let cases: [(&str, Kind, &str); 7] = [
            (
                "failed 1 denied\nsudo: a password is required\n",
                DumpError::Denied,
                "sudo: a password is required (exit 1)",
            ),
            (
                "failed 1 denied\nsudo-rs: interactive authentication is required\n",
                DumpError::Denied,
                "sudo-rs: interactive authentication is required (exit 1)",
            ),
            (
                "failed 127 absent\nbash: line 1: ngnix: command not found\n",
                DumpError::NotInstalled,
                "bash: line 1: ngnix: command not found (exit 127)",
            ),
            (
                "failed 1 failed\nnginx: [warn] old\nnginx: [emerg] unknown directive \"x\" in /n:1\nnginx: configuration file /n test failed\n",
                DumpError::InvalidConfig,
                "unknown directive \"x\" in /n:1",
            ),
            // An old sudo-rs cannot list what it allows. The message of nginx shows that it was run.
            (
                "failed 1 denied\n2026/01/01 00:00:00 [emerg] 7#7: bind() failed\n",
                DumpError::InvalidConfig,
                "bind() failed",
            ),
            (
                "failed 1 failed\nError response from daemon: No such container: edge\n",
                DumpError::InvalidConfig,
                "Error response from daemon: No such container: edge (exit 1)",
            ),
            ("failed 139 failed\n", DumpError::InvalidConfig, "no output (exit 139)"),
        ];
        for (text, kind, message) in cases {
            assert_eq!(read_of(text, None).dump_error, Some(kind(message.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_dump_with_a_known_checksum_is_taken_from_the_last_observation() {
        let dump = "dump abc\n# configuration file /n:\nhttp { upstream shop_live { server 127.0.0.1:8001; } }\n";
        let first = read_of(dump, None);
        assert_eq!((first.sum.as_deref(), first.served.upstreams.len()), (Some("abc"), 1));
        assert_eq!(read_of("same abc\n", Some(&first)), first);
        for (text, last) in [("same abc\n", None), ("same abd\n", Some(&first))] {
            assert!(read_of(text, last).dump_error.is_some(), "{text}");
        }
    }

    #[test]
    fn a_dump_that_cannot_be_parsed_names_file_and_line() {
        let found = read_of("dump abc\n# configuration file /n:\nhttp {\n", None);
        let why = "/n, line 2: unexpected end of file, expecting `;` or `}`";
        assert_eq!(found.dump_error, Some(DumpError::Unreadable(why.to_owned())));
        assert_eq!(found.sum, None, "the host must send it again");
    }
}
