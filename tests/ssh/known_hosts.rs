//! Known hosts files, without a server.

use std::path::Path;
use std::sync::Arc;

use flipside::transport::ssh::known_hosts::{
    Book, KnownHosts, Name, Offered, Verdict, line, wildcard,
};
use russh::keys::PublicKey;

use crate::client::{left_out, openssh};
use crate::server::new_key;

fn book(host: &str, port: u16, files: &[&str]) -> Book {
    let parse = |text: &&str| Arc::new(KnownHosts::parse(Path::new("kh"), text));
    Book::new(files.iter().map(parse).collect(), Name::new(host, port, None))
}

fn verdict(host: &str, port: u16, text: &str, key: &PublicKey) -> Verdict {
    book(host, port, &[text]).judge(Offered::Key(key), 0)
}

fn key() -> PublicKey {
    new_key().public_key().clone()
}

#[test]
fn names_are_matched_as_openssh_matches_them() {
    let key = key();
    let text = openssh(&key);
    for (hosts, host, port, known) in [
        ("web1", "web1", 22, true),
        ("web1", "WEB1", 22, true),
        ("WEB1", "web1", 22, true),
        ("web1", "web10", 22, false),
        ("web2,web1,10.0.0.1", "10.0.0.1", 22, true),
        ("web?", "web1", 22, true),
        ("web?", "web10", 22, false),
        ("*.example.org", "a.b.example.org", 22, true),
        ("*.example.org,!bad.example.org", "bad.example.org", 22, false),
        ("!bad.example.org,*.example.org", "good.example.org", 22, true),
        ("!bad.example.org", "good.example.org", 22, false),
        ("[web1]:2222", "web1", 2222, true),
        ("[web1]:2222", "web1", 22, false),
        ("[web1]:2222", "web1", 2223, false),
        ("[*]:2222", "web1", 2222, true),
        // A key that is known without a port counts on every port.
        ("web1", "web1", 2222, true),
        ("::1", "::1", 22, true),
        ("[::1]:2222", "::1", 2222, true),
    ] {
        let wanted = if known { Verdict::Trusted } else { Verdict::Unknown };
        let found = verdict(host, port, &format!("{hosts} {text}\n"), &key);
        assert_eq!(found, wanted, "{hosts} for {host}:{port}");
    }
}

#[test]
fn lines_that_cannot_be_read_do_not_hide_the_others() {
    let key = key();
    let good = openssh(&key);
    let text = format!(
        "\n# comment\nweb1\nweb1 ssh-ed25519\nweb1 ssh-ed25519 !!!\nweb1 ssh-rsa {}\n\
         @unknown web1 {good}\n|1|bad web1 {good}\n  web1\tssh-ed25519\t{}\tcomment of mine\r\n",
        good.split(' ').nth(1).unwrap(),
        good.split(' ').nth(1).unwrap()
    );
    assert_eq!(verdict("web1", 22, &text, &key), Verdict::Trusted);
}

#[test]
fn another_key_of_whatever_type_is_a_change_and_says_where() {
    let (known, shown) = (key(), key());
    let text = format!("# first\nweb1 {}\n", openssh(&known));
    let Verdict::Changed(place) = verdict("web1", 22, &text, &shown) else { panic!() };
    assert_eq!((place.path.as_path(), place.line), (Path::new("kh"), 2));
    // One of several known keys is enough.
    let both = format!("web1 {}\nweb1 {}\n", openssh(&known), openssh(&shown));
    assert_eq!(verdict("web1", 22, &both, &shown), Verdict::Trusted);
    // What another port's server has says nothing of this one.
    assert_eq!(verdict("web1", 2222, &text, &shown), Verdict::Unknown);
}

#[test]
fn a_revocation_in_any_file_wins() {
    let key = key();
    let known = format!("web1 {}\n", openssh(&key));
    let revoked = format!("@revoked * {}\n", openssh(&key));
    let book = book("web1", 22, &[&known, &revoked]);
    assert!(matches!(book.judge(Offered::Key(&key), 0), Verdict::Revoked(_)));
}

#[test]
fn an_authority_is_no_host_key() {
    let key = key();
    let text = format!("@cert-authority * {}\n", openssh(&key));
    assert_eq!(verdict("web1", 22, &text, &key), Verdict::Unknown);
    assert!(book("web1", 22, &[&text]).has_authority());
    assert!(book("web1", 22, &[&text]).types().is_empty());
}

#[test]
fn an_alias_stands_for_host_and_port() {
    let key = key();
    let name = Name::new("10.0.0.1", 2222, Some("Web1"));
    let file = KnownHosts::parse(Path::new("kh"), &format!("web1 {}\n", openssh(&key)));
    let book = Book::new(vec![Arc::new(file)], name);
    assert_eq!(book.judge(Offered::Key(&key), 0), Verdict::Trusted);
}

#[test]
fn what_is_written_is_found_again() {
    let key = key();
    for (host, port) in [("web1", 22), ("web1", 2222), ("fe80::1", 22)] {
        for salt in [None, Some(&[7; 20])] {
            let text = line(&Name::new(host, port, None), &key, salt);
            assert_eq!(text.contains(host), salt.is_none());
            assert_eq!(verdict(host, port, &text, &key), Verdict::Trusted, "{text}");
            assert_eq!(verdict("other", port, &text, &key), Verdict::Unknown, "{text}");
        }
    }
}

/// `ssh-keygen` is the judge of the hashed form.
#[test]
fn ssh_keygen_finds_what_we_hash_and_we_what_it_hashes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kh");
    let key = key();
    std::fs::write(&file, line(&Name::new("web1", 2222, None), &key, Some(&[9; 20]))).unwrap();
    let keygen = |args: &[&str]| {
        std::process::Command::new("ssh-keygen").args(args).arg("-f").arg(&file).output()
    };
    let Ok(found) = keygen(&["-F", "[web1]:2222"]) else {
        left_out("ssh-keygen is not installed");
        return;
    };
    assert!(found.status.success());
    std::fs::write(&file, line(&Name::new("web1", 2222, None), &key, None)).unwrap();
    assert!(keygen(&["-H"]).unwrap().status.success());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("|1|"), "{text}");
    assert_eq!(verdict("web1", 2222, &text, &key), Verdict::Trusted);
}

#[test]
fn wildcards_take_any_number_of_characters() {
    for (pattern, text, fits) in [
        ("", "", true),
        ("*", "", true),
        ("a*b*c", "axxbyyc", true),
        ("a*b*c", "axxbyy", false),
        ("*a", "aaab", false),
        ("*ab", "aaab", true),
        ("??", "a", false),
    ] {
        assert_eq!(wildcard(pattern, text), fits, "{pattern} {text}");
    }
}
