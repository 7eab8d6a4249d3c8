//! Keys, as a person presses them, and what goes out to the engine.

use flipside::console::actions::{ACTIONS, Class};
use flipside::console::glyphs::{Glyphs, Mark};
use flipside::console::key::Key;
use flipside::console::msg::{Effect, Msg, PromptAnswer, PromptCard};
use flipside::console::theme::Theme;
use flipside::domain::event::{Choice, OutputLine, Stream, Verdict, What};
use flipside::domain::order::Order;
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{Question, Refusal};
use secrecy::ExposeSecret;

use crate::fixture::{Desk, HOSTS, environment, host, operator, pull, switch};
use crate::screens::{self, SCENES};

fn ready() -> Desk {
    screens::ready_to_go()
}

/// Where a plan wants only its key.
fn unprotected() -> Desk {
    let mut environment = environment(&HOSTS);
    environment.protected = false;
    let mut desk = Desk::over(environment);
    desk.quiet(("blue", "v411"), ("green", "v412")).wait(500);
    desk
}

fn started(desk: &Desk) -> Vec<Phase> {
    desk.orders
        .iter()
        .filter_map(|order| match order {
            Order::Start { intent, .. } => Some(intent.phase),
            _ => None,
        })
        .collect()
}

fn refusal() -> Refusal {
    Refusal { reason: "no".to_owned(), remedy: "wait".to_owned(), targets: Vec::new() }
}

fn asks(desk: &mut Desk) -> &mut Desk {
    let question = Question { text: "Is it good?".to_owned(), hints: Vec::new() };
    desk.happens(What::Asked { question })
}

#[test]
fn upper_case_changes_servers_and_lower_case_does_not() {
    for action in ACTIONS {
        let changes = matches!(action.class, Class::Mutate | Class::Emergency);
        for key in action.keys.iter().filter(|key| !matches!(key, Key::Char('G' | 'N'))) {
            assert_eq!(key.is_upper_case(), changes, "{} on {key:?}", action.name);
        }
    }
}

#[test]
fn no_key_has_two_meanings() {
    let keys: Vec<Key> = ACTIONS.iter().flat_map(|action| action.keys).copied().collect();
    for (index, key) in keys.iter().enumerate() {
        assert!(!keys[index + 1..].contains(key), "{key:?}");
        assert_ne!(*key, Key::Char('Y'), "the confirming key starts nothing");
    }
}

#[test]
fn no_single_key_changes_anything() {
    for action in ACTIONS.iter().filter(|action| action.keys[0].is_upper_case()) {
        let Key::Char(key) = action.keys[0] else { continue };
        let mut desk = ready();
        // The same key again, and Enter, are no answer either.
        desk.calmly(&format!("{key}{key}<enter>{key}"));
        let only_asked = desk.orders.iter().all(|order| matches!(order, Order::Propose { .. }));
        assert!(only_asked, "{key}: {:?}", desk.orders);
    }
}

#[test]
fn a_plan_is_shown_before_it_is_agreed_to_and_starts_on_the_basis_that_was_seen() {
    let mut desk = unprotected();
    desk.calmly("F").calmly("Y");
    assert!(started(&desk).is_empty(), "there is no plan on the card yet");
    let plan = desk.plan(Phase::Finish, "v411");
    desk.answers(Ok(plan.clone())).calmly("Y");
    assert_eq!(started(&desk), [Phase::Finish]);
    let Some(Order::Start { basis, .. }) = desk.orders.last() else { panic!() };
    assert_eq!(*basis, Some(plan.basis));
}

#[test]
fn hands_quicker_than_the_screen_are_not_believed() {
    let mut desk = unprotected();
    desk.calmly("F");
    let plan = desk.plan(Phase::Finish, "v411");
    desk.answers(Ok(plan)).keys("Y");
    assert!(started(&desk).is_empty());
}

#[test]
fn going_live_in_a_protected_environment_wants_its_name() {
    let mut desk = ready();
    desk.calmly("L");
    let plan = desk.plan(Phase::GoLive, "v412");
    desk.answers(Ok(plan)).calmly("Y<bs>").calmly("produktionY");
    assert!(started(&desk).is_empty());
    desk.calmly("<c-u>productionY");
    assert_eq!(started(&desk), [Phase::GoLive]);
}

