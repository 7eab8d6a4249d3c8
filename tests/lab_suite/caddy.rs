//! An app behind a real API: the admin API of a Caddy server, whose configuration is what users get. It needs no lab host.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::left_out::left_out;

/// Every release is a server of its own behind a socket; `live` and `passive` lead to one each.
const INVENTORY: &str = r#"
version: 1
environments: {test: {targets: {caddy: {url: "http://ADMIN/config/apps/http", roles: [app]}}}}
apps:
  shop:
    platform: http
    may_lose_requests: true
    observe:
      path: /servers
      live: /live/routes/0/handle/0/response/set/X-Release/0
      previous: /live/routes/0/handle/0/response/set/X-Previous/0
      last_phase: /live/routes/0/handle/0/response/set/X-Phase/0
      passive: /passive/routes/0/handle/0/response/set/X-Release/0
      verified: /passive/routes/0/handle/0/response/set/X-Verified/0
    prepare:
      - name: start
        method: POST
        path: "/servers/{release}"
        replay: safe
        json: '{"listen": ["unix/DIR/{release}.sock"], "automatic_https": {"disable": true}, "routes": [{"handle": [{"handler": "static_response", "body": "shop {release}"}]}]}'
      - name: show
        method: POST
        path: /servers/passive
        replay: safe
        json: '{"listen": ["PASSIVE"], "automatic_https": {"disable": true}, "routes": [{"handle": [{"handler": "headers", "response": {"set": {"X-Release": ["{release}"]}}}, {"handler": "reverse_proxy", "upstreams": [{"dial": "unix/DIR/{release}.sock"}]}]}]}'
        poll: {path: "http://PASSIVE/", contains: "shop {release}", every: 1s, deadline: 20s}
    verify:
      - {name: smoke, path: "http://PASSIVE/", contains: "shop {release}", expect_headers: {X-Release: "{release}"}}
      - {name: sign off, method: POST, path: /servers/passive/routes/0/handle/0/response/set/X-Verified, replay: safe, json: '["{release}"]'}
    go_live:
      - {name: switch, method: PATCH, path: /servers/live/routes/0/handle, if_match: {path: /servers, expect: {/live/routes/0/handle/0/response/set/X-Release/0: "{previous}"}}, json: 'SWITCH go-live'}
    rollback:
      - {name: switch back, method: PATCH, path: /servers/live/routes/0/handle, json: 'SWITCH rollback'}
    abandon:
      - {name: hide, method: DELETE, path: /servers/passive}
      - {name: stop, method: DELETE, path: "/servers/{release}"}
"#;

const SWITCH: &str = r#"[{"handler": "headers", "response": {"set": {"X-Release": ["{release}"], "X-Previous": ["{previous}"], "X-Phase": ["PHASE"]}}}, {"handler": "reverse_proxy", "upstreams": [{"dial": "unix/DIR/{release}.sock"}]}]"#;

const CONFIG: &str = r#"{"admin": {"listen": "ADMIN", "config": {"persist": false}}, "apps": {"http": {"servers": {
  "live": {"listen": ["LIVE"], "automatic_https": {"disable": true}, "routes": [{"handle": [
    {"handler": "headers", "response": {"set": {"X-Release": ["v1"]}}},
    {"handler": "reverse_proxy", "upstreams": [{"dial": "unix/DIR/v1.sock"}]}]}]},
  "v1": {"listen": ["unix/DIR/v1.sock"], "automatic_https": {"disable": true},
    "routes": [{"handle": [{"handler": "static_response", "body": "shop v1"}]}]}}}}}"#;

struct Caddy {
    home: TempDir,
    server: Child,
    live: String,
}

