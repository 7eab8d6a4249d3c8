//! The rest of the scripts, each with what it promises when something is wrong.

use std::time::Duration;

use super::bench::{Bench, ended, signal, sum, under_every_shell, until};
use crate::platform::compose::scripts::{
    CHECK, DRAIN, JOBS, MARK, PLACES, PRUNE, PULL, RECORD, REVIVE, UNMIGRATE, WRITE,
};

#[test]
fn a_compose_file_is_written_whole_or_not_at_all() {
    under_every_shell(|bench| {
        let (dir, text) = (bench.at("srv"), "services: {}\n");
        let words = [dir.as_str(), "docker-compose.1.yml", "shop", &sum(text)];
        bench.run(WRITE, &words, "services").with(76).says("did not arrive whole");
        bench.put("invalid");
        bench.run(WRITE, &words, text).with(66);
        assert!(!bench.has("srv/docker-compose.1.yml"));
        std::fs::remove_file(bench.path("invalid")).unwrap();
        bench.run(WRITE, &words, text).with(0).says("wrote ");
        bench.run(WRITE, &words, text).with(0).says("as wanted already");
        bench.run(WRITE, &[&dir, words[1], "shop", &sum("other\n")], "other\n").with(65);
        assert_eq!(bench.read("srv/docker-compose.1.yml"), text);
        assert!(!bench.has("srv/.flipside/new.docker-compose.1.yml"));
        assert!(bench.has("srv/.flipside/reserve"), "room is kept");
    });
}

fn pulls(dir: &str) -> [&str; 7] {
    [dir, "shop", "v2", "run-1", "", "registry.test", "ci"]
}

