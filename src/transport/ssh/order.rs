//! A login: the methods of the configuration, in their order, until the server is content.

use std::collections::VecDeque;

use super::ask::Talk;
use super::login::{Attempt, Login};
use super::methods::Method;
use super::typed::Typed;

/// How many methods a server may require in a row.
const MOST_FACTORS: usize = 4;

impl Attempt<'_> {
    /// `Err` says what was tried and what the server would take.
    pub async fn login(
        mut self,
        typed: &mut Typed<'_>,
        mut talk: Option<Talk<'_>>,
    ) -> Result<Login, String> {
        let mut left: VecDeque<Method> = self.settings.methods.iter().copied().collect();
        if let Some(tried) = &typed.keys_refused {
            self.tried.clone_from(tried);
            left.retain(|method| method.is_typed());
        }
        let mut factors = 0;
        while let Some(method) = left.pop_front() {
            if method.is_typed()
                && self.remaining.is_none()
                && let Some(login) = self.methods().await?
            {
                return Ok(login);
            }
            if !self.offers(method) {
                continue;
            }
            self.partial = false;
            let login = match method {
                Method::Keys => self.keys().await?,
                Method::Dialogue => self.dialogue(typed, talk.as_mut()).await?,
                Method::Password => self.password(typed).await?,
            };
            if let Some(login) = login {
                return Ok(login);
            }
            if self.partial && factors < MOST_FACTORS {
                factors += 1;
                left = self.settings.methods.iter().copied().collect();
            } else if method == Method::Keys && self.offers(method) {
                typed.keys_refused = Some(self.tried.clone());
            }
        }
        Err(self.refused())
    }
}
