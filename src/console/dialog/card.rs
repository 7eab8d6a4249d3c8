//! A card, ready to be painted: its frame, its lines and its keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::field::Field;
use super::{Confirmation, Depth, Reading, Size};
use crate::console::app::state::State;
use crate::console::screen::paint;
use crate::console::screen::shape::FOOT;
use crate::domain::plan::Selection;

/// A card, ready to be painted.
#[derive(Debug)]
pub struct Card {
    /// The width inside.
    pub cells: usize,
    pub title: String,
    pub style: Style,
    pub lines: Vec<Line<'static>>,
    /// Never scrolled away.
    pub foot: Vec<Line<'static>>,
    /// So many lines are above.
    pub scroll: usize,
    /// So many are below instead.
    pub below: Option<usize>,
    pub tall: Tall,
}

/// How much of the screen it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tall {
    /// What it needs.
    Needed,
    /// As long as hosts stay visible.
    BelowHosts,
    All,
}

/// The column of a fact's words.
pub const FACT: usize = 11;
/// Wider than this and the eye loses the line.
pub const WIDEST: u16 = 96;

/// Band, phase bar, release summary, the table's head and a few of its rows.
pub const HOSTS: u16 = 8;
/// Lower than this, and what a card says needs the room more.
pub const ROOMY: u16 = 30;

pub fn is_small(area: Rect) -> bool {
    area.width < 60 || area.height < 14
}

/// The rows that the frame takes; on a small screen the title's.
pub fn frame(area: Rect) -> u16 {
    if is_small(area) { 1 } else { 2 }
}

pub fn inner_width(area: Rect, width: u16) -> u16 {
    if is_small(area) { width } else { width.saturating_sub(4) }
}

impl Card {
    pub fn new(cells: usize, title: impl Into<String>, style: Style) -> Self {
        let (title, lines, foot) = (title.into(), Vec::new(), Vec::new());
        Self { cells, title, style, lines, foot, scroll: 0, below: None, tall: Tall::Needed }
    }

    fn height(&self, area: Rect) -> u16 {
        let wanted = u16::try_from(self.lines.len() + self.foot.len()).unwrap_or(u16::MAX);
        let wanted = wanted.saturating_add(frame(area));
        // The band that says which environment it is, at the least.
        let hosts = if area.height >= ROOMY { HOSTS } else { 1 };
        let below = area.height.saturating_sub(FOOT + hosts);
        match self.tall {
            Tall::All => area.height,
            Tall::BelowHosts if !is_small(area) => wanted.min(below),
            Tall::Needed | Tall::BelowHosts => wanted.min(area.height),
        }
    }

    pub fn beyond(&self, area: Rect) -> usize {
        let room = usize::from(self.height(area) - frame(area)).saturating_sub(self.foot.len());
        self.lines.len().saturating_sub(room)
    }

