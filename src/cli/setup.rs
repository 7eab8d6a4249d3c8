//! `flipside setup HOST…`: the hosts that are named, the same run as any other phase.

use super::args::{How, Place};
use super::{Wrong, phase};
use crate::domain::names::TargetName;
use crate::domain::phase::Phase;
use crate::headless::exit::Exit;

pub async fn run(place: &Place, hosts: Vec<TargetName>, how: &How) -> Result<Exit, Wrong> {
    if place.only.iter().any(|only| !hosts.contains(only)) {
        return Err(Wrong::Usage(
            "setup is about the hosts it names: leave `--only` out".to_owned(),
        ));
    }
    let place = Place { only: hosts, ..place.clone() };
    phase::run(&place, Phase::Setup, how).await
}
