//! A value that knows when it was changed.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A value with a revision. Every mutable access takes a new one, so what was computed from the value can
/// be recognized as outdated without anybody having to say so.
#[derive(Debug, Clone, Default)]
pub struct Tracked<T> {
    value: T,
    revision: u64,
}

impl<T> Tracked<T> {
    pub fn new(value: T) -> Self {
        Self { value, revision: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// Returns a number that no other value, and no earlier state of this one, has.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

impl<T> Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Tracked<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.revision = NEXT.fetch_add(1, Ordering::Relaxed);
        &mut self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mutable_access_changes_the_revision() {
        let mut one = Tracked::new(vec![1]);
        let (before, copy) = (one.revision(), one.clone());
        assert_eq!(one.len(), 1);
        assert_eq!(one.revision(), before);
        one.push(2);
        assert_ne!(one.revision(), before);
        assert_eq!(copy.revision(), before);
        assert_ne!(Tracked::new(1).revision(), Tracked::new(1).revision());
    }
}
