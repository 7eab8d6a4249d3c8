//! What holds for the scripts of every platform.

use super::*;

/// Asserts that each script gives its arguments the names that the comment at its top shows.
#[track_caller]
pub fn assert_named_as_documented(scripts: &[Script]) {
    for script in scripts {
        let (Parameters::Positions(names) | Parameters::Settings(names)) = script.parameters;
        assert_eq!(documented(*script), names, "{}.sh", script.name);
    }
}

/// Returns the names on the line `#   NAME.sh ARGUMENT… <INPUT  MEANING` and those that continue it.
fn documented(script: Script) -> Vec<String> {
    let text = script.parts.last().unwrap();
    let call = format!("{}.sh ", script.name);
    let usage = text.lines().map(|line| line.trim_start_matches(['#', ' ']));
    let mut usage = usage.skip_while(|line| !line.starts_with(&call));
    let mut line = usage.next().unwrap_or_default()[call.len()..].to_owned();
    while line.ends_with('\\') {
        line = format!("{} {}", line.trim_end_matches([' ', '\\']), usage.next().unwrap());
    }
    let words = line.split(' ').take_while(|word| !word.is_empty() && !word.starts_with('<'));
    words.map(|word| word.trim_matches(['[', ']', '=']).replace("…]", "…").to_lowercase()).collect()
}

#[test]
fn scripts_name_their_arguments_as_documented() {
    assert_named_as_documented(&[
        LOCK,
        UNLOCK,
        RENEW,
        SWITCH,
        DRAIN,
        RECORD,
        CHECK,
        MARK,
        DIRECTORIES,
        INCLUDE,
        SERVE,
    ]);
}

/// A tick that comes as the command ends interrupts the wait for it: the exit code is the command's nevertheless, and the
/// variables of the caller are as they were.
#[test]
fn bounded_command_keeps_its_exit_code_when_a_tick_comes_as_it_ends() {
    let script = format!(
        "now() {{ now=$(date +%s); }}\nsleep() {{ command sleep 0.003; }}\n{}\n{}",
        include_str!("bounded.sh"),
        r#"output=$1/output
count=0
while [ "$count" -lt 200 ]; do
    count=$((count + 1)) did=0
    bounded 20 sh -c 'exit 3' || did=$?
    [ "$did" = 3 ] || echo "call $count: $did instead of 3"
    did=0
    bounded 20 true || did=$?
    [ "$did" = 0 ] || echo "call $count: $did instead of 0"
done
stop_ticking"#
    );
    let directory = tempfile::tempdir().unwrap();
    for shell in ["sh", "dash", "bash", "busybox"] {
        let mut command = std::process::Command::new(shell);
        if shell == "busybox" {
            command.arg("sh");
        }
        let ran = match command.args(["-c", &script, "sh"]).arg(directory.path()).output() {
            Ok(ran) => ran,
            // `sh` is everywhere; of the others what is here.
            Err(error) => {
                assert_ne!(shell, "sh", "{error}");
                continue;
            }
        };
        assert_eq!(String::from_utf8_lossy(&ran.stdout), "", "{shell}");
        assert!(ran.status.success(), "{shell}: {ran:?}");
    }
}
