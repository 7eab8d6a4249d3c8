//! Plans as shell scripts, carried out by real shells and a real `ssh` on the embedded fleet.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flipside::base::text::is_harmless;
use flipside::demo::Fleet;
use tempfile::TempDir;

use crate::world::{fleet, who};

/// The program as an operator has it, with a state directory of its own.
fn flipside(fleet: &Fleet, home: &Path, arguments: &str) -> Command {
    // Written when it is asked for.
    fleet.inventory().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flipside"));
    command.arg("-i").arg(fleet.inventory_path()).args(arguments.split(' '));
    command.env("XDG_STATE_HOME", home).env("FLIPSIDE_OPERATOR", "mara").env("HOME", home);
    command
}

async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Prints the plan as a script.
async fn printed(fleet: &Fleet, home: &TempDir, phase: &str) -> PathBuf {
    let printed = output(flipside(fleet, home.path(), &format!("plan {phase} -o sh"))).await;
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    assert!(is_harmless(&text(&printed.stdout)));
    let path = home.path().join("plan.sh");
    std::fs::write(&path, printed.stdout).unwrap();
    path
}

/// How it exits, and everything it said.
async fn carried_out(shell: &[&str], script: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(script).stdin(std::process::Stdio::null());
    let ended = output(command).await;
    (ended.status.code(), text(&ended.stdout) + &text(&ended.stderr))
}

fn lock(fleet: &Fleet, host: &str) -> PathBuf {
    fleet.host(host).unwrap().places.stack.join(".flipside/lock")
}

async fn live(fleet: &Fleet, host: &str) -> String {
    who(fleet.host(host).unwrap().ports().live()).await.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_goes_live_and_back_by_scripts_in_any_shell() {
    let (fleet, home) = (fleet(3).await, TempDir::new().unwrap());
    for (shell, phase, release) in [
        (&["dash"][..], "prepare --release v2", "v1"),
        (&["busybox", "sh"], "go-live", "v2"),
        (&["bash"], "rollback", "v1"),
    ] {
        let script = printed(&fleet, &home, phase).await;
        let (code, said) = carried_out(shell, &script).await;
        assert_eq!(code, Some(0), "{phase}: {said}");
        assert!(said.contains("done: every stage ended well"), "{said}");
        for host in ["web1", "web2"] {
            assert_eq!(live(&fleet, host).await, release, "{phase}: {said}");
            assert!(!lock(&fleet, host).exists(), "{phase} gave the lock of {host} back");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_lock_ends_a_script_before_any_change() {
    let (fleet, home) = (fleet(3).await, TempDir::new().unwrap());
    let script = printed(&fleet, &home, "prepare --release v2").await;
    let other = "{\"who\":\"li\u{1b}[2J\",\"machine\":\"desk\",\"why\":\"finish\",\"since\":\"2026-08-24T08:00:00Z\",\"release\":null,\"run\":\"another\"}\n";
    std::fs::create_dir_all(lock(&fleet, "web2").parent().unwrap()).unwrap();
    std::fs::write(lock(&fleet, "web2"), other).unwrap();
    let (code, said) = carried_out(&["sh"], &script).await;
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("web2: LOCKED, nothing was changed") && is_harmless(&said), "{said:?}");
    assert_eq!(std::fs::read_to_string(lock(&fleet, "web2")).unwrap(), other);
    assert!(!lock(&fleet, "web1").exists(), "what was taken was given back");
    assert!(!said.contains("== 1"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_cannot_be_reached_is_named_and_ends_a_script_as_partly() {
    let (fleet, home) = (fleet(3).await, TempDir::new().unwrap());
    for phase in ["prepare --release v2", "go-live"] {
        let script = printed(&fleet, &home, phase).await;
        let (code, said) = carried_out(&["sh"], &script).await;
        assert_eq!(code, Some(0), "{said}");
    }
    fleet.cut("web2").unwrap();
    let script = printed(&fleet, &home, "rollback").await;
    let (code, said) = carried_out(&["sh"], &script).await;
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("LEFT OUT: web2: "), "{said}");
    assert!(
        said.ends_with("partially done: LEFT OUT: web2\n") && !said.contains("done: every"),
        "{said}"
    );
    assert_eq!(live(&fleet, "web1").await, "v1");
    fleet.heal("web2").unwrap();
    assert_eq!(live(&fleet, "web2").await, "v2");
}

/// `flipside prepare | head -2`: nobody reads any longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_output_that_goes_away_ends_no_run_before_its_locks_are_back() {
    let (fleet, home) = (fleet(3).await, TempDir::new().unwrap());
    for output in ["text", "json"] {
        let mut command =
            flipside(&fleet, home.path(), &format!("prepare --release v2 -o {output}"));
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let ended = tokio::task::spawn_blocking(move || {
            use std::io::BufRead;
            let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
            lines.read_line(&mut String::new()).unwrap();
            drop((lines, child.stderr.take()));
            child.wait().unwrap()
        });
        assert_eq!(ended.await.unwrap().code(), Some(7), "aborted, as by a hang-up");
        for host in ["web1", "web2"] {
            assert!(!lock(&fleet, host).exists(), "{host}");
            assert_eq!(live(&fleet, host).await, "v1");
        }
    }
    let history = text(&output(flipside(&fleet, home.path(), "history")).await.stdout);
    assert_eq!(history.matches("  aborted  ").count(), 2, "each wrote its end: {history}");
}
