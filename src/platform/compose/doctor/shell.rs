//! What answers where a shell should, and does not run what it is given.

use crate::domain::finding::Finding;
use crate::platform::ProbeReply;

/// Words of nologin(8), in the versions of util-linux, shadow and the BSDs.
const NO_LOGIN: &[&str] = &["account is currently not available", "nologin", "not available"];
/// Words of shells that do not read what POSIX has: fish, csh and tcsh, nushell, PowerShell.
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

/// The answer has no end. Who is to blame shows in what was said, and the login shell is one of several.
pub fn refused(reply: &ProbeReply) -> Finding {
    let (code, said) = (reply.code, reply.said());
    if reply.has_begun() {
        return Finding::unknown(
            "shell",
            format!("the script began and ended early, with exit {code}: {said}"),
            "`flipside doctor` once more; what it said last tells what ended it",
        );
    }
    let words = format!("{}\n{}", reply.stdout, reply.stderr).to_lowercase();
    let holds = |texts: &[&str]| texts.iter().any(|text| words.contains(text));
    let as_other = "or log in as somebody else (`user:` under `ssh:`)";
    let remedy = if holds(NO_LOGIN) || (code == 1 && words.trim().is_empty()) {
        // `/bin/false` says nothing.
        format!(
            "the account has a login shell that lets nobody in: `chsh -s /bin/sh` for it, as root; {as_other}"
        )
    } else if holds(NO_POSIX) {
        format!(
            "the login shell must run POSIX `sh -c`: `chsh -s /bin/sh` for it, as root; {as_other}"
        )
    } else {
        format!(
            "something answers in the shell's place: a forced command (`command=` in authorized_keys, \
             `ForceCommand` in sshd_config) or a profile that starts another program; take it away \
             for this login, {as_other}"
        )
    };
    Finding::bad("shell", format!("it runs no command, exit {code}: {said}"), remedy)
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
    fn each_is_told_by_its_own_words() {
        for (code, stdout, stderr, found, remedy) in [
            (
                1,
                "This account is currently not available.\n",
                "",
                "exit 1: This account",
                "lets nobody in",
            ),
            (1, "", "", "exit 1: it said nothing", "lets nobody in"),
            (
                127,
                "",
                "fish: Unknown command: FLIPSIDE_RUN=1\n",
                "exit 127: fish:",
                "POSIX `sh -c`",
            ),
            (0, "Backup menu\n1) run\n", "", "exit 0: Backup menu; 1) run", "a forced command"),
            (1, "", "rbash: sh: restricted\n", "exit 1: rbash", "a forced command"),
            (0, "Welcome\n", "warning\n", "exit 0: warning; Welcome", "a forced command"),
            (137, "\u{1e}doctor\nuser\tis\tx\n", "Killed\n", "exit 137: Killed", "once more"),
            (0, "\u{1b}[31mno\u{7}\n", "", "exit 0: no", "a forced command"),
        ] {
            let said = finding(code, stdout, stderr);
            let (what, how) = said.split_once(" | ").unwrap();
            assert!(what.contains(found) && how.contains(remedy), "{said}");
            assert!(!said.contains('\u{1b}') && !said.contains('\u{7}'), "{said:?}");
            assert_eq!(how.contains("chsh"), !matches!(remedy, "a forced command" | "once more"));
        }
    }
}
