//! The algorithms that are offered to a server before the login.

use std::borrow::Cow;

use russh::client;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, cipher, compression, kex};

use super::known_hosts::Book;
use super::settings::Settings;

/// Unread packets a channel holds back before it blocks the others: enough for full speed.
const CHANNEL_BUFFER: usize = 16;
/// Silent keepalives until a connection counts as lost.
const KEEPALIVES: usize = 3;

/// Cheapest first on hardware with AES instructions, which is what servers and laptops have.
const CIPHERS: &[cipher::Name] = &[
    cipher::AES_128_GCM,
    cipher::AES_256_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_128_CTR,
    cipher::AES_192_CTR,
    cipher::AES_256_CTR,
];

/// The accepted host key types: russh's own, without SHA-1.
const HOST_KEYS: [Algorithm; 6] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];

/// Key exchanges, the usual ones first: all that russh has without SHA-1. The markers of strict key
/// exchange and of extension info belong to the list; without them the one is off, and RSA logins
/// wait a second.
const KEY_EXCHANGES: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_GEX_SHA256,
    kex::DH_G18_SHA512,
    kex::DH_G17_SHA512,
    kex::DH_G16_SHA512,
    kex::DH_G15_SHA512,
    kex::DH_G14_SHA256,
    kex::EXTENSION_SUPPORT_AS_CLIENT,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
];

/// `Err`: the configuration allows no host key type that is known here.
pub fn config(settings: &Settings, book: &Book) -> Result<client::Config, String> {
    let none = settings.keepalive.is_zero();
    Ok(client::Config {
        client_id: russh::SshId::Standard(Cow::Borrowed(concat!(
            "SSH-2.0-flipside_",
            env!("CARGO_PKG_VERSION")
        ))),
        preferred: preferred(book, settings.trusts.host_keys.as_deref())?,
        channel_buffer_size: CHANNEL_BUFFER,
        keepalive_interval: (!none).then_some(settings.keepalive),
        keepalive_max: KEEPALIVES,
        nodelay: true,
        ..client::Config::default()
    })
}

/// `allowed`: `HostKeyAlgorithms`.
fn preferred(book: &Book, allowed: Option<&[String]>) -> Result<Preferred, String> {
    let takes = |name: &str| allowed.is_none_or(|names| names.iter().any(|it| it == name));
    let known = book.types();
    let is_known = |algorithm: &Algorithm| {
        known.iter().any(|k| k == algorithm || (is_rsa(k) && is_rsa(algorithm)))
    };
    let (mut keys, rest): (Vec<_>, Vec<_>) =
        HOST_KEYS.into_iter().filter(|algorithm| takes(algorithm.as_str())).partition(is_known);
    keys.extend(rest);
    // A server that is asked for a certificate shows one, so only who knows an authority may ask.
    let mut certificates = if book.has_authority() { HOST_KEYS.to_vec() } else { Vec::new() };
    certificates.retain(|algorithm| takes(&algorithm.to_certificate_type()));
    if let (Some(names), true, true) = (allowed, keys.is_empty(), certificates.is_empty()) {
        let names = names.join(",");
        return Err(format!("`HostKeyAlgorithms {names}` holds none that can be asked for here"));
    }
    Ok(Preferred {
        kex: Cow::Borrowed(KEY_EXCHANGES),
        key: Cow::Owned(keys),
        host_key_certificates: Cow::Owned(certificates),
        cipher: Cow::Borrowed(CIPHERS),
        compression: Cow::Borrowed(&[compression::NONE]),
        ..Preferred::DEFAULT
    })
}

fn is_rsa(algorithm: &Algorithm) -> bool {
    matches!(algorithm, Algorithm::Rsa { .. })
}
