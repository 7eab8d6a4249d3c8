//! Host certificates, as OpenSSH's `PROTOCOL.certkeys` defines them.

use russh::keys::{Algorithm, Certificate, HashAlg};

use super::known_hosts::wildcard;

/// Whether a certificate by an authority that is trusted for `host` proves that it is `host`, at
/// `now` (seconds since 1970).
pub fn check(cert: &Certificate, host: &str, now: u64) -> Result<(), String> {
    if !cert.cert_type().is_host() {
        return Err("it is a user certificate, shown by a host".to_owned());
    }
    // SHA-1 signatures can be forged; ssh(1) no longer takes them from an authority either.
    if cert.signature().algorithm() == (Algorithm::Rsa { hash: None }) {
        return Err("its authority signed it with SHA-1".to_owned());
    }
    if now < cert.valid_after() {
        return Err("it is not valid yet; is this machine's clock right?".to_owned());
    }
    if now >= cert.valid_before() {
        return Err("it has run out: have the host's certificate signed anew".to_owned());
    }
    let authority = cert.signature_key().fingerprint(HashAlg::Sha256);
    if cert.validate_at(now, [&authority]).is_err() {
        return Err("its signature is wrong".to_owned());
    }
    let named = |principal: &String| wildcard(&principal.to_ascii_lowercase(), host);
    // No principal at all means: any host.
    if !cert.valid_principals().is_empty() && !cert.valid_principals().iter().any(named) {
        return Err(format!(
            "it is made out to {}, not {host}",
            cert.valid_principals().join(", ")
        ));
    }
    if let Some((option, _)) = cert.critical_options().iter().next() {
        return Err(format!("it holds the critical option `{option}`, which no host may need"));
    }
    Ok(())
}
