//! Operating system and processor, named as in the OCI image specification.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Platform {
    pub os: String,
    pub architecture: String,
    /// For example `v7` of `arm`.
    pub variant: Option<String>,
}

impl Platform {
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let variant = variant.filter(|variant| !variant.is_empty()).map(str::to_owned);
        Self { os: os.to_owned(), architecture: architecture.to_owned(), variant }
    }

    /// Returns the platform of a Linux machine by the name of its processor (`uname -m`). `None`: the name is not known.
    pub fn of_machine(machine: &str) -> Option<Self> {
        let (architecture, variant) = match machine {
            "x86_64" | "amd64" => ("amd64", None),
            "aarch64" | "arm64" => ("arm64", None),
            "armv7l" | "armv8l" => ("arm", Some("v7")),
            "armv6l" => ("arm", Some("v6")),
            "i386" | "i486" | "i586" | "i686" => ("386", None),
            "ppc64le" => ("ppc64le", None),
            "s390x" => ("s390x", None),
            "riscv64" => ("riscv64", None),
            "loongarch64" => ("loong64", None),
            _ => return None,
        };
        Some(Self::new("linux", architecture, variant))
    }

    /// Returns whether an image for this platform runs on that machine. Within one processor family, an image for an older
    /// variant runs on a newer one. A machine or an image without a variant is taken to fit.
    pub fn runs_on(&self, machine: &Self) -> bool {
        let newer = match (&self.variant, &machine.variant) {
            (Some(image), Some(machine)) => machine >= image,
            _ => true,
        };
        self.os == machine.os && self.architecture == machine.architecture && newer
    }

    /// Returns the name without the prefix `linux/`.
    pub fn short(&self) -> String {
        let whole = self.to_string();
        whole.strip_prefix("linux/").map_or(whole.clone(), str::to_owned)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> String {
        platform.to_string()
    }
}

impl From<String> for Platform {
    fn from(text: String) -> Self {
        let mut parts = text.splitn(3, '/');
        let (os, architecture) = (parts.next().unwrap_or_default(), parts.next());
        Self::new(os, architecture.unwrap_or_default(), parts.next())
    }
}

#[cfg(test)]
mod tests {
    use super::Platform;

    fn of(text: &str) -> Platform {
        Platform::from(text.to_owned())
    }

    #[test]
    fn machine_runs_images_for_its_own_or_an_older_variant() {
        let machine = Platform::of_machine("x86_64").unwrap();
        assert!(of("linux/amd64").runs_on(&machine));
        assert!(of("linux/amd64/v2").runs_on(&machine), "what is not known excludes nothing");
        assert!(!of("linux/arm64").runs_on(&machine));
        assert!(!of("windows/amd64").runs_on(&machine));
        let pi = Platform::of_machine("armv7l").unwrap();
        assert!(of("linux/arm/v6").runs_on(&pi));
        assert!(!of("linux/arm/v8").runs_on(&pi));
        assert_eq!(Platform::of_machine("pdp11"), None);
    }

    #[test]
    fn platform_is_written_as_docker_writes_it() {
        assert_eq!(of("linux/arm/v7").to_string(), "linux/arm/v7");
        assert_eq!(of("linux/arm/v7").short(), "arm/v7");
        assert_eq!(of("windows/amd64").short(), "windows/amd64");
    }
}
