//! `sha256sum`, for a machine that has none of its own (macOS before 15): the scripts ask it which
//! file they looked at.

use std::io::{self, Write};
use std::process::ExitCode;

use sha2::{Digest, Sha256};

/// The name under which it is called.
pub const NAME: &str = "sha256sum";

/// Prints one line per file, as the original does. A file that cannot be read is reported, and the others follow.
pub fn print(files: &[String]) -> ExitCode {
    let mut exit = ExitCode::SUCCESS;
    for file in files {
        let printed = match std::fs::read(file) {
            Ok(bytes) => writeln!(io::stdout(), "{}  {file}", hex(&bytes)),
            Err(error) => {
                exit = ExitCode::FAILURE;
                writeln!(io::stderr(), "{NAME}: {file}: {error}")
            }
        };
        if printed.is_err() {
            return ExitCode::FAILURE;
        }
    }
    exit
}

/// The sum as it is written.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
