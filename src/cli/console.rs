//! Opens the console and joins it to the engine: two rooms that do not know each other.

use std::io::IsTerminal;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::args::{Looks, Place};
use super::first::{self, Begin};
use super::past_runs::{self, Shelf};
use super::place::Here;
use super::theme::Chooser;
use super::{Wrong, demo, kept, keys, out, signals, wire};
use crate::console::access::{Access, Because};
use crate::console::background::Early;
use crate::console::glyphs::Glyphs;
use crate::console::history::environment_of;
use crate::console::preferences::Preferences;
use crate::console::scope::places;
use crate::console::theme::Theme;
use crate::console::{self, Channels, LineReceiver, Prompt, PromptAnswer, PromptCard, Setup};
use crate::domain::history::RunRecord;
use crate::engine::{Attendance, Engine, EngineHandle};
use crate::headless::exit::Exit;
use crate::transport;

pub async fn open(place: &Place, looks: Looks) -> Result<Exit, Wrong> {
    let mut chooser = Chooser::new(looks.clone())?;
    // Whoever lacks an inventory is told so, terminal or none.
    let early = if fits_a_console().is_ok() { chooser.ask_terminal() } else { Early::default() };
    let mut opening = Opening { chooser, early };
    let mut here = match first::begin(place, &mut opening).await? {
        Begin::Console(here) => *here,
        Begin::Demo => return Box::pin(demo::tour(place, HOSTS, looks)).await,
        Begin::Leave(words) => {
            let nothing_said = words.is_empty();
            for line in words {
                out::line(line)?;
            }
            return Ok(if nothing_said { Exit::Done } else { Exit::Usage });
        }
    };
    fits_a_console()?;
    let mut setup = setup(&here, place, &opening.chooser)?;
    loop {
        let (prompts, asked) = mpsc::unbounded_channel();
        let cards = Arc::new(Cards { prompts });
        let (engine, handle) = wire::engine(&here, cards, Attendance::Attended);
        let (_, nothing) = mpsc::unbounded_channel();
        let left = show(setup.clone(), &mut opening, handle, asked, nothing).await;
        // The engine gives its locks back and closes its connections before we go.
        let patient = ended(engine).await;
        let left = left?;
        let exit = left.verdict.as_ref().map_or(Exit::Done, Exit::from);
        let Some(next) = left.next.filter(|_| patient) else { return Ok(exit) };
        out::line(format_args!("-- now {} of {}", next.app, next.environment))?;
        here = here.at(&next)?;
        setup = self::setup(&here, place, &opening.chooser)?;
    }
}

/// Waits until the engine has tidied up. False: the person would not wait.
pub async fn ended(engine: Engine) -> bool {
    tokio::select! {
        _ = engine.task => true,
        () = signals::interrupted() => {
            out::note("Quit without waiting for cleanup; a host may still be locked.");
            false
        }
    }
}

/// A console that nobody can read is refused, with what there is instead.
pub fn fits_a_console() -> Result<(), Wrong> {
    let instead = "`flipside status`, `plan`, `prepare` and the other commands need none";
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Wrong::Usage(format!("the console needs a terminal; {instead}")));
    }
    match std::env::var("TERM").as_deref() {
        Ok("dumb" | "") | Err(_) => Err(Wrong::Usage(format!(
            "the console needs a terminal that can move its cursor, and TERM says that this one \
             cannot; {instead}"
        ))),
        Ok(_) => Ok(()),
    }
}

/// The demo's fleet, where nobody said how large.
pub const HOSTS: u8 = 6;

/// What outlives one console, where another is opened after it.
pub struct Opening {
    pub chooser: Chooser,
    pub early: Early,
}

/// Draws until the person leaves.
pub async fn show(
    setup: Setup,
    opening: &mut Opening,
    handle: EngineHandle,
    prompts: mpsc::UnboundedReceiver<Prompt>,
    guide: mpsc::UnboundedReceiver<Vec<String>>,
) -> Result<console::Left, Wrong> {
    let lines = LineReceiver::new(handle.readers.lines, handle.readers.skipped);
    let (tell, signals) = mpsc::unbounded_channel();
    let telling = tokio::spawn(signals::tell(tell));
    let glyphs = opening.chooser.glyphs();
    let (say, themes) = mpsc::unbounded_channel();
    let theme = opening.chooser.first(&say);
    let watching = tokio::spawn(opening.chooser.clone().watch(say));
    let (recalls, recalled) = past_runs::serve(Shelf {
        journals: setup.journals.clone().unwrap_or_default(),
        environment: setup.environment.name.clone(),
        app: setup.app.clone(),
    });
    let wires = Channels {
        orders: handle.orders,
        events: handle.readers.events,
        proposals: handle.proposals,
        releases: handle.releases,
        lines,
        prompts,
        guide,
        themes,
        recalls,
        recalled,
        early: std::mem::take(&mut opening.early),
        signals,
    };
    let (journals, environment, app) =
        (setup.journals.clone(), setup.environment.name.clone(), setup.app.clone());
    // A large future, for it holds all that the console knows.
    let left = Box::pin(console::run(Setup { theme, glyphs, ..setup }, wires)).await;
    watching.abort();
    telling.abort();
    let left = left?;
    let written = journals.map(|journals| kept::write(&journals, &environment, &app, &left.kept));
    if let Some(Err(why)) = written {
        out::note(format_args!("flipside: how you looked at it is not kept: {why}"));
    }
    Ok(left)
}

