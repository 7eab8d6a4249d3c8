//! Which themes there are, and one laid over the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Theme;
use super::read::{Sheet, sheet};
use crate::base::problem::{Fault, Problem, Problems};
use crate::base::suggest;

/// Names and texts.
pub const BUILT_IN: [(&str, &str); 6] = [
    ("dark", include_str!("../../../themes/dark.yaml")),
    ("light", include_str!("../../../themes/light.yaml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.yaml")),
    ("deuteranopia", include_str!("../../../themes/deuteranopia.yaml")),
    ("tritanopia", include_str!("../../../themes/tritanopia.yaml")),
    ("mono", include_str!("../../../themes/mono.yaml")),
];

/// What a file of a new name lies over where it does not say.
const BELOW: &str = "dark";

/// A person's own file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    pub path: PathBuf,
    /// Or why it cannot be read.
    pub text: Result<String, String>,
}

/// The person's own files, by the name of the theme. What is built in is always there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThemeLibrary {
    pub own: BTreeMap<String, Own>,
}

impl ThemeLibrary {
    /// What is built in first, then what is only the person's.
    pub fn names(&self) -> Vec<&str> {
        let own = self.own.keys().map(String::as_str);
        let new = own.filter(|name| built_in(name).is_none());
        BUILT_IN.iter().map(|(name, _)| *name).chain(new).collect()
    }

    pub fn theme(&self, name: &str) -> Result<Theme, Problems> {
        if !self.has(name) {
            let remedy = suggest::name(name, &self.names());
            return Err(Problems::one(Problem::new(format!("there is no theme `{name}`"), remedy)));
        }
        let mut sheets: Vec<Sheet> = Vec::new();
        let mut read: Vec<String> = Vec::new();
        let mut next = name.to_owned();
        // A file may lie over the built-in one of its own name, and over itself never.
        while let Some(own) = self.own.get(&next).filter(|_| !read.contains(&next)) {
            let sheet = own.sheet()?;
            read.push(next.clone());
            next = self.base(&next, own, &sheet, &read)?;
            sheets.push(sheet);
        }
        if let Some(text) = built_in(&next) {
            sheets.push(sheet(Path::new(&format!("{next}.yaml")), text)?);
        }
        let mut theme = Theme::default();
        sheets.iter().rev().for_each(|sheet| sheet.lay_over(&mut theme));
        Ok(theme)
    }

    fn has(&self, name: &str) -> bool {
        self.own.contains_key(name) || built_in(name).is_some()
    }

    fn base(
        &self,
        name: &str,
        own: &Own,
        sheet: &Sheet,
        read: &[String],
    ) -> Result<String, Problems> {
        let Some((base, at)) = &sheet.base else {
            return Ok(built_in(name).map_or(BELOW, |_| name).to_owned());
        };
        let (what, remedy) = if !self.has(base) {
            (format!("there is no theme `{base}`"), suggest::name(base, &self.names()))
        } else if read.contains(base) && built_in(base).is_none() {
            let what = format!("`{base}` lies over this one already");
            (what, "let one of them lie over a theme that is built in".to_owned())
        } else {
            return Ok(base.clone());
        };
        let text = own.text.as_deref().unwrap_or_default();
        Err(Problems::one(Fault::new(*at, what, remedy).in_file(&own.path, text)))
    }
}

impl Own {
    fn sheet(&self) -> Result<Sheet, Problems> {
        match &self.text {
            Ok(text) => sheet(&self.path, text),
            Err(why) => Err(Problems::one(Problem::in_file(
                &self.path,
                format!("cannot be read: {why}"),
                "make it a readable text file, or remove it",
            ))),
        }
    }
}

fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
