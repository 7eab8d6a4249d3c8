//! Remedies that several planners and checks share.

pub const DOCTOR: &str = "Run `flipside doctor`: it says what to change on this server.";

/// Remedy for an include that cannot be read or parsed.
pub const INCLUDE: &str = "It must contain one `upstream` block with one server of a color, and be readable by the login user. `flipside doctor` checks it.";
