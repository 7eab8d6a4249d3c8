//! Tests of scripts under the shells that hosts have, with stand-ins for Docker, nginx and `curl` that answer as each
//! test needs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::*;
use crate::platform::compose::fixture;

/// A stand-in for curl: Docker Engine with the containers of `states`, per line SERVICE STATE RESTARTS BIRTH.
const ENGINE: &str = r#"case "$*" in
*status*) echo '[]' ;;
*/containers/json*)
    number=0
    while read -r _; do
        number=$((number + 1))
        printf '{"Id":"%064d","Status":"any"},' "$number"
    done <"$home/states"
    ;;
*)
    while read -r service state restarts birth; do
        printf '{"Id":"","Created":"%s","State":{"Status":"%s","Health":{"Status":"healthy"}},' "$birth" "$state"
        printf '"RestartCount":%s,"Config":{"Labels":{"com.docker.compose.service":"%s"}}}\n' "$restarts" "$service"
    done <"$home/states"
    ;;
esac"#;

/// A machine in a directory: programs in `bin`, the stack in `srv`.
struct Machine {
    home: tempfile::TempDir,
}

struct MachineExit {
    code: i32,
    out: String,
    err: String,
}

/// Returns the shells of this machine that a host may have as its `sh`.
fn shells() -> Vec<Vec<&'static str>> {
    let found = |words: &[&'static str]| {
        let mut command = Command::new(words[0]);
        let ran = command.args(&words[1..]).args(["-c", ":"]).stderr(Stdio::null()).status();
        ran.is_ok_and(|status| status.success()).then(|| words.to_vec())
    };
    let shells = [&["sh"][..], &["bash"], &["dash"], &["busybox", "sh"]];
    shells.into_iter().filter_map(found).collect()
}

