//! While another program has the terminal. The engine is in this process and goes on: what it tells is
//! taken in as ever, and drawn when the terminal is back. Only a call for a person comes through, as the
//! bell and a line of its own.

use std::io;
use std::process::Command;

use rustix::process::{Pid, Signal as Raw, WaitOptions, kill_process, waitpid};
use tokio::time::Instant;

use super::intake::Woken;
use super::{Console, LONGEST, Signal, Turn};
use crate::base::text::clean_line;
use crate::console::app::msg::Msg;
use crate::console::integration::{ShellSession, Window};
use crate::console::terminal;

impl Console {
    pub(super) async fn away(&mut self, visit: &ShellSession) -> io::Result<Turn> {
        terminal::lend();
        self.state.terminal.window = Window::Lent;
        terminal::write(&announcement(visit))?;
        let ended = match start(visit) {
            Ok(child) => self.beside(child).await?,
            Err(why) => Some(Err(why)),
        };
        let Some(ended) = ended else { return Ok(Turn::Quit) };
        self.back(terminal::reclaim)?;
        self.hand(Msg::Returned(problem(visit, ended)))?;
        Ok(Turn::Now)
    }

    /// Takes in what comes until the program has ended. `None`: the console is to end first.
    async fn beside(&mut self, child: Pid) -> io::Result<Option<Result<Ended, String>>> {
        let mut wait = tokio::task::spawn_blocking(move || wait(child));
        loop {
            let woken = tokio::select! {
                ended = &mut wait => {
                    return Ok(Some(ended.map_err(|error| error.to_string()).and_then(|it| it)));
                }
                woken = self.woken(None, Instant::now() + LONGEST) => woken,
            };
            let turn = match woken {
                // The program has the keyboard, and gets these itself.
                Woken::Signal(Signal::Interrupt | Signal::Aside | Signal::Back) => continue,
                woken => self.take(woken)?,
            };
            if turn == Turn::Quit {
                // Without the console nobody would wait for it.
                let _ = kill_process(child, Raw::HUP);
                let _ = kill_process(child, Raw::TERM);
                return Ok(None);
            }
        }
    }

    pub(super) fn notify(&mut self, words: &str) -> io::Result<()> {
        if self.state.terminal.window == Window::Lent {
            let words = clean_line(words.as_bytes());
            terminal::write(&format!("\r\n[flipside: {words}; leave this shell to see it]\r\n"))?;
        }
        match self.state.setup.integration.outside.notification(words) {
            Some(text) => terminal::write(&text),
            None => Ok(()),
        }
    }
}

/// How the program ended.
#[derive(Debug, Clone, Copy)]
struct Ended {
    code: Option<i32>,
}

fn announcement(visit: &ShellSession) -> String {
    let host = clean_line(visit.host.as_bytes());
    let line = clean_line(visit.line().as_bytes());
    format!(
        "\r\nA shell on {host}. The console keeps running; leave the shell to return\r\n\
         (one that hangs ends with Enter, ~ and a dot).\r\n{line}\r\n\r\n"
    )
}

/// It inherits the terminal.
fn start(visit: &ShellSession) -> Result<Pid, String> {
    let Some((program, arguments)) = visit.words.split_first() else {
        return Err("there is nothing to start".to_owned());
    };
    let child = Command::new(program).args(arguments).spawn().map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => format!("there is no {program} on this machine"),
            _ => format!("{program} could not be started: {error}"),
        };
        format!("{why}; where there is one, type: {}", visit.line())
    })?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| format!("{program} has no process number"))
}

/// Waits for its end. A program that puts itself aside (`~^Z` in ssh) is sent on at once: there is no
/// shell here that it could be brought back from.
fn wait(child: Pid) -> Result<Ended, String> {
    loop {
        let status = match waitpid(Some(child), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) => status,
            Ok(None) | Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(format!("its result is not known: {error}")),
        };
        if status.stopped() {
            let _ = kill_process(child, Raw::CONT);
        } else {
            return Ok(Ended { code: status.exit_status() });
        }
    }
}

/// Returns a message about how the program ended, if it matters. A shell's exit code is that of its last command and
/// does not matter here; ssh reserves one code for itself.
fn problem(visit: &ShellSession, ended: Result<Ended, String>) -> Option<String> {
    match ended {
        Err(why) => Some(format!("{}: {why}", visit.host)),
        Ok(Ended { code: Some(255) }) => {
            Some(format!("{}: ssh ended with 255: no connection, or it was cut", visit.host))
        }
        Ok(Ended { code: Some(_) }) => None,
        Ok(Ended { code: None }) => Some(format!("{}: ssh was ended by a signal", visit.host)),
    }
}
