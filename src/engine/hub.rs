//! The hub: the task that handles every order. It owns the current run, the watch and the followed logs.
//!
//! ```text
//!     clients                                                transport
//!        | Order                                                 | LinkMessage
//!        v                                                       v
//!  +----------------------------------- hub task -----------------------------------+
//!  +----+------------------+-----------------+-----------------+------------------+-+
//!       | RunMessage,      | WatchPace,      | Cancellation-   | CatalogQuery     | spawn
//!       | pause, abort     | "observe now"   | Token           |                  |
//!       v                  v                 v                 v                  v
//!    run task          watch tasks      follow tasks      releases task      order tasks
//!       | What,            | What            | OutputLine      | CatalogReply     | What, Proposal
//!       | OutputLine       |                 |                 |                  |
//!       v                  v                 v                 |                  v
//!  +-------- EventBus: state behind an Arc, no task -------+   |     What: to the EventBus
//!  +----+------------------------------+-------------------+   |     Proposal: to the clients
//!       | WriteRequest                 | Event, OutputLine,    |
//!       | (OnDisk comes back)          | SkippedLines          |
//!       v                              v                       v
//!  journal thread                   clients                 clients
//! ```
//!
//! | task | owned by | ends |
//! | --- | --- | --- |
//! | hub | [`Engine`] | at [`Order::Quit`], or when all clients have dropped their senders |
//! | run, at most one (`run.rs`) | the hub, as `Running` | with its verdict; the hub emits `RunEnded` |
//! | lock renewal, one per held lock (`lease.rs`) | the run's locks | when the locks are released or lost |
//! | watch, one per target of the focus (`watch.rs`) | the hub | at the next focus, or when the hub quits |
//! | follow, one per followed log (`follow.rs`) | the hub | when stopped, at a run's start, or with the log |
//! | releases (`releases.rs`) | nothing: it lives as long as the hub's sender | with the hub |
//! | one per Propose, Examine, Unlock and Observe order | nothing: it is detached | when it has answered |
//! | observation of a switched host (`round/observe.rs`) | nothing: it is detached | when it has answered |
//! | notification, one per message (`notify.rs`) | the notifier | when sent; a hub that quits waits at most 5 s |
//! | journal, one thread per run (`journal.rs`) | the bus, between `begin` and `end` | when it is closed |
//!
//! The tracks of a stage are futures inside the run task, not tasks. Channels: `mpsc` for orders, messages, events,
//! replies and proposals (unbounded) and for output lines (4096, then counted as skipped); `watch` for pause, pace,
//! "observe now" and skipped lines; `oneshot` for "on disk"; a `CancellationToken` for abort and for followed logs.

mod detached;
mod runs;

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::join_all;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle};

use super::bus::{self, EventReaders};
use super::context::{Attendance, Clock, EngineContext};
use super::control::{RunHandle, RunMessage};
use super::follow::Follows;
use super::links::{LinkMessage, LinkScope, Links};
use super::notify::Notifier;
use super::releases::Releases;
use super::services::Services;
use super::watch::{Watch, WatchPace};
use crate::domain::catalog::CatalogReply;
use crate::domain::event::{Verdict, What};
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::names::{AppName, Color, StackName};
use crate::domain::order::{Order, Proposal};
use crate::domain::plan::{Basis, Intent, Operator};
use crate::domain::spec::Environment;
use crate::domain::target::Target;
use crate::transport::sources::Catalog;
use crate::transport::{Shell, Web};

/// What an engine is made of.
pub struct EngineConfig {
    pub environment: Environment,
    pub shell: Arc<dyn Shell>,
    pub web: Arc<dyn Web>,
    pub catalog: Arc<dyn Catalog>,
    pub clock: Clock,
    pub journals: PathBuf,
    pub inventory: String,
    pub attendance: Attendance,
}

/// A running engine. Dropping this does not stop it: [`Order::Quit`] does.
#[derive(Debug)]
pub struct Engine {
    pub task: JoinHandle<()>,
}

/// A client's ends of the engine's channels.
#[derive(Debug)]
pub struct EngineHandle {
    pub orders: mpsc::UnboundedSender<Order>,
    pub proposals: mpsc::UnboundedReceiver<Proposal>,
    /// The replies of the source about releases.
    pub releases: mpsc::UnboundedReceiver<CatalogReply>,
    pub readers: EventReaders,
}

impl std::fmt::Debug for EngineConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineConfig")
            .field("environment", &self.environment.name)
            .finish_non_exhaustive()
    }
}

impl Engine {
    pub fn start(setup: EngineConfig) -> (Self, EngineHandle) {
        let (orders, orders_in) = mpsc::unbounded_channel();
        let (proposals_out, proposals) = mpsc::unbounded_channel();
        let secrets = KnownSecrets::of(&setup.environment);
        setup.shell.share_secrets(secrets.clone());
        setup.web.share_secrets(secrets.clone());
        setup.catalog.share_secrets(secrets.clone());
        let (bus, readers) = bus::bus(Arc::clone(&setup.clock), secrets);
        let EngineConfig {
            environment,
            shell,
            web,
            catalog,
            clock,
            journals,
            inventory,
            attendance,
        } = setup;
        let (asks, releases) = Releases::start(Arc::clone(&catalog));
        let links = Links::of(&*shell);
        let context =
            EngineContext::new(environment, shell, web, clock, journals, inventory, attendance);
        let (pace, _) = watch::channel(WatchPace::Calm);
        let (ask, _) = watch::channel(0);
        let notifier = Notifier::new(&context, &bus);
        let hub = Hub {
            services: Services { context, bus, notifier, catalog },
            proposals: proposals_out,
            releases: asks,
            pace,
            ask,
            watch: None,
            focus: None,
            follows: Follows::default(),
            run: None,
            next: None,
        };
        let task = tokio::spawn(hub.work(orders_in, links));
        (Self { task }, EngineHandle { orders, proposals, releases, readers })
    }
}

