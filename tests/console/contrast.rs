//! Whether the built-in themes are readable, and distinguishable for the vision that they are made for.

use flipside::console::theme::{BUILT_IN, ROLES};
use ratatui::style::Color;

use crate::themes::built_in;

fn linear(part: u8) -> f64 {
    let part = f64::from(part) / 255.0;
    if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
}

fn rgb(color: Option<Color>) -> Option<[f64; 3]> {
    match color? {
        Color::Rgb(red, green, blue) => Some([red, green, blue].map(linear)),
        _ => None,
    }
}

fn luminance([red, green, blue]: [f64; 3]) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// As WCAG 2 has it.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_can_be_read() {
    let black_on_white = contrast([0.0; 3], [1.0; 3]);
    assert!((black_on_white - 21.0).abs() < 1e-9);
    for (name, _) in BUILT_IN {
        let theme = built_in(name);
        let wanted = if name == "high-contrast" { 7.0 } else { 4.5 };
        let mut measured = 0;
        for (role, style) in theme.styles() {
            let style = theme.on_ground(style);
            let (Some(fg), Some(bg)) = (rgb(style.fg), rgb(style.bg)) else { continue };
            let found = contrast(fg, bg);
            assert!(found >= wanted, "{name}: {} has {found:.2}", role.name);
            measured += 1;
        }
        let own = matches!(name, "high-contrast" | "deuteranopia" | "tritanopia");
        assert_eq!(measured, if own { ROLES.len() } else { 0 }, "{name}");
    }
}

/// What such eyes see, after Machado, Oliveira and Fernandes (2009), at its strongest.
const DEUTERANOPIA: [[f64; 3]; 3] = [
    [0.367_322, 0.860_646, -0.227_968],
    [0.280_085, 0.672_501, 0.047_413],
    [-0.011_820, 0.042_940, 0.968_881],
];
const TRITANOPIA: [[f64; 3]; 3] = [
    [1.255_528, -0.076_749, -0.178_779],
    [-0.078_411, 0.930_809, 0.147_602],
    [0.004_733, 0.691_367, 0.303_900],
];

fn seen(matrix: [[f64; 3]; 3], color: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(color).map(|(by, part)| by * part).sum::<f64>().clamp(0.0, 1.0))
}

fn apart(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn good_and_bad_differ_for_the_vision_that_a_theme_is_for() {
    for (name, matrix) in [("deuteranopia", DEUTERANOPIA), ("tritanopia", TRITANOPIA)] {
        let theme = built_in(name);
        let [ok, bad, warn, unknown] = [theme.ok, theme.bad, theme.warn, theme.unknown]
            .map(|style| seen(matrix, rgb(style.fg).unwrap()));
        assert!(apart(ok, bad) > 0.5, "{name}: {}", apart(ok, bad));
        assert!(apart(ok, warn) > 0.3 && apart(bad, warn) > 0.2, "{name}");
        assert!(apart(bad, unknown) > 0.5, "{name}");
    }
}
