//! How a client and a server authenticate each other where this is not the usual way: another name, an own authority, a
//! client certificate.

use std::net::SocketAddr;
use std::path::Path;

use reqwest::{Certificate, ClientBuilder, Identity};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};

use crate::domain::http::{ClientIdentity, Tls};
use crate::transport::secrets;

/// What a client needs, read and checked.
pub struct Parts {
    authorities: Vec<Certificate>,
    /// The name that the server is asked by, and the addresses that it stands for.
    name: Option<(String, Vec<SocketAddr>)>,
    identity: Option<Identity>,
}

impl Parts {
    /// Reads the files. `key`: the private key of `tls.client`.
    pub async fn read(
        tls: &Tls,
        url: &reqwest::Url,
        key: Option<SecretString>,
    ) -> Result<Self, String> {
        let authorities = match &tls.ca_file {
            Some(path) => authorities(path).await?,
            None => Vec::new(),
        };
        let name = match &tls.name {
            Some(name) => Some((name.clone(), addresses(url).await?)),
            None => None,
        };
        let identity = match (&tls.client, key) {
            (Some(client), Some(key)) => Some(identity(client, &key).await?),
            _ => None,
        };
        Ok(Self { authorities, name, identity })
    }

    /// Adds it to the settings of a client. A proxy may not choose where a name leads, so none is used for a name.
    pub fn apply(&self, client: ClientBuilder) -> ClientBuilder {
        let mut client = client.tls_certs_merge(self.authorities.clone());
        if let Some(identity) = &self.identity {
            client = client.identity(identity.clone());
        }
        match &self.name {
            Some((name, addresses)) => client.no_proxy().resolve_to_addrs(name, addresses),
            None => client,
        }
    }
}

async fn authorities(path: &Path) -> Result<Vec<Certificate>, String> {
    let shown = path.display();
    let text = tokio::fs::read(path).await.map_err(|error| format!("{shown}: {error}"))?;
    Certificate::from_pem_bundle(&text)
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or_else(|| format!("{shown} holds no certificate in PEM"))
}

async fn addresses(url: &reqwest::Url) -> Result<Vec<SocketAddr>, String> {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or(443);
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| format!("{host}:{port}: the name is not known: {error}"))?;
    Ok(found.collect())
}

/// Checks certificate and key one by one, so that an error names the one that is wrong. It never contains their text.
async fn identity(client: &ClientIdentity, key_text: &SecretString) -> Result<Identity, String> {
    let ClientIdentity { certificate, key } = client;
    let text = secrets::resolve(certificate).await.map_err(|error| error.to_string())?;
    let text = text.expose_secret();
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| {
        format!("the client certificate `{certificate}` holds no certificate in PEM")
    })?;
    let key_pem = key_text.expose_secret();
    let parsed =
        PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|error| match error {
            pem::Error::NoItemsFound if key_pem.contains("ENCRYPTED PRIVATE KEY") => format!(
                "the client key `{key}` has a passphrase; write it without one, for example with \
             `openssl pkey`, and protect the file instead"
            ),
            _ => format!("the client key `{key}` holds no private key in PEM"),
        })?;
    let provider = rustls::crypto::ring::default_provider();
    rustls::sign::CertifiedKey::from_der(chain, parsed, &provider).map_err(
        |error| match error {
            rustls::Error::InconsistentKeys(_) => {
                format!("the client key `{key}` does not belong to the certificate `{certificate}`")
            }
            error => format!("the client key `{key}` cannot be used: {error}"),
        },
    )?;
    let both = format!("{text}\n{key_pem}\n");
    Identity::from_pem(both.as_bytes())
        .map_err(|_| format!("`{certificate}` and `{key}` cannot be used together"))
}
