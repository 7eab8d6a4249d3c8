//! Where so many panes fit.

use ratatui::layout::Rect;

/// Below this two stand over each other rather than side by side, where there is the height for it.
const ROOMY: u16 = 100;
/// A line of output in fewer cells tells little.
const NARROWEST: u16 = 36;
/// The rule and two lines.
const LOWEST: u16 = 3;

/// One place for each, as many as fit, by rows from the top left.
pub fn places(area: Rect, wanted: usize) -> Vec<Rect> {
    let (columns, rows) = shape(area, wanted);
    let mut places = Vec::new();
    for row in 0..rows {
        let (y, height) = share(area.height, row, rows, 0);
        for column in 0..columns {
            let (x, width) = share(area.width, column, columns, 1);
            places.push(Rect { x: area.x + x, y: area.y + y, width, height });
        }
    }
    places
}

fn shape(area: Rect, wanted: usize) -> (u16, u16) {
    let side_by_side = area.width > NARROWEST * 2;
    let high = |panes: u16| area.height >= panes * LOWEST;
    match wanted {
        4 if side_by_side && high(2) => (2, 2),
        4 if high(4) => (1, 4),
        2 | 4 if area.width < ROOMY && area.height >= 4 * LOWEST => (1, 2),
        2 | 4 if side_by_side => (2, 1),
        2 | 4 if high(2) => (1, 2),
        _ => (1, 1),
    }
}

/// The part of so many equal ones, with a gap between two: where it begins, and how long it is.
fn share(length: u16, part: u16, of: u16, gap: u16) -> (u16, u16) {
    let room = length.saturating_sub(gap * (of - 1));
    let (each, more) = (room / of, room % of);
    let begin = part * (each + gap) + part.min(more);
    (begin, each + u16::from(part < more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_fill_the_area_and_do_not_overlap() {
        for (width, height, wanted) in
            [(120, 16, 4), (119, 17, 2), (80, 13, 2), (60, 13, 4), (30, 2, 4)]
        {
            let area = Rect { x: 0, y: 5, width, height };
            let places = places(area, wanted);
            let columns = places.iter().filter(|place| place.y == area.y).count();
            let gaps = u32::from(height) * (u32::try_from(columns).unwrap_or(1) - 1);
            let cells: u32 = places.iter().map(|place| place.area()).sum();
            assert_eq!(cells + gaps, area.area(), "{wanted} in {width}x{height}: {places:?}");
        }
    }
}
