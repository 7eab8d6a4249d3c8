//! Setup and doctor against real hosts: the lab of `tests/lab`, under the name and net of the
//! variables `FLIPSIDE_LAB_NAME` and `FLIPSIDE_LAB_NET`. It is only run where `FLIPSIDE_LAB` is set.

// A test tells what is wrong by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::explicit_write)] // what was left out is written past the harness, which would keep it to itself

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// There is one lab: the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

struct Lab {
    home: TempDir,
    _turn: MutexGuard<'static, ()>,
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn script(name: &str, arguments: &[&str]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab").join(name);
    let output = Command::new(path).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{name} {arguments:?}: {}", text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Lab {
    /// The lab with web1 bare and web2 serving blue v1.
    fn fresh() -> Option<Self> {
        if std::env::var_os("FLIPSIDE_LAB").is_none() {
            // Written past the harness, which would keep it to itself.
            let told = "LEFT OUT: setup and doctor on the lab; `tests/run lab` runs them";
            writeln!(std::io::stderr(), "{told}").unwrap();
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        script("lab", &["up", "web1", "web2"]);
        script("lab", &["reset", "--bare", "web1"]);
        script("lab", &["reset", "web2"]);
        let home = TempDir::new().unwrap();
        fs::write(home.path().join("inventory.yaml"), script("inventory", &[])).unwrap();
        Some(Self { home, _turn: turn })
    }

    /// Runs `flipside`, insists on its exit code, and gives what it told.
    fn says(&self, words: &str, code: i32) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_flipside"))
            .args(words.split(' '))
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path())
            .env("FLIPSIDE_INVENTORY", self.home.path().join("inventory.yaml"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = text(&output);
        assert_eq!(output.status.code(), Some(code), "flipside {words}:\n{told}");
        told
    }
}

/// A command as root inside a host, past ssh.
fn on(host: &str, command: &str) -> String {
    script("lab", &["exec", host, "sh", "-ec", command])
}

fn holds(told: &str, words: &[&str]) {
    for word in words {
        assert!(told.contains(word), "{word:?} is not in:\n{told}");
    }
}

#[test]
fn a_bare_server_serves_after_an_administrator_ran_what_was_told() {
    let Some(lab) = Lab::fresh() else { return };
    holds(
        &lab.says("prepare --only web1 --release v1", 5),
        &["/srv/shop is not there", "`flipside setup web1 --release TAG`"],
    );
    let told = lab.says("setup web1 --release v1", 5);
    let untouched = on("web1", "test ! -e /srv/shop && test ! -e /etc/nginx/flipside && echo yes");
    assert_eq!(untouched.trim(), "yes", "a refused setup leaves nothing");
    let commands: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert!(!commands.is_empty(), "{told}");
    on("web1", &commands.join("\n"));
    holds(&lab.says("setup web1 --release v1", 0), &["v1 migrations: done", "✔ done"]);
    let page = on("web1", "curl -si http://127.0.0.1/");
    holds(&page, &["X-Release: v1", "X-Flipside-Color: blue"]);
    holds(&lab.says("setup web1 --release v1", 0), &["nothing is left to do"]);
    // From here on it is a server like any other.
    holds(&lab.says("prepare --only web1 --release v2", 0), &["✔ done"]);
    holds(&lab.says("go-live --only web1", 0), &["✔ done"]);
    holds(&on("web1", "curl -si http://127.0.0.1/"), &["X-Release: v2"]);
}

#[test]
fn with_sudo_no_administrator_is_needed() {
    let Some(lab) = Lab::fresh() else { return };
    let rule = "echo 'deploy ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/all";
    on("web1", rule);
    lab.says("setup web1 --release v1", 0);
    on("web1", "rm /etc/sudoers.d/all");
    holds(&on("web1", "curl -si http://127.0.0.1/"), &["X-Flipside-Color: blue"]);
    holds(&lab.says("setup web1", 0), &["nothing is left to do"]);
}

#[test]
fn what_nginx_does_not_serve_in_the_end_is_put_back() {
    let Some(lab) = Lab::fresh() else { return };
    on("web1", "echo 'deploy ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/all");
    // The passive side's port is somebody else's: nginx takes the file, and never listens there.
    script(
        "lab",
        &[
            "exec",
            "web1",
            "sh",
            "-c",
            "setsid /usr/local/lab/shop hold 0.0.0.0:8080 </dev/null >/dev/null 2>&1 & echo $! >/run/hold",
        ],
    );
    let inventory = lab.home.path().join("inventory.yaml");
    let text = fs::read_to_string(&inventory).unwrap();
    fs::write(&inventory, text.replace("start: 40s", "start: 40s\n      switch: 4s")).unwrap();
    holds(&lab.says("setup web1 --release v1", 1), &["all was put back"]);
    let left = on("web1", "ls /etc/nginx/flipside /etc/nginx/conf.d /etc/nginx/sites-enabled");
    assert!(!left.contains("shop.site") && !left.contains("flipside.conf"), "{left}");
    assert!(left.contains("default"), "{left}");
    on("web1", "kill $(cat /run/hold); curl -sf -o /dev/null http://127.0.0.1/");
    holds(&lab.says("setup web1 --release v1", 0), &["✔ done"]);
    on("web1", "rm /etc/sudoers.d/all");
}

#[test]
fn a_server_that_serves_is_taken_as_it_is() {
    let Some(lab) = Lab::fresh() else { return };
    holds(&lab.says("setup web2", 0), &["nothing is left to do"]);
    on("web2", "rm /srv/shop/live-color");
    let told = lab.says("setup web2 --release v2", 0);
    holds(&told, &["setup moves nobody", "▶ record that users reach blue"]);
    assert_eq!(told.matches('▶').count(), 1, "{told}");
    assert_eq!(on("web2", "cat /srv/shop/live-color").trim(), "blue");
    on(
        "web2",
        "cd /srv/shop && cp --remove-destination $(readlink docker-compose.yml) docker-compose.yml",
    );
    holds(&lab.says("setup web2", 5), &["docker-compose.yml is a file of its own", "ln -s"]);
}

/// What is done to web2, what doctor says of it, and what undoes it.
const BAD: [(&str, &[&str], &str); 5] = [
    (
        "mv /etc/sudoers.d/flipside-lab /root/rule",
        &["✖ sudo: deploy may not run", "NOPASSWD: /usr/sbin/nginx -t", "? live include"],
        "mv /root/rule /etc/sudoers.d/flipside-lab",
    ),
    (
        "sed -i 's,include /etc/nginx/flipside/,include /etc/nginx/else/,' /etc/nginx/sites-enabled/shop; cp -r /etc/nginx/flipside /etc/nginx/else",
        &["✖ live include: nginx reads `upstream shop_live` from /etc/nginx/else/shop-live.conf"],
        "sed -i 's,/else/,/flipside/,' /etc/nginx/sites-enabled/shop; rm -r /etc/nginx/else",
    ),
    (
        "sed -i s/8001/9001/ /etc/nginx/flipside/shop-live.conf",
        &["✖ live include: /etc/nginx/flipside/shop-live.conf: line 2: `127.0.0.1:9001`"],
        "sed -i s/9001/8001/ /etc/nginx/flipside/shop-live.conf",
    ),
    (
        "sed -i '/add_header/d' /etc/nginx/sites-enabled/shop; nginx -s reload; sleep 0.5",
        &["✖ live header: answers of http://127.0.0.1/health do not name the color"],
        "true",
    ),
    (
        "gpasswd -d deploy docker",
        &["✖ docker: /var/run/docker.sock is not open to deploy", "usermod -aG docker deploy"],
        "usermod -aG docker deploy",
    ),
];

#[test]
fn doctor_says_what_is_wrong_and_what_puts_it_right() {
    let Some(lab) = Lab::fresh() else { return };
    let doctor = "doctor --only web2";
    let good = lab.says(doctor, 0);
    assert!(!good.contains('✖') && !good.contains("  ? "), "{good}");
    for (by_hand, told, undo) in BAD {
        on("web2", by_hand);
        holds(&lab.says(doctor, 5), told);
        on("web2", undo);
    }
    script("lab", &["reset", "web2"]);
    for (fault, told) in [
        ("fill-disk", ["✖ disk: ", "make room"]),
        ("hang-docker", ["✖ docker: Docker Engine does not answer", "systemctl restart docker"]),
        ("break-nginx", ["✖ nginx: it does not take its configuration", "lab-broken.conf:2"]),
        ("occupied-color", ["✖ ports: 127.0.0.1:8002 is green's", "ss -ltnp"]),
    ] {
        script("lab", &["fault", fault, "web2"]);
        let found = lab.says(doctor, 5);
        script("lab", &["heal", fault, "web2"]);
        holds(&found, &told);
    }
    script("lab", &["fault", "reject", "web2"]);
    let found = lab.says(doctor, 3);
    script("lab", &["heal", "reject", "web2"]);
    holds(&found, &["web2  ?? it could not be asked", "refused"]);
}

/// Follows blue's log on web2 until it is told to stop; then nothing of it is left on the host.
#[test]
fn a_log_is_followed_until_told_to_stop() {
    use flipside::domain::order::Order;
    use flipside::domain::target::Target;
    use flipside::engine::{Attendance, Engine, Setup};
    use flipside::transport::{BoxFuture, Prompt, Prompter, Reply, http::Http, ssh::Ssh};
    use std::sync::Arc;
    use std::time::Duration;

    struct Nobody;
    impl Prompter for Nobody {
        fn ask(&self, _: Prompt) -> BoxFuture<'_, Reply> {
            Box::pin(async { Reply::Refused })
        }
    }
    let Some(lab) = Lab::fresh() else { return };
    flipside::transport::http::install_crypto();
    let path = lab.home.path().join("inventory.yaml");
    let loaded = flipside::inventory::load(&path).unwrap();
    let environment = loaded.inventory.environments.into_values().next().unwrap();
    let app = environment.apps.values().next().unwrap();
    let member = app.members.iter().find(|member| member.target.name() == "web2").unwrap();
    let (app, stack) = (member.app.clone(), member.stack.clone());
    let (target, blue) = (member.target.clone(), member.colors.first().clone());
    let hosts = environment.hosts.values().cloned().collect();
    let followers = || on("web2", "pgrep -fc '^docker logs -f' || true").trim().to_owned();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (engine, mut handle) = Engine::start(Setup {
            environment,
            shell: Arc::new(Ssh::new(hosts, Arc::new(Nobody))),
            web: Arc::new(Http::new()),
            clock: Arc::new(chrono::Utc::now),
            journals: lab.home.path().join("journals"),
            inventory: String::new(),
            attendance: Attendance::Unattended,
        });
        let follow = |target: &Target, color| Order::FollowLog { target: target.clone(), color };
        handle.orders.send(Order::Focus { app, stack }).unwrap();
        handle.orders.send(follow(&target, Some(blue))).unwrap();
        for wanted in ["the log of blue, as it comes", ""] {
            let line = tokio::time::timeout(Duration::from_secs(10), handle.readers.lines.recv());
            let line = line.await.expect("a line in time").expect("an engine");
            assert!(line.text.contains(wanted), "{line:?}");
        }
        assert_eq!(followers(), "1");
        handle.orders.send(follow(&target, None)).unwrap();
        let mut left = followers();
        for _ in 0..100 {
            if left == "0" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            left = followers();
        }
        assert_eq!(left, "0", "what ran on the host was ended");
        handle.orders.send(Order::Quit).unwrap();
        engine.task.await.unwrap();
    });
}
