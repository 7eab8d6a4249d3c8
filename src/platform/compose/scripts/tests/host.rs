//! A host in a directory: stand-ins for nginx, docker and sudo, an entry point that answers as the configuration
//! that nginx read last, and a login whose proxy and .curlrc lead nowhere.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::base::checksum::sha256;
use crate::platform::kit::scripts::Script;

/// A shell, and whether the tools of busybox precede those of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShellKind {
    pub shell: &'static str,
    pub busybox_tools: bool,
}

const KINDS: [ShellKind; 4] = [
    ShellKind { shell: "dash", busybox_tools: false },
    ShellKind { shell: "bash", busybox_tools: false },
    ShellKind { shell: "busybox", busybox_tools: true },
    ShellKind { shell: "dash", busybox_tools: true },
];

const NGINX: &str = r#"#!/bin/sh
# A reload reads `live.conf`. Files beside it select what goes wrong.
cd "$HOST_DIR" || exit 9
once() { [ -f "$1" ] && rm "$1"; }
case $1 in
-t)
    if once hangs-at-test; then sleep 60; fi
    if [ -f refuses-at-length ]; then head -c 100000 /dev/zero | tr '\0' x; exit 1; fi
    if [ -f refuses ] || { [ -f refuses-green ] && grep -q 8002 live.conf; }; then
        echo "nginx: [emerg] it is refused in this test" >&2
        exit 1
    fi
    ;;
-s)
    if once hangs-at-reload; then sleep 60; fi
    if [ -f reloads-nothing ]; then exit 0; fi
    if [ -f fails-to-reload ]; then echo "nginx: [error] no such process" >&2; exit 1; fi
    if [ -f reloads-once ] && once reloads-once; then touch fails-to-reload; fi
    cp live.conf loaded.new && mv loaded.new loaded
    ;;
-T) printf '# configuration file live.conf:\n'; cat live.conf ;;
esac
"#;

const DOCKER: &str = r#"#!/bin/sh
case $* in *@*) echo "$*" >>"$HOST_DIR/by-digest" ;; esac
case "$1 $2" in
'login '*) read -r password; echo "$password" >"$DOCKER_CONFIG/config.json" ;;
'pull '*) if [ -f "$HOST_DIR/pull-hangs" ]; then touch "$HOST_DIR/pulls"; sleep 60; fi ;;
'container inspect') cat "$HOST_DIR/container" 2>/dev/null ;;
'rm '*) rm "$HOST_DIR/container" && echo "$*" >>"$HOST_DIR/removed" ;;
'image inspect') case $* in *@*) [ ! -f "$HOST_DIR/is-away" ] || exit 1 ;; esac; echo "shop@sha256:abc" ;;
'image rm') echo "Error response from daemon: conflict: it is in use" >&2; exit 1 ;;
'compose '*)
    case "$*" in
    *' config -q'*) [ ! -f "$HOST_DIR/invalid" ] ;;
    *' up '*)
        [ ! -f "$HOST_DIR/compose-fails" ] || exit 17
        echo "Container shop-djobs-1 Started"
        ;;
    esac
    ;;
'ps '*) echo c0ffee ;;
esac
"#;

/// Answers requests of scripts to the engine. All other requests go to the curl of this machine.
const CURL: &str = r#"#!/bin/sh
case "$*" in
'-q -s -f -m 3 --unix-socket '*) ;;
*) PATH=${PATH#*:} exec curl "$@" ;;
esac
state=running restarts=0 made=2026-01-01T00:00:00Z
[ ! -f "$HOST_DIR/jobs-exit" ] || state=exited
[ ! -f "$HOST_DIR/jobs-restart" ] || restarts=2
[ ! -f "$HOST_DIR/jobs-new" ] || made=2999-01-01T00:00:00Z
case "$*" in
*status*) echo '[]' ;;
*/containers/json*) printf '[{"Id":"%064d"}]\n' 1 ;;
*)
    printf '{"Created":"%s","State":{"Status":"%s"},"RestartCount":%s,' "$made" "$state" "$restarts"
    printf '"Config":{"Labels":{"com.docker.compose.service":"djobs"}}}\n'
    ;;
esac
"#;

