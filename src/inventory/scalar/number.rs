//! Numbers, with and without a unit.

use std::time::Duration;

use super::{BadScalar, FromScalar};
use crate::base::yaml::Scalar;

/// A number that is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtLeastOne(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port(pub u16);

/// A time limit; not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub Duration);

/// An HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u16);

/// A size of disk space, in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSize(pub u64);

impl FromScalar for bool {
    const WANTED: &'static str = "`true` or `false`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        match scalar.text.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => {
                let meant = match other.to_ascii_lowercase().as_str() {
                    "yes" | "on" | "y" | "true" | "1" => "write `true`",
                    "no" | "off" | "n" | "false" | "0" => "write `false`",
                    _ => "write `true` or `false`",
                };
                Err(BadScalar::new(format!("`{other}` is neither `true` nor `false`"), meant))
            }
        }
    }
}

impl FromScalar for u32 {
    const WANTED: &'static str = "a whole number";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let wrong =
            || BadScalar::new(format!("`{}` is not a whole number", scalar.text), "write e.g. `3`");
        scalar.text.parse().map_err(|_| wrong())
    }
}

impl FromScalar for AtLeastOne {
    const WANTED: &'static str = "a number of at least 1";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        match u32::read(scalar)? {
            0 => Err(BadScalar::new("0 is too few", "write a number of at least 1")),
            number => Ok(Self(number)),
        }
    }
}

impl FromScalar for Port {
    const WANTED: &'static str = "a port number";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        match scalar.text.parse::<u16>() {
            Ok(port) if port > 0 => Ok(Self(port)),
            _ => Err(BadScalar::new(
                format!("`{}` is not a port", scalar.text),
                "write a number from 1 to 65535",
            )),
        }
    }
}

impl FromScalar for Status {
    const WANTED: &'static str = "a status such as `200`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        match scalar.text.parse::<u16>() {
            Ok(status) if (100..600).contains(&status) => Ok(Self(status)),
            _ => Err(BadScalar::new(
                format!("`{}` is not an HTTP status", scalar.text),
                "write a number from 100 to 599, or a list of them",
            )),
        }
    }
}

impl FromScalar for Duration {
    const WANTED: &'static str = "a duration such as `10s`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        duration(&scalar.text).ok_or_else(|| {
            let bare = scalar.text.parse::<u64>().is_ok();
            let remedy = if bare {
                format!("add a unit: `{0}s`, `{0}m`, `{0}h` or `{0}ms`", scalar.text)
            } else {
                "write e.g. `10s`, `5m`, `1h30m` or `500ms`".to_owned()
            };
            BadScalar::new(format!("`{}` is not a duration", scalar.text), remedy)
        })
    }
}

impl FromScalar for Limit {
    const WANTED: &'static str = Duration::WANTED;
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let limit = Duration::read(scalar)?;
        if limit.is_zero() {
            let what = format!("`{}` leaves no time at all", scalar.text);
            return Err(BadScalar::new(what, "write e.g. `10s`, `5m`, `1h30m` or `500ms`"));
        }
        Ok(Self(limit))
    }
}

/// Reads a duration such as `1h30m`: numbers with units, larger units first, no unit twice; at most a year.
fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 5] =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    const YEAR: u64 = 366 * 86_400_000;
    let mut rest = text;
    let mut total: u64 = 0;
    let mut smaller_than = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (_, size) = UNITS.into_iter().find(|(name, _)| Some(*name) == rest.get(..unit))?;
        if size >= smaller_than {
            return None;
        }
        smaller_than = size;
        total = total.checked_add(number.checked_mul(size)?)?;
        rest = rest.get(unit..)?;
    }
    (!text.is_empty() && total <= YEAR).then(|| Duration::from_millis(total))
}

impl FromScalar for DiskSize {
    const WANTED: &'static str = "a size such as `2GiB`";
    fn read(scalar: &Scalar) -> Result<Self, BadScalar> {
        let units = [("MiB", 1), ("GiB", 1024), ("TiB", 1024 * 1024)];
        let size = units.into_iter().find_map(|(unit, mib)| {
            let number: u64 = scalar.text.strip_suffix(unit)?.trim_end().parse().ok()?;
            number.checked_mul(mib)
        });
        size.map(Self).ok_or_else(|| {
            let what = format!("`{}` is not a size", scalar.text);
            BadScalar::new(what, "write a whole number and its unit: `500MiB` or `2GiB`")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, ms) in
            [("10s", 10_000), ("5m", 300_000), ("1h30m", 5_400_000), ("500ms", 500), ("0s", 0)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(ms)), "{text}");
        }
        for bad in ["", "10", "s", "1.5s", "10 s", "5m5m", "1s1h", "-1s", "99999999999d", "1h 30m"]
        {
            assert_eq!(duration(bad), None, "{bad:?}");
        }
    }
}
