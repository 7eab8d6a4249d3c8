//! Setup and doctor: servers that nothing was ever released to, and what is wrong with others.

use super::support::{Console, Lab, Working, until};

const BOTH: [&str; 2] = ["web1", "web2"];

/// web1 bare, web2 serving blue v1, and a console for both.
struct Fresh {
    lab: Lab,
    console: Console,
}

impl Fresh {
    fn servers() -> Option<Self> {
        let lab = Lab::calm(&["web2"])?;
        lab.lab(&["reset", "--bare", "web1"]);
        let console = Console::of(&lab, &["web1", "web2"]);
        Some(Self { lab, console })
    }

    /// Runs `flipside`, requires its exit code, and returns its output.
    fn says(&self, words: &str, code: i32) -> String {
        self.console.says(words).with(code).text
    }

    /// Commands as root inside a host, past ssh, each of which must go well.
    fn on(&self, host: &str, commands: &str) -> String {
        self.lab.on(host, &format!("set -e\n{commands}"))
    }
}

fn holds(told: &str, words: &[&str]) {
    for word in words {
        assert!(told.contains(word), "{word:?} is not in:\n{told}");
    }
}

#[test]
fn a_bare_server_serves_after_an_administrator_ran_what_was_told() {
    let Some(lab) = Fresh::servers() else { return };
    holds(
        &lab.says("prepare --only web1 --release v1", 5),
        &["/srv/shop does not exist", "`flipside setup web1 --release TAG`"],
    );
    let told = lab.says("setup web1 --release v1", 5);
    let untouched =
        lab.on("web1", "test ! -e /srv/shop && test ! -e /etc/nginx/flipside && echo yes");
    assert_eq!(untouched.trim(), "yes", "a refused setup leaves nothing");
    let commands: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert!(!commands.is_empty(), "{told}");
    lab.on("web1", &commands.join("\n"));
    holds(&lab.says("setup web1 --release v1", 0), &["v1 migrations: done", "✔ Done"]);
    let page = lab.on("web1", "curl -si http://127.0.0.1/");
    holds(&page, &["X-Release: v1", "X-Flipside-Color: blue"]);
    holds(&lab.says("setup web1 --release v1", 0), &["nothing to do: all "]);
    // From here on it is a server like any other.
    holds(&lab.says("prepare --only web1 --release v2", 0), &["✔ Done"]);
    holds(&lab.says("go-live --only web1", 0), &["✔ Done"]);
    holds(&lab.on("web1", "curl -si http://127.0.0.1/"), &["X-Release: v2"]);
}

#[test]
fn several_bare_servers_are_set_up_at_once_by_a_script_of_the_plan() {
    let Some(lab) = Fresh::servers() else { return };
    lab.lab.lab(&["reset", "--bare", "web2"]);
    // What both lack is reported at once.
    let told = lab.console.says("plan setup web1 web2 --release v1").with(5);
    holds(
        &told.text,
        &[
            "web1: setup needs commands that deploy may not run",
            "web2: setup needs commands that deploy may not run",
        ],
    );
    let commands = told.told_commands();
    let (one, other) = commands.split_at(commands.len() / 2);
    assert_eq!(one.trim(), other.trim(), "two servers that are alike lack the same");
    for host in BOTH {
        lab.on(host, one);
    }
    let script = lab.console.home.path().join("setup.sh");
    let plan = lab.says("plan setup web1 web2 --release v1 -o sh", 0);
    std::fs::write(&script, &plan).unwrap();
    let mut command = lab.console.command("sh");
    command.arg(&script);
    Working::start("sh setup.sh".to_owned(), command)
        .ends()
        .with(0)
        .tells("done: every stage ended well");
    lab.lab.users_get(&BOTH, "blue", "v1");
    holds(&lab.says("setup web1 web2 --release v1", 0), &["nothing to do: all "]);
    // And without a script: a second time, from nothing.
    lab.lab.lab(&["reset", "--bare", "web1", "web2"]);
    for host in BOTH {
        lab.on(host, one);
    }
    holds(&lab.says("setup web1 web2 --release v1", 0), &["✔ Done"]);
    lab.lab.users_get(&BOTH, "blue", "v1");
    let migrated = lab.on("web2", "ls /srv/shop/.flipside/migrated 2>/dev/null || :");
    assert_eq!(migrated, "", "migrations run on the primary alone");
    lab.lab.nobody_holds(&BOTH);
}

