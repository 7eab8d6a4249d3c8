//! The columns of the table: which there is room for, and how wide they are.

use super::listing::Sort;
use super::{Fleet, Letters};
use crate::console::app::state::State;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Server,
    Group,
    Live,
    Passive,
    Step,
    Health,
    Age,
    Change,
    Notes,
}

use Column::{Age, Change, Group, Health, Live, Notes, Passive, Server, Step};

const COLUMNS: [Column; 9] = [Server, Group, Live, Passive, Step, Health, Age, Change, Notes];

impl Column {
    pub fn head(self, fleet: &Fleet) -> &'static str {
        match self {
            Server => fleet.heading(),
            Group => "GROUP",
            Live => "LIVE",
            Passive => "PASSIVE",
            Step => "STEP",
            Health => "HEALTH for users",
            Age => "SEEN",
            Change => "LAST CHANGE",
            Notes => "NOTES",
        }
    }

    /// The column that the rows are ordered by.
    pub fn of_order(sort: Sort) -> Self {
        match sort {
            Sort::Name => Server,
            Sort::Trouble => Health,
            Sort::Group => Group,
            Sort::Step => Step,
        }
    }
}

/// What is given up first where there is no room. While a run is at work its steps are kept longer;
/// where no run was, there are no steps to tell. What the rows are ordered by is kept the longest.
fn given_up(state: &State) -> Vec<Column> {
    let mut columns = if state.run.deploy.is_running() {
        vec![Group, Notes, Change, Passive, Health, Age]
    } else if state.run.deploy.targets.is_empty() {
        vec![Step, Group, Notes, Change, Passive, Age]
    } else {
        vec![Group, Notes, Change, Step, Passive, Age]
    };
    let ordered = Column::of_order(state.fleet.listing.sort);
    columns.sort_by_key(|column| *column == ordered);
    columns
}

/// Widths of what moves are fixed, and the others go by all hosts, so that nothing jumps from frame to
/// frame or while one scrolls.
pub fn widths(state: &State, letters: Letters, room: usize) -> Vec<(Column, usize)> {
    let widest = state.widest();
    let (live, passive) = widest.sides(letters);
    let wide = letters != Letters::Short;
    let digest = if letters == Letters::Full { 9 } else { 0 };
    let shown = |column: &Column| match column {
        Group => state.is_grouped(),
        Passive => state.fleet.can.passive_side,
        _ => true,
    };
    let mut columns: Vec<(Column, usize)> = COLUMNS
        .into_iter()
        .filter(shown)
        .map(|column| {
            let width = match column {
                Server => widest.name.clamp(7, 24),
                Group => widest.groups.clamp(6, 16),
                Live => live.clamp(7, 20 + digest),
                Passive => passive.clamp(7, 24 + digest),
                Step if wide => 24,
                Step | Change => 20,
                Health => 17,
                Age => 5,
                Notes if wide => 12,
                Notes => 24,
            };
            (column, width)
        })
        .collect();
    for next in given_up(state) {
        if used(&columns) <= room {
            break;
        }
        columns.retain(|(column, _)| *column != next);
    }
    let mut spare = room.saturating_sub(used(&columns));
    // Words that would be cut have the first claim on what is left over.
    for (column, width) in &mut columns {
        let wanted = match column {
            Server => widest.name,
            Live => live,
            Passive => passive,
            _ => continue,
        };
        let more = wanted.saturating_sub(*width).min(spare);
        *width += more;
        spare -= more;
    }
    if let Some(last) = columns.last_mut() {
        last.1 += spare;
    }
    columns
}

fn used(columns: &[(Column, usize)]) -> usize {
    4 + columns.iter().map(|(_, width)| width + 2).sum::<usize>()
}
