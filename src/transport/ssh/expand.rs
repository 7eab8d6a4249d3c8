//! `%` tokens, `${VARIABLES}` and `~` in values of an SSH configuration (`ssh_config(5)`).

use std::path::{Path, PathBuf};

use super::surroundings::Surroundings;

/// What the tokens stand for.
pub struct Tokens<'a> {
    /// The host after `HostName`.
    pub host: &'a str,
    /// The host as the inventory names it.
    pub typed: &'a str,
    pub port: u16,
    pub user: &'a str,
    pub around: &'a Surroundings,
}

pub fn expand(text: &str, tokens: &Tokens<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['%', '$']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(inner) = rest.strip_prefix("${") {
            let (name, after) = inner.split_once('}').ok_or(format!("`{text}` lacks a `}}`"))?;
            let value = (tokens.around.variable)(name).and_then(|v| v.into_string().ok());
            out.push_str(&value.ok_or(format!("`{text}` names ${name}, which is not set"))?);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else {
            let mut chars = rest[1..].chars();
            match chars.next() {
                Some('%') => out.push('%'),
                Some('h') => out.push_str(tokens.host),
                Some('n' | 'k') => out.push_str(tokens.typed),
                Some('p') => out.push_str(&tokens.port.to_string()),
                Some('r') => out.push_str(tokens.user),
                Some('u') => out.push_str(&tokens.around.user),
                Some('d') => out.push_str(&tokens.around.home.to_string_lossy()),
                other => {
                    let token = other.map(String::from).unwrap_or_default();
                    return Err(format!(
                        "`{text}` holds the token %{token}, which is not known here"
                    ));
                }
            }
            rest = chars.as_str();
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// `~/` at the start is the home directory.
pub fn home(path: &Path, around: &Surroundings) -> PathBuf {
    path.strip_prefix("~").map_or_else(|_| path.to_owned(), |rest| around.home.join(rest))
}
