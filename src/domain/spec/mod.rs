//! What an inventory says, checked and with every layer applied.
//!
//! This is plain data. The inventory room reads it from YAML.

mod api;
mod app;
mod configuration;
mod environment;
mod hook;
mod host;
mod platform;

pub use api::ApiSpec;
pub use app::{
    AppSpec, AskedOnHost, Check, CheckFrom, EntryPoint, Member, NotifyKind, NotifySpec, Template,
    capabilities,
};
pub use configuration::{Configuration, ConfiguredValue, Place};
pub use environment::{Environment, Inventory};
pub use hook::{FACTS, Hook, HookAction, HookFacts};
pub use host::{HostSpec, SshSpec};
pub use platform::{Claim, PlatformSettings, PlatformSpec};
