//! The switch: done, or put back and shown to be; never in between without saying so.

use std::time::Duration;

use super::bench::{Bench, Ended, include, signal, sum, under_every_shell, until};
use crate::platform::compose::scripts::{OBSERVE, SWITCH};

const MARK: &str = r#"{"from":"blue","to":"green","run":"run-1","at":"2026-01-01T00:00:00Z"}"#;

/// The arguments of a switch of users from blue to green.
pub fn arguments(bench: &Bench, seconds: &str) -> Vec<String> {
    let text = include("green");
    [
        "live",
        &bench.at("srv"),
        &bench.at("live.conf"),
        &sum(&include("blue")),
        &bench.at("bin/nginx"),
        "/nowhere/nginx.pid",
        "green",
        &format!("{}/health", bench.url),
        "",
        &bench.url,
        "shop.test",
        "X-Color",
        "",
        "v2",
        "3",
        seconds,
        "docker-compose.2.yml",
        r#"{"what":"go-live"}"#,
        r#"{"by":"li"}"#,
        &sum(&text),
        "blue",
        MARK,
    ]
    .map(str::to_owned)
    .into()
}

fn switch(bench: &Bench, seconds: &str) -> Ended {
    let arguments = arguments(bench, seconds);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    bench.run(SWITCH, &words, &include("green"))
}

#[track_caller]
fn all_is_as_it_was(bench: &Bench) {
    assert_eq!(bench.read("live.conf"), include("blue"));
    assert_eq!(bench.read("loaded"), include("blue"), "nginx reads the old include");
    assert!(!bench.has("srv/live-color") && !bench.has("srv/.flipside/switching"));
    assert_eq!(bench.leftovers(), [""; 0]);
}

#[test]
fn users_are_moved_and_it_is_recorded() {
    under_every_shell(|bench| {
        switch(bench, "60").with(0).says("live is green: 3 right answers in a row");
        assert_eq!(bench.read("loaded"), include("green"));
        assert_eq!(bench.read("srv/live-color"), "green\n");
        assert_eq!(bench.read("srv/.flipside/change"), "{\"what\":\"go-live\"}\n");
        assert_eq!(bench.read("srv/.flipside/frozen"), "{\"by\":\"li\"}\n");
        let link = std::fs::read_link(bench.path("srv/docker-compose.yml")).unwrap();
        assert_eq!(link.to_str(), Some("docker-compose.2.yml"));
        assert!(!bench.has("srv/.flipside/switching"), "its mark is gone");
        assert_eq!(bench.leftovers(), [""; 0]);
        for room in [".flipside-reserve", "srv/.flipside/reserve"] {
            assert_eq!(bench.path(room).metadata().unwrap().len(), 65536, "{room} is kept");
        }
    });
}

#[test]
fn half_of_an_include_changes_nothing() {
    under_every_shell(|bench| {
        let arguments = arguments(bench, "60");
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        for part in ["", "upstream shop_live {\n"] {
            bench.run(SWITCH, &words, part).with(76).says("did not arrive whole");
            all_is_as_it_was(bench);
        }
    });
}

#[test]
fn what_is_wrong_before_the_first_change_changes_nothing() {
    under_every_shell(|bench| {
        bench.put("sick");
        switch(bench, "60").with(40).says("users stay where they are");
        all_is_as_it_was(bench);
        std::fs::remove_file(bench.path("sick")).unwrap();
        let mut other = arguments(bench, "60");
        other[3] = sum("another include");
        let words: Vec<&str> = other.iter().map(String::as_str).collect();
        bench.run(SWITCH, &words, &include("green")).with(44).says("changed since");
        all_is_as_it_was(bench);
    });
}

#[test]
fn an_include_that_nginx_refuses_is_put_back() {
    under_every_shell(|bench| {
        bench.put("refuses-green");
        switch(bench, "60").with(41).says("it is refused in this test").says("was put back");
        all_is_as_it_was(bench);
    });
}

#[test]
fn an_nginx_that_hangs_holds_nothing_up() {
    under_every_shell(|bench| {
        bench.put("hangs-at-test");
        let ended = switch(bench, "1");
        ended.with(41).says("did not end in time").says("was put back");
        assert!(ended.took < Duration::from_secs(10), "{ended:?}");
        all_is_as_it_was(bench);
        bench.put("hangs-at-reload");
        let ended = switch(bench, "1");
        ended.with(43).says("did not end in time").says("blue answers again");
        assert!(ended.took < Duration::from_secs(15), "{ended:?}");
        all_is_as_it_was(bench);
    });
}

