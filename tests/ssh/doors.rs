//! The login methods of the test's own server.

use russh::keys::PublicKey;
use russh::server::Auth;
use russh::{MethodKind, MethodSet};

use crate::server::Setup;

/// The ways in.
pub struct Doors {
    pub methods: MethodSet,
    pub users: Vec<PublicKey>,
    pub password: Option<&'static str>,
    pub questions: Vec<(&'static str, bool, &'static str)>,
    pub both: bool,
}

impl Doors {
    pub fn of(setup: &Setup) -> Self {
        let mut methods = vec![MethodKind::PublicKey];
        if setup.password.is_some() {
            methods.push(MethodKind::Password);
        }
        if !setup.questions.is_empty() && !setup.both {
            methods.push(MethodKind::KeyboardInteractive);
        }
        Self {
            methods: methods.as_slice().into(),
            users: setup.users.clone(),
            password: setup.password,
            questions: setup.questions.clone(),
            both: setup.both,
        }
    }

    pub fn opens(&self, right: bool) -> Auth {
        if right {
            return Auth::Accept;
        }
        Auth::Reject { proceed_with_methods: Some(self.methods.clone()), partial_success: false }
    }
}
