//! Each fault of a host or of the registry, before each phase that moves something and in its middle: what
//! the operator sees is true, nobody else waits, and the commands that the program names end it well.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::support::sweep::{Cell, Row, sweep};
use super::support::{Console, Ended, Fleet, Lab, Phase, Truth, WEB, Watched};

const TITLE: &str = "A host or the registry that breaks";

/// A run ends within this, whatever breaks: the longest step that may be ended has 60 s here, an unknown
/// outcome is observed for 60 s, and the rest is what it takes to notice a lost connection and to give locks back.
const BOUND: Duration = Duration::from_secs(140);
/// Hosts that are well are done within this of the beginning.
const OTHERS: f64 = 25.0;
/// More commands than this end nothing well.
const COMMANDS: usize = 4;

/// It breaks on this host, or everywhere.
const BROKEN: &str = "web2";

struct Kind {
    name: &'static str,
    /// Users reach the host all the same.
    spares_users: bool,
}

const KINDS: [Kind; 11] = [
    Kind { name: "cut", spares_users: false },
    Kind { name: "reject", spares_users: false },
    Kind { name: "throttle", spares_users: false },
    Kind { name: "kill-sshd", spares_users: true },
    Kind { name: "hang-sshd", spares_users: true },
    Kind { name: "fill-disk", spares_users: true },
    Kind { name: "stop-docker", spares_users: false },
    Kind { name: "kill-docker", spares_users: false },
    Kind { name: "hang-docker", spares_users: true },
    Kind { name: "break-nginx", spares_users: true },
    Kind { name: "registry-down", spares_users: true },
];

/// Each phase, and the steps in which it breaks. `None`: before it.
const MOMENTS: [(Phase, Option<&str>); 9] = [
    (Phase::Prepare, None),
    (Phase::Prepare, Some("pull")),
    (Phase::Prepare, Some("start green")),
    (Phase::GoLive, None),
    (Phase::GoLive, Some("switch users")),
    (Phase::GoLive, Some("update djobs")),
    (Phase::Rollback, None),
    (Phase::Rollback, Some("switch users")),
    (Phase::Rollback, Some("update djobs")),
];

#[test]
fn whatever_breaks_what_is_said_is_true_and_the_commands_it_names_end_it_well() {
    let Some(lab) = Lab::here() else { return };
    // A switch that takes a while, so that things break in its middle.
    let slowly = |console: Console| console.with("//127.0.0.1/health", "//127.0.0.1/slow?ms=400");
    let mut fleet = Fleet::of(&lab);
    fleet.console = slowly(fleet.console);
    let mut cells = Vec::new();
    for (phase, step) in MOMENTS {
        for kind in &KINDS {
            // A registry is asked when something is pulled; anything else is met by the longest step.
            let is_met = match step {
                Some("pull") => kind.name == "registry-down",
                Some("start green") => kind.name != "registry-down",
                _ => true,
            };
            if is_met {
                cells.push(Break { fleet: &fleet, phase, step, kind });
            }
        }
    }
    sweep(TITLE, &cells);
}

struct Break<'a> {
    fleet: &'a Fleet<'a>,
    phase: Phase,
    step: Option<&'static str>,
    kind: &'a Kind,
}

