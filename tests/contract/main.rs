//! What every platform promises, whatever it is made of: one law, one test, for each platform against its own
//! simulated targets. A platform is added by one file that implements [`platform::PlatformUnderTest`], and one line below. The
//! laws ask what it supports, and leave out phases that it does not have.

#![allow(clippy::unwrap_used, clippy::panic)] // a test tells what is wrong by panicking

#[path = "../testkit/mod.rs"]
mod testkit;

mod agent;
mod compose;
mod http;
mod laws;
mod platform;
mod symlink;
mod trial;

/// The laws as tests of one platform.
macro_rules! contract {
    ($($law:ident),* for $name:ident: $platform:ty) => {
        mod $name {
            $(
                #[test]
                fn $law() {
                    crate::laws::$law::<$platform>();
                }
            )*
        }
    };
}

/// The laws of every platform.
macro_rules! every_law {
    ($name:ident: $platform:ty) => {
        contract!(
            a_fresh_plan_is_empty_after_a_run,
            every_step_can_be_repeated,
            a_run_that_died_after_any_step_converges,
            a_run_converges_whatever_the_line_does,
            a_rollback_restores_the_release_that_users_came_from,
            of_two_runs_that_start_at_once_one_changes_a_target_at_a_time,
            of_two_claims_of_one_lock_one_wins,
            observing_changes_nothing,
            an_unreachable_target_is_never_shown_as_known,
            a_run_whose_lock_is_gone_changes_nothing_more
            for $name: $platform
        );
    };
}

every_law!(on_compose: crate::compose::Compose);
every_law!(on_http: crate::http::Http);
every_law!(on_symlink_with_a_pair: crate::symlink::WithPair);
every_law!(on_symlink_alone: crate::symlink::Alone);

// An agent has neither a lock nor a record of what was live before, as its plans say.
contract!(
    a_fresh_plan_is_empty_after_a_run,
    every_step_can_be_repeated,
    a_run_that_died_after_any_step_converges,
    a_run_converges_whatever_the_line_does,
    observing_changes_nothing,
    an_unreachable_target_is_never_shown_as_known
    for on_symlink_by_an_agent: crate::testkit::agent::Agents
);
