//! The finding for a login that does not run our script: wrong shell, forced command, closed account.

use crate::domain::finding::Finding;
use crate::platform::contract::ProbeReply;

/// Messages of nologin(8), in the versions of util-linux, shadow and the BSDs.
const NO_LOGIN: &[&str] = &["account is currently not available", "nologin", "not available"];
/// Messages of shells that are not POSIX: fish, csh and tcsh, nushell, PowerShell.
const NO_POSIX: &[&str] = &[
    "fish:",
    "illegal variable name",
    "unmatched",
    "badly placed",
    "missing name for redirect",
    "command not found: sh",
    "nu::",
    "parsererror",
    "unknown command",
];

/// Explains an answer without its end marker. The messages show the cause; the login shell is one of
/// several.
pub fn refused(reply: &ProbeReply) -> Finding {
    let (code, output) = (reply.code, reply.last_output());
    if reply.script_started() {
        return Finding::unknown(
            "shell",
            format!("the script started but ended early (exit {code}): {output}"),
            "Run `flipside doctor` again. The last output says what ended the script.",
        );
    }
    let words = format!("{}\n{}", reply.stdout, reply.stderr).to_lowercase();
    let holds = |texts: &[&str]| texts.iter().any(|text| words.contains(text));
    let other_user = "or use another login (`user:` under `ssh:`)";
    let remedy = if holds(NO_LOGIN) || (code == 1 && words.trim().is_empty()) {
        // `/bin/false` prints nothing.
        format!(
            "The account has no login shell. Run `chsh -s /bin/sh` for it as root, {other_user}."
        )
    } else if holds(NO_POSIX) {
        format!(
            "The login shell must run POSIX `sh -c`. Run `chsh -s /bin/sh` for it as root, {other_user}."
        )
    } else {
        format!(
            "Another program answers instead of the shell: a forced command (`command=` in \
             authorized_keys, `ForceCommand` in sshd_config), or a profile that starts a program. \
             Remove it for this login, {other_user}."
        )
    };
    Finding::bad("shell", format!("it does not run our command (exit {code}): {output}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(code: i32, stdout: &str, stderr: &str) -> String {
        let (stdout, stderr) = (stdout.to_owned(), stderr.to_owned());
        let reply = ProbeReply { code, stdout, stderr, asked_ms: 0, answered_ms: 0 };
        let found = refused(&reply);
        format!("{} | {}", found.found, found.severity.remedy().unwrap_or_default())
    }

    #[test]
    fn each_cause_is_recognized_by_its_message() {
        for (code, stdout, stderr, found, remedy) in [
            (
                1,
                "This account is currently not available.\n",
                "",
                "exit 1): This account",
                "no login shell",
            ),
            (1, "", "", "exit 1): no output", "no login shell"),
            (
                127,
                "",
                "fish: Unknown command: FLIPSIDE_RUN=1\n",
                "exit 127): fish:",
                "POSIX `sh -c`",
            ),
            (0, "Backup menu\n1) run\n", "", "exit 0): Backup menu; 1) run", "a forced command"),
            (1, "", "rbash: sh: restricted\n", "exit 1): rbash", "a forced command"),
            (0, "Welcome\n", "warning\n", "exit 0): warning; Welcome", "a forced command"),
            (137, "\u{1e}doctor\nuser\tis\tx\n", "Killed\n", "exit 137): Killed", "again"),
            (0, "\u{1b}[31mno\u{7}\n", "", "exit 0): no", "a forced command"),
        ] {
            let text = finding(code, stdout, stderr);
            let (what, how) = text.split_once(" | ").unwrap();
            assert!(what.contains(found) && how.contains(remedy), "{text}");
            assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
            assert_eq!(how.contains("chsh"), !matches!(remedy, "a forced command" | "again"));
        }
    }
}