/// A past run alone on the screen. Nobody is asked and nothing is sent: there is no engine.
pub async fn replay(record: Arc<RunRecord>, looks: Looks) -> Result<(), Wrong> {
    let mut chooser = Chooser::new(looks)?;
    fits_a_console()?;
    let setup = setup_of(&record, &chooser)?;
    let (tell, signals) = mpsc::unbounded_channel();
    let telling = tokio::spawn(signals::tell(tell));
    let glyphs = chooser.glyphs();
    let early = chooser.ask_terminal();
    let (say, themes) = mpsc::unbounded_channel();
    let theme = chooser.first(&say);
    let watching = tokio::spawn(chooser.watch(say));
    let (recalls, _) = mpsc::unbounded_channel();
    let (_, recalled) = mpsc::unbounded_channel();
    let wires = Channels {
        orders: mpsc::unbounded_channel().0,
        events: mpsc::unbounded_channel().1,
        proposals: mpsc::unbounded_channel().1,
        releases: mpsc::unbounded_channel().1,
        lines: LineReceiver::silent(),
        prompts: mpsc::unbounded_channel().1,
        guide: mpsc::unbounded_channel().1,
        themes,
        recalls,
        recalled,
        early,
        signals,
    };
    let setup = Setup { theme, glyphs, ..setup };
    let left = Box::pin(console::replay(setup, record, wires)).await;
    watching.abort();
    telling.abort();
    left?;
    Ok(())
}

/// What a console is about that shows this run and nothing else.
pub fn setup_of(record: &RunRecord, chooser: &Chooser) -> Result<Setup, Wrong> {
    let Some(intent) = record.intent() else {
        let file = record.journal.display();
        let first = record.damage.first();
        let why = first.map_or(String::new(), |it| format!(": line {} {}", it.line, it.what));
        return Err(Wrong::Failed(format!("{file}: no run begins in it{why}")));
    };
    Ok(Setup {
        access: Access::ReadOnly(Because::Replay),
        keys: keys::bindings()?,
        environment: environment_of(intent),
        app: intent.app.clone(),
        stack: intent.stack.clone(),
        operator: intent.by.clone(),
        journals: None,
        kept: Ok(Preferences::default()),
        theme: Theme::default(),
        glyphs: Glyphs::UNICODE,
        integration: chooser.integration(),
        places: Vec::new(),
    })
}

/// What the console is about, and how its person wants it. Nothing was begun yet: here it may fail. How it
/// looks is chosen when the terminal can be asked.
pub fn setup(here: &Here, place: &Place, chooser: &Chooser) -> Result<Setup, Wrong> {
    let started = if place.read_only { Access::ReadOnly(Because::Started) } else { Access::Full };
    Ok(Setup {
        access: Access::at_start(&here.environment, started),
        keys: keys::bindings()?,
        environment: here.environment.clone(),
        app: here.app.clone(),
        stack: here.stack.clone(),
        operator: here.operator.clone(),
        journals: Some(here.journals.clone()),
        kept: kept::read(&here.journals, &here.environment.name, &here.app),
        theme: Theme::default(),
        glyphs: Glyphs::UNICODE,
        integration: chooser.integration(),
        places: places(&here.environments),
    })
}

/// What the transport asks, put to the person as cards of the console.
pub struct Cards {
    pub prompts: mpsc::UnboundedSender<Prompt>,
}

impl transport::Prompter for Cards {
    fn ask(
        &self,
        prompt: transport::AuthPrompt,
    ) -> transport::BoxFuture<'_, transport::PromptReply> {
        Box::pin(async move {
            let card = match prompt {
                transport::AuthPrompt::UnknownHostKey { host, address, algorithm, fingerprint } => {
                    PromptCard::HostKey {
                        host: format!("{host} ({address})"),
                        algorithm,
                        fingerprint,
                        keep: None,
                    }
                }
                transport::AuthPrompt::Passphrase { key } => {
                    PromptCard::Secret { title: format!("The passphrase of {key}"), hint: None }
                }
                transport::AuthPrompt::Password { host, account, again } => PromptCard::Secret {
                    title: format!("{host}: the password of {account}"),
                    hint: again.then(|| "That was not it. Again:".to_owned()),
                },
                transport::AuthPrompt::Answer { host, account, about, text, shown } => {
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
                return transport::PromptReply::Refused;
            }
            match answered.await {
                Ok(PromptAnswer::Yes) => transport::PromptReply::Accepted,
                Ok(PromptAnswer::Secret(secret)) => transport::PromptReply::Secret(secret),
                Ok(PromptAnswer::No) | Err(_) => transport::PromptReply::Refused,
            }
        })
    }
}
