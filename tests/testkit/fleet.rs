//! Simulated hosts behind the transport's trait, and the faults of the line between.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use flipside::domain::catalog::{
    Facts, Image, ListSummary, ReleaseSource, SourceError, SourceErrorKind,
};
use flipside::domain::command::{Command, Stdin};
use flipside::domain::event::Stream;
use flipside::domain::http::{Request, Response};
use flipside::domain::names::HostName;
use flipside::domain::release::{Digest, Release, Tag};
use flipside::transport::sources::Catalog;
use flipside::transport::{
    BoxFuture, ConnectionEvent, ConnectionWatcher, Ending, Limits, Shell, Sink, Unanswered, Web,
};
use tokio::time::sleep;

use super::host::{Host, Registry};

/// What goes wrong with one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The host never heard of it.
    NotStarted,
    /// The line broke before it did anything, and after it did all.
    LostBefore,
    LostAfter,
    /// It refused.
    Failed,
    /// The caller has a fault of its own.
    Panics,
}

/// Faults from a seed: the same seed, the same faults.
#[derive(Debug, Clone)]
pub struct Luck {
    state: u64,
    /// Of a hundred commands, so many meet a fault.
    pub percent: u64,
}

impl Luck {
    pub fn good() -> Self {
        Self { state: 0, percent: 0 }
    }

    pub fn of_seed(seed: u64, percent: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, percent }
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % sides
    }

    fn next(&mut self) -> Fault {
        if self.roll(100) >= self.percent {
            return Fault::None;
        }
        [Fault::NotStarted, Fault::LostBefore, Fault::LostAfter, Fault::Failed]
            [usize::try_from(self.roll(4)).unwrap()]
    }
}

/// What a command does on a host.
pub trait Simulated: Clone + Send + 'static {
    /// What `fence.sh` says before a script: `Some`, and the script does not run.
    fn fence(&self, text: &str) -> Option<i32>;

    /// What a script prints and how it exits.
    fn run(&mut self, name: &str, words: &[String], stdin: &str) -> (i32, String);
}

impl Simulated for Host {
    fn fence(&self, text: &str) -> Option<i32> {
        self.fence(text)
    }

    fn run(&mut self, name: &str, words: &[String], stdin: &str) -> (i32, String) {
        self.run(name, words, stdin)
    }
}

pub struct Fleet<H = Host> {
    pub hosts: Mutex<BTreeMap<String, H>>,
    /// Where the hosts pull from.
    pub registry: Arc<Mutex<Registry>>,
    pub luck: Mutex<Luck>,
    /// The next command of this name on this host meets this fault.
    pub planned: Mutex<Vec<(String, String, Fault)>>,
    /// How long commands of this name take on this host.
    pub slow: Mutex<BTreeMap<(String, String), Duration>>,
    /// Hosts that no command reaches.
    pub cut: Mutex<Vec<String>>,
    /// So many commands more are carried out; then no host is heard of any more.
    pub dies_after: Mutex<Option<u32>>,
    pub watcher: OnceLock<Arc<dyn ConnectionWatcher>>,
    /// How much longer than the others a command takes, at most, in milliseconds.
    pub jitter: Mutex<(Luck, u64)>,
}

impl Fleet {
    pub fn new(names: &[&str]) -> Arc<Self> {
        let registry = Arc::new(Mutex::new(Registry::default()));
        let host = |name: &&str| {
            let jobs_only = name.starts_with("jobs");
            let host = if jobs_only { Host::with_jobs_only } else { Host::new };
            ((*name).to_owned(), host(&registry))
        };
        let hosts = names.iter().map(host).collect();
        Self::of(hosts, registry)
    }
}

impl<H: Simulated> Fleet<H> {
    pub fn of(hosts: BTreeMap<String, H>, registry: Arc<Mutex<Registry>>) -> Arc<Self> {
        Arc::new(Self {
            hosts: Mutex::new(hosts),
            registry,
            luck: Mutex::new(Luck::good()),
            planned: Mutex::default(),
            slow: Mutex::default(),
            cut: Mutex::default(),
            dies_after: Mutex::default(),
            watcher: OnceLock::new(),
            jitter: Mutex::new((Luck::good(), 0)),
        })
    }

    pub fn host(&self, name: &str) -> H {
        self.hosts.lock().unwrap()[name].clone()
    }

    pub fn change(&self, name: &str, change: impl FnOnce(&mut H)) {
        change(self.hosts.lock().unwrap().get_mut(name).unwrap());
    }

    pub fn fails(&self, host: &str, script: &str, fault: Fault) {
        self.planned.lock().unwrap().push((host.to_owned(), script.to_owned(), fault));
    }

    pub fn takes(&self, host: &str, script: &str, time: Duration) {
        self.slow.lock().unwrap().insert((host.to_owned(), script.to_owned()), time);
    }

