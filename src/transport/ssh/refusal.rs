//! The text of a failed login: what was tried, what the server accepts, and what a person can do.

use super::login::Attempt;
use super::methods::Method;

impl Attempt<'_> {
    pub(super) fn broken(&self, why: &str) -> String {
        format!(
            "{why}. Tried: {}. If these are too many for the server, name the right key with \
             `identities:`",
            self.tried.join("; ")
        )
    }

    pub(super) fn refused(&self) -> String {
        let user = &self.settings.user;
        let mut would = match self.remaining.as_deref() {
            None | Some([]) => String::new(),
            Some(methods) => format!(" The server would take: {}.", methods.join(", ")),
        };
        if let Some(typing) = self.typing() {
            would.push_str(&format!(" {typing}."));
        }
        if self.tried.is_empty() {
            return format!(
                "there is no key to log in as {user} with.{would} Start an agent and `ssh-add` a \
                 key, or name one with `identities:`"
            );
        }
        format!(
            "nothing that was tried was accepted for {user}. Tried: {}.{would} Add the right key to the agent with \
             `ssh-add`, or name it with `identities:`",
            self.tried.join("; ")
        )
    }

    /// What can be done about a login that nobody typed.
    fn typing(&self) -> Option<String> {
        let remaining = self.remaining.as_deref().unwrap_or_default();
        let methods = [Method::Dialogue, Method::Password];
        let (open, shut): (Vec<Method>, Vec<Method>) = methods
            .into_iter()
            .filter(|method| remaining.contains(&method.name()))
            .partition(|method| self.settings.methods.contains(method));
        if !open.is_empty() {
            return Some(
                "It lets in who types a password, and nobody gave the right one: to be asked, \
                 start it in a terminal"
                    .to_owned(),
            );
        }
        let names: Vec<&str> = shut.into_iter().map(Method::name).collect();
        match names.as_slice() {
            [] => None,
            _ if self.settings.batch => {
                Some("`BatchMode yes` in the SSH configuration lets nobody be asked".to_owned())
            }
            names => Some(format!("The SSH configuration turns {} off", names.join(" and "))),
        }
    }
}
