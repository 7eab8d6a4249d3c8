//! The lab's application, "shop": one static binary with no crates, so that an image is this file FROM scratch.
//!
//!   shop serve             HTTP on $PORT (8000): / /health /slow?ms=N
//!   shop healthcheck       GET /health on itself, exit 0 or 1
//!   shop migrate           prints its steps, takes $MIGRATE_MS (3000)
//!   shop jobs NAME         a heartbeat line every $HEARTBEAT_MS (2000)
//!   shop hold ADDR:PORT    only occupies a port (used by faults)
//!
//! $RELEASE and $BEHAVIOUR come from the image, $COLOR from the compose file.

use std::env;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::process::exit;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::{sleep, spawn, Builder};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

extern "C" {
    fn signal(number: i32, handler: usize) -> usize;
    fn shutdown(fd: i32, how: i32) -> i32;
}

static STOPPING: AtomicBool = AtomicBool::new(false);
static IN_FLIGHT: AtomicUsize = AtomicUsize::new(0);

extern "C" fn on_stop(_: i32) {
    STOPPING.store(true, SeqCst);
}

fn var(name: &str, default: &str) -> String {
    env::var(name).ok().filter(|v| !v.is_empty()).unwrap_or_else(|| default.into())
}
fn ms(name: &str, default: u64) -> u64 {
    var(name, "").parse().unwrap_or(default)
}
fn log(text: &str) {
    let t = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Not println!: a closed stdout must not end the program.
    let _ = writeln!(std::io::stdout().lock(), "{}.{:03} {} {}", t.as_secs(), t.subsec_millis(), var("RELEASE", "dev"), text);
}

fn main() {
    for number in [2, 15] {
        unsafe { signal(number, on_stop as extern "C" fn(i32) as usize) };
    }
    let args: Vec<String> = env::args().skip(1).collect();
    match args.first().map(String::as_str).unwrap_or("serve") {
        "serve" => serve(),
        "healthcheck" => healthcheck(),
        "migrate" => migrate(),
        "jobs" => jobs(args.get(1).map(String::as_str).unwrap_or("jobs")),
        "hold" => {
            let held = TcpListener::bind(args.get(1).expect("ADDR:PORT")).expect("bind");
            while !STOPPING.load(SeqCst) {
                sleep(Duration::from_millis(100));
            }
            drop(held);
        }
        other => {
            eprintln!("unknown command {other}");
            exit(2);
        }
    }
}

fn serve() {
    let behaviour = var("BEHAVIOUR", "good");
    log(&format!("starting, color {}, behaviour {behaviour}", var("COLOR", "none")));
    if behaviour == "crash-loop" {
        sleep(Duration::from_millis(700));
        log("FATAL: config key SESSION_SECRET is missing");
        exit(1);
    }
    let delay = if behaviour == "slow-start" { ms("START_MS", 20_000) } else { 0 };
    let ready = Instant::now() + Duration::from_millis(delay);
    let listener = TcpListener::bind(format!("0.0.0.0:{}", ms("PORT", 8000))).expect("bind");
    log("listening");

    let fd = listener.as_raw_fd();
    spawn(move || {
        while !STOPPING.load(SeqCst) {
            sleep(Duration::from_millis(10));
        }
        // Accept no more, but finish what has begun.
        log("SIGTERM: draining");
        unsafe { shutdown(fd, 2) };
        while IN_FLIGHT.load(SeqCst) > 0 {
            sleep(Duration::from_millis(10));
        }
        log("drained, bye");
        exit(0);
    });
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                let behaviour = behaviour.clone();
                let made = Builder::new().stack_size(64 * 1024).spawn(move || talk(stream, &behaviour, ready));
                if let Err(e) = made {
                    log(&format!("no thread: {e}"));
                }
            }
            Err(_) if STOPPING.load(SeqCst) => sleep(Duration::from_secs(1)), // the other thread exits
            Err(e) => log(&format!("accept: {e}")),
        }
    }
}

/// One client connection: requests one after another until it closes.
fn talk(mut stream: TcpStream, behaviour: &str, ready: Instant) {
    let _ = stream.set_nodelay(true);
    let mut data = Vec::new();
    let mut buffer = [0u8; 4096];
    loop {
        let end = loop {
            if let Some(at) = data.windows(4).position(|w| w == b"\r\n\r\n") {
                break at;
            }
            match stream.read(&mut buffer) {
                Ok(n) if n > 0 && data.len() < 65536 => data.extend_from_slice(&buffer[..n]),
                _ => return,
            }
        };
        IN_FLIGHT.fetch_add(1, SeqCst);
        let head = String::from_utf8_lossy(&data[..end]).into_owned();
        data.drain(..end + 4);
        let again = answer(&mut stream, &head, behaviour, ready);
        IN_FLIGHT.fetch_sub(1, SeqCst);
        if !again {
            return;
        }
    }
}

