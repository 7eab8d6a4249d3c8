//! The switch is completed or restored and verified; if neither is possible, it says so.

use std::time::Duration;

use super::host::{ScriptExit, ScriptHost, include, signal, sum, under_every_shell, until};
use crate::platform::compose::scripts::OBSERVE;
use crate::platform::kit::scripts::SWITCH;

const MARK: &str = r#"{"from":"blue","to":"green","run":"run-1","at":"2026-01-01T00:00:00Z"}"#;

/// The arguments of a switch of users from blue to green.
pub fn arguments(host: &ScriptHost, seconds: &str) -> Vec<String> {
    let text = include("green");
    [
        "live",
        &host.at("srv"),
        &host.at("live.conf"),
        &sum(&include("blue")),
        &host.at("bin/nginx"),
        "/nowhere/nginx.pid",
        "green",
        &format!("{}/health", host.url),
        "",
        &host.url,
        "shop.test",
        "X-Color",
        "",
        "v2",
        "3",
        seconds,
        "docker-compose.yml=docker-compose.2.yml",
        r#"{"what":"go-live"}"#,
        r#"{"by":"li"}"#,
        &sum(&text),
        "blue",
        MARK,
    ]
    .map(str::to_owned)
    .into()
}

fn switch(host: &ScriptHost, seconds: &str) -> ScriptExit {
    let arguments = arguments(host, seconds);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    host.run(SWITCH, &words, &include("green"))
}

#[track_caller]
fn nothing_changed(host: &ScriptHost) {
    assert_eq!(host.read("live.conf"), include("blue"));
    assert_eq!(host.read("loaded"), include("blue"), "nginx reads the old include");
    assert!(!host.has("srv/live-color") && !host.has("srv/.flipside/switching"));
    assert_eq!(host.leftovers(), [""; 0]);
}

#[test]
fn switch_moves_users_and_records_it() {
    under_every_shell(|host| {
        switch(host, "60").with(0).says("live is green: 3 correct answers in a row");
        assert_eq!(host.read("loaded"), include("green"));
        assert_eq!(host.read("srv/live-color"), "green\n");
        assert_eq!(host.read("srv/.flipside/change"), "{\"what\":\"go-live\"}\n");
        assert_eq!(host.read("srv/.flipside/frozen"), "{\"by\":\"li\"}\n");
        let link = std::fs::read_link(host.path("srv/docker-compose.yml")).unwrap();
        assert_eq!(link.to_str(), Some("docker-compose.2.yml"));
        assert!(!host.has("srv/.flipside/switching"), "its mark is removed");
        assert_eq!(host.leftovers(), [""; 0]);
        for reserve in [".flipside-reserve", "srv/.flipside/reserve"] {
            assert_eq!(host.path(reserve).metadata().unwrap().len(), 65536, "{reserve}");
        }
    });
}

#[test]
fn an_incomplete_include_changes_nothing() {
    under_every_shell(|host| {
        let arguments = arguments(host, "60");
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        for part in ["", "upstream shop_live {\n"] {
            host.run(SWITCH, &words, part).with(76).says("did not arrive completely");
            nothing_changed(host);
        }
    });
}

#[test]
fn errors_before_the_first_change_change_nothing() {
    under_every_shell(|host| {
        host.put("sick");
        switch(host, "60").with(40).says("nothing was changed");
        nothing_changed(host);
        std::fs::remove_file(host.path("sick")).unwrap();
        let mut other = arguments(host, "60");
        other[3] = sum("another include");
        let words: Vec<&str> = other.iter().map(String::as_str).collect();
        host.run(SWITCH, &words, &include("green")).with(44).says("changed since");
        nothing_changed(host);
    });
}

#[test]
fn switch_restores_the_include_when_nginx_rejects_it() {
    under_every_shell(|host| {
        host.put("refuses-green");
        switch(host, "60").with(41).says("it is refused in this test").says("was restored");
        nothing_changed(host);
    });
}

#[test]
fn switch_gives_up_an_nginx_that_hangs() {
    under_every_shell(|host| {
        host.put("hangs-at-test");
        let ended = switch(host, "1");
        ended.with(41).says("did not end in time").says("was restored");
        assert!(ended.took < Duration::from_secs(10), "{ended:?}");
        nothing_changed(host);
        host.put("hangs-at-reload");
        let ended = switch(host, "1");
        ended.with(43).says("did not end in time").says("blue answers again");
        assert!(ended.took < Duration::from_secs(15), "{ended:?}");
        nothing_changed(host);
    });
}

