//! Selects the console's theme, finds its files and watches them for changes. Also checks that the terminal can show
//! the console.

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use etcetera::BaseStrategy;
use tokio::sync::mpsc;

use super::CliError;
use super::args::AppearanceArgs;
use crate::base::problem::{Problem, Problems};
use crate::console::integration::{Outside, TerminalSetup};
use crate::console::screen::glyphs::Glyphs;
use crate::console::terminal::background;
use crate::console::terminal::background::{Background, Early};
use crate::console::theme::{AUTO, Own, Settings, Theme, ThemeLibrary, settings};

/// The state that survives when one console is closed and another opened.
pub struct Startup {
    pub chooser: ThemeChooser,
    pub early: Early,
}

/// Fails where the console cannot be drawn, and says what works instead.
pub fn require_screen() -> Result<(), CliError> {
    let instead = "`flipside status`, `plan`, `prepare` and the other commands work without one.";
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(CliError::Usage(format!("The console needs a terminal. {instead}")));
    }
    match std::env::var("TERM").as_deref() {
        Ok("dumb" | "") | Err(_) => Err(CliError::Usage(format!(
            "The console needs a terminal that can move its cursor; TERM is unset or `dumb`. {instead}"
        ))),
        Ok(_) => Ok(()),
    }
}

type Sender = mpsc::UnboundedSender<Result<Box<Theme>, String>>;

/// How often the files are checked for changes, with one `stat` for each.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// A longer file is not a theme.
const MAX_BYTES: u64 = 64 * 1024;

#[derive(Debug, Clone)]
pub struct ThemeChooser {
    appearance: AppearanceArgs,
    /// `flipside/` of the configuration directory.
    dir: Option<PathBuf>,
    ground: Option<Background>,
}

/// Each file's time of change and length, which tell whether it must be read again.
type Stamps = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl ThemeChooser {
    /// Fails if the theme named on the command line does not exist. Mistakes in files are reported in the console,
    /// which opens nevertheless.
    pub fn new(appearance: AppearanceArgs) -> Result<Self, CliError> {
        let chooser = Self { appearance, dir: config_dir(), ground: None };
        if let Some(name) = named(chooser.appearance.theme.as_deref()) {
            chooser
                .library()
                .theme(name)
                .map_err(|problems| CliError::Usage(format!("--theme: {problems}")))?;
        }
        Ok(chooser)
    }

    pub fn glyphs(&self) -> Glyphs {
        if self.appearance.ascii || !is_utf8() { Glyphs::ASCII } else { Glyphs::UNICODE }
    }

    /// Reads the settings for attention and notifications. Mistakes in them are reported with the theme.
    pub fn integration(&self) -> TerminalSetup {
        let settings = self.settings(&self.library()).unwrap_or_default();
        TerminalSetup {
            notify: settings.notify.unwrap_or_default(),
            outside: Outside::of(variable),
            home: std::env::home_dir(),
        }
    }

    /// Asks the terminal whether it is light or dark, where the theme depends on it.
    pub fn ask_terminal(&mut self) -> Early {
        if matches!(self.name(&self.library()), Ok(Some(_))) {
            return Early::default();
        }
        let early = background::ask();
        let variable = || variable("COLORFGBG").and_then(|value| Background::of_variable(&value));
        self.ground = early.ground.or_else(variable);
        early
    }

    /// Returns the theme to start with. If the chosen one is broken, the problem is sent to the console.
    pub fn first(&self, sender: &Sender) -> Theme {
        self.read().unwrap_or_else(|problems| {
            let _ = sender.send(Err(problems.brief()));
            self.fallback()
        })
    }

    /// Returns the built-in theme of the chosen name, else the one that fits the terminal.
    fn fallback(&self) -> Theme {
        let fits = self.ground.unwrap_or(Background::Dark).theme();
        let name = self.name(&self.library()).ok().flatten();
        let built_in = |name: &str| ThemeLibrary::default().theme(name).ok();
        name.as_deref().and_then(built_in).or_else(|| built_in(fits)).unwrap_or_default()
    }

    /// Reads the theme again whenever a file changes. Runs until the console is closed.
    pub async fn watch(self, sender: Sender) {
        let mut stamps = self.stamps();
        let mut sent = self.read();
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            let chooser = self.clone();
            // A home directory on the network may be slow and must not block other tasks.
            let checked = tokio::task::spawn_blocking(move || {
                let now = chooser.stamps();
                let read = (now != stamps).then(|| chooser.read());
                (now, read)
            });
            let Ok((now, read)) = checked.await else { return };
            stamps = now;
            let Some(read) = read.filter(|read| *read != sent) else { continue };
            sent.clone_from(&read);
            if sender.send(read.map(Box::new).map_err(|problems| problems.brief())).is_err() {
                return;
            }
        }
    }

    fn read(&self) -> Result<Theme, Problems> {
        let themes = self.library();
        let name = self.name(&themes)?;
        themes.theme(name.as_deref().unwrap_or(self.ground.unwrap_or(Background::Dark).theme()))
    }

    /// Returns the name of the chosen theme; `None` to follow the terminal.
    fn name(&self, themes: &ThemeLibrary) -> Result<Option<String>, Problems> {
        if let Some(theme) = &self.appearance.theme {
            return Ok(named(Some(theme)).map(str::to_owned));
        }
        if variable("NO_COLOR").is_some() {
            return Ok(Some("mono".to_owned()));
        }
        let chosen = match variable("FLIPSIDE_THEME") {
            Some(theme) => Some(theme),
            None => self.settings(themes)?.theme,
        };
        Ok(named(chosen.as_deref()).map(str::to_owned))
    }

    fn settings(&self, themes: &ThemeLibrary) -> Result<Settings, Problems> {
        let Some(path) = self.settings_file() else { return Ok(Settings::default()) };
        match text(&path) {
            Ok(None) => Ok(Settings::default()),
            Ok(Some(text)) => settings(&path, &text, &themes.names()),
            Err(why) => Err(Problems::one(Problem::in_file(
                path,
                format!("cannot be read: {why}"),
                "make it a readable text file, or remove it",
            ))),
        }
    }

    fn settings_file(&self) -> Option<PathBuf> {
        Some(self.dir.as_ref()?.join("console.yaml"))
    }

    fn library(&self) -> ThemeLibrary {
        library(self.dir.as_deref())
    }

    fn stamps(&self) -> Stamps {
        let themes = self.dir.iter().flat_map(|dir| files(dir)).map(|(_, path)| path);
        let stamp = |path: PathBuf| {
            let meta = fs::metadata(&path).ok()?;
            Some((path, (meta.modified().ok(), meta.len())))
        };
        themes.chain(self.settings_file()).filter_map(stamp).collect()
    }
}

