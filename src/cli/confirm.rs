//! Checks before a command changes servers: read-only, and the confirmation of a protected environment.

use super::CliError;
use super::args::{ConfirmArgs, ScopeArgs};
use super::terminal::{ask, attended};
use crate::domain::phase::Phase;
use crate::domain::spec::Environment;

/// Refuses a phase that may not change the environment. A protected environment is confirmed by its name: with
/// `--confirm`, or typed at the terminal for a phase that moves users or removes something. Without a terminal
/// every phase needs `--confirm`. Verify changes nothing and needs none of this.
pub fn check(
    args: &ScopeArgs,
    environment: &Environment,
    phase: Phase,
    confirm: &ConfirmArgs,
) -> Result<(), CliError> {
    let name = environment.name.as_str();
    if phase == Phase::Verify {
        return Ok(());
    }
    if args.read_only {
        return Err(CliError::Refused(format!(
            "{} changes servers and --read-only is set. Nothing was changed.",
            phase.title()
        )));
    }
    if environment.read_only {
        return Err(CliError::Refused(format!(
            "{name} is read-only. Nothing was changed. Remove `read_only` from {name} in the inventory first."
        )));
    }
    if !environment.protected {
        return Ok(());
    }
    match &confirm.confirm {
        Some(confirmed) if confirmed.as_str() == name => return Ok(()),
        Some(confirmed) => {
            return Err(CliError::Usage(format!(
                "--confirm names {confirmed}, but the environment is {name}. Nothing was changed."
            )));
        }
        None => {}
    }
    if attended() && !needs_typed_name(phase) {
        return Ok(());
    }
    match ask(&format!("{name} is protected. Type its name to {}:", phase.title())) {
        Some(typed) if typed == name => Ok(()),
        Some(typed) => Err(CliError::Refused(format!(
            "{typed:?} is not the name of the environment, {name}. Nothing was changed."
        ))),
        None => Err(CliError::Refused(format!(
            "{name} is protected and there is no terminal to confirm on. Pass `--confirm {name}`."
        ))),
    }
}

fn needs_typed_name(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::GoLive
            | Phase::Abandon
            | Phase::Finish
            | Phase::Repair
            | Phase::Setup
            | Phase::Unfreeze
    )
}