impl Caddy {
    /// `None`: it is not installed.
    fn start() -> Option<Self> {
        if Command::new("caddy").arg("version").output().is_err() {
            left_out("an app behind a real API: `caddy` is not installed");
            return None;
        }
        let home = TempDir::new().unwrap();
        let [admin, live, passive] = [(); 3].map(|()| free());
        let fill = |text: &str| {
            let text = text.replace("SWITCH go-live", &SWITCH.replace("PHASE", "go-live"));
            let text = text.replace("SWITCH rollback", &SWITCH.replace("PHASE", "rollback"));
            let text = text.replace("ADMIN", &admin).replace("LIVE", &live);
            let text = text.replace("PASSIVE", &passive);
            text.replace("DIR", home.path().to_str().unwrap())
        };
        std::fs::write(home.path().join("inventory.yaml"), fill(INVENTORY)).unwrap();
        std::fs::write(home.path().join("caddy.json"), fill(CONFIG)).unwrap();
        let server = Command::new("caddy")
            .args(["run", "--config"])
            .arg(home.path().join("caddy.json"))
            .env("HOME", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let caddy = Self { home, server, live };
        let until = Instant::now() + Duration::from_secs(20);
        while get(&caddy.live).as_deref() != Some("shop v1") {
            assert!(Instant::now() < until, "Caddy does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(caddy)
    }

    fn flipside(&self, arguments: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flipside"));
        command.arg("--inventory").arg(self.home.path().join("inventory.yaml"));
        command.args(arguments.split(' '));
        command.env("HOME", self.home.path());
        command.env("XDG_STATE_HOME", self.home.path().join("state")).output().unwrap()
    }

    #[track_caller]
    fn does(&self, arguments: &str) -> String {
        let output = self.flipside(arguments);
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments}: {words}{errors}");
        words
    }

    #[track_caller]
    fn users_get(&self, release: &str) {
        assert_eq!(get(&self.live), Some(format!("shop {release}")));
    }
}

impl Drop for Caddy {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// An address of this machine that nothing listens on.
fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Returns the body of a right answer.
fn get(address: &str) -> Option<String> {
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}

/// Users who ask again and again.
struct Users {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

impl Users {
    fn of(address: &str) -> Self {
        let (stop, answered, lost) = (Arc::default(), Arc::default(), Arc::default());
        let mut users = Self { stop, answered, lost, threads: Vec::new() };
        for _ in 0..3 {
            let (stop, address) = (Arc::clone(&users.stop), address.to_owned());
            let (answered, lost) = (Arc::clone(&users.answered), Arc::clone(&users.lost));
            users.threads.push(std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let of = if get(&address).is_some() { &answered } else { &lost };
                    of.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(2));
                }
            }));
        }
        users
    }

    /// Returns how many requests were answered, and how many were lost.
    fn leave(self) -> (usize, usize) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        (self.answered.load(Ordering::Relaxed), self.lost.load(Ordering::Relaxed))
    }
}

#[test]
fn release_goes_out_and_back_through_the_api_of_a_real_server() {
    let Some(caddy) = Caddy::start() else { return };
    let users = Users::of(&caddy.live);
    caddy.does("prepare --release v2");
    caddy.users_get("v1");
    let status = caddy.does("status");
    assert!(status.contains("L live v1") && status.contains("P passive v2"), "{status}");
    caddy.does("verify --sign-off");
    let plan = caddy.does("plan go-live");
    assert!(plan.contains("switch: PATCH http://"), "{plan}");
    assert!(plan.contains("users may lose requests while they are switched"), "{plan}");
    caddy.does("go-live");
    caddy.users_get("v2");
    caddy.does("go-live");
    caddy.does("rollback");
    caddy.users_get("v1");
    caddy.does("rollback");
    caddy.users_get("v1");
    caddy.does("abandon");
    let status = caddy.does("status");
    assert!(!status.contains("v2"), "{status}");
    let (answered, lost) = users.leave();
    assert!(answered > 100, "only {answered} requests");
    // Caddy 2.6 closes connections that it accepts while it reads a new configuration: 1 to 5 of 1,300 here.
    assert!(lost * 50 < answered, "{lost} lost, {answered} answered");
}

#[test]
fn server_that_is_gone_is_not_taken_for_one_without_a_release() {
    let Some(mut caddy) = Caddy::start() else { return };
    caddy.does("prepare --release v2");
    caddy.server.kill().unwrap();
    caddy.server.wait().unwrap();
    assert_eq!(caddy.flipside("status").status.code(), Some(3), "unknown");
    let refused = caddy.flipside("go-live");
    let why = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert_eq!(refused.status.code(), Some(5), "{why}");
    assert!(why.contains("caddy could not be observed"), "{why}");
}

/// Two consoles without a lock switch at the same moment, each to a release of its own.
#[test]
fn of_two_operators_at_once_exactly_one_switches_and_the_other_is_told_why() {
    let Some(caddy) = Caddy::start() else { return };
    for round in 0..6 {
        let releases = [format!("a{round}"), format!("b{round}")];
        let before = get(&caddy.live).unwrap();
        // Only one can be prepared: the passive side shows it, and the other is started beside it.
        caddy.does(&format!("prepare --release {}", releases[0]));
        let plan = caddy.does("plan go-live");
        assert!(plan.contains("if nobody changed it"), "{plan}");
        let both = std::thread::scope(|scope| {
            let go =
                || scope.spawn(|| caddy.flipside(&format!("go-live --release {}", releases[0])));
            [go(), go()].map(|run| run.join().unwrap())
        });
        let words: Vec<String> = both
            .iter()
            .map(|run| {
                let (out, err) = (&run.stdout, &run.stderr);
                format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
            })
            .collect();
        let switched = words.iter().filter(|words| words.contains("answered 200")).count();
        caddy.users_get(&releases[0]);
        assert_ne!(get(&caddy.live).unwrap(), before);
        assert!(switched <= 1, "{words:#?}");
        for (run, words) in both.iter().zip(&words) {
            let told = words.contains("somebody else changed it");
            assert!(run.status.success() || told, "{words}");
        }
    }
}
