//! Followed logs: what a color prints, as it comes, outside any run's journal. A log is a command on a host or a request.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::bus::EventBus;
use super::context::EngineContext;
use super::output::StepOutput;
use crate::domain::names::Color;
use crate::domain::plan::Action;
use crate::domain::spec::Member;
use crate::domain::target::Target;
use crate::platform;
use crate::transport::{Ending, Limits};

/// The longest time that a log is followed without a new order.
const AT_MOST: Duration = Duration::from_secs(12 * 3600);

/// One log at most is followed on each target.
#[derive(Default)]
pub struct Follows {
    at_work: BTreeMap<Target, Following>,
}

struct Following {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Follows {
    /// Follows this color's log, and stops following another one of the same target.
    pub fn start(
        &mut self,
        context: &EngineContext,
        bus: &EventBus,
        member: &Member,
        color: Color,
    ) {
        self.stop(&member.target);
        let stop = CancellationToken::new();
        let (context, bus, member, cancel) =
            (context.clone(), bus.clone(), member.clone(), stop.clone());
        let target = member.target.clone();
        let task =
            tokio::spawn(async move { follow(&context, &bus, &member, &color, cancel).await });
        self.at_work.insert(target, Following { stop, task });
    }

    pub fn stop(&mut self, target: &Target) {
        if let Some(following) = self.at_work.remove(target) {
            following.stop.cancel();
        }
    }

    /// Stops all of them, and returns their tasks, which first end their commands on the hosts.
    pub fn stop_all(&mut self) -> Vec<JoinHandle<()>> {
        let all = std::mem::take(&mut self.at_work);
        all.into_values()
            .map(|following| {
                following.stop.cancel();
                following.task
            })
            .collect()
    }
}

async fn follow(
    context: &EngineContext,
    bus: &EventBus,
    member: &Member,
    color: &Color,
    cancel: CancellationToken,
) {
    let output = StepOutput::aside(member.target.clone(), bus.clone(), context.clock.clone());
    let last = context.last_observation(member);
    let log = platform::of(&member.platform).follow_log(member, color, last.as_deref());
    let limits = Limits { deadline: AT_MOST, cancel };
    let ending = match (log, member.target.host()) {
        (Some(Action::Run(command)), Some(host)) => {
            output.own(format!("following the log of {color}"));
            context.shell.run(host, &command, &output, limits).await
        }
        (Some(Action::Request(request)), _) => {
            output.own(format!("following the log of {color}"));
            context.web.follow(&request, &output, limits).await
        }
        (_, _) => {
            output.own(format!("there is no log of {color} to follow"));
            return;
        }
    };
    output.finish();
    output.own(match ending {
        Ending::Cancelled { .. } => return,
        Ending::Exited(0) if member.target.host().is_none() => {
            format!("the log of {color} was ended by its server")
        }
        Ending::Exited(0) => format!("the log of {color} ended with its container"),
        Ending::Exited(code) => format!("the log of {color} ended with exit {code}"),
        Ending::NotStarted(why) | Ending::Lost(why) => {
            format!("the log of {color} cannot be followed: {why}")
        }
        Ending::Signalled(signal) => format!("the log of {color} was ended by {signal}"),
        Ending::TimedOut { .. } | Ending::Stalled { .. } => {
            format!("the log of {color} was followed for {} h", AT_MOST.as_secs() / 3600)
        }
    });
}
