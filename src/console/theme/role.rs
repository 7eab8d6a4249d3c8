//! The roles: what a style can mean. The files of themes and `flipside themes` are made of this table.

use ratatui::style::Style;

use super::Theme;

#[derive(Debug)]
pub struct Role {
    /// As files spell it.
    pub name: &'static str,
    /// What is shown in it; a sample of itself.
    pub means: &'static str,
    pub of: fn(&mut Theme) -> &mut Style,
}

const fn role(name: &'static str, means: &'static str, of: fn(&mut Theme) -> &mut Style) -> Role {
    Role { name, means, of }
}

pub const ROLES: &[Role] = &[
    role("text", "plain words, and the ground of the screen", |theme| &mut theme.text),
    role("muted", "what does not matter now, or is too old", |theme| &mut theme.muted),
    role("title", "titles of parts without the keys", |theme| &mut theme.title),
    role("ok", "done, healthy", |theme| &mut theme.ok),
    role("warn", "drift, locks, standard error", |theme| &mut theme.warn),
    role("bad", "failed", |theme| &mut theme.bad),
    role("unknown", "not known whether it happened", |theme| &mut theme.unknown),
    role("work", "at work", |theme| &mut theme.work),
    role("live", "the color that users reach", |theme| &mut theme.live),
    role("passive", "the other color", |theme| &mut theme.passive),
    role("chosen", "the chosen host, a match of a search", |theme| &mut theme.chosen),
    role("focus", "the title of the part with the keys", |theme| &mut theme.focus),
    role("key", "keys that can be pressed", |theme| &mut theme.key),
    role("band_protected", "a protected environment's word", |theme| &mut theme.band_protected),
    role("band", "any other environment's word", |theme| &mut theme.band),
    role("danger", "the frame of a card that changes servers", |theme| &mut theme.danger),
];
