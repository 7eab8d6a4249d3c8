//! What the screens say, at the sizes that matter.

use std::time::Duration;

use flipside::domain::event::{Stream, Verdict, What};
use flipside::domain::observation::{Observed, SignOff};
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Question, Refusal};
use flipside::domain::release::Tag;

use crate::fixture::{Desk, host, pull, switch};
use crate::{desk, elsewhere, freeze, integration, messages, panes, reading, table};

pub type Scene = fn() -> Desk;

pub const SCENES: &[(&str, Scene)] = &[
    ("first-seconds", Desk::new),
    ("idle", idle),
    ("prepare", prepare),
    ("sign-off", sign_off),
    ("plan-card", plan_card),
    ("plan-files", reading::files),
    ("plan-commands", reading::commands),
    ("refusal", refusal),
    ("frozen", freeze::frozen),
    ("unfreeze", freeze::unfreeze),
    ("unknown", unknown),
    ("failure", failure),
    ("rollback", rollback),
    ("rollback-cold", rollback_cold),
    ("rollback-stopped", desk::stopped),
    ("rollback-at-work", desk::going_back),
    ("rollback-unknown", desk::one_unknown),
    ("rollback-done", desk::all_back),
    ("mixed", desk::mixed),
    ("two-failed", desk::two_failed),
    ("rollback-midway", rollback_midway),
    ("night", night),
    ("scrolled", scrolled),
    ("host-key", host_key),
    ("partly", partly),
    ("help", help),
    ("tag", tag),
    ("palette", palette),
    ("palette-found", palette_found),
    ("read-only", read_only),
    ("quit", quit),
    ("quit-go-live", integration::leaving),
    ("mouse", integration::mouse),
    ("messages", messages::shown),
    ("environments", elsewhere::card),
    ("filtered", table::filtered),
    ("by-trouble", table::by_trouble),
    ("marked", table::marked),
    ("forty-hosts", table::forty_hosts),
    ("two-panes", panes::two),
    ("four-panes", panes::four),
    ("all-hosts", panes::all),
    ("first-failing-line", panes::failing),
    ("found", panes::found),
    ("cut-lines", panes::cut),
];

fn idle() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v410")).wait(800);
    desk
}

fn prepare() -> Desk {
    let mut desk = idle();
    desk.starts(Phase::Prepare, "v412")
        .ends("web-01", pull(), Outcome::Done)
        .works("web-02", pull())
        .prints("web-01", Stream::Own, "flipside-pull v412")
        .prints("web-01", Stream::Stdout, "v412: Pulling from shop")
        .prints("web-01", Stream::Stderr, "warning: the credential helper is slow")
        .wait(41_000);
    desk.quiet(("blue", "v411"), ("green", "v410")).wait(300);
    desk
}

fn sign_off() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v412")).starts(Phase::Verify, "v412");
    desk.happens(What::Asked {
        question: Question {
            text: "Is green v412 good on all 3 servers?".to_owned(),
            hints: vec![
                "http://web-01.example.org:8081/".to_owned(),
                "http://web-02.example.org:8081/".to_owned(),
            ],
        },
    });
    desk
}

pub fn ready_to_go() -> Desk {
    let mut desk = Desk::new();
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("blue", "v411"), ("green", "v412"));
        seen.verified = Some(SignOff {
            tag: Tag::new("v412").unwrap(),
            by: "mara".to_owned(),
            at: seen.at,
            run: "r1".parse().unwrap(),
        });
        desk.sees(&name, seen);
    }
    desk.wait(500);
    desk
}

fn plan_card() -> Desk {
    let mut desk = ready_to_go();
    desk.calmly("L");
    let plan = desk.plan(Phase::GoLive, "v412");
    desk.answers(Ok(plan)).wait(600);
    desk.keys("produ");
    desk
}

fn refusal() -> Desk {
    let mut desk = Desk::new();
    desk.quiet(("blue", "v411"), ("green", "v412")).calmly("L");
    desk.answers(Err(Refusal {
        reason: "green v412 was never signed off, and production wants that".to_owned(),
        remedy: "press V: the checks run, then a person signs it off".to_owned(),
        targets: vec![host("web-01"), host("web-02")],
    }))
    .wait(100);
    desk
}

