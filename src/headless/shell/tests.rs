//! What a printed script does, in a real shell. `ssh` is a stand-in that runs the line here.

mod inputs;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use super::*;
use crate::base::secret_ref::SecretRef;
use crate::base::text::is_harmless;
use crate::domain::command::Stdin;
use crate::domain::http::{Auth, Body, Expect, Method, Request};
use crate::domain::plan::{
    Basis, Batches, HookCommand, HookMoment, HookRequest, HookWork, Intent, LeftOut, Operator,
    PlannedHook, Selection, WaitStart, Width,
};
use crate::domain::script::Parameters;
use crate::domain::spec::SshSpec;

/// What a compromised server may say: ends of heredocs, expansions, quotes, comments, sequences.
const SAID: &str = "a\nEND_OF_TRACK\nEOF\n$(touch pwned)`touch pwned`';touch pwned;'\"; touch pwned #\\c\\033[2J\u{1b}]52;c;eA==\u{7}\u{202e}%s%n\\";

fn host(name: &str) -> Target {
    Target::Host(HostName::new(name).unwrap())
}

fn hosts() -> BTreeMap<HostName, HostSpec> {
    let spec = |name: &str| HostSpec {
        name: HostName::new(name).unwrap(),
        roles: Vec::new(),
        groups: Vec::new(),
        ssh: SshSpec {
            address: name.to_owned(),
            port: None,
            user: None,
            jump: None,
            identities: Vec::new(),
            passphrase: None,
            known_hosts: None,
            config: None,
            connect_timeout: Duration::from_secs(10),
            keepalive: Duration::from_secs(10),
        },
        vars: BTreeMap::new(),
    };
    ["web1", "web2"].map(|name| (HostName::new(name).unwrap(), spec(name))).into()
}

fn step(title: &str, action: Action) -> Step {
    Step {
        name: "step".to_owned(),
        title: title.to_owned(),
        effect: Effect::Changes,
        action,
        deadline: Duration::from_secs(2),
        state: StepState::ToDo,
        announce: None,
        changes: Vec::new(),
    }
}

fn plan(tracks: Vec<(&str, Step)>) -> Plan {
    let intent = Intent {
        run: "20260824T080000Z-aaaaaa".parse().unwrap(),
        phase: Phase::Prepare,
        environment: crate::domain::names::EnvName::new("test").unwrap(),
        app: crate::domain::names::AppName::new("shop").unwrap(),
        stack: crate::domain::names::StackName::main(),
        release: None,
        selection: Selection::All,
        policy: FailurePolicy::Stop,
        batches: Batches::default(),
        sign_off_required: false,
        freeze: false,
        reason: None,
        by: Operator { user: format!("mara\n{SAID}"), machine: "desk".to_owned() },
        asked_at: chrono::DateTime::UNIX_EPOCH,
        begun_at: None,
        goal: None,
    };
    let tracks = tracks.into_iter().map(|(name, step)| Track::of(&host(name), vec![step]));
    let stage = Stage {
        name: format!("stage {SAID}"),
        width: Width::All,
        pause: None,
        tracks: tracks.collect(),
        gate: Gate::Observe { what: SAID.to_owned(), last_lines_agree: true },
    };
    Plan {
        intent,
        basis: Basis("abc".to_owned()),
        stages: vec![stage],
        warnings: Vec::new(),
        left_out: Vec::new(),
        rollback: None,
        hooks: Vec::new(),
    }
}

/// Carries it out in an empty directory, by this shell.
fn carried_out(shell: &str, plan: &Plan, dir: &Path) -> Output {
    let script = script(plan, &hosts(), &[], &KnownSecrets::default());
    assert!(is_harmless(&script), "{script}");
    let bin = dir.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let ssh = bin.join("ssh");
    std::fs::write(&ssh, "#!/bin/sh\nfor last; do :; done\nexec sh -c \"$last\"\n").unwrap();
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(dir.join("plan.sh"), script).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = std::process::Command::new(shell);
    if shell == "busybox" {
        command.arg("sh");
    }
    command
        .arg("plan.sh")
        .current_dir(dir)
        .env("PATH", path)
        .env("REFERENCE", "from-the-environment")
        .env("FLIPSIDE_DB_PASSWORD", "hunter2")
        .output()
        .unwrap()
}

fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn files(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn what_a_host_said_is_never_run_here_and_arrives_as_it_was() {
    for shell in ["sh", "bash"] {
        let dir = tempfile::tempdir().unwrap();
        let write = Command::new([
            "sh",
            "-c",
            "cat >\"$1\"; printf '%s' \"$2\" >arg",
            "write",
            "fed",
            SAID,
        ]);
        let mut plan = plan(vec![(
            "web1",
            step(SAID, Action::Run(write.stdin(Stdin::Text(SAID.to_owned())))),
        )]);
        let mut so = step(SAID, Action::Run(Command::new(["true"])));
        so.state = StepState::AlreadyDone(SAID.to_owned());
        plan.stages[0].tracks.push(Track::of(&host("web2"), vec![so]));
        plan.left_out.push(LeftOut { target: host("web2"), why: SAID.to_owned() });
        let ended = carried_out(shell, &plan, dir.path());
        assert_eq!(ended.status.code(), Some(6), "{}", words(&ended));
        assert_eq!(files(dir.path()), ["arg", "bin", "fed", "plan.sh"], "{}", words(&ended));
        assert_eq!(std::fs::read_to_string(dir.path().join("fed")).unwrap(), SAID);
        assert_eq!(std::fs::read_to_string(dir.path().join("arg")).unwrap(), SAID);
        assert!(is_harmless(&words(&ended)), "{:?}", words(&ended));
        assert_eq!(
            words(&ended).matches("LEFT OUT: web2").count(),
            2,
            "at its start and at its end"
        );
    }
}

#[test]
fn what_a_host_prints_does_not_act_on_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let print = "printf 'x\\033]52;c;eA==\\007\\302\\2332J\\342\\200\\256\\342\\201\\246\\357\\273\\277y\\r\\n'";
    let plan = plan(vec![("web1", step("print", Action::Run(Command::new(["sh", "-c", print]))))]);
    let ended = carried_out("sh", &plan, dir.path());
    assert!(ended.status.success() && is_harmless(&words(&ended)), "{:?}", words(&ended));
    assert!(words(&ended).contains("web1 | x]52;c;eA==2Jy\n"), "{:?}", words(&ended));
}

#[test]
fn a_secret_goes_from_where_it_is_kept_to_the_host_and_nowhere_else() {
    for (secret, wanted) in [
        ("command:false || printf hunter2", "hunter2"),
        ("command:echo a; echo b | tr b c", "a\nc"),
        ("env:REFERENCE", "from-the-environment"),
        ("file:kept here", "of-a-file"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("kept here"), "of-a-file\n").unwrap();
        let secret = SecretRef::try_from(secret.to_owned()).unwrap();
        let feed =
            |stdin| step("feed", Action::Run(Command::new(["sh", "-c", "cat >fed"]).stdin(stdin)));
        let ended = carried_out(
            "sh",
            &plan(vec![("web1", feed(Stdin::Secret(secret.clone())))]),
            dir.path(),
        );
        assert!(ended.status.success() && !words(&ended).contains(wanted), "{}", words(&ended));
        assert_eq!(std::fs::read_to_string(dir.path().join("fed")).unwrap(), wanted);

        let text = "DB_PASSWORD: hunter2\nX: 'y'\n".to_owned();
        let both = Stdin::SecretLine { secret, text: text.clone() };
        let ended = carried_out("sh", &plan(vec![("web1", feed(both))]), dir.path());
        assert!(ended.status.success() && !words(&ended).contains("hunter2"), "{}", words(&ended));
        assert_eq!(
            std::fs::read_to_string(dir.path().join("fed")).unwrap(),
            format!("{wanted}\n{text}")
        );
        let script = std::fs::read_to_string(dir.path().join("plan.sh")).unwrap();
        assert!(!script.replace("printf hunter2", "").contains("hunter2"), "{script}");
    }
}

