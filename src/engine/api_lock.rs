//! A lock that is a resource of an API. The results are those of a lock's command on a host, so that a run treats both alike.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::lock_answer::{LockAnswer, LockCommandError};
use crate::domain::http::{Request, Response};
use crate::domain::lock::{HeldLock, LockId};
use crate::domain::outcome::Outcome;
use crate::platform::{LockRequests, Locking};
use crate::transport::http::attempts::{self, Sent};
use crate::transport::{Limits, Unanswered, Web};

/// The requests of one lock, and how long each may take.
pub struct ApiLock<'a> {
    pub web: &'a dyn Web,
    pub requests: &'a LockRequests,
    pub patience: Duration,
}

/// The resource as it was read.
struct LockResource {
    text: String,
    holder: HeldLock,
    etag: Option<String>,
}

impl ApiLock<'_> {
    /// Creates the resource. [`Locking::HELD`]: another run's is there.
    pub async fn take(&self) -> LockAnswer {
        let Some(take) = &self.requests.take else { return Ok((0, String::new())) };
        let sent = self.send(take).await;
        if sent.outcome(take).is_done() {
            return Ok((0, String::new()));
        }
        // A lost attempt may have created it, and a repetition then found it there.
        let is_doubtful = sent.doubt.is_some() || matches!(sent.answer, Err(Unanswered::Lost(_)));
        if !is_doubtful && !is_refused(&sent) {
            return failure(sent, take);
        }
        match self.read().await? {
            Some(found) if self.is_owners(&found) => Ok((0, String::new())),
            Some(found) => Ok((Locking::HELD, found.printed())),
            None if is_doubtful => failure(sent, take),
            None => Ok((1, "the API refuses to create the lock, and has none".to_owned())),
        }
    }

    /// Deletes the resource if it is the owner's. [`Locking::HELD`]: another run's is there.
    pub async fn give_back(&self) -> LockAnswer {
        let Some(found) = self.read().await? else { return Ok((0, String::new())) };
        if !self.is_owners(&found) {
            return Ok((Locking::HELD, found.printed()));
        }
        let Some(etag) = found.etag.clone() else {
            let why = "the API gives its lock no ETag, without which it cannot be deleted safely";
            return Ok((1, why.to_owned()));
        };
        let mut release = self.requests.release.clone();
        release.headers.push(("If-Match".to_owned(), etag));
        let sent = self.send(&release).await;
        let is_gone = matches!(&sent.answer, Ok(Response { status: 404 | 410, .. }));
        if is_gone || sent.outcome(&release).is_done() {
            return Ok((0, found.text));
        }
        match self.read().await? {
            None => Ok((0, found.text)),
            Some(other) if !self.is_owners(&other) => Ok((Locking::HELD, other.printed())),
            Some(_) => failure(sent, &release),
        }
    }

    /// Checks that the owner still holds the lock. [`Locking::LOST`]: not any more.
    pub async fn check(&self) -> LockAnswer {
        let found = self.read().await?;
        let is_held = found.is_some_and(|found| self.is_owners(&found));
        Ok((if is_held { 0 } else { Locking::LOST }, String::new()))
    }

    fn is_owners(&self, found: &LockResource) -> bool {
        found.holder.id() == self.requests.owner
    }

    async fn send(&self, request: &Request) -> Sent {
        let limits = Limits { deadline: self.patience, cancel: CancellationToken::new() };
        attempts::send(self.web, request, limits, &|_| {}).await
    }

    async fn read(&self) -> Result<Option<LockResource>, LockCommandError> {
        let not_known = |why: String| LockCommandError::NotKnown(format!("its lock: {why}"));
        let response = match self.send(&self.requests.read).await.answer {
            Ok(response) => response,
            Err(why) => return Err(not_known(why.to_string())),
        };
        match response.status {
            404 | 410 => Ok(None),
            200..300 if response.body.trim().is_empty() => Ok(None),
            200..300 => {
                let etag = response.header("etag").map(str::to_owned);
                let holder = LockRequests::holder(&response.body);
                Ok(Some(LockResource { text: response.body, holder, etag }))
            }
            status => Err(not_known(format!("answered {status}, expected 200 or 404"))),
        }
    }
}

impl LockResource {
    /// Returns the resource as the command of a lock prints it.
    fn printed(&self) -> String {
        match &self.holder.id() {
            LockId::Run(_) => format!("- -\n{}", self.text),
            LockId::File(file) => format!("- {file}\n{}", self.text),
        }
    }
}

fn is_refused(sent: &Sent) -> bool {
    matches!(&sent.answer, Ok(Response { status: 409 | 412, .. }))
}

fn failure(sent: Sent, request: &Request) -> LockAnswer {
    let outcome = sent.outcome(request);
    match (sent.answer, outcome) {
        (Err(Unanswered::NotSent(why)), Outcome::Failed { .. }) => {
            Err(LockCommandError::NotStarted(why))
        }
        (Ok(_), Outcome::Failed { why }) => Ok((1, why)),
        (_, outcome) => {
            let why = outcome.why().unwrap_or_default().to_owned();
            Err(LockCommandError::NotKnown(why))
        }
    }
}

#[cfg(test)]
mod tests;
