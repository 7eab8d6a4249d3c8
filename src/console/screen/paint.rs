//! Small strokes that every part of the screen is made of. Widths are cells, never characters.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use crate::base::duration::{in_two_units as span, short as age};
use crate::console::actions::ActionId;
use crate::console::app::state::State;
use crate::console::fleet::Status;

/// Row `index` of an area, if it has so many.
pub fn row(area: Rect, index: usize) -> Option<Rect> {
    let index = u16::try_from(index).ok().filter(|index| *index < area.height)?;
    Some(Rect { y: area.y + index, height: 1, ..area })
}

/// Cut to so many cells, with a mark where something is missing.
pub fn cut(text: &str, cells: usize, mark: &str) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(mark.width());
    let mut used = 0;
    let mut kept: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect();
    if cells >= mark.width() {
        kept.push_str(mark);
    }
    kept
}

/// Exactly so many cells.
pub fn pad(text: &str, cells: usize, mark: &str) -> String {
    let mut text = cut(text, cells, mark);
    let missing = cells.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// The same for a line of many styles.
pub fn cut_line<'a>(line: Line<'a>, cells: usize, mark: &str) -> Line<'a> {
    if line.width() <= cells {
        return line;
    }
    let mut left = cells;
    let mut kept = Vec::new();
    for span in line.spans {
        let width = span.width();
        if width < left {
            left -= width;
            kept.push(span);
        } else {
            let style = span.style;
            // One more cell is asked for, so that the mark appears even where this part fits.
            let text = format!("{}  ", span.content);
            kept.push(Span::styled(cut(&text, left, mark), style));
            break;
        }
    }
    Line::from(kept)
}

/// A line that is too long ends with the key of the card on which all of it can be read, where that key
/// can be pressed.
pub fn or_more<'a>(state: &State, line: Line<'a>, cells: usize) -> Line<'a> {
    if line.width() <= cells || !state.dialogs.is_empty() || state.access.is_replay() {
        return line;
    }
    let more = Span::styled(
        format!(" {}: all", state.key_word(ActionId::Messages)),
        state.setup.theme.key,
    );
    let mut line = cut_line(line, cells.saturating_sub(more.width()), state.setup.glyphs.cut);
    line.spans.push(more);
    line
}

pub fn line(state: &State, row: Rect, line: Line<'_>, buf: &mut Buffer) {
    let line = cut_line(line, usize::from(row.width), state.setup.glyphs.cut);
    buf.set_line(row.x, row.y, &line, row.width);
}

/// Both ends of a row. What is on the right is whole or, where it leaves no room, not there.
pub fn ends(state: &State, row: Rect, left: Line<'_>, right: &Line<'_>, buf: &mut Buffer) {
    let width = usize::from(row.width);
    let right_width = right.width();
    let room_for_both = left.width().min(width * 3 / 4) + right_width <= width;
    if !room_for_both {
        return line(state, row, left, buf);
    }
    let left_room = u16::try_from(width - right_width - 1).unwrap_or(row.width);
    line(state, Rect { width: left_room, ..row }, left, buf);
    let x = row.right() - u16::try_from(right_width).unwrap_or(0);
    buf.set_line(x, row.y, right, row.width);
}

/// A rule with words in it.
pub fn rule(state: &State, row: Rect, left: &str, right: &str, style: Style, buf: &mut Buffer) {
    let setup = &state.setup;
    let width = usize::from(row.width);
    let stroke = setup.glyphs.rule;
    let right = if right.is_empty() { String::new() } else { format!(" {right} {stroke}") };
    let room = width.saturating_sub(right.width() + 4);
    let left = format!("{stroke} {} ", cut(left, room, setup.glyphs.cut));
    let between = width.saturating_sub(left.width() + right.width());
    let text = format!("{left}{}{right}", stroke.repeat(between));
    buf.set_stringn(row.x, row.y, text, width, style);
}

/// Glyph and words; the color comes last and says nothing new.
pub fn status<'a>(state: &State, status: &Status) -> Span<'a> {
    let setup = &state.setup;
    let text = format!("{} {}", setup.glyphs.of(status.mark), status.words);
    let text = text.trim_end().to_owned();
    Span::styled(text, setup.theme.mark(status.mark))
}

pub fn since(from: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (now - from).to_std().unwrap_or_default()
}

/// A moment of the past: the time if it was today, else the day.
pub fn when(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if at.date_naive() == now.date_naive() {
        at.format("%H:%M:%S").to_string()
    } else {
        at.format("%b %d %H:%M").to_string()
    }
}

/// Thousands apart, as in `1 204`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut spaced = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}

/// The letters of a line, without its styles.
pub fn text(line: &Line<'_>) -> String {
    line.spans.iter().map(|span| span.content.as_ref()).collect::<String>().trim().to_owned()
}

/// Words over many lines, for cards. A word longer than a line is cut over lines.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        for piece in pieces(word, cells.max(1)) {
            let last = lines.last_mut().map_or(0, |line| line.width());
            match lines.last_mut() {
                Some(line) if last == 0 => line.push_str(&piece),
                Some(line) if last + 1 + piece.width() <= cells => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece),
            }
        }
    }
    lines
}

/// A text in pieces of at most so many cells.
pub fn pieces(text: &str, cells: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if used + width > cells && used > 0 {
            pieces.push(String::new());
            used = 0;
        }
        used += width;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}