pub fn unknown() -> Desk {
    let mut desk = ready_to_go();
    desk.starts(Phase::GoLive, "v412").works("web-01", switch()).wait(900);
    desk.ends("web-01", switch(), Outcome::Done).wait(50);
    let seen = desk.observation("web-01", ("green", "v412"), ("blue", "v411"));
    desk.sees("web-01", seen);
    desk.works("web-02", switch())
        .prints("web-02", Stream::Own, "flipside-switch green")
        .prints("web-02", Stream::Stdout, "nginx: configuration file test is successful")
        .wait(9_000);
    let last = desk.observation("web-02", ("blue", "v411"), ("green", "v412"));
    let last = Some(Box::new(flipside::domain::observation::Observation {
        at: last.at - Duration::from_secs(10),
        ..last
    }));
    desk.happens(What::Observed {
        target: host("web-02"),
        observed: Observed::Failed { why: "no answer for 9 s".to_owned(), last },
    })
    .ends("web-02", switch(), Outcome::unknown("the connection was lost after the switch was sent"))
    .wait(1_200);
    desk
}

pub fn failure() -> Desk {
    let mut desk = idle();
    desk.starts(Phase::Prepare, "v412")
        .works("web-03", pull())
        .prints("web-03", Stream::Own, "flipside-pull v412")
        .prints("web-03", Stream::Stderr, "manifest for shop:v412 not found")
        .wait(2_000)
        .ends("web-03", pull(), Outcome::failed("exit 1: manifest for shop:v412 not found"));
    desk
}

pub fn gone_live() -> Desk {
    let mut desk = ready_to_go();
    desk.starts(Phase::GoLive, "v412");
    for name in desk.names() {
        desk.works(&name, switch()).wait(700).ends(&name, switch(), Outcome::Done).wait(50);
        let seen = desk.observation(&name, ("green", "v412"), ("blue", "v411"));
        desk.sees(&name, seen);
    }
    desk.ends_run(Verdict::Done).wait(2_000);
    desk
}

fn rollback() -> Desk {
    let mut desk = gone_live();
    desk.calmly("R");
    let plan = desk.plan(Phase::Rollback, "v411");
    desk.answers(Ok(plan)).wait(900);
    desk
}

fn rollback_midway() -> Desk {
    let mut desk = unknown();
    desk.calmly("R").wait(600);
    desk
}

pub fn rollback_cold() -> Desk {
    let mut desk = Desk::new();
    for name in desk.names() {
        let mut seen = desk.observation(&name, ("green", "v412"), ("blue", "v411"));
        for slot in seen.colors.values_mut().take(1) {
            slot.running = flipside::domain::observation::Running::Absent;
            slot.release = None;
        }
        desk.sees(&name, seen);
    }
    desk.calmly("R").wait(500);
    let mut plan = desk.plan(Phase::Rollback, "v411");
    plan.warnings = vec!["web-01: cold rollback: v411 is started on blue first".to_owned()];
    desk.answers(Ok(plan)).wait(200);
    desk
}

fn help() -> Desk {
    let mut desk = idle();
    desk.keys("?");
    desk
}

fn tag() -> Desk {
    let mut desk = idle();
    desk.keys("Pv4");
    desk
}

fn palette() -> Desk {
    let mut desk = idle();
    desk.keys(":<down><down>");
    desk
}

fn palette_found() -> Desk {
    let mut desk = prepare();
    desk.keys(":ro");
    desk
}

fn read_only() -> Desk {
    let mut desk = idle();
    desk.keys(":read-only on<enter>").calmly(":read-only off<enter>prod");
    desk
}

fn quit() -> Desk {
    let mut desk = prepare();
    desk.keys("q");
    desk
}

