//! Shows a [`Menu`] until something is picked.

use std::io;

use crossterm::event::{Event as Input, EventStream};
use futures::StreamExt;
use tokio::sync::mpsc;

use super::Signal;
use crate::console::keys::key::Key;
use crate::console::menu::{Menu, Picked};
use crate::console::screen::glyphs::Glyphs;
use crate::console::terminal::Guard;
use crate::console::terminal::background::Early;
use crate::console::terminal::meter::Meter;
use crate::console::theme::Theme;
use crate::console::{menu, terminal};

/// It must be awaited on the thread that calls it, as [`run`](super::run).
pub async fn pick(
    mut menu: Menu,
    theme: &Theme,
    glyphs: &Glyphs,
    early: &mut Early,
    signals: &mut mpsc::UnboundedReceiver<Signal>,
) -> io::Result<Picked> {
    let _guard = Guard::take()?;
    let meter = Meter::default();
    let mut screen = terminal::screen(&meter)?;
    let mut keys = EventStream::new();
    for key in std::mem::take(&mut early.keys) {
        if let Some(picked) = menu.key(key) {
            return Ok(picked);
        }
    }
    loop {
        screen.draw(|frame| menu::draw(&menu, theme, glyphs, frame.area(), frame.buffer_mut()))?;
        let input = tokio::select! {
            input = keys.next() => input,
            signal = signals.recv() => match signal {
                Some(Signal::Aside | Signal::Back) => continue,
                _ => return Ok(Picked::Left),
            },
        };
        match input {
            None => return Ok(Picked::Left),
            Some(Ok(Input::Key(event))) if early.late.swallows(&event) => {}
            Some(Ok(Input::Key(event))) => {
                let picked = Key::read(&event).and_then(|key| menu.key(key));
                if let Some(picked) = picked {
                    return Ok(picked);
                }
            }
            Some(other) => drop(other?),
        }
    }
}
