//! What a file says of roles. Strict: an unknown word is reported with its position, for it would
//! be looked for on the screen in vain.

use std::path::Path;

use ratatui::style::{Color, Modifier, Style};

use super::role::{ROLES, Role};
use super::{COLORS, MODIFIERS};
use crate::base::problem::{Fault, Problems, Span};
use crate::base::suggest;
use crate::base::yaml::{self, Key, Node, Value};
use crate::console::integration::Notify;

const QUOTES: &str = "put the color in quotes: \"#ff8800\"";

/// The word for "as the terminal is".
pub const AUTO: &str = "auto";

const SHAPE: &str = "see docs/console.md for the shape";

/// One file: what it changes of the theme below it.
#[derive(Debug, Default)]
pub struct Sheet {
    pub base: Option<(String, Span)>,
    roles: Vec<(&'static Role, Overlay)>,
}

/// What is said of one role. What is not said stays as it is below.
#[derive(Debug, Default)]
struct Overlay {
    fg: ColorSetting,
    bg: ColorSetting,
    modifiers: Option<Modifier>,
}

#[derive(Debug, Default)]
enum ColorSetting {
    #[default]
    Nothing,
    Color(Option<Color>),
}

impl ColorSetting {
    fn over(&self, below: Option<Color>) -> Option<Color> {
        match self {
            Self::Nothing => below,
            Self::Color(color) => *color,
        }
    }
}

impl Overlay {
    fn over(&self, below: Style) -> Style {
        let modifiers = self.modifiers.unwrap_or(below.add_modifier);
        Style {
            fg: self.fg.over(below.fg),
            bg: self.bg.over(below.bg),
            ..Style::new().add_modifier(modifiers)
        }
    }
}

impl Sheet {
    pub fn lay_over(&self, theme: &mut super::Theme) {
        for (role, overlay) in &self.roles {
            let style = (role.of)(theme);
            *style = overlay.over(*style);
        }
    }
}

/// The configuration file of the console.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    pub theme: Option<String>,
    pub notify: Option<Notify>,
}

/// Reads `console.yaml`. `known` are the themes there are.
pub fn settings(path: &Path, text: &str, known: &[&str]) -> Result<Settings, Problems> {
    let mut reader = Reader::default();
    let mut settings = Settings::default();
    for (key, node) in reader.file(text) {
        match key.text() {
            "theme" => settings.theme = reader.theme(&node, known),
            "notify" => settings.notify = reader.notify(&node),
            _ => reader.stranger(&key, "key", &["theme", "notify"]),
        }
    }
    reader.end(settings, path, text)
}

/// Reads a theme's file.
pub fn sheet(path: &Path, text: &str) -> Result<Sheet, Problems> {
    let mut reader = Reader::default();
    let mut sheet = Sheet::default();
    for (key, node) in reader.file(text) {
        if key.text() == "base" {
            let name = reader.word("base", &node, "the name of a theme");
            sheet.base = name.map(|name| (name.to_owned(), node.at));
        } else if let Some(role) = ROLES.iter().find(|role| role.name == key.text()) {
            let overlay = reader.overlay(role, node);
            sheet.roles.push((role, overlay));
        } else {
            let names: Vec<&str> = ROLES.iter().map(|role| role.name).chain(["base"]).collect();
            reader.stranger(&key, "role", &names);
        }
    }
    reader.end(sheet, path, text)
}

#[derive(Default)]
struct Reader {
    faults: Vec<Fault>,
}

impl Reader {
    fn tell(&mut self, at: Span, what: impl Into<String>, remedy: impl Into<String>) {
        self.faults.push(Fault::new(at, what, remedy));
    }

    fn stranger(&mut self, key: &Key, kind: &str, known: &[&str]) {
        let name = key.text();
        let remedy = suggest::did_you_mean(name, known.iter().copied())
            .unwrap_or_else(|| format!("there is {}", suggest::list(known)));
        self.tell(key.at, format!("`{name}` is no {kind}"), remedy);
    }

    fn end<T>(self, read: T, path: &Path, text: &str) -> Result<T, Problems> {
        if self.faults.is_empty() {
            Ok(read)
        } else {
            Err(Problems::in_file(self.faults, path, text))
        }
    }

