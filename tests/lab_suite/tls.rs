//! A server that serves users by TLS only, with a certificate of a private authority.

use std::process::Command;

use super::support::{Console, Lab};

const NAME: &str = "shop.example.org";

/// nginx listens by TLS alone, on both sides.
const SEED: &str = r#"
set -eu
mkdir -p /etc/nginx/tls
cat >/etc/nginx/tls/shop.pem <<'END'
CERTIFICATE
END
cat >/etc/nginx/tls/shop.key <<'END'
KEY
END
cat >/etc/nginx/sites-enabled/shop <<'END'
map $upstream_addr $flipside_color { "127.0.0.1:8001" blue; "127.0.0.1:8002" green; default ""; }
include /etc/nginx/flipside/*.conf;
ssl_certificate /etc/nginx/tls/shop.pem;
ssl_certificate_key /etc/nginx/tls/shop.key;
server {
    listen 443 ssl default_server;
    ssl_reject_handshake on;
}
server {
    listen 443 ssl;
    server_name shop.example.org;
    location / { proxy_pass http://shop_live; add_header X-Flipside-Color $flipside_color always; }
}
server {
    listen 8443 ssl;
    server_name shop.example.org;
    location / { proxy_pass http://shop_passive; add_header X-Flipside-Color $flipside_color always; }
}
END
nginx -t -q && nginx -s reload
"#;

fn tls(name: &str) -> String {
    format!("{}/tests/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// What users get: status, color and release.
fn users(lab: &Lab, port: u16) -> String {
    let address = &lab.vars["LAB_ADDR_web1"];
    let told = Command::new("curl")
        .args(["-s", "-m", "5", "-o", "/dev/null", "--cacert", &tls("ca.pem"), "--connect-to"])
        .arg(format!("{NAME}:{port}:{address}:{port}"))
        .args(["-w", "%{http_code} %header{x-flipside-color} %header{x-release}"])
        .arg(format!("https://{NAME}:{port}/"))
        .output()
        .unwrap();
    String::from_utf8_lossy(&told.stdout).into_owned()
}

fn console(lab: &Lab, ca: &str) -> Console {
    let ca = if ca.is_empty() { String::new() } else { format!("\n      ca_file: {}", tls(ca)) };
    let entry_point =
        |port: &str| format!("url: https://127.0.0.1{port}/health\n      host_header: {NAME}{ca}");
    Console::of(lab, &["web1"])
        .with("url: http://127.0.0.1/health", &entry_point(""))
        .with("url: http://127.0.0.1:8080/health", &entry_point(":8443"))
        .with("public_url: http://{host}:8080/", "public_url: https://{host}:8443/")
}

#[test]
fn a_release_goes_live_and_back_where_nginx_serves_by_tls_alone() {
    let Some(lab) = Lab::calm(&["web1"]) else { return };
    let read = |name: &str| std::fs::read_to_string(tls(name)).unwrap();
    let seed = SEED.replace("CERTIFICATE", read("shop.pem").trim());
    let seed = seed.replace("KEY", read("shop.key.pem").trim());
    lab.on("web1", &seed);
    super::support::until("nginx serves by TLS", 20, || users(&lab, 443) == "200 blue v1");

    let distrusts = console(&lab, "");
    distrusts.says("status").tells("no answer: SSL certificate problem");
    distrusts.says("doctor").with(5).tells("fails: SSL certificate problem");
    distrusts.says("prepare --release v2").with(1).tells("curl: (60) SSL certificate problem");

    let console = console(&lab, "ca.pem");
    console.does("setup web1").tells("nothing to do: all ");
    console.does("doctor").never_tells("✖");
    console.does("prepare --release v2");
    assert_eq!(users(&lab, 8443), "200 green v2");
    console.does("verify --sign-off");
    console.does("go-live");
    assert_eq!(users(&lab, 443), "200 green v2");
    console.does("rollback");
    assert_eq!(users(&lab, 443), "200 blue v1");
    console.does("status").never_tells("no answer");
    let left = lab.on(
        "web1",
        "ls -d /dev/shm/flipside-* /tmp/flipside-* /run/user/*/flipside-* 2>/dev/null || :",
    );
    assert_eq!(left, "", "no file of authorities is left");
    lab.lab(&["reset", "web1"]);
}