impl Cell for Break<'_> {
    fn name(&self) -> Vec<String> {
        let when = self.step.map_or_else(|| "before".to_owned(), |step| format!("in \"{step}\""));
        vec![self.kind.name.to_owned(), self.phase.word().to_owned(), when]
    }

    /// The others that are worth a place in every run have suites of their own: cut, gone, engine, nginx.
    fn is_fixed(&self) -> bool {
        matches!(
            (self.kind.name, self.phase, self.step),
            ("break-nginx", Phase::Rollback, None)
                | ("kill-docker", Phase::GoLive, Some("update djobs"))
        )
    }

    fn run(&self) -> Row {
        let Self { fleet, phase, kind, .. } = self;
        let mut row = Row::default();
        fleet.bring_to(phase.start());
        let before = fleet.truth();
        let users = Watched::by(fleet.lab, &WEB, 20);
        let healed = {
            let broken = self.step.is_none().then(|| fleet.lab.fault(kind.name, BROKEN));
            let mut working = fleet.console.starts(&self.phase.command());
            let broken = broken.unwrap_or_else(|| {
                let step = self.step.unwrap_or_default();
                working.until_it_tells(&format!("{BROKEN:<10}  ▶ {step}"));
                fleet.lab.fault(kind.name, BROKEN)
            });
            let ended = self.ends(&mut row, working);
            let after = fleet.truth();
            self.compare(&mut row, &ended, &before, &after);
            self.describe(&mut row, &ended, &after);
            let escaped = self.escape(&mut row, &ended, &after);
            broken.heal();
            (ended, escaped)
        };
        let ended_well = self.end_well(&mut row, healed);
        self.ask_users(&mut row, users);
        row.columns.push(ended_well);
        row
    }
}

