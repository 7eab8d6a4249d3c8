//! Reads the settings of one stack of an app on one host.

use std::collections::BTreeMap;

use super::check;
use crate::domain::names::{AppName, StackName};
use crate::domain::spec::{Check, Member};
use crate::domain::target::{Carries, Target};
use crate::inventory::fields::Fields;
use crate::inventory::platforms::{PlatformDecoder, StackPlatform};
use crate::inventory::scalar::VarName;

#[derive(Debug, Clone, PartialEq)]
pub struct StackSettings {
    pub platform: StackPlatform,
    pub checks: Vec<Check>,
    pub vars: BTreeMap<String, String>,
}

impl StackSettings {
    /// Returns the member that these settings describe.
    pub fn member(
        self,
        (target, address): (Target, String),
        app: &AppName,
        stack: StackName,
        carries: Carries,
        primary: bool,
    ) -> Member {
        let Self { platform: StackPlatform { colors, spec: platform, .. }, checks, vars } = self;
        let address = platform.address().map_or(address, str::to_owned);
        let app = app.clone();
        Member { target, address, app, stack, carries, primary, colors, platform, checks, vars }
    }
}

pub fn stack_settings(
    fields: &Fields<'_, '_>,
    platform: &dyn PlatformDecoder,
) -> Option<StackSettings> {
    let platform = platform.decode(fields);
    let checks = check::checks(fields);
    if let Some(passive) = platform.as_ref().and_then(|platform| platform.passive.as_ref()) {
        check::reachable(fields, &checks, passive);
    }
    let vars = fields.table::<VarName>("vars");
    skip(fields);
    Some(StackSettings { platform: platform?, checks, vars })
}

/// Returns whether the stack is left out on this host although the host has the role.
pub fn skip(fields: &Fields<'_, '_>) -> bool {
    fields.get::<bool>("skip").unwrap_or(false)
}
