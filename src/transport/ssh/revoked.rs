//! `RevokedHostKeys`: lists of keys that no server may have. Without its list nobody knows which
//! keys are bad, so one that cannot be read ends the connection, as with ssh(1).

use std::fs;
use std::path::{Path, PathBuf};

use russh::keys::PublicKey;

/// How a binary list begins (`PROTOCOL.krl`).
const KRL: &[u8] = b"SSHKRL\n\0";

/// One key that was revoked.
#[derive(Debug)]
pub struct Revoked {
    pub path: PathBuf,
    /// Counted from 1.
    pub line: usize,
    pub key: PublicKey,
}

/// All keys of a list, one public key a line.
pub fn read(path: &Path) -> Result<Vec<Revoked>, String> {
    let shown = path.display();
    let refused = |why: &str| Err(format!("`RevokedHostKeys {shown}` {why}"));
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return refused(&format!("cannot be read, so no host key is taken: {error}")),
    };
    if bytes.starts_with(KRL) {
        return refused(
            "is a binary list (KRL), which is not understood here; name a file with one public key \
             a line",
        );
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut revoked = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let Ok(key) = PublicKey::from_openssh(text) else {
            return refused(&format!("holds no public key in line {}", index + 1));
        };
        revoked.push(Revoked { path: path.to_owned(), line: index + 1, key });
    }
    Ok(revoked)
}
