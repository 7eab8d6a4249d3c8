//! A small shop on three servers, and everything that can happen to it.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use flipside::console::app::msg::{Effect, Moment, Msg};
use flipside::console::app::setup::Setup;
use flipside::console::app::state::State;
use flipside::console::app::update::update;
use flipside::console::integration::TerminalSetup;
use flipside::console::keys::Bindings;
use flipside::console::keys::key::Key;
use flipside::console::read_only::Access;
use flipside::console::screen;
use flipside::console::screen::glyphs::Glyphs;
use flipside::console::theme::Theme;
use flipside::domain::catalog::CatalogQuery;
use flipside::domain::color::ColorPair;
use flipside::domain::command::{Command, RunAs};
use flipside::domain::event::{Event, OutputLine, StepMark, Stream, Verdict, What};
use flipside::domain::freeze::AfterRollback;
use flipside::domain::names::{AppName, Color, EnvName, HostName, RunId, StackName};
use flipside::domain::observation::{
    Change, Detail, Gauges, Health, HttpAnswer, Observation, Observed, Proof, Running, Slot,
    Traffic,
};
use flipside::domain::order::{Order, Proposal};
use flipside::domain::outcome::Outcome;
use flipside::domain::phase::Phase;
use flipside::domain::plan::{
    Action, Basis, Batches, Effect as Reach, FailurePolicy, Gate, Intent, Operator, Plan, Refusal,
    Selection, Stage, Step, StepState, Track, Width,
};
use flipside::domain::release::{Release, Tag};
use flipside::domain::rollback;
use flipside::domain::rollback::RollbackPreview;
use flipside::domain::spec::{
    AppSpec, EntryPoint, Environment, HostSpec, Member, PlatformSpec, SshSpec, Template,
};
use flipside::domain::target::{Carries, Target};
use flipside::platform::compose::ComposeSpec;
use flipside::platform::kit::spec::{NginxSpec, ProxySpec, StackSpec, Timeouts};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub const HOSTS: [&str; 3] = ["web-01", "web-02", "web-03"];

pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 8, 24, 3, 12, 0).unwrap()
}

pub fn host(name: &str) -> Target {
    Target::Host(HostName::new(name).unwrap())
}

pub fn color(name: &str) -> Color {
    Color::new(name).unwrap()
}

pub fn release(tag: &str) -> Release {
    Release::of_tag(Tag::new(tag).unwrap())
}

fn entry_point() -> EntryPoint {
    EntryPoint {
        url: "http://127.0.0.1/health".to_owned(),
        host_header: None,
        color_header: None,
        release_header: None,
        public_url: None,
        ca_file: None,
        ca: None,
    }
}

fn compose() -> ComposeSpec {
    let second = Duration::from_secs(1);
    ComposeSpec {
        stack: StackSpec {
            dir: "/srv/shop".to_owned(),
            run_as: RunAs::LoginUser,
            timeouts: Timeouts {
                fetch: second,
                start: second,
                stop: second,
                switch: second,
                drain: second,
            },
            keep_releases: 2,
            disk_free_mib: 100,
        },
        proxy: ProxySpec {
            colors: BTreeMap::new(),
            nginx: NginxSpec {
                command: vec!["nginx".to_owned()],
                live_include: String::new(),
                passive_include: String::new(),
                live_upstream: String::new(),
                passive_upstream: String::new(),
                pid_file: String::new(),
            },
            live: entry_point(),
            passive: entry_point(),
            switch_answers: 3,
        },
        project: "shop".to_owned(),
        image: "registry.example.org/shop".to_owned(),
        template: Template { path: "compose.yml".into(), text: String::new() },
        jobs: Vec::new(),
        migration: None,
        registry: None,
        plain_http_registry: false,
        docker_socket: String::new(),
    }
}

fn member(name: &str) -> Member {
    Member {
        address: "192.0.2.1".to_owned(),
        target: host(name),
        app: AppName::new("shop").unwrap(),
        stack: StackName::main(),
        carries: Carries::App,
        primary: name == "web-01",
        colors: ColorPair::new(color("blue"), color("green")).unwrap(),
        platform: PlatformSpec::new(compose()),
        checks: Vec::new(),
        vars: BTreeMap::new(),
    }
}

fn host_spec(name: &str) -> HostSpec {
    HostSpec {
        name: HostName::new(name).unwrap(),
        roles: Vec::new(),
        groups: Vec::new(),
        ssh: SshSpec {
            address: name.to_owned(),
            port: None,
            user: None,
            jump: None,
            identities: Vec::new(),
            passphrase: None,
            known_hosts: None,
            config: None,
            connect_timeout: Duration::from_secs(5),
            keepalive: Duration::from_secs(5),
        },
        vars: BTreeMap::new(),
    }
}

