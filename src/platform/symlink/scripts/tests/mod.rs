//! The scripts as hosts run them, under each shell that a host may have.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{FETCH, HOOK, PRUNE, SWING, Script, UNPACK};

/// A shell, and whether busybox's tools stand before the system's.
const KINDS: [(&str, bool); 4] =
    [("dash", false), ("bash", false), ("busybox", true), ("dash", true)];

struct Host {
    root: tempfile::TempDir,
    shell: &'static str,
    busybox_tools: bool,
}

#[derive(Debug)]
struct Ended {
    code: i32,
    text: String,
}

impl Ended {
    #[track_caller]
    fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.text);
        self
    }

    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.text.contains(words), "{:?} is not in: {}", words, self.text);
        self
    }
}

/// Runs the test on a fresh host under each shell of this machine.
fn under_every_shell(test: impl Fn(&Host)) {
    let has = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let mut tried = 0;
    for (shell, busybox_tools) in KINDS {
        if !has(shell) || (busybox_tools && !has("busybox")) {
            eprintln!("LEFT OUT: {shell} with busybox tools: {busybox_tools}: not on this machine");
            assert!(std::env::var_os("CI").is_none(), "{shell} is missing in CI");
            continue;
        }
        tried += 1;
        eprintln!("under {shell}, busybox tools: {busybox_tools}");
        let host = Host { root: tempfile::tempdir().unwrap(), shell, busybox_tools };
        fs::create_dir_all(host.dir()).unwrap();
        if busybox_tools {
            let tools = host.root.path().join("tools");
            fs::create_dir(&tools).unwrap();
            let applets = Command::new("busybox").arg("--list").output().unwrap().stdout;
            for applet in String::from_utf8(applets).unwrap().lines() {
                let busybox = "/usr/bin/busybox";
                symlink(busybox, tools.join(applet)).unwrap();
            }
        }
        test(&host);
    }
    assert!(tried > 0, "this machine has none of the shells");
}

