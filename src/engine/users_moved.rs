//! Lets tracks that follow users start once another track has moved its users.

use tokio::sync::watch;

use crate::domain::plan::{Effect, Stage, Step, Track, TrackStart};

/// The state of the tracks that others wait for.
pub struct UsersMoved {
    /// How many tracks have not ended yet, and whether one has moved its users.
    left: watch::Sender<(usize, bool)>,
}

impl UsersMoved {
    pub fn of(stage: &Stage) -> Self {
        let first = stage.tracks.iter().filter(|track| track.begin == TrackStart::AtOnce).count();
        Self { left: watch::Sender::new((first, false)) }
    }

    /// Records a step that was done. Its track's users count as moved if the step moved them and no later step does.
    pub fn step_done(&self, track: &Track, index: usize) {
        let moves = |step: &Step| step.effect == Effect::Switches && step.is_to_do();
        if moves(&track.steps[index]) && !track.steps[index + 1..].iter().any(moves) {
            self.left.send_modify(|(_, moved)| *moved = true);
        }
    }

    pub fn ended(&self, track: &Track, well: bool) {
        if track.begin == TrackStart::AtOnce {
            self.left.send_modify(|(left, moved)| {
                *left = left.saturating_sub(1);
                *moved |= well;
            });
        }
    }

    /// Waits until a track moved its users, or ended well without doing so. Returns `false` if none did.
    pub async fn wait(&self) -> bool {
        let mut left = self.left.subscribe();
        let ended = left.wait_for(|(left, moved)| *moved || *left == 0).await;
        ended.is_ok_and(|ended| ended.1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use futures::FutureExt;

    use super::*;
    use crate::domain::command::Command;
    use crate::domain::names::HostName;
    use crate::domain::plan::{Action, Gate, StepState, Width};
    use crate::domain::target::Target;

    fn step(effect: Effect) -> Step {
        Step {
            name: "step".to_owned(),
            title: "a step".to_owned(),
            effect,
            action: Action::Run(Command::new(["true"])),
            deadline: Duration::from_secs(1),
            state: StepState::ToDo,
            announce: None,
            changes: Vec::new(),
        }
    }

    fn stage() -> Stage {
        let target = |name: &str| Target::Host(HostName::new(name).unwrap());
        let web = vec![step(Effect::Changes), step(Effect::Switches), step(Effect::Replaces)];
        let jobs = Track {
            begin: TrackStart::AfterUsersMoved,
            ..Track::of(&target("jobs1"), vec![step(Effect::Replaces)])
        };
        Stage {
            name: "roll back".to_owned(),
            width: Width::All,
            pause: None,
            tracks: vec![Track::of(&target("web1"), web), jobs],
            gate: Gate::Barrier,
        }
    }

    #[test]
    fn wait_ends_when_users_are_moved_before_the_track_ends() {
        let stage = stage();
        let users_moved = UsersMoved::of(&stage);
        let web = &stage.tracks[0];
        users_moved.step_done(web, 0);
        assert_eq!(users_moved.wait().now_or_never(), None);
        users_moved.step_done(web, 1);
        assert_eq!(users_moved.wait().now_or_never(), Some(true));
    }

    #[test]
    fn wait_returns_false_when_no_track_moved_users() {
        let stage = stage();
        let users_moved = UsersMoved::of(&stage);
        users_moved.step_done(&stage.tracks[0], 0);
        users_moved.ended(&stage.tracks[0], false);
        assert_eq!(users_moved.wait().now_or_never(), Some(false));
    }
}
