//! A laptop that falls asleep in the middle of a go-live, with real processes: while the first one is stopped, a
//! colleague takes over and rolls back.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use flipside::demo::Fleet;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::world::{eventually, fleet, service, who};

const WEB: [&str; 3] = ["web1", "web2", "web3"];

/// One operator at one machine.
struct Console<'a> {
    name: &'static str,
    inventory: &'a Path,
    home: TempDir,
}

impl<'a> Console<'a> {
    fn new(name: &'static str, inventory: &'a Path) -> Self {
        Self { name, inventory, home: TempDir::new().unwrap() }
    }

    fn starts(&self, words: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flipside"));
        command
            .args(words)
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path().join("state"))
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env("FLIPSIDE_INVENTORY", self.inventory)
            .env("FLIPSIDE_OPERATOR", self.name)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// The exit code, and what was printed.
    async fn runs(&self, words: &[&str]) -> (Option<i32>, String) {
        ended(self.starts(words)).await
    }
}

async fn ended(child: Child) -> (Option<i32>, String) {
    let out = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
}

fn signals(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

async fn release_on(fleet: &Fleet, host: &str) -> String {
    who(fleet.host(host).unwrap().ports().live()).await.0
}

fn jobs(fleet: &Fleet) -> Vec<String> {
    let release = |host: &str| {
        service(fleet.host(host).unwrap(), "djobs").map(|jobs| jobs.image()).unwrap_or_default()
    };
    WEB.iter().copied().chain(["jobs1"]).map(release).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_go_live_that_slept_while_a_colleague_took_over_changes_nothing_when_it_wakes() {
    let fleet = fleet(4).await;
    fleet.inventory().unwrap();
    let inventory = fleet.root().join("batched.yaml");
    let text = std::fs::read_to_string(fleet.inventory_path()).unwrap();
    let ours = "    batches: {size: 1, pause: 3s}\n    migration:";
    let text = text.replacen("    migration:", ours, 1);
    let text = text.replacen("  demo:\n", "  demo:\n    freeze_after_roll_back: true\n", 1);
    std::fs::write(&inventory, text).unwrap();
    let ann = Console::new("ann", &inventory);
    let li = Console::new("li", &inventory);

    let (code, said) = ann.runs(&["prepare", "--release", "v2"]).await;
    assert_eq!(code, Some(0), "{said}");
    let before = jobs(&fleet);
    let asleep = ann.starts(&["go-live"]);
    eventually("web1 is on v2", async || release_on(&fleet, "web1").await == "v2").await;
    signals(&asleep, Signal::STOP);

    let (code, said) = li.runs(&["rollback"]).await;
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("ann@") && said.contains("flipside unlock --run "), "{said}");
    let (code, said) = li.runs(&["unlock", "--reason", "ann sleeps"]).await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = li.runs(&["rollback"]).await;
    assert_eq!(code, Some(0), "{said}");
    let after = jobs(&fleet);

    signals(&asleep, Signal::CONT);
    let (code, said) = ended(asleep).await;
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("lost its lock"), "{said}");
    for host in WEB {
        assert_eq!(release_on(&fleet, host).await, "v1", "{host}: {said}");
    }
    assert_eq!((jobs(&fleet), after), (before.clone(), before), "{said}");
    let state = |host: &str| fleet.root().join(host).join("srv/shop/.flipside");
    assert!(state("web1").join("frozen").exists(), "where users were sent back");
    assert!(WEB.iter().all(|host| !state(host).join("lock").exists()));
    assert_eq!(fleet.load().all.failed, 0, "{:#?}", fleet.load());
}
