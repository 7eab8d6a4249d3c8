//! `flipside doctor`: everything that a release needs, asked of every host.

use super::args::{Output, Place};
use super::{Wrong, errand, out, place};
use crate::base::text::escape_json;
use crate::domain::event::{Event, What};
use crate::domain::finding::Examination;
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
    let mut examinations: Vec<(Option<Target>, Examination)> = Vec::new();
    let examined = |event: Event| match event.what {
        What::Examined { target, examination } => {
            examinations.push((target, examination));
            true
        }
        _ => false,
    };
    errand::run(&here, order, wanted, examined).await;
    examinations.sort_by(|a, b| a.0.cmp(&b.0));
    let mut text = told(place.output, &here, &examinations);
    let examinations: Vec<&Examination> =
        examinations.iter().map(|(_, examination)| examination).collect();
    if place.output == Output::Text {
        text.push_str(&doctor::summary(&examinations));
    }
    out::text(text)?;
    Ok(doctor::exit(&examinations))
}

fn told(
    output: Output,
    here: &place::Here,
    examinations: &[(Option<Target>, Examination)],
) -> String {
    let mut text = String::new();
    for (target, examination) in examinations {
        // Nothing to say of the whole is nothing to be told.
        if target.is_none() && *examination == Examination::Examined(Vec::new()) {
            continue;
        }
        match (output, target) {
            (Output::Json, _) => {
                let row = serde_json::json!({ "target": target, "checkup": examination });
                text.push_str(&escape_json(&row.to_string()));
                text.push('\n');
            }
            (_, Some(target)) => text.push_str(&doctor::text(target.name(), examination)),
            (_, None) => {
                let name = format!("{} in {}", here.app, here.environment.name);
                text.push_str(&doctor::text(&name, examination));
            }
        }
    }
    text
}
