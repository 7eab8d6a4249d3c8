//! Entry points that answer by TLS only, with a certificate of a private authority from `tests/tls`.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::host::{ScriptExit, ScriptHost, answer, include, signal, under_every_shell, until};
use crate::platform::compose::scripts::OBSERVE;
use crate::platform::kit::scripts::{CHECK, SERVE, SWITCH};

const NAME: &str = "shop.example.org";

fn file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name).display().to_string()
}

fn authority() -> String {
    std::fs::read_to_string(file("ca.pem")).unwrap()
}

/// Serves the entry point by TLS and returns its port. Connections for another name, or without a name, are closed.
fn listens(host: &ScriptHost) -> u16 {
    let provider = rustls::crypto::ring::default_provider();
    let cert = CertificateDer::from_pem_file(file("shop.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("shop.key.pem")).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let mut names = rustls::server::ResolvesServerCertUsingSni::new();
    names.add(NAME, rustls::sign::CertifiedKey::new(vec![cert], key)).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(provider));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = Arc::new(config.with_cert_resolver(Arc::new(names)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (root, over) = (host.path(""), host.over.clone());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let (root, over, config) = (root.clone(), over.clone(), config.clone());
            let Ok(socket) = socket else { return };
            std::thread::spawn(move || {
                let session = rustls::ServerConnection::new(config).unwrap();
                answer(rustls::StreamOwned::new(session, socket), &root, &over);
            });
        }
    });
    port
}

/// The position of the URL in the arguments of a switch; the host follows it.
const URL: usize = 9;

/// Returns the URL of the entry point, and where to connect to for its name.
fn entry_point(host: &ScriptHost) -> [String; 2] {
    let port = listens(host);
    [format!("https://{NAME}:{port}/"), format!("{NAME}:{port}:127.0.0.1:{port}")]
}

fn switch(host: &ScriptHost, seconds: &str, pem: &str) -> ScriptExit {
    let [url, connect] = entry_point(host);
    let mut arguments = super::switch::arguments(host, seconds);
    (arguments[URL], arguments[URL + 1]) = (url, NAME.to_owned());
    arguments.extend([connect, pem.to_owned()]);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    host.run(SWITCH, &words, &include("green"))
}

#[test]
fn a_switch_is_verified_by_answers_over_tls() {
    under_every_shell(|host| {
        switch(host, "30", &authority()).with(0).says("live is green: 3 correct answers in a row");
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn a_switch_fails_if_the_certificate_cannot_be_verified() {
    under_every_shell(|host| {
        switch(host, "30", "").with(48).says("curl: (60) SSL certificate problem");
        assert_eq!(
            (host.read("live.conf"), host.read("loaded")),
            (include("blue"), include("blue"))
        );
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn both_entry_points_are_served_and_observed_over_tls() {
    under_every_shell(|host| {
        let [url, connect] = entry_point(host);
        let (state, nginx, pem) = (host.at("srv/.flipside"), host.at("bin/nginx"), authority());
        let entry_point = ["X-Color", &url, NAME, &connect, &pem];
        let mut words = vec![&*state, &*nginx, "20", "", "", "", "", "", "--", "blue"];
        words.extend(entry_point.iter().chain(&entry_point));
        host.run(SERVE, &words, "").with(0).says("nginx serves blue on both entry points");
        let observe = |pem: &str| {
            let words =
                host.observing(&nginx, [[&url, NAME, &connect, pem], [&url, NAME, &connect, ""]]);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            host.run(OBSERVE, &words, "").with(0).out.clone()
        };
        let out = observe(&authority());
        assert_eq!(out.matches("X-Color: blue").count(), 1, "{out}");
        assert!(
            out.contains("SSL certificate problem"),
            "the passive entry point has no authority: {out}"
        );
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn a_check_over_tls_leaves_no_files_however_it_ends() {
    under_every_shell(|host| {
        let ([url, connect], pem) = (entry_point(host), authority());
        let words =
            |pem| [url.as_str(), NAME, "20", "", "tls", &connect, pem, "header", "X-Color", "blue"];
        host.run(CHECK, &words(pem.as_str()), "").with(0).says("X-Color: blue");
        host.run(CHECK, &words(""), "").with(1).says("SSL certificate problem");
        host.put("blue-hangs");
        for one in ["HUP", "INT", "TERM"] {
            let mut child = host.start(CHECK, &words(pem.as_str()));
            until("the authorities are there", || host.leftovers().len() == 1);
            signal(&child, one);
            child.wait().unwrap();
            until("nothing is left of it", || host.leftovers().is_empty());
        }
    });
}