/// With a file `sudo-refuses-WORD`, commands that begin with this word are refused.
const SUDO: &str = r#"#!/bin/sh
[ "$1" != -n ] || shift
if [ -f "$HOST_DIR/sudo-refuses-$1" ]; then echo "sudo: a password is required" >&2; exit 1; fi
exec "$@"
"#;

/// The tests may run as root, who needs no sudo; so the scripts see another user.
const ID: &str = "#!/bin/sh\ncase $1 in -u) echo 1000 ;; -g) echo 1000 ;; *) echo deploy ;; esac\n";

pub struct ScriptHost {
    pub kind: ShellKind,
    root: tempfile::TempDir,
    pub url: String,
    pub over: Arc<AtomicBool>,
}

#[derive(Debug)]
pub struct ScriptExit {
    pub code: i32,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

/// Runs a test on a fresh host under each shell, in parallel.
pub fn under_every_shell(test: impl Fn(&ScriptHost) + Sync) {
    let kinds: Vec<ShellKind> = KINDS.into_iter().filter(is_here).collect();
    assert!(!kinds.is_empty(), "this machine has none of the shells");
    std::thread::scope(|scope| {
        for kind in kinds {
            let test = &test;
            scope.spawn(move || {
                eprintln!("under {kind:?}");
                test(&ScriptHost::new(kind));
            });
        }
    });
}

/// Returns whether this machine has the shell. A missing one is reported, and fails in CI.
fn is_here(kind: &ShellKind) -> bool {
    let has = |program: &str| which(program).is_some();
    let here = has(kind.shell) && (!kind.busybox_tools || has("busybox"));
    if !here {
        eprintln!("*** LEFT OUT: {kind:?} is not on this machine; install {}", kind.shell);
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{kind:?} is missing");
    }
    here
}

fn which(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

impl ScriptHost {
    fn new(kind: ShellKind) -> Self {
        let root = tempfile::tempdir().unwrap();
        let bin = root.path().join("bin");
        fs::create_dir_all(&bin).unwrap();
        let plugins = "home/.docker/cli-plugins";
        for name in ["srv/.flipside", plugins, "run", "tmp", "applets", "site"] {
            fs::create_dir_all(root.path().join(name)).unwrap();
        }
        // The Compose of this machine must not be used.
        let compose = format!("../{plugins}/docker-compose");
        for (name, text) in [
            ("nginx", NGINX),
            ("docker", DOCKER),
            ("sudo", SUDO),
            ("id", ID),
            ("curl", CURL),
            (&compose, "#!/bin/sh\nexec docker compose \"$@\"\n"),
        ] {
            fs::write(bin.join(name), text).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        symlink(which(kind.shell).unwrap(), root.path().join("applets/sh")).unwrap();
        if kind.busybox_tools {
            let busybox = which("busybox").unwrap();
            let list = Command::new(&busybox).arg("--list").output().unwrap();
            for applet in String::from_utf8(list.stdout).unwrap().lines() {
                let _ = symlink(&busybox, root.path().join("applets").join(applet));
            }
        }
        fs::write(root.path().join("home/.curlrc"), "proxy = \"http://127.0.0.1:9\"\n").unwrap();
        fs::write(root.path().join("live.conf"), include("blue")).unwrap();
        fs::write(root.path().join("loaded"), include("blue")).unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let url = serve(root.path().to_owned(), over.clone());
        Self { kind, root, url, over }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Returns the path as an argument of a script.
    pub fn at(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Returns the arguments of `observe.sh` for this host, without an engine. For the live and the passive entry
    /// point: URL, host, where to connect to, and the authorities.
    pub fn observing(&self, nginx: &str, [live, passive]: [[&str; 4]; 2]) -> Vec<String> {
        let (dir, include, socket) = (self.at("srv"), self.at("live.conf"), self.at("docker.sock"));
        let host = ["app", &dir, "shop", "registry.test/shop", &socket, nginx];
        let files = [&include, &include, "shop_live", "shop_passive", "/nowhere/nginx.pid"];
        let asked = [live[0], live[1], passive[0], passive[1], ""];
        let tls = [live[2], passive[2], live[3], passive[3]];
        let words = host.iter().chain(&files).chain(&asked).chain(&tls);
        words.map(|word| (*word).to_owned()).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// Creates an empty file, which selects a behavior of a stand-in.
    pub fn put(&self, name: &str) {
        fs::write(self.path(name), "").unwrap();
    }

    /// Returns temporary files of scripts that were not removed.
    pub fn leftovers(&self) -> Vec<String> {
        let mut found = Vec::new();
        for directory in ["", "srv", "srv/.flipside", "run", "tmp", "site"] {
            for entry in fs::read_dir(self.path(directory)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let made = [
                    ".flipside-new",
                    ".flipside-old",
                    ".flipside-output",
                    "output.",
                    "flipside-login",
                    "flipside-ca",
                    "flipside-doctor",
                    ".flipside-why",
                ];
                if made.iter().any(|made| name.starts_with(made))
                    || name.rsplit('.').next() == Some("new")
                {
                    found.push(format!("{directory}/{name}"));
                }
            }
        }
        found
    }

    pub fn start(&self, script: Script, arguments: &[&str]) -> Child {
        let applets =
            if self.kind.busybox_tools { self.at("applets") + ":" } else { String::new() };
        let path = format!("{}:{applets}{}", self.at("bin"), std::env::var("PATH").unwrap());
        Command::new(self.path("applets/sh"))
            .args(["-c", &script.text(), &format!("flipside-{}", script.name)])
            .args(arguments)
            .env_clear()
            .env("PATH", path)
            .env("HOST_DIR", self.root.path())
            .env("DOCKER_HOST", format!("unix://{}", self.at("docker.sock")))
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("http_proxy", "http://127.0.0.1:9")
            .env("all_proxy", "http://127.0.0.1:9")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub fn run(&self, script: Script, arguments: &[&str], stdin: &str) -> ScriptExit {
        ended(self.start(script, arguments), stdin)
    }
}

impl Drop for ScriptHost {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl ScriptExit {
    #[track_caller]
    pub fn with(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.out.contains(words) || self.err.contains(words), "{words}: {self:#?}");
        self
    }
}

pub fn ended(mut child: Child, stdin: &str) -> ScriptExit {
    let began = Instant::now();
    // It is no error if a script does not read its input.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    ScriptExit {
        code: output.status.code().unwrap_or_else(|| -output.status.signal().unwrap_or(0)),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: began.elapsed(),
    }
}

/// Sends a signal to the process group of a script, as sshd does.
pub fn signal(child: &Child, signal: &str) {
    let group = format!("-{}", child.id());
    let sent = Command::new("kill").args(["-s", signal, "--", &group]).status().unwrap();
    assert!(sent.success());
}

pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "timed out waiting for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn include(color: &str) -> String {
    let port = if color == "blue" { 8001 } else { 8002 };
    format!("upstream shop_live {{\n    server 127.0.0.1:{port} max_fails=0;\n}}\n")
}

pub fn sum(text: &str) -> String {
    sha256(text)
}

/// Serves the entry point and, under `/health`, the colors, in a thread that ends with its host.
fn serve(root: PathBuf, over: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            match listener.accept() {
                Ok((stream, _)) => {
                    let (root, over) = (root.clone(), over.clone());
                    stream.set_nonblocking(false).unwrap();
                    std::thread::spawn(move || answer(stream, &root, &over));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    });
    url
}

pub fn answer(mut stream: impl Read + Write, root: &Path, over: &AtomicBool) {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while !text.contains("\r\n\r\n") {
        let Ok(count @ 1..) = stream.read(&mut buffer) else { return };
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    let loaded = fs::read_to_string(root.join("loaded")).unwrap_or_default();
    let color = if loaded.contains("8002") { "green" } else { "blue" };
    if !text.contains(" /health ") && root.join(format!("{color}-hangs")).exists() {
        while !over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
        }
        return;
    }
    let asks_directly = text.contains(" /health ");
    let sick = (asks_directly && root.join("sick").exists())
        || (!asks_directly && root.join(format!("{color}-is-down")).exists());
    let status = if sick { "503 Service Unavailable" } else { "200 OK" };
    let _ = stream.write_all(
        format!("HTTP/1.1 {status}\r\nX-Color: {color}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok").as_bytes(),
    );
}