fn answer(stream: &mut TcpStream, head: &str, behaviour: &str, ready: Instant) -> bool {
    let began = Instant::now();
    let mut first = head.lines().next().unwrap_or("").split(' ');
    let (method, target, version) = (first.next().unwrap_or(""), first.next().unwrap_or("/"), first.next().unwrap_or(""));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let head = head.to_ascii_lowercase();
    let close = STOPPING.load(SeqCst)
        || head.contains("\nconnection: close")
        || (version == "HTTP/1.0" && !head.contains("\nconnection: keep-alive"));
    let (release, color) = (var("RELEASE", "dev"), var("COLOR", "none"));
    let (status, body) = match path {
        _ if Instant::now() < ready => ("503 Service Unavailable", "starting\n".to_string()),
        "/health" if behaviour == "bad-health" => ("503 Service Unavailable", "database: no connection\n".into()),
        "/health" => ("200 OK", "ok\n".into()),
        "/slow" => {
            let wait = query.split('&').find_map(|p| p.strip_prefix("ms=")).and_then(|v| v.parse().ok()).unwrap_or(1000);
            sleep(Duration::from_millis(u64::min(wait, 600_000)));
            ("200 OK", format!("shop {release} {color} after {wait} ms\n"))
        }
        "/" => ("200 OK", format!("shop {release} {color}\n")),
        _ => ("404 Not Found", "no such page\n".into()),
    };
    let text = format!(
        "HTTP/1.1 {status}\r\nX-Release: {release}\r\nX-Color: {color}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: {}\r\n\r\n{}",
        body.len(),
        if close { "close" } else { "keep-alive" },
        if method == "HEAD" { "" } else { &body },
    );
    let sent = stream.write_all(text.as_bytes()).is_ok();
    if path != "/health" {
        log(&format!("{method} {target} {} {:.1}ms", &status[..3], began.elapsed().as_secs_f64() * 1e3));
    }
    sent && !close
}

fn healthcheck() {
    let ask = || -> std::io::Result<String> {
        let mut s = TcpStream::connect(("127.0.0.1", ms("PORT", 8000) as u16))?;
        s.set_read_timeout(Some(Duration::from_secs(2)))?;
        s.write_all(b"GET /health HTTP/1.1\r\nHost: self\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        s.read_to_string(&mut text)?;
        Ok(text)
    };
    let (line, code) = match ask() {
        Ok(text) => {
            let line = text.lines().next().unwrap_or("no answer").to_string();
            let code = if line.contains(" 200 ") { 0 } else { 1 };
            (format!("{line} {}", text.lines().last().unwrap_or("")), code)
        }
        Err(e) => (e.to_string(), 1),
    };
    println!("{line}");
    exit(code);
}

fn migrate() {
    let steps = ["0041_customers", "0042_orders", "0043_order_lines", "0044_index_orders", "0045_prices", "0046_cleanup"];
    let each = Duration::from_millis(ms("MIGRATE_MS", 3000) / steps.len() as u64);
    log(&format!("migrations: {} to apply", steps.len()));
    for (i, step) in steps.iter().enumerate() {
        let until = Instant::now() + each;
        while Instant::now() < until {
            if STOPPING.load(SeqCst) {
                log("interrupted, rolled back");
                exit(143);
            }
            sleep(Duration::from_millis(10).min(each));
        }
        if i == 3 && var("BEHAVIOUR", "good") == "bad-migration" {
            log(&format!("applying {step} FAILED"));
            log("ERROR: column orders.total does not exist");
            log("rolled back, nothing was changed");
            exit(3);
        }
        log(&format!("applying {step} ok"));
    }
    log("migrations: done");
}

fn jobs(name: &str) {
    let every = Duration::from_millis(ms("HEARTBEAT_MS", 2000));
    let mut count = 0u64;
    loop {
        count += 1;
        log(&format!("{name} heartbeat {count}"));
        let until = Instant::now() + every;
        while Instant::now() < until {
            if STOPPING.load(SeqCst) {
                log(&format!("{name} stops"));
                return;
            }
            sleep(Duration::from_millis(50));
        }
    }
}
