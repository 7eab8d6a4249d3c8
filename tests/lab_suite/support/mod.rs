//! What the suites are written with.

mod console;
mod fleet;
mod lab;
mod linked;
mod report;
pub mod sweep;
mod truth;
mod watched;

pub use console::{Console, Ended, Working};
pub use fleet::{FLEET, Fleet, Phase, WEB};
pub use lab::Lab;
pub use linked::Linked;
pub use truth::Truth;
pub use watched::{Watched, tell};

use std::time::{Duration, Instant};

/// Asks again and again until it is so. No longer than `seconds`: then the test fails with `what`.
pub fn until(what: &str, seconds: u64, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !so() {
        assert!(Instant::now() < end, "waited {seconds} s in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