    /// A frame where there is room for one; on a small screen the whole screen.
    pub fn paint(self, state: &State, area: Rect, width: u16, buf: &mut Buffer) {
        let height = self.height(area);
        // As low as possible: the hosts stay visible above it, message and NEXT below.
        let foot = FOOT.min(area.height.saturating_sub(height));
        let outer = Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y + area.height.saturating_sub(height + foot),
            width,
            height,
        };
        Clear.render(outer, buf);
        let inner = if is_small(area) {
            paint::rule(state, Rect { height: 1, ..outer }, &self.title, "", self.style, buf);
            Rect { y: outer.y + 1, height: height.saturating_sub(1), ..outer }
        } else {
            self.frame(state, outer, buf);
            Rect {
                x: outer.x + 2,
                y: outer.y + 1,
                width: width.saturating_sub(4),
                height: height.saturating_sub(2),
            }
        };
        self.fill(state, inner, buf);
    }

    fn frame(&self, state: &State, outer: Rect, buf: &mut Buffer) {
        let glyphs = &state.setup.glyphs;
        let [top_left, top_right, bottom_left, bottom_right] = glyphs.corners;
        let inside = usize::from(outer.width.saturating_sub(2));
        let title = format!(
            "{} {} ",
            glyphs.rule,
            paint::cut(&self.title, inside.saturating_sub(4), glyphs.cut)
        );
        let fill = glyphs.rule.repeat(inside.saturating_sub(Span::raw(title.as_str()).width()));
        let last = outer.bottom().saturating_sub(1);
        buf.set_string(outer.x, outer.y, format!("{top_left}{title}{fill}{top_right}"), self.style);
        for y in outer.y + 1..last {
            buf.set_string(outer.x, y, glyphs.side, self.style);
            buf.set_string(outer.right() - 1, y, glyphs.side, self.style);
        }
        let fill = glyphs.rule.repeat(inside);
        buf.set_string(outer.x, last, format!("{bottom_left}{fill}{bottom_right}"), self.style);
    }

    fn fill(self, state: &State, inner: Rect, buf: &mut Buffer) {
        let room = usize::from(inner.height).saturating_sub(self.foot.len());
        let hidden = self.lines.len().saturating_sub(room);
        let scroll = match self.below {
            Some(below) => hidden.saturating_sub(below),
            None => self.scroll.min(hidden),
        };
        let more = hidden - scroll;
        let mut lines: Vec<Line<'static>> =
            self.lines.into_iter().skip(scroll).take(room).collect();
        if more > 0
            && let Some(last) = lines.last_mut()
        {
            let text = format!("{} {} more lines: Down", state.setup.glyphs.cut, more + 1);
            *last = Line::styled(text, state.setup.theme.muted);
        }
        for (index, line) in lines.into_iter().chain(self.foot).enumerate() {
            if let Some(row) = paint::row(inner, index) {
                paint::line(state, row, line, buf);
            }
        }
    }

    pub fn say(&mut self, text: &str, style: Style) {
        let lines = paint::wrap(text, self.cells);
        self.lines.extend(lines.into_iter().map(|line| Line::styled(line, style)));
    }

    /// A word in front, aligned over many lines. What does not fit goes on below: a fingerprint, an
    /// address or a reason is worth nothing if a part of it is missing.
    pub fn fact(&mut self, state: &State, word: &str, text: &str) {
        let theme = &state.setup.theme;
        let room = self.cells.saturating_sub(FACT).max(8);
        for (index, line) in paint::wrap(text, room).into_iter().enumerate() {
            let word = if index == 0 { paint::cut(word, FACT - 1, "") } else { String::new() };
            self.lines.push(Line::from(vec![
                Span::styled(format!("{word:<FACT$}"), theme.muted),
                Span::styled(line, theme.text),
            ]));
        }
    }

    /// Shows the selected hosts, if they are not all.
    pub fn only(&mut self, state: &State, selection: &Selection) {
        if let Some(words) = state.only(selection) {
            self.say(&words, state.setup.theme.danger);
        }
    }

    pub fn gap(&mut self) {
        self.lines.push(Line::default());
    }

    pub fn keys(&mut self, state: &State, keys: &[(&str, &str)]) {
        let theme = &state.setup.theme;
        let mut line = Line::default();
        for (key, words) in keys {
            let width = key.len() + words.len() + 3;
            if line.width() > 0 && line.width() + 4 + width > self.cells {
                self.foot.push(std::mem::take(&mut line));
            }
            let gap = if line.width() > 0 { "    " } else { "" };
            line.push_span(Span::raw(gap));
            line.push_span(Span::styled(format!("[{key}]"), theme.key));
            line.push_span(Span::styled(format!(" {words}"), theme.text));
        }
        self.foot.push(line);
    }

    /// The keys that show more of it. Where a name is typed, letters are not among them.
    pub fn reading(&mut self, state: &State, reading: &Reading, typing: bool) {
        // Where there is hardly room for what must be known, it is in the help.
        if self.cells < 50 {
            return;
        }
        let depth = match reading.depth {
            Depth::Steps => "the exact commands",
            Depth::Commands => "the steps",
        };
        let size = match reading.size {
            Size::Card => "full screen",
            Size::Screen => "smaller",
        };
        let (deep, zoom) = if typing { ("Ctrl-D", "Enter") } else { ("d", "z") };
        self.keys(state, &[(deep, depth), (zoom, size)]);
    }

    /// The way to say yes: the key, or the name first and then the key.
    pub fn confirmation(&mut self, state: &State, confirmation: &Confirmation, yes: &str) {
        let Confirmation::Typed { name, field } = confirmation else {
            return self.keys(state, &[("Y", yes), ("Esc", "cancel")]);
        };
        self.foot.push(input(state, &format!("type {name}, then press Y: "), field));
        if confirmation.is_open() {
            self.keys(state, &[("Y", yes), ("Esc", "cancel")]);
        } else {
            self.keys(state, &[("Esc", "cancel")]);
        }
    }
}

/// A field, with a block where the next letter will be.
pub fn input(state: &State, before: &str, field: &Field) -> Line<'static> {
    let theme = &state.setup.theme;
    Line::from(vec![
        Span::styled(before.to_owned(), theme.text),
        Span::styled(field.shown(), theme.focus),
        Span::styled("_", theme.chosen),
    ])
}