#[test]
fn a_secret_that_cannot_be_read_ends_the_step_before_it_begins() {
    let dir = tempfile::tempdir().unwrap();
    let feed = |secret: &str| {
        let secret = SecretRef::try_from(secret.to_owned()).unwrap();
        step("feed", Action::Run(Command::new(["touch", "begun"]).stdin(Stdin::Secret(secret))))
    };
    for secret in ["env:NO_SUCH_VARIABLE", "file:nowhere", "command:exit 3", "env:no; touch begun"]
    {
        let ended = carried_out("sh", &plan(vec![("web1", feed(secret))]), dir.path());
        assert_eq!(ended.status.code(), Some(1), "{secret}: {}", words(&ended));
        assert!(words(&ended).contains("cannot be read"), "{secret}: {}", words(&ended));
        assert_eq!(files(dir.path()), ["bin", "plan.sh"], "{secret}");
    }
}

/// A script of a platform, with all that a shell could take for its own.
const TEXT: &str = "# It's `a` $(touch pwned) \"script\".\ncat >\"fed.$2\"\ncase $1 in *) printf '%s|' \"$before\" \"$0\" \"$@\" >\"arg.$2\" ;; esac\n";

#[test]
fn the_text_of_a_script_is_printed_once_and_run_on_each_host() {
    for shell in ["dash", "bash", "busybox"] {
        let dir = tempfile::tempdir().unwrap();
        let names = Parameters::Positions(&["said", "host", "rest…"]);
        let called = |name: &str, said: &str, parts| {
            let command = Command::script(name, names, parts).args([said, name, "a b", ""]);
            let command = command.after("before='it'\\''s'\n").stdin(Stdin::Text(SAID.to_owned()));
            step("call", Action::Run(command))
        };
        let mut plan = plan(vec![
            ("web1", called("one", SAID, &[TEXT])),
            ("web2", called("two", "DB_PASSWORD=hunter2", &[TEXT])),
        ]);
        plan.stages[0].gate = Gate::Barrier;
        let bell: &[&str] = &["printf '\u{7}\u{1b}' >bell; : '\nEND_OF_SCRIPT_ONE_\n'\n"];
        plan.stages[0].tracks[1].steps.push(called("one", "", bell));
        let ended = carried_out(shell, &plan, dir.path());
        assert_eq!(ended.status.code(), Some(0), "{shell}: {}", words(&ended));
        let script = std::fs::read_to_string(dir.path().join("plan.sh")).unwrap();
        assert_eq!(
            script.matches("# It's `a` $(touch pwned) \"script\".\n").count(),
            1,
            "{script}"
        );
        assert!(!script.contains("hunter2"), "{script}");
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(read("arg.one"), format!("it's|flipside-one|{SAID}|one|a b||"), "{shell}");
        assert_eq!(read("arg.two"), "it's|flipside-two|DB_PASSWORD=hunter2|two|a b||", "{shell}");
        assert_eq!((read("fed.one"), read("fed.two")), (SAID.to_owned(), SAID.to_owned()));
        assert_eq!(read("bell"), "\u{7}\u{1b}");
        assert!(!dir.path().join("pwned").exists());
    }
}

/// Answers one request; what was asked.
fn server(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/check", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut asked = String::new();
        while reader.read_line(&mut asked).unwrap() > 2 {}
        if asked.starts_with("POST") {
            let mut body = [0; 8];
            std::io::Read::read_exact(&mut reader, &mut body).unwrap();
            asked.push_str(&String::from_utf8_lossy(&body));
        }
        stream.write_all(answer.as_bytes()).unwrap();
        asked
    });
    (url, served)
}

const ANSWER: &str = "HTTP/1.1 203 Fine\r\nX-Other: v3\r\nx-release:  v2 \r\nConnection: close\r\nContent-Length: 12\r\n\r\nall is well\n";