#[test]
fn with_sudo_no_administrator_is_needed() {
    let Some(lab) = Fresh::servers() else { return };
    let rule = "echo 'deploy ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/all";
    lab.on("web1", rule);
    lab.says("setup web1 --release v1", 0);
    lab.on("web1", "rm /etc/sudoers.d/all");
    holds(&lab.on("web1", "curl -si http://127.0.0.1/"), &["X-Flipside-Color: blue"]);
    holds(&lab.says("setup web1", 0), &["nothing to do: all "]);
}

#[test]
fn what_nginx_does_not_serve_in_the_end_is_put_back() {
    let Some(lab) = Fresh::servers() else { return };
    lab.on("web1", "echo 'deploy ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/all");
    // The passive side's port is somebody else's: nginx takes the file, and never listens there.
    let held = lab.lab.changed(
        "web1",
        "setsid /usr/local/lab/shop hold 0.0.0.0:8080 </dev/null >/dev/null 2>&1 & echo $! >/run/hold
         until ss -Hltnp sport = :8080 | grep -q shop; do kill -0 $! && sleep 0.02 || exit 1; done",
        "kill $(cat /run/hold)",
    );
    let console =
        Console::of(&lab.lab, &["web1"]).with("start: 40s", "start: 40s\n      switch: 4s");
    console.says("setup web1 --release v1").with(1).tells("everything was restored");
    let left = lab.on("web1", "ls /etc/nginx/flipside /etc/nginx/conf.d /etc/nginx/sites-enabled");
    assert!(!left.contains("shop.site") && !left.contains("flipside.conf"), "{left}");
    assert!(left.contains("default"), "{left}");
    held.undo();
    lab.on("web1", "curl -sf -o /dev/null http://127.0.0.1/");
    holds(&lab.says("setup web1 --release v1", 0), &["✔ Done"]);
    lab.on("web1", "rm /etc/sudoers.d/all");
}

#[test]
fn a_server_that_serves_is_taken_as_it_is() {
    let Some(lab) = Fresh::servers() else { return };
    holds(&lab.says("setup web2", 0), &["nothing to do: all "]);
    lab.on("web2", "rm /srv/shop/live-color");
    let told = lab.says("setup web2 --release v2", 0);
    holds(&told, &["setup keeps v1", "▶ record that users reach blue"]);
    assert_eq!(told.matches('▶').count(), 1, "{told}");
    assert_eq!(lab.on("web2", "cat /srv/shop/live-color").trim(), "blue");
    lab.on(
        "web2",
        "cd /srv/shop && cp --remove-destination $(readlink docker-compose.yml) docker-compose.yml",
    );
    holds(&lab.says("setup web2", 5), &["docker-compose.yml is a regular file", "ln -s"]);
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
        &[
            "✖ live header: answers of http://127.0.0.1/health have no X-Flipside-Color with the color",
        ],
        "true",
    ),
    (
        "gpasswd -d deploy docker",
        &["✖ docker: deploy has no access to /var/run/docker.sock", "usermod -aG docker deploy"],
        "usermod -aG docker deploy",
    ),
];

#[test]
fn doctor_says_what_is_wrong_and_what_puts_it_right() {
    let Some(lab) = Fresh::servers() else { return };
    let doctor = "doctor --only web2";
    let good = lab.says(doctor, 0);
    assert!(!good.contains('✖') && !good.contains("  ? "), "{good}");
    for (by_hand, told, undo) in BAD {
        lab.on("web2", by_hand);
        holds(&lab.says(doctor, 5), told);
        lab.on("web2", undo);
    }
    lab.lab.lab(&["reset", "web2"]);
    for (fault, told) in [
        ("fill-disk", ["✖ disk: ", "Free disk space"]),
        ("hang-docker", ["✖ docker: Docker Engine does not answer", "systemctl restart docker"]),
        ("break-nginx", ["✖ nginx: it rejects its configuration", "lab-broken.conf:2"]),
        (
            "occupied-color",
            ["✖ ports: another program listens on 127.0.0.1:8002, the port of green", "ss -ltnp"],
        ),
    ] {
        let fault = lab.lab.fault(fault, "web2");
        let found = lab.says(doctor, 5);
        fault.heal();
        holds(&found, &told);
    }
    let refused = lab.lab.fault("reject", "web2");
    let found = lab.says(doctor, 3);
    refused.heal();
    holds(&found, &["web2  ?? could not be reached", "refused"]);
}

