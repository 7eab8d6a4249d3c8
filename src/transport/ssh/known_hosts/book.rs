//! Judges what a server shows by the known hosts files.

use std::sync::Arc;

use russh::keys::{Algorithm, PublicKey};

use super::{KeyLocation, KnownHosts, Line, Marker, Name, Offered, Verdict, fingerprint};
use crate::transport::ssh::host_cert;
use crate::transport::ssh::revoked::Revoked;

/// The known hosts files for one server, the user's before the global ones, and the name that it has there.
#[derive(Debug, Clone)]
pub struct Book {
    pub files: Vec<Arc<KnownHosts>>,
    pub name: Name,
    /// `RevokedHostKeys`.
    pub bad: Arc<Vec<Revoked>>,
    /// `CASignatureAlgorithms`, where they are restricted.
    pub authorities: Option<Vec<String>>,
    /// `RequiredRSASize`.
    pub rsa_bits: usize,
}

impl Book {
    /// Without any restriction beside the files.
    pub fn new(files: Vec<Arc<KnownHosts>>, name: Name) -> Self {
        Self { files, name, bad: Arc::default(), authorities: None, rsa_bits: 0 }
    }

    /// Judges what a server shows at `now` (seconds since 1970).
    pub fn judge(&self, offered: Offered<'_>, now: u64) -> Verdict {
        if let Some(place) = self.is_bad(offered) {
            return Verdict::Revoked(place);
        }
        if let Some(bits) = self.is_short(offered) {
            return Verdict::Short(bits);
        }
        match self.judge_as(&self.name.written, offered, now) {
            Verdict::Unknown => {}
            verdict => return verdict,
        }
        let Some(bare) = &self.name.bare else { return Verdict::Unknown };
        match self.judge_as(bare, offered, now) {
            // Another key of the same machine's other SSH server says nothing about this one.
            Verdict::Changed(_) => Verdict::Unknown,
            verdict => verdict,
        }
    }

    fn judge_as(&self, name: &str, offered: Offered<'_>, now: u64) -> Verdict {
        if let Some(place) = self.revoked(name, offered) {
            return Verdict::Revoked(place);
        }
        let key = match offered {
            Offered::Key(key) => key.clone(),
            Offered::Certificate(cert) => {
                let signed_by = PublicKey::from(cert.signature_key().clone());
                if self.find(name, Marker::Authority, |key| same(key, &signed_by)).is_some() {
                    let checked = host_cert::check(cert, &self.name.principal, now)
                        .and_then(|()| self.signed_rightly(cert));
                    return match checked {
                        Ok(()) => Verdict::Trusted,
                        Err(why) => Verdict::BadCertificate(why),
                    };
                }
                // No authority of ours: the key inside may still be known by itself.
                PublicKey::from(cert.public_key().clone())
            }
        };
        if self.find(name, Marker::Plain, |known| same(known, &key)).is_some() {
            return Verdict::Trusted;
        }
        // Of whatever type: a server that has a known key shows that, since it is asked for first.
        self.find(name, Marker::Plain, |_| true).map_or(Verdict::Unknown, Verdict::Changed)
    }

    fn revoked(&self, name: &str, offered: Offered<'_>) -> Option<KeyLocation> {
        let keys = offered.keys();
        self.find(name, Marker::Revoked, |bad| keys.iter().any(|key| same(bad, key)))
    }

    /// Revoked for every host.
    fn is_bad(&self, offered: Offered<'_>) -> Option<KeyLocation> {
        let keys = offered.keys();
        let bad = self.bad.iter().find(|bad| keys.iter().any(|key| same(&bad.key, key)))?;
        let (path, fingerprint) = (bad.path.clone(), fingerprint(&bad.key));
        Some(KeyLocation { path, line: bad.line, fingerprint })
    }

    fn is_short(&self, offered: Offered<'_>) -> Option<usize> {
        let keys = offered.keys();
        let mut sizes = keys.iter().filter_map(|key| Some(key.key_data().rsa()?.key_size()));
        let short = sizes.find(|bits| (*bits as usize) < self.rsa_bits)?;
        Some(short as usize)
    }

    fn signed_rightly(&self, cert: &russh::keys::Certificate) -> Result<(), String> {
        let Some(allowed) = &self.authorities else { return Ok(()) };
        let algorithm = cert.signature().algorithm();
        if allowed.iter().any(|name| name == algorithm.as_str()) {
            return Ok(());
        }
        let name = algorithm.as_str();
        Err(format!("its authority signed it with {name}, which `CASignatureAlgorithms` rules out"))
    }

    fn find(
        &self,
        name: &str,
        marker: Marker,
        wanted: impl Fn(&PublicKey) -> bool,
    ) -> Option<KeyLocation> {
        self.files.iter().find_map(|file| {
            let mut lines = file.lines.iter().filter(|line| line.marker == marker);
            lines.find(|line| wanted(&line.key) && line.hosts.holds(name)).map(|l| file.place(l))
        })
    }

    /// Key types known for this host. A server with several keys must be asked for one of these
    /// first, or its known key is never seen.
    pub fn types(&self) -> Vec<Algorithm> {
        let mut types = Vec::new();
        for line in self.matching(Marker::Plain) {
            let algorithm = line.key.algorithm();
            if !types.contains(&algorithm) {
                types.push(algorithm);
            }
        }
        types
    }

    /// Whether an authority speaks for this host. Only then may certificates be asked for.
    pub fn has_authority(&self) -> bool {
        self.matching(Marker::Authority).next().is_some()
    }

    fn matching(&self, marker: Marker) -> impl Iterator<Item = &Line> {
        let names: Vec<&String> =
            std::iter::once(&self.name.written).chain(&self.name.bare).collect();
        self.files.iter().flat_map(|file| &file.lines).filter(move |line| {
            line.marker == marker && names.iter().any(|name| line.hosts.holds(name))
        })
    }
}

fn same(one: &PublicKey, other: &PublicKey) -> bool {
    one.key_data() == other.key_data()
}
