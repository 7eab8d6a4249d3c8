//! The scripts of the lock, run by real shells in a temporary directory.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};

use chrono::DateTime;
use tempfile::TempDir;

use super::spec::ComposeSpec;
use crate::domain::color::ColorPair;
use crate::domain::command::{Command, Stdin};
use crate::domain::lock::{HeldLock, Holder, LEASE_SECONDS, Lock, LockId};
use crate::domain::names::{AppName, HostName, RunId, StackName};
use crate::domain::script::Parameters;
use crate::domain::spec::{Member, PlatformSpec};
use crate::domain::target::{Carries, Target};
use crate::platform::compose::{fixture, observe};
use crate::platform::kit::lock::{fenced, locking, renewal};
use crate::platform::locking::{Fence, LockClaim, Locking};

/// A shell, and the tools that precede those of the system.
struct Shell {
    words: Vec<String>,
    tools: Option<TempDir>,
}

fn shell(words: &[&str], tools: Option<TempDir>) -> Shell {
    Shell { words: words.iter().map(|word| (*word).to_owned()).collect(), tools }
}

fn is_installed(program: &str) -> bool {
    Process::new(program).arg("-c").arg(":").stderr(Stdio::null()).status().is_ok()
}

/// Returns `sh`, and bash and busybox if this machine has them; busybox with its own tools.
fn shells() -> Vec<Shell> {
    let mut shells = vec![shell(&["sh"], None)];
    if is_installed("bash") {
        shells.push(shell(&["bash"], None));
    }
    if is_installed("busybox") {
        let tools = TempDir::new().unwrap();
        let install = Process::new("busybox").args(["--install", "-s"]).arg(tools.path()).status();
        assert!(install.unwrap().success());
        shells.push(shell(&["busybox", "sh"], Some(tools)));
    }
    shells
}

impl Shell {
    fn start(&self, command: &Command) -> Child {
        let mut process = Process::new(&self.words[0]);
        process.args(&self.words[1..]).args(&command.words()[1..]);
        if let Some(tools) = &self.tools {
            let path = std::env::var("PATH").unwrap();
            process.env("PATH", format!("{}:{path}", tools.path().display()));
        }
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = process.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        if let Stdin::Text(text) = &command.stdin {
            stdin.write_all(text.as_bytes()).unwrap();
        }
        child
    }

    fn run(&self, command: &Command) -> (i32, String, String) {
        ended(self.start(command))
    }
}

fn ended(child: Child) -> (i32, String, String) {
    let out = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code().unwrap(), text(&out.stdout), text(&out.stderr))
}

struct LockHost {
    spec: ComposeSpec,
    dir: TempDir,
}

impl LockHost {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        // A directory that a shell must quote.
        let own = dir.path().join("it's $HOME");
        std::fs::create_dir(&own).unwrap();
        let spec = {
            let mut spec = fixture::spec();
            own.to_str().unwrap().clone_into(&mut spec.stack.dir);
            spec
        };
        Self { spec, dir }
    }

    fn state(&self) -> PathBuf {
        Path::new(&self.spec.stack.dir).join(".flipside")
    }

    fn file(&self) -> PathBuf {
        self.state().join("lock")
    }

    fn take(&self, run: &str) -> Command {
        locking(&self.spec.stack, &LockClaim::Ours(&lock(run))).take.unwrap()
    }

    fn give_back(&self, run: &str) -> Command {
        locking(&self.spec.stack, &LockClaim::Ours(&lock(run))).give_back
    }

    fn unlock(&self, id: &LockId) -> Command {
        locking(&self.spec.stack, &LockClaim::Observed(id)).give_back
    }

    fn fenced(&self, run: &str, closes: bool) -> Command {
        let script = Command::script(
            "test",
            Parameters::default(),
            &["printf 'ran with %s' \"$*\"; touch \"$1\""],
        );
        let changed = self.dir.path().join("changed");
        let script = script.arg(changed.to_str().unwrap()).arg("$0 b");
        fenced(&self.spec.stack, &script, &Fence { run: &id(run), closes })
    }

    fn is_changed(&self) -> bool {
        self.dir.path().join("changed").exists()
    }

    fn age(&self, seconds: u64) {
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        std::fs::File::options().write(true).open(self.file()).unwrap().set_modified(then).unwrap();
    }
}

fn id(run: &str) -> RunId {
    RunId::new(run).unwrap()
}

