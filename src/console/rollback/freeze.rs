//! Is go-live closed, since users were sent back?

use crate::console::app::state::State;
use crate::domain::freeze::Freeze;
use crate::domain::target::Target;

impl State {
    /// The newest mark that a host was seen to have. One closes it for all.
    pub fn freeze(&self) -> Option<&Freeze> {
        self.marks().map(|(_, freeze)| freeze).max_by_key(|freeze| freeze.at)
    }

    /// Who has a mark.
    pub fn frozen(&self) -> Vec<&Target> {
        self.marks().map(|(target, _)| target).collect()
    }

    fn marks(&self) -> impl Iterator<Item = (&Target, &Freeze)> {
        let heeded = self.setup.environment.after_rollback.is_frozen();
        self.hosts()
            .filter(move |_| heeded)
            .filter_map(|host| Some((&host.member.target, host.latest()?.frozen.as_ref()?)))
    }
}
