//! Host keys: known, unknown, changed, revoked, and vouched for.

use std::sync::Arc;

use flipside::transport::ssh::Ssh;
use flipside::transport::{AuthPrompt, Ending, PromptReply};
use russh::keys::ssh_key::certificate::{Builder, CertType};
use russh::keys::{Certificate, HashAlg, PrivateKey, PublicKey};

use crate::client::{Home, Person, Watcher, asking, openssh, refused, run, run_on, sh, ssh};
use crate::server::{Server, Setup, new_key};

#[tokio::test]
async fn an_unknown_key_is_asked_about_once_and_written_down() {
    let home = Home::new();
    let server = home.stranger().await;
    let person = Person::says([PromptReply::Accepted]);
    let hosts = (1..=5).map(|n| home.host(&format!("web{n}"), server.port)).collect();
    let ssh = asking(&home, hosts, &person);
    let command = sh("true");
    let runs = ["web1", "web2", "web3", "web4", "web5"].map(|name| run_on(&ssh, name, &command));
    for (ending, _) in futures::future::join_all(runs).await {
        assert_eq!(ending, Ending::Exited(0));
    }
    let asked = person.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let AuthPrompt::UnknownHostKey { algorithm, fingerprint, address, .. } = &asked[0] else {
        panic!("{asked:?}")
    };
    assert_eq!(algorithm, "ssh-ed25519");
    assert_eq!(*fingerprint, server.host_key.fingerprint(HashAlg::Sha256).to_string());
    assert_eq!(*address, format!("127.0.0.1:{}", server.port));
    let wanted = format!("[127.0.0.1]:{} {}\n", server.port, openssh(&server.host_key));
    assert_eq!(home.known_hosts(), wanted);
    // Another day, another process.
    let ssh = crate::client::ssh(&home, vec![home.host("web1", server.port)]);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}

#[tokio::test]
async fn a_key_that_cannot_be_written_down_is_remarked_on() {
    let home = Home::new();
    let server = home.stranger().await;
    // Where a file should be is a directory, which stops root too.
    std::fs::create_dir(home.path("kept")).unwrap();
    home.write(".ssh/config", &format!("UserKnownHostsFile {}/", home.path("kept/x").display()));
    let watcher = Arc::new(Watcher::default());
    let person = Person::says([PromptReply::Accepted]);
    let hosts = vec![home.host("web1", server.port)];
    let ssh = Ssh::within(home.around(), hosts, person, Some(watcher.clone()));
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    let notes = watcher.notes.lock().unwrap().clone();
    assert_eq!(notes.len(), 1, "{notes:?}");
    for part in ["web1", "SHA256:", "could not be written down", "kept/x"] {
        assert!(notes[0].contains(part), "{part} is not in: {}", notes[0]);
    }
}

#[tokio::test]
async fn a_refused_key_is_not_asked_about_again() {
    let home = Home::new();
    let server = home.stranger().await;
    let person = Person::says([PromptReply::Refused, PromptReply::Accepted]);
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    for _ in 0..2 {
        let why = refused(run(&ssh, &sh("true")).await.0);
        assert!(why.contains("SHA256:") && why.contains("web1"), "{why}");
    }
    assert_eq!(person.asked().len(), 1);
    assert_eq!(home.known_hosts(), "");
    ssh.try_again().await;
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}

#[tokio::test]
async fn the_configuration_decides_what_becomes_of_unknown_keys() {
    let home = Home::new();
    let server = home.stranger().await;
    let person = Person::says([PromptReply::Accepted]);
    home.write(".ssh/config", "StrictHostKeyChecking yes\n");
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(why.contains("StrictHostKeyChecking"), "{why}");
    home.write(".ssh/config", "StrictHostKeyChecking accept-new\nHashKnownHosts yes\n");
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
    assert!(home.known_hosts().starts_with("|1|"), "{}", home.known_hosts());
    assert!(person.asked().is_empty());
    // What was hashed is found again.
    home.write(".ssh/config", "StrictHostKeyChecking yes\n");
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}

#[tokio::test]
async fn a_changed_key_is_refused_with_everything_one_must_know() {
    let home = Home::new();
    let server = home.stranger().await;
    let other = new_key();
    home.knows_line("# one line of comment");
    home.knows(server.port, other.public_key());
    let person = Person::says([PromptReply::Accepted]);
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    let why = refused(run(&ssh, &sh("true")).await.0);
    for part in [
        "web1".to_owned(),
        other.fingerprint(HashAlg::Sha256).to_string(),
        server.host_key.fingerprint(HashAlg::Sha256).to_string(),
        ".ssh/known_hosts:2".to_owned(),
        format!("-R '[127.0.0.1]:{}'", server.port),
    ] {
        assert!(why.contains(&part), "{part} is not in: {why}");
    }
    assert!(person.asked().is_empty());
}

#[tokio::test]
async fn a_revoked_key_is_refused_even_if_it_is_known() {
    let home = Home::new();
    let server = home.server().await;
    home.knows_line(&format!("@revoked * {}", openssh(&server.host_key)));
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    let why = refused(run(&ssh, &sh("true")).await.0);
    assert!(why.contains("REVOKED") && why.contains("known_hosts:2"), "{why}");
}

