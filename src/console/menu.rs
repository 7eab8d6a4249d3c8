//! A page before any console is open: some words, and what to do next.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::theme::Theme;
use crate::console::fleet::listing::window;
use crate::console::keys::key::Key;
use crate::console::screen::glyphs::Glyphs;
use crate::console::screen::paint;

#[derive(Debug, Clone)]
pub struct Menu {
    pub title: String,
    pub lines: Vec<String>,
    pub items: Vec<Item>,
    pub chosen: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub name: String,
    pub words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picked {
    /// By its place among the items.
    Item(usize),
    Left,
}

impl Item {
    pub fn new(name: impl Into<String>, words: impl Into<String>) -> Self {
        Self { name: name.into(), words: words.into() }
    }
}

impl Menu {
    pub fn new(title: impl Into<String>, lines: Vec<String>, items: Vec<Item>) -> Self {
        Self { title: title.into(), lines, items, chosen: 0 }
    }

    /// A digit is as good as going there; Enter takes it. Nothing here reaches a server.
    pub fn key(&mut self, key: Key) -> Option<Picked> {
        let last = self.items.len().saturating_sub(1);
        match key {
            Key::Esc | Key::Char('q') | Key::Ctrl('c') => return Some(Picked::Left),
            Key::Enter if self.items.is_empty() => return Some(Picked::Left),
            Key::Enter => return Some(Picked::Item(self.chosen)),
            Key::Down | Key::Char('j') => self.chosen = (self.chosen + 1).min(last),
            Key::Up | Key::Char('k') => self.chosen = self.chosen.saturating_sub(1),
            Key::Home | Key::Char('g') => self.chosen = 0,
            Key::End | Key::Char('G') => self.chosen = last,
            Key::Char(digit @ '1'..='9') => {
                let at = usize::from(digit as u8 - b'1');
                self.chosen = if at <= last { at } else { self.chosen };
            }
            _ => {}
        }
        None
    }
}

pub fn draw(menu: &Menu, theme: &Theme, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let cells = usize::from(area.width);
    let put = |buf: &mut Buffer, y: u16, line: Line<'_>| {
        if y < area.bottom() {
            let line = paint::cut_line(line, cells, glyphs.cut);
            buf.set_line(area.x, y, &line, area.width);
        }
    };
    let mut y = area.y;
    let title = format!(
        "{} {} ",
        glyphs.rule,
        paint::cut(&menu.title, cells.saturating_sub(4), glyphs.cut)
    );
    let rest = glyphs.rule.repeat(cells.saturating_sub(title.width()));
    put(buf, y, Line::styled(format!("{title}{rest}"), theme.title));
    y += 1;
    let keys = area.bottom().saturating_sub(1);
    let wanted = u16::try_from(menu.items.len()).unwrap_or(u16::MAX);
    // The items are always visible, however long the text is.
    let words_end = keys.saturating_sub(wanted.min(keys.saturating_sub(y)).max(1));
    for text in &menu.lines {
        for piece in wrapped(text, cells) {
            if y < words_end {
                put(buf, y, Line::styled(piece, theme.text));
                y += 1;
            }
        }
    }
    let rows = usize::from(keys.saturating_sub(y));
    for at in window(menu.items.len(), Some(menu.chosen), 0, rows) {
        put(buf, y, item(menu, at, theme, glyphs));
        y += 1;
    }
    put(buf, keys, hints(menu, theme));
}

/// Lines that are set in are as they are: they are commands, to be read as they would be typed.
fn wrapped(text: &str, cells: usize) -> Vec<String> {
    if text.starts_with("  ") || text.is_empty() {
        return vec![format!(" {text}")];
    }
    let pieces = paint::wrap(text, cells.saturating_sub(2).max(8));
    pieces.into_iter().map(|piece| format!(" {piece}")).collect()
}

fn item<'a>(menu: &'a Menu, at: usize, theme: &Theme, glyphs: &Glyphs) -> Line<'a> {
    let widest = menu.items.iter().map(|item| item.name.width()).max().unwrap_or(0);
    let chosen = at == menu.chosen;
    let pointer = if chosen { glyphs.chosen } else { " " };
    let Item { name, words } = &menu.items[at];
    let number = if at < 9 { (at + 1).to_string() } else { " ".to_owned() };
    let style: Style = if chosen { theme.chosen } else { theme.text };
    Line::from(vec![
        Span::styled(format!(" {pointer} "), theme.focus),
        Span::styled(format!("{number} "), theme.key),
        Span::styled(paint::pad(name, widest, glyphs.cut), style),
        Span::styled(format!("  {words}"), theme.muted),
    ])
}

fn hints(menu: &Menu, theme: &Theme) -> Line<'static> {
    let mut keys = vec![("Esc", "leave")];
    if !menu.items.is_empty() {
        keys.splice(0..0, [("Up Down", "choose"), ("Enter", "take it")]);
    }
    let mut line = Line::from(" ");
    for (key, words) in keys {
        line.push_span(Span::styled(key, theme.key));
        line.push_span(Span::styled(format!(" {words}  "), theme.text));
    }
    line
}