    fn file(&mut self, text: &str) -> Vec<(Key, Node)> {
        yaml::entries(text, SHAPE).unwrap_or_else(|faults| {
            self.faults.extend(faults);
            Vec::new()
        })
    }

    fn word<'n>(&mut self, key: &str, node: &'n Node, wanted: &str) -> Option<&'n str> {
        if let Value::Scalar(scalar) = &node.value {
            return Some(&scalar.text);
        }
        self.tell(node.at, format!("`{key}` wants {wanted}"), format!("write `{key}: …`"));
        None
    }

    fn theme(&mut self, node: &Node, known: &[&str]) -> Option<String> {
        let name = self.word("theme", node, "the name of a theme")?;
        if name == AUTO || known.contains(&name) {
            return Some(name.to_owned());
        }
        self.tell(node.at, format!("there is no theme `{name}`"), suggest::name(name, known));
        None
    }

    fn notify(&mut self, node: &Node) -> Option<Notify> {
        let word = self.word("notify", node, "`all`, `bell` or `off`")?;
        let found = Notify::WORDS.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            let known = Notify::WORDS.map(|(known, _)| known);
            self.tell(node.at, format!("`notify` cannot be `{word}`"), suggest::name(word, &known));
        }
        found.map(|(_, notify)| *notify)
    }

    fn overlay(&mut self, role: &Role, node: Node) -> Overlay {
        let mut overlay = Overlay::default();
        let Value::Map(entries) = node.value else {
            let what = format!("`{}` wants `fg`, `bg` or `modifiers`", role.name);
            self.tell(node.at, what, format!("write `{}: {{ fg: red }}`", role.name));
            return overlay;
        };
        for (key, node) in entries {
            match key.text() {
                "fg" => overlay.fg = self.color(&key, &node),
                "bg" => overlay.bg = self.color(&key, &node),
                "modifiers" => overlay.modifiers = Some(self.modifiers(&node)),
                _ => self.stranger(&key, "part of a role", &["fg", "bg", "modifiers"]),
            }
        }
        overlay
    }

    fn color(&mut self, key: &Key, node: &Node) -> ColorSetting {
        let Value::Scalar(scalar) = &node.value else {
            let what = format!("`{}` has no color", key.text());
            let remedy = format!("write a name, a number, or in quotes \"#rrggbb\"; {QUOTES}");
            self.tell(key.at, what, remedy);
            return ColorSetting::Nothing;
        };
        let word = &scalar.text;
        if let Some(said) = color(word) {
            return said;
        }
        let names: Vec<&str> = COLORS.iter().map(|(name, _)| *name).collect();
        let remedy = suggest::did_you_mean(word, names.iter().copied()).unwrap_or_else(|| {
            format!("write 0 to 255, \"#rrggbb\", or one of {}", names.join(", "))
        });
        self.tell(node.at, format!("`{word}` is no color"), remedy);
        ColorSetting::Nothing
    }

    fn modifiers(&mut self, node: &Node) -> Modifier {
        let names: Vec<&str> = MODIFIERS.iter().map(|(name, _)| *name).collect();
        let Value::List(items) = &node.value else {
            let what = "`modifiers` wants a list";
            self.tell(node.at, what, "write `modifiers: [bold]`, or `[]` for none");
            return Modifier::empty();
        };
        let mut all = Modifier::empty();
        for item in items {
            let Some(word) = self.word("modifiers", item, "words") else { continue };
            if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
                all |= *modifier;
            } else {
                let remedy = suggest::name(word, &names);
                self.tell(item.at, format!("`{word}` is no modifier"), remedy);
            }
        }
        all
    }
}

/// A name, one of the terminal's 256, or `#rrggbb`.
fn color(word: &str) -> Option<ColorSetting> {
    if let Some((_, color)) = COLORS.iter().find(|(name, _)| *name == word) {
        return Some(ColorSetting::Color(*color));
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.parse().ok().map(|index| ColorSetting::Color(Some(Color::Indexed(index))));
    }
    let digits = word.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some(ColorSetting::Color(Some(Color::Rgb(red, green, blue))))
}
