//! The hints of the tour behind APIs.

use crate::demo::tour::{Hint, Until};
use crate::domain::phase::Phase;

pub const HINTS: [Hint; 9] = [
    Hint {
        key: "P",
        words: "v1 is live. Press P, type v2, then the key the card shows: each API starts v2 on its passive side, and users notice nothing.",
        until: Until::Done(Phase::Prepare, Some("v2")),
    },
    Hint {
        key: "V",
        words: "v2 is up on the passive side. Press V: each API is asked for its page, then you sign it off on a card.",
        until: Until::Done(Phase::Verify, None),
    },
    Hint {
        key: "L",
        words: "Press L to send users to v2. Watch the requests: none of them fails, and v1 stays on the passive side for a rollback.",
        until: Until::Done(Phase::GoLive, Some("v2")),
    },
    Hint {
        key: "P",
        words: "Now something bad: press P and type v4-bad. The APIs never report it healthy, so it gets no further.",
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
        words: "Every fifth request fails. Press R: it starts automatically after its countdown, and each API switches back to v2.",
        until: Until::Done(Phase::Rollback, None),
    },
    Hint {
        key: "q",
        words: "That was the tour. v3 is good, v5-crash and v6-slow are worth a try, l follows a log, q leaves.",
        until: Until::Never,
    },
];
