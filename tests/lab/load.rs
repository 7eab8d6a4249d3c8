//! Load for a fleet: fresh connections and kept-alive ones side by side, each failure counted as what it is.
//!
//!   load [--fresh RATE] [--keep RATE] [--seconds S] [--tick] [NAME=]URL…
//!
//! RATE is requests per second and host (200). Ends after S seconds (10; at most 3600) or on SIGTERM or SIGINT,
//! then prints one JSON object. --tick prints a JSON line each second too.
//! No crates; requests are sent on a fixed schedule, so a slow answer does not slow the load down.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::{sleep, Builder};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

extern "C" {
    fn signal(number: i32, handler: usize) -> usize;
}
static STOPPING: AtomicBool = AtomicBool::new(false);
extern "C" fn on_stop(_: i32) {
    STOPPING.store(true, SeqCst);
}

const WORKERS: u32 = 6; // threads per host and kind: as many requests of a kind can be waiting at once
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

#[derive(Clone, Default)]
struct Seen {
    count: u64,
    first_ms: u128,
    last_ms: u128,
}

#[derive(Clone, Default)]
struct Stats {
    total: u64,
    fresh: u64,
    kept: u64,
    ok: u64,
    non_200: BTreeMap<u16, u64>,
    connect_failed: u64,    // a fresh connection was refused or timed out
    broken: u64,            // a connection ended or went silent before a whole answer was there
    stale_retry: u64,       // a reused connection was closed before any byte of answer; asked again on a fresh one
    missed: u64,            // requests never sent: all workers of the kind were waiting
    colors: BTreeMap<String, Seen>,
    releases: BTreeMap<String, Seen>,
    errors: BTreeMap<String, u64>,
    first_bad_ms: u128,
    last_bad_ms: u128,
    latency: Vec<u64>, // counts by size, see bucket()
    max_us: u64,
}

struct Target {
    name: String,
    address: SocketAddr,
    request: [Vec<u8>; 2], // fresh, kept
    stats: Mutex<Stats>,
}

struct Answer {
    status: u16,
    color: String,
    release: String,
    close: bool,
}
enum Failure {
    Stale,
    Broken(String),
}

fn unix_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

fn target(text: &str) -> Option<Target> {
    let (name, url) = match text.split_once('=') {
        Some((name, url)) if !name.contains('/') => (Some(name), url),
        _ => (None, text),
    };
    let rest = url.strip_prefix("http://")?;
    let (host, path) = match rest.find('/') {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, "/"),
    };
    let with_port = if host.contains(':') { host.to_string() } else { format!("{host}:80") };
    let request = |how| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: lab-load\r\nConnection: {how}\r\n\r\n").into_bytes();
    Some(Target {
        name: name.unwrap_or(host).to_string(),
        address: with_port.parse().ok()?, // an address, no name: nothing but the lab is ever asked
        request: [request("close"), request("keep-alive")],
        stats: Mutex::new(Stats { latency: vec![0; 256], ..Stats::default() }),
    })
}

fn connect(target: &Target) -> Result<TcpStream, String> {
    let stream = TcpStream::connect_timeout(&target.address, CONNECT_LIMIT).map_err(|e| format!("connect: {:?}", e.kind()))?;
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(ANSWER_LIMIT));
    let _ = stream.set_write_timeout(Some(ANSWER_LIMIT));
    Ok(stream)
}