#[test]
fn a_request_carries_its_credentials_and_its_answer_is_checked() {
    let secret = SecretRef::Env("REFERENCE".to_owned());
    let expect = |status: &[u16], release: &str, body: &str| Expect {
        status: status.to_vec(),
        headers: vec![("X-Release".to_owned(), release.to_owned())],
        body: vec![body.to_owned()],
        ..Expect::default()
    };
    let basic = Auth::Basic { user: "ci \"x\"".to_owned(), password: secret.clone() };
    let header = Auth::Header { name: "PRIVATE-TOKEN".to_owned(), value: secret.clone() };
    for (auth, expect, code) in [
        (Auth::Bearer(secret.clone()), expect(&[], "v2", "is well"), 0),
        (basic, expect(&[200, 203], "v2", "is well"), 0),
        (header, expect(&[], "v2", "is well"), 0),
        (Auth::Bearer(secret.clone()), expect(&[200], "v2", "is well"), 1),
        (Auth::Bearer(secret.clone()), expect(&[], "v3", "is well"), 1),
        (Auth::Bearer(secret.clone()), expect(&[], "v2", "is ill"), 1),
    ] {
        let (url, served) = server(ANSWER);
        let body =
            Some(Body { content_type: "text/plain".to_owned(), text: "'a' \"b\"\n".to_owned() });
        let request = Request {
            method: Method::Post,
            headers: vec![("X-Of-Ours".to_owned(), "a \"b\" \\c".to_owned())],
            body,
            auth: Some(auth.clone()),
            expect,
            ..Request::get(url)
        };
        let dir = tempfile::tempdir().unwrap();
        let ended = carried_out(
            "sh",
            &plan(vec![("web1", step("ask", Action::Request(request)))]),
            dir.path(),
        );
        assert_eq!(ended.status.code(), Some(code), "{}", words(&ended));
        let asked = served.join().unwrap();
        let wanted = match auth {
            Auth::Bearer(_) => "Authorization: Bearer from-the-environment\r\n".to_owned(),
            Auth::Basic { .. } => {
                let both = data_encoding::BASE64.encode(b"ci \"x\":from-the-environment");
                format!("Authorization: Basic {both}\r\n")
            }
            Auth::Header { .. } => "PRIVATE-TOKEN: from-the-environment\r\n".to_owned(),
        };
        assert!(asked.contains(&wanted) && asked.contains("X-Of-Ours: a \"b\" \\c\r\n"), "{asked}");
        assert!(asked.ends_with("'a' \"b\"\n"), "{asked}");
        assert!(!words(&ended).contains("from-the-environment"));
    }
}

#[test]
fn a_check_is_asked_until_it_was_right_often_enough() {
    let dir = tempfile::tempdir().unwrap();
    let probe = Command::new(["sh", "-c", "echo x >>asked; [ $(wc -l <asked) -ge 2 ]"]);
    let wait = Wait {
        probe: Probe::Run(probe),
        every: Duration::from_millis(1),
        successes: 2,
        begin: WaitStart::AfterDone,
    };
    let mut waits = step("wait", Action::Wait(wait));
    waits.deadline = Duration::from_secs(20);
    let ended = carried_out("sh", &plan(vec![("web1", waits)]), dir.path());
    assert!(ended.status.success(), "{}", words(&ended));
    assert_eq!(std::fs::read_to_string(dir.path().join("asked")).unwrap(), "x\n".repeat(3));
}

#[test]
fn a_failure_stops_a_script_as_the_policy_of_its_run_has_it() {
    let fails = || step("fail", Action::Run(Command::new(["false"])));
    let works = || step("work", Action::Run(Command::new(["true"])));
    for (policy, code, second) in [
        (FailurePolicy::Stop, 1, false),
        (FailurePolicy::Continue, 6, true),
        (FailurePolicy::AtMost(1), 6, true),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut plan = plan(vec![("web1", fails()), ("web2", works())]);
        plan.intent.policy = policy;
        let mut next = plan.stages[0].clone();
        let touch = |name: &str| step("next", Action::Run(Command::new(["touch", name])));
        next.tracks = vec![
            Track::of(&host("web1"), vec![touch("web1")]),
            Track::of(&host("web2"), vec![touch("web2")]),
        ];
        plan.stages.push(next);
        let ended = carried_out("sh", &plan, dir.path());
        assert_eq!(ended.status.code(), Some(code), "{policy:?}: {}", words(&ended));
        assert_eq!(dir.path().join("web2").exists(), second, "{policy:?}");
        assert!(!dir.path().join("web1").exists(), "nothing more where it failed");
        assert!(words(&ended).contains("FAILED on: web1"), "{}", words(&ended));
    }
}

