//! Entrances that answer by TLS only, with a certificate of a private authority. `tests/tls` was made once.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::bench::{Bench, Ended, answer, include, signal, under_every_shell, until};
use crate::platform::compose::scripts::{CHECK, OBSERVE, SERVE, SWITCH};

const NAME: &str = "shop.example.org";

fn file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name).display().to_string()
}

fn authority() -> String {
    std::fs::read_to_string(file("ca.pem")).unwrap()
}

/// The users' port by TLS: its number. Whoever asks by another name, or by none, is hung up on.
fn listens(bench: &Bench) -> u16 {
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
    let (root, over) = (bench.path(""), bench.over.clone());
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

/// Where a switch is given the URL, and the host after it.
const URL: usize = 9;

/// The URL of the entrance by its name, and where that name is.
fn entry_point(bench: &Bench) -> [String; 2] {
    let port = listens(bench);
    [format!("https://{NAME}:{port}/"), format!("{NAME}:{port}:127.0.0.1:{port}")]
}

fn switch(bench: &Bench, seconds: &str, pem: &str) -> Ended {
    let [url, connect] = entry_point(bench);
    let mut arguments = super::switch::arguments(bench, seconds);
    (arguments[URL], arguments[URL + 1]) = (url, NAME.to_owned());
    arguments.extend([connect, pem.to_owned()]);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    bench.run(SWITCH, &words, &include("green"))
}

#[test]
fn a_switch_is_believed_by_answers_over_tls() {
    under_every_shell(|bench| {
        switch(bench, "30", &authority()).with(0).says("live is green: 3 right answers in a row");
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn a_switch_that_cannot_verify_the_certificate_says_so() {
    under_every_shell(|bench| {
        switch(bench, "30", "").with(48).says("curl: (60) SSL certificate problem");
        assert_eq!(
            (bench.read("live.conf"), bench.read("loaded")),
            (include("blue"), include("blue"))
        );
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn both_sides_are_served_and_observed_over_tls() {
    under_every_shell(|bench| {
        let [url, connect] = entry_point(bench);
        let (state, nginx, pem) = (bench.at("srv/.flipside"), bench.at("bin/nginx"), authority());
        let side = ["X-Color", &url, NAME, &connect, &pem];
        let mut words = vec![&*state, &*nginx, "20", "", "", "", "", "", "--", "blue"];
        words.extend(side.iter().chain(&side));
        bench.run(SERVE, &words, "").with(0).says("nginx serves blue on both sides");
        let looked = |pem: &str| {
            let words =
                bench.observing(&nginx, [[&url, NAME, &connect, pem], [&url, NAME, &connect, ""]]);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            bench.run(OBSERVE, &words, "").with(0).out.clone()
        };
        let out = looked(&authority());
        assert_eq!(out.matches("X-Color: blue").count(), 1, "{out}");
        assert!(
            out.contains("SSL certificate problem"),
            "the passive side has no authority: {out}"
        );
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn a_check_over_tls_leaves_nothing_however_it_ends() {
    under_every_shell(|bench| {
        let ([url, connect], pem) = (entry_point(bench), authority());
        let words =
            |pem| [url.as_str(), NAME, "20", "", "tls", &connect, pem, "header", "X-Color", "blue"];
        bench.run(CHECK, &words(pem.as_str()), "").with(0).says("X-Color: blue");
        bench.run(CHECK, &words(""), "").with(1).says("SSL certificate problem");
        bench.put("blue-hangs");
        for one in ["HUP", "INT", "TERM"] {
            let mut child = bench.start(CHECK, &words(pem.as_str()));
            until("the authorities are there", || bench.leftovers().len() == 1);
            signal(&child, one);
            child.wait().unwrap();
            until("nothing is left of it", || bench.leftovers().is_empty());
        }
    });
}
