//! The keys of platforms, for remedies where one was written at the wrong level.

/// The keys that a platform reads.
#[derive(Debug, Clone, Default)]
pub struct PlatformKeys {
    pub stack: Vec<&'static str>,
    /// `("pid_file", "nginx")`
    pub sections: Vec<(&'static str, &'static str)>,
}
