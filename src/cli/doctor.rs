//! `flipside doctor`: everything that a release needs, asked of every host.

use super::args::{Output, Place};
use super::{Wrong, errand, out, place};
use crate::base::text::escape_json;
use crate::domain::event::{Event, What};
use crate::domain::finding::Checkup;
use crate::domain::order::Order;
use crate::domain::target::Target;
use crate::headless::doctor;
use crate::headless::exit::Exit;

pub async fn examine(place: &Place) -> Result<Exit, Wrong> {
    if place.output == Output::Sh {
        return Err(Wrong::Usage("`-o sh` is for plans".to_owned()));
    }
    let here = place::here(place)?;
    let targets = errand::targets(&here, place);
    let wanted = targets.len() + 1;
    let order = Order::Examine { app: here.app.clone(), stack: here.stack.clone(), targets };
    let mut checkups: Vec<(Option<Target>, Checkup)> = Vec::new();
    let examined = |event: Event| match event.what {
        What::Examined { target, checkup } => {
            checkups.push((target, checkup));
            true
        }
        _ => false,
    };
    errand::run(&here, order, wanted, examined).await;
    checkups.sort_by(|a, b| a.0.cmp(&b.0));
    let mut text = told(place.output, &here, &checkups);
    let checkups: Vec<&Checkup> = checkups.iter().map(|(_, checkup)| checkup).collect();
    if place.output == Output::Text {
        text.push_str(&doctor::summary(&checkups));
    }
    out::text(text)?;
    Ok(doctor::exit(&checkups))
}

fn told(output: Output, here: &place::Here, checkups: &[(Option<Target>, Checkup)]) -> String {
    let mut text = String::new();
    for (target, checkup) in checkups {
        // Nothing to say of the whole is nothing to be told.
        if target.is_none() && *checkup == Checkup::Examined(Vec::new()) {
            continue;
        }
        match (output, target) {
            (Output::Json, _) => {
                let row = serde_json::json!({ "target": target, "checkup": checkup });
                text.push_str(&escape_json(&row.to_string()));
                text.push('\n');
            }
            (_, Some(target)) => text.push_str(&doctor::text(target.name(), checkup)),
            (_, None) => {
                let name = format!("{} in {}", here.app, here.environment.name);
                text.push_str(&doctor::text(&name, checkup));
            }
        }
    }
    text
}
