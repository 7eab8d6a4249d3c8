//! Pauses between requests, with jitter: clients that were turned away together should not come back together.

use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// Returns the pause before the given repetition, counted from 0: 0.5 s doubled each time, at most 30 s, and up to a
/// fifth shorter.
pub fn backoff(repetition: u32) -> Duration {
    shorter(FIRST.saturating_mul(2u32.saturating_pow(repetition)).min(LONGEST))
}

/// Returns between four and five fifths of the pause. Never more, so that a deadline holds as many attempts as planned.
pub fn shorter(pause: Duration) -> Duration {
    let mut random = [0; 1];
    // Without randomness every pause has its full length, which works too.
    let _ = SystemRandom::new().fill(&mut random);
    pause.mul_f64(1.0 - f64::from(random[0]) / 255.0 / 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_and_differ() {
        for (repetition, millis) in [(0, 500), (1, 1000), (4, 8000), (9, 30_000), (99, 30_000)] {
            let longest = Duration::from_millis(millis);
            for _ in 0..50 {
                let pause = backoff(repetition);
                assert!(pause <= longest && pause >= longest.mul_f64(0.799), "{pause:?}");
            }
        }
        let pauses: Vec<Duration> = (0..50).map(|_| backoff(9)).collect();
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
