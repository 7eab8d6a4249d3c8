//! What is true of hosts, asked past SSH, and whether everything on them is about one release.

use super::Lab;

/// One host: what its users get, what is recorded, what runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    pub host: &'static str,
    /// Status, color and release of an answer through users' port; empty on a host that has only jobs.
    pub users: [String; 3],
    /// The release that the passive side shows.
    pub passive: String,
    /// `live-color`.
    pub recorded: String,
    /// The release in the name of the deployed file.
    pub deployed: String,
    /// `None`: Docker Engine does not answer.
    pub jobs: Option<Vec<String>>,
    /// The release of the recorded change, if a change is recorded.
    pub change: Option<String>,
    pub lock: bool,
}

/// Prints one fact a line. Every request is bounded, since the host may be half dead.
const ASK: &str = r#"cd /srv/shop || exit
page() { curl -s -m 5 -o /dev/null -w "$1 %{http_code}|%header{x-flipside-color}|%header{x-release}\n" "http://127.0.0.1:$2/"; }
case $(hostname) in jobs*) ;; *) page users 80; page passive 8080 ;; esac
echo "recorded $(cat live-color 2>/dev/null)"
echo "deployed $(readlink docker-compose.yml)"
echo "change $(cat .flipside/change 2>/dev/null)"
[ ! -e .flipside/lock ] || echo locked
format='{{.Label "com.docker.compose.service"}} {{.Image}} {{.State}}'
if found=$(timeout 3 docker ps -a --filter name=djobs --filter name=cron --format "$format" 2>/dev/null); then
    echo engine
    echo "$found" | sed '/./s/^/job /'
fi
exit 0"#;

impl Truth {
    pub fn of(lab: &Lab, host: &'static str) -> Self {
        let text = lab.on(host, ASK);
        let fact = |name: &str| {
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or("")
        };
        let page = |name: &str| {
            let mut parts = fact(name).split('|').map(ToOwned::to_owned);
            [(); 3].map(|()| parts.next().unwrap_or_default())
        };
        let [_, _, passive] = page("passive");
        let deployed = fact("deployed").trim_end_matches(".yml").rsplit('-').next();
        let change: Option<serde_json::Value> = serde_json::from_str(fact("change")).ok();
        let image = format!("{}/shop:", lab.registry());
        let mut jobs: Vec<String> = text
            .lines()
            .filter_map(|line| Some(line.strip_prefix("job ")?.replace(&image, "")))
            .collect();
        jobs.sort();
        Self {
            host,
            users: page("users"),
            passive,
            recorded: fact("recorded").to_owned(),
            deployed: deployed.unwrap_or_default().to_owned(),
            jobs: text.lines().any(|line| line == "engine").then_some(jobs),
            change: change.and_then(|change| Some(change["tag"].as_str()?.to_owned())),
            lock: text.lines().any(|line| line == "locked"),
        }
    }

    pub fn serves(&self) -> bool {
        !self.host.starts_with("jobs")
    }

    /// Users are answered, by this release.
    pub fn users_have(&self, release: &str) -> bool {
        !self.serves() || (self.users[0] == "200" && self.users[2] == release)
    }

    /// Each job service runs once, on this release.
    pub fn jobs_have(&self, release: &str) -> bool {
        let wanted = ["cron", "djobs"].map(|job| format!("{job} {release} running"));
        self.jobs.as_deref() == Some(&wanted)
    }

    /// Everything that is not about this release, or left over from a run. Empty: all agree.
    pub fn disagrees(&self, release: &str) -> Vec<String> {
        let Self { host, users, recorded, deployed, change, lock, .. } = self;
        let mut all = Vec::new();
        let mut check = |so: bool, what: String| {
            if !so {
                all.push(format!("{host}: {what}"));
            }
        };
        check(self.users_have(release), format!("users get {users:?}, not {release}"));
        check(self.jobs_have(release), format!("its jobs are {:?}, not {release}", self.jobs));
        check(deployed == release, format!("the deployed file is of {deployed}, not {release}"));
        if self.serves() {
            let color = &users[1];
            check(recorded == color, format!("{recorded} is recorded, {color} answers"));
            let change = change.as_deref().unwrap_or(release);
            check(change == release, format!("the recorded change is about {change}"));
        }
        check(!lock, "it is still locked".to_owned());
        all
    }

    /// In a few words, for the table.
    pub fn in_words(&self) -> String {
        let users = match &self.users {
            [status, _, release] if status == "200" => format!("users {release}"),
            [status, ..] => format!("users NOT ANSWERED ({status})"),
        };
        let jobs = match self.jobs.as_deref() {
            None => "jobs not known (Docker)".to_owned(),
            Some([cron, djobs]) if words(cron).1 == words(djobs).1 => {
                format!("jobs {}", words(cron).1.trim_end_matches(" running"))
            }
            Some(jobs) => format!("jobs [{}]", jobs.join(", ")),
        };
        let lock = if self.lock { ", locked" } else { "" };
        if self.serves() {
            format!("{}: {users}, {jobs}{lock}", self.host)
        } else {
            format!("{}: {jobs}{lock}", self.host)
        }
    }
}

fn words(job: &str) -> (&str, &str) {
    job.split_once(' ').unwrap_or((job, ""))
}
