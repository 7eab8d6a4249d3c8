//! Unpacking: good archives, hostile ones, bombs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::{Ended, Host, sha256, under_every_shell};
use crate::platform::symlink::scripts::UNPACK;

/// A tar archive, entry by entry: hostile ones hold what no tool would write.
#[derive(Default)]
struct Tar(Vec<u8>);

impl Tar {
    fn entry(mut self, kind: u8, mode: u32, name: &str, link: &str, content: &[u8]) -> Self {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(format!("{mode:07o}").as_bytes());
        header[108..115].copy_from_slice(b"0000000");
        header[116..123].copy_from_slice(b"0000000");
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[136..147].copy_from_slice(b"14000000000");
        header[148..156].copy_from_slice(b"        ");
        header[156] = kind;
        header[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend(header);
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        self.entry(b'0', 0o644, name, "", content.as_bytes())
    }

    fn link(self, name: &str, to: &str) -> Self {
        self.entry(b'2', 0o777, name, to, b"")
    }

    fn end(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

impl Host {
    fn unpack(&self, version: &str, archive: &[u8]) -> Ended {
        self.unpack_within(version, archive, 1_000_000, 100)
    }

    fn unpack_within(&self, version: &str, archive: &[u8], bytes: usize, files: usize) -> Ended {
        let path = self.root.path().join("archive");
        fs::write(&path, archive).unwrap();
        let sha = sha256(&path);
        let (dir, path) = (self.dir(), path.display().to_string());
        let (bytes, files) = (bytes.to_string(), files.to_string());
        let dir = dir.to_str().unwrap();
        self.run(UNPACK, &[dir, "versions", version, &path, &sha, &bytes, &files])
    }
}

fn release(version: &str) -> Vec<u8> {
    let name = |file: &str| format!("shop-{version}/{file}");
    Tar::default()
        .entry(b'5', 0o755, &name(""), "", b"")
        .file(&name("version"), version)
        .link(&name("current"), "version")
        .entry(b'0', 0o4755, &name("tool"), "", b"#!/bin/sh\n")
        .end()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut gzip =
        Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = gzip.stdin.take().unwrap();
    let bytes = bytes.to_owned();
    let writer = std::thread::spawn(move || input.write_all(&bytes).unwrap());
    let packed = gzip.wait_with_output().unwrap().stdout;
    writer.join().unwrap();
    packed
}

#[test]
fn release_is_unpacked_once_and_never_over_another() {
    under_every_shell(|host| {
        host.unpack("v1", &gzipped(&release("v1"))).with(0).says("unpacked versions/v1");
        assert_eq!(fs::read_to_string(host.path("versions/v1/version")).unwrap(), "v1");
        let mode = fs::metadata(host.path("versions/v1/tool")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o755, "the setuid bit is gone");
        host.unpack("v1", &gzipped(&release("v1"))).with(0).says("from the same bytes");
        fs::write(host.path("versions/v1/version"), "by hand").unwrap();
        host.unpack("v1", &release("v1")).with(65).says("is there from other bytes");
        assert_eq!(fs::read_to_string(host.path("versions/v1/version")).unwrap(), "by hand");
        fs::create_dir(host.path("versions/v0")).unwrap();
        host.unpack("v0", &release("v0")).with(65).says("not recorded from which bytes");
        host.unpack("v2", &release("v2")).with(0);
        assert_eq!(host.versions(), ["v0", "v1", "v2"]);
    });
}

#[test]
fn hostile_archives_are_refused_and_leave_nothing() {
    let outside = |entry: Tar| entry.file("shop/ok", "ok").end();
    let tar = Tar::default;
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("dotdot", outside(tar().file("../evil", "x")), "leads out of it"),
        ("inner dotdot", outside(tar().file("a/../../evil", "x")), "leads out of it"),
        ("absolute", outside(tar().file("/tmp/evil", "x")), "absolute path"),
        ("link out", outside(tar().link("shop/out", "../../../etc")), "leads out of it"),
        ("absolute link", outside(tar().link("shop/out", "/etc/passwd")), "leads out of it"),
        (
            "through a link",
            outside(tar().link("shop/in", "sub").file("shop/in/x", "x")),
            "through the link",
        ),
        (
            "link above",
            outside(tar().link("shop/here", ".").link("shop/out", "here/../..")),
            "leads out of it",
        ),
        (
            "device",
            outside(tar().entry(b'3', 0o644, "shop/dev", "", b"")),
            "no file, directory or link",
        ),
        (
            "fifo",
            outside(tar().entry(b'6', 0o644, "shop/pipe", "", b"")),
            "no file, directory or link",
        ),
        ("line break", outside(tar().link("a\nb", "..").file("a\nb/evil", "x")), "was refused"),
        ("no archive", b"<html>404</html>".repeat(64), "no tar archive"),
        ("empty", Vec::new(), "it holds nothing"),
        ("cut off", release("v1")[..1300].to_vec(), "was refused"),
    ];
    under_every_shell(|host| {
        for (name, archive, why) in &cases {
            let ended = host.unpack("v1", archive);
            assert!(ended.code == 66, "{name}: {} {}", ended.code, ended.text());
            assert!(ended.text().contains(why), "{name}: {}", ended.text());
            assert!(host.versions().is_empty(), "{name}: {:?}", host.versions());
            let left: Vec<_> = fs::read_dir(host.root.path()).unwrap().flatten().collect();
            assert!(left.iter().all(|it| it.file_name() != "evil"), "{name}: {left:?}");
        }
    });
}

#[test]
fn refused_archive_is_removed_if_it_was_brought_for_this_release() {
    under_every_shell(|host| {
        let dir = host.dir();
        let archives = dir.join(".flipside/archives");
        fs::create_dir_all(&archives).unwrap();
        let elsewhere = host.root.path().join("by-hand");
        for (path, stays) in [(archives.join("brought"), false), (elsewhere, true)] {
            fs::write(&path, &release("v1")[..1300]).unwrap();
            let (dir, file, sha) = (dir.to_str().unwrap(), path.to_str().unwrap(), sha256(&path));
            host.run(UNPACK, &[dir, "versions", "v1", file, &sha, "1000000", "100"]).with(66);
            assert_eq!(path.exists(), stays, "{file}");
        }
    });
}

#[test]
fn archive_is_kept_if_a_full_disk_prevents_its_check() {
    under_every_shell(|host| {
        let dir = host.dir();
        let archive = dir.join(".flipside/archives/brought");
        fs::create_dir_all(archive.parent().unwrap()).unwrap();
        fs::write(&archive, release("v1")).unwrap();
        let (dir, file, sha) = (dir.to_str().unwrap(), archive.to_str().unwrap(), sha256(&archive));
        let arguments = [dir, "versions", "v1", file, &sha, "1000000", "100"];
        host.program("tar", "echo 'tar: write error: No space left on device' >&2; exit 2");
        host.run(UNPACK, &arguments).with(73).says("cannot be checked");
        host.program("tar", "exec /usr/bin/tar \"$@\"");
        host.run(UNPACK, &arguments).with(0);
    });
}

#[test]
fn hard_link_to_a_file_outside_is_refused() {
    under_every_shell(|host| {
        let secret = host.root.path().join("secret");
        fs::write(&secret, "s3cret").unwrap();
        let archive = Tar::default()
            .file("shop/ok", "ok")
            .entry(b'1', 0o644, "shop/stolen", secret.to_str().unwrap(), b"")
            .end();
        host.unpack("v1", &archive).with(66).says("was refused");
        assert!(host.versions().is_empty(), "{:?}", host.versions());
    });
}

#[test]
fn archive_bombs_are_cut_off() {
    let zeros = "\0".repeat(400_000);
    let large = Tar::default().file("shop/zeros", &zeros).file("shop/more", &zeros).end();
    let many = (0..40).fold(Tar::default(), |tar, n| tar.file(&format!("shop/{n}"), "")).end();
    under_every_shell(|host| {
        let packed = gzipped(&large);
        assert!(packed.len() < 10_000);
        host.unpack_within("v1", &packed, 500_000, 100).with(66).says("more than 500000 bytes");
        host.unpack_within("v1", &gzipped(&many), 500_000, 30).with(66).says("more than 30 files");
        assert!(host.versions().is_empty());
    });
}

#[test]
fn archive_with_another_checksum_is_not_unpacked() {
    under_every_shell(|host| {
        let path = host.root.path().join("archive");
        fs::write(&path, release("v1")).unwrap();
        let sha = "0".repeat(64);
        let (dir, path) = (host.dir(), path.display().to_string());
        let arguments = [dir.to_str().unwrap(), "versions", "v1", &path, &sha, "1000000", "100"];
        host.run(UNPACK, &arguments).with(76).says("has another sha256");
        assert!(host.versions().is_empty());
    });
}