pub fn operator() -> Operator {
    Operator { user: "mara".to_owned(), machine: "mbp".to_owned() }
}

pub fn environment(hosts: &[&str]) -> Environment {
    let app = AppName::new("shop").unwrap();
    let spec = AppSpec {
        name: app.clone(),
        members: hosts.iter().map(|name| member(name)).collect(),
        batches: Batches::default(),
        on_failure: FailurePolicy::Stop,
        hooks: Vec::new(),
        notifications: Vec::new(),
    };
    Environment {
        name: EnvName::new("production").unwrap(),
        label: "PROD".to_owned(),
        protected: true,
        read_only: false,
        verify_required: true,
        rollback_countdown: Duration::from_secs(3),
        after_rollback: AfterRollback::Frozen,
        hosts: hosts.iter().map(|n| (HostName::new(*n).unwrap(), host_spec(n))).collect(),
        targets: std::collections::BTreeMap::new(),
        apps: BTreeMap::from([(app, spec)]),
    }
}

/// A console under a hand that a test moves. Reads like a story, one line after another.
pub struct Desk {
    pub state: State,
    /// Every order that went out, oldest first.
    pub orders: Vec<Order>,
    /// What was asked of the registry, apart: it concerns no server.
    pub asks: Vec<CatalogQuery>,
    pub effects: Vec<Effect>,
    /// What happened and what was printed, as a journal would keep it.
    pub events: Vec<Event>,
    pub lines: Vec<OutputLine>,
    seq: u64,
}

impl Desk {
    pub fn new() -> Self {
        Self::over(environment(&HOSTS))
    }

    pub fn over(environment: Environment) -> Self {
        let setup = Setup {
            keys: Bindings::default(),
            access: Access::at_start(&environment, Access::Full),
            environment,
            app: AppName::new("shop").unwrap(),
            stack: StackName::main(),
            operator: operator(),
            journals: Some("/var/lib/flipside/journals".into()),
            theme: Theme::dark(),
            glyphs: Glyphs::UNICODE,
            kept: Ok(flipside::console::app::preferences::Preferences::default()),
            integration: TerminalSetup::default(),
            scopes: Vec::new(),
        };
        let now = Moment { at: noon(), running: Duration::from_secs(1) };
        let state = State::new(setup, now, (120, 36));
        Self {
            state,
            orders: Vec::new(),
            asks: Vec::new(),
            effects: Vec::new(),
            events: Vec::new(),
            lines: Vec::new(),
            seq: 0,
        }
    }

    pub fn tell(&mut self, msg: Msg) -> &mut Self {
        for effect in update(&mut self.state, msg) {
            match effect {
                Effect::Send(order) => match *order {
                    Order::Releases { ask, .. } => self.asks.push(ask),
                    order => self.orders.push(order),
                },
                other => self.effects.push(other),
            }
        }
        self
    }

    pub fn wait(&mut self, millis: u64) -> &mut Self {
        let now = self.state.now;
        let later = Duration::from_millis(millis);
        let at = now.at + TimeDelta::from_std(later).unwrap();
        self.tell(Msg::Tick(Moment { at, running: now.running + later }))
    }

    /// `jjR`, `<esc>`, `<pgup>`: one key after another, as fast as they can be typed.
    pub fn keys(&mut self, script: &str) -> &mut Self {
        for key in read(script) {
            self.tell(Msg::Key(key));
        }
        self
    }

    /// Keys of somebody who reads the card first.
    pub fn calmly(&mut self, script: &str) -> &mut Self {
        for key in read(script) {
            self.wait(400).tell(Msg::Key(key));
        }
        self
    }

    pub fn happens(&mut self, what: What) -> &mut Self {
        self.seq += 1;
        let run = Some(RunId::new("20260824T031200-test").unwrap());
        let event = Event { seq: self.seq, at: self.state.now.at, run, what };
        self.events.push(event.clone());
        self.tell(Msg::Event(Box::new(event)))
    }

    pub fn sees(&mut self, name: &str, seen: Observation) -> &mut Self {
        self.happens(What::Observed {
            target: host(name),
            observed: Observed::Current(Box::new(seen)),
        })
    }