/// Follows blue's log on web2 until it is stopped. Then no process of it is left on the host.
#[test]
fn a_log_is_followed_until_told_to_stop() {
    use flipside::domain::order::Order;
    use flipside::domain::target::Target;
    use flipside::engine::{Attendance, Engine, EngineConfig};
    use flipside::transport::{AuthPrompt, BoxFuture, PromptReply, Prompter, http::Http, ssh::Ssh};
    use std::sync::Arc;
    use std::time::Duration;

    struct Nobody;
    impl Prompter for Nobody {
        fn ask(&self, _: AuthPrompt) -> BoxFuture<'_, PromptReply> {
            Box::pin(async { PromptReply::Refused })
        }
    }
    let Some(lab) = Fresh::servers() else { return };
    flipside::transport::http::install_crypto();
    // A command has the inventory written.
    lab.says("inventory check", 0);
    let path = lab.console.home.path().join("inventory.yaml");
    let loaded = flipside::inventory::load(&path, flipside::platform::DECODERS).unwrap();
    let environment = loaded.inventory.environments.into_values().next().unwrap();
    let app = environment.apps.values().next().unwrap();
    let member = app.members.iter().find(|member| member.target.name() == "web2").unwrap();
    let (app, stack) = (member.app.clone(), member.stack.clone());
    let (target, blue) = (member.target.clone(), member.colors.first().clone());
    let hosts = environment.hosts.values().cloned().collect();
    let followers = || lab.on("web2", "pgrep -fc '^docker logs -f' || true").trim().to_owned();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (engine, mut handle) = Engine::start(EngineConfig {
            environment,
            shell: Arc::new(Ssh::new(hosts, Arc::new(Nobody))),
            web: Arc::new(Http::new()),
            catalog: Arc::new(flipside::transport::sources::Sources::new()),
            clock: Arc::new(chrono::Utc::now),
            journals: lab.console.home.path().join("journals"),
            inventory: String::new(),
            attendance: Attendance::Unattended,
        });
        let follow = |target: &Target, color| Order::FollowLog { target: target.clone(), color };
        handle.orders.send(Order::Focus { app, stack }).unwrap();
        handle.orders.send(follow(&target, Some(blue))).unwrap();
        for wanted in ["following the log of blue", ""] {
            let line = tokio::time::timeout(Duration::from_secs(10), handle.readers.lines.recv());
            let line = line.await.expect("a line in time").expect("an engine");
            assert!(line.text.contains(wanted), "{line:?}");
        }
        assert_eq!(followers(), "1");
        handle.orders.send(follow(&target, None)).unwrap();
        until("what ran on the host is ended", 10, || followers() == "0");
        handle.orders.send(Order::Quit).unwrap();
        engine.task.await.unwrap();
    });
}

#[test]
fn setup_writes_no_second_default_server() {
    let Some(lab) = Fresh::servers() else { return };
    lab.on(
        "web1",
        "rm -f /etc/nginx/sites-enabled/default
         echo 'server { listen 80 default_server; location / { return 200; } }' >/etc/nginx/sites-enabled/own
         nginx -s reload",
    );
    let told = lab.says("setup web1 --release v1", 5);
    holds(
        &told,
        &["already has a default server on port 80: /etc/nginx/sites-enabled/own, line 1"],
    );
    assert!(!told.contains("sudo"), "{told}");
}

#[test]
fn what_root_writes_is_for_the_login_user_to_read() {
    let Some(lab) = Fresh::servers() else { return };
    lab.on("web1", "echo 'deploy ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/all");
    let console =
        Console::of(&lab.lab, &["web1"]).with("    live:\n", "    sudo: true\n    live:\n");
    console.does("setup web1 --release v1");
    lab.on(
        "web1",
        "rm /etc/sudoers.d/all; runuser -u deploy -- head -1 /srv/shop/docker-compose.yml",
    );
}
