//! Commands on an app behind an API without a passive side.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An API whose users are on v1, and an inventory that names it.
struct Shop {
    inventory: PathBuf,
    asked: Arc<AtomicUsize>,
}

impl Shop {
    fn new(name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            while let Ok((mut socket, _)) = listener.accept() {
                count.fetch_add(1, Ordering::Relaxed);
                let _ = socket.read(&mut [0; 4096]);
                let body = r#"{"live": "v1"}"#;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = socket.write_all(format!("{head}{body}").as_bytes());
            }
        });
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&directory).unwrap();
        let inventory = directory.join("inventory.yaml");
        let text = format!(
            "version: 1\n\
             environments: {{test: {{targets: {{api1: {{url: \"{url}\", roles: [app]}}}}}}}}\n\
             apps:\n  shop:\n    platform: http\n    observe: {{path: /state, live: /live}}\n    \
             go_live: [{{name: switch, method: POST, path: /live}}]\n"
        );
        std::fs::write(&inventory, text).unwrap();
        Self { inventory, asked }
    }

    fn flipside(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flipside"));
        command.arg("--inventory").arg(&self.inventory).args(arguments);
        let home = self.inventory.parent().unwrap();
        command.env("HOME", home).env("XDG_STATE_HOME", home.join("state")).output().unwrap()
    }
}

fn words(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

#[test]
fn commands_refuse_phases_that_the_app_does_not_have_without_asking_the_api() {
    let shop = Shop::new("absent-phases");
    for (arguments, why) in [
        (&["finish"][..], "shop has no phase `finish`: its owner does that where the API runs."),
        (&["unfreeze"], "shop has no phase `unfreeze`: the API keeps no freeze"),
        (&["setup", "api1", "--release", "v2"], "shop has no phase `setup`"),
        (&["plan", "prepare", "--release", "v2"], "the API has no passive side"),
        (&["rollback"], "shop has no phase `rollback`: the inventory has no requests for it"),
    ] {
        let output = shop.flipside(arguments);
        assert_eq!(output.status.code(), Some(5), "{arguments:?}: {}", words(&output));
        assert!(words(&output).contains(why), "{arguments:?}: {}", words(&output));
    }
    assert_eq!(shop.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn status_has_no_column_for_a_side_that_the_app_does_not_have() {
    let shop = Shop::new("live-only");
    let status = words(&shop.flipside(&["status"]));
    assert!(status.contains("L live v1") && !status.contains("PASSIVE"), "{status}");
}
