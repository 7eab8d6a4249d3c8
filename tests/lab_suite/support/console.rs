//! The program as a person at a plain terminal, or a script, runs it: its own home, its own inventory.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{Lab, until};

/// No command of these suites takes longer.
const LONGEST: u64 = 100;

/// An operator's machine: journals of its own, an inventory of its own.
#[derive(Debug)]
pub struct Console {
    pub home: TempDir,
    operator: &'static str,
    inventory: String,
    template: String,
}

/// A command that ended.
#[derive(Debug)]
pub struct Ended {
    pub command: String,
    pub code: Option<i32>,
    /// What it printed, errors among it.
    pub text: String,
    pub took: Duration,
}

/// A command at work.
#[derive(Debug)]
pub struct Working {
    command: String,
    child: Child,
    text: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    began: Instant,
}

impl Console {
    /// A console for these hosts of the lab. The first web host among them is the primary. A migration
    /// takes 0.3 s.
    pub fn of(lab: &Lab, hosts: &[&str]) -> Self {
        let mut inventory = String::new();
        let mut primary = false;
        for line in lab.inventory().lines() {
            let entry = line.strip_prefix("      ").filter(|rest| rest.contains(": { address: "));
            let Some(entry) = entry else {
                inventory.push_str(line);
                inventory.push('\n');
                continue;
            };
            let name = entry.split(':').next().unwrap_or_default();
            if hosts.contains(&name) {
                let plain = line.replace(", primary]", "]");
                let first = !primary && plain.contains("[app");
                primary |= first;
                let role = if first { ", primary] }" } else { "] }" };
                inventory.push_str(&plain.replace("] }", role));
                inventory.push('\n');
            }
        }
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/files/docker-compose.template.yml");
        let mut console = Self::with_inventory(inventory);
        console.template = fs::read_to_string(path).unwrap();
        let ours = console.path("template.yml").display().to_string();
        console.with(path, &ours).migrating_for(300)
    }

    pub fn with_inventory(inventory: String) -> Self {
        let (home, template) = (TempDir::new().unwrap(), String::new());
        Self { home, operator: "alice", inventory, template }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Something of the inventory otherwise.
    #[must_use]
    pub fn with(mut self, from: &str, to: &str) -> Self {
        assert!(self.inventory.contains(from), "the inventory does not hold {from:?}");
        self.inventory = self.inventory.replace(from, to);
        self
    }

    /// The same for the template of the compose file.
    #[must_use]
    pub fn with_template(mut self, from: &str, to: &str) -> Self {
        assert!(self.template.contains(from), "the template does not hold {from:?}");
        self.template = self.template.replace(from, to);
        self
    }

    #[must_use]
    pub fn migrating_for(mut self, ms: u32) -> Self {
        const COMMAND: &str = "command: [\"migrate\"]\n";
        if let Some(at) = self.template.find("    environment: {MIGRATE_MS") {
            let end = self.template[at..].find('\n').unwrap() + at + 1;
            self.template.replace_range(at..end, "");
        }
        let ours = format!("{COMMAND}    environment: {{MIGRATE_MS: \"{ms}\"}}\n");
        self.with_template(COMMAND, &ours)
    }

    /// A host that says nothing any more is noticed within a few seconds.
    #[must_use]
    pub fn impatient(self) -> Self {
        self.with("    ssh:\n", "    ssh:\n      connect_timeout: 2s\n      keepalive: 1s\n")
    }

    pub fn template(&self) -> &str {
        &self.template
    }

    #[must_use]
    pub fn operated_by(mut self, operator: &'static str) -> Self {
        self.operator = operator;
        self
    }

    /// A command for another program, with what `flipside` is run with here.
    pub fn command(&self, program: &str) -> Command {
        fs::write(self.path("inventory.yaml"), &self.inventory).unwrap();
        fs::write(self.path("template.yml"), &self.template).unwrap();
        let mut command = Command::new(program);
        command
            .env("HOME", self.home.path())
            .env_remove("DOCKER_CONFIG")
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("FLIPSIDE_INVENTORY", self.path("inventory.yaml"))
            .env("FLIPSIDE_OPERATOR", self.operator)
            .stdin(Stdio::null());
        command
    }

    /// Runs `flipside` with these words to its end.
    pub fn says(&self, words: &str) -> Ended {
        self.starts(words).ends()
    }

    /// Runs it and insists that it goes well.
    pub fn does(&self, words: &str) -> Ended {
        self.says(words).with(0)
    }

    /// Starts `flipside` with these words.
    pub fn starts(&self, words: &str) -> Working {
        let arguments: Vec<&str> = words.split_whitespace().collect();
        self.starts_with(&arguments)
    }

    pub fn starts_with(&self, arguments: &[&str]) -> Working {
        let mut command = self.command(env!("CARGO_BIN_EXE_flipside"));
        command.args(arguments);
        Working::start(format!("flipside {}", arguments.join(" ")), command)
    }

    /// The journals of this console, oldest run first.
    pub fn journals(&self) -> Vec<PathBuf> {
        let below = |dirs: Vec<PathBuf>| -> Vec<PathBuf> {
            let entries = dirs.iter().flat_map(|dir| fs::read_dir(dir).into_iter().flatten());
            entries.map(|entry| entry.unwrap().path()).collect()
        };
        let apps = below(below(vec![self.path("state/flipside")]));
        let mut runs = below(apps);
        runs.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
        runs
    }
}

impl Working {
    pub fn start(told: String, mut command: Command) -> Self {
        let began = Instant::now();
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let text = Arc::new(Mutex::new(String::new()));
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let keep = |mut from: Box<dyn std::io::BufRead + Send>| {
            let text = Arc::clone(&text);
            std::thread::spawn(move || {
                let mut line = Vec::new();
                while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                    text.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
                    line.clear();
                }
            })
        };
        let readers =
            vec![keep(Box::new(BufReader::new(out))), keep(Box::new(BufReader::new(err)))];
        Self { command: told, child, text, readers, began }
    }

