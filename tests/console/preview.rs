//! The console to look at: `cargo test --test console preview -- --ignored --nocapture`, with `SIZE=80x24`
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