impl Break<'_> {
    fn ends(&self, row: &mut Row, mut working: super::support::Working) -> Ended {
        let began = Instant::now();
        let ends = working.ends_within(BOUND);
        row.must(ends, format!("it had not ended after {} s: {}", BOUND.as_secs(), working.text()));
        if !ends {
            working.signal(Signal::KILL);
        }
        row.columns.push(format!("{:.0} s", began.elapsed().as_secs_f64()));
        working.ends()
    }

    /// What the run claims is compared with what is true.
    fn compare(&self, row: &mut Row, ended: &Ended, before: &[Truth], after: &[Truth]) {
        let goal = self.phase.goal();
        let prepared = |truth: &Truth| !truth.serves() || truth.passive == "v2";
        let reached = |truth: &Truth| {
            if self.phase == Phase::Prepare {
                truth.users_have("v1") && prepared(truth)
            } else {
                truth.disagrees(goal).is_empty()
            }
        };
        if ended.code == Some(0) {
            for truth in after {
                let words = truth.in_words();
                row.must(reached(truth), format!("it ended as done, and {words}"));
            }
        }
        for host in ended.done_on() {
            let truth = after.iter().find(|truth| truth.host == host);
            let is_so = truth.is_some_and(reached);
            row.must(is_so, format!("it is done on {host}, it says: {truth:?}"));
        }
        if matches!(ended.code, Some(4 | 5)) {
            for (was, is) in before.iter().zip(after) {
                let same = was.deployed == is.deployed
                    && was.recorded == is.recorded
                    && (is.users[0] != "200" || was.users == is.users)
                    && (is.jobs.is_none() || !self.kind.spares_users || was.jobs == is.jobs);
                row.must(same, format!("nothing was changed, it says: {was:?} became {is:?}"));
            }
        }
        self.others_are_done(row, ended);
    }

    /// Nobody waits for the broken host.
    fn others_are_done(&self, row: &mut Row, ended: &Ended) {
        // A go-live is refused where something is broken before it, and begins nowhere else once a step failed.
        let moves = self.phase == Phase::Rollback || self.step.is_some();
        let is_silent = matches!(self.kind.name, "cut" | "throttle" | "hang-sshd");
        let follows = if self.phase == Phase::Rollback || is_silent { "jobs1" } else { "web1" };
        if self.phase != Phase::Prepare && moves && self.kind.name != "registry-down" {
            for (host, step) in [("web1", "switch users"), (follows, "update djobs")] {
                let took = ended.seconds_until_done(host, step);
                row.must(
                    took.is_some_and(|took| took < OTHERS),
                    format!("\"{step}\" was done on {host} after {took:?} s"),
                );
            }
        }
    }

    fn describe(&self, row: &mut Row, ended: &Ended, after: &[Truth]) {
        let mut saw = format!("exit {}: {}", ended.code.unwrap_or(-1), ended.last_words());
        if let Some(first) = ended.first_failure().filter(|first| *first != ended.last_words()) {
            saw = format!("{first} … {saw}");
        }
        row.columns.push(saw);
        let words: Vec<String> = after.iter().map(Truth::in_words).collect();
        row.columns.push(words.join("; "));
    }

    /// In an incident nobody waits until a host is mended: users of the others go back at once.
    fn escape(&self, row: &mut Row, ended: &Ended, after: &[Truth]) -> Option<String> {
        let moved = after.iter().any(|truth| truth.serves() && truth.users_have("v2"));
        let wants = self.phase == Phase::GoLive && ended.code != Some(0) && moved;
        if !wants || self.step != Some("switch users") {
            return None;
        }
        let mut back = self.fleet.console.starts("rollback");
        let ends = back.ends_within(BOUND);
        row.must(ends, format!("rollback had not ended after {} s", BOUND.as_secs()));
        if !ends {
            back.signal(Signal::KILL);
        }
        let back = back.ends();
        let web1 = Truth::of(self.fleet.lab, "web1");
        row.must(
            web1.users_have("v1"),
            format!("rollback left web1 on v2: exit {:?}: {}", back.code, back.last_words()),
        );
        Some(format!("while it lasts `rollback` (exit {})", back.code.unwrap_or(-1)))
    }

    /// The same command, or the one that the program names, until one ends well.
    fn end_well(&self, row: &mut Row, (ended, escaped): (Ended, Option<String>)) -> String {
        let undoes = escaped.is_some();
        let same = if undoes { "rollback".to_owned() } else { self.phase.command() };
        let goal = if undoes { "v1" } else { self.phase.goal() };
        let mut next = ended.named_command().unwrap_or_else(|| same.clone());
        let mut commands: Vec<String> = escaped.into_iter().collect();
        let mut is_well = false;
        for _ in 0..COMMANDS {
            let done = self.fleet.console.starts_with(&split(&next)).ends();
            commands.push(format!("`{}`", in_table(&next)));
            let is_same = next == same;
            if done.code == Some(0) && is_same {
                is_well = true;
                break;
            }
            let named = done.named_command().filter(|_| done.code != Some(0));
            next = named.unwrap_or_else(|| same.clone());
            if is_same && next == same && done.code != Some(6) {
                let words = done.last_words();
                row.must(
                    false,
                    format!("`{same}` ended with {:?} and no remedy: {words}", done.code),
                );
                break;
            }
        }
        row.must(is_well, format!("{} ended nothing well", commands.join(", ")));
        for disagrees in self.fleet.disagrees(goal) {
            row.must(false, format!("after {}: {disagrees}", commands.join(", ")));
        }
        if ended.code == Some(0) { "it was done".to_owned() } else { commands.join(", ") }
    }

    fn ask_users(&self, row: &mut Row, users: Watched) {
        let users = users.users();
        for host in WEB {
            let users = users(host);
            let must_be_answered = self.kind.spares_users || host != BROKEN;
            row.must(users.total > 20, format!("{host} was hardly asked: {users:?}"));
            row.must(
                !must_be_answered || users.failed == 0,
                format!("users of {host} noticed it: {users:?}"),
            );
            let allowed: &[&str] =
                if self.phase == Phase::Prepare { &["v1"] } else { &["v1", "v2"] };
            row.must(
                users.releases.iter().all(|release| allowed.contains(&release.as_str())),
                format!("users of {host} got {:?}", users.releases),
            );
        }
    }
}

/// Without what differs from run to run.
fn in_table(command: &str) -> String {
    let word = |word: &str| if word.ends_with("-alice-vm") { "RUN" } else { word }.to_owned();
    command.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// The words of a command, quoted ones as one.
fn split(command: &str) -> Vec<&str> {
    command.split_whitespace().map(|word| word.trim_matches('"')).collect()
}
