//! Fetching from a web server that cuts off.

use std::fs;

use super::{Ended, Host, sha256, under_every_shell};
use crate::platform::symlink::scripts::FETCH;

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
    fn fetch(&self, sha: &str, url: &str, how: &str, secret: &str) -> Ended {
        let dir = self.dir();
        self.run_with(FETCH, &[dir.to_str().unwrap(), "v1", sha, url, how], secret.as_bytes())
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
fn fetch_whose_console_disconnected_is_waited_for() {
    const CURL: &str = r#"part=
        while [ $# -gt 0 ]; do case $1 in -o) part=$2; shift ;; esac; shift; done
        cat >/dev/null
        for piece in 1 2 3 4 5 6; do echo "piece $piece" >>"$part"; sleep 0.1; done
        printf 200"#;
    under_every_shell(|host| {
        host.program("curl", CURL);
        let whole: String = (1..7).map(|piece| format!("piece {piece}\n")).collect();
        let copy = host.at("whole");
        fs::write(&copy, &whole).unwrap();
        let (dir, sha) = (host.dir(), sha256(&copy));
        let arguments = [dir.to_str().unwrap(), "v1", &sha, "http://127.0.0.1/a", ""];
        let mut gone = host.start(FETCH, &arguments);
        while !host.path(&format!(".flipside/archives/{sha}.part")).exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        drop((gone.stdin.take(), gone.stdout.take(), gone.stderr.take()));
        let next = host.run(FETCH, &arguments).with(0);
        assert!(next.out.contains("is being fetched already"), "{next:?}");
        gone.wait().unwrap();
        assert_eq!(host.read(&format!(".flipside/archives/{sha}")), whole);
        let left = fs::read_dir(host.path(".flipside/archives")).unwrap().flatten();
        let left: Vec<_> = left.map(|it| it.file_name().into_string().unwrap()).collect();
        assert!(left.iter().all(|name| !name.contains(".part")), "{left:?}");
    });
}

#[test]
fn archive_that_broke_off_is_continued() {
    let (bytes, sha) = noise();
    under_every_shell(|host| {
        for ranges in [true, false] {
            let web = Web::start(bytes.clone(), ranges, 1);
            let url = format!("http://127.0.0.1:{}/shop.tar", web.port);
            host.fetch(&sha, &url, "", "").with(67).says("cannot be fetched");
            host.fetch(&sha, &url, "", "").with(0).says("fetched the archive of v1: 200000 bytes");
            host.fetch(&sha, &url, "", "").with(0).says("is here");
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
        host.fetch(&wrong, &url("shop.tar"), "", "")
            .with(76)
            .says(&format!("has the sha256 {sha}"));
        host.fetch(&sha, &url("gone"), "", "").with(67).says("the server answered 404");
        let archives = fs::read_dir(host.path(".flipside/archives")).unwrap();
        assert!(archives.flatten().all(|it| !it.file_name().to_string_lossy().starts_with("000")));
        let archive = url("shop.tar");
        for (how, secret, url, header) in [
            ("bearer", "s3cret", archive.as_str(), "Authorization: Bearer s3cret"),
            ("basic deploy", "p\"w\\d", &archive, "Authorization: Basic ZGVwbG95OnAid1xk"),
            ("header X-Token", "a b", &archive, "X-Token: a b"),
            ("url", &archive, "", "GET /shop.tar"),
        ] {
            let _ = fs::remove_dir_all(host.path(".flipside/archives"));
            host.fetch(&sha, url, how, secret).with(0);
            let asked = web.asked.lock().unwrap().last().unwrap().clone();
            assert!(asked.contains(header), "{how}: {asked}");
        }
    });
}
