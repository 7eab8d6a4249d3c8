//! Values that are one of a few words.

use std::time::Duration;

use super::{BadScalar, FromScalar};
use crate::base::suggest;
use crate::base::yaml::Scalar;
use crate::domain::phase::Phase;
use crate::domain::plan::{FailurePolicy, HookMoment, Pause, Width};
use crate::domain::spec::{CheckFrom, NotifyKind};

fn one_of<T: Copy>(scalar: &Scalar, what: &str, known: &[(&str, T)]) -> Result<T, BadScalar> {
    if let Some((_, value)) = known.iter().find(|(name, _)| *name == scalar.text) {
        return Ok(*value);
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let what = format!("`{}` is not {what}", scalar.text);
    Err(BadScalar::new(what, suggest::name(&scalar.text, &names)))
}

impl FromScalar for CheckFrom {
    const WANTED: &'static str = "`host` or `console`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        one_of(
            scalar,
            "a place to run checks from",
            &[("host", Self::Host), ("console", Self::Console)],
        )
    }
}

impl FromScalar for HookMoment {
    const WANTED: &'static str = "`before`, `after` or `failed`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let known = [("before", Self::Before), ("after", Self::After), ("failed", Self::Failed)];
        one_of(scalar, "a moment", &known)
    }
}

impl FromScalar for NotifyKind {
    const WANTED: &'static str = "`slack` or `json`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        one_of(scalar, "a kind of notification", &[("slack", Self::Slack), ("json", Self::Json)])
    }
}

impl FromScalar for Phase {
    const WANTED: &'static str = "a phase";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        one_of(scalar, "a phase", &Self::ALL.map(|phase| (phase.word(), phase)))
    }
}

impl FromScalar for FailurePolicy {
    const WANTED: &'static str = "`stop`, `continue` or `at_most: 2`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let known = [("stop", Self::Stop), ("continue", Self::Continue)];
        let wrong = |wrong: BadScalar| BadScalar {
            remedy: "write `stop`, `continue`, or `at_most: 2` on a line of its own under it"
                .to_owned(),
            ..wrong
        };
        one_of(scalar, "a failure policy", &known).map_err(wrong)
    }
}

impl FromScalar for Width {
    const WANTED: &'static str = "`all`, a number or a percentage";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let text = scalar.text.as_str();
        let wrong = |what: String| {
            Err(BadScalar::new(
                what,
                "write `all`, a number such as `2`, or a percentage from `1%` to `100%`",
            ))
        };
        if text == "all" {
            return Ok(Self::All);
        }
        if let Some(percent) = text.strip_suffix('%') {
            return match percent.parse::<u8>() {
                Ok(percent) if (1..=100).contains(&percent) => Ok(Self::Percent(percent)),
                _ => wrong(format!("`{text}` is not a percentage of hosts")),
            };
        }
        match text.parse::<u32>() {
            Ok(count) if count > 0 => Ok(Self::Count(count)),
            _ => wrong(format!("`{text}` is not a number of hosts")),
        }
    }
}

impl FromScalar for Pause {
    const WANTED: &'static str = "a duration, or `ask`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        if scalar.text == "ask" {
            return Ok(Self::UntilResumed);
        }
        Duration::read(scalar).map(Self::For).map_err(|wrong| BadScalar {
            remedy: "write a duration such as `5m`, or `ask` to wait for the operator".to_owned(),
            ..wrong
        })
    }
}
