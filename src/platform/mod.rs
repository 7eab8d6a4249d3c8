//! Platforms: how a release runs and how traffic is switched. Planners and parsers are pure: they return commands and plans
//! as data, which the engine executes.

mod any;
pub mod compose;
mod contract;
mod http;
pub mod kit;
mod locking;
mod registration;
mod symlink;

pub use any::AnyPlatform;
pub use contract::{EntryPointCheck, KnownMember, Platform, ProbeReply, ReadError};
pub use locking::{Fence, LockClaim, LockRequests, Locking};

use crate::domain::spec::PlatformSpec;
use crate::inventory::PlatformDecoder;
use registration::Registration;

/// Every platform. The first one holds where an inventory names none.
const PLATFORMS: &[&Registration] =
    &[&compose::REGISTRATION, &http::REGISTRATION, &symlink::REGISTRATION];

/// How each platform's part of an inventory is read.
pub const DECODERS: &[&dyn PlatformDecoder] = &{
    let mut decoders = [PLATFORMS[0].decoder; PLATFORMS.len()];
    let mut index = 0;
    while index < PLATFORMS.len() {
        decoders[index] = PLATFORMS[index].decoder;
        index += 1;
    }
    decoders
};

/// Returns the platform of this spec.
pub fn of(spec: &PlatformSpec) -> &'static dyn AnyPlatform {
    let mut all = PLATFORMS.iter().flat_map(|it| it.platforms);
    // A spec is made by the decoder of a platform of the table. Another platform would refuse its settings.
    *all.find(|platform| platform.owns(spec)).unwrap_or(&PLATFORMS[0].platforms[0])
}
