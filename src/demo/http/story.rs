//! The acts of the story behind APIs.

use std::time::Duration;

use crate::demo::acts::{Act, Does, Wants, run, watch};
use crate::domain::phase::Phase;

pub const STORY: [Act; 14] = [
    run(
        "v1 is live. Prepare v2: each API starts it on its passive side, and users notice nothing.",
        Phase::Prepare,
        Some("v2"),
    ),
    run("Check the passive side of every API, and sign v2 off.", Phase::Verify, None),
    run(
        "Send users to v2. v1 stays on the passive side, ready for a rollback.",
        Phase::GoLive,
        None,
    ),
    watch("Users reach v2. None of their requests failed.", 2, Wants::NoErrors),
    Act {
        words: "v4-bad starts and never becomes healthy. The prepare fails; users stay on v2.",
        does: Does::Run { phase: Phase::Prepare, release: Some("v4-bad") },
        wants: Wants::NotDone,
    },
    run("Abandon it: the APIs remove it from the passive side.", Phase::Abandon, None),
    run(
        "v8-sluggish is worse: it is healthy, and every check passes.",
        Phase::Prepare,
        Some("v8-sluggish"),
    ),
    run("Nothing seems wrong, and it goes live.", Phase::GoLive, None),
    watch("Every answer is right, and takes half a second. Users notice.", 3, Wants::NoErrors),
    run("Roll back, to the release that the APIs name as the one before.", Phase::Rollback, None),
    run("v3 fixes it.", Phase::Prepare, Some("v3")),
    Act {
        words: "Go live with v3, and disconnect one API in the middle of its switch.",
        does: Does::RunCutOff { phase: Phase::GoLive, heal_after: Duration::from_secs(2) },
        wants: Wants::Anything,
    },
    run(
        "It is back, and its switch was completed meanwhile. Observe it again and do the rest.",
        Phase::GoLive,
        Some("v3"),
    ),
    watch("Users of every API are on v3.", 2, Wants::NoErrors),
];
