//! Reads the states of the services of a pair.

use std::collections::BTreeMap;

use crate::domain::names::Color;
use crate::domain::observation::Running;
use crate::platform::symlink::spec::{Service, SymlinkSpec};

/// Reads the states of both services.
pub fn states(spec: &SymlinkSpec, text: &str) -> BTreeMap<Color, Running> {
    let colors = spec.colors.both();
    let unseen = || colors.map(|color| (color.clone(), Running::Unseen));
    match spec.pair.as_ref().map(|pair| &pair.service) {
        None => BTreeMap::new(),
        Some(Service::Commands { .. }) => {
            let state = |line: &str| {
                let (color, code) = line.split_once(' ')?;
                Some((spec.colors.find(color)?.clone(), exit_state(code.trim().parse().ok()?)))
            };
            unseen().into_iter().chain(text.lines().filter_map(state)).collect()
        }
        Some(Service::Systemd { .. }) => {
            // One block of properties for each unit, in the order of the colors.
            let units: Vec<&str> = text.split("\n\n").collect();
            let states =
                colors.into_iter().zip(&units).map(|(c, unit)| (c.clone(), unit_state(unit)));
            unseen().into_iter().chain(states).collect()
        }
    }
}

/// Reads the exit code of a `status` command. Shells report with 126 and 127 that there is no such program, and
/// `timeout` with 124 that it did not end.
fn exit_state(code: i32) -> Running {
    match code {
        0 => Running::Up,
        124 | 126 | 127 => Running::Unseen,
        _ => Running::Stopped,
    }
}

fn unit_state(unit: &str) -> Running {
    let value =
        |name: &str| unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    match (value("LoadState"), value("ActiveState")) {
        (Some("not-found"), _) => Running::Absent,
        (_, Some("active" | "reloading")) => Running::Up,
        (_, Some("inactive" | "failed")) => Running::Stopped,
        (_, Some(_)) => Running::Unsettled,
        (_, None) => Running::Unseen,
    }
}
