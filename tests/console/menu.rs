//! The page before any console: the first run, and a choice of several places.

use flipside::console::keys::key::Key;
use flipside::console::menu::{Item, Menu, Picked, draw};
use flipside::console::screen::glyphs::Glyphs;
use flipside::console::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::fixture::text;

fn places(count: usize) -> Menu {
    let items = (1..=count).map(|n| Item::new(format!("staging-{n}"), format!("{n} servers")));
    let lines = vec!["inventory.yaml has more than one. Which one is this about?".to_owned()];
    Menu::new("FLIPSIDE", lines, items.collect())
}

fn first_run() -> Menu {
    let lines = [
        "Flipside shows which release is live on each server, and switches it.",
        "no inventory found. Looked for:",
        "  /home/mara/inventory.yaml  (this directory)",
        "",
        "  flipside demo                                try it on servers inside this process",
    ];
    let items = vec![Item::new("demo", "try it now"), Item::new("write", "write the example here")];
    Menu::new("FLIPSIDE, for the first time", lines.map(str::to_owned).to_vec(), items)
}

fn screen(menu: &Menu, width: u16, height: u16) -> String {
    let area = Rect { x: 0, y: 0, width, height };
    let mut buffer = Buffer::empty(area);
    draw(menu, &Theme::dark(), &Glyphs::UNICODE, area, &mut buffer);
    text(&buffer)
}

#[test]
fn enter_takes_what_is_chosen_and_esc_leaves() {
    let mut menu = places(3);
    assert_eq!(menu.key(Key::Down), None);
    assert_eq!(menu.key(Key::Enter), Some(Picked::Item(1)));
    assert_eq!(menu.key(Key::Char('3')), None);
    assert_eq!(menu.key(Key::Enter), Some(Picked::Item(2)));
    assert_eq!(menu.key(Key::Char('9')), None, "there is no ninth");
    assert_eq!(menu.chosen, 2);
    assert_eq!(menu.key(Key::Esc), Some(Picked::Left));
}

#[test]
fn where_nothing_can_be_chosen_every_way_leaves() {
    let mut menu = Menu::new("FLIPSIDE", vec!["no host here".to_owned()], Vec::new());
    assert_eq!(menu.key(Key::Enter), Some(Picked::Left));
}

#[test]
fn chosen_item_is_always_visible() {
    let mut menu = places(80);
    menu.key(Key::End);
    for (width, height) in [(120, 36), (80, 24), (39, 9)] {
        let screen = screen(&menu, width, height);
        assert!(screen.contains("staging-80"), "{screen}");
    }
}

#[test]
fn the_pages_are_as_they_were_agreed() {
    let sizes = [(120, 36), (80, 24), (60, 16), (39, 9)];
    let pages = |menu: &Menu| {
        let page =
            |(width, height)| format!("--- {width}x{height}\n{}\n", screen(menu, width, height));
        sizes.map(page).concat()
    };
    insta::assert_snapshot!("menu-first-run", pages(&first_run()));
    insta::assert_snapshot!("menu-places", pages(&places(5)));
}
