//! Known hosts files, read as OpenSSH reads them (`sshd(8)` has the format; the
//! decisions are those of `ssh(1)` 9.2, tried). Pure: text and a key in, a verdict out.

mod book;

pub use book::Book;

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use ring::hmac;
use russh::keys::{HashAlg, PublicKey, PublicKeyBase64};

/// One file, parsed.
#[derive(Debug)]
pub struct KnownHosts {
    pub path: PathBuf,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    /// Counted from 1.
    number: usize,
    marker: Marker,
    hosts: Hosts,
    key: PublicKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    Plain,
    Revoked,
    Authority,
}

#[derive(Debug)]
enum Hosts {
    Hashed { salt: Vec<u8>, hash: Vec<u8> },
    Patterns(Vec<String>),
}

/// Under which names a server is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// The name that is written down: `host`, `[host]:port` or the alias.
    pub written: String,
    /// With a port other than 22, a key known for the bare host counts too.
    bare: Option<String>,
    /// What a host certificate must be made out to.
    pub principal: String,
}

/// Where a key was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLocation {
    pub path: PathBuf,
    pub line: usize,
    /// SHA256 of the key written there.
    pub fingerprint: String,
}

/// What the files say of a key that a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Trusted,
    Unknown,
    /// Other keys are known for this host, and not this one.
    Changed(KeyLocation),
    /// This key, or the authority that signed it, was revoked.
    Revoked(KeyLocation),
    /// The right authority signed it, and still it may not be used.
    BadCertificate(String),
    /// An RSA key of so many bits, and longer ones are required.
    Short(usize),
}

/// What a server shows for itself.
#[derive(Debug, Clone, Copy)]
pub enum Offered<'a> {
    Key(&'a PublicKey),
    Certificate(&'a russh::keys::Certificate),
}

impl Offered<'_> {
    /// The key itself, and for a certificate its authority's.
    fn keys(self) -> Vec<PublicKey> {
        match self {
            Self::Key(key) => vec![key.clone()],
            Self::Certificate(cert) => {
                vec![cert.public_key().clone().into(), cert.signature_key().clone().into()]
            }
        }
    }
}

impl Name {
    /// `alias` is `HostKeyAlias`: then the port is no part of the name.
    pub fn new(host: &str, port: u16, alias: Option<&str>) -> Self {
        let host = host.to_ascii_lowercase();
        match alias {
            Some(alias) => {
                let alias = alias.to_ascii_lowercase();
                Self { written: alias.clone(), bare: None, principal: alias }
            }
            None if port == 22 => Self { written: host.clone(), bare: None, principal: host },
            None => {
                let written = format!("[{host}]:{port}");
                Self { written, bare: Some(host.clone()), principal: host }
            }
        }
    }
}

impl KnownHosts {
    /// A line that cannot be read is left out: it must not lock out the hosts of the other lines.
    pub fn parse(path: &Path, text: &str) -> Self {
        let lines = text
            .lines()
            .enumerate()
            .filter_map(|(index, line)| Line::parse(index + 1, line))
            .collect();
        Self { path: path.to_owned(), lines }
    }

    fn place(&self, line: &Line) -> KeyLocation {
        KeyLocation {
            path: self.path.clone(),
            line: line.number,
            fingerprint: fingerprint(&line.key),
        }
    }
}

impl Line {
    fn parse(number: usize, text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace().peekable();
        if words.peek()?.starts_with('#') {
            return None;
        }
        let marker = match words.next_if(|word| word.starts_with('@')) {
            None => Marker::Plain,
            Some("@revoked") => Marker::Revoked,
            Some("@cert-authority") => Marker::Authority,
            Some(_) => return None,
        };
        let hosts = Hosts::parse(words.next()?)?;
        let kind = words.next()?;
        let key = russh::keys::parse_public_key_base64(words.next()?).ok()?;
        (key.algorithm().as_str() == kind).then_some(Self { number, marker, hosts, key })
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        let Some(hashed) = text.strip_prefix("|1|") else {
            return Some(Self::Patterns(text.split(',').map(str::to_ascii_lowercase).collect()));
        };
        let (salt, hash) = hashed.split_once('|')?;
        let salt = BASE64.decode(salt.as_bytes()).ok()?;
        let hash = BASE64.decode(hash.as_bytes()).ok()?;
        Some(Self::Hashed { salt, hash })
    }

    fn holds(&self, name: &str) -> bool {
        match self {
            Self::Hashed { salt, hash } => hmac::verify(&sha1(salt), name.as_bytes(), hash).is_ok(),
            Self::Patterns(patterns) => {
                let denied = |p: &String| p.strip_prefix('!').is_some_and(|p| wildcard(p, name));
                !patterns.iter().any(denied) && patterns.iter().any(|p| wildcard(p, name))
            }
        }
    }
}

/// SHA-1 is the file format's, and hides names from a casual reader only.
fn sha1(salt: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt)
}

/// `*` stands for any characters, `?` for one.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut back) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match back {
                // Let the last `*` take one character more, and go on from there.
                Some((star, taken)) => {
                    back = Some((star, taken + 1));
                    p = star + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

pub fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// The line that makes `key` known. With a salt the name is hashed, as `HashKnownHosts` wants it.
pub fn line(name: &Name, key: &PublicKey, salt: Option<&[u8; 20]>) -> String {
    let host = match salt {
        None => name.written.clone(),
        Some(salt) => {
            let hash = hmac::sign(&sha1(salt), name.written.as_bytes());
            format!("|1|{}|{}", BASE64.encode(salt), BASE64.encode(hash.as_ref()))
        }
    };
    format!("{host} {} {}\n", key.algorithm().as_str(), key.public_key_base64())
}