/// Twelve servers with everything that can be wrong with one.
#[allow(clippy::too_many_lines)] // one arm for each host
pub fn night() -> Desk {
    let names: Vec<String> =
        (1..=11).map(|n| format!("web-{n:02}")).chain(["jobs-01".to_owned()]).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut environment = crate::fixture::environment(&names);
    for app in environment.apps.values_mut() {
        app.members.last_mut().unwrap().carries = flipside::domain::target::Carries::JobsOnly;
    }
    let mut desk = Desk::over(environment);
    desk.quiet(("blue", "v411"), ("green", "v412")).wait(7_000);
    for name in ["web-03", "web-04", "web-05", "web-06", "web-07", "web-08", "jobs-01"] {
        let mut seen = desk.observation(name, ("blue", "v411"), ("green", "v412"));
        match name {
            "web-03" => {
                seen.drift = vec![flipside::domain::observation::Drift {
                    what: "live-color says green, nginx serves blue".to_owned(),
                    remedy: "flipside repair".to_owned(),
                    kind: flipside::domain::observation::DriftKind::Disagreement,
                    repairable: true,
                }];
            }
            "web-04" => {
                seen.lock = Some(
                    flipside::domain::lock::Lock {
                        who: "li".to_owned(),
                        machine: "desk-7".to_owned(),
                        why: "go-live".to_owned(),
                        since: seen.at,
                        release: None,
                        run: flipside::domain::names::RunId::new("other").unwrap(),
                        lease: None,
                        rollback: false,
                    }
                    .into(),
                );
            }
            "web-05" => {
                let answer = seen.live.answer.as_mut().unwrap();
                answer.status = Some(502);
            }
            "web-06" => {
                let answer = seen.live.answer.as_mut().unwrap();
                answer.status = None;
                answer.color = None;
            }
            "web-07" => {
                let answer = seen.live.answer.as_mut().unwrap();
                answer.color = Some(crate::fixture::color("green"));
            }
            "web-08" => {
                let answer = seen.live.answer.as_mut().unwrap();
                answer.took = Duration::from_millis(2_340);
                let green = crate::fixture::color("green");
                seen.colors.get_mut(&green).unwrap().running =
                    flipside::domain::observation::Running::Stopped;
            }
            _ => {
                seen.jobs = vec![flipside::domain::observation::Workload {
                    name: "worker".to_owned(),
                    release: Some(crate::fixture::release("v411")),
                    running: flipside::domain::observation::Running::Up,
                }];
            }
        }
        desk.sees(name, seen);
    }
    desk.wait(9_000);
    let fresh = desk.observation("web-01", ("blue", "v411"), ("green", "v412"));
    desk.sees("web-01", fresh);
    let last = desk.observation("web-02", ("blue", "v411"), ("green", "v412"));
    desk.happens(What::Observed {
        target: host("web-02"),
        observed: Observed::Failed {
            why: "ssh: connection refused".to_owned(),
            last: Some(Box::new(last)),
        },
    });
    desk.wait(200);
    desk
}

fn scrolled() -> Desk {
    let mut desk = idle();
    for number in 0..200 {
        let text = format!("line {number} {}", "and on ".repeat(number % 30));
        desk.prints("web-01", Stream::Stdout, &text);
    }
    desk.tell(flipside::console::app::msg::Msg::Skipped { target: host("web-01"), lines: 1_204 });
    desk.prints("web-01", Stream::Stdout, "the last line");
    desk.screen(120, 36);
    desk.keys("<pgup>");
    desk
}

pub fn host_key() -> Desk {
    let mut desk = Desk::new();
    desk.tell(flipside::console::app::msg::Msg::Prompt {
        number: 1,
        card: flipside::console::app::msg::PromptCard::HostKey {
            host: "web-01".to_owned(),
            algorithm: "ssh-ed25519".to_owned(),
            fingerprint: "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDXZpnDYE5L0oq6TqQ".to_owned(),
            keep: Some("~/.ssh/known_hosts".to_owned()),
        },
    });
    desk
}

fn partly() -> Desk {
    let mut desk = unknown();
    desk.ends_run(Verdict::Partly {
        done: vec![host("web-01"), host("web-03")],
        failed: vec![],
        unknown: vec![host("web-02")],
    });
    desk
}

/// One page a scene: the four sizes, one under the other.
#[test]
fn the_screens_are_as_they_were_agreed() {
    for (name, scene) in SCENES {
        let page =
            |(width, height)| format!("--- {width}x{height}\n{}\n", scene().screen(width, height));
        let pages: Vec<String> = [(120, 36), (80, 24), (60, 16), (39, 9)].map(page).into();
        let pages = pages.concat();
        insta::assert_snapshot!(*name, pages);
    }
}