#[test]
fn a_pasted_name_is_not_a_typed_one() {
    let mut desk = ready();
    desk.calmly("L");
    let plan = desk.plan(Phase::GoLive, "v412");
    desk.answers(Ok(plan)).wait(400).tell(Msg::Paste("production".to_owned())).calmly("Y");
    assert!(started(&desk).is_empty());
}

#[test]
fn go_live_is_narrowed_to_the_release_that_was_on_the_screen() {
    let mut desk = ready();
    desk.calmly("L");
    let Some(Order::Propose { intent }) = desk.orders.last() else { panic!() };
    assert_eq!(intent.release.as_ref().map(|release| release.tag.as_str()), Some("v412"));
    assert_eq!(intent.by, operator());
}

#[test]
fn a_refused_plan_cannot_be_agreed_to() {
    let mut desk = unprotected();
    desk.calmly("F").answers(Err(refusal())).calmly("YYY<enter>");
    assert!(started(&desk).is_empty());
    assert!(desk.screen(80, 24).contains("What puts it right: wait"));
}

#[test]
fn roll_back_starts_by_itself_after_the_countdown() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let plan = desk.plan(Phase::RollBack, "v411");
    desk.answers(Ok(plan)).wait(2_900);
    assert!(started(&desk).is_empty());
    desk.wait(200);
    assert_eq!(started(&desk), [Phase::RollBack]);
    desk.wait(9_000);
    assert_eq!(started(&desk).len(), 1);
}

#[test]
fn a_roll_back_is_not_bound_to_the_plan_on_its_card() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let plan = desk.plan(Phase::RollBack, "v411");
    desk.answers(Ok(plan)).calmly("Y");
    let Some(Order::Start { basis, .. }) = desk.orders.last() else { panic!() };
    assert_eq!(*basis, None, "a host that is lost in this moment must not hold up the others");
}

#[test]
fn esc_stops_the_countdown() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let plan = desk.plan(Phase::RollBack, "v411");
    desk.answers(Ok(plan)).wait(2_000).keys("<esc>").wait(60_000);
    assert!(started(&desk).is_empty());
}

#[test]
fn roll_back_now_does_not_wait_for_the_answer_of_the_servers() {
    let mut desk = screens::gone_live();
    desk.calmly("RY");
    assert_eq!(started(&desk), [Phase::RollBack]);
}

#[test]
fn time_alone_starts_no_roll_back_that_the_servers_did_not_agree_to() {
    let mut desk = screens::gone_live();
    desk.calmly("R").wait(60_000);
    assert!(started(&desk).is_empty(), "they have not answered");
    desk.answers(Err(refusal())).wait(60_000).calmly("Y");
    assert!(started(&desk).is_empty(), "they said no");
}

#[test]
fn a_countdown_of_zero_waits_only_for_the_servers() {
    let mut environment = environment(&HOSTS);
    environment.roll_back_countdown = std::time::Duration::ZERO;
    let mut desk = Desk::over(environment);
    desk.quiet(("green", "v412"), ("blue", "v411")).calmly("R");
    let plan = desk.plan(Phase::RollBack, "v411");
    desk.answers(Ok(plan)).wait(1);
    assert_eq!(started(&desk), [Phase::RollBack]);
}

#[test]
fn without_a_warm_passive_color_roll_back_waits_for_the_name() {
    let mut desk = screens::rollback_cold();
    let plan = desk.plan(Phase::RollBack, "v411");
    desk.answers(Ok(plan)).wait(60_000).calmly("Y");
    assert!(started(&desk).is_empty());
    desk.calmly("<c-u>productionY");
    assert_eq!(started(&desk), [Phase::RollBack]);
}

#[test]
fn what_was_only_prepared_is_no_way_back() {
    let mut desk = ready();
    desk.calmly("R");
    let plan = desk.plan(Phase::RollBack, "v412");
    desk.answers(Ok(plan)).wait(60_000);
    assert!(started(&desk).is_empty());
    assert!(desk.screen(120, 36).contains("was prepared"));
}

