//! What an inventory says, checked and with every layer already laid over the one below it.
//!
//! These are plain data. How they are read from YAML is the inventory room's affair.

mod app;
mod compose;
mod environment;
mod host;

pub use app::{
    AppSpec, AskedOnHost, Check, CheckFrom, EntryPoint, Hook, HookMoment, Member, NotifyKind,
    NotifySpec, PlatformSpec, Template,
};
pub use compose::{ComposeColor, ComposeSpec, Migration, NginxSpec, RegistryLogin, Timeouts};
pub use environment::{Environment, Inventory};
pub use host::{HostSpec, SshSpec};