/// Returns the themes of the configuration directory, over the built-in ones.
pub fn library(dir: Option<&Path>) -> ThemeLibrary {
    let own = |(name, path): (String, PathBuf)| {
        let text =
            text(&path).and_then(|text| text.ok_or_else(|| "the file was removed".to_owned()));
        (name, Own { path, text })
    };
    ThemeLibrary { own: dir.into_iter().flat_map(files).map(own).collect() }
}

/// Returns `flipside/` of the configuration directory.
pub fn config_dir() -> Option<PathBuf> {
    let base = etcetera::base_strategy::choose_base_strategy().ok()?;
    Some(base.config_dir().join("flipside"))
}

/// Returns the names and paths of the theme files.
fn files(dir: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(dir.join("themes")).into_iter().flatten().flatten();
    let named = |entry: fs::DirEntry| {
        let path = entry.path();
        let name = path.file_name()?.to_str()?.strip_suffix(".yaml")?;
        // Editors create temporary files that start with a dot.
        (!name.starts_with('.') && name != AUTO).then(|| (name.to_owned(), path.clone()))
    };
    entries.filter_map(named).collect()
}

/// Reads a file; `None` if it does not exist.
fn text(path: &Path) -> Result<Option<String>, String> {
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
        Ok(meta) if !meta.is_file() => return Err("not a regular file".to_owned()),
        Ok(meta) if meta.len() > MAX_BYTES => return Err("longer than 64 KiB".to_owned()),
        Ok(_) => {}
    }
    fs::read_to_string(path).map(Some).map_err(|error| error.to_string())
}

fn named(name: Option<&str>) -> Option<&str> {
    name.filter(|name| *name != AUTO)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns whether the locale is UTF-8, which it is assumed to be if no variable is set.
fn is_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.is_none_or(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}
