//! Twelve hosts that print a million lines: what a frame costs, what is kept, what goes to the terminal, and
//! how long a key waits.
//!
//!     cargo bench --bench panes
//!
//! Figures are printed with what they must reach; exit code 1: one was missed. The second half runs the
//! console's own loop in a terminal (a pty) of 120x36, in a process of its own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_precision_loss)] // a benchmark that cannot run says so by panicking

#[allow(dead_code, missing_debug_implementations)] // the console's tests play whole stories with it; here it only makes a fleet
#[path = "../../tests/console/fixture.rs"]
mod fixture;

mod frames;
mod inside;
mod outside;

use std::process::ExitCode;

use fixture::{Desk, environment};

pub const HOSTS: usize = 12;
pub const LINES: u64 = 1_000_000;
pub const SIZE: (u16, u16) = (120, 36);

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--inside") {
        inside::play();
        return ExitCode::SUCCESS;
    }
    let mut figures = Figures::default();
    frames::measure(&mut figures);
    outside::measure(&mut figures);
    if figures.missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

pub fn names() -> Vec<String> {
    (1..=HOSTS).map(|number| format!("web{number}")).collect()
}

pub fn desk() -> Desk {
    let names = names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Desk::over(environment(&names))
}

/// Of all lengths, and hardly a letter the same as on the row before: a terminal gains nothing from what it
/// shows already.
pub fn words(number: u64) -> String {
    let mut seed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = format!("request={number:08} ");
    for _ in 0..number / 12 % 12 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        text.push_str(&format!("{:x} ", seed >> 16));
    }
    text
}

#[derive(Debug, Default)]
pub struct Figures {
    missed: bool,
}

impl Figures {
    pub fn tell(&mut self, what: &str, value: f64, unit: &str, most: Option<f64>) {
        let missed = most.is_some_and(|most| value > most);
        self.missed |= missed;
        let wanted = most.map_or(String::new(), |most| format!("at most {most}"));
        println!(
            "{what:<58} {value:>10.2} {unit:<8} {wanted}{}",
            if missed { "   MISSED" } else { "" }
        );
    }

    pub fn holds(&mut self, what: &str, so: bool) {
        self.missed |= !so;
        println!("{what:<58} {:>10}", if so { "yes" } else { "NO   MISSED" });
    }
}

/// The value below which so many of a hundred are.
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values
        .get((values.len() * percent / 100).min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}
