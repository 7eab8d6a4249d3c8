//! `flipside themes`: lists the console's themes, where each comes from, and samples of them.

use std::io::IsTerminal;

use ratatui::backend::IntoCrossterm;
use ratatui::crossterm::style::{ContentStyle, StyledContent};
use ratatui::style::Style;

use crate::base::text::clean_text;
use crate::cli::theme::{config_dir, library};
use crate::cli::{CliError, out};
use crate::console::theme::{BUILT_IN, Theme, ThemeLibrary};
use crate::headless::exit::Exit;

pub fn show(name: Option<&str>) -> Result<Exit, CliError> {
    let themes = library(config_dir().as_deref());
    match name {
        Some(name) => one(&themes, name),
        None => all(&themes),
    }
}

/// Prints every role of a theme in its style.
fn one(themes: &ThemeLibrary, name: &str) -> Result<Exit, CliError> {
    let theme = themes.theme(name).map_err(|problems| CliError::Usage(problems.to_string()))?;
    for (role, style) in theme.styles() {
        out::styled(format!("{:16}{}", role.name, sample(&theme, style, role.means)))?;
    }
    Ok(Exit::Done)
}

/// Prints one theme per line. Problems of broken themes follow the list.
fn all(themes: &ThemeLibrary) -> Result<Exit, CliError> {
    let mut broken = Vec::new();
    for name in themes.names() {
        let samples = match themes.theme(name) {
            Ok(theme) => few(&theme),
            Err(problems) => {
                broken.push(problems.to_string());
                "broken".to_owned()
            }
        };
        let (name, from) = (clean_text(name), origin(themes, name));
        out::styled(format!("{name:16}{samples}  {}", clean_text(&from)))?;
    }
    if broken.is_empty() {
        Ok(Exit::Done)
    } else {
        Err(CliError::Usage(format!("Broken themes:\n\n{}", broken.join("\n\n"))))
    }
}

fn few(theme: &Theme) -> String {
    let wanted = ["text", "muted", "ok", "warn", "bad", "unknown", "work", "key"];
    let styles = theme.styles().into_iter().filter(|(role, _)| wanted.contains(&role.name));
    styles.map(|(role, style)| sample(theme, style, &format!(" {} ", role.name))).collect()
}

fn origin(themes: &ThemeLibrary, name: &str) -> String {
    let built_in = BUILT_IN.iter().any(|(known, _)| *known == name);
    match themes.own.get(name) {
        None => "built in".to_owned(),
        Some(own) if built_in => format!("built in, and {}", own.path.display()),
        Some(own) => own.path.display().to_string(),
    }
}

/// Styles the text, unless `NO_COLOR` is set or the output is not a terminal.
fn sample(theme: &Theme, style: Style, text: &str) -> String {
    let plain = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty());
    if plain || !std::io::stdout().is_terminal() {
        return text.to_owned();
    }
    let style: ContentStyle = theme.on_ground(style).into_crossterm();
    StyledContent::new(style, text).to_string()
}
