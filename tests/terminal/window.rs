//! The window: its size, its title, its mouse, what is pasted into it, and who is called out of it.

use crate::tmux::Terminal;

#[test]
fn a_storm_of_sizes_costs_few_frames_and_no_place() {
    let Some(terminal) = Terminal::open("storm") else { return };
    let before = terminal.sanity();
    terminal.demo();
    terminal.press("j");
    terminal.shows(">  web2");
    let frames = terminal.frames();
    let took = terminal.is_dragged(150);
    terminal.shows(">  web2");
    let drawn = terminal.frames() - frames;
    // At most one in 33 ms, and a few for what else happened.
    let most = usize::try_from(took.as_millis() / 33).unwrap() + 10;
    assert!(drawn <= most.min(150), "{drawn} frames in {took:?}");
    for (columns, rows) in [(80, 24), (39, 9), (1, 1), (200, 60), (120, 36)] {
        terminal.resizes(columns, rows);
        terminal.waits_until("#{window_width}x#{window_height}", &format!("{columns}x{rows}"));
    }
    terminal.shows(">  web2");
    terminal.press("q");
    terminal.is_back();
    assert_eq!(terminal.sanity(), before);
}

#[test]
fn what_is_pasted_is_text_where_text_is_typed_and_nothing_elsewhere() {
    let Some(terminal) = Terminal::open("paste") else { return };
    let before = terminal.sanity();
    terminal.demo();
    terminal.pastes("RYq\n");
    terminal.shows("pasted text is not keys: it was dropped");
    terminal.press("P");
    terminal.shows("which release?");
    terminal.pastes("v2\nq\n");
    terminal.shows("v2_");
    terminal.press("Escape");
    terminal.waits_for("the card to close", |screen| !screen.contains("which release?"));
    terminal.press("q");
    terminal.is_back();
    assert_eq!(terminal.sanity(), before);
    terminal.pastes("echo pa''sted");
    terminal.press("Enter");
    terminal.waits_for("a plain paste", |screen| screen.lines().any(|line| line == "pasted"));
    assert!(!terminal.screen().contains("200~"));
}

#[test]
fn the_mouse_chooses_a_host_and_is_given_back() {
    let Some(terminal) = Terminal::open("mouse") else { return };
    let before = terminal.sanity();
    terminal.demo();
    assert_eq!(terminal.ask("#{mouse_any_flag}"), "0");
    terminal.press("m");
    terminal.waits_until("#{mouse_any_flag}#{mouse_sgr_flag}", "11");
    let screen = terminal.screen();
    let row = 1 + screen.lines().position(|line| line.starts_with("    web2")).unwrap();
    terminal.sends(&format!("\u{1b}[<0;7;{row}M\u{1b}[<0;7;{row}m"));
    terminal.shows(">  web2");
    // Up twice with the wheel.
    terminal.sends(&format!("\u{1b}[<64;7;{row}M\u{1b}[<64;7;{row}M"));
    terminal.shows(">  jobs1");
    terminal.press("q");
    terminal.is_back();
    assert_eq!(terminal.sanity(), before);
}

#[test]
fn the_title_tells_how_it_stands() {
    let Some(terminal) = Terminal::open("title") else { return };
    terminal.demo();
    terminal.waits_until("#{pane_title}", "flipside: demo");
    terminal.prepares("v2");
    terminal.waits_until("#{pane_title}", "flipside: demo PREPARE done 3/3");
    let titled = "flipside: demo";
    terminal.press("q");
    terminal.is_back();
    assert!(!terminal.ask("#{pane_title}").starts_with(titled), "the title of before is back");
}

#[test]
fn whoever_looks_elsewhere_is_called() {
    let Some(terminal) = Terminal::with("call", &["TERM=xterm-256color", "TERM_PROGRAM=WezTerm"])
    else {
        return;
    };
    terminal.demo();
    // The terminal says that its window has not got the keyboard any more.
    terminal.sends("\u{1b}[O");
    terminal.prepares("v2");
    terminal.shows("PREPARE ✔");
    terminal.was_written("\u{1b}]9;flipside: prepare v2: done");
}
