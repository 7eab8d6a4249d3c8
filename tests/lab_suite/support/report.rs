//! What the plain log of a command says, for checks and for the table of faults.

use super::Ended;

/// What a table of faults says of a command that ended.
impl Ended {
    /// Its last line, without what differs from run to run.
    pub fn last_words(&self) -> String {
        let words = |line: &str| plain(line);
        self.text.lines().rfind(|line| !line.starts_with(' ')).map_or_else(String::new, words)
    }

    /// The first line of a failure or of something that is not known.
    pub fn first_failure(&self) -> Option<String> {
        let is_failure = |line: &&str| [" ✖ ", " ? "].iter().any(|sign| line.contains(sign));
        self.text.lines().find(is_failure).map(plain)
    }

    /// The hosts on which it says that it is done, where it is not done on all.
    pub fn done_on(&self) -> Vec<String> {
        let last = self.last_words();
        let Some((_, names)) = last.split_once("Partially completed: done on ") else {
            return Vec::new();
        };
        let ends = [", failed on ", ", UNKNOWN on ", ". "];
        let end = ends.iter().filter_map(|end| names.find(end)).min().unwrap_or(names.len());
        names[..end].split(", ").map(ToOwned::to_owned).collect()
    }

    /// The command that its end names as the remedy, with a reason where it wants one.
    pub fn named_command(&self) -> Option<String> {
        let is_end =
            |line: &&str| line.contains("flipside    ✖") || line.contains("removes the lock");
        let remedies =
            self.text.lines().filter(is_end).flat_map(|line| line.split('`').skip(1).step_by(2));
        let mut commands = remedies.filter_map(|words| words.strip_prefix("flipside "));
        let named = commands.find(|it| !it.starts_with("status") && !it.starts_with("doctor"))?;
        Some(named.replace("\"…\"", "mended"))
    }

    /// The seconds from its first line to the end of a host's step.
    pub fn seconds_until_done(&self, host: &str, step: &str) -> Option<f64> {
        let done = format!("{host:<10}  ✔ {step}");
        let first = time(self.text.lines().next()?)?;
        let last = self.text.lines().filter(|line| line.contains(&done)).find_map(time)?;
        Some((last - first).as_seconds_f64())
    }

    /// The seconds from the last step that ended to this time.
    pub fn seconds_since_the_last_step(&self, until: chrono::DateTime<chrono::Utc>) -> f64 {
        let is_end = |line: &&str| [" ✔ ", " ✖ ", " ? "].iter().any(|sign| line.contains(sign));
        let of_a_host = |line: &&str| line.get(14..).is_some_and(|it| !it.starts_with("flipside"));
        let last = self.text.lines().filter(is_end).rfind(of_a_host);
        last.and_then(time).map_or(f64::MAX, |at| (until.time() - at).as_seconds_f64())
    }
}

/// When a line of the plain log was printed.
fn time(line: &str) -> Option<chrono::NaiveTime> {
    chrono::NaiveTime::parse_from_str(line.get(..12)?, "%H:%M:%S%.3f").ok()
}

/// A line without its time, and without the lab's addresses.
fn plain(line: &str) -> String {
    let line = if time(line).is_some() { &line[12..] } else { line };
    let word = |word: &str| {
        if word.starts_with("(10.") {
            return None;
        }
        Some(match word.split_once("/shop") {
            Some((registry, rest)) if registry.contains(":5000") => format!("shop{rest}"),
            _ if word.ends_with("-alice-vm") => "RUN".to_owned(),
            _ if word.contains(":5000") => "REGISTRY".to_owned(),
            _ if word.contains("/overlay2/") => "/var/lib/docker/overlay2/…".to_owned(),
            _ => word.to_owned(),
        })
    };
    line.split_whitespace().filter_map(word).collect::<Vec<_>>().join(" ")
}
