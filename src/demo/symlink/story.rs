//! The acts of the story on symlink hosts.

use std::time::Duration;

use crate::demo::acts::{Act, Does, Wants, run, watch};
use crate::domain::phase::Phase;

pub const STORY: [Act; 14] = [
    run(
        "v1 is live as blue. Prepare v2: its archive is uploaded, unpacked and started as green, and users notice nothing.",
        Phase::Prepare,
        Some("v2"),
    ),
    run("Check green on every host, and sign it off.", Phase::Verify, None),
    run(
        "Send users to green. The live link follows, and blue stays warm, ready for a rollback.",
        Phase::GoLive,
        None,
    ),
    watch("Users reach v2. None of their requests failed.", 2, Wants::NoErrors),
    Act {
        words: "v4-bad starts and never answers well. The prepare fails; users stay on v2.",
        does: Does::Run { phase: Phase::Prepare, release: Some("v4-bad") },
        wants: Wants::NotDone,
    },
    run("Abandon it: the passive entry point goes back to the live color.", Phase::Abandon, None),
    run(
        "v8-sluggish is worse: it is healthy, and every check passes.",
        Phase::Prepare,
        Some("v8-sluggish"),
    ),
    run("Nothing seems wrong, and it goes live.", Phase::GoLive, None),
    watch("Every answer is right, and takes half a second. Users notice.", 3, Wants::NoErrors),
    run("Roll back. The other color is warm: this takes a few seconds.", Phase::Rollback, None),
    run("v3 fixes it.", Phase::Prepare, Some("v3")),
    Act {
        words: "Go live with v3, and disconnect one host in the middle of its switch.",
        does: Does::RunCutOff { phase: Phase::GoLive, heal_after: Duration::from_secs(2) },
        wants: Wants::Anything,
    },
    run(
        "It is back, and its switch was completed meanwhile. Observe it again and do the rest.",
        Phase::GoLive,
        Some("v3"),
    ),
    run(
        "Every host is on v3. Finish: stop the previous service, remove versions that nothing needs.",
        Phase::Finish,
        None,
    ),
];
