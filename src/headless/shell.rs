//! A plan as a shell script that a person can run with plain `ssh` when Flipside is not available. It does what the
//! engine would do: takes the locks, then carries out stage by stage, all targets of a stage in parallel.

mod hooks;
mod input;
mod request;
#[cfg(test)]
mod tests;
mod texts;
mod words;

use std::collections::BTreeMap;

use crate::base::shell::quote;
use crate::base::text::clean_words;
use crate::domain::command::{Command, Invocation};
use crate::domain::known_secrets::KnownSecrets;
use crate::domain::names::HostName;
use crate::domain::phase::Phase;
use crate::domain::plan::{
    Action, Effect, FailurePolicy, Gate, Pause, Plan, Probe, Question, Stage, Step, StepState,
    Track, TrackStart, Wait,
};
use crate::domain::spec::HostSpec;
use crate::domain::target::Target;
use texts::Texts;
use words::{Secrets, head, shown, word};

/// The functions of the script, the same for every plan.
const PRELUDE: &str = include_str!("shell/prelude.sh");

/// A platform's commands that take and release a target's lock.
#[derive(Debug, Clone)]
pub struct Locked {
    pub target: Target,
    pub take: Command,
    pub give_back: Command,
}

/// Returns the whole plan as a script.
pub fn script(
    plan: &Plan,
    hosts: &BTreeMap<HostName, HostSpec>,
    locks: &[Locked],
    known: &KnownSecrets,
) -> String {
    let (secrets, texts) = (Secrets::of(known), Texts::default());
    let mut sheet = Sheet { hosts, secrets, texts, lines: Vec::new(), functions: 0 };
    sheet.begin(plan, locks);
    for (index, stage) in plan.stages.iter().enumerate() {
        sheet.stage(index + 1, stage);
    }
    sheet.add(String::new());
    sheet.add("finish".to_owned());
    let mut script = head(plan);
    script.push_str(PRELUDE);
    for (variable, name) in sheet.secrets.wanted() {
        script.push_str(&format!("need {variable} {}\n", shown(name)));
    }
    script.push_str("needs_are_met\n");
    script.push_str(sheet.texts.lines());
    for line in sheet.lines {
        script.push_str(&line);
        script.push('\n');
    }
    script
}

struct Sheet<'a> {
    hosts: &'a BTreeMap<HostName, HostSpec>,
    secrets: Secrets,
    texts: Texts,
    lines: Vec<String>,
    functions: usize,
}

