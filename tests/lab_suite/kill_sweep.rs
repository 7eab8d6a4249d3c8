//! A console that is ended at any step of any phase, by every signal that ends one: users notice nothing,
//! no lock is left behind in silence, and one command ends it well.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::support::sweep::{Cell, Row, sweep};
use super::support::{Ended, FLEET, Fleet, Lab, Phase, WEB, Watched};

const TITLE: &str = "A console that is killed";

/// A step that may be ended, is; what may not be ended ends by itself. From then on, this long.
const AFTER_THE_LAST_STEP: f64 = 5.0;
/// No step of these phases takes longer in the lab.
const LONGEST: Duration = Duration::from_secs(45);

/// Phase, host and step, as the plain log has them.
const STEPS: [(Phase, &str, &str); 11] = [
    (Phase::Prepare, "web2", "pull"),
    (Phase::Prepare, "web2", "write"),
    (Phase::Prepare, "web1", "run migrator"),
    (Phase::Prepare, "web2", "start green"),
    (Phase::Prepare, "web2", "point the passive entry point"),
    (Phase::GoLive, "web2", "switch users"),
    (Phase::GoLive, "web2", "update djobs"),
    (Phase::GoLive, "jobs1", "update djobs"),
    (Phase::Rollback, "web2", "switch users"),
    (Phase::Rollback, "web2", "update djobs"),
    (Phase::Rollback, "jobs1", "update djobs"),
];

const SIGNALS: [(&str, Signal); 4] =
    [("INT", Signal::INT), ("TERM", Signal::TERM), ("HUP", Signal::HUP), ("KILL", Signal::KILL)];

#[test]
fn whenever_it_is_killed_users_notice_nothing_and_one_command_ends_it_well() {
    let Some(lab) = Lab::here() else { return };
    let fleet = Fleet::of(&lab);
    let mut cells = Vec::new();
    for (at, (phase, host, step)) in STEPS.into_iter().enumerate() {
        for (which, (name, signal)) in SIGNALS.into_iter().enumerate() {
            for (when, begins) in [("begins", true), ("has ended", false)] {
                // Half of them are ended well by the same command, half by the one that undoes it.
                let same = (at + which + usize::from(begins)).is_multiple_of(2);
                let fleet = &fleet;
                cells.push(Kill { fleet, phase, host, step, begins, when, name, signal, same });
            }
        }
    }
    sweep(TITLE, &cells);
}

struct Kill<'a> {
    fleet: &'a Fleet<'a>,
    phase: Phase,
    host: &'static str,
    step: &'static str,
    begins: bool,
    when: &'static str,
    name: &'static str,
    signal: Signal,
    same: bool,
}

impl Cell for Kill<'_> {
    fn name(&self) -> Vec<String> {
        let Self { phase, host, step, when, name, .. } = self;
        vec![phase.word().to_owned(), format!("{step} {when} on {host}"), (*name).to_owned()]
    }

    /// What is nearest to users and to what cannot be done twice, and has no suite of its own.
    fn is_fixed(&self) -> bool {
        let is_one = matches!(
            (self.name, self.phase, self.step),
            ("TERM", Phase::Rollback, "switch users")
                | ("KILL", Phase::Prepare, "start green")
                | ("KILL", Phase::Rollback, "update djobs")
        );
        is_one && self.begins
    }

    fn run(&self) -> Row {
        let Self { fleet, phase, .. } = self;
        let mut row = Row::default();
        fleet.bring_to(phase.start());
        let users = Watched::by(fleet.lab, &WEB, 20);
        let killed = self.kill(&mut row);
        let truth = fleet.truth();
        let is_killed = self.signal == Signal::KILL;
        if !is_killed {
            for truth in &truth {
                row.must(!truth.lock, format!("the lock on {} was not given back", truth.host));
            }
        }
        if killed.code == Some(0) {
            let disagree = fleet.disagrees(self.phase.goal());
            row.must(
                *phase == Phase::Prepare || disagree.is_empty(),
                format!("it ended as done, and {}", disagree.join("; ")),
            );
        }
        if is_killed {
            self.unlock(&mut row, truth.iter().any(|truth| truth.lock));
        }
        let command = self.end_well(&mut row);
        self.ask_users(&mut row, users);
        let words: Vec<String> = truth.iter().map(super::support::Truth::in_words).collect();
        row.columns.push(format!("exit {}: {}", killed.code.unwrap_or(-1), killed.last_words()));
        row.columns.push(words.join("; "));
        row.columns.push(format!("`{command}`"));
        row
    }
}

