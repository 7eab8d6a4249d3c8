//! A small fleet that is brought, as cheaply as it can be, to where a cell of a sweep begins.

use super::{Console, Lab, Truth};

/// Two hosts with users and jobs, one with jobs alone.
pub const FLEET: [&str; 3] = ["web1", "web2", "jobs1"];
pub const WEB: [&str; 2] = ["web1", "web2"];

/// Where a phase begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// v1 is live, and v2 was never here.
    Untouched,
    /// v1 is live, v2 is prepared.
    Prepared,
    /// v2 is live, v1 is still up.
    Live,
}

/// What a sweep is about, from v1 to v2 or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Prepare,
    GoLive,
    Rollback,
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::GoLive => "go-live",
            Self::Rollback => "rollback",
        }
    }

    pub fn start(self) -> Start {
        match self {
            Self::Prepare => Start::Untouched,
            Self::GoLive => Start::Prepared,
            Self::Rollback => Start::Live,
        }
    }

    /// The release that everything is about when it was done.
    pub fn goal(self) -> &'static str {
        if self == Self::GoLive { "v2" } else { "v1" }
    }

    pub fn command(self) -> String {
        match self {
            Self::Rollback => "rollback".to_owned(),
            phase => format!("{} --release v2", phase.word()),
        }
    }
}

#[derive(Debug)]
pub struct Fleet<'a> {
    pub lab: &'a Lab,
    pub console: Console,
}

impl<'a> Fleet<'a> {
    pub fn of(lab: &'a Lab) -> Self {
        Self { lab, console: Console::of(lab, &FLEET).impatient() }
    }

    pub fn truth(&self) -> Vec<Truth> {
        std::thread::scope(|scope| {
            let asked = FLEET.map(|host| scope.spawn(move || Truth::of(self.lab, host)));
            asked.into_iter().map(|truth| truth.join().expect("the host is asked")).collect()
        })
    }

    /// Everything that is not about this release. Empty: users, jobs, deployed files and records agree.
    pub fn disagrees(&self, release: &str) -> Vec<String> {
        self.truth().iter().flat_map(|truth| truth.disagrees(release)).collect()
    }

    /// Goes on from what the last cell left where that is sound; else the hosts are made anew.
    pub fn bring_to(&self, start: Start) {
        let live_is_whole = self.disagrees("v2").is_empty();
        if live_is_whole && start == Start::Live {
            return;
        }
        if live_is_whole {
            self.console.does("rollback");
        }
        if !self.disagrees("v1").is_empty() {
            self.lab.lab(&["reset", "web1", "web2", "jobs1"]);
        }
        if start == Start::Untouched {
            self.forget();
            return;
        }
        self.console.does("prepare --release v2");
        if start == Start::Live {
            self.console.does("go-live --release v2");
        }
    }

    /// v2 was never here: no container, no image, no file of it.
    fn forget(&self) {
        let console = &self.console;
        if self.truth().iter().any(|truth| truth.passive == "v2") {
            console.does("abandon");
        }
        for host in FLEET {
            self.lab.on(
                host,
                "cd /srv/shop && rm -rf .flipside docker-compose.2*-v2.yml
                docker rm -f $(docker ps -aq --filter name=green --filter name=migrat) >/dev/null 2>&1
                docker rmi -f $(docker images -q --filter reference='*/shop:v2') >/dev/null 2>&1 || :",
            );
        }
    }
}
