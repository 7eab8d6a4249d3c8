//! TLS: the name that a server is asked by, own authorities, client certificates.

use std::sync::Arc;
use std::time::Duration;

use flipside::base::secret_ref::SecretRef;
use flipside::domain::http::{ClientIdentity, Method, Request, Tls};
use flipside::transport::http::Http;
use flipside::transport::{Limits, Unanswered, Web};
use tokio_util::sync::CancellationToken;

use crate::ask;

/// A server that has one certificate, for `shop.example.org`, and hangs up on whoever asks for
/// another name or for none. `tests/tls` was made once, with a test authority of its own.
///
/// With `clients`, it wants a certificate of the client, signed by the authority in that file.
fn server(clients: Option<&str>) -> u16 {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::io::{Read, Write};
    flipside::transport::http::install_crypto();
    let provider = rustls::crypto::CryptoProvider::get_default().unwrap();
    let cert = CertificateDer::from_pem_file("tests/tls/shop.pem").unwrap();
    let key = PrivateKeyDer::from_pem_file("tests/tls/shop.key.pem").unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let mut names = rustls::server::ResolvesServerCertUsingSni::new();
    let certified = rustls::sign::CertifiedKey::new(vec![cert], key);
    names.add("shop.example.org", certified).unwrap();
    let config = rustls::ServerConfig::builder();
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(file) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(file).unwrap()).unwrap();
            let verifier = rustls::server::WebPkiClientVerifier::builder(Arc::new(roots)).build();
            config.with_client_cert_verifier(verifier.unwrap())
        }
    };
    let config = Arc::new(config.with_cert_resolver(Arc::new(names)));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut session = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut tls = rustls::Stream::new(&mut session, &mut socket);
            let mut buffer = [0; 4096];
            let Ok(n @ 1..) = tls.read(&mut buffer) else {
                // The alert that says why is still to be sent.
                let _ = tls.flush();
                continue;
            };
            let asked = String::from_utf8_lossy(&buffer[..n]).into_owned();
            let host = asked.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or("none");
            let _ = write!(tls, "HTTP/1.1 200 OK\r\nx-host: {host}\r\ncontent-length: 0\r\n\r\n");
        }
    });
    port
}

#[tokio::test]
async fn an_entrance_is_asked_by_its_name_with_tls_too() {
    let port = server(None);
    let http = Http::new();
    let ca = || Some(std::path::PathBuf::from("tests/tls/ca.pem"));
    let entry_point = |name: Option<&str>, ca_file| flipside::domain::spec::EntryPoint {
        url: String::new(),
        host_header: name.map(str::to_owned),
        color_header: None,
        release_header: None,
        public_url: None,
        ca_file,
        ca: None,
    };
    let asked = async |name: Option<&str>, ca_file: Option<std::path::PathBuf>| {
        let request =
            entry_point(name, ca_file).request(format!("https://127.0.0.1:{port}/health"));
        let limits = Limits { deadline: Duration::from_secs(20), cancel: CancellationToken::new() };
        http.request(&request, limits).await
    };
    let right = asked(Some("shop.example.org"), ca()).await.unwrap();
    assert_eq!((right.status, right.header("x-host")), (200, Some("shop.example.org")));
    let right = asked(Some("shop.example.org:8443"), ca()).await.unwrap();
    assert_eq!(right.header("x-host"), Some("shop.example.org:8443"));
    for (name, ca_file, wanted) in [
        (Some("shop.example.org"), None, "an authority that is not trusted here"),
        (Some("other.example.org"), ca(), "TLS"),
        (None, ca(), "TLS"),
        (Some("shop.example.org"), Some("tests/tls/gone.pem".into()), "gone.pem"),
        (Some("shop.example.org"), Some("tests/http/tls.rs".into()), "holds no certificate"),
    ] {
        let why = asked(name, ca_file).await.unwrap_err();
        assert!(why.to_string().contains(wanted), "{name:?}: {why}");
    }
}

fn identity(certificate: &str, key: &str) -> ClientIdentity {
    let file = |name: &str| SecretRef::File(format!("tests/tls/{name}"));
    ClientIdentity { certificate: file(certificate), key: file(key) }
}

fn authenticated(port: u16, client: Option<ClientIdentity>) -> Request {
    let (name, ca_file) = (Some("shop.example.org".into()), Some("tests/tls/ca.pem".into()));
    let tls = Tls { name, ca_file, client };
    Request { method: Method::Post, tls, ..Request::get(format!("https://127.0.0.1:{port}/")) }
}

#[tokio::test]
async fn client_proves_its_identity_with_a_certificate() {
    let port = server(Some("tests/tls/client-ca.pem"));
    let client = Some(identity("client.pem", "client.key.pem"));
    let answer = ask(&authenticated(port, client)).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn server_that_refuses_a_client_received_no_request() {
    let port = server(Some("tests/tls/client-ca.pem"));
    for (client, wanted) in [
        (None, "the server requires a client certificate"),
        (Some(identity("shop.pem", "shop.key.pem")), "the server refuses the client certificate"),
    ] {
        let why = ask(&authenticated(port, client)).await.unwrap_err();
        assert!(matches!(why, Unanswered::NotSent(_)), "{why:?}");
        assert!(why.to_string().contains(wanted), "{why}");
    }
}

#[tokio::test]
async fn errors_of_an_identity_name_the_file_and_what_is_wrong() {
    for (certificate, key, wanted) in [
        ("gone.pem", "client.key.pem", "`file:tests/tls/gone.pem` could not be read: No such file"),
        ("client.pem", "gone.pem", "`file:tests/tls/gone.pem` could not be read: No such file"),
        (
            "client.key.pem",
            "client.key.pem",
            "the client certificate `file:tests/tls/client.key.pem` holds no certificate in PEM",
        ),
        (
            "client.pem",
            "client.pem",
            "the client key `file:tests/tls/client.pem` holds no private key in PEM",
        ),
        (
            "client.pem",
            "client.locked.key.pem",
            "the client key `file:tests/tls/client.locked.key.pem` has a passphrase",
        ),
        (
            "client.pem",
            "shop.key.pem",
            "`file:tests/tls/shop.key.pem` does not belong to the certificate `file:tests/tls/client.pem`",
        ),
    ] {
        let why = ask(&authenticated(1, Some(identity(certificate, key)))).await.unwrap_err();
        assert!(matches!(why, Unanswered::NotSent(_)), "{why:?}");
        assert!(why.to_string().contains(wanted), "{why}");
    }
}
