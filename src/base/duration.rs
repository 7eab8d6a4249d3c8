//! Durations as text. Whole units are rounded down, so that nothing is shown as older or slower than it is.

use std::time::Duration;

/// Returns the age for a sentence, in one unit: `0.4 s`, `41 s`, `3 min`, `5 h`, `2 days`.
pub fn in_words(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..10 => format!("{seconds}.{} s", age.subsec_millis() / 100),
        10..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Returns the age for a table, in one unit: `0.4s`, `41s`, `3m`, `5h`, `2d`.
pub fn short(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..10 => format!("{seconds}.{}s", age.subsec_millis() / 100),
        10..100 => format!("{seconds}s"),
        100..6_000 => format!("{}m", seconds / 60),
        6_000..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// Returns how long something took, in two units: `0.9s`, `41s`, `4m10s`, `1h05m`.
pub fn in_two_units(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..10 => format!("{seconds}.{}s", length.subsec_millis() / 100),
        10..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
    }
}

/// Returns seconds for an error message: `30 s`, `2.5 s`.
pub fn in_seconds(length: Duration) -> String {
    let text = format!("{:.1}", length.as_secs_f64());
    format!("{} s", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_length_has_the_unit_that_a_person_would_use() {
        let rows = [
            (400, "0.4 s", "0.4s", "0.4s", "0.4 s"),
            (41_000, "41 s", "41s", "41s", "41 s"),
            (119_900, "119 s", "1m", "1m59s", "119.9 s"),
            (7_199_000, "119 min", "1h", "1h59m", "7199 s"),
            (172_800_000, "2 days", "2d", "48h00m", "172800 s"),
        ];
        for (millis, words, table, units, seconds) in rows {
            let length = Duration::from_millis(millis);
            let shown = [in_words(length), short(length), in_two_units(length), in_seconds(length)];
            assert_eq!(shown, [words, table, units, seconds]);
        }
    }
}
