//! The other scripts, and how they behave when something is wrong.

use std::time::Duration;

use super::host::{ScriptHost, ended, signal, sum, under_every_shell, until};
use crate::platform::compose::scripts::{JOBS, PRUNE, PULL, REVIVE, UNMIGRATE, WRITE};
use crate::platform::kit::scripts::{CHECK, DIRECTORIES, DRAIN, MARK, RECORD};

#[test]
fn a_compose_file_is_written_completely_or_not_at_all() {
    under_every_shell(|host| {
        let (dir, text) = (host.at("srv"), "services: {}\n");
        let words = [dir.as_str(), "docker-compose.1.yml", "shop", &sum(text)];
        host.run(WRITE, &words, "services").with(76).says("did not arrive completely");
        host.put("invalid");
        host.run(WRITE, &words, text).with(66);
        assert!(!host.has("srv/docker-compose.1.yml"));
        std::fs::remove_file(host.path("invalid")).unwrap();
        host.run(WRITE, &words, text).with(0).says("wrote ");
        host.run(WRITE, &words, text).with(0).says("exists with this text");
        host.run(WRITE, &[&dir, words[1], "shop", &sum("other\n")], "other\n").with(65);
        assert_eq!(host.read("srv/docker-compose.1.yml"), text);
        assert!(!host.has("srv/.flipside/new.docker-compose.1.yml"));
        assert!(host.has("srv/.flipside/reserve"), "the reserve is created");
    });
}

fn pulls(dir: &str) -> [&str; 7] {
    [dir, "shop", "v2", "run-1", "", "registry.test", "ci"]
}