    /// The transport says by itself what became of a connection.
    pub fn tells(&self, host: &str, link: &ConnectionEvent) {
        self.watcher.get().unwrap().link(&HostName::new(host).unwrap(), link);
    }

    fn time(&self) -> Duration {
        let mut jitter = self.jitter.lock().unwrap();
        let most = jitter.1;
        Duration::from_millis(5 + if most > 0 { jitter.0.roll(most) } else { 0 })
    }

    fn fault(&self, host: &str, script: &str) -> Fault {
        if self.cut.lock().unwrap().iter().any(|cut| cut == host) {
            return Fault::NotStarted;
        }
        if let Some(left) = self.dies_after.lock().unwrap().as_mut() {
            match *left {
                0 => return Fault::NotStarted,
                1 => {
                    *left = 0;
                    return Fault::LostAfter;
                }
                _ => *left -= 1,
            }
        }
        let mut planned = self.planned.lock().unwrap();
        if let Some(at) = planned.iter().position(|(h, s, _)| h == host && s == script) {
            return planned.remove(at).2;
        }
        self.luck.lock().unwrap().next()
    }
}

impl<H: Simulated> Shell for Fleet<H> {
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        command: &'a Command,
        sink: &'a dyn Sink,
        limits: Limits,
    ) -> BoxFuture<'a, Ending> {
        Box::pin(async move {
            let fault = self.fault(host.as_str(), &command.name);
            let slow = (host.as_str().to_owned(), command.name.clone());
            let time = self.slow.lock().unwrap().get(&slow).copied();
            tokio::select! {
                () = sleep(time.unwrap_or_else(|| self.time())) => {}
                () = sleep(limits.deadline), if !command.ends_by_itself => {
                    return Ending::TimedOut { stopped: true };
                }
                () = limits.cancel.cancelled(), if !command.ends_by_itself => {
                    return Ending::Cancelled { stopped: true };
                }
            }
            match fault {
                Fault::NotStarted => {
                    return Ending::NotStarted("the host cannot be reached".to_owned());
                }
                Fault::LostBefore => return Ending::Lost("the line broke".to_owned()),
                Fault::Failed => return Ending::Exited(9),
                Fault::Panics => panic!("a fault of the program's own"),
                Fault::None | Fault::LostAfter => {}
            }
            let stdin = if let Stdin::Text(text) = &command.stdin { text.as_str() } else { "" };
            let (code, said) = {
                let mut hosts = self.hosts.lock().unwrap();
                let host = hosts.get_mut(host.as_str()).unwrap();
                match host.fence(&command.words()[2]) {
                    Some(code) => (code, String::new()),
                    None => host.run(&command.name, &command.words()[4..], stdin),
                }
            };
            if fault == Fault::LostAfter {
                return Ending::Lost("the line broke".to_owned());
            }
            sink.take(Stream::Stdout, said.as_bytes());
            Ending::Exited(code)
        })
    }

    fn watch_connections(&self, watcher: Arc<dyn ConnectionWatcher>) {
        // Of many engines on one fleet the first hears of it.
        let _ = self.watcher.set(watcher);
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// The registry of the fleet, as the console's machine sees it. It names no tags.
#[derive(Debug)]
pub struct Asked(pub Arc<Mutex<Registry>>);

impl Catalog for Asked {
    fn tags<'a>(
        &'a self,
        _: &'a ReleaseSource,
        _: &'a (dyn Fn(Vec<Tag>) + Send + Sync),
    ) -> BoxFuture<'a, Result<ListSummary, SourceError>> {
        Box::pin(async { Ok(ListSummary::default()) })
    }

    fn facts<'a>(
        &'a self,
        _: &'a ReleaseSource,
        _: &'a Tag,
    ) -> BoxFuture<'a, Result<Facts, SourceError>> {
        Box::pin(async { Ok(Facts::default()) })
    }

    fn has<'a>(
        &'a self,
        _: &'a Image,
        release: &'a Release,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async move {
            let registry = self.0.lock().unwrap();
            if registry.is_away {
                let (source, asked) = ("registry.example.org".to_owned(), release.to_string());
                let (why, remedy) = ("it cannot be reached".to_owned(), String::new());
                return Err(SourceError {
                    kind: SourceErrorKind::Unreachable,
                    source,
                    asked,
                    why,
                    remedy,
                });
            }
            let digest = release.digest.as_ref().map_or("", Digest::as_str);
            Ok(registry.find(release.tag.as_str(), digest).is_some())
        })
    }
}

/// Nothing is asked from the console's machine here.
#[derive(Debug)]
pub struct NoWeb;

impl Web for NoWeb {
    fn request<'a>(
        &'a self,
        _: &'a Request,
        _: Limits,
    ) -> BoxFuture<'a, Result<Response, Unanswered>> {
        Box::pin(async { Err(Unanswered::NotSent("nobody answers in this test".to_owned())) })
    }
}