#[test]
fn a_countdown_does_not_run_behind_another_card() {
    let mut desk = screens::gone_live();
    desk.calmly("R");
    let plan = desk.plan(Phase::RollBack, "v411");
    let card = PromptCard::Secret { title: "Passphrase".to_owned(), hint: None };
    desk.answers(Ok(plan)).tell(Msg::Prompt { number: 7, card }).wait(10_000);
    assert!(started(&desk).is_empty());
    desk.keys("<esc>").wait(2_000);
    assert!(started(&desk).is_empty(), "it begins to count again when it can be seen again");
    desk.wait(1_100);
    assert_eq!(started(&desk), [Phase::RollBack]);
}

#[test]
fn during_go_live_the_way_back_ends_the_run_and_then_sends_users_back() {
    let mut desk = screens::unknown();
    desk.calmly("RY");
    assert_eq!(desk.orders, [Order::Abort { by: operator() }]);
    desk.wait(2_000);
    assert!(started(&desk).is_empty(), "the run has not ended");
    desk.ends_run(Verdict::Aborted { by: operator() }).wait(50);
    assert_eq!(started(&desk), [Phase::RollBack]);
    desk.wait(100).wait(600);
    assert_eq!(started(&desk).len(), 2, "it did not begin: it is asked for again");
    let Some(Order::Start { intent, .. }) = desk.orders.last().cloned() else { panic!() };
    assert_eq!(intent.release.as_ref().map(|release| release.tag.as_str()), Some("v412"));
    let (flipside, inventory) = (String::new(), String::new());
    desk.happens(What::RunStarted { intent, flipside, inventory }).wait(5_000);
    assert_eq!(started(&desk).len(), 2);
}

#[test]
fn of_a_stuck_prepare_the_way_back_takes_back_the_run() {
    let mut desk = screens::failure();
    desk.calmly("RY");
    let choice = desk.orders.last();
    assert!(matches!(choice, Some(Order::Choose { choice: Choice::RevertAll, .. })), "{choice:?}");
}

#[test]
fn a_wait_that_only_a_person_ends_is_ended_by_p() {
    let mut desk = ready();
    let pause = flipside::domain::plan::Pause::UntilTold;
    desk.starts(Phase::GoLive, "v412").happens(What::Pausing { pause });
    assert!(desk.screen(80, 24).contains("p goes on"));
    desk.keys("p");
    assert_eq!(desk.orders, [Order::Resume { by: operator() }]);
}

#[test]
fn the_hosts_themselves_say_where_users_came_from() {
    let mut desk = Desk::new();
    let seen_as = |desk: &mut Desk, what: &str| {
        for name in desk.names() {
            let mut seen = desk.observation(&name, ("green", "v412"), ("blue", "v411"));
            let change = seen.last_change.as_mut().unwrap();
            change.what = what.to_owned();
            change.from = Some(flipside::domain::release::Tag::new("v411").unwrap());
            desk.sees(&name, seen);
        }
        desk.screen(120, 36)
    };
    assert!(seen_as(&mut desk, "go-live").contains("R ROLL BACK 3 servers to B blue v411"));
    assert!(seen_as(&mut desk, "roll-back").contains("NO WAY BACK"));
    let mut desk = Desk::new();
    desk.quiet(("green", "v412"), ("blue", "v413"));
    assert!(desk.screen(120, 36).contains("v413 prepared, ready 3/3"));
}

#[test]
fn a_stuck_host_is_retried_skipped_or_taken_back() {
    let choice = |script: &str| {
        let mut desk = screens::failure();
        desk.calmly(script);
        match desk.orders.last() {
            Some(Order::Choose { target, choice, .. }) if *target == host("web-03") => *choice,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(choice("r"), Choice::Retry);
    assert_eq!(choice("s"), Choice::Skip);
    assert_eq!(choice("UY"), Choice::Revert);
}

#[test]
fn r_on_a_well_host_looks_at_all_of_them() {
    let mut desk = ready();
    desk.keys("r");
    assert_eq!(desk.orders, [Order::Look { targets: Vec::new() }]);
}

#[test]
fn a_failure_brings_its_host_to_the_front_but_does_not_take_a_second_one_away() {
    let mut desk = ready();
    desk.starts(Phase::Prepare, "v412");
    desk.ends("web-02", pull(), Outcome::failed("disk full"));
    assert_eq!(desk.state.chosen, Some(host("web-02")));
    desk.ends("web-03", pull(), Outcome::failed("disk full"));
    assert_eq!(desk.state.chosen, Some(host("web-02")));
    desk.keys("f");
    assert_eq!(desk.state.chosen, Some(host("web-03")));
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Bell)));
}

