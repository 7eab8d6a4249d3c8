//! The console's theme: which one is chosen, where its files are, and when they change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use etcetera::BaseStrategy;
use tokio::sync::mpsc;

use super::Wrong;
use super::args::Looks;
use crate::base::problem::{Problem, Problems};
use crate::console::background::{self, Background, Early};
use crate::console::glyphs::Glyphs;
use crate::console::integration::{Outside, TerminalSetup};
use crate::console::theme::{AUTO, Own, Settings, Theme, ThemeLibrary, settings};

type Sender = mpsc::UnboundedSender<Result<Box<Theme>, String>>;

/// How often it is looked whether a file changed. One `stat` a file is all it costs.
const LOOK: Duration = Duration::from_secs(1);
/// No theme is longer; what is, is something else.
const LONGEST: u64 = 64 * 1024;

#[derive(Debug, Clone)]
pub struct Chooser {
    looks: Looks,
    /// `flipside/` of the configuration directory.
    dir: Option<PathBuf>,
    ground: Option<Background>,
}

/// What can be told of files without reading them.
type Stamps = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Chooser {
    /// A theme that is named on the command line must be there; what is wrong in files is told later,
    /// for nobody should be kept from a console by its colors.
    pub fn new(looks: Looks) -> Result<Self, Wrong> {
        let chooser = Self { looks, dir: dir(), ground: None };
        if let Some(name) = named(chooser.looks.theme.as_deref()) {
            chooser
                .shelf()
                .theme(name)
                .map_err(|problems| Wrong::Usage(format!("--theme: {problems}")))?;
        }
        Ok(chooser)
    }

    pub fn glyphs(&self) -> Glyphs {
        if self.looks.ascii || !is_utf8() { Glyphs::ASCII } else { Glyphs::UNICODE }
    }

    /// What is asked of the person's settings and of the environment once. What is wrong with the
    /// settings is told with the theme.
    pub fn integration(&self) -> TerminalSetup {
        let settings = self.settings(&self.shelf()).unwrap_or_default();
        TerminalSetup {
            notify: settings.notify.unwrap_or_default(),
            outside: Outside::of(variable),
            home: std::env::home_dir(),
        }
    }

    /// Light or dark, where that is what chooses.
    pub fn ask_terminal(&mut self) -> Early {
        if matches!(self.name(&self.shelf()), Ok(Some(_))) {
            return Early::default();
        }
        let early = background::ask();
        let variable = || variable("COLORFGBG").and_then(|value| Background::of_variable(&value));
        self.ground = early.ground.or_else(variable);
        early
    }

    /// The theme to begin with. What is wrong with the chosen one is said when the console is there.
    pub fn first(&self, say: &Sender) -> Theme {
        self.read().unwrap_or_else(|problems| {
            let _ = say.send(Err(problems.brief()));
            self.fallback()
        })
    }

    /// Without any file: what is built in of that name, else what fits the terminal.
    fn fallback(&self) -> Theme {
        let fits = self.ground.unwrap_or(Background::Dark).theme();
        let name = self.name(&self.shelf()).ok().flatten();
        let built_in = |name: &str| ThemeLibrary::default().theme(name).ok();
        name.as_deref().and_then(built_in).or_else(|| built_in(fits)).unwrap_or_default()
    }

    /// Reads again what changed. It does not end by itself.
    pub async fn watch(self, say: Sender) {
        let mut stamps = self.stamps();
        let mut told = self.read();
        loop {
            tokio::time::sleep(LOOK).await;
            let chooser = self.clone();
            // A home on the network may be slow, and nobody else should wait for it.
            let looked = tokio::task::spawn_blocking(move || {
                let now = chooser.stamps();
                let read = (now != stamps).then(|| chooser.read());
                (now, read)
            });
            let Ok((now, read)) = looked.await else { return };
            stamps = now;
            let Some(read) = read.filter(|read| *read != told) else { continue };
            told.clone_from(&read);
            if say.send(read.map(Box::new).map_err(|problems| problems.brief())).is_err() {
                return;
            }
        }
    }

    fn read(&self) -> Result<Theme, Problems> {
        let themes = self.shelf();
        let name = self.name(&themes)?;
        themes.theme(name.as_deref().unwrap_or(self.ground.unwrap_or(Background::Dark).theme()))
    }

    /// What was chosen; `None`: as the terminal is.
    fn name(&self, themes: &ThemeLibrary) -> Result<Option<String>, Problems> {
        if let Some(theme) = &self.looks.theme {
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

    fn shelf(&self) -> ThemeLibrary {
        shelf(self.dir.as_deref())
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

/// The person's own themes.
pub fn shelf(dir: Option<&Path>) -> ThemeLibrary {
    let own = |(name, path): (String, PathBuf)| {
        let text = text(&path).and_then(|text| text.ok_or_else(|| "it is gone".to_owned()));
        (name, Own { path, text })
    };
    ThemeLibrary { own: dir.into_iter().flat_map(files).map(own).collect() }
}

/// `flipside/` of the configuration directory.
pub fn dir() -> Option<PathBuf> {
    let base = etcetera::base_strategy::choose_base_strategy().ok()?;
    Some(base.config_dir().join("flipside"))
}

/// Names and paths. A directory that is not there has none.
fn files(dir: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(dir.join("themes")).into_iter().flatten().flatten();
    let named = |entry: fs::DirEntry| {
        let path = entry.path();
        let name = path.file_name()?.to_str()?.strip_suffix(".yaml")?;
        // An editor's own files begin with a dot.
        (!name.starts_with('.') && name != AUTO).then(|| (name.to_owned(), path.clone()))
    };
    entries.filter_map(named).collect()
}

/// `None`: it is not there.
fn text(path: &Path) -> Result<Option<String>, String> {
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
        Ok(meta) if !meta.is_file() => return Err("it is no file".to_owned()),
        Ok(meta) if meta.len() > LONGEST => return Err("it is far too long".to_owned()),
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

/// Where nothing says otherwise, it is.
fn is_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.is_none_or(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}