    pub fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// Waits until its output contains this.
    pub fn until_it_tells(&mut self, words: &str) {
        let end = Instant::now() + Duration::from_secs(LONGEST);
        while !self.text().contains(words) {
            let over = self.child.try_wait().unwrap().is_some() || Instant::now() > end;
            assert!(!over, "{} never told {words:?}:\n{}", self.command, self.text());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn is_at_work(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Waits at most so long for its end. `false`: it is still at work.
    pub fn ends_within(&mut self, longest: Duration) -> bool {
        let end = Instant::now() + longest;
        while self.is_at_work() {
            if Instant::now() > end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    pub fn ends(mut self) -> Ended {
        let what = format!("`{}` ends; it told:\n", self.command);
        let end = Instant::now() + Duration::from_secs(LONGEST);
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end, "{LONGEST} s passed before {what}{}", self.text());
            std::thread::sleep(Duration::from_millis(5));
        }
        let status = self.child.wait().unwrap();
        let took = self.began.elapsed();
        // Its own end is what counts: something it started may hold the pipes longer.
        until("its output ends", 10, || self.readers.iter().all(JoinHandle::is_finished));
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        Ended { command: self.command.clone(), code, text: self.text(), took }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// It ended with this exit code.
    pub fn with(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "exit code of `{}`, which told:\n{}",
            self.command,
            self.text
        );
        self
    }

    /// Asserts that its output contains this.
    pub fn tells(self, words: &str) -> Self {
        assert!(
            self.text.contains(words),
            "`{}` should tell {words:?}, it told:\n{}",
            self.command,
            self.text
        );
        self
    }

    pub fn never_tells(self, words: &str) -> Self {
        let Self { command, text, .. } = &self;
        assert!(!text.contains(words), "`{command}` should not tell {words:?}, it told:\n{text}");
        self
    }

    /// Returns the commands that it printed for an administrator.
    pub fn told_commands(&self) -> String {
        let commands: Vec<&str> =
            self.text.lines().filter_map(|line| line.strip_prefix("    ")).collect();
        assert!(!commands.is_empty(), "`{}` told no command:\n{}", self.command, self.text);
        commands.join("\n")
    }

    /// Its output as JSON, one value a line, each of them valid.
    pub fn json(&self) -> Vec<serde_json::Value> {
        let line = |line: &str| match serde_json::from_str(line) {
            Ok(value) => value,
            Err(error) => panic!("`{}`: {error} in the line {line:?}", self.command),
        };
        self.text.lines().map(line).collect()
    }
}
