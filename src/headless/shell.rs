//! A plan as a shell script that a person can run with plain `ssh` when the console is not there. It
//! does what the engine would do, stage by stage, all targets of a stage at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::command::{Command, Stdin, quote};
use crate::domain::http::{Request, Url};
use crate::domain::names::HostName;
use crate::domain::plan::{
    Action, Gate, Pause, Plan, Probe, Question, Stage, Step, StepState, Wait,
};
use crate::domain::secret::SecretRef;
use crate::domain::spec::HostSpec;
use crate::domain::target::Target;

/// The script's own means, the same for every plan.
const PRELUDE: &str = include_str!("shell/prelude.sh");

/// The whole plan as a script.
pub fn script(plan: &Plan, hosts: &BTreeMap<HostName, HostSpec>) -> String {
    let intent = &plan.intent;
    let release = intent.subject();
    let mut script = format!(
        "#!/bin/sh\n# Flipside: {}{release}, {} in {}.\n# Planned {} by {} from what the hosts said then (plan {}).\n",
        intent.phase.title(),
        intent.app,
        intent.environment,
        intent.asked_at.format("%Y-%m-%d %H:%M:%S UTC"),
        intent.by,
        plan.basis,
    );
    script.push_str(PRELUDE);
    for (index, stage) in plan.stages.iter().enumerate() {
        stage_script(&mut script, index + 1, stage, hosts);
    }
    script.push_str("\necho 'done: every stage ended well'\n");
    script
}

fn stage_script(
    script: &mut String,
    number: usize,
    stage: &Stage,
    hosts: &BTreeMap<HostName, HostSpec>,
) {
    let mut add = |line: String| {
        script.push_str(&line);
        script.push('\n');
    };
    add(String::new());
    match stage.pause {
        Some(Pause::For(wait)) => add(format!("pause {}", wait.as_secs())),
        Some(Pause::UntilTold) => add("ask 'Go on with the next batch?'".to_owned()),
        None => {}
    }
    add(format!("stage {number} {}", quote(&stage.name)));
    for track in &stage.tracks {
        let name = track.target.name();
        if let [Step { action: Action::Ask(question), state: StepState::ToDo, .. }] =
            track.steps.as_slice()
        {
            add(ask(question));
            continue;
        }
        let mut steps = Vec::new();
        for step in &track.steps {
            match &step.state {
                StepState::AlreadySo(why) => {
                    add(format!(
                        "# {name}: {}: already so, {}",
                        step.title,
                        why.replace('\n', " ")
                    ));
                }
                StepState::ToDo => steps.extend(step_lines(&track.target, step, hosts)),
            }
        }
        if !steps.is_empty() {
            add(format!("track {}<<'END_OF_TRACK'", quote_padded(name)));
            steps.into_iter().for_each(&mut add);
            add("END_OF_TRACK".to_owned());
        }
    }
    add("join_tracks".to_owned());
    if let Gate::Observe { what, last_lines_agree: true } = &stage.gate {
        add(format!("must_agree {}", quote(what)));
    }
}

fn quote_padded(name: &str) -> String {
    format!("{} ", quote(name))
}

fn ask(question: &Question) -> String {
    let hints: String = question.hints.iter().map(|hint| format!("\n  {hint}")).collect();
    format!("ask {}", quote(&format!("{}{hints}", question.text)))
}

fn step_lines(target: &Target, step: &Step, hosts: &BTreeMap<HostName, HostSpec>) -> Vec<String> {
    let mut lines = vec![format!("say {}", quote(&step.title))];
    let action = match &step.action {
        Action::Run(command) => run(target, command, hosts),
        Action::Request(request) => self::request(request),
        Action::Wait(wait) => self::wait(target, step, wait, hosts),
        Action::Ask(_) => "false".to_owned(),
    };
    lines.push(format!("{action} || fail {}", quote(&step.title)));
    lines
}

fn run(target: &Target, command: &Command, hosts: &BTreeMap<HostName, HostSpec>) -> String {
    let Some(host) = target.host().and_then(|host| hosts.get(host)) else {
        return format!("fail {}", quote(&format!("{target} is no host")));
    };
    let ssh = format!("{} {}", ssh(host), quote(&command.line()));
    match &command.stdin {
        Stdin::Empty => format!("{ssh} </dev/null"),
        Stdin::Text(text) => format!("printf %s {} | {ssh}", quote(text)),
        Stdin::Secret(secret) => format!("{} | {ssh}", reveal(secret)),
    }
}

/// The shell's way to a secret: the script holds no more of it than the inventory does.
fn reveal(secret: &SecretRef) -> String {
    match secret {
        SecretRef::Env(name) => format!("printf %s \"${name}\""),
        SecretRef::File(path) => format!("cat {}", quote(path)),
        SecretRef::Command(line) => line.clone(),
    }
}

fn ssh(host: &HostSpec) -> String {
    let spec = &host.ssh;
    let mut words = vec!["ssh".to_owned(), "-o".to_owned(), "BatchMode=yes".to_owned()];
    let mut option = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
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
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

fn request(request: &Request) -> String {
    let url = match &request.url {
        Url::Plain(url) => quote(url),
        Url::Secret(secret) => format!("\"$({})\"", reveal(secret)),
    };
    let mut line = String::from("web");
    for (name, value) in &request.headers {
        let _ = write!(line, " -H {}", quote(&format!("{name}: {value}")));
    }
    let _ = write!(line, " -X {}", request.method);
    if let Some(body) = &request.body {
        let _ = write!(line, " -H {}", quote(&format!("Content-Type: {}", body.content_type)));
        let _ = write!(line, " --data-raw {}", quote(&body.text));
    }
    let _ = write!(line, " {url}");
    for (name, value) in &request.expect.headers {
        let _ = write!(line, " | holds {}", quote(&format!("{name}: {value}")));
    }
    for text in &request.expect.body {
        let _ = write!(line, " | holds {}", quote(text));
    }
    line
}

fn wait(target: &Target, step: &Step, wait: &Wait, hosts: &BTreeMap<HostName, HostSpec>) -> String {
    let probe = match &wait.probe {
        Probe::Run(command) => run(target, command, hosts),
        Probe::Request(request) => self::request(request),
    };
    let every = wait.every.as_secs().max(1);
    let tries = (step.deadline.as_secs() / every).max(1);
    format!("again {tries} {every} {}", quote(&probe))
}
