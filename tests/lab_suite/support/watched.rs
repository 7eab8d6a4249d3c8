//! Users at work while something happens to their servers.

use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Lab, until};

/// Load on some hosts: so many requests a second on fresh connections, and as many on kept ones.
#[derive(Debug)]
pub struct Watched {
    child: Child,
}

/// What users of one host got.
#[derive(Debug)]
pub struct Users {
    pub total: u64,
    pub failed: u64,
    /// Every release that answered.
    pub releases: Vec<String>,
}

impl Watched {
    pub fn by(lab: &Lab, hosts: &[&str], rate: u32) -> Self {
        let urls = hosts.iter().map(|host| {
            format!("{host}=http://{}/", lab.vars[&format!("LAB_ADDR_{}", host.replace('-', "_"))])
        });
        let rate = rate.to_string();
        let child = Command::new(&lab.vars["LAB_LOAD"])
            .args(["--fresh", &rate, "--keep", &rate, "--seconds", "300"])
            .args(urls)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the load generator starts");
        Self { child }
    }

    /// Ends the load; what came of it.
    fn counted(mut self) -> Value {
        let id = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
        until("the load ends", 20, || self.child.try_wait().unwrap().is_some());
        let mut text = String::new();
        let mut out = self.child.stdout.take().unwrap();
        std::io::Read::read_to_string(&mut out, &mut text).unwrap();
        serde_json::from_str(text.lines().last().unwrap_or_default()).expect("it ends with JSON")
    }

    /// Ends the load; what users of one host got.
    pub fn users(self) -> impl Fn(&str) -> Users {
        let counted = self.counted();
        move |host| {
            let all = &counted["hosts"][host];
            let number = |name: &str| all[name].as_u64().unwrap_or(u64::MAX);
            let releases = all["releases"].as_object().into_iter().flatten();
            Users {
                total: number("total"),
                failed: number("non_200") + number("connect_failed") + number("broken"),
                releases: releases
                    .map(|(name, _)| name.clone())
                    .filter(|name| !name.is_empty())
                    .collect(),
            }
        }
    }

    /// Nobody noticed anything: every request had its answer, a 200, and no fresh connection failed. A
    /// kept connection that was closed before any byte of an answer is asked again once, as browsers
    /// do: that is no failure, and it is told.
    pub fn nobody_noticed(self) -> String {
        let counted = self.counted();
        let all = &counted["all"];
        let number = |name: &str| all[name].as_u64().unwrap_or(u64::MAX);
        for bad in ["non_200", "connect_failed", "broken"] {
            assert_eq!(number(bad), 0, "{bad}, of all requests: {all}");
        }
        assert!(number("total") > 100, "there was hardly a request: {all}");
        format!(
            "{} requests ({} fresh, {} kept) in {} s: 0 failed, {} stale retries, {} not sent, p50 {} ms, p99 {} ms, longest {} ms",
            number("total"),
            number("fresh"),
            number("kept"),
            counted["seconds"],
            number("stale_retry"),
            number("missed"),
            all["p50_ms"],
            all["p99_ms"],
            all["max_ms"]
        )
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Told past the test runner, so that a log has the figures of a run that passed.
pub fn tell(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "    {text}");
}