fn lock(run: &str) -> Lock {
    Lock {
        who: "ann".to_owned(),
        machine: "laptop".to_owned(),
        why: "go-live \"run\":\"r2\"".to_owned(),
        since: DateTime::from_timestamp(0, 0).unwrap(),
        release: None,
        run: id(run),
        lease: Some(LEASE_SECONDS),
        rollback: false,
    }
}

#[test]
fn a_lock_is_taken_once_and_released_only_by_its_run() {
    for shell in shells() {
        let host = LockHost::new();
        assert_eq!(shell.run(&host.take("r1")).0, 0);
        assert_eq!(shell.run(&host.take("r1")).0, 0, "ours already");
        let (code, said, _) = shell.run(&host.take("r2"));
        assert_eq!(code, Locking::HELD);
        let held = Locking::held(&said);
        assert_eq!(held.lock(), Some(&lock("r1")));
        assert!(held.silent.unwrap() < 5 && !held.is_dead(), "{held:?}");
        let (code, said, _) = shell.run(&host.give_back("r2"));
        assert_eq!((code, Locking::held(&said).lock()), (Locking::HELD, Some(&lock("r1"))));
        assert_eq!(shell.run(&host.give_back("r1")).0, 0);
        assert_eq!(shell.run(&host.give_back("r1")).0, 0, "nothing is left to do");
        assert!(!host.file().exists());
        assert_eq!(shell.run(&host.take("r2")), (0, "2\n".to_owned(), String::new()));
        let left: Vec<_> = std::fs::read_dir(host.state()).unwrap().collect();
        assert_eq!(left.len(), 3, "the lock, its count, the reserve: {left:?}");
    }
}

#[test]
fn a_fenced_script_runs_only_while_its_run_holds_the_lock() {
    for shell in shells() {
        let host = LockHost::new();
        let (code, _, words) = shell.run(&host.fenced("r1", true));
        assert_eq!(code, Locking::LOST);
        assert!(words.contains("is gone: nothing was changed here"), "{words}");
        shell.run(&host.take("r2"));
        let (code, _, words) = shell.run(&host.fenced("r1", true));
        assert_eq!(code, Locking::LOST);
        assert!(words.contains("to ann@laptop: nothing was changed here"), "{words}");
        std::fs::write(host.file(), "").unwrap();
        assert_eq!(
            shell.run(&host.fenced("r2", true)).0,
            Locking::LOST,
            "the lock was emptied meanwhile"
        );
        assert!(!host.is_changed());

        std::fs::remove_file(host.file()).unwrap();
        shell.run(&host.take("r1"));
        std::fs::write(host.state().join("frozen"), "{}").unwrap();
        let (code, _, words) = shell.run(&host.fenced("r1", true));
        assert_eq!(code, Locking::CLOSED);
        assert!(words.contains("go-live was closed"), "{words}");
        assert!(!host.is_changed());
        let (code, said, words) = shell.run(&host.fenced("r1", false));
        assert_eq!((code, words.as_str()), (0, ""), "a rollback is not closed");
        assert!(said.ends_with("changed $0 b"), "the arguments are unchanged: {said}");
        assert!(host.is_changed());
    }
}

#[test]
fn only_its_run_renews_a_lease_and_the_host_measures_its_age() {
    for shell in shells() {
        let host = LockHost::new();
        shell.run(&host.take("r1"));
        host.age(312);
        let held = || Locking::held(&shell.run(&host.take("r2")).1);
        let silent = held().silent.unwrap();
        assert!((312..330).contains(&silent) && held().is_dead(), "{silent}");
        let renew = |run: &str| {
            shell.run(&renewal(&host.spec.stack, &Fence { run: &id(run), closes: false })).0
        };
        assert_eq!(renew("r2"), Locking::LOST);
        assert!(held().is_dead(), "the lock of another run is not renewed");
        assert_eq!(renew("r1"), 0);
        assert!(held().silent.unwrap() < 5 && !held().is_dead());
        shell.run(&host.give_back("r1"));
        assert_eq!(renew("r1"), Locking::LOST);
        assert!(!host.file().exists(), "a renewal does not create a lock");
    }
}

#[test]
fn only_the_observed_lock_is_removed() {
    for shell in shells() {
        let host = LockHost::new();
        shell.run(&host.take("r1"));
        let seen = Locking::held(&shell.run(&host.take("r2")).1).id();
        shell.run(&host.give_back("r1"));
        shell.run(&host.take("r2"));
        let (code, said, _) = shell.run(&host.unlock(&seen));
        assert_eq!((code, Locking::held(&said).lock()), (Locking::HELD, Some(&lock("r2"))));
        assert!(host.file().exists());
        let (code, said, _) = shell.run(&host.unlock(&LockId::Run(id("r2"))));
        assert_eq!((code, serde_json::from_str(&said).ok()), (0, Some(lock("r2"))));
        assert!(!host.file().exists());
    }
}