    /// Every host, as it is on a quiet night: `live` is what users reach.
    pub fn quiet(&mut self, live: (&str, &str), passive: (&str, &str)) -> &mut Self {
        for name in self.names() {
            let seen = self.observation(&name, live, passive);
            self.sees(&name, seen);
        }
        self
    }

    pub fn names(&self) -> Vec<String> {
        self.state.fleet.members.iter().map(|member| member.target.name().to_owned()).collect()
    }

    #[allow(clippy::too_many_lines)] // one literal
    pub fn observation(
        &self,
        name: &str,
        live: (&str, &str),
        passive: (&str, &str),
    ) -> Observation {
        let at = self.state.now.at;
        let tag = |text: &str| Some(Tag::new(text).unwrap());
        // A greater tag on the passive color was prepared there; else users came from it.
        let prepared = passive.1 > live.1;
        let side = |tag: &str| Slot {
            release: Some(release(tag)),
            running: Running::Up,
            health: Health::Healthy,
        };
        Observation {
            target: host(name),
            at,
            took: Duration::from_millis(80),
            live: Traffic {
                configured: Some(color(live.0)),
                answer: Some(HttpAnswer {
                    status: Some(200),
                    took: Duration::from_millis(41),
                    color: Some(color(live.0)),
                    release: Some(live.1.to_owned()),
                }),
                recorded: Some(color(live.0)),
                answers_name_color: true,
                proof: Proof::Answer,
            },
            passive_shows: Some(color(if prepared { passive.0 } else { live.0 })),
            passive_points_at: Some(color(if prepared { passive.0 } else { live.0 })),
            withdrawn: None,
            changed_elsewhere: None,
            config_change: None,
            cold_rollback: None,
            colors: BTreeMap::from([
                (color(live.0), side(live.1)),
                (color(passive.0), side(passive.1)),
            ]),
            jobs: Vec::new(),
            migrated: Vec::new(),
            pulled: None,
            kept: Vec::new(),
            host: Gauges::default(),
            lock: None,
            lock_count: None,
            verified: None,
            last_change: Some(Change {
                from: tag(if prepared { "v400" } else { passive.1 }),
                at: at - TimeDelta::days(if prepared { 9 } else { 2 }),
                by: "li".to_owned(),
                what: "go-live".to_owned(),
                tag: tag(live.1),
                digest: None,
                from_digest: None,
                from_file: None,
                named: false,
                by_another_tool: false,
                run: None,
            }),
            frozen: None,
            switching: None,
            drift: Vec::new(),
            detail: Detail::default(),
        }
    }

    pub fn starts(&mut self, phase: Phase, tag: &str) -> &mut Self {
        let intent = Self::intent(phase, tag);
        self.happens(What::RunStarted {
            intent: intent.clone(),
            flipside: "0.1.0".to_owned(),
            inventory: "shop.yaml".to_owned(),
        });
        let plan = self.plan(phase, tag);
        self.happens(What::Planned { round: 1, plan });
        self.happens(What::StageStarted { stage: 0, of: 2, name: "switch".to_owned() })
    }

    pub fn intent(phase: Phase, tag: &str) -> Intent {
        Intent {
            sign_off_required: false,
            freeze: true,
            reason: None,
            run: RunId::new("20260824T031200-test").unwrap(),
            phase,
            environment: EnvName::new("production").unwrap(),
            app: AppName::new("shop").unwrap(),
            stack: StackName::main(),
            release: Some(release(tag)),
            selection: Selection::All,
            policy: FailurePolicy::Stop,
            batches: Batches::default(),
            by: operator(),
            asked_at: noon(),
            begun_at: None,
            goal: None,
        }
    }

    pub fn plan(&self, phase: Phase, tag: &str) -> Plan {
        let track = |name: &String| {
            let steps = vec![
                step(
                    "check",
                    "see that green answers",
                    StepState::AlreadyDone("answered 200".to_owned()),
                ),
                step("switch", &format!("switch users to green {tag}"), StepState::ToDo),
            ];
            Track::of(&host(name), steps)
        };
        let stage = |name: &str, width| Stage {
            name: name.to_owned(),
            width,
            pause: None,
            tracks: self.names().iter().map(track).collect(),
            gate: Gate::Barrier,
        };
        Plan {
            left_out: Vec::new(),
            intent: Self::intent(phase, tag),
            basis: Basis("b1".to_owned()),
            stages: vec![stage("switch", Width::Count(1)), stage("confirm", Width::All)],
            warnings: vec!["web-03 has 2 GiB of disk left".to_owned()],
            rollback: (phase == Phase::Rollback).then(|| self.rollback()).flatten().map(Box::new),
            hooks: Vec::new(),
        }
    }

