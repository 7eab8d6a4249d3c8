//! Takes and releases a lock, wherever it is.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::api_lock::ApiLock;
use super::context::EngineContext;
use super::lock_answer::{LockAnswer, LockCommandError};
use super::no_answer::NoAnswer;
use super::observe::Collect;
use crate::domain::command::Command;
use crate::domain::spec::Member;
use crate::platform::{self, LockClaim};
use crate::transport::{Ending, Limits};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockCommand {
    Take,
    GiveBack,
}

/// Takes or releases the lock of a member, on its host or by its API. `None`: the member has no lock.
pub async fn command(
    context: &EngineContext,
    member: &Member,
    claim: &LockClaim<'_>,
    which: LockCommand,
    patience: Duration,
) -> Option<LockAnswer> {
    let platform = platform::of(&member.platform);
    if let Some(requests) = platform.lock_requests(member, claim) {
        let lock = ApiLock { web: context.web.as_ref(), requests: &requests, patience };
        return Some(match which {
            LockCommand::Take => lock.take().await,
            LockCommand::GiveBack => lock.give_back().await,
        });
    }
    let locking = platform.locking(member, claim)?;
    let command = match which {
        LockCommand::Take => locking.take?,
        LockCommand::GiveBack => locking.give_back,
    };
    Some(on_host(context, member, &command, patience).await)
}

/// Runs a command of a lock: its exit code, and what it printed.
pub async fn on_host(
    context: &EngineContext,
    member: &Member,
    command: &Command,
    patience: Duration,
) -> LockAnswer {
    let host = member.target.host();
    let host = host.ok_or_else(|| LockCommandError::NotStarted(NoAnswer::NoHost.to_string()))?;
    let collect = Collect::default();
    let limits = Limits { deadline: patience, cancel: CancellationToken::new() };
    let ending = context.shell.run(host, command, &collect, limits).await;
    let (stdout, stderr) = collect.into_texts();
    if let Ending::NotStarted(why) = ending {
        return Err(LockCommandError::NotStarted(why));
    }
    let code = NoAnswer::code(ending, patience);
    let code = code.map_err(|none| LockCommandError::NotKnown(none.to_string()))?;
    Ok((code, if stdout.is_empty() { stderr } else { stdout }))
}
