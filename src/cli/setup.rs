//! `flipside setup HOST`: one host, the same run as any other phase.

use super::args::{How, Place};
use super::{Wrong, phase};
use crate::domain::names::HostName;
use crate::domain::phase::Phase;
use crate::headless::exit::Exit;

pub async fn run(place: &Place, host: &HostName, how: &How) -> Result<Exit, Wrong> {
    if place.only.iter().any(|only| only != host) {
        return Err(Wrong::Usage(format!("setup is about {host}: leave `--only` out")));
    }
    let place = Place { only: vec![host.clone()], ..place.clone() };
    phase::run(&place, Phase::Setup, how).await
}
