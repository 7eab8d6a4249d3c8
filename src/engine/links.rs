//! Turns the transport's connection events into events of the run or of the focus.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::bus::EventBus;
use super::context::EngineContext;
use crate::domain::event::What;
use crate::domain::names::{AppName, HostName, StackName};
use crate::domain::plan::Intent;
use crate::domain::target::Target;
use crate::transport::{ConnectionEvent, ConnectionWatcher, Shell};

#[derive(Debug)]
pub enum LinkMessage {
    ConnectionEvent(HostName, ConnectionEvent),
    Note(String),
}

struct LinkForwarder(mpsc::UnboundedSender<LinkMessage>);

impl ConnectionWatcher for LinkForwarder {
    fn link(&self, host: &HostName, link: &ConnectionEvent) {
        // Without an engine nothing needs this event.
        let _ = self.0.send(LinkMessage::ConnectionEvent(host.clone(), link.clone()));
    }

    fn note(&self, text: &str) {
        let _ = self.0.send(LinkMessage::Note(text.to_owned()));
    }
}

/// Receives the transport's connection events.
#[derive(Debug)]
pub struct Links {
    messages: mpsc::UnboundedReceiver<LinkMessage>,
    lost: BTreeSet<HostName>,
}

/// The stack that connection events are about at the moment.
#[derive(Debug, Clone, Copy)]
pub enum LinkScope<'a> {
    Run(&'a Intent),
    Focus(&'a AppName, &'a StackName),
}

impl Links {
    pub fn of(shell: &dyn Shell) -> Self {
        let (forwarder, messages) = mpsc::unbounded_channel();
        shell.watch_connections(Arc::new(LinkForwarder(forwarder)));
        Self { messages, lost: BTreeSet::new() }
    }

    pub async fn receive(&mut self) -> LinkMessage {
        match self.messages.recv().await {
            Some(message) => message,
            // The transport reports no connections.
            None => std::future::pending().await,
        }
    }

    /// Emits the event for each target on the host. Returns whether a connection was lost, so that what is known of the
    /// host may be out of date.
    pub fn emit(
        &mut self,
        message: LinkMessage,
        about: Option<LinkScope<'_>>,
        context: &EngineContext,
        bus: &EventBus,
    ) -> bool {
        let (host, lost) = match message {
            LinkMessage::Note(text) => {
                bus.emit_outside_run(What::Note { text });
                return false;
            }
            LinkMessage::ConnectionEvent(host, ConnectionEvent::Lost { why }) => {
                self.lost.insert(host.clone());
                (host, Some(why))
            }
            // The first connection is not a reconnection.
            LinkMessage::ConnectionEvent(host, ConnectionEvent::Up { .. })
                if self.lost.remove(&host) =>
            {
                (host, None)
            }
            // A failed connection attempt is reported by the command that needed it.
            LinkMessage::ConnectionEvent(..) => return false,
        };
        for target in targets(&host, about, context) {
            let what = match &lost {
                Some(why) => What::ConnectionLost { target: target.clone(), why: why.clone() },
                None => What::ConnectionBack { target: target.clone() },
            };
            match about {
                // The event belongs in the run's journal.
                Some(LinkScope::Run(intent)) if intent.selection.takes(&target) => bus.emit(what),
                _ => bus.emit_outside_run(what),
            }
        }
        lost.is_some()
    }
}

fn targets(host: &HostName, about: Option<LinkScope<'_>>, context: &EngineContext) -> Vec<Target> {
    let members = match about {
        Some(LinkScope::Run(intent)) => context.members(&intent.app, &intent.stack),
        Some(LinkScope::Focus(app, stack)) => context.members(app, stack),
        None => Vec::new(),
    };
    let targets = members.into_iter().map(|member| &member.target);
    targets.filter(|target| target.host() == Some(host)).cloned().collect()
}
