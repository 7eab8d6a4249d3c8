//! How a request is delivered: whether it can be repeated, how often, and how long one attempt may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Method;

/// Whether a request can be sent again after one that may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replay {
    /// The server ends in the same state, however often the request arrives.
    Safe,
    /// The request carries a precondition (`If-Match`, `If-None-Match`), which a second arrival does not meet: the
    /// server then answers 409 or 412 and changes nothing.
    Conditional,
    /// Each arrival may have an effect of its own.
    Unsafe,
}

/// How a request is delivered. The default sends it once, within the deadline of its step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Delivery {
    /// `None`: as its method says, see [`Delivery::replay`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// How often the request is sent again where that is safe.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u32,
    /// The time limit of one attempt. `None`: that of all attempts together.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_millis")]
    pub timeout: Option<Duration>,
}

impl Delivery {
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether a request with this method can be repeated. GET and HEAD can. PUT and DELETE could by RFC 9110
    /// (9.2.2), but another client may have changed the same resource between two attempts, so they count as unsafe
    /// until the inventory says otherwise.
    pub fn replay(&self, method: Method) -> Replay {
        self.replay.unwrap_or(match method {
            Method::Get | Method::Head => Replay::Safe,
            Method::Post | Method::Put | Method::Patch | Method::Delete => Replay::Unsafe,
        })
    }

    /// Returns the time limit of one attempt, of which `left` is left for all.
    pub fn limit(&self, left: Duration) -> Duration {
        self.timeout.map_or(left, |timeout| timeout.min(left))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

mod optional_millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde asks by reference")]
    pub fn serialize<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => crate::base::millis::serialize(time, to),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reading_requests_can_be_repeated_unless_it_is_said() {
        let usual = Delivery::default();
        assert_eq!(usual.replay(Method::Head), Replay::Safe);
        for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
            assert_eq!(usual.replay(method), Replay::Unsafe, "{method}");
        }
        let said = Delivery { replay: Some(Replay::Conditional), ..Delivery::default() };
        assert_eq!(said.replay(Method::Put), Replay::Conditional);
    }

    #[test]
    fn delivery_round_trips_and_the_usual_one_is_empty() {
        assert_eq!(serde_json::to_string(&Delivery::default()).unwrap(), "{}");
        let timeout = Some(Duration::from_millis(1500));
        let one = Delivery { replay: Some(Replay::Safe), retries: 3, timeout };
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(text, r#"{"replay":"safe","retries":3,"timeout":1500}"#);
        assert_eq!(serde_json::from_str::<Delivery>(&text).unwrap(), one);
    }
}
