//! The lab that is up: its hosts, what users get from them, and its faults.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};

use super::tell;
use crate::left_out::left_out;

/// Set: the lab is up, and a test that does not find it fails.
const VARIABLE: &str = "FLIPSIDE_LAB";
/// Several labs are up, `NAME=NET NAME=NET`: so many tests work at once, each in a lab of its own.
const SEVERAL: &str = "FLIPSIDE_LABS";

#[derive(Debug)]
pub struct Lab {
    pub vars: BTreeMap<String, String>,
    which: &'static Which,
    /// Held while a test is at work: it has the lab to itself, also among several processes.
    _turn: File,
    began: Instant,
}

/// One lab, by the variables that its scripts know it by; none: the one of this shell.
#[derive(Debug)]
struct Which {
    variables: Vec<(&'static str, String)>,
    vars: OnceLock<BTreeMap<String, String>>,
}

/// What one request is answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    pub status: String,
    pub color: String,
    pub release: String,
}

/// A fault that is healed when the test ends, however it ends.
#[derive(Debug)]
pub struct Fault<'a> {
    /// Faults are the lab's: they end before the test gives it to the next.
    of: &'a Lab,
    kind: &'static str,
    host: &'static str,
}

/// Something done by hand, and what undoes it.
#[derive(Debug)]
pub struct Changed<'a> {
    of: &'a Lab,
    host: &'static str,
    undo: &'static str,
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab").join(name)
}

/// The labs that are up.
fn labs() -> &'static [Which] {
    static LABS: OnceLock<Vec<Which>> = OnceLock::new();
    LABS.get_or_init(|| {
        let told = std::env::var(SEVERAL).unwrap_or_default();
        let named =
            told.split_whitespace().filter_map(|lab| lab.split_once('=')).map(|(name, net)| {
                vec![("FLIPSIDE_LAB_NAME", name.to_owned()), ("FLIPSIDE_LAB_NET", net.to_owned())]
            });
        let mut all: Vec<_> = named.collect();
        if all.is_empty() {
            all.push(Vec::new());
        }
        all.into_iter().map(|variables| Which { variables, vars: OnceLock::new() }).collect()
    })
}

impl Which {
    /// Runs one of the lab's scripts; its words, and whether it went well.
    fn ask(&self, name: &str, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(script(name));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let said =
            command.args(arguments).stdin(Stdio::null()).output().expect("tests/lab is there");
        let mut text = String::from_utf8_lossy(&said.stdout).into_owned();
        if !said.status.success() {
            text.push_str(&String::from_utf8_lossy(&said.stderr));
        }
        (said.status.success(), text)
    }

    fn vars(&self) -> &BTreeMap<String, String> {
        self.vars.get_or_init(|| self.environment())
    }

    fn environment(&self) -> BTreeMap<String, String> {
        let (up, told) = self.ask("lab", &["env"]);
        assert!(up, "{VARIABLE} is set, but the lab is not up: {told}");
        told.lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
            .collect()
    }

    /// This lab, if no test is at work in it.
    fn free(&'static self) -> Option<Lab> {
        let vars = self.vars();
        let turn = File::create(Path::new(&vars["LAB_DIR"]).join("turn")).unwrap();
        turn.try_lock().ok()?;
        Some(Lab { vars: vars.clone(), which: self, _turn: turn, began: Instant::now() })
    }
}