impl Host {
    fn dir(&self) -> PathBuf {
        self.root.path().join("srv")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    fn run(&self, script: Script, arguments: &[&str]) -> Ended {
        self.run_with(script, arguments, "")
    }

    fn run_with(&self, script: Script, arguments: &[&str], input: &str) -> Ended {
        let mut command = Command::new(self.shell);
        if self.shell == "busybox" {
            command.arg("sh");
        }
        if self.busybox_tools {
            let tools = self.root.path().join("tools");
            command.env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
        }
        let ended = command
            .args(["-c", script.text, &format!("flipside-{}", script.name)])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .and_then(|mut child| {
                use std::io::Write;
                // A script that ends early reads nothing.
                let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
                child.wait_with_output()
            })
            .unwrap();
        let text = [ended.stdout, ended.stderr].concat();
        Ended {
            code: ended.status.code().unwrap_or(-1),
            text: String::from_utf8_lossy(&text).into(),
        }
    }

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

    fn swing(&self, version: &str, from: &str) -> Ended {
        let dir = self.dir();
        let change = format!(r#"{{"tag":"{version}"}}"#);
        let dir = dir.to_str().unwrap();
        self.run(SWING, &[dir, "live", "versions", version, from, &change, "", "{}"])
    }

    fn hook(&self, version: &str, seconds: &str, command: &[&str]) -> Ended {
        let dir = self.dir();
        let fixed = [dir.to_str().unwrap(), "versions", version, "deployed", seconds, "run-1"];
        self.run(HOOK, &[&fixed[..], command].concat())
    }

    fn versions(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("versions")) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn sha256(path: &Path) -> String {
    let said = Command::new("sha256sum").arg(path).output().unwrap().stdout;
    String::from_utf8(said).unwrap()[..64].to_owned()
}

/// A tar archive, entry by entry: what hostile ones hold, no tool would write.
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
            assert!(ended.code == 66, "{name}: {} {}", ended.code, ended.text);
            assert!(ended.text.contains(why), "{name}: {}", ended.text);
            assert!(host.versions().is_empty(), "{name}: {:?}", host.versions());
            let left: Vec<_> = fs::read_dir(host.root.path()).unwrap().flatten().collect();
            assert!(left.iter().all(|it| it.file_name() != "evil"), "{name}: {left:?}");
        }
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

#[test]
fn link_swings_from_the_version_that_was_observed() {
    under_every_shell(|host| {
        for version in ["v1", "v2", "v3"] {
            fs::create_dir_all(host.path(&format!("versions/{version}"))).unwrap();
        }
        let live = || fs::read_link(host.path("live")).unwrap();
        host.swing("v1", "").with(0).says("live names v1");
        assert_eq!(live(), Path::new("versions/v1"));
        host.swing("v2", "v1").with(0);
        assert_eq!(live(), Path::new("versions/v2"));
        assert_eq!(fs::read_to_string(host.path(".flipside/live-version")).unwrap(), "v2\n");
        assert!(fs::read_to_string(host.path(".flipside/change")).unwrap().contains("v2"));
        assert!(!host.path(".flipside/switching").exists());
        assert!(fs::read_dir(host.path("versions/v1")).unwrap().next().is_none(), "not moved into");
        host.swing("v3", "v1").with(44).says("not v1 as it was observed");
        assert_eq!(live(), Path::new("versions/v2"));
        host.swing("v4", "v2").with(40).says("is not there");
        // Repeated: the link is there, and what is recorded is made so.
        host.swing("v2", "v1").with(0).says("recorded: v2");
        fs::remove_file(host.path("live")).unwrap();
        fs::create_dir(host.path("live")).unwrap();
        host.swing("v3", "v2").with(44).says("is no link");
    });
}

#[test]
fn hook_runs_in_its_release_and_its_exit_code_is_the_answer() {
    under_every_shell(|host| {
        fs::create_dir_all(host.path("versions/v2")).unwrap();
        fs::create_dir_all(host.path(".flipside")).unwrap();
        fs::write(host.path(".flipside/live-version"), "v1\n").unwrap();
        let show = "echo $RELEASE after $PREVIOUS_RELEASE in $PWD";
        let there = host.path("versions/v2").canonicalize().unwrap();
        host.hook("v2", "20", &["sh", "-c", show])
            .with(0)
            .says(&format!("v2 after v1 in {}", there.display()));
        let record = host.path(".flipside/hooks/v2.deployed");
        assert_eq!(fs::read_to_string(&record).unwrap(), "ended 0 run-1\n");
        host.hook("v2", "20", &["sh", "-c", "echo broken >&2; exit 7"]).with(7).says("broken");
        assert_eq!(fs::read_to_string(&record).unwrap(), "ended 7 run-1\n");
        host.hook("v9", "20", &["true"]).with(40).says("did not run");
    });
}

#[test]
fn hook_without_an_end_is_stopped_with_all_that_it_started() {
    under_every_shell(|host| {
        fs::create_dir_all(host.path("versions/v2")).unwrap();
        let forever = "sleep 300 & echo $! >child; sleep 300";
        host.hook("v2", "2", &["sh", "-c", forever]).with(124).says("was stopped");
        let child = fs::read_to_string(host.path("versions/v2/child")).unwrap();
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
        let gone = stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z "));
        assert!(gone, "what the hook started still runs");
    });
}

/// A web server that serves one archive, with or without ranges, and cuts the first answers off.
struct Web {
    port: u16,
    asked: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Web {
    fn start(archive: Vec<u8>, ranges: bool, cuts: usize) -> Self {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for (count, socket) in listener.incoming().enumerate() {
                let mut socket = socket.unwrap();
                let mut bytes = [0; 4096];
                let read = socket.read(&mut bytes).unwrap_or(0);
                let request = String::from_utf8_lossy(&bytes[..read]).into_owned();
                log.lock().unwrap().push(request.clone());
                let from = request.to_lowercase().lines().find_map(|line| {
                    line.strip_prefix("range: bytes=")?.trim_end_matches('-').parse::<usize>().ok()
                });
                let from = from.filter(|_| ranges);
                let body = &archive[from.unwrap_or(0).min(archive.len())..];
                let head = match from {
                    Some(from) => format!(
                        "206 Partial Content\r\ncontent-range: bytes {from}-{}/{}",
                        archive.len() - 1,
                        archive.len()
                    ),
                    None if request.starts_with("GET /gone") => "404 Not Found".to_owned(),
                    None => "200 OK".to_owned(),
                };
                let sent = if count < cuts { &body[..body.len() / 2] } else { body };
                let length = body.len();
                let _ = write!(
                    socket,
                    "HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                let _ = socket.write_all(sent);
            }
        });
        Self { port, asked }
    }
}

impl Host {
    fn fetch(&self, sha: &str, url: &str, config: &str) -> Ended {
        let dir = self.dir();
        self.run_with(FETCH, &[dir.to_str().unwrap(), "v1", sha, url], config)
    }
}

fn noise() -> (Vec<u8>, String) {
    let bytes: Vec<u8> =
        (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noise");
    fs::write(&path, &bytes).unwrap();
    let sha = sha256(&path);
    (bytes, sha)
}

#[test]
fn archive_that_broke_off_is_continued() {
    let (bytes, sha) = noise();
    under_every_shell(|host| {
        for ranges in [true, false] {
            let web = Web::start(bytes.clone(), ranges, 1);
            let url = format!("http://127.0.0.1:{}/shop.tar", web.port);
            host.fetch(&sha, &url, "").with(67).says("cannot be fetched");
            host.fetch(&sha, &url, "").with(0).says("fetched the archive of v1: 200000 bytes");
            host.fetch(&sha, &url, "").with(0).says("is here");
            let asked = web.asked.lock().unwrap().clone();
            assert!(asked[1].to_lowercase().contains("range: bytes=100000-"), "{asked:?}");
            assert_eq!(asked.len(), if ranges { 2 } else { 3 }, "{asked:?}");
            fs::remove_dir_all(host.path(".flipside/archives")).unwrap();
        }
    });
}

#[test]
fn archive_with_another_checksum_is_removed_and_an_error_is_said() {
    let (bytes, sha) = noise();
    under_every_shell(|host| {
        let web = Web::start(bytes.clone(), true, 0);
        let url = |path: &str| format!("http://127.0.0.1:{}/{path}", web.port);
        let wrong = "0".repeat(64);
        host.fetch(&wrong, &url("shop.tar"), "").with(76).says(&format!("has the sha256 {sha}"));
        host.fetch(&sha, &url("gone"), "").with(67).says("the server answered 404");
        let archives = fs::read_dir(host.path(".flipside/archives")).unwrap();
        assert!(archives.flatten().all(|it| !it.file_name().to_string_lossy().starts_with("000")));
        let secret =
            format!("url = \"{}\"\nheader = \"Authorization: Bearer s3cret\"\n", url("shop.tar"));
        host.fetch(&sha, "-", &secret).with(0);
        let asked = web.asked.lock().unwrap().clone();
        assert!(asked.last().unwrap().contains("Authorization: Bearer s3cret"), "{asked:?}");
    });
}

#[test]
fn version_in_use_is_never_removed() {
    under_every_shell(|host| {
        for version in ["v1", "v2", "v3", "v4"] {
            fs::create_dir_all(host.path(&format!("versions/{version}"))).unwrap();
        }
        fs::create_dir_all(host.path(".flipside/slots")).unwrap();
        symlink("versions/v3", host.path("live")).unwrap();
        symlink("../../versions/v2", host.path(".flipside/slots/blue")).unwrap();
        let dir = host.dir();
        let fixed = [dir.to_str().unwrap(), "versions", "live"];
        let prune = |versions: &[&str]| host.run(PRUNE, &[&fixed[..], versions].concat());
        prune(&["v1", "v2", "v3"]).with(69).says("v3 is live and stays").says("is what blue runs");
        assert_eq!(host.versions(), ["v2", "v3", "v4"]);
        prune(&["v4", "v9"]).with(0);
        prune(&[".."]).with(69).says("is no version");
        assert_eq!(host.versions(), ["v2", "v3"]);
    });
}