#[test]
fn pause_and_resume_are_one_key() {
    let mut desk = ready();
    desk.starts(Phase::Prepare, "v412").keys("p");
    assert_eq!(desk.orders, [Order::Pause { by: operator() }]);
    desk.happens(What::Paused { by: operator() }).keys("p");
    assert_eq!(desk.orders[1], Order::Resume { by: operator() });
    assert!(desk.screen(80, 24).contains("HELD: paused"));
}

#[test]
fn a_sign_off_is_given_with_y_and_declined_with_a_note() {
    let mut desk = ready();
    asks(desk.starts(Phase::Verify, "v412")).calmly("Y");
    assert_eq!(desk.orders, [Order::Answer { yes: true, by: operator(), note: None }]);

    let mut desk = ready();
    asks(desk.starts(Phase::Verify, "v412")).calmly("nYellow page<enter>");
    let note = Some("Yellow page".to_owned());
    assert_eq!(desk.orders, [Order::Answer { yes: false, by: operator(), note }]);
}

#[test]
fn a_sign_off_can_wait() {
    let mut desk = ready();
    asks(desk.starts(Phase::Verify, "v412")).calmly("<esc>");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty());
    desk.calmly("VY");
    assert_eq!(desk.orders.len(), 1);
}

#[test]
fn leaving_is_at_once_when_nothing_is_at_work() {
    for script in ["q", "<c-c>"] {
        let mut desk = ready();
        desk.keys(script);
        assert!(matches!(desk.effects[..], [Effect::Quit]), "{script}");
    }
}

#[test]
fn leaving_a_run_ends_it_first() {
    let mut desk = ready();
    desk.starts(Phase::GoLive, "v412").calmly("q<c-c><c-c>q<enter>");
    assert!(desk.orders.is_empty() && desk.effects.is_empty());
    desk.calmly("Y");
    assert_eq!(desk.orders, [Order::Abort { by: operator() }]);
    assert!(desk.effects.is_empty(), "not before it has ended");
    desk.ends_run(Verdict::Aborted { by: operator() });
    assert!(matches!(desk.effects[..], [Effect::Quit]));
}

#[test]
fn staying_is_one_key() {
    let mut desk = ready();
    desk.starts(Phase::GoLive, "v412").calmly("q<esc>");
    assert!(desk.state.dialogs.is_empty() && desk.orders.is_empty() && desk.effects.is_empty());
}

#[test]
fn in_a_read_only_environment_the_keys_say_why_not() {
    let mut environment = environment(&HOSTS);
    environment.read_only = true;
    let mut desk = Desk::over(environment);
    desk.quiet(("blue", "v411"), ("green", "v412"));
    for key in ["P", "L", "R", "X", "F"] {
        desk.calmly(key);
        assert!(desk.screen(80, 24).contains("read-only in the inventory"), "{key}");
    }
    assert!(desk.orders.is_empty() && desk.state.dialogs.is_empty());
}

#[test]
fn while_a_run_is_at_work_no_other_begins() {
    let mut desk = ready();
    desk.starts(Phase::Prepare, "v412");
    for key in ["P", "L", "X", "F"] {
        desk.calmly(key);
        assert!(desk.state.message.as_ref().unwrap().text.contains("prepare is at work"), "{key}");
    }
    assert!(desk.orders.is_empty());
}

#[test]
fn prepare_asks_for_a_tag_and_takes_only_a_tag() {
    let mut desk = ready();
    desk.calmly("Pno tag<enter>");
    assert!(desk.orders.is_empty());
    desk.calmly("<c-u>v413<enter>");
    let Some(Order::Propose { intent }) = desk.orders.last() else { panic!() };
    assert_eq!(intent.phase, Phase::Prepare);
    assert_eq!(intent.release.as_ref().map(|release| release.tag.as_str()), Some("v413"));
}

