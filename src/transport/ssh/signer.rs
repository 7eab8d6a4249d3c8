//! Signers for the cases that russh has no ready call for.

use std::sync::Arc;

use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::signature::Signer as _;
use russh::keys::ssh_encoding::Encode;
use russh::keys::ssh_key::private::KeypairData;
use russh::keys::{HashAlg, PrivateKey, PublicKey};
use russh::{AgentAuthError, Error, SendError, Signer};
use tokio::net::UnixStream;

/// Why nothing was signed: the connection's own error, or none if we never meant to.
#[derive(Debug)]
pub struct NotSigned(pub Option<Error>);

impl From<SendError> for NotSigned {
    fn from(_: SendError) -> Self {
        Self(Some(Error::SendError))
    }
}

/// Finds out whether a server would take a key that is still locked. It asks for a signature only
/// if it would (RFC 4252, section 7).
#[derive(Debug)]
pub struct Unsigned;

impl Signer for Unsigned {
    type Error = NotSigned;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        _: Option<HashAlg>,
        _: Vec<u8>,
    ) -> Result<Vec<u8>, NotSigned> {
        Err(NotSigned(None))
    }
}

/// Signs for a certificate with the key it was made out for, RSA with SHA-2.
#[derive(Debug)]
pub struct CertSigner(pub Arc<PrivateKey>);

#[derive(Debug)]
pub struct CertError(pub Error);

impl From<SendError> for CertError {
    fn from(_: SendError) -> Self {
        Self(Error::SendError)
    }
}

impl Signer for CertSigner {
    type Error = CertError;

    /// Gives back what was to be signed with the signature behind it, as one SSH string.
    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        hash: Option<HashAlg>,
        mut data: Vec<u8>,
    ) -> Result<Vec<u8>, CertError> {
        let failed = |_| CertError(Error::Inconsistent);
        let signature = match self.0.key_data() {
            KeypairData::Rsa(pair) => (pair, hash).try_sign(&data).map_err(failed)?,
            _ => self.0.try_sign(&data).map_err(failed)?,
        };
        let mut blob = Vec::new();
        signature.encode(&mut blob).map_err(|_| CertError(Error::Inconsistent))?;
        blob.as_slice().encode(&mut data).map_err(|_| CertError(Error::Inconsistent))?;
        Ok(data)
    }
}

/// Signs for a certificate that the agent does not know with the key that it does.
pub struct AgentSigner<'a> {
    pub agent: &'a mut AgentClient<UnixStream>,
    pub key: PublicKey,
}

impl Signer for AgentSigner<'_> {
    type Error = AgentAuthError;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        hash: Option<HashAlg>,
        data: Vec<u8>,
    ) -> Result<Vec<u8>, AgentAuthError> {
        let key = AgentIdentity::PublicKey { key: self.key.clone(), comment: String::new() };
        Ok(self.agent.sign_request(&key, hash, data).await?)
    }
}