#[test]
fn a_reload_that_fails_moves_no_users() {
    under_every_shell(|host| {
        host.put("fails-to-reload");
        switch(host, "2").with(43).says("no such process").says("was restored");
        nothing_changed(host);
    });
}

#[test]
fn switch_restores_the_old_color_when_the_new_release_hangs() {
    under_every_shell(|host| {
        host.put("green-hangs");
        let ended = switch(host, "2");
        ended.with(42).says("no correct answer of green within 2 s").says("blue answers again");
        assert!(ended.took < Duration::from_secs(12), "{ended:?}");
        nothing_changed(host);
    });
}

#[test]
fn a_reload_without_effect_is_detected() {
    under_every_shell(|host| {
        host.put("reloads-nothing");
        switch(host, "1").with(42).says("X-Color: blue").says("was restored");
        nothing_changed(host);
    });
}

#[test]
fn a_failed_restoration_is_reported_and_the_mark_stays() {
    under_every_shell(|host| {
        host.put("green-hangs");
        host.put("reloads-once");
        switch(host, "1").with(45).says("nginx could not be reloaded").says("no such process");
        assert_eq!(host.read("live.conf"), include("blue"), "the file was restored");
        assert!(host.read("srv/.flipside/switching").starts_with(MARK));
    });
}

#[test]
fn an_old_color_that_does_not_answer_is_reported() {
    under_every_shell(|host| {
        host.put("green-hangs");
        host.put("blue-hangs");
        switch(host, "1").with(45).says("the entry point does not answer as blue");
        assert!(host.has("srv/.flipside/switching"));
    });
}

/// The engine of a host was stopped: nginx itself answers for both colors, and names them.
#[test]
fn an_old_color_that_is_down_is_reported() {
    under_every_shell(|host| {
        host.put("green-is-down");
        host.put("blue-is-down");
        let ended = switch(host, "1");
        ended.with(42).says("sends users to blue, WHICH DOES NOT ANSWER WELL (HTTP/1.1 503");
        nothing_changed(host);
    });
}

#[test]
fn signals_and_a_closed_output_do_not_interrupt_a_switch() {
    under_every_shell(|host| {
        host.put("green-hangs");
        let arguments = arguments(host, "3");
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut child = host.start(SWITCH, &words);
        drop(child.stdout.take());
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), include("green").as_bytes())
            .unwrap();
        until("nginx reads green", || host.read("loaded") == include("green"));
        for one in ["HUP", "INT", "TERM", "PIPE"] {
            signal(&child, one);
        }
        assert!(
            host.read("srv/.flipside/switching").starts_with(MARK),
            "the mark is there meanwhile"
        );
        let seen = observed(host);
        assert!(seen.contains(&format!("switching\n{MARK}\nrunning\n")), "{seen}");
        let other = switch(host, "1");
        other.with(47).says("another switch is running");
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(42), "{output:?}");
        nothing_changed(host);
        assert!(!observed(host).contains("switching\n"));
    });
}

#[test]
fn a_killed_switch_leaves_its_mark() {
    under_every_shell(|host| {
        host.put("green-hangs");
        let arguments = arguments(host, "30");
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut child = host.start(SWITCH, &words);
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), include("green").as_bytes())
            .unwrap();
        until("nginx reads green", || host.read("loaded") == include("green"));
        signal(&child, "KILL");
        child.wait().unwrap();
        let seen = observed(host);
        assert!(seen.contains(&format!("switching\n{MARK}\n")), "{seen}");
        assert!(!seen.contains("running\n"), "no switch is running: {seen}");
    });
}

/// Returns the output of `observe.sh`, without an engine.
fn observed(host: &ScriptHost) -> String {
    let entry_point = [host.url.as_str(), "", "", ""];
    let words = host.observing(&host.at("bin/nginx"), [entry_point, entry_point]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ended = host.run(OBSERVE, &words, "");
    assert!(ended.out.contains("\u{1e}end"), "{ended:#?}");
    ended.out
}

#[test]
fn an_observation_bypasses_the_proxy_and_reads_the_clock() {
    under_every_shell(|host| {
        let seen = observed(host);
        assert!(seen.contains("X-Color: blue"), "past the proxy of the login: {seen}");
        let clock = seen.split("\u{1e}clock\n").nth(1).unwrap().lines().next().unwrap();
        assert!(clock.len() >= 10 && clock.bytes().all(|byte| byte.is_ascii_digit()), "{clock}");
    });
}