#[test]
fn a_digest_is_pulled_only_if_it_is_missing_and_is_then_tagged() {
    under_every_shell(|host| {
        let dir = host.at("srv");
        let words = [dir.as_str(), "shop", "v2", "run-1", "sha256:old", "registry.test", "ci"];
        host.run(PULL, &words, "s3cret\n").with(0).says("shop:v2 is sha256:old");
        assert_eq!(host.read("srv/.flipside/pulled"), "v2 sha256:old run-1\n");
        let asked = host.read("by-digest");
        assert!(!asked.contains("pull shop@"), "{asked}");
        assert!(asked.ends_with("tag shop@sha256:old shop:v2\n"), "{asked}");
        host.put("is-away");
        host.run(PULL, &words, "s3cret\n").with(0).says("logged in to registry.test as ci");
        let asked = host.read("by-digest");
        assert!(asked.contains("pull shop@sha256:old\ntag shop@sha256:old shop:v2\n"), "{asked}");
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn a_login_is_removed_after_its_pull() {
    under_every_shell(|host| {
        let dir = host.at("srv");
        host.run(PULL, &pulls(&dir), "s3cret\n").with(0).says("shop:v2 is sha256:abc");
        assert_eq!(host.read("srv/.flipside/pulled"), "v2 sha256:abc run-1\n");
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn a_login_is_removed_however_its_pull_ends() {
    under_every_shell(|host| {
        host.put("pull-hangs");
        let dir = host.at("srv");
        for one in ["HUP", "INT", "TERM", "KILL"] {
            let child = {
                let mut child = host.start(PULL, &pulls(&dir));
                std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"s3cret\n").unwrap();
                child
            };
            until("it pulls", || host.has("pulls"));
            std::fs::remove_file(host.path("pulls")).unwrap();
            assert_eq!(host.leftovers().len(), 1, "the login exists during the pull");
            signal(&child, one);
            let mut child = child;
            child.wait().unwrap();
            until("nothing is left of it", || host.leftovers().is_empty());
        }
    });
}

#[test]
fn record_removes_the_mark_of_an_interrupted_switch() {
    under_every_shell(|host| {
        host.put("srv/.flipside/switching");
        let dir = host.at("srv");
        host.run(RECORD, &[&dir, "blue", "docker-compose.yml=docker-compose.1.yml", "{}"], "")
            .with(0);
        assert_eq!(host.read("srv/live-color"), "blue\n");
        assert!(!host.has("srv/.flipside/switching"));
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn marks_are_written_and_removed() {
    under_every_shell(|host| {
        let dir = host.at("srv");
        host.run(MARK, &[&dir, "verified", "by li"], "").with(0);
        assert_eq!(host.read("srv/.flipside/verified"), "by li\n");
        host.run(MARK, &[&dir, "verified"], "").with(0);
        assert!(!host.has("srv/.flipside/verified"));
    });
}

#[test]
fn an_ended_migration_container_is_removed_but_not_a_running_one() {
    under_every_shell(|host| {
        let dir = host.at("srv");
        let words = [dir.as_str(), "shop", "v2"];
        host.run(UNMIGRATE, &words, "").with(0).says("no migration container of v2");
        std::fs::write(host.path("container"), "running 0\n").unwrap();
        std::fs::write(host.path("srv/.flipside/migrating.v2"), "sha256:abc\n").unwrap();
        host.run(UNMIGRATE, &words, "").with(65).says("still running");
        assert!(host.has("container"));
        std::fs::write(host.path("container"), "exited 3\n").unwrap();
        host.run(UNMIGRATE, &words, "").with(0).says("(state: exited 3)");
        assert_eq!(host.read("removed"), "rm shop-migrate-v2\n", "without force");
        assert!(!host.has("srv/.flipside/migrating.v2"));
        assert!(!host.has("srv/.flipside/migrated/v2"));
    });
}

/// No console recorded that it succeeded. If its container were removed without that, it would run again.
#[test]
fn a_migration_that_succeeded_without_a_console_is_recorded_before_removal() {
    under_every_shell(|host| {
        let dir = host.at("srv");
        std::fs::write(host.path("container"), "exited 0\n").unwrap();
        std::fs::write(host.path("srv/.flipside/migrating.v2"), "sha256:abc\n").unwrap();
        host.run(UNMIGRATE, &[&dir, "shop", "v2"], "").with(0);
        assert_eq!(host.read("srv/.flipside/migrated/v2"), "sha256:abc\n");
        assert!(!host.has("container") && !host.has("srv/.flipside/migrating.v2"));
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn prune_creates_the_reserve_again() {
    under_every_shell(|host| {
        let dir = host.at("srv");
        std::fs::write(host.path("srv/old.yml"), "x").unwrap();
        host.run(PRUNE, &[&dir, "shop:v0", "--", "old.yml"], "")
            .with(0)
            .says("kept shop:v0: it is in use");
        assert!(!host.has("srv/old.yml"));
        assert_eq!(host.path("srv/.flipside/reserve").metadata().unwrap().len(), 65536);
    });
}

#[test]
fn checks_bypass_the_proxy_of_the_login() {
    under_every_shell(|host| {
        let health = format!("{}/health", host.url);
        host.run(CHECK, &[&health, "", "5", "", "header", "X-Color", "blue"], "").with(0);
        host.run(CHECK, &[&health, "", "5", "", "body", "ok", ""], "").with(0);
        host.run(CHECK, &[&health, "", "5", "", "header", "X-Color", "red"], "")
            .with(1)
            .says("wanted red");
        host.run(REVIVE, &["shop", "shop_blue", "5", &health, ""], "").with(0).says("answers");
        host.put("sick");
        host.run(CHECK, &[&health, "", "5", ""], "").with(1).says("answered 503");
        let ended = host.run(REVIVE, &["shop", "shop_blue", "1", &health, ""], "");
        ended.with(67).says("does not answer within 1 s");
    });
}

#[test]
fn jobs_are_updated_although_the_console_disconnects() {
    under_every_shell(|host| {
        let dir = host.at("srv");
        let mut child = host.start(JOBS, &[&dir, "docker-compose.2.yml", "shop", "djobs"]);
        drop((child.stdout.take(), child.stderr.take()));
        until("it works", || host.has("srv/docker-compose.yml"));
        for one in ["HUP", "INT", "TERM", "PIPE"] {
            signal(&child, one);
        }
        ended(child, "").with(0);
    });
}

#[test]
fn jobs_fail_if_compose_fails_or_they_do_not_run() {
    under_every_shell(|host| {
        let words = [&host.at("srv"), "docker-compose.2.yml", "shop", "djobs"];
        host.run(JOBS, &words, "").with(0).says("djobs-1 Started");
        host.put("jobs-exit");
        host.run(JOBS, &words, "").with(1).says("djobs is exited");
        std::fs::remove_file(host.path("jobs-exit")).unwrap();
        host.put("jobs-restart");
        host.run(JOBS, &words, "").with(0).says("djobs-1 Started");
        host.put("jobs-new");
        host.run(JOBS, &words, "").with(1).says("has restarted it 2 times already");
        host.put("compose-fails");
        host.run(JOBS, &words, "").with(17);
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn drain_ends_if_workers_cannot_be_observed_and_directories_are_created() {
    under_every_shell(|host: &ScriptHost| {
        let ended = host.run(DRAIN, &["/nowhere/nginx.pid", "5"], "");
        ended.with(0).says("cannot be observed");
        assert!(ended.took < Duration::from_secs(5));
        host.run(DIRECTORIES, &[&host.at("srv/new/directory")], "").with(0);
        assert!(host.has("srv/new/directory"));
    });
}