fn exchange(stream: &mut TcpStream, request: &[u8], reused: bool) -> Result<Answer, Failure> {
    let closed = |kind: ErrorKind| matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted);
    if let Err(e) = stream.write_all(request) {
        return Err(if reused && closed(e.kind()) { Failure::Stale } else { Failure::Broken(format!("write: {:?}", e.kind())) });
    }
    let mut data = Vec::with_capacity(512);
    let mut buffer = [0u8; 4096];
    let mut whole: Option<usize> = None; // length of head and body, when known
    loop {
        if let Some(length) = whole {
            if data.len() >= length {
                break;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) if data.is_empty() && reused => return Err(Failure::Stale),
            Ok(0) => return Err(Failure::Broken(if data.is_empty() { "closed, no answer" } else { "closed within the answer" }.into())),
            Ok(n) => data.extend_from_slice(&buffer[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) if data.is_empty() && reused && closed(e.kind()) => return Err(Failure::Stale),
            Err(e) => return Err(Failure::Broken(format!("read: {:?}", e.kind()))),
        }
        if whole.is_none() {
            if let Some(at) = data.windows(4).position(|w| w == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&data[..at]);
                let length = header(&head, "content-length").and_then(|v| v.parse::<usize>().ok());
                whole = Some(at + 4 + length.ok_or_else(|| Failure::Broken("no Content-Length".into()))?);
            }
        }
    }
    let text = String::from_utf8_lossy(&data);
    let head = text.split("\r\n\r\n").next().unwrap_or("");
    let own = |name| header(head, name).unwrap_or("").to_string();
    Ok(Answer {
        status: head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0),
        // What nginx says of itself, else what the app says.
        color: Some(own("x-flipside-color")).filter(|c| !c.is_empty()).unwrap_or_else(|| own("x-color")),
        release: own("x-release"),
        close: own("connection").eq_ignore_ascii_case("close"),
    })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|l| l.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim()))
}

/// Steps of a quarter of the size: fine enough for a percentile, small enough to keep.
fn bucket(us: u64) -> usize {
    let us = us.max(4);
    let power = 63 - us.leading_zeros() as u64;
    ((power - 2) * 4 + ((us >> (power - 2)) & 3)).min(255) as usize
}
fn bucket_us(index: usize) -> u64 {
    (4 + (index as u64 & 3) + 1) << (index as u64 / 4)
}

fn see(map: &mut BTreeMap<String, Seen>, key: String, now: u128) {
    let seen = map.entry(key).or_default();
    if seen.count == 0 {
        seen.first_ms = now;
    }
    seen.count += 1;
    seen.last_ms = now;
}

