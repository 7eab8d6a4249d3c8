//! What a phase would do: shown, as text, as JSON, or as a script.

use std::sync::Arc;

use super::Wrong;
use super::args::{How, Output, Place};
use super::asking::Terminal;
use super::{out, place, wire};
use crate::domain::names::HostName;
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::engine::Attendance;
use crate::headless::exit::Exit;
use crate::headless::{plan, shell};

pub async fn show(
    place: &Place,
    phase: Phase,
    mut hosts: Vec<HostName>,
    how: &How,
) -> Result<Exit, Wrong> {
    hosts.extend(place.only.iter().cloned());
    let place = &Place { only: hosts, ..place.clone() };
    let here = place::here(place)?;
    let intent = here.intent(place, phase, how)?;
    let (engine, mut handle) = wire::engine(&here, Arc::new(Terminal), Attendance::Unattended);
    let gone = || Wrong::Failed("the engine is gone".to_owned());
    handle.orders.send(Order::Propose { intent }).map_err(|_| gone())?;
    let proposal = handle.proposals.recv().await.ok_or_else(gone)?;
    let _ = handle.orders.send(Order::Quit);
    let _ = engine.task.await;
    match proposal.plan {
        Ok(plan) => {
            match place.output {
                Output::Text => out::text(plan::text(&plan))?,
                Output::Json => {
                    out::line(serde_json::to_string(&plan).map_err(std::io::Error::from)?)?;
                }
                Output::Yaml => {
                    return Err(Wrong::Usage("`-o yaml` is for `flipside inventory`".to_owned()));
                }
                Output::Sh => out::text(shell::script(&plan, &here.environment.hosts))?,
            }
            Ok(Exit::Done)
        }
        Err(refusal) => {
            if place.output == Output::Json {
                out::line(serde_json::to_string(&refusal).map_err(std::io::Error::from)?)?;
            }
            Err(Wrong::Refused(refusal.in_words()))
        }
    }
}