#[test]
fn tab_goes_through_the_tags_seen_on_servers_and_a_tag_may_be_pasted() {
    let mut desk = ready();
    desk.calmly("P<tab><tab>");
    assert!(desk.screen(80, 24).contains("│ > v411"));
    desk.calmly("<c-u>").tell(Msg::Paste("v413\nrm -rf /\n".to_owned()));
    assert!(desk.screen(80, 24).contains("tag        v413_"));
}

#[test]
fn pasted_text_is_not_keys() {
    let mut desk = ready();
    desk.tell(Msg::Paste("RYLYq".to_owned()));
    assert!(desk.orders.is_empty() && desk.effects.is_empty() && desk.state.dialogs.is_empty());
}

#[test]
fn an_unknown_server_key_wants_the_whole_word() {
    let mut desk = screens::host_key();
    desk.calmly("y<enter>");
    assert!(desk.effects.iter().all(|effect| matches!(effect, Effect::Bell)));
    desk.calmly("es<enter>");
    assert!(matches!(
        desk.effects.last(),
        Some(Effect::Reply { number: 1, answer: PromptAnswer::Yes })
    ));
}

#[test]
fn a_passphrase_is_on_no_screen_and_in_no_debug_text() {
    let mut desk = Desk::new();
    let card = PromptCard::Secret { title: "Passphrase of id_ed25519".to_owned(), hint: None };
    desk.tell(Msg::Prompt { number: 3, card }).calmly("hunter2");
    assert!(!desk.screen(80, 24).contains("hunter2"));
    assert!(!format!("{:?}", desk.state).contains("hunter2"));
    desk.calmly("<enter>");
    let Some(Effect::Reply { answer: PromptAnswer::Secret(secret), .. }) = desk.effects.last()
    else {
        panic!()
    };
    assert_eq!(secret.expose_secret(), "hunter2");
}

#[test]
fn a_lock_is_removed_only_by_whoever_types_its_holder() {
    let mut desk = screens::night();
    desk.calmly("KY");
    assert!(desk.orders.is_empty());
    desk.calmly("<c-u>liY");
    assert!(
        matches!(desk.orders.last(), Some(Order::Unlock { targets, .. }) if *targets == [host("web-04")])
    );
}

#[test]
fn scrolling_up_holds_the_place_and_g_follows_again() {
    let mut desk = Desk::new();
    let line = |number: usize| format!("line-{number:05}.");
    for number in 0..100 {
        desk.prints("web-01", Stream::Stdout, &line(number));
    }
    assert!(desk.screen(80, 24).contains(&line(99)));
    desk.keys("<pgup>");
    let held = desk.screen(80, 24);
    assert!(!held.contains(&line(99)) && held.contains("HELD"));
    desk.prints("web-01", Stream::Stdout, &line(100));
    let body = |screen: &str| {
        screen.lines().filter(|l| l.contains("line-")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(body(&desk.screen(80, 24)), body(&held));
    desk.keys("g");
    assert!(desk.screen(80, 24).contains(&line(0)));
    desk.keys("G");
    assert!(desk.screen(80, 24).contains(&line(100)));
}

#[test]
fn a_million_lines_leave_five_thousand() {
    let mut desk = Desk::new();
    for number in 0..1_000_000 {
        desk.prints(HOSTS[number % 3], Stream::Stdout, "GET /health 200");
    }
    let pane = desk.state.panes.get(&host("web-01")).unwrap();
    assert_eq!((pane.ring.len(), pane.ring.end()), (5_000, 333_334));
    desk.keys("<pgup>g");
    assert!(desk.screen(80, 24).contains("GET /health"));
}

#[test]
fn lines_that_find_no_room_are_counted() {
    let (sender, receiver) = flipside::console::lines::channel();
    for _ in 0..10_000 {
        let line = OutputLine {
            target: host("web-01"),
            at: crate::fixture::noon(),
            stream: Stream::Stdout,
            text: "x".to_owned(),
        };
        sender.send(line);
    }
    let (waiting, skipped) = receiver.standing();
    assert_eq!(waiting as u64 + skipped, 10_000);
    assert!(skipped > 0);
}

#[test]
fn no_size_of_terminal_is_too_small() {
    for (name, scene) in SCENES {
        let mut desk = scene();
        for width in (1..=130).step_by(7).chain([2, 3, 39, 40, 59, 60]) {
            for height in [1, 2, 3, 4, 5, 6, 9, 10, 13, 24, 50] {
                let screen = desk.screen(width, height);
                assert!(!screen.trim().is_empty(), "{name} at {width}x{height}");
            }
        }
    }
}

#[test]
fn without_color_there_is_no_color() {
    use ratatui::style::Color;
    for (name, scene) in SCENES {
        let mut desk = scene();
        desk.state.setup.theme = Theme::mono();
        let buffer = desk.buffer(120, 36);
        for cell in buffer.content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{name}");
        }
    }
}

#[test]
fn in_ascii_every_cell_is_ascii() {
    for (name, scene) in SCENES {
        let mut desk = scene();
        desk.state.setup.glyphs = Glyphs::ASCII;
        let screen = desk.screen(120, 36);
        let other = screen.chars().find(|c| !c.is_ascii());
        assert_eq!(other, None, "{name}");
    }
}

#[test]
fn every_mark_has_a_glyph_of_its_own_and_one_cell() {
    use unicode_width::UnicodeWidthStr;
    let marks =
        [Mark::Ok, Mark::Bad, Mark::Work, Mark::Wait, Mark::Unknown, Mark::Warn, Mark::Skip];
    for glyphs in [Glyphs::UNICODE, Glyphs::ASCII] {
        let mut seen: Vec<&str> = marks.iter().map(|mark| glyphs.of(*mark)).collect();
        assert!(seen.iter().all(|glyph| glyph.width() == 1));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), marks.len());
    }
}

