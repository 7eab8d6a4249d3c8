//! What we offer a server to agree on, before anybody logs in.

use std::borrow::Cow;

use russh::client;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, cipher, compression};

use super::known_hosts::Book;
use super::settings::Settings;

/// Unread packets a channel holds back before it blocks the others: enough for full speed.
const CHANNEL_BUFFER: usize = 16;
/// Silent keepalives until a connection counts as lost.
const KEEPALIVES: usize = 3;

/// Cheapest first on hardware with AES instructions, which is what servers and laptops have.
const CIPHERS: &[cipher::Name] =
    &[cipher::AES_128_GCM, cipher::AES_256_GCM, cipher::CHACHA20_POLY1305, cipher::AES_256_CTR];

/// Host key types we take: russh's own, without SHA-1.
const HOST_KEYS: [Algorithm; 6] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];

pub fn config(settings: &Settings, book: &Book) -> client::Config {
    let none = settings.keepalive.is_zero();
    client::Config {
        client_id: russh::SshId::Standard(Cow::Borrowed(concat!(
            "SSH-2.0-flipside_",
            env!("CARGO_PKG_VERSION")
        ))),
        preferred: preferred(book),
        channel_buffer_size: CHANNEL_BUFFER,
        keepalive_interval: (!none).then_some(settings.keepalive),
        keepalive_max: KEEPALIVES,
        nodelay: true,
        ..client::Config::default()
    }
}

/// The key exchange list stays russh's own: it carries the markers of strict key exchange and of
/// extension info, without which the one is off and RSA logins wait a second.
fn preferred(book: &Book) -> Preferred {
    let known = book.types();
    let is_known = |algorithm: &Algorithm| {
        known.iter().any(|k| k == algorithm || (is_rsa(k) && is_rsa(algorithm)))
    };
    let (mut keys, rest): (Vec<_>, Vec<_>) = HOST_KEYS.into_iter().partition(is_known);
    keys.extend(rest);
    // A server that is asked for a certificate shows one, so only who knows an authority may ask.
    let certificates = if book.has_authority() { HOST_KEYS.to_vec() } else { Vec::new() };
    Preferred {
        key: Cow::Owned(keys),
        host_key_certificates: Cow::Owned(certificates),
        cipher: Cow::Borrowed(CIPHERS),
        compression: Cow::Borrowed(&[compression::NONE]),
        ..Preferred::DEFAULT
    }
}

fn is_rsa(algorithm: &Algorithm) -> bool {
    matches!(algorithm, Algorithm::Rsa { .. })
}
