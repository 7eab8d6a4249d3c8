//! Placeholders: `{app}` in a path or a name stands for the app's name, so that one line in a lower layer serves many
//! apps.

use super::scalar::BadScalar;
use crate::base::suggest;
use crate::domain::target::Target;

/// The value of each placeholder.
#[derive(Debug, Clone)]
pub struct Placeholders(Vec<(&'static str, String)>);

impl Placeholders {
    pub fn new(app: &str, stack: &str, environment: &str, target: &Target) -> Self {
        let mut all = Self::on(app, stack, environment, target.name());
        all.0.retain(|(word, _)| *word != "host" || target.host().is_some());
        all
    }

    fn on(app: &str, stack: &str, environment: &str, target: &str) -> Self {
        let name = if stack == "main" { app.to_owned() } else { format!("{app}-{stack}") };
        let pairs = [("name", name.as_str()), ("app", app), ("stack", stack)];
        let more = [("environment", environment), ("host", target), ("target", target)];
        Self(pairs.into_iter().chain(more).map(|(word, text)| (word, text.to_owned())).collect())
    }

    /// Returns sample values, for checking one layer before it is known which targets it applies to.
    pub fn sample() -> Self {
        Self::on("app", "main", "environment", "host")
    }

    /// Returns `text` with every placeholder filled in, except those `kept` for later.
    pub fn apply(&self, text: &str, kept: &[&str]) -> Result<String, BadScalar> {
        let mut with_placeholders = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((word, after)) = after.split_once('}') else {
                return Err(BadScalar::new(
                    format!("a `{{` without its `}}` in `{text}`"),
                    "write a placeholder as `{app}`",
                ));
            };
            with_placeholders.push_str(before);
            if kept.contains(&word) {
                with_placeholders.extend(["{", word, "}"]);
            } else if let Some((_, value)) = self.0.iter().find(|(name, _)| *name == word) {
                with_placeholders.push_str(value);
            } else {
                return Err(self.unknown(word, kept));
            }
            rest = after;
        }
        with_placeholders.push_str(rest);
        Ok(with_placeholders)
    }

    fn unknown(&self, word: &str, kept: &[&str]) -> BadScalar {
        let known: Vec<&str> =
            self.0.iter().map(|(name, _)| *name).chain(kept.iter().copied()).collect();
        let remedy = match suggest::nearest(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{{{near}}}`?"),
            None => format!("the placeholders are {}", suggest::list(&known)),
        };
        BadScalar::new(format!("`{{{word}}}` stands for nothing"), remedy)
    }
}