#[test]
fn a_digest_is_pulled_only_where_its_bytes_are_not_here_and_its_tag_is_given_to_them() {
    under_every_shell(|bench| {
        let dir = bench.at("srv");
        let words = [dir.as_str(), "shop", "v2", "run-1", "sha256:old", "registry.test", "ci"];
        bench.run(PULL, &words, "s3cret\n").with(0).says("shop:v2 is sha256:old");
        assert_eq!(bench.read("srv/.flipside/pulled"), "v2 sha256:old run-1\n");
        let asked = bench.read("by-digest");
        assert!(!asked.contains("pull shop@"), "{asked}");
        assert!(asked.ends_with("tag shop@sha256:old shop:v2\n"), "{asked}");
        bench.put("is-away");
        bench.run(PULL, &words, "s3cret\n").with(0).says("logged in to registry.test as ci");
        let asked = bench.read("by-digest");
        assert!(asked.contains("pull shop@sha256:old\ntag shop@sha256:old shop:v2\n"), "{asked}");
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn a_login_is_gone_after_its_pull() {
    under_every_shell(|bench| {
        let dir = bench.at("srv");
        bench.run(PULL, &pulls(&dir), "s3cret\n").with(0).says("shop:v2 is sha256:abc");
        assert_eq!(bench.read("srv/.flipside/pulled"), "v2 sha256:abc run-1\n");
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn a_login_is_gone_however_its_pull_is_ended() {
    under_every_shell(|bench| {
        bench.put("pull-hangs");
        let dir = bench.at("srv");
        for one in ["HUP", "INT", "TERM", "KILL"] {
            let child = {
                let mut child = bench.start(PULL, &pulls(&dir));
                std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"s3cret\n").unwrap();
                child
            };
            until("it pulls", || bench.has("pulls"));
            std::fs::remove_file(bench.path("pulls")).unwrap();
            assert_eq!(bench.leftovers().len(), 1, "the login is kept for the pull");
            signal(&child, one);
            let mut child = child;
            child.wait().unwrap();
            until("nothing is left of it", || bench.leftovers().is_empty());
        }
    });
}

#[test]
fn what_is_recorded_ends_the_mark_of_an_interrupted_switch() {
    under_every_shell(|bench| {
        bench.put("srv/.flipside/switching");
        let dir = bench.at("srv");
        bench.run(RECORD, &[&dir, "blue", "docker-compose.1.yml", "{}"], "").with(0);
        assert_eq!(bench.read("srv/live-color"), "blue\n");
        assert!(!bench.has("srv/.flipside/switching"));
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn marks_come_and_go() {
    under_every_shell(|bench| {
        let dir = bench.at("srv");
        bench.run(MARK, &[&dir, "verified", "by li"], "").with(0);
        assert_eq!(bench.read("srv/.flipside/verified"), "by li\n");
        bench.run(MARK, &[&dir, "verified"], "").with(0);
        assert!(!bench.has("srv/.flipside/verified"));
    });
}

#[test]
fn an_ended_migration_container_is_removed_and_a_running_one_is_not() {
    under_every_shell(|bench| {
        let dir = bench.at("srv");
        let words = [dir.as_str(), "shop", "v2"];
        bench.run(UNMIGRATE, &words, "").with(0).says("no migration container of v2");
        std::fs::write(bench.path("container"), "running 0\n").unwrap();
        std::fs::write(bench.path("srv/.flipside/migrating.v2"), "sha256:abc\n").unwrap();
        bench.run(UNMIGRATE, &words, "").with(65).says("still runs");
        assert!(bench.has("container"));
        std::fs::write(bench.path("container"), "exited 3\n").unwrap();
        bench.run(UNMIGRATE, &words, "").with(0).says("is removed; it was: exited 3");
        assert_eq!(bench.read("removed"), "rm shop-migrate-v2\n", "without force");
        assert!(!bench.has("srv/.flipside/migrating.v2"));
        assert!(!bench.has("srv/.flipside/migrated/v2"));
    });
}

/// Nobody was there to write down that it succeeded. Removed without that it would run again.
#[test]
fn a_migration_that_succeeded_unobserved_is_recorded_before_its_container_is_removed() {
    under_every_shell(|bench| {
        let dir = bench.at("srv");
        std::fs::write(bench.path("container"), "exited 0\n").unwrap();
        std::fs::write(bench.path("srv/.flipside/migrating.v2"), "sha256:abc\n").unwrap();
        bench.run(UNMIGRATE, &[&dir, "shop", "v2"], "").with(0);
        assert_eq!(bench.read("srv/.flipside/migrated/v2"), "sha256:abc\n");
        assert!(!bench.has("container") && !bench.has("srv/.flipside/migrating.v2"));
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn the_room_that_was_given_up_is_kept_again_at_the_next_chance() {
    under_every_shell(|bench| {
        let dir = bench.at("srv");
        std::fs::write(bench.path("srv/old.yml"), "x").unwrap();
        bench
            .run(PRUNE, &[&dir, "shop:v0", "--", "old.yml"], "")
            .with(0)
            .says("kept shop:v0: it is in use");
        assert!(!bench.has("srv/old.yml"));
        assert_eq!(bench.path("srv/.flipside/reserve").metadata().unwrap().len(), 65536);
    });
}

#[test]
fn the_host_itself_is_asked_and_no_proxy_answers_for_it() {
    under_every_shell(|bench| {
        let health = format!("{}/health", bench.url);
        bench.run(CHECK, &[&health, "", "5", "", "header", "X-Color", "blue"], "").with(0);
        bench.run(CHECK, &[&health, "", "5", "", "body", "ok", ""], "").with(0);
        bench
            .run(CHECK, &[&health, "", "5", "", "header", "X-Color", "red"], "")
            .with(1)
            .says("wanted red");
        bench.run(REVIVE, &["shop", "shop_blue", "5", &health, ""], "").with(0).says("answers");
        bench.put("sick");
        bench.run(CHECK, &[&health, "", "5", ""], "").with(1).says("answered 503");
        let ended = bench.run(REVIVE, &["shop", "shop_blue", "1", &health, ""], "");
        ended.with(67).says("does not answer within 1 s");
    });
}

#[test]
fn jobs_are_brought_along_though_nobody_listens_any_more() {
    under_every_shell(|bench| {
        let dir = bench.at("srv");
        let mut child = bench.start(JOBS, &[&dir, "docker-compose.2.yml", "shop", "djobs"]);
        drop((child.stdout.take(), child.stderr.take()));
        until("it works", || bench.has("srv/docker-compose.yml"));
        for one in ["HUP", "INT", "TERM", "PIPE"] {
            signal(&child, one);
        }
        ended(child, "").with(0);
    });
}

#[test]
fn jobs_whose_compose_fails_or_that_do_not_run_are_no_success() {
    under_every_shell(|bench| {
        let words = [&bench.at("srv"), "docker-compose.2.yml", "shop", "djobs"];
        bench.run(JOBS, &words, "").with(0).says("djobs-1 Started");
        bench.put("jobs-exit");
        bench.run(JOBS, &words, "").with(1).says("djobs is exited");
        std::fs::remove_file(bench.path("jobs-exit")).unwrap();
        bench.put("jobs-restart");
        bench.run(JOBS, &words, "").with(0).says("djobs-1 Started");
        bench.put("jobs-new");
        bench.run(JOBS, &words, "").with(1).says("has restarted it 2 times already");
        bench.put("compose-fails");
        bench.run(JOBS, &words, "").with(17);
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn waiting_ends_where_workers_cannot_be_seen_and_places_are_made() {
    under_every_shell(|bench: &Bench| {
        let ended = bench.run(DRAIN, &["/nowhere/nginx.pid", "5"], "");
        ended.with(0).says("cannot be seen here");
        assert!(ended.took < Duration::from_secs(5));
        bench.run(PLACES, &[&bench.at("srv/new/place")], "").with(0);
        assert!(bench.has("srv/new/place"));
    });
}