#[test]
fn what_follows_others_is_not_begun_where_none_of_them_ended_well() {
    for (first, wanted) in [("true", Some(0)), ("false", Some(6))] {
        let dir = tempfile::tempdir().unwrap();
        let mut plan = plan(vec![("web1", step("first", Action::Run(Command::new([first]))))]);
        let jobs = step("jobs", Action::Run(Command::new(["touch", "jobs"])));
        let begin = crate::domain::plan::TrackStart::AfterUsersMoved;
        plan.stages[0].tracks.push(Track { begin, ..Track::of(&host("web2"), vec![jobs]) });
        plan.stages[0].gate = Gate::Barrier;
        plan.intent.policy = FailurePolicy::Continue;
        let output = carried_out("sh", &plan, dir.path());
        assert_eq!(output.status.code(), wanted, "{output:?}");
        assert_eq!(dir.path().join("jobs").exists(), first == "true", "{output:?}");
    }
}

/// A `curl` that keeps its configuration and answers 202; `lost`: it ends as if no answer came.
const CURL: &str = r#"#!/bin/sh
cat >>asked
while [ $# -gt 0 ]; do
    case $1 in -D | -o) : >"$2" ;; esac
    shift
done
[ ! -e lost ] || exit 52
printf 202
"#;

fn hooks() -> Vec<PlannedHook> {
    let request = Request {
        method: Method::Post,
        headers: vec![("X-Api-Key".to_owned(), "hunter2hunter2".to_owned())],
        auth: Some(Auth::Bearer(SecretRef::Env("REFERENCE".to_owned()))),
        expect: Expect { status: vec![202], ..Expect::default() },
        ..Request::get("https://pager.test/")
    };
    let deadline = Duration::from_secs(9);
    let request = HookWork::Request(Box::new(HookRequest { request, deadline, poll: None }));
    let command = |text: &str| {
        let words = ["sh", "-c", text].map(str::to_owned).to_vec();
        let variables = vec![("FLIPSIDE_VERDICT".to_owned(), "it's".to_owned())];
        HookWork::Command(HookCommand { words, variables, timeout: deadline })
    };
    let hook = |moment, title: &str, work| PlannedHook {
        moment,
        title: title.to_owned(),
        advisory: false,
        work,
    };
    vec![
        hook(HookMoment::Before, "tell the pager", request),
        hook(HookMoment::After, "after", command("printf %s \"$FLIPSIDE_VERDICT\" >after")),
        hook(HookMoment::Failed, "failed", command("printf failed >failed")),
    ]
}

#[test]
fn hooks_are_carried_out_as_a_run_would() {
    for (lost, wanted) in [
        (false, ["after", "asked", "bin", "done", "plan.sh"].as_slice()),
        (true, ["asked", "bin", "failed", "lost", "plan.sh"].as_slice()),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join("curl"), CURL).unwrap();
        std::fs::set_permissions(bin.join("curl"), std::fs::Permissions::from_mode(0o755)).unwrap();
        if lost {
            std::fs::write(dir.path().join("lost"), "").unwrap();
        }
        let step = step("do it", Action::Run(Command::new(["touch", "done"])));
        let plan = Plan { hooks: hooks(), ..plan(vec![("web1", step)]) };
        let ended = carried_out("sh", &plan, dir.path());
        assert_eq!(ended.status.code(), Some(2), "without the key's value: {}", words(&ended));
        let script = std::fs::read_to_string(dir.path().join("plan.sh")).unwrap();
        assert!(!script.contains("hunter2") && script.contains("FLIPSIDE_X_API_KEY"), "{script}");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let ended = std::process::Command::new("sh")
            .arg("plan.sh")
            .current_dir(dir.path())
            .envs([("PATH", path.as_str()), ("FLIPSIDE_X_API_KEY", "k3y"), ("REFERENCE", "r3f")])
            .output()
            .unwrap();
        assert_eq!(files(dir.path()), wanted, "{}", words(&ended));
        assert_eq!(ended.status.success(), !lost, "{}", words(&ended));
        assert_eq!(words(&ended).contains("UNKNOWN: it was not answered"), lost);
        let asked = std::fs::read_to_string(dir.path().join("asked")).unwrap();
        for line in ["header = \"X-Api-Key: k3y\"", "header = \"Authorization: Bearer r3f\""] {
            assert!(asked.contains(line), "{asked}");
        }
        if !lost {
            assert_eq!(std::fs::read_to_string(dir.path().join("after")).unwrap(), "it's");
        }
    }
}
