//! Which color users reach, by three accounts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::names::Color;

/// Which color users reach: by three accounts, because each of them can be wrong alone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// By what the proxy is configured to serve.
    pub configured: Option<Color>,
    /// By a real answer through the users' port.
    pub answer: Option<HttpAnswer>,
    /// By what was recorded at the last change.
    pub recorded: Option<Color>,
    /// The inventory says that answers name their color: one that does not is no proof of any.
    #[serde(default)]
    pub answers_name_color: bool,
}

impl Traffic {
    /// The live color, if it is proven: the proxy is configured for it, users are answered as that color,
    /// and no record contradicts it.
    pub fn color(&self) -> Option<&Color> {
        let answer = self.answer.as_ref().filter(|answer| answer.status.is_some())?;
        if self.answers_name_color && answer.color.is_none() {
            return None;
        }
        self.likely()
    }

    /// The color that the proxy is configured for, if no answer and no record contradicts it. Files alone
    /// may say so: it is not proven that users reach it.
    pub fn likely(&self) -> Option<&Color> {
        let configured = self.configured.as_ref()?;
        let answered = self.answer.as_ref().and_then(|answer| answer.color.as_ref());
        let agreed =
            [answered, self.recorded.as_ref()].into_iter().flatten().all(|c| c == configured);
        agreed.then_some(configured)
    }
}

/// One HTTP answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// `None`: nobody answered.
    pub status: Option<u16>,
    #[serde(with = "crate::base::millis")]
    pub took: Duration,
    pub color: Option<Color>,
    /// The version the application says it is.
    pub release: Option<String>,
}

impl HttpAnswer {
    pub fn is_ok(&self) -> bool {
        self.status.is_some_and(|status| (200..400).contains(&status))
    }
}