#[test]
fn an_unreadable_lock_is_a_lock_is_observed_and_can_be_removed() {
    for shell in shells() {
        for broken in ["", "{\"who\":\"ann\"", "two\nlines\n", "\0\0\0\0"] {
            let host = LockHost::new();
            std::fs::create_dir(host.state()).unwrap();
            std::fs::write(host.file(), broken).unwrap();
            let (code, said, _) = shell.run(&host.take("r1"));
            assert_eq!(code, Locking::HELD, "{broken:?}: {said}");
            let held = Locking::held(&said);
            assert!(matches!(held.holder, Holder::Unreadable { .. }), "{held:?}");
            assert_eq!(
                observed(&shell, &host).unwrap().id(),
                held.id(),
                "an observation has the same id"
            );

            let another = LockId::File("1-1-1".to_owned());
            assert_eq!(shell.run(&host.unlock(&another)).0, Locking::HELD);
            assert!(host.file().exists());
            assert_eq!(shell.run(&host.unlock(&held.id())).0, 0);
            assert!(!host.file().exists());
            shell.run(&host.take("r1"));
            assert_eq!(shell.run(&host.unlock(&held.id())).0, Locking::HELD, "a newer one stays");
        }
    }
}

fn member(spec: &ComposeSpec) -> Member {
    Member {
        target: Target::Host(HostName::new("web1").unwrap()),
        address: "web1".to_owned(),
        app: AppName::new("shop").unwrap(),
        stack: StackName::main(),
        carries: Carries::JobsOnly,
        primary: true,
        colors: ColorPair::new(fixture::color("blue"), fixture::color("green")).unwrap(),
        platform: PlatformSpec::new(spec.clone()),
        checks: Vec::new(),
        vars: BTreeMap::new(),
    }
}

/// Returns the lock as `observe.sh` reports it.
fn observed(shell: &Shell, host: &LockHost) -> Option<HeldLock> {
    let member = member(&host.spec);
    let (code, stdout, stderr) = shell.run(&observe::command(&member, &host.spec, None));
    let reply = crate::platform::ProbeReply { code, stdout, stderr, asked_ms: 0, answered_ms: 0 };
    observe::read(&member, &host.spec, &reply, None).unwrap().lock
}

#[test]
fn a_directory_with_the_name_of_the_lock_is_a_lock_of_another() {
    for shell in shells() {
        let host = LockHost::new();
        std::fs::create_dir_all(host.file()).unwrap();
        let (code, said, _) = shell.run(&host.take("r1"));
        assert_eq!(code, Locking::HELD, "{said}");
        assert_eq!(shell.run(&host.unlock(&Locking::held(&said).id())).0, 0);
        assert_eq!(shell.run(&host.take("r1")).0, 0);
    }
}

/// Of many processes at once, one gets the lock. While some remove the lock that they observed, no process removes a
/// lock that was taken since.
#[test]
fn only_one_of_many_concurrent_processes_takes_the_lock() {
    for shell in shells() {
        let host = LockHost::new();
        for round in 0..5 {
            let takes: Vec<Child> =
                (0..12).map(|run| shell.start(&host.take(&format!("r{round}-{run}")))).collect();
            let codes: Vec<i32> = takes.into_iter().map(|child| ended(child).0).collect();
            let winners: Vec<usize> = (0..12).filter(|run| codes[*run] == 0).collect();
            assert_eq!(winners.len(), 1, "{codes:?}");
            let held = Locking::held(&shell.run(&host.take("late")).1);
            assert_eq!(held.id(), LockId::Run(id(&format!("r{round}-{}", winners[0]))));
            let seen = held.id();
            let next = format!("next{round}");
            let removals: Vec<Child> = (0..6).map(|_| shell.start(&host.unlock(&seen))).collect();
            let became_free = (0..200).any(|_| shell.run(&host.take(&next)).0 == 0);
            for removal in removals {
                ended(removal);
            }
            assert!(became_free);
            let (code, _, words) = shell.run(&host.fenced(&next, false));
            assert_eq!(code, 0, "the newer lock stays: {words}");
            shell.run(&host.give_back(&next));
        }
    }
}
