//! Remedies that several planners and checks share.

use crate::domain::spec::Member;

pub const DOCTOR: &str = "Run `flipside doctor`: it says what to change on this server.";

/// Remedy for an include that cannot be read or parsed.
pub const INCLUDE: &str = "It must contain one `upstream` block with one server of a color, and be readable by the login user. `flipside doctor` checks it.";

/// Remedy for a host on which nothing is deployed yet.
pub fn set_up(member: &Member) -> String {
    format!("Run `flipside setup {} --release TAG` to set it up.", member.as_arguments())
}
