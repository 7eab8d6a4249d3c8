//! What is asked of a person at a plain terminal. With nobody there, the careful answer is given.

use std::io::{self, BufRead, IsTerminal};

use super::args::{Place, Sure};
use super::{Wrong, out};
use crate::domain::phase::Phase;
use crate::domain::plan::Question;
use crate::domain::spec::Environment;
use crate::headless::{Answers, SignOff};
use crate::transport::{AuthPrompt, BoxFuture, PromptReply, Prompter};

/// Is a person there?
pub fn attended() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks one line. `None`: nobody answered.
fn ask(question: &str) -> Option<String> {
    if !attended() {
        return None;
    }
    out::question(format_args!("{question} "));
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).ok().filter(|read| *read > 0)?;
    Some(line.trim().to_owned())
}

/// A protected environment wants its own name before it is changed. With a terminal it is asked for
/// where users are about to be moved or something ends; without one it is always wanted.
pub fn make_sure(
    place: &Place,
    environment: &Environment,
    phase: Phase,
    sure: &Sure,
) -> Result<(), Wrong> {
    if place.read_only && phase != Phase::Verify {
        return Err(Wrong::Refused(format!(
            "{} changes servers, and --read-only was given: nothing was changed",
            phase.title()
        )));
    }
    if environment.read_only && phase != Phase::Verify {
        let name = &environment.name;
        return Err(Wrong::Refused(format!(
            "{name} is read-only: nothing was changed. Take `read_only` off {name} in the inventory first"
        )));
    }
    if !environment.protected || phase == Phase::Verify {
        return Ok(());
    }
    let name = environment.name.as_str();
    match &sure.confirm {
        Some(confirmed) if confirmed.as_str() == name => return Ok(()),
        Some(confirmed) => {
            return Err(Wrong::Usage(format!(
                "--confirm says {confirmed}, but this is {name}: nothing was changed"
            )));
        }
        None => {}
    }
    let asked = matches!(
        phase,
        Phase::GoLive
            | Phase::Abandon
            | Phase::Finish
            | Phase::Repair
            | Phase::Setup
            | Phase::Unfreeze
    );
    if attended() && !asked {
        return Ok(());
    }
    match ask(&format!("{name} is protected. Type its name to {}:", phase.title())) {
        Some(typed) if typed == name => Ok(()),
        Some(_) => Err(Wrong::Refused("that is not its name: nothing was changed".to_owned())),
        None => Err(Wrong::Refused(format!(
            "{name} is protected, and nobody can be asked: add `--confirm {name}`"
        ))),
    }
}

/// A person at a terminal, if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Terminal;

/// What a run asks while it is at work.
#[derive(Debug, Clone, Copy)]
pub struct AtWork {
    /// The command line says that what passes every check is signed off.
    pub signs_off: bool,
}

impl Answers for AtWork {
    fn sign_off(&mut self, question: &Question) -> SignOff {
        if self.signs_off {
            let note = "Every check passed; signed off by `--sign-off`.".to_owned();
            return SignOff::Yes(Some(note));
        }
        for hint in &question.hints {
            out::note(format_args!("  {hint}"));
        }
        match ask(&format!("{} [y/N]", question.text)) {
            Some(answer) if matches!(answer.as_str(), "y" | "Y" | "yes") => SignOff::Yes(None),
            Some(_) => SignOff::No(None),
            None => SignOff::Nobody(
                "Every check passed. Not signed off: there is no terminal to ask on. \
                 Pass `--sign-off` to sign off what passes every check."
                    .to_owned(),
            ),
        }
    }

    fn go_on(&mut self) -> bool {
        ask("Go on with the next batch? [y/N]")
            .is_some_and(|answer| answer == "y" || answer == "yes")
    }
}

impl Prompter for Terminal {
    fn ask(&self, prompt: AuthPrompt) -> BoxFuture<'_, PromptReply> {
        Box::pin(async move {
            let asked = tokio::task::spawn_blocking(move || match prompt {
                AuthPrompt::UnknownHostKey { host, address, algorithm, fingerprint } => {
                    let question = format!(
                        "{host} ({address}) shows the {algorithm} key {fingerprint}, which is not known. Is it right? Type yes:"
                    );
                    ask(&question)
                        .is_some_and(|answer| answer == "yes")
                        .then_some(PromptReply::Accepted)
                }
                AuthPrompt::Passphrase { key } => {
                    secret(&format!("The passphrase of {key}:")).map(PromptReply::Secret)
                }
                AuthPrompt::Password { host, account, again } => {
                    let wrong = if again { ", again: that was not it" } else { "" };
                    let question = format!("{host}: the password of {account}{wrong}:");
                    secret(&question).map(PromptReply::Secret)
                }
                AuthPrompt::Answer { host, account, about, text, shown } => {
                    let question = format!("{host}: {account} is asked: {}", join([about, text]));
                    let answer =
                        if shown { ask(&question).map(Into::into) } else { secret(&question) };
                    answer.map(PromptReply::Secret)
                }
            });
            asked.await.ok().flatten().unwrap_or(PromptReply::Refused)
        })
    }
}

fn join(parts: [String; 2]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Asks for a secret without showing it.
fn secret(question: &str) -> Option<secrecy::SecretString> {
    use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
    if !attended() {
        return None;
    }
    out::question(format_args!("{question} "));
    enable_raw_mode().ok()?;
    let typed = read_hidden();
    let _ = disable_raw_mode();
    out::note("");
    typed.map(Into::into)
}

fn read_hidden() -> Option<String> {
    use crossterm::event::{Event, KeyCode, KeyModifiers, read};
    let mut typed = String::new();
    loop {
        let Event::Key(key) = read().ok()? else { continue };
        match key.code {
            KeyCode::Enter => return Some(typed),
            KeyCode::Esc => return None,
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return None;
            }
            KeyCode::Backspace => {
                typed.pop();
            }
            KeyCode::Char(c) => typed.push(c),
            _ => {}
        }
    }
}
