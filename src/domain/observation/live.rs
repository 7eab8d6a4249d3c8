//! The color that users reach, by three sources.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::names::Color;

/// The color that users reach. There are three sources, because each of them can be wrong.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// The color that the proxy is configured to serve.
    pub configured: Option<Color>,
    /// A real answer through the users' port.
    pub answer: Option<HttpAnswer>,
    /// The color that was recorded at the last change.
    pub recorded: Option<Color>,
    /// Whether answers name their color, by the inventory. Then an answer without a color proves nothing.
    #[serde(default)]
    pub answers_name_color: bool,
    #[serde(default, skip_serializing_if = "Proof::is_answer")]
    pub proof: Proof,
}

/// What proves that users reach the color that is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// An answer through the users' entry point.
    #[default]
    Answer,
    /// Nothing answers by HTTP. Users are on the release that a link on the target names, and no answer was received.
    Link,
    /// No release went live on this target yet, so there are no users.
    NoUsers,
}

impl Proof {
    /// Returns whether there is an entry point, whose answers count.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_answer(&self) -> bool {
        *self == Self::Answer
    }
}

impl Traffic {
    /// Returns the live color if it is proven: the proxy is configured for it, it answers users, and no record contradicts
    /// it. Where there is no entry point, no answer is needed.
    pub fn color(&self) -> Option<&Color> {
        if !self.proof.is_answer() {
            return self.likely();
        }
        let answer = self.answer.as_ref().filter(|answer| answer.status.is_some())?;
        if self.answers_name_color && answer.color.is_none() {
            return None;
        }
        self.likely()
    }

    /// Returns the color that the proxy is configured for, if no answer and no record contradicts it. It is not proven that
    /// users reach it, since there may be no answer.
    pub fn likely(&self) -> Option<&Color> {
        let configured = self.configured.as_ref()?;
        let answered = self.answer.as_ref().and_then(|answer| answer.color.as_ref());
        let agreed =
            [answered, self.recorded.as_ref()].into_iter().flatten().all(|c| c == configured);
        agreed.then_some(configured)
    }

    /// Returns whether users get an answer from the color that the proxy is configured for. What was recorded does not
    /// matter: a wrong record takes no answer from anyone. Without an entry point, the link must name a release.
    pub fn is_answered(&self) -> bool {
        if self.proof == Proof::Link {
            return self.configured.is_some();
        }
        let Some(answer) = self.answer.as_ref().filter(|answer| answer.is_ok()) else {
            return false;
        };
        match &answer.color {
            Some(color) => self.configured.as_ref() == Some(color),
            None => self.configured.is_some() && !self.answers_name_color,
        }
    }
}

/// One HTTP answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// `None`: there was no answer.
    pub status: Option<u16>,
    #[serde(with = "crate::base::millis")]
    pub took: Duration,
    pub color: Option<Color>,
    /// The version that the application reports.
    pub release: Option<String>,
}

impl HttpAnswer {
    pub fn is_ok(&self) -> bool {
        self.status.is_some_and(|status| (200..400).contains(&status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traffic(configured: &str, answered: Option<&str>, recorded: &str) -> Traffic {
        let color = |name: &str| Color::new(name).unwrap();
        let answer = HttpAnswer {
            status: Some(200),
            took: Duration::ZERO,
            color: answered.map(color),
            release: None,
        };
        Traffic {
            configured: Some(color(configured)),
            answer: Some(answer),
            recorded: Some(color(recorded)),
            answers_name_color: true,
            proof: Proof::Answer,
        }
    }

    #[test]
    fn without_an_entry_point_the_link_is_the_proof() {
        let linked = Traffic {
            answer: None,
            proof: Proof::Link,
            answers_name_color: false,
            ..traffic("green", None, "green")
        };
        assert_eq!(linked.color().map(Color::as_str), Some("green"));
        assert!(linked.is_answered());
        let wrong = Traffic { recorded: Color::new("blue").ok(), ..linked.clone() };
        assert_eq!((wrong.color(), wrong.is_answered()), (None, true));
        let dangling = Traffic { configured: None, ..linked.clone() };
        assert!(!dangling.is_answered());
        let bare = Traffic { proof: Proof::NoUsers, recorded: None, ..linked };
        assert_eq!((bare.color().is_some(), bare.is_answered()), (true, false));
    }

    #[test]
    fn only_another_proof_than_an_answer_is_stored() {
        let stored = serde_json::to_value(traffic("green", None, "green")).unwrap();
        assert!(stored.get("proof").is_none(), "{stored}");
        assert_eq!(serde_json::from_value::<Traffic>(stored).unwrap().proof, Proof::Answer);
    }

    #[test]
    fn a_wrong_record_leaves_no_user_without_an_answer() {
        let wrong = traffic("green", Some("green"), "blue");
        assert_eq!((wrong.color(), wrong.is_answered()), (None, true));
        assert!(!traffic("green", Some("blue"), "green").is_answered(), "the other color answers");
        assert!(!traffic("green", None, "green").is_answered(), "no color is named");
        let plain = Traffic { answers_name_color: false, ..traffic("green", None, "green") };
        assert!(plain.is_answered());
        let error = HttpAnswer { status: Some(502), ..plain.answer.clone().unwrap() };
        assert!(!Traffic { answer: Some(error), ..plain }.is_answered());
    }
}