    /// What the planner of a rollback finds in what the hosts said last.
    pub fn rollback(&self) -> Option<RollbackPreview> {
        let observations = self.state.run.deploy.observations.values();
        let seen: Vec<Observation> =
            observations.filter_map(|observed| observed.latest().cloned()).collect();
        let goal = rollback::goal(&seen.iter(), self.state.now.at)?;
        let routes = seen.iter().map(|seen| rollback::route(seen, &goal)).collect();
        Some(RollbackPreview { goal, routes, withdrawn: None, choices: Vec::new() })
    }

    /// The engine's answer to what was proposed last.
    pub fn answers(&mut self, answer: Result<Plan, Refusal>) -> &mut Self {
        let Some(Order::Propose { intent }) = self.orders.last() else {
            panic!("nothing was proposed: {:?}", self.orders)
        };
        let proposal = Proposal { run: intent.run.clone(), release: None, plan: answer };
        self.tell(Msg::Proposal(Box::new(proposal)))
    }

    pub fn works(&mut self, name: &str, step: StepMark) -> &mut Self {
        self.happens(What::StepStarted {
            target: host(name),
            stage: 0,
            step,
            command: "flipside-switch green".to_owned(),
        })
    }

    pub fn ends(&mut self, name: &str, step: StepMark, outcome: Outcome) -> &mut Self {
        self.happens(What::StepEnded {
            target: host(name),
            stage: 0,
            step,
            outcome,
            took: Duration::from_millis(900),
            exit: Some(0),
        })
    }

    pub fn ends_run(&mut self, verdict: Verdict) -> &mut Self {
        self.happens(What::RunEnded { verdict })
    }

    pub fn prints(&mut self, name: &str, stream: Stream, text: &str) -> &mut Self {
        let at = self.state.now.at;
        let line = OutputLine { target: host(name), at, stream, text: text.to_owned() };
        self.lines.push(line.clone());
        self.tell(Msg::Line(line))
    }

    /// The screen at this size, as text.
    pub fn screen(&mut self, width: u16, height: u16) -> String {
        let buffer = self.buffer(width, height);
        text(&buffer)
    }

    pub fn buffer(&mut self, width: u16, height: u16) -> Buffer {
        self.tell(Msg::Resize { columns: width, rows: height });
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| screen::draw(&self.state, frame.area(), frame.buffer_mut())).unwrap();
        terminal.backend().buffer().clone()
    }
}

pub fn step(name: &str, title: &str, state: StepState) -> Step {
    Step {
        announce: None,
        changes: Vec::new(),
        name: name.to_owned(),
        title: title.to_owned(),
        effect: Reach::Switches,
        action: Action::Run(Command::new([name])),
        deadline: Duration::from_secs(30),
        state,
    }
}

pub fn mark(name: &str, title: &str, number: usize, of: usize, effect: Reach) -> StepMark {
    StepMark {
        announce: None,
        name: name.to_owned(),
        title: title.to_owned(),
        number,
        of,
        effect,
        deadline: Duration::from_secs(30),
    }
}

pub fn switch() -> StepMark {
    mark("switch", "switch users to green v412", 2, 4, Reach::Switches)
}

pub fn pull() -> StepMark {
    mark("pull", "pull v412", 2, 5, Reach::Changes)
}

/// The letters of a screen without any style: whatever only a color said is gone.
pub fn text(buffer: &Buffer) -> String {
    let Rect { width, height, .. } = buffer.area;
    let mut lines = Vec::new();
    for y in 0..height {
        let line: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

fn read(script: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        if let Some((name, after)) = named {
            keys.push(named_key(name));
            rest = after;
        } else {
            keys.push(Key::Char(first));
            rest = &rest[first.len_utf8()..];
        }
    }
    keys
}

fn named_key(name: &str) -> Key {
    match name {
        "esc" => Key::Esc,
        "enter" => Key::Enter,
        "tab" => Key::Tab,
        "bs" => Key::Backspace,
        "up" => Key::Up,
        "down" => Key::Down,
        "left" => Key::Left,
        "right" => Key::Right,
        "pgup" => Key::PageUp,
        "pgdn" => Key::PageDown,
        "home" => Key::Home,
        "end" => Key::End,
        "f1" => Key::F(1),
        other => match other.strip_prefix("c-").and_then(|c| c.chars().next()) {
            Some(c) => Key::Ctrl(c),
            None => panic!("no key is called {other}"),
        },
    }
}
