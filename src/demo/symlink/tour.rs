//! The hints of the tour on symlink hosts.

use crate::demo::tour::{Hint, Until};
use crate::domain::phase::Phase;

pub const HINTS: [Hint; 9] = [
    Hint {
        key: "P",
        words: "v1 is live on blue. Press P, type v2, then the key the card shows: its archive is unpacked beside v1 and started on green.",
        until: Until::Done(Phase::Prepare, Some("v2")),
    },
    Hint {
        key: "V",
        words: "v2 is up on the passive side. Press V: every host checks it, then you sign it off on a card.",
        until: Until::Done(Phase::Verify, None),
    },
    Hint {
        key: "L",
        words: "Press L to send users to v2: nginx moves them, the live link follows, its deployed hook runs. No request fails.",
        until: Until::Done(Phase::GoLive, Some("v2")),
    },
    Hint {
        key: "P",
        words: "Now something bad: press P and type v4-bad. Its service starts and never answers well, so it gets no further.",
        until: Until::NotDone(Phase::Prepare),
    },
    Hint {
        key: "P",
        words: "Users noticed nothing. Worse: press P and type v7-broken. It is healthy, and its checks pass.",
        until: Until::Done(Phase::Prepare, Some("v7-broken")),
    },
    Hint {
        key: "L",
        words: "Every check passes. Press L: the errors of some releases are found only by users.",
        until: Until::Done(Phase::GoLive, Some("v7-broken")),
    },
    Hint {
        key: "",
        words: "Users are on v7-broken. Watch their requests.",
        until: Until::Errors(5),
    },
    Hint {
        key: "R",
        words: "Every fifth request fails. Press R: it starts automatically after its countdown; v2 is still up on the other color.",
        until: Until::Done(Phase::Rollback, None),
    },
    Hint {
        key: "q",
        words: "That was the tour. v3 is good, v5-crash and v6-slow are worth a try, F finishes a release, q leaves.",
        until: Until::Never,
    },
];