impl Machine {
    fn with(programs: &[(&str, &str)]) -> Self {
        let machine = Self { home: tempfile::tempdir().unwrap() };
        for directory in ["bin", "srv/.flipside", ".docker/cli-plugins"] {
            fs::create_dir_all(machine.path(directory)).unwrap();
        }
        for (name, text) in programs {
            machine.program(&format!("bin/{name}"), text);
        }
        // The Compose of this machine must not be used.
        machine.program(".docker/cli-plugins/docker-compose", "exec docker compose \"$@\"");
        machine
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path(name);
        let text = format!("#!/bin/sh\nhome={}\n{text}\n", self.path("").display());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn run(&self, shell: &[&str], script: Script, arguments: &[&str]) -> MachineExit {
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(shell[0]);
        command
            .args(&shell[1..])
            .args(["-c", &format!("{}{}", engine(&fixture::spec()), script.text()), script.name])
            .args(arguments)
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("HOME", self.path(""))
            .env_remove("DOCKER_CONFIG")
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        MachineExit {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// Returns a path as an argument.
fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_docker_command_uses_the_engine_of_the_inventory() {
    let docker =
        "echo \"$DOCKER_HOST ${DOCKER_CONTEXT-none} ${DOCKER_TLS_VERIFY-none}\" >>$home/asked";
    let machine = Machine::with(&[("docker", docker)]);
    for shell in shells() {
        machine.run(&shell, STOP, &["shop", "shop_blue", "1"]);
    }
    let asked = machine.read("asked");
    assert_eq!(asked.lines().count(), shells().len(), "{asked}");
    assert!(asked.lines().all(|line| line == "unix:///var/run/docker.sock none none"), "{asked}");
}

#[test]
fn jobs_are_updated_only_if_every_container_runs() {
    // One line per container: service, state, restarts and birth.
    let machine =
        Machine::with(&[("docker", ":"), ("curl", ENGINE), ("sleep", "exec /bin/sleep 0.05")]);
    let srv = machine.path("srv");
    for shell in shells() {
        for (states, code, said) in [
            ("djobs running 0 2020\ndjobs running 3 2020\n", 0, ""),
            ("djobs running 0 2020\ndjobs exited 0 2020\n", 1, "djobs is exited"),
            ("djobs running 3 2999\n", 1, "restarted it 3 times already"),
            ("cron running 0 2020\n", 1, "djobs is absent"),
            ("", 1, "djobs is absent"),
        ] {
            machine.write("states", states);
            let ended = machine.run(&shell, JOBS, &[text(&srv), "new.yml", "shop", "djobs"]);
            assert_eq!(ended.code, code, "{shell:?} {states:?}: {}", ended.err);
            assert!(ended.err.contains(said), "{shell:?} {states:?}: {}", ended.err);
        }
    }
}

/// bash loses the exit code of a process if its end and an interruption of `wait` coincide. Here interruptions are a
/// hundred times as frequent as on a host.
#[test]
fn exit_codes_survive_interruptions_of_wait() {
    std::thread::scope(|scope| {
        for shell in shells() {
            scope.spawn(move || {
                let sleep = ("sleep", "exec /bin/sleep 0.01");
                let machine = Machine::with(&[("docker", ":"), ("curl", ENGINE), sleep]);
                let srv = machine.path("srv");
                machine.write("states", "djobs running 0 2020\n");
                for _ in 0..40 {
                    let words = [text(&srv), "new.yml", "shop", "djobs"];
                    let ended = machine.run(&shell, JOBS, &words);
                    assert_eq!(ended.code, 0, "{shell:?}: {}", ended.err);
                }
                let left = fs::read_dir(srv.join(".flipside")).unwrap();
                let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
                assert_eq!(left, ["reserve"], "{shell:?}");
            });
        }
    });
}

#[test]
fn an_engine_that_hangs_while_jobs_are_updated_is_given_up() {
    let docker = "case $* in *Names*) ;; *) exec /bin/sleep 12 ;; esac";
    let sooner = JOBS.text().replace("every=5 limit=10", "every=1 limit=1");
    assert_ne!(sooner, JOBS.text(), "it waits three times 15 s");
    let shorter: &'static str = Box::leak(sooner.into_boxed_str());
    let script = Script { parts: Box::leak(Box::new([shorter])), ..JOBS };
    std::thread::scope(|scope| {
        for shell in shells() {
            scope.spawn(move || {
                let machine = Machine::with(&[("docker", docker)]);
                let srv = machine.path("srv");
                let ended = machine.run(&shell, script, &[text(&srv), "new.yml", "shop", "djobs"]);
                assert_eq!(ended.code, 69, "{shell:?}: {}", ended.err);
                assert!(ended.err.contains("was left running"), "{shell:?}: {}", ended.err);
                assert!(ended.out.contains("waiting at most 2 s more"), "{}", ended.out);
            });
        }
    });
}

#[test]
fn a_color_is_started_only_if_every_container_is_healthy() {
    // The second container becomes healthy at the third request.
    let curl = "case \"$*\" in
*/images/*) echo '{\"RepoDigests\":[\"other@sha256:2\",\"registry.example.org/shop@sha256:1\"],\"Id\":\"\"}' ;;
*shop_blue*)
    echo asked >>$home/asks
    if [ $(wc -l <$home/asks) -ge 3 ]; then health=$(cat $home/then); else health='(health: starting)'; fi
    id=$(printf '%064d' 7)
    for one in '(healthy)' \"$health\"; do
        printf '{\"Id\":\"%s\",\"State\":\"running\",\"Status\":\"Up 1 second %s\"},' $id \"$one\"
    done
    ;;
*) echo '[]' ;;
esac";
    let machine = Machine::with(&[("docker", ":"), ("curl", curl), ("sleep", ":")]);
    let srv = machine.path("srv");
    for shell in shells() {
        for (then, code) in [("(healthy)", 0), ("(unhealthy)", 66)] {
            machine.write("asks", "");
            machine.write("then", then);
            let ended = machine.run(&shell, START, &starting(text(&srv)));
            assert_eq!(ended.code, code, "{shell:?} {then}: {} {}", ended.out, ended.err);
            assert_eq!(machine.read("asks").lines().count(), 3, "{shell:?}");
        }
    }
}

fn starting(srv: &str) -> [&str; 10] {
    let image = "registry.example.org/shop";
    [srv, "new.yml", "shop", "shop_blue", image, "v1", "sha256:1", "9", "http://127.0.0.1:1/", ""]
}

#[test]
fn an_engine_that_stops_answering_while_a_color_starts_is_given_up() {
    // curl exits with 28 on a timeout.
    let curl = "case \"$*\" in
*/images/*) echo '{\"RepoDigests\":[\"registry.example.org/shop@sha256:1\"]}' ;;
*shop_blue*) echo asked >>$home/asks; exit 28 ;;
*) echo '[]' ;;
esac";
    let machine = Machine::with(&[("docker", ":"), ("curl", curl), ("sleep", ":")]);
    let srv = machine.path("srv");
    for shell in shells() {
        machine.write("asks", "");
        let ended = machine.run(&shell, START, &starting(text(&srv)));
        assert_eq!(ended.code, 69, "{shell:?}: {} {}", ended.out, ended.err);
        assert!(
            ended.err.contains("stopped answering while shop_blue was started"),
            "{}",
            ended.err
        );
        assert_eq!(machine.read("asks").lines().count(), 10, "{shell:?}");
    }
}

#[test]
fn a_migration_of_another_digest_is_not_mistaken_for_this_one() {
    let docker = "case \"$1 $2\" in
'container inspect') [ -f $home/there ] || exit 1; echo 'exited 0' ;;
'rm -f') rm -f $home/there ;;
'compose -p') echo ran >>$home/runs; touch $home/there ;;
wait*) echo 0 ;;
esac";
    let machine = Machine::with(&[("docker", docker)]);
    let srv = machine.path("srv");
    for shell in shells() {
        // One that succeeded while no console was connected: of the same digest, another, an unknown one.
        for (begun, runs) in [(Some("sha256:new"), 0), (Some("sha256:old"), 1), (None, 0)] {
            for name in ["there", "runs", "srv/.flipside/migrated/v1", "srv/.flipside/migrating.v1"]
            {
                let _ = fs::remove_file(machine.path(name));
            }
            machine.write("there", "");
            if let Some(begun) = begun {
                machine.write("srv/.flipside/migrating.v1", &format!("{begun}\n"));
            }
            let arguments = [text(&srv), "f.yml", "shop", "migrator", "v1", "sha256:new"];
            let ended = machine.run(&shell, MIGRATE, &arguments);
            assert_eq!(ended.code, 0, "{shell:?} {begun:?}: {} {}", ended.out, ended.err);
            assert_eq!(machine.read("runs").lines().count(), runs, "{shell:?} {begun:?}");
            assert_eq!(machine.read("srv/.flipside/migrated/v1"), "sha256:new\n");
            assert!(!machine.path("srv/.flipside/migrating.v1").exists(), "{shell:?} {begun:?}");
        }
    }
}

/// Returns the parts of an observation by name.
fn observed(machine: &Machine, shell: &[&str], nginx: &str, known: &str) -> Vec<(String, String)> {
    let srv = machine.path("srv");
    let (live, passive) = (machine.path("live.conf"), machine.path("passive.conf"));
    let arguments = [
        "app",
        text(&srv),
        "shop",
        "team/shop",
        "/no.sock",
        nginx,
        text(&live),
        text(&passive),
        "shop_live",
        "shop_passive",
        "/no.pid",
        "http://127.0.0.1:1/",
        "",
        "http://127.0.0.1:1/",
        "",
        known,
    ];
    let ended = machine.run(shell, OBSERVE, &arguments);
    assert_eq!(ended.code, 0, "{shell:?}: {}", ended.err);
    let parts = ended.out.split('\u{1e}').skip(1);
    parts
        .map(|part| part.split_once('\n').unwrap_or((part, "")))
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

fn part<'p>(parts: &'p [(String, String)], name: &str) -> &'p str {
    parts.iter().find(|(found, _)| found == name).map_or("(none)", |(_, text)| text.trim_end())
}

/// An nginx whose configuration passes requests to both upstreams.
const NGINX: &str = "printf '# configuration file /n:\\nhttp { server { proxy_pass http://shop_live; proxy_pass http://shop_passive; } }\\n\\n'; echo noise >&2";

#[test]
fn the_deployed_compose_file_may_have_any_name() {
    let machine = Machine::with(&[("nginx", NGINX), ("curl", "exit 7")]);
    let srv = machine.path("srv");
    let dated = "docker-compose.20270101-000000-v2.yml";
    machine.write("srv/docker-compose-20200807.yml", "services: {}\n");
    machine.write("srv/stack.yaml", "services: {}\n");
    machine.write("elsewhere.yml", "services: {}\n");
    machine.write(
        &format!("srv/{dated}"),
        "# flipside release=v2 color=green previous=docker-compose-20200807.yml\n",
    );
    symlink("stack.yaml", srv.join("current.yml")).unwrap();
    let elsewhere = machine.path("elsewhere.yml");
    let link = srv.join("docker-compose.yml");
    for shell in shells() {
        for (to, wanted, files) in [
            ("docker-compose-20200807.yml", "here docker-compose-20200807.yml".to_owned(), 2),
            (
                text(&srv.join("docker-compose-20200807.yml")),
                "here docker-compose-20200807.yml".to_owned(),
                2,
            ),
            ("current.yml", "here stack.yaml".to_owned(), 3),
            (dated, format!("here {dated}"), 2),
            ("gone.yml", "broken gone.yml".to_owned(), 2),
            (
                text(&elsewhere),
                format!("elsewhere {}", fs::canonicalize(&elsewhere).unwrap().display()),
                2,
            ),
        ] {
            let _ = fs::remove_file(&link);
            symlink(to, &link).unwrap();
            let parts = observed(&machine, &shell, "nginx", "");
            assert_eq!(part(&parts, "link"), wanted, "{shell:?}");
            let sums =
                part(&parts, "files").lines().filter(|line| !line.starts_with("head ")).count();
            assert_eq!(sums, files, "{shell:?} {to}: {}", part(&parts, "files"));
        }
    }
}

#[test]
fn an_unchanged_nginx_configuration_is_sent_once() {
    let machine = Machine::with(&[("nginx", NGINX), ("curl", "exit 7")]);
    machine.write("srv/live-color", "blue\n");
    machine.write("live.conf", "x\n");
    machine.write("passive.conf", "x\n");
    for shell in shells() {
        let parts = observed(&machine, &shell, "nginx", "");
        let (head, dump) = part(&parts, "nginx").split_once('\n').unwrap();
        let sum = head.strip_prefix("dump ").unwrap();
        assert!(dump.starts_with("# configuration file /n:\nhttp {"), "{shell:?}: {dump}");
        assert_eq!(part(&parts, "setup"), "(none)", "{shell:?}: nothing is missing");
        let parts = observed(&machine, &shell, "nginx", sum);
        assert_eq!(part(&parts, "nginx"), format!("same {sum}"), "{shell:?}");
    }
}

#[test]
fn failures_of_nginx_are_recognized_by_the_exit_code() {
    let sudo = "case $2 in -l) exit 1 ;; *) echo 'sudo-rs: interactive authentication is required' >&2; exit 1 ;; esac";
    let may = "[ \"$2\" = -l ] || { shift; exec \"$@\"; }";
    let broken = "echo 'nginx: [emerg] unknown directive' >&2; exit 1";
    for (program, text, nginx, wanted) in [
        (
            "sudo",
            sudo,
            "sudo -n nginx",
            "failed 1 denied\nsudo-rs: interactive authentication is required",
        ),
        (
            "nginx-broken",
            broken,
            "nginx-broken",
            "failed 1 failed\nnginx: [emerg] unknown directive",
        ),
        ("sudo", may, "sudo -n nginx -q", "dump "),
        ("unused", ":", "ngnix", "failed 127 absent\n"),
        ("sudo", may, "sudo -n ngnix", "failed 127 absent\n"),
    ] {
        let machine = Machine::with(&[("nginx", NGINX), ("curl", "exit 7"), (program, text)]);
        for shell in shells() {
            let parts = observed(&machine, &shell, nginx, "");
            let found = part(&parts, "nginx");
            assert!(found.starts_with(wanted), "{shell:?} {nginx}: {found}");
        }
    }
}