/// One worker: its share of a host's requests of one kind, each at its time.
#[allow(clippy::too_many_lines)] // one loop with all its counters
fn work(target: &Target, keep: bool, rate: f64, index: u32, start: Instant, end: Instant) {
    let step = Duration::from_secs_f64(f64::from(WORKERS) / rate);
    let mut at = start + step.mul_f64(f64::from(index) / f64::from(WORKERS));
    let mut idle: Option<TcpStream> = None;
    while !STOPPING.load(SeqCst) {
        let now = Instant::now();
        if at >= end || now >= end {
            return;
        }
        if at > now {
            sleep((at - now).min(Duration::from_millis(200)));
            if Instant::now() < at {
                continue;
            }
        }
        let began = Instant::now();
        let mut stale = 0;
        let result;
        loop {
            let reused = idle.is_some();
            let stream = match idle.take() {
                Some(stream) => Ok(stream),
                None => connect(target),
            };
            match stream.map(|mut s| (exchange(&mut s, &target.request[usize::from(keep)], reused), s)) {
                Err(why) => result = Err((true, why)),
                Ok((Err(Failure::Stale), _)) => {
                    stale += 1;
                    continue; // the next try is on a fresh connection, so this happens once at most
                }
                Ok((Err(Failure::Broken(why)), _)) => result = Err((false, why)),
                Ok((Ok(answer), stream)) => {
                    if keep && !answer.close {
                        idle = Some(stream);
                    }
                    result = Ok(answer);
                }
            }
            break;
        }
        let us = began.elapsed().as_micros() as u64;
        at += step;
        let mut missed = 0;
        while at + step < Instant::now() {
            at += step;
            missed += 1;
        }

        let ms = unix_ms();
        let mut stats = target.stats.lock().unwrap();
        stats.total += 1;
        *(if keep { &mut stats.kept } else { &mut stats.fresh }) += 1;
        stats.stale_retry += stale;
        stats.missed += missed;
        stats.latency[bucket(us)] += 1;
        stats.max_us = stats.max_us.max(us);
        let bad = match result {
            Ok(answer) => {
                see(&mut stats.colors, answer.color, ms);
                see(&mut stats.releases, answer.release, ms);
                if answer.status == 200 {
                    stats.ok += 1;
                } else {
                    *stats.non_200.entry(answer.status).or_default() += 1;
                }
                answer.status != 200
            }
            Err((connecting, why)) => {
                *(if connecting { &mut stats.connect_failed } else { &mut stats.broken }) += 1;
                *stats.errors.entry(why).or_default() += 1;
                true
            }
        };
        if bad {
            if stats.first_bad_ms == 0 {
                stats.first_bad_ms = ms;
            }
            stats.last_bad_ms = ms;
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 32 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
fn object<K: AsRef<str>>(fields: impl IntoIterator<Item = (K, String)>) -> String {
    let all: Vec<String> = fields.into_iter().map(|(k, v)| format!("{}:{v}", quoted(k.as_ref()))).collect();
    format!("{{{}}}", all.join(","))
}
fn counts<K: ToString>(map: &BTreeMap<K, u64>) -> String {
    object(map.iter().map(|(k, v)| (k.to_string(), v.to_string())))
}
fn seen(map: &BTreeMap<String, Seen>) -> String {
    object(map.iter().map(|(k, s)| {
        (k, object([("count", s.count.to_string()), ("first_ms", s.first_ms.to_string()), ("last_ms", s.last_ms.to_string())]))
    }))
}

impl Stats {
    fn add(&mut self, o: &Stats) {
        let merge = |a: &mut BTreeMap<String, Seen>, b: &BTreeMap<String, Seen>| {
            for (k, s) in b {
                let m = a.entry(k.clone()).or_insert_with(|| Seen { first_ms: s.first_ms, ..Seen::default() });
                m.count += s.count;
                m.first_ms = m.first_ms.min(s.first_ms);
                m.last_ms = m.last_ms.max(s.last_ms);
            }
        };
        self.total += o.total;
        self.fresh += o.fresh;
        self.kept += o.kept;
        self.ok += o.ok;
        self.connect_failed += o.connect_failed;
        self.broken += o.broken;
        self.stale_retry += o.stale_retry;
        self.missed += o.missed;
        o.non_200.iter().for_each(|(k, v)| *self.non_200.entry(*k).or_default() += v);
        o.errors.iter().for_each(|(k, v)| *self.errors.entry(k.clone()).or_default() += v);
        merge(&mut self.colors, &o.colors);
        merge(&mut self.releases, &o.releases);
        if o.first_bad_ms > 0 && (self.first_bad_ms == 0 || o.first_bad_ms < self.first_bad_ms) {
            self.first_bad_ms = o.first_bad_ms;
        }
        self.last_bad_ms = self.last_bad_ms.max(o.last_bad_ms);
        self.latency.resize(256, 0);
        self.latency.iter_mut().zip(&o.latency).for_each(|(a, b)| *a += b);
        self.max_us = self.max_us.max(o.max_us);
    }
    fn percentile_ms(&self, share: f64) -> f64 {
        let wanted = (self.latency.iter().sum::<u64>() as f64 * share) as u64;
        let mut sum = 0;
        let at = self.latency.iter().position(|n| {
            sum += n;
            sum > wanted
        });
        at.map_or(0.0, |i| bucket_us(i).min(self.max_us) as f64 / 1000.0)
    }
    fn json(&self) -> String {
        object([
            ("total", self.total.to_string()),
            ("fresh", self.fresh.to_string()),
            ("kept", self.kept.to_string()),
            ("ok", self.ok.to_string()),
            ("non_200", self.non_200.values().sum::<u64>().to_string()),
            ("connect_failed", self.connect_failed.to_string()),
            ("broken", self.broken.to_string()),
            ("stale_retry", self.stale_retry.to_string()),
            ("missed", self.missed.to_string()),
            ("statuses", counts(&self.non_200)),
            ("errors", counts(&self.errors)),
            ("first_bad_ms", self.first_bad_ms.to_string()),
            ("last_bad_ms", self.last_bad_ms.to_string()),
            ("p50_ms", format!("{:.2}", self.percentile_ms(0.5))),
            ("p99_ms", format!("{:.2}", self.percentile_ms(0.99))),
            ("max_ms", format!("{:.2}", self.max_us as f64 / 1000.0)),
            ("colors", seen(&self.colors)),
            ("releases", seen(&self.releases)),
        ])
    }
}

fn sum(targets: &[Arc<Target>]) -> (Stats, Vec<Stats>) {
    let each: Vec<Stats> = targets.iter().map(|t| t.stats.lock().unwrap().clone()).collect();
    let mut all = Stats::default();
    each.iter().for_each(|s| all.add(s));
    (all, each)
}

fn main() {
    for number in [2, 15] {
        unsafe { signal(number, on_stop as extern "C" fn(i32) as usize) };
    }
    let (mut fresh, mut keep, mut seconds, mut tick) = (200.0, 200.0, 10.0f64, false);
    let mut targets = Vec::new();
    let mut args = std::env::args().skip(1);
    let usage = || -> ! {
        eprintln!("usage: load [--fresh RATE] [--keep RATE] [--seconds S] [--tick] [NAME=]http://ADDRESS[:PORT][/PATH]…");
        exit(2)
    };
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|v| v.parse::<f64>().ok()).filter(|v| *v >= 0.0 && *v <= 100_000.0).unwrap_or_else(|| usage());
        match arg.as_str() {
            "--fresh" => fresh = number(),
            "--keep" => keep = number(),
            "--seconds" => seconds = number().min(3600.0),
            "--tick" => tick = true,
            url => targets.push(Arc::new(target(url).unwrap_or_else(|| usage()))),
        }
    }
    if targets.is_empty() {
        usage();
    }
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(seconds);
    let mut threads = Vec::new();
    for target in &targets {
        for (kept, rate) in [(false, fresh), (true, keep)] {
            for index in 0..if rate > 0.0 { WORKERS } else { 0 } {
                let target = target.clone();
                let work = move || work(&target, kept, rate, index, start, end);
                threads.push(Builder::new().stack_size(128 * 1024).spawn(work).expect("thread"));
            }
        }
    }
    let mut before = Stats::default();
    let mut second = 1;
    while !threads.iter().all(|t| t.is_finished()) {
        sleep(Duration::from_millis(20));
        if tick && start.elapsed() >= Duration::from_secs(second) {
            let (all, each) = sum(&targets);
            let colors = object(targets.iter().zip(&each).map(|(t, s)| {
                // The color that answered last: during a switch, the newest.
                let last = s.colors.iter().max_by_key(|(_, s)| s.last_ms).map_or("", |(c, _)| c);
                (&t.name, quoted(last))
            }));
            println!(
                "{{\"t\":{second},\"total\":{},\"bad\":{},\"stale_retry\":{},\"missed\":{},\"color\":{colors}}}",
                all.total - before.total,
                (all.total - all.ok) - (before.total - before.ok),
                all.stale_retry - before.stale_retry,
                all.missed - before.missed,
            );
            before = all;
            second += 1;
        }
    }
    let (all, each) = sum(&targets);
    let hosts = object(targets.iter().zip(&each).map(|(t, s)| (&t.name, s.json())));
    println!("{}", object([("seconds", format!("{:.2}", start.elapsed().as_secs_f64())), ("all", all.json()), ("hosts", hosts)]));
}
