//! The console in a real terminal, with a small fleet that is only played:
//! `cargo test --test console live -- --ignored --nocapture`. For hands and for tmux.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Utc;
use flipside::console::app::setup::Setup;
use flipside::console::integration::TerminalSetup;
use flipside::console::keys::Bindings;
use flipside::console::output::lines::LineReceiver;
use flipside::console::read_only::Access;
use flipside::console::screen::glyphs::Glyphs;
use flipside::console::theme::Theme;
use flipside::console::{Channels, run};
use flipside::domain::event::{Event, OutputLine, Stream, Verdict, What};
use flipside::domain::names::{AppName, RunId, StackName};
use flipside::domain::observation::Observed;
use flipside::domain::order::{Order, Proposal};
use flipside::domain::outcome::Outcome;
use flipside::domain::plan::Intent;
use tokio::sync::{mpsc, watch};

use crate::fixture::{Desk, HOSTS, environment, host, operator, switch};

#[test]
#[ignore = "it wants a terminal and a person"]
fn live() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let left = runtime.block_on(async {
        let (orders, inbox) = mpsc::unbounded_channel();
        let (events, events_out) = mpsc::unbounded_channel();
        let (proposals, proposals_out) = mpsc::unbounded_channel();
        let (_prompts, prompts) = mpsc::unbounded_channel();
        let (_signals, signals) = mpsc::unbounded_channel();
        let (lines, lines_out) = mpsc::channel(4096);
        let (_skipped, skipped) = watch::channel(BTreeMap::new());
        tokio::spawn(play(inbox, events, proposals, lines));
        let setup = Setup {
            environment: environment(&HOSTS),
            app: AppName::new("shop").unwrap(),
            stack: StackName::main(),
            operator: operator(),
            journals: None,
            theme: Theme::dark(),
            glyphs: Glyphs::UNICODE,
            keys: Bindings::default(),
            access: Access::Full,
            kept: Ok(flipside::console::app::preferences::Preferences::default()),
            integration: TerminalSetup::default(),
            scopes: Vec::new(),
        };
        let (_, guide) = mpsc::unbounded_channel();
        let (_, themes) = mpsc::unbounded_channel();
        let (history_requests, _) = mpsc::unbounded_channel();
        let (_, history_replies) = mpsc::unbounded_channel();
        let (_, releases) = mpsc::unbounded_channel();
        let wires = Channels {
            releases,
            guide,
            themes,
            history_requests,
            history_replies,
            early: flipside::console::terminal::background::Early::default(),
            orders,
            events: events_out,
            proposals: proposals_out,
            lines: LineReceiver::new(lines_out, skipped),
            prompts,
            signals,
        };
        Box::pin(run(setup, wires)).await
    });
    println!("{left:?}");
}

/// An engine of the theatre.
async fn play(
    mut orders: mpsc::UnboundedReceiver<Order>,
    events: mpsc::UnboundedSender<Event>,
    proposals: mpsc::UnboundedSender<Proposal>,
    lines: mpsc::Sender<OutputLine>,
) {
    let desk = Desk::new();
    let say = |what: What| {
        let run = Some(RunId::new("r").unwrap());
        drop(events.send(Event { seq: 1, at: Utc::now(), run, what }));
    };
    let mut live = "blue";
    let mut number = 0_u64;
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Propose { intent }) => {
                    let run = intent.run.clone();
                    let plan = Ok(desk.plan(intent.phase, "v412"));
                    drop(proposals.send(Proposal { run, release: None, plan }));
                }
                Some(Order::Start { intent, .. }) => {
                    live = if live == "blue" { "green" } else { "blue" };
                    act(&intent, &say).await;
                }
                Some(Order::FollowLog { .. }) => {
                    assert!(live == "never", "a worker that dies, to see what the screen does");
                }
                None | Some(Order::Quit) => return,
                _ => {}
            },
            () = tokio::time::sleep(Duration::from_millis(700)) => {
                for name in HOSTS {
                    let (now, other) = if live == "blue" { (("blue", "v411"), ("green", "v412")) } else { (("green", "v412"), ("blue", "v411")) };
                    let mut seen = desk.observation(name, now, other);
                    seen.at = Utc::now();
                    say(What::Observed { target: host(name), observed: Observed::Current(Box::new(seen)) });
                    number += 1;
                    let text = format!("GET /health 200 number {number}");
                    drop(lines.try_send(OutputLine { target: host(name), at: Utc::now(), stream: Stream::Stdout, text }));
                }
            }
        }
    }
}

async fn act(intent: &Intent, say: &impl Fn(What)) {
    let started = What::RunStarted {
        intent: intent.clone(),
        flipside: "0.1.0".to_owned(),
        inventory: "shop.yaml".to_owned(),
    };
    say(started);
    for name in HOSTS {
        let (target, stage, step) = (host(name), 0, switch());
        let command = "flipside-switch".to_owned();
        say(What::StepStarted { target: target.clone(), stage, step: step.clone(), command });
        tokio::time::sleep(Duration::from_millis(900)).await;
        let (outcome, took) = (Outcome::Done, Duration::from_millis(900));
        say(What::StepEnded { target, stage, step, outcome, took, exit: Some(0) });
    }
    say(What::RunEnded { verdict: Verdict::Done });
}
