//! How long slow hosts are waited for. A rollback does not wait for stragglers: a host that is slow or
//! dead must not hold up those that answer.

use std::future::Future;
use std::time::Duration;

use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::timeout;

use crate::domain::phase::Phase;

/// Whose answers a run waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitPolicy {
    ForAll,
    /// Hosts that answer much later than most are skipped.
    ForMost,
}

impl WaitPolicy {
    pub fn of(phase: Phase) -> Self {
        if phase == Phase::Rollback { Self::ForMost } else { Self::ForAll }
    }

    /// Returns how long one host is waited for. A healthy host answers in well under a second.
    pub fn patience(self) -> Duration {
        match self {
            Self::ForAll => Duration::from_secs(15),
            Self::ForMost => Duration::from_secs(4),
        }
    }

    /// Returns the answers, in the order of the questions. `None`: the host was skipped.
    pub async fn answers<T>(
        self,
        questions: impl IntoIterator<Item = impl Future<Output = T>>,
    ) -> Vec<Option<T>> {
        match self {
            Self::ForAll => join_all(questions).await.into_iter().map(Some).collect(),
            Self::ForMost => most(questions).await,
        }
    }
}

/// Once half of all have answered, how long the next one is waited for.
pub const GRACE: Duration = Duration::from_millis(700);

async fn most<T>(questions: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<Option<T>> {
    let questions = questions.into_iter().enumerate();
    let mut asked: FuturesUnordered<_> =
        questions.map(|(number, question)| async move { (number, question.await) }).collect();
    let mut answers: Vec<Option<T>> = std::iter::repeat_with(|| None).take(asked.len()).collect();
    let mut came = 0;
    while came < answers.len() {
        let next = if came * 2 < answers.len() {
            asked.next().await
        } else {
            timeout(GRACE, asked.next()).await.unwrap_or(None)
        };
        let Some((number, answer)) = next else { break };
        answers[number] = Some(answer);
        came += 1;
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Instant, sleep};

    async fn after(milliseconds: u64) -> u64 {
        sleep(Duration::from_millis(milliseconds)).await;
        milliseconds
    }

    #[tokio::test(start_paused = true)]
    async fn dead_host_delays_the_others_only_for_the_grace_period() {
        let began = Instant::now();
        let answers = most([after(20), after(3_600_000), after(30)]).await;
        assert_eq!(answers, [Some(20), None, Some(30)]);
        assert!(began.elapsed() < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_hosts_are_waited_for_while_most_are_slow() {
        assert_eq!(
            most([after(1), after(5_000), after(5_100)]).await,
            [Some(1), Some(5_000), Some(5_100)]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn single_host_is_waited_for() {
        assert_eq!(most([after(9_000)]).await, [Some(9_000)]);
        assert_eq!(most(Vec::<std::future::Ready<()>>::new()).await, []);
    }
}
