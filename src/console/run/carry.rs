//! What a message leads to is carried out: here alone the console does something.

use std::io;

use super::{Console, Turn};
use crate::console::app::msg::{Effect, Msg};
use crate::console::app::update::update;
use crate::console::terminal;

impl Console {
    pub(super) fn hand(&mut self, msg: Msg) -> io::Result<Turn> {
        let mut turn = Turn::Soon;
        for effect in update(&mut self.state, msg) {
            match self.carry_out(effect)? {
                Turn::Quit => return Ok(Turn::Quit),
                Turn::Now => turn = Turn::Now,
                Turn::Soon => {}
            }
        }
        Ok(turn)
    }

    pub(super) fn carry_out(&mut self, effect: Effect) -> io::Result<Turn> {
        match effect {
            // An engine that is gone has said so, or will.
            Effect::Send(order) => drop(self.wires.orders.send(*order)),
            Effect::Reply { number, answer } => {
                if let Some(way) = self.answers.remove(&number) {
                    drop(way.send(answer));
                }
            }
            // The reader ends only with the console.
            Effect::HistoryRequest(request) => drop(self.wires.history_requests.send(request)),
            Effect::Bell => terminal::write("\u{7}")?,
            Effect::Notify(words) => self.notify(&words)?,
            Effect::Mouse(mouse) => terminal::mouse(mouse)?,
            Effect::ShellSession(visit) => self.visit = Some(visit),
            Effect::Go(place) => {
                self.next = Some(place);
                return Ok(Turn::Quit);
            }
            Effect::Copy(text) => terminal::copy(&text, self.state.terminal.clipboard)?,
            Effect::Save(save) => {
                let results = self.files.clone();
                tokio::task::spawn_blocking(move || results.send(save.carry_out()));
            }
            Effect::Redraw => {
                self.screen = terminal::screen(&self.meter)?;
                return Ok(Turn::Now);
            }
            Effect::Suspend => {
                self.back(terminal::suspend)?;
                return Ok(Turn::Now);
            }
            Effect::Quit => return Ok(Turn::Quit),
        }
        Ok(Turn::Soon)
    }
}
