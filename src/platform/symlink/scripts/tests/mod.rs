//! The scripts as hosts run them, under each shell that a host may have.

mod fetch;
mod live;
mod receive;
mod slot;
mod unpack;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Script;

/// A shell, and whether busybox's tools stand before the system's.
const KINDS: [(&str, bool); 4] =
    [("dash", false), ("bash", false), ("busybox", true), ("dash", true)];

/// A host in a directory of this machine.
pub struct Host {
    root: tempfile::TempDir,
    shell: &'static str,
}

/// How a script ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    #[track_caller]
    pub fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text().contains(words), "{words:?} is not in: {self:?}");
        self
    }

    pub fn text(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// Runs the test on a fresh host under each shell of this machine, in parallel.
pub fn under_every_shell(test: impl Fn(&Host) + Sync) {
    let kinds: Vec<_> = KINDS.into_iter().filter(|(shell, tools)| is_here(shell, *tools)).collect();
    assert!(!kinds.is_empty(), "this machine has none of the shells");
    std::thread::scope(|scope| {
        for (shell, busybox_tools) in kinds {
            let test = &test;
            scope.spawn(move || {
                eprintln!("under {shell}, busybox tools: {busybox_tools}");
                test(&Host::new(shell, busybox_tools));
            });
        }
    });
}

/// Returns whether this machine has the shell. A missing one is reported, and fails in CI.
fn is_here(shell: &str, busybox_tools: bool) -> bool {
    let has = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let here = has(shell) && (!busybox_tools || has("busybox"));
    if !here {
        eprintln!("*** LEFT OUT: {shell}, busybox tools: {busybox_tools}: not on this machine");
        assert!(std::env::var_os("CI").is_none(), "{shell} is missing in CI");
    }
    here
}

impl Host {
    fn new(shell: &'static str, busybox_tools: bool) -> Self {
        let host = Self { root: tempfile::tempdir().unwrap(), shell };
        for directory in ["srv", "bin", "tools"] {
            fs::create_dir(host.at(directory)).unwrap();
        }
        if busybox_tools {
            let applets = Command::new("busybox").arg("--list").output().unwrap().stdout;
            for applet in String::from_utf8(applets).unwrap().lines() {
                symlink("/usr/bin/busybox", host.at("tools").join(applet)).unwrap();
            }
        }
        host
    }

    /// Returns a path beside the directory of the app.
    pub fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn dir(&self) -> PathBuf {
        self.at("srv")
    }

    /// Returns a path in the directory of the app.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// Writes a file in the directory of the app.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn link(&self, name: &str, to: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        symlink(to, path).unwrap();
    }

    /// Returns the text of a link in the directory of the app.
    pub fn leads(&self, name: &str) -> String {
        fs::read_link(self.path(name)).unwrap().display().to_string()
    }

    /// Puts a program before those of this machine. `$HOST_DIR` is the directory above that of the app.
    pub fn program(&self, name: &str, text: &str) {
        let path = self.at("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn run(&self, script: Script, arguments: &[&str]) -> Ended {
        self.run_with(script, arguments, b"")
    }

    pub fn run_with(&self, script: Script, arguments: &[&str], input: &[u8]) -> Ended {
        let (text, name) = (script.text(), format!("flipside-{}", script.name));
        let own = ["sh", "-c", &text, &name];
        self.run_words(&[&own[..], arguments].concat(), input)
    }

    /// Starts a script as a console does, which may disconnect.
    pub fn start(&self, script: Script, arguments: &[&str]) -> Child {
        let (text, name) = (script.text(), format!("flipside-{}", script.name));
        let own = ["sh", "-c", &text, &name];
        self.start_words(&[&own[..], arguments].concat())
    }

    /// Runs the words of a command, whose first two are `sh -c`, with the shell of this host.
    pub fn run_words(&self, words: &[&str], input: &[u8]) -> Ended {
        let mut child = self.start_words(words);
        // A script that ends early reads nothing.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
        let ended = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ended {
            code: ended.status.code().unwrap_or(-1),
            out: text(ended.stdout),
            err: text(ended.stderr),
        }
    }

    fn start_words(&self, words: &[&str]) -> Child {
        let mut command = Command::new(self.shell);
        if self.shell == "busybox" {
            command.arg("sh");
        }
        let (bin, tools) = (self.at("bin"), self.at("tools"));
        command
            .env("PATH", format!("{}:{}:/usr/bin:/bin", bin.display(), tools.display()))
            .env("HOST_DIR", self.root.path())
            .args(&words[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub fn versions(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("versions")) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub fn sha256(path: &Path) -> String {
    let said = Command::new("sha256sum").arg(path).output().unwrap().stdout;
    String::from_utf8(said).unwrap()[..64].to_owned()
}

/// Serves HTTP for a host: while the file `serves` exists beside the directory of the app, every request is answered by
/// the release that it names. Otherwise connections are closed without an answer. Returns the address.
pub fn serve(host: &Host) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serves = host.at("serves");
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut bytes = [0; 4096];
            let _ = socket.read(&mut bytes);
            let Ok(release) = fs::read_to_string(&serves) else { continue };
            let (status, release) = match release.trim() {
                "broken" => ("500 Broken", "broken"),
                release => ("200 OK", release),
            };
            let head = format!("HTTP/1.1 {status}\r\nX-Release: {release}\r\nX-Color: green\r\n");
            let _ = socket.write_all(
                format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes(),
            );
        }
    });
    address
}

#[test]
fn scripts_name_their_arguments_as_documented() {
    use super::*;
    crate::platform::kit::scripts::tests::assert_named_as_documented(&[
        OBSERVE, FETCH, UPLOAD, UNPACK, CONFIG, HOOK, ADOPT, SLOT, REVIVE, STOP_SLOT, SWING,
        TAKE_UP, PRUNE, DOCTOR,
    ]);
}
