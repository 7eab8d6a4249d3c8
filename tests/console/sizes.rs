//! A window that is dragged: every state is drawn at every size, also at one that was not reported yet,
//! and nothing panics or is lost.

use flipside::console::app::msg::Msg;
use flipside::console::screen;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::screens::SCENES;

fn size() -> impl Strategy<Value = (u16, u16)> {
    // The small ones are where it goes wrong.
    prop_oneof![(1..12_u16, 1..8_u16), (1..200_u16, 1..70_u16)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_size_and_no_change_of_size_is_too_much(told in size(), drawn in size()) {
        for (_, scene) in SCENES {
            let mut desk = scene();
            let chosen = desk.state.fleet.chosen.clone();
            desk.tell(Msg::Resize { columns: told.0, rows: told.1 });
            let area = Rect { x: 0, y: 0, width: drawn.0, height: drawn.1 };
            screen::draw(&desk.state, area, &mut Buffer::empty(area));
            desk.keys("<pgup><pgdn><up><down>");
            screen::draw(&desk.state, area, &mut Buffer::empty(area));
            desk.keys("<esc><esc><esc>");
            prop_assert!(desk.state.fleet.chosen.is_some() == chosen.is_some());
        }
    }
}
