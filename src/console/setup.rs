//! What a console is about. It does not change while the console runs, but for its looks.

use std::path::PathBuf;

use super::access::Access;
use super::glyphs::Glyphs;
use super::keys::Bindings;
use super::theme::Theme;
use crate::domain::names::{AppName, StackName};
use crate::domain::plan::Operator;
use crate::domain::spec::{AppSpec, Environment, Member};

#[derive(Debug, Clone)]
pub struct Setup {
    pub environment: Environment,
    pub app: AppName,
    pub stack: StackName,
    pub operator: Operator,
    /// Where the journals of runs are kept, to say so when the console is left.
    pub journals: Option<PathBuf>,
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub keys: Bindings,
    /// What it begins with; a person may narrow it, and widen it again.
    pub access: Access,
}

impl Setup {
    pub fn spec(&self) -> Option<&AppSpec> {
        self.environment.apps.get(&self.app)
    }

    /// The stack on every target, in the inventory's order.
    pub fn members(&self) -> Vec<Member> {
        let spec = self.spec();
        spec.map(|spec| spec.stack(&self.stack).into_iter().cloned().collect()).unwrap_or_default()
    }
}