impl Lab {
    /// The lab, for as long as the test works. `None`: these suites are left out here, which is reported.
    pub fn here() -> Option<Self> {
        static TOLD: Once = Once::new();
        if std::env::var_os(VARIABLE).is_none() {
            // Said once, and a failure of each test where it is one.
            TOLD.call_once_force(|_| {
                left_out("the lab suites. No lab is up; `tests/run lab` starts one.");
            });
            return None;
        }
        loop {
            if let Some(lab) = labs().iter().find_map(Which::free) {
                return Some(lab);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The lab with these hosts as on their first day: users on blue v1, nothing prepared.
    pub fn calm(hosts: &[&'static str]) -> Option<Self> {
        let lab = Self::here()?;
        let wild: Vec<&str> = hosts.iter().copied().filter(|host| !lab.is_calm(host)).collect();
        if !wild.is_empty() {
            lab.lab(&[&["reset"], wild.as_slice()].concat());
        }
        Some(lab)
    }

    /// Is it? What an earlier test prepared, and users do not see, is removed.
    fn is_calm(&self, host: &str) -> bool {
        let web =
            "[ $(cat live-color) = blue ] && ! grep -q 8002 /etc/nginx/flipside/shop-*.conf &&
            [ \"$(ls /etc/nginx/flipside | wc -l)\" = 2 ] && [ -z \"$(ls /etc/nginx/conf.d)\" ] &&
            curl -s -m 2 -D - -o /dev/null http://127.0.0.1/ | grep -q 'X-Release: v1' &&
            curl -s -m 2 -o /dev/null http://127.0.0.1:8080/ &&";
        let look = format!(
            "cd /srv/shop && {} [ ! -e .flipside/lock ] &&
            [ $(readlink docker-compose.yml) = docker-compose.20260101-000000-v1.yml ] &&
            [ \"$(timeout 5 docker ps --format '{{{{.Image}}}} {{{{.Names}}}}' | grep -c 'v1 shop-')\" = {} ] &&
            {{ docker rm -f $(docker ps -aq --filter name=green --filter name=migrat) >/dev/null 2>&1 || :
            ls docker-compose.*.yml | grep -v 20260101-000000-v1 | xargs rm -rf .flipside; }}",
            if host.starts_with("jobs") { "" } else { web },
            if host.starts_with("jobs") { 2 } else { 3 },
        );
        self.which.ask("lab", &["exec", host, "sh", "-c", &look]).0
    }

    pub fn registry(&self) -> &str {
        &self.vars["LAB_REGISTRY"]
    }

    /// The lab's variables as they are now.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.which.environment()
    }

    /// One command of the lab, which must go well.
    pub fn lab(&self, arguments: &[&str]) -> String {
        let (well, text) = self.which.ask("lab", arguments);
        assert!(well, "lab {}: {text}", arguments.join(" "));
        text
    }

    /// The inventory of the whole lab.
    pub fn inventory(&self) -> String {
        let (well, text) = self.which.ask("inventory", &[]);
        assert!(well, "{text}");
        text
    }

    /// A shell command as root inside a host, not over the network; what it prints.
    pub fn on(&self, host: &str, command: &str) -> String {
        self.lab(&["exec", host, "sh", "-c", command]).trim_end().to_owned()
    }

    /// One more release in the registry.
    pub fn push(&self, tag: &str, behaviour: &str) {
        self.lab(&["push", tag, behaviour]);
    }

    #[must_use]
    pub fn fault(&self, kind: &'static str, host: &'static str) -> Fault<'_> {
        self.lab(&["fault", kind, host]);
        Fault { of: self, kind, host }
    }

    /// Something done by hand to a host, which is undone when the test ends, however it ends.
    #[must_use]
    pub fn changed(&self, host: &'static str, by: &str, undo: &'static str) -> Changed<'_> {
        self.on(host, by);
        Changed { of: self, host, undo }
    }

    /// What users get from a host.
    pub fn users(&self, host: &str) -> Page {
        self.page(host, 80)
    }

    /// What the passive side shows.
    pub fn passive(&self, host: &str) -> Page {
        self.page(host, 8080)
    }

    pub fn page(&self, host: &str, port: u16) -> Page {
        let url = format!("http://{}:{port}/", self.vars[&format!("LAB_ADDR_{host}")]);
        let told = Command::new("curl")
            .args(["-s", "-m", "5", "-o", "/dev/null", "-w"])
            .args(["%{http_code}|%header{x-flipside-color}|%header{x-release}", &url])
            .output()
            .expect("curl is there");
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        let mut parts = text.split('|').map(ToOwned::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        Page { status: next(), color: next(), release: next() }
    }

    /// Users of each of these hosts get this color and release.
    pub fn users_get(&self, hosts: &[&str], color: &str, release: &str) {
        for host in hosts {
            let page = self.users(host);
            assert_eq!(
                (page.status.as_str(), page.color.as_str(), page.release.as_str()),
                ("200", color, release),
                "what users of {host} get"
            );
        }
    }

    /// The services that have a container on a host, running or not, with their tags and states.
    pub fn containers(&self, host: &str) -> Vec<String> {
        let format = "{{.Label \"com.docker.compose.service\"}} {{.Image}} {{.State}}";
        let told = self.on(host, &format!("docker ps -a --format '{format}'"));
        let image = format!("{}/shop:", self.registry());
        let mut lines: Vec<String> = told.lines().map(|line| line.replace(&image, "")).collect();
        lines.sort();
        lines
    }

    pub fn is_locked(&self, host: &str) -> bool {
        self.on(host, "ls /srv/shop/.flipside/lock 2>/dev/null || :").ends_with("lock")
    }

    /// No host is locked any more.
    pub fn nobody_holds(&self, hosts: &[&str]) {
        for host in hosts {
            assert!(!self.is_locked(host), "the lock on {host} was not given back");
        }
    }
}

impl Fault<'_> {
    pub fn heal(self) {
        drop(self);
    }
}

impl Changed<'_> {
    pub fn undo(self) {
        drop(self);
    }
}

impl Drop for Changed<'_> {
    fn drop(&mut self) {
        let (well, text) = self.of.which.ask("lab", &["exec", self.host, "sh", "-c", self.undo]);
        assert!(well || std::thread::panicking(), "undoing on {}: {text}", self.host);
    }
}

impl Drop for Fault<'_> {
    fn drop(&mut self) {
        let (well, text) = self.of.which.ask("lab", &["heal", self.kind, self.host]);
        assert!(well || std::thread::panicking(), "lab heal {} {}: {text}", self.kind, self.host);
    }
}

/// How long each test took, for whoever wants them quicker.
impl Drop for Lab {
    fn drop(&mut self) {
        let test = std::thread::current();
        tell(&format!(
            "{:5.1} s {}",
            self.began.elapsed().as_secs_f64(),
            test.name().unwrap_or("?")
        ));
    }
}
