//! `flipside unlock`: takes a lock away whose run cannot give it back any more.

use super::args::{Place, Sure};
use super::{Wrong, asking, errand, out, place};
use crate::domain::event::{Event, What};
use crate::domain::order::Order;
use crate::domain::phase::Phase;
use crate::headless::Teller;
use crate::headless::exit::Exit;

pub async fn remove(place: &Place, reason: String, sure: &Sure) -> Result<Exit, Wrong> {
    let here = place::here(place)?;
    asking::make_sure(place, &here.environment, Phase::Repair, sure)?;
    let targets = errand::targets(&here, place);
    let wanted = targets.len();
    let (app, stack, by) = (here.app.clone(), here.stack.clone(), here.operator.clone());
    let order = Order::Unlock { app, stack, targets, reason, by };
    let mut exit = Exit::Done;
    let mut teller = Teller::default();
    let released = |event: Event| {
        if let Some(line) = teller.line(&event) {
            // Nobody may be reading any more; the locks are removed all the same.
            let _ = out::line(line);
        }
        if matches!(event.what, What::LockLeft { .. }) {
            exit = Exit::Failed;
        }
        matches!(event.what, What::LockReleased { .. } | What::LockLeft { .. })
    };
    errand::run(&here, order, wanted, released).await;
    Ok(exit)
}