#[test]
fn without_styles_every_state_of_a_host_still_reads_differently() {
    let after = |happen: fn(&mut Desk)| {
        let mut desk = ready();
        desk.starts(Phase::GoLive, "v412");
        happen(&mut desk);
        let screen = desk.screen(120, 36);
        screen.lines().find(|line| line.contains("web-02  ")).unwrap().to_owned()
    };
    let rows = [
        after(|_| {}),
        after(|desk| {
            desk.works("web-02", switch());
        }),
        after(|desk| {
            desk.ends("web-02", switch(), Outcome::Done);
        }),
        after(|desk| {
            desk.ends("web-02", switch(), Outcome::failed("x"));
        }),
        after(|desk| {
            desk.ends("web-02", switch(), Outcome::unknown("x"));
        }),
        after(|desk| {
            desk.ends("web-02", switch(), Outcome::failed("x"));
            let (target, choice) = (host("web-02"), Choice::Skip);
            desk.happens(What::Chosen { target, choice, by: operator() });
        }),
    ];
    for (index, row) in rows.iter().enumerate() {
        assert!(!rows[index + 1..].contains(row), "{row}");
    }
}

#[test]
fn a_text_is_found_in_the_output_from_the_newest_line_backwards() {
    let mut desk = Desk::new();
    for number in 0..300 {
        let text = if number % 100 == 50 {
            format!("Upstream timed out {number}")
        } else {
            format!("GET {number}")
        };
        desk.prints("web-01", Stream::Stdout, &text);
    }
    desk.screen(80, 24);
    desk.keys("<tab>/upstreamR<bs><enter>");
    assert!(desk.screen(80, 24).contains("Upstream timed out 250"));
    desk.keys("n");
    assert!(desk.screen(80, 24).contains("Upstream timed out 150"));
    desk.keys("nN");
    assert!(desk.screen(80, 24).contains("Upstream timed out 150"));
    desk.keys("/nowhere<enter>");
    assert!(desk.screen(80, 24).contains("is not in the output of web-01"));
    assert!(desk.orders.is_empty());
}

#[test]
fn questions_of_the_transport_are_answered_in_the_order_they_came() {
    let mut desk = Desk::new();
    let card = |title: &str| PromptCard::Secret { title: title.to_owned(), hint: None };
    desk.tell(Msg::Prompt { number: 1, card: card("first") });
    desk.calmly("hun").tell(Msg::Prompt { number: 2, card: card("second") }).calmly("ter2<enter>");
    let Some(Effect::Reply { number: 1, answer: PromptAnswer::Secret(secret) }) =
        desk.effects.last()
    else {
        panic!("{:?}", desk.effects)
    };
    assert_eq!(secret.expose_secret(), "hunter2");
    assert!(desk.screen(80, 24).contains("second"));
}
