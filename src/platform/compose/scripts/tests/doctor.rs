//! Doctor reports what hangs and what fails, in bounded time and bounded length.

use super::host::{ScriptExit, ScriptHost, under_every_shell};
use crate::platform::compose::scripts::DOCTOR;

fn doctor(host: &ScriptHost) -> ScriptExit {
    let nginx = format!("{} -n {}", host.at("bin/sudo"), host.at("bin/nginx"));
    let entry_point = [host.url.as_str(), "", "", ""];
    let observing = host.observing(&nginx, [entry_point, entry_point]);
    let mut words = vec!["printf '\\036end\\n'"];
    words.extend(observing.iter().map(String::as_str));
    words.extend([""; 3]);
    host.run(DOCTOR, &words, "services: {}\n")
}

#[track_caller]
fn line<'e>(ended: &'e ScriptExit, name: &str) -> &'e str {
    let found = ended.out.lines().find(|line| line.starts_with(&format!("{name}\t")));
    found.unwrap_or_else(|| panic!("{name}: {ended:#?}"))
}

#[test]
fn a_command_that_hangs_behind_sudo_is_given_up() {
    under_every_shell(|host| {
        host.put("hangs-at-test");
        let ended = doctor(host);
        assert!(ended.took.as_secs() < 40, "{ended:#?}");
        assert_eq!(line(&ended, "config"), "config\trefused\tit did not end in time; ");
        line(&ended, "end");
        assert_eq!(host.leftovers(), [""; 0]);
    });
}

#[test]
fn long_messages_are_truncated() {
    under_every_shell(|host| {
        host.put("refuses-at-length");
        let ended = doctor(host);
        let config = line(&ended, "config");
        assert!(
            config.starts_with("config\trefused\txxxx") && config.len() < 700,
            "{}",
            config.len()
        );
        assert_eq!(host.leftovers(), [""; 0]);
    });
}
