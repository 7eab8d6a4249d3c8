//! Doctor says what hangs and what refuses, in a bounded time and a bounded length.

use super::bench::{Bench, Ended, under_every_shell};
use crate::platform::compose::scripts::DOCTOR;

fn doctor(bench: &Bench) -> Ended {
    let nginx = format!("{} -n {}", bench.at("bin/sudo"), bench.at("bin/nginx"));
    let side = [bench.url.as_str(), "", "", ""];
    let observing = bench.observing(&nginx, [side, side]);
    let mut words = vec!["printf '\\036end\\n'"];
    words.extend(observing.iter().map(String::as_str));
    words.extend([""; 3]);
    bench.run(DOCTOR, &words, "services: {}\n")
}

#[track_caller]
fn line<'e>(ended: &'e Ended, name: &str) -> &'e str {
    let found = ended.out.lines().find(|line| line.starts_with(&format!("{name}\t")));
    found.unwrap_or_else(|| panic!("{name}: {ended:#?}"))
}

#[test]
fn what_hangs_behind_sudo_is_given_up() {
    under_every_shell(|bench| {
        bench.put("hangs-at-test");
        let ended = doctor(bench);
        assert!(ended.took.as_secs() < 40, "{ended:#?}");
        assert_eq!(line(&ended, "config"), "config\trefused\tit did not end in time; ");
        line(&ended, "end");
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}

#[test]
fn what_refuses_at_length_is_quoted_in_part() {
    under_every_shell(|bench| {
        bench.put("refuses-at-length");
        let ended = doctor(bench);
        let config = line(&ended, "config");
        assert!(
            config.starts_with("config\trefused\txxxx") && config.len() < 700,
            "{}",
            config.len()
        );
        assert_eq!(bench.leftovers(), [""; 0]);
    });
}
