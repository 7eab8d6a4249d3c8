//! Opens the console and joins it to the engine: two rooms that do not know each other.

use std::io::IsTerminal;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};

use super::args::{Looks, Place};
use super::place::{self, Here};
use super::theme::Chooser;
use super::{Wrong, keys, wire};
use crate::console::access::{Access, Because};
use crate::console::glyphs::Glyphs;
use crate::console::theme::Theme;
use crate::console::{self, Prompt, PromptAnswer, PromptCard, Setup, Wires, lines};
use crate::domain::event::OutputLine;
use crate::engine::{Attendance, Handle, Skipped};
use crate::headless::exit::Exit;
use crate::transport;

pub async fn open(place: &Place, looks: Looks) -> Result<Exit, Wrong> {
    let here = place::here(place)?;
    let chooser = Chooser::new(looks)?;
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Wrong::Usage(
            "the console needs a terminal; `flipside status` and the other commands do not"
                .to_owned(),
        ));
    }
    let setup = setup(&here, place)?;
    let (prompts, asked) = mpsc::unbounded_channel();
    let (engine, handle) = wire::engine(&here, Arc::new(Cards { prompts }), Attendance::Attended);
    let (_, nothing) = mpsc::unbounded_channel();
    let left = show(setup, chooser, handle, asked, nothing).await;
    // The engine gives its locks back and closes its connections before we go.
    let _ = engine.task.await;
    let left = left?;
    Ok(left.verdict.as_ref().map_or(Exit::Done, Exit::from))
}

/// Draws until the person leaves.
pub async fn show(
    setup: Setup,
    mut chooser: Chooser,
    handle: Handle,
    prompts: mpsc::UnboundedReceiver<Prompt>,
    guide: mpsc::UnboundedReceiver<Vec<String>>,
) -> Result<console::Left, Wrong> {
    let (sender, lines) = lines::channel();
    let pump = tokio::spawn(pump(handle.readers.lines, handle.readers.skipped, sender));
    let (stop, stopped) = mpsc::unbounded_channel();
    let signals = tokio::spawn(stop_on_signal(stop));
    let glyphs = chooser.glyphs();
    let early = chooser.ask_terminal();
    let (say, themes) = mpsc::unbounded_channel();
    let theme = chooser.first(&say);
    let watching = tokio::spawn(chooser.watch(say));
    let wires = Wires {
        orders: handle.orders,
        events: handle.readers.events,
        proposals: handle.proposals,
        lines,
        prompts,
        guide,
        themes,
        early,
        stop: stopped,
    };
    let left = console::run(Setup { theme, glyphs, ..setup }, wires).await;
    watching.abort();
    pump.abort();
    signals.abort();
    Ok(left?)
}

/// Hands lines on, and how many never came: the engine drops what finds no room, too.
async fn pump(
    mut output: mpsc::Receiver<OutputLine>,
    mut skipped: watch::Receiver<Skipped>,
    sender: lines::LineSender,
) {
    let mut told = Skipped::new();
    loop {
        tokio::select! {
            line = output.recv() => match line {
                Some(line) => sender.send(line),
                None => return,
            },
            Ok(()) = skipped.changed() => {
                let counts = skipped.borrow_and_update().clone();
                for (target, count) in &counts {
                    sender.skip(target, count - told.get(target).copied().unwrap_or(0));
                }
                told = counts;
            }
        }
    }
}

/// What the console is about, and how its person wants it. Nothing was begun yet: here it may fail. How it
/// looks is chosen when the terminal can be asked.
pub fn setup(here: &Here, place: &Place) -> Result<Setup, Wrong> {
    let started = if place.read_only { Access::ReadOnly(Because::Started) } else { Access::Full };
    Ok(Setup {
        access: Access::at_start(&here.environment, started),
        keys: keys::bindings()?,
        environment: here.environment.clone(),
        app: here.app.clone(),
        stack: here.stack.clone(),
        operator: here.operator.clone(),
        journals: Some(here.journals.clone()),
        theme: Theme::default(),
        glyphs: Glyphs::UNICODE,
    })
}

/// Whoever ends the console from outside ends it as `q` would: the terminal is given back.
async fn stop_on_signal(stop: mpsc::UnboundedSender<()>) {
    let (Ok(mut term), Ok(mut hup)) =
        (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return;
    };
    loop {
        tokio::select! {
            _ = term.recv() => {}
            _ = hup.recv() => {}
        }
        if stop.send(()).is_err() {
            return;
        }
    }
}

/// What the transport asks, put to the person as cards of the console.
pub struct Cards {
    pub prompts: mpsc::UnboundedSender<Prompt>,
}

impl transport::Prompter for Cards {
    fn ask(&self, prompt: transport::Prompt) -> transport::BoxFuture<'_, transport::Reply> {
        Box::pin(async move {
            let card = match prompt {
                transport::Prompt::UnknownHostKey { host, address, algorithm, fingerprint } => {
                    PromptCard::HostKey {
                        host: format!("{host} ({address})"),
                        algorithm,
                        fingerprint,
                        keep: None,
                    }
                }
                transport::Prompt::Passphrase { key } => {
                    PromptCard::Secret { title: format!("The passphrase of {key}"), hint: None }
                }
                transport::Prompt::Password { host, account, again } => PromptCard::Secret {
                    title: format!("{host}: the password of {account}"),
                    hint: again.then(|| "That was not it. Again:".to_owned()),
                },
                transport::Prompt::Answer { host, account, about, text, shown } => {
                    let title = format!("{host} asks {account}: {text}");
                    let hint = Some(about).filter(|about| !about.is_empty());
                    if shown {
                        PromptCard::Line { title, hint }
                    } else {
                        PromptCard::Secret { title, hint }
                    }
                }
            };
            let (answer, answered) = oneshot::channel();
            if self.prompts.send(Prompt { card, answer }).is_err() {
                return transport::Reply::Refused;
            }
            match answered.await {
                Ok(PromptAnswer::Yes) => transport::Reply::Accepted,
                Ok(PromptAnswer::Secret(secret)) => transport::Reply::Secret(secret),
                Ok(PromptAnswer::No) | Err(_) => transport::Reply::Refused,
            }
        })
    }
}
