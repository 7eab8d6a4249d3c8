//! Placeholders: `{app}` in a path or a name stands for the app's name, so that one line in a lower
//! layer does for many apps.

use super::scalar::Wrong;
use crate::base::suggest;

/// What each placeholder stands for.
#[derive(Debug, Clone)]
pub struct Fill(Vec<(&'static str, String)>);

impl Fill {
    pub fn new(app: &str, stack: &str, environment: &str, host: &str) -> Self {
        let name = if stack == "main" { app.to_owned() } else { format!("{app}-{stack}") };
        let pairs = [("name", name.as_str()), ("app", app), ("stack", stack)];
        let more = [("environment", environment), ("host", host)];
        Self(pairs.into_iter().chain(more).map(|(word, text)| (word, text.to_owned())).collect())
    }

    /// For checking one layer by itself, when it is not yet known what for.
    pub fn sample() -> Self {
        Self::new("app", "main", "environment", "host")
    }

    /// `text` with every placeholder filled in, but for those `kept` for later.
    pub fn apply(&self, text: &str, kept: &[&str]) -> Result<String, Wrong> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((word, after)) = after.split_once('}') else {
                return Err(Wrong::new(
                    format!("a `{{` without its `}}` in `{text}`"),
                    "write a placeholder as `{app}`",
                ));
            };
            filled.push_str(before);
            if kept.contains(&word) {
                filled.extend(["{", word, "}"]);
            } else if let Some((_, value)) = self.0.iter().find(|(name, _)| *name == word) {
                filled.push_str(value);
            } else {
                return Err(self.unknown(word, kept));
            }
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn unknown(&self, word: &str, kept: &[&str]) -> Wrong {
        let known: Vec<&str> =
            self.0.iter().map(|(name, _)| *name).chain(kept.iter().copied()).collect();
        let remedy = match suggest::nearest(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{{{near}}}`?"),
            None => format!("the placeholders are {}", suggest::list(&known)),
        };
        Wrong::new(format!("`{{{word}}}` stands for nothing"), remedy)
    }
}
