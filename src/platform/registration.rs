//! What makes a platform known to the others: one value of this type in the table of `platform/mod.rs`.

use super::any::AnyPlatform;
use crate::inventory::PlatformDecoder;

pub struct Registration {
    /// How its part of an inventory is read. It has the platform's name.
    pub decoder: &'static dyn PlatformDecoder,
    /// One for each type of settings that the decoder makes: one for each way that its targets are reached.
    pub platforms: &'static [&'static dyn AnyPlatform],
}