#[tokio::test]
async fn the_key_type_that_is_known_is_asked_for_first() {
    let home = Home::new();
    let mut rng = russh::keys::key::safe_rng();
    let curve = russh::keys::EcdsaCurve::NistP256;
    let algorithm = russh::keys::Algorithm::Ecdsa { curve };
    let ecdsa = PrivateKey::random(&mut rng, algorithm).unwrap();
    let known = ecdsa.public_key().clone();
    let server = Server::start(Setup {
        host_keys: vec![new_key(), ecdsa],
        users: vec![home.key.public_key().clone()],
        ..Setup::default()
    })
    .await;
    home.knows(server.port, &known);
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}

/// How an authority vouches for a host key.
struct Vouch {
    kind: CertType,
    principal: &'static str,
    valid: std::ops::Range<u64>,
}

const ALWAYS: std::ops::Range<u64> = 1..(1 << 40);

fn vouch(authority: &PrivateKey, key: &PublicKey, vouch: &Vouch) -> Certificate {
    let mut rng = russh::keys::key::safe_rng();
    let Vouch { kind, principal, valid } = vouch;
    let key = key.key_data().clone();
    let mut builder =
        Builder::new_with_random_nonce(&mut rng, key, valid.start, valid.end).unwrap();
    builder.cert_type(*kind).unwrap();
    builder.key_id("host").unwrap();
    builder.valid_principal(*principal).unwrap();
    builder.sign(authority).unwrap()
}

#[tokio::test]
async fn a_certificate_is_worth_what_it_says() {
    let good = Vouch { kind: CertType::Host, principal: "127.0.0.*", valid: ALWAYS };
    let user = Vouch { kind: CertType::User, principal: "127.0.0.*", valid: ALWAYS };
    let other = Vouch { kind: CertType::Host, principal: "elsewhere", valid: ALWAYS };
    let old = Vouch { kind: CertType::Host, principal: "127.0.0.*", valid: 1..2 };
    let early = Vouch { kind: CertType::Host, principal: "127.0.0.*", valid: 1 << 39..1 << 40 };
    for (vouched, refusal) in [
        (good, None),
        (user, Some("user certificate")),
        (other, Some("elsewhere")),
        (old, Some("run out")),
        (early, Some("not valid yet")),
    ] {
        let home = Home::new();
        let (authority, key) = (new_key(), new_key());
        let certificates = vec![vouch(&authority, key.public_key(), &vouched)];
        let users = vec![home.key.public_key().clone()];
        let server =
            Server::start(Setup { host_keys: vec![key], certificates, users, ..Setup::default() })
                .await;
        home.knows_line(&format!("@cert-authority * {}", openssh(authority.public_key())));
        let ssh = ssh(&home, vec![home.host("web1", server.port)]);
        let (ending, _) = run(&ssh, &sh("true")).await;
        match refusal {
            None => assert_eq!(ending, Ending::Exited(0)),
            Some(part) => {
                let why = refused(ending);
                assert!(why.contains(part), "{why}");
            }
        }
    }
}

#[tokio::test]
async fn a_strange_authority_proves_nothing() {
    let home = Home::new();
    let key = new_key();
    let vouched = Vouch { kind: CertType::Host, principal: "127.0.0.1", valid: ALWAYS };
    let certificates = vec![vouch(&new_key(), key.public_key(), &vouched)];
    let users = vec![home.key.public_key().clone()];
    let server =
        Server::start(Setup { host_keys: vec![key], certificates, users, ..Setup::default() })
            .await;
    let authority = new_key();
    home.knows_line(&format!("@cert-authority * {}", openssh(authority.public_key())));
    let person = Person::says([]);
    let ssh = asking(&home, vec![home.host("web1", server.port)], &person);
    refused(run(&ssh, &sh("true")).await.0);
    // The key inside it is just an unknown key.
    assert_eq!(person.asked().len(), 1);
}

#[tokio::test]
async fn what_the_configuration_says_about_trust_is_heeded() {
    let home = Home::new();
    let server = home.server().await;
    let other = new_key();
    let list = |text: &str| home.write("revoked", text).display().to_string();
    let key = openssh(&server.host_key);
    let gone = home.path("gone").display().to_string();
    for (config, wanted) in [
        (format!("RevokedHostKeys {}", list(&format!("# bad\n{key}\n"))), "revoked:2"),
        (format!("RevokedHostKeys {gone}"), "no host key is taken"),
        ("KnownHostsCommand /bin/true".to_owned(), "`KnownHostsCommand /bin/true` decides"),
        ("HostKeyAlgorithms rsa-sha2-512".to_owned(), "ours: [\"rsa-sha2-512\"]"),
        ("HostKeyAlgorithms ssh-dss".to_owned(), "none that can be asked for"),
    ] {
        home.write(".ssh/config", &config);
        let ssh = ssh(&home, vec![home.host("web1", server.port)]);
        let why = refused(run(&ssh, &sh("true")).await.0);
        assert!(why.contains(wanted), "{config}: {why}");
    }
    for (text, wanted) in [("SSHKRL\n\0rest", "binary list (KRL)"), ("nonsense\n", "in line 1")] {
        home.write(".ssh/config", &format!("RevokedHostKeys {}", list(text)));
        let ssh = ssh(&home, vec![home.host("web1", server.port)]);
        let why = refused(run(&ssh, &sh("true")).await.0);
        assert!(why.contains(wanted), "{why}");
    }
    let good = list(&format!("{}\n", openssh(other.public_key())));
    home.write(".ssh/config", &format!("RevokedHostKeys {good}\nHostKeyAlgorithms ssh-ed25519\n"));
    let ssh = ssh(&home, vec![home.host("web1", server.port)]);
    assert_eq!(run(&ssh, &sh("true")).await.0, Ending::Exited(0));
}
