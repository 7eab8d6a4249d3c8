//! The settings of a platform, as far as other rooms may know them. The settings themselves are the platform's own type: it
//! decodes them from the inventory and reads them back when it plans.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::capabilities::Capabilities;
use crate::domain::catalog::{Image, ReleaseSource};
use crate::domain::target::Carries;

use super::configuration::Configuration;

/// What a platform's settings of one stack on one target tell other rooms.
pub trait PlatformSettings: Any + fmt::Debug + Send + Sync {
    /// Returns the platform's name, as `platform:` in an inventory has it.
    fn platform(&self) -> &'static str;

    /// Returns what can be done with this stack on this target.
    fn capabilities(&self) -> Capabilities;

    /// Returns the image whose tags are the releases. `None`: releases come from elsewhere, and no registry can be asked.
    fn image(&self) -> Option<Image> {
        None
    }

    /// Returns where the names of releases come from.
    fn releases(&self) -> ReleaseSource {
        self.image().map_or(ReleaseSource::Typed, ReleaseSource::Registry)
    }

    /// Returns where the API of a target is reached. `None`: the target is a host.
    fn address(&self) -> Option<&str> {
        None
    }

    /// Returns the directory on the target that belongs to this stack alone.
    fn directory(&self) -> Option<&str> {
        None
    }

    /// Returns everything that no other stack on the same target may use as well.
    fn claims(&self, carries: Carries) -> Vec<Claim<'_>>;

    /// Returns how users are switched on a target, as text: `swap the include, reload`.
    fn how_it_switches(&self) -> String;

    /// Returns the longest time that a release may take to start.
    fn start_limit(&self) -> Duration;

    /// Returns whether a release changes a database when it is prepared.
    fn migrates(&self) -> bool {
        false
    }

    /// Returns texts that are sent to targets and may contain secrets.
    fn texts_with_secrets(&self) -> Vec<Cow<'_, str>> {
        Vec::new()
    }

    /// Returns the configuration that a release gets. `None`: a release brings its own.
    fn configuration(&self) -> Option<Configuration> {
        None
    }

    /// Returns values that appear on every screen and are therefore no secrets.
    fn public_names(&self) -> Vec<&str>;
}

/// A resource of a target that a stack must have for itself. Two stacks conflict if they claim the same value of the same
/// kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The kind of resource, as text: `directory`.
    pub kind: &'static str,
    /// The key of the inventory that sets it: `nginx.live_include`.
    pub key: &'static str,
    pub value: std::borrow::Cow<'a, str>,
    /// What to change if another stack claims it, too.
    pub remedy: &'static str,
}

/// The settings of a platform. Only the platform itself can read them back, with [`PlatformSpec::get`].
#[derive(Clone)]
pub struct PlatformSpec(Arc<dyn Comparable>);

impl PlatformSpec {
    pub fn new(settings: impl PlatformSettings + PartialEq) -> Self {
        Self(Arc::new(settings))
    }

    /// Returns the settings if they are of this type.
    pub fn get<T: PlatformSettings>(&self) -> Option<&T> {
        self.0.any().downcast_ref()
    }
}

impl Deref for PlatformSpec {
    type Target = dyn PlatformSettings;

    fn deref(&self) -> &Self::Target {
        self.0.settings()
    }
}

impl PartialEq for PlatformSpec {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.0.any())
    }
}

impl fmt::Debug for PlatformSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Settings whose type is erased, and which can be compared all the same.
trait Comparable: PlatformSettings {
    fn any(&self) -> &dyn Any;
    fn settings(&self) -> &dyn PlatformSettings;
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<T: PlatformSettings + PartialEq> Comparable for T {
    fn any(&self) -> &dyn Any {
        self
    }

    fn settings(&self) -> &dyn PlatformSettings {
        self
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>() == Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct One(u8);
    #[derive(Debug, PartialEq)]
    struct Other(u8);

    macro_rules! settings {
        ($type:ty) => {
            impl PlatformSettings for $type {
                fn platform(&self) -> &'static str {
                    stringify!($type)
                }
                fn capabilities(&self) -> Capabilities {
                    Capabilities::all()
                }
                fn claims(&self, _: Carries) -> Vec<Claim<'_>> {
                    Vec::new()
                }
                fn how_it_switches(&self) -> String {
                    String::new()
                }
                fn start_limit(&self) -> Duration {
                    Duration::ZERO
                }
                fn public_names(&self) -> Vec<&str> {
                    Vec::new()
                }
            }
        };
    }
    settings!(One);
    settings!(Other);

    #[test]
    fn settings_are_read_back_and_compared_by_their_type() {
        let spec = PlatformSpec::new(One(1));
        assert_eq!((spec.get::<One>(), spec.get::<Other>()), (Some(&One(1)), None));
        assert_eq!(spec, PlatformSpec::new(One(1)));
        assert_ne!(spec, PlatformSpec::new(One(2)));
        assert_ne!(spec, PlatformSpec::new(Other(1)));
        assert_eq!(spec.platform(), "One");
    }
}
