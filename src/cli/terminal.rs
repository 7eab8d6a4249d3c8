//! Questions to a person at a plain terminal. Without a terminal each question gets the cautious answer.

use std::io::{self, BufRead, IsTerminal};

use super::out;
use crate::domain::plan::Question;
use crate::headless::{Answers, SignOff};
use crate::transport::{AuthPrompt, BoxFuture, PromptReply, Prompter};

/// Returns whether a person can be asked.
pub fn attended() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for one line. Returns `None` without a terminal and at its end of file.
pub fn ask(question: &str) -> Option<String> {
    if !attended() {
        return None;
    }
    out::question(format_args!("{question} "));
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).ok().filter(|read| *read > 0)?;
    Some(line.trim().to_owned())
}

/// Asks the transport's prompts at the terminal.
#[derive(Debug, Clone, Copy)]
pub struct TerminalPrompter;

/// Answers the questions of a run.
#[derive(Debug, Clone, Copy)]
pub struct RunAnswers {
    /// Set by `--sign-off`: sign off if every check passes.
    pub signs_off: bool,
}

impl Answers for RunAnswers {
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
        ask("Continue with the next batch? [y/N]")
            .is_some_and(|answer| answer == "y" || answer == "yes")
    }
}

impl Prompter for TerminalPrompter {
    fn ask(&self, prompt: AuthPrompt) -> BoxFuture<'_, PromptReply> {
        Box::pin(async move {
            let asked = tokio::task::spawn_blocking(move || match prompt {
                AuthPrompt::UnknownHostKey { host, address, algorithm, fingerprint } => {
                    let question = format!(
                        "The {algorithm} host key of {host} ({address}) is not known: {fingerprint}. Is it right? Type yes:"
                    );
                    ask(&question)
                        .is_some_and(|answer| answer == "yes")
                        .then_some(PromptReply::Accepted)
                }
                AuthPrompt::Passphrase { key } => {
                    secret(&format!("Passphrase of {key}:")).map(PromptReply::Secret)
                }
                AuthPrompt::Password { host, account, again } => {
                    let wrong = if again { "Wrong password. " } else { "" };
                    let question = format!("{wrong}{host}: password of {account}:");
                    secret(&question).map(PromptReply::Secret)
                }
                AuthPrompt::Answer { host, account, about, text, shown } => {
                    let question = format!("{host} asks {account}: {}", join([about, text]));
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

/// Asks for a secret without echoing it.
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
