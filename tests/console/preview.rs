//! The console as text: `cargo test --test console preview -- --ignored --nocapture`, with `SIZE=80x24`
//! and `SCENE=rollback` to choose.

use crate::screens::SCENES;

#[test]
#[ignore = "it is for eyes, not for a verdict"]
fn preview() {
    let wanted = std::env::var("SCENE").unwrap_or_default();
    let size = std::env::var("SIZE").unwrap_or_else(|_| "120x36".to_owned());
    let (width, height) = size.split_once('x').unwrap();
    let (width, height) = (width.parse().unwrap(), height.parse().unwrap());
    for (name, scene) in SCENES.iter().filter(|(name, _)| name.contains(&wanted)) {
        let screen = scene().screen(width, height);
        println!("=== {name} {size}");
        for line in screen.lines() {
            println!("{line}");
        }
    }
}

/// What a frame costs with twelve full panes.
#[test]
#[ignore = "it measures, and depends on the machine"]
fn frame_time() {
    let mut desk = crate::screens::night();
    for name in desk.names() {
        for number in 0..5_000 {
            let text = format!("{number} upstream timed out while reading response header from it");
            desk.prints(&name, flipside::domain::event::Stream::Stdout, &text);
        }
    }
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(120, 36)).unwrap();
    let started = std::time::Instant::now();
    for _ in 0..500 {
        let state = &desk.state;
        terminal
            .draw(|frame| flipside::console::screen::draw(state, frame.area(), frame.buffer_mut()))
            .unwrap();
    }
    println!("{:?} a frame", started.elapsed() / 500);
}