#[test]
fn a_reload_that_fails_moves_nobody() {
    under_every_shell(|bench| {
        bench.put("fails-to-reload");
        switch(bench, "2").with(43).says("no such process").says("was put back");
        all_is_as_it_was(bench);
    });
}

#[test]
fn a_release_that_hangs_is_given_up_and_users_are_answered_by_the_old_one() {
    under_every_shell(|bench| {
        bench.put("green-hangs");
        let ended = switch(bench, "2");
        ended.with(42).says("no right answer of green within 2 s").says("blue answers again");
        assert!(ended.took < Duration::from_secs(12), "{ended:?}");
        all_is_as_it_was(bench);
    });
}

#[test]
fn a_reload_that_does_nothing_is_not_believed() {
    under_every_shell(|bench| {
        bench.put("reloads-nothing");
        switch(bench, "1").with(42).says("X-Color: blue").says("was put back");
        all_is_as_it_was(bench);
    });
}

#[test]
fn what_cannot_be_put_back_is_said_and_the_mark_stays() {
    under_every_shell(|bench| {
        bench.put("green-hangs");
        bench.put("reloads-once");
        switch(bench, "1").with(45).says("nginx could not be reloaded").says("no such process");
        assert_eq!(bench.read("live.conf"), include("blue"), "the file was put back");
        assert!(bench.read("srv/.flipside/switching").starts_with(MARK));
    });
}

#[test]
fn an_old_color_that_does_not_answer_is_not_said_to_be_back() {
    under_every_shell(|bench| {
        bench.put("green-hangs");
        bench.put("blue-hangs");
        switch(bench, "1").with(45).says("users' port does not answer as blue");
        assert!(bench.has("srv/.flipside/switching"));
    });
}

/// The engine of a host was stopped: nginx itself answers for both colors, and names them.
#[test]
fn an_old_color_that_is_down_is_not_said_to_answer() {
    under_every_shell(|bench| {
        bench.put("green-is-down");
        bench.put("blue-is-down");
        let ended = switch(bench, "1");
        ended.with(42).says("sends users to blue, WHICH DOES NOT ANSWER WELL (HTTP/1.1 503");
        all_is_as_it_was(bench);
    });
}

#[test]
fn no_signal_and_no_closed_output_ends_it_half_way() {
    under_every_shell(|bench| {
        bench.put("green-hangs");
        let arguments = arguments(bench, "3");
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut child = bench.start(SWITCH, &words);
        drop(child.stdout.take());
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), include("green").as_bytes())
            .unwrap();
        until("nginx reads green", || bench.read("loaded") == include("green"));
        for one in ["HUP", "INT", "TERM", "PIPE"] {
            signal(&child, one);
        }
        assert!(bench.read("srv/.flipside/switching").starts_with(MARK), "a mark stands meanwhile");
        let seen = observed(bench);
        assert!(seen.contains(&format!("switching\n{MARK}\nrunning\n")), "{seen}");
        let other = switch(bench, "1");
        other.with(47).says("another switch is at work");
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(42), "{output:?}");
        all_is_as_it_was(bench);
        assert!(!observed(bench).contains("switching\n"));
    });
}

#[test]
fn a_killed_switch_leaves_its_mark() {
    under_every_shell(|bench| {
        bench.put("green-hangs");
        let arguments = arguments(bench, "30");
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut child = bench.start(SWITCH, &words);
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), include("green").as_bytes())
            .unwrap();
        until("nginx reads green", || bench.read("loaded") == include("green"));
        signal(&child, "KILL");
        child.wait().unwrap();
        let seen = observed(bench);
        assert!(seen.contains(&format!("switching\n{MARK}\n")), "{seen}");
        assert!(!seen.contains("running\n"), "nobody is at work: {seen}");
    });
}

/// What `observe.sh` prints, with an engine that is not there.
fn observed(bench: &Bench) -> String {
    let side = [bench.url.as_str(), "", "", ""];
    let words = bench.observing(&bench.at("bin/nginx"), [side, side]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ended = bench.run(OBSERVE, &words, "");
    assert!(ended.out.contains("\u{1e}end"), "{ended:#?}");
    ended.out
}

#[test]
fn the_observation_asks_the_host_itself_and_reads_its_clock() {
    under_every_shell(|bench| {
        let seen = observed(bench);
        assert!(seen.contains("X-Color: blue"), "past the proxy of the login: {seen}");
        let clock = seen.split("\u{1e}clock\n").nth(1).unwrap().lines().next().unwrap();
        assert!(clock.len() >= 10 && clock.bytes().all(|byte| byte.is_ascii_digit()), "{clock}");
    });
}