struct Hub {
    services: Services,
    proposals: mpsc::UnboundedSender<Proposal>,
    releases: Releases,
    pace: watch::Sender<WatchPace>,
    /// Incremented to have every target observed now.
    ask: watch::Sender<u64>,
    watch: Option<Watch>,
    /// The stack that the watch observes.
    focus: Option<(AppName, StackName)>,
    follows: Follows,
    run: Option<Running>,
    /// Started as soon as the current run, which is being aborted, has ended.
    next: Option<(Intent, Option<Basis>)>,
}

struct Running {
    intent: Intent,
    handle: RunHandle,
    task: JoinHandle<Verdict>,
}

impl Hub {
    async fn work(mut self, mut orders: mpsc::UnboundedReceiver<Order>, mut links: Links) {
        loop {
            let order = tokio::select! {
                order = orders.recv() => order.unwrap_or(Order::Quit),
                end = ended(&mut self.run) => {
                    self.run_ended(end).await;
                    continue;
                }
                message = links.receive() => {
                    self.forward_link(&mut links, message);
                    continue;
                }
            };
            if order == Order::Quit {
                break;
            }
            self.handle(order);
        }
        self.quit().await;
    }

    fn forward_link(&self, links: &mut Links, message: LinkMessage) {
        let Services { context, bus, .. } = &self.services;
        let about = match (&self.run, &self.focus) {
            (Some(running), _) => Some(LinkScope::Run(&running.intent)),
            (None, Some((app, stack))) => Some(LinkScope::Focus(app, stack)),
            (None, None) => None,
        };
        // Between runs the next observation is far away. A run observes often enough.
        if links.emit(message, about, context, bus) && self.run.is_none() {
            self.ask.send_modify(|count| *count += 1);
        }
    }

    fn handle(&mut self, order: Order) {
        match order {
            Order::Observe { .. } => self.observe_now(),
            Order::Focus { app, stack } => {
                let (pace, ask) = (self.pace.subscribe(), self.ask.subscribe());
                let Services { context, bus, .. } = &self.services;
                self.watch = Some(Watch::start(context, bus, &app, &stack, &pace, &ask));
                self.focus = Some((app, stack));
            }
            Order::Propose { intent } => self.propose(intent),
            Order::Start { intent, basis } => self.start(intent, basis),
            Order::Unlock { app, stack, locks, reason, by } => {
                let members = self.services.context.members(&app, &stack);
                let of = |(target, id)| {
                    let member = members.iter().find(|member| member.target == target)?;
                    Some(((*member).clone(), id))
                };
                self.unlock(locks.into_iter().filter_map(of).collect(), reason, by);
            }
            Order::Pause { by } => self.steer(|handle| handle.pause(true), What::Paused { by }),
            Order::Resume { by } => self.steer(
                |handle| {
                    handle.pause(false);
                    handle.send(RunMessage::Resume { by: by.clone() });
                },
                What::Resumed { by: by.clone() },
            ),
            Order::Abort { by } => {
                self.steer(|handle| handle.abort(by.clone()), What::AbortAsked { by: by.clone() });
            }
            Order::Answer { yes, by, note } => {
                self.send_to_run(RunMessage::Answer { yes, by, note });
            }
            Order::LeaveOpen { why } => self.send_to_run(RunMessage::LeaveOpen { why }),
            Order::Choose { target, choice, by } => {
                self.send_to_run(RunMessage::Choose { target, choice, by });
            }
            Order::FollowLog { target, color } => self.follow_log(&target, color),
            Order::Examine { app, stack, targets } => self.examine(&app, &stack, &targets),
            Order::Releases { app, stack, ask } => {
                self.releases.ask(&self.services.context.members(&app, &stack), ask);
            }
            Order::Quit => {}
        }
    }

    fn follow_log(&mut self, target: &Target, color: Option<Color>) {
        self.follows.stop(target);
        let (Some(color), Some((app, stack))) = (color, &self.focus) else { return };
        let members = self.services.context.members(app, stack);
        if let Some(member) = members.into_iter().find(|member| member.target == *target) {
            self.follows.start(&self.services.context, &self.services.bus, member, color);
        }
    }

    fn send_to_run(&self, message: RunMessage) {
        if let Some(running) = &self.run {
            running.handle.send(message);
        }
    }

    fn steer(&self, act: impl FnOnce(&RunHandle), event: What) {
        if let Some(running) = &self.run {
            act(&running.handle);
            self.services.bus.emit(event);
        }
    }

    /// Aborts the current run, waits until it has released its locks, then closes the connections.
    async fn quit(mut self) {
        self.watch = None;
        self.next = None;
        let logs = self.follows.stop_all();
        if let Some(running) = &self.run {
            let quits = Operator { user: "flipside".to_owned(), machine: "as it quits".to_owned() };
            running.handle.abort(quits);
            let end = ended(&mut self.run).await;
            self.run_ended(end).await;
        }
        join_all(logs).await;
        self.services.notifier.wait_for_pending().await;
        self.services.context.shell.close().await;
    }
}

/// Waits until the run ends, also by a panic. Without a run it never resolves.
async fn ended(run: &mut Option<Running>) -> Result<Verdict, JoinError> {
    match run {
        Some(running) => (&mut running.task).await,
        None => std::future::pending().await,
    }
}
