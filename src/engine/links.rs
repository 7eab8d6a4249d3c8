//! What the transport tells of connections as it happens, on its way into the events.

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
pub enum News {
    ConnectionEvent(HostName, ConnectionEvent),
    Note(String),
}

struct LinkForwarder(mpsc::UnboundedSender<News>);

impl ConnectionWatcher for LinkForwarder {
    fn link(&self, host: &HostName, link: &ConnectionEvent) {
        // With the engine gone nobody needs to know.
        let _ = self.0.send(News::ConnectionEvent(host.clone(), link.clone()));
    }

    fn note(&self, text: &str) {
        let _ = self.0.send(News::Note(text.to_owned()));
    }
}

/// Hears what the transport says of connections.
#[derive(Debug)]
pub struct Links {
    news: mpsc::UnboundedReceiver<News>,
    lost: BTreeSet<HostName>,
}

/// Whom events are about at the moment.
#[derive(Debug, Clone, Copy)]
pub enum LinkScope<'a> {
    Run(&'a Intent),
    Focus(&'a AppName, &'a StackName),
}

impl Links {
    pub fn of(shell: &dyn Shell) -> Self {
        let (forwarder, news) = mpsc::unbounded_channel();
        shell.watch_connections(Arc::new(LinkForwarder(forwarder)));
        Self { news, lost: BTreeSet::new() }
    }

    pub async fn hear(&mut self) -> News {
        match self.news.recv().await {
            Some(news) => news,
            // A transport that says nothing.
            None => std::future::pending().await,
        }
    }

    /// Makes events of it. `true`: what was known of a host is knowledge no more.
    pub fn emit(
        &mut self,
        news: News,
        about: Option<LinkScope<'_>>,
        context: &EngineContext,
        bus: &EventBus,
    ) -> bool {
        let (host, lost) = match news {
            News::Note(text) => {
                bus.emit_outside_run(What::Note { text });
                return false;
            }
            News::ConnectionEvent(host, ConnectionEvent::Lost { why }) => {
                self.lost.insert(host.clone());
                (host, Some(why))
            }
            // The first connection is no return.
            News::ConnectionEvent(host, ConnectionEvent::Up { .. }) if self.lost.remove(&host) => {
                (host, None)
            }
            // What could not be reached is told by whoever wanted to.
            News::ConnectionEvent(..) => return false,
        };
        for target in targets(&host, about, context) {
            let what = match &lost {
                Some(why) => What::ConnectionLost { target: target.clone(), why: why.clone() },
                None => What::ConnectionBack { target: target.clone() },
            };
            match about {
                // It is part of the run's story.
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
