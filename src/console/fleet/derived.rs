//! Values that follow from the whole state. A view that asks for one computes it only where what it is made
//! of has changed since: a thousand hosts cost a frame hardly more than twelve.

use std::cell::RefCell;

use chrono::{DateTime, Utc};

use super::agreement::{ReleaseSummary, RollbackReadiness};
use super::listing::Shown;
use super::side::Letters;
use crate::domain::unfinished::Unfinished;

/// What a value was computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// The revisions of the run and of the fleet.
    pub revisions: (u64, u64),
    /// The filter while it is typed, and the second: a filter may ask for hosts that were not seen lately.
    pub rows: Option<(String, i64)>,
}

/// One value, with what it was computed from.
#[derive(Debug, Clone)]
pub struct Memo<T>(RefCell<Option<(Inputs, T)>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}

impl<T: Clone> Memo<T> {
    pub fn get(&self, inputs: Inputs, compute: impl FnOnce() -> T) -> T {
        let known = self.0.borrow().as_ref().filter(|(of, _)| *of == inputs).map(|it| it.1.clone());
        known.unwrap_or_else(|| {
            let value = compute();
            self.0.replace(Some((inputs, value.clone())));
            value
        })
    }
}

#[derive(Debug, Clone, Default)]
pub struct Derived {
    pub release_summary: Memo<ReleaseSummary>,
    pub rollback_readiness: Memo<RollbackReadiness>,
    pub shown: Memo<Shown>,
    pub widest: Memo<Widest>,
    pub observation_ages: Memo<ObservationAges>,
    pub unfinished: Memo<Option<Box<Unfinished>>>,
}

/// The widest words of all hosts, in cells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Widest {
    pub name: usize,
    pub groups: usize,
    /// Live and passive, for every kind of letters.
    pub sides: [(usize, usize); 3],
}

impl Widest {
    pub fn sides(&self, letters: Letters) -> (usize, usize) {
        self.sides[letters as usize]
    }
}

/// How recently the hosts were observed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ObservationAges {
    /// The number of hosts that answered when they were last observed.
    pub reachable: usize,
    pub never: usize,
    /// The time of the oldest observation.
    pub oldest: Option<DateTime<Utc>>,
}
