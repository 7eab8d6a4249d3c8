//! `%` tokens, `${VARIABLES}` and `~` in values of an SSH configuration (`ssh_config(5)`).

use std::path::{Path, PathBuf};

use super::surroundings::Surroundings;

/// What the tokens stand for.
pub struct Tokens<'a> {
    /// The host after `HostName`.
    pub host: &'a str,
    /// The host as the inventory names it.
    pub typed: &'a str,
    /// `HostKeyAlias`.
    pub alias: Option<&'a str>,
    /// `ProxyJump`.
    pub jump: &'a str,
    /// `%C`, a hash whose parts differ between versions: as ssh(1) itself tells it.
    pub connection: Option<&'a str>,
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
            let token = chars.next();
            let value = token.and_then(|token| tokens.value(token));
            out.push_str(&value.ok_or_else(|| {
                let token = token.map(String::from).unwrap_or_default();
                format!("`{text}` holds the token %{token}, which is not known here")
            })?);
            rest = chars.as_str();
        }
    }
    out.push_str(rest);
    Ok(out)
}

impl Tokens<'_> {
    fn value(&self, token: char) -> Option<String> {
        let local = || {
            let name = rustix::system::uname();
            name.nodename().to_string_lossy().into_owned()
        };
        Some(match token {
            '%' => "%".to_owned(),
            'C' => return self.connection.map(str::to_owned),
            'd' => self.around.home.to_string_lossy().into_owned(),
            'h' => self.host.to_owned(),
            'i' => rustix::process::getuid().as_raw().to_string(),
            'j' => self.jump.to_owned(),
            'k' => self.alias.unwrap_or(self.typed).to_owned(),
            'L' => local().split('.').next().unwrap_or_default().to_owned(),
            'l' => local(),
            'n' => self.typed.to_owned(),
            'p' => self.port.to_string(),
            'r' => self.user.to_owned(),
            'u' => self.around.user.clone(),
            _ => return None,
        })
    }
}

/// `~/` at the start is the home directory.
pub fn home(path: &Path, around: &Surroundings) -> PathBuf {
    path.strip_prefix("~").map_or_else(|_| path.to_owned(), |rest| around.home.join(rest))
}
