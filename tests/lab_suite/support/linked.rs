//! Symlink hosts: what is true of one, and a console for them.

use std::collections::BTreeMap;
use std::fs;

use super::{Console, Lab};

/// One symlink host, asked past SSH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    pub host: &'static str,
    facts: BTreeMap<String, String>,
}

/// Prints one fact a line.
const ASK: &str = r#"cd /srv/shop || exit
page() { curl -s -m 5 -o /dev/null -w "$1 %{http_code} %header{x-release}\n" "http://127.0.0.1:$2/"; }
page users 80
page passive 8080
page blue 8001
page green 8002
echo "color $(cat live-color 2>/dev/null)"
for link in live current .flipside/slots/blue .flipside/slots/green; do
    to=$(readlink $link) && echo "${link##*/}-link ${to##*/}"
done
echo "version $(cat .flipside/live-version 2>/dev/null)"
echo "previous $(cat .flipside/previous-version 2>/dev/null)"
for hook in .flipside/hooks/*; do [ ! -f $hook ] || echo "hook-${hook##*/} $(cut -d' ' -f1-2 $hook)"; done
echo "versions $(ls -A versions releases 2>/dev/null | grep -v : | sort | xargs)"
for mark in lock switching frozen; do [ ! -e .flipside/$mark ] || echo "marks $mark"; done
exit 0"#;

/// Prints everything that a refused release must leave as it was: files of the app without those that every run
/// writes, the configuration of nginx, and the process that serves users.
const PRINT: &str = r"cd /srv && find . -path ./shop/.flipside/lock-count -o -path ./shop/.flipside/reserve -o -path ./shop/.flipside/archives \
    -o -type d -printf '%p %y %m\n' -o -printf '%p %y %m %s %l\n' | sort
find /srv /etc/passwd -type f -user root
cat /etc/nginx/flipside/*
ss -Hltnp 'sport = :8001 or sport = :8002' | grep -o 'pid=[0-9]*' | sort";

impl Linked {
    pub fn of(lab: &Lab, host: &'static str) -> Self {
        let text = lab.on(host, ASK);
        let facts = text.lines().filter_map(|line| line.split_once(' '));
        Self { host, facts: facts.map(|(k, v)| (k.to_owned(), v.trim().to_owned())).collect() }
    }

    pub fn fact(&self, name: &str) -> &str {
        self.facts.get(name).map_or("", String::as_str)
    }

    pub fn is_locked(&self) -> bool {
        self.fact("marks").contains("lock")
    }

    /// Returns everything on a host with a pair that is not about this release, or is left over from a run.
    pub fn disagrees(&self, color: &str, release: &str) -> Vec<String> {
        let answer = format!("200 {release}");
        let wanted = [
            ("users", answer.as_str()),
            (color, &answer),
            ("color", color),
            ("live-link", release),
            (&format!("{color}-link"), release),
            ("version", release),
            ("marks", ""),
        ];
        let wrong = wanted.iter().filter(|(name, value)| self.fact(name) != *value);
        wrong
            .map(|(name, value)| {
                format!("{}: {name} is {:?}, not {value:?}", self.host, self.fact(name))
            })
            .collect()
    }

    pub fn in_words(&self) -> String {
        let Self { host, .. } = self;
        let [users, link, marks] = ["users", "live-link", "marks"].map(|name| self.fact(name));
        format!("{host}: users {users}, live -> {link} {marks}").trim_end().to_owned()
    }
}

impl Lab {
    /// The lab with these symlink hosts as on their first day. They are started where they are not up.
    pub fn linked(hosts: &[&'static str]) -> Option<Self> {
        let mut lab = Self::here()?;
        let name = |host: &str| format!("LAB_ADDR_{host}");
        lab.vars = lab.environment();
        let (up, missing): (Vec<&str>, Vec<&str>) =
            hosts.iter().partition(|host| lab.vars.contains_key(&name(host)));
        if !missing.is_empty() {
            lab.lab(&[&["up"], missing.as_slice()].concat());
            lab.vars = lab.environment();
        }
        if !up.is_empty() {
            lab.lab(&[&["reset"], up.as_slice()].concat());
        }
        Some(lab)
    }

    /// Asserts that everything on these hosts is about this release.
    pub fn all_is(&self, hosts: &[&'static str], color: &str, release: &str) {
        let wrong: Vec<String> = hosts
            .iter()
            .flat_map(|host| Linked::of(self, host).disagrees(color, release))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// What a refused release must leave as it was on a symlink host.
    pub fn fingerprint(&self, host: &str) -> String {
        self.on(host, PRINT)
    }
}

impl Console {
    /// A console for symlink hosts of one environment of `tests/lab/symlink.yaml`.
    pub fn linked(lab: &Lab, environment: &str, hosts: &[&str]) -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/symlink.yaml");
        let text = fs::read_to_string(path).unwrap();
        let (head, environments) = text.split_once("environments:\n").unwrap();
        let mut inventory = format!("{head}environments:\n");
        let mut kept = false;
        for line in environments.lines() {
            if let Some(name) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) {
                kept = name.trim_end_matches(':') == environment;
            }
            let host = line.trim_start().split_once(": { address: ").map(|(host, _)| host);
            match host {
                Some(host) if kept && hosts.contains(&host) => {
                    let address = &lab.vars[&format!("LAB_ADDR_{host}")];
                    inventory.push_str(&format!("      {host}: {{ address: {address} }}\n"));
                }
                None if kept => inventory.push_str(&format!("{line}\n")),
                _ => {}
            }
        }
        Self::with_inventory(inventory)
            .with("192.0.2.1:8000", &lab.vars["LAB_ARTIFACTS"])
            .with("/var/tmp/lab/id_ed25519", &lab.vars["LAB_KEY"])
            .with("/var/tmp/lab/known_hosts", &lab.vars["LAB_KNOWN_HOSTS"])
    }

    /// A symlink host that says nothing any more is noticed within a few seconds.
    #[must_use]
    pub fn quick_to_notice(self) -> Self {
        self.with("connect_timeout: 10s", "connect_timeout: 2s")
            .with("keepalive: 15s", "keepalive: 1s")
    }
}
