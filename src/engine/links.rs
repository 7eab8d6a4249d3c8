//! What the transport tells of connections as it happens, on its way into the events.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::bus::Bus;
use super::world::World;
use crate::domain::event::What;
use crate::domain::names::{AppName, HostName, StackName};
use crate::domain::plan::Intent;
use crate::domain::target::Target;
use crate::transport::{Link, LinkWatcher, Shell};

#[derive(Debug)]
pub enum News {
    Link(HostName, Link),
    Note(String),
}

struct Ear(mpsc::UnboundedSender<News>);

impl LinkWatcher for Ear {
    fn link(&self, host: &HostName, link: &Link) {
        // With the engine gone nobody needs to know.
        let _ = self.0.send(News::Link(host.clone(), link.clone()));
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
pub enum About<'a> {
    Run(&'a Intent),
    Focus(&'a AppName, &'a StackName),
}

impl Links {
    pub fn of(shell: &dyn Shell) -> Self {
        let (ear, news) = mpsc::unbounded_channel();
        shell.tell_links(Arc::new(Ear(ear)));
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
    pub fn emit(&mut self, news: News, about: Option<About<'_>>, world: &World, bus: &Bus) -> bool {
        let (host, lost) = match news {
            News::Note(text) => {
                bus.emit_aside(What::Note { text });
                return false;
            }
            News::Link(host, Link::Lost { why }) => {
                self.lost.insert(host.clone());
                (host, Some(why))
            }
            // The first connection is no return.
            News::Link(host, Link::Up { .. }) if self.lost.remove(&host) => (host, None),
            // What could not be reached is told by whoever wanted to.
            News::Link(..) => return false,
        };
        for target in targets(&host, about, world) {
            let what = match &lost {
                Some(why) => What::ConnectionLost { target: target.clone(), why: why.clone() },
                None => What::ConnectionBack { target: target.clone() },
            };
            match about {
                // It is part of the run's story.
                Some(About::Run(intent)) if intent.selection.takes(&target) => bus.emit(what),
                _ => bus.emit_aside(what),
            }
        }
        lost.is_some()
    }
}

fn targets(host: &HostName, about: Option<About<'_>>, world: &World) -> Vec<Target> {
    let members = match about {
        Some(About::Run(intent)) => world.members(&intent.app, &intent.stack),
        Some(About::Focus(app, stack)) => world.members(app, stack),
        None => Vec::new(),
    };
    let targets = members.into_iter().map(|member| &member.target);
    targets.filter(|target| target.host() == Some(host)).cloned().collect()
}