impl Kill<'_> {
    /// Starts the phase, and sends the signal when the step begins or has ended.
    fn kill(&self, row: &mut Row) -> Ended {
        let Self { host, step, .. } = self;
        let mark = if self.begins { "▶" } else { "✔" };
        let mut working = self.fleet.console.starts(&self.phase.command());
        working.until_it_tells(&format!("{host:<10}  {mark} {step}"));
        let sent = Instant::now();
        if working.is_at_work() {
            working.signal(self.signal);
        }
        let ends = working.ends_within(LONGEST);
        let took = sent.elapsed();
        let at = chrono::Utc::now();
        row.must(ends, format!("it had not ended {} s after {}", LONGEST.as_secs(), self.name));
        if !ends {
            working.signal(Signal::KILL);
        }
        let ended = working.ends();
        row.columns.push(format!("{:.1} s", took.as_secs_f64()));
        let codes: &[i32] = match (self.signal, self.begins) {
            (Signal::KILL, true) => &[128 + 9],
            (Signal::KILL, false) => &[128 + 9, 0],
            // After the last step nothing is left to abort.
            (_, false) => &[7, 0],
            (_, true) => &[7],
        };
        row.must(
            codes.contains(&ended.code.unwrap_or(-1)),
            format!("it ended with {:?}", ended.code),
        );
        if ends {
            let quiet = took.as_secs_f64().min(ended.seconds_since_the_last_step(at));
            row.must(
                quiet <= AFTER_THE_LAST_STEP,
                format!("it ended {quiet:.1} s after {} and after the last step", self.name),
            );
        }
        ended
    }

    /// The lock of a killed run is shown as a dead one's, with the command that removes it.
    fn unlock(&self, row: &mut Row, is_locked: bool) {
        if !is_locked {
            return;
        }
        // As if a minute had passed: the lock's time is its heartbeat.
        for host in FLEET {
            let old = "f=/srv/shop/.flipside/lock; [ ! -e $f ] || touch -d '-90 seconds' $f";
            self.fleet.lab.on(host, old);
        }
        let status = self.fleet.console.says("status");
        row.must(
            status.text.contains("locked by alice@") && status.text.contains("flipside unlock"),
            format!("status does not say how to remove the lock: {}", status.text),
        );
        row.must(
            status.text.contains("DEAD: its last heartbeat was"),
            format!("status does not say that the holder is dead: {}", status.text),
        );
        let refused = self.fleet.console.says(&self.phase.command());
        row.must(
            refused.code == Some(4) && refused.text.contains("flipside unlock"),
            format!(
                "a locked fleet was answered with {:?}: {}",
                refused.code,
                refused.last_words()
            ),
        );
        self.fleet.console.does("unlock --reason it_was_killed");
    }

    /// One command, after which users, jobs, deployed files and records agree.
    fn end_well(&self, row: &mut Row) -> String {
        let (command, release, passive) = match (self.phase, self.same) {
            (Phase::Prepare, true) => ("prepare --release v2", "v1", Some("v2")),
            (Phase::Prepare, false) => ("abandon", "v1", Some("v1")),
            (Phase::GoLive, false) | (Phase::Rollback, true) => ("rollback", "v1", None),
            _ => ("go-live --release v2", "v2", None),
        };
        let ended = self.fleet.console.says(command);
        row.must(
            ended.code == Some(0),
            format!("`{command}` ended with {:?}: {}", ended.code, ended.last_words()),
        );
        for truth in self.fleet.truth() {
            for disagrees in truth.disagrees(release) {
                row.must(false, format!("after `{command}` {disagrees}"));
            }
            let shown = passive.is_none_or(|it| !truth.serves() || truth.passive == it);
            row.must(shown, format!("after `{command}` {} shows {}", truth.host, truth.passive));
        }
        command.to_owned()
    }

    fn ask_users(&self, row: &mut Row, users: Watched) {
        let users = users.users();
        for host in WEB {
            let users = users(host);
            let Self { name, phase, .. } = self;
            row.must(users.total > 20, format!("{host} was hardly asked: {users:?}"));
            row.must(users.failed == 0, format!("users of {host} noticed it: {users:?}"));
            let new = users.releases.iter().any(|release| release != "v1");
            row.must(
                !new || *phase != Phase::Prepare,
                format!("{name} in prepare, and users of {host} got {:?}", users.releases),
            );
        }
    }
}