impl Sheet<'_> {
    fn add(&mut self, line: String) {
        self.lines.push(line);
    }

    /// Adds a shell function with these lines, and returns its name.
    fn function(&mut self, kind: &str, lines: Vec<String>) -> String {
        self.functions += 1;
        let name = format!("{kind}_{}", self.functions);
        self.add(format!("{name}() {{"));
        self.lines.extend(lines);
        self.add("}".to_owned());
        name
    }

    fn begin(&mut self, plan: &Plan, locks: &[Locked]) {
        let policy = match plan.intent.policy {
            FailurePolicy::Stop => "0".to_owned(),
            FailurePolicy::Continue => "all".to_owned(),
            FailurePolicy::AtMost(most) => most.to_string(),
        };
        let hooks = hooks::lines(&plan.hooks, &mut self.secrets);
        self.lines.extend(hooks);
        self.add(format!("may_fail={policy}"));
        // A rollback does not wait for a host that cannot be reached.
        let without = plan.intent.phase == Phase::Rollback;
        self.add(format!("skip_unreachable={}", if without { "yes" } else { "no" }));
        for left in &plan.left_out {
            self.add(format!("left_out {} {}", shown(left.target.name()), shown(&left.why)));
        }
        for Locked { target, take, give_back } in locks {
            let (take, give_back) = (self.run(target, take), self.run(target, give_back));
            let take = self.function("take", take);
            let give_back = self.function("give_back", give_back);
            self.add(format!("lock {} {take} {give_back}", shown(target.name())));
        }
    }

    fn stage(&mut self, number: usize, stage: &Stage) {
        self.add(String::new());
        match stage.pause {
            Some(Pause::For(wait)) if number > 1 => self.add(format!("pause {}", wait.as_secs())),
            Some(Pause::UntilResumed) if number > 1 => {
                self.add("ask 7 'Continue with the next batch?'".to_owned());
            }
            _ => {}
        }
        self.add(format!("stage {number} {}", shown(&stage.name)));
        let (first, after): (Vec<&Track>, Vec<&Track>) =
            stage.tracks.iter().partition(|track| track.begin == TrackStart::AtOnce);
        let width = stage.width.of(stage.tracks.len()).max(1);
        self.tracks(&first, width);
        if !after.is_empty() {
            self.add("if [ -n \"$well\" ]; then".to_owned());
            self.tracks(&after, width);
            self.add("else".to_owned());
            let names = after.iter().map(|track| shown(track.target.name()));
            self.add(format!("not_started {}", names.collect::<Vec<_>>().join(" ")));
            self.add("fi".to_owned());
        }
        if let Gate::Observe { what, last_lines_agree: true } = &stage.gate {
            self.add(format!("must_agree {}", shown(what)));
        }
        self.add(
            if stage.gate == Gate::Everyone { "may_continue everyone" } else { "may_continue" }
                .to_owned(),
        );
    }

    fn tracks(&mut self, tracks: &[&Track], width: usize) {
        for tracks in tracks.chunks(width) {
            for track in tracks {
                self.track(track);
            }
            self.add("join_tracks".to_owned());
        }
    }

    fn track(&mut self, track: &Track) {
        let name = track.target.name();
        if let [Step { action: Action::Ask(question), state: StepState::ToDo, .. }] =
            track.steps.as_slice()
        {
            self.add(ask(question));
            return;
        }
        let mut lines = Vec::new();
        for step in &track.steps {
            match &step.state {
                StepState::AlreadyDone(why) => {
                    let words = format!("{name}: {}: already done: {why}", step.title);
                    self.add(format!("# {}", clean_words(&words)));
                }
                StepState::ToDo => lines.extend(self.step(&track.target, step)),
            }
        }
        if !lines.is_empty() {
            let steps = self.function("steps", lines);
            self.add(format!("track {} {steps}", shown(name)));
        }
    }

    fn step(&mut self, target: &Target, step: &Step) -> Vec<String> {
        let title = shown(&step.title);
        let mut lines = vec![format!("say {title}")];
        if matches!(step.effect, Effect::Switches | Effect::Replaces) {
            lines.push("uncut".to_owned());
        }
        let body = match &step.action {
            Action::Run(command) => self.run(target, command),
            Action::Request(request) => {
                request::lines(request, step.deadline.as_secs(), &mut self.secrets)
            }
            Action::Wait(wait) => self.wait(target, step, wait),
            Action::Ask(_) => vec!["false".to_owned()],
        };
        let does = self.function("does", body);
        lines.push(format!("{does} || fail $? {title}"));
        lines
    }

    /// Returns the lines of a function's body. The last one is the command.
    fn run(&mut self, target: &Target, command: &Command) -> Vec<String> {
        let Some(host) = target.host().and_then(|host| self.hosts.get(host)) else {
            return vec![format!("fail 1 {}", shown(&format!("{target} is no host")))];
        };
        let line = match &command.invocation {
            Invocation::Words(_) => self.secrets.line(command),
            Invocation::Script(call) => {
                let text = self.texts.variable(&command.name, &call.text());
                self.secrets.call(command, call, &text)
            }
        };
        let ssh = format!("{} {line}", ssh(host));
        let (mut lines, source) = input::lines(&command.stdin, &mut self.secrets);
        lines.push(match source {
            Some(source) => format!("{source} | {ssh}"),
            None => format!("{ssh} </dev/null"),
        });
        lines
    }

    fn wait(&mut self, target: &Target, step: &Step, wait: &Wait) -> Vec<String> {
        let seconds = step.deadline.as_secs().max(1);
        let probe = match &wait.probe {
            Probe::Run(command) => self.run(target, command),
            Probe::Request(request) => request::lines(request, seconds, &mut self.secrets),
        };
        let probe = self.function("probe", probe);
        let every = wait.every.as_secs().max(1);
        vec![format!("again {seconds} {every} {} {probe}", wait.successes.max(1))]
    }
}

fn ask(question: &Question) -> String {
    let hints = question.hints.iter().map(|hint| format!("\n  {}", clean_words(hint)));
    let text = format!("{}{}", clean_words(&question.text), hints.collect::<String>());
    format!("ask 1 {}", quote(&text))
}

fn ssh(host: &HostSpec) -> String {
    let spec = &host.ssh;
    let mut words = vec!["ssh".to_owned(), "-o".to_owned(), "BatchMode=yes".to_owned()];
    let mut option = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    option("-o", format!("ConnectTimeout={}", spec.connect_timeout.as_secs().max(1)));
    if let Some(config) = &spec.config {
        option("-F", config.display().to_string());
    }
    if let Some(port) = spec.port {
        option("-p", port.to_string());
    }
    if let Some(user) = &spec.user {
        option("-l", user.clone());
    }
    if let Some(jump) = spec.jump.as_ref().filter(|jump| !jump.is_empty()) {
        option("-J", jump.join(","));
    }
    for identity in &spec.identities {
        option("-i", identity.display().to_string());
    }
    if let Some(files) = &spec.known_hosts {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        option("-o", format!("UserKnownHostsFile={}", files.join(" ")));
    }
    words.push(spec.address.clone());
    words.iter().map(|text| word(text)).collect::<Vec<_>>().join(" ")
}
