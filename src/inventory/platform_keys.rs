//! The keys of platforms, for remedies where one was written at the wrong level.

/// The keys that a platform reads.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlatformKeys {
    pub stack: &'static [&'static str],
    /// `("pid_file", "nginx")`
    pub sections: &'static [(&'static str, &'static str)],
}
