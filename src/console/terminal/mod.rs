//! The terminal: taken, and always given back as it was.

pub mod background;
pub mod clipboard;
pub mod meter;

use std::io::{self, BufWriter, Stdout, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, terminal};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::integration::Mouse;
use crate::console::app::state::State;
use crate::console::screen;
use crate::console::terminal::clipboard::Multiplexer;
use crate::console::terminal::meter::{Meter, Metered};

pub type Screen = Terminal<CrosstermBackend<Metered<BufWriter<Stdout>>>>;

/// A whole frame in one write, or nearly.
const FRAME: usize = 64 * 1024;

/// Clicks and the wheel, in the encoding for columns beyond 223. Motion is not requested: it sends too many events.
const MOUSE_ON: &str = "\u{1b}[?1000h\u{1b}[?1006h";
const MOUSE_OFF: &str = "\u{1b}[?1006l\u{1b}[?1000l";
/// The terminal keeps its title, and takes it up again.
const PUSH_TITLE: &str = "\u{1b}[22;0t";
const POP_TITLE: &str = "\u{1b}[23;0t";

/// The title is put away, and the terminal is ours.
fn take() -> io::Result<()> {
    write(PUSH_TITLE)?;
    set()
}

/// Raw mode, the other screen, pasted text distinguished from keys, and word of when the window comes to
/// the front. No mouse: its owner selects text with it.
fn set() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)
}

/// Every step is tried, whatever became of the ones before it.
fn give_back() {
    let _ = execute!(io::stdout(), EndSynchronizedUpdate);
    let _ = write(MOUSE_OFF);
    let _ = execute!(io::stdout(), DisableFocusChange);
    let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = write(POP_TITLE);
    let _ = disable_raw_mode();
}

fn give_back_once(taken: &AtomicBool) {
    if taken.swap(false, Ordering::SeqCst) {
        give_back();
    }
}

type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Holds the terminal. Whichever way this value goes, the terminal is given back.
pub struct Guard {
    previous: Hook,
    /// Giving it back twice would move the cursor over what was printed since.
    taken: Arc<AtomicBool>,
    /// The panic messages of other threads, which are printed after the screen is restored.
    elsewhere: Arc<Mutex<Vec<String>>>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("taken", &self.taken).finish_non_exhaustive()
    }
}

impl Guard {
    /// The calling thread becomes the one whose panic gives the terminal back. A panic on another
    /// one does not touch the screen: that work is reported by the engine as died.
    pub fn take() -> io::Result<Self> {
        take().inspect_err(|_| give_back())?;
        let previous: Hook = Arc::from(panic::take_hook());
        let elsewhere = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::new(AtomicBool::new(true));
        let (hook, kept, held) =
            (Arc::clone(&previous), Arc::clone(&elsewhere), Arc::clone(&taken));
        let screen = thread::current().id();
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() == screen {
                give_back_once(&held);
                hook(info);
            } else {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(info.to_string());
            }
        }));
        Ok(Self { previous, taken, elsewhere })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back_once(&self.taken);
        let kept =
            std::mem::take(&mut *self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner));
        for words in kept {
            let _ = writeln!(io::stderr(), "{words}");
        }
        // The hook may not be changed while it is needed.
        if !thread::panicking() {
            let previous = Arc::clone(&self.previous);
            panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}

/// A fresh one knows nothing of what the terminal shows, so its first frame paints every cell.
pub fn screen(meter: &Meter) -> io::Result<Screen> {
    execute!(io::stdout(), terminal::Clear(terminal::ClearType::All))?;
    let writer = BufWriter::with_capacity(FRAME, io::stdout());
    Terminal::new(CrosstermBackend::new(meter.on(writer)))
}

/// The terminal holds the frame back until it is whole. However drawing ends, it is let go.
struct Whole;

impl Whole {
    fn begin() -> io::Result<Self> {
        execute!(io::stdout(), BeginSynchronizedUpdate)?;
        Ok(Self)
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        let _ = execute!(io::stdout(), EndSynchronizedUpdate);
    }
}

pub fn draw(screen: &mut Screen, state: &State) -> io::Result<()> {
    let _whole = Whole::begin()?;
    screen.draw(|frame| screen::draw(state, frame.area(), frame.buffer_mut()))?;
    Ok(())
}

/// These bytes, at once.
pub fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// How copied text gets out of here, by what the console was started in.
pub fn clipboard() -> Multiplexer {
    let variable = |name| std::env::var(name).ok();
    let (tmux, sty, term) = (variable("TMUX"), variable("STY"), variable("TERM"));
    Multiplexer::found(tmux.as_deref(), sty.as_deref(), term.as_deref())
}

pub fn copy(text: &str, multiplexer: Multiplexer) -> io::Result<()> {
    io::stdout().write_all(multiplexer.sequence(text).as_bytes())?;
    io::stdout().flush()
}

pub fn mouse(mouse: Mouse) -> io::Result<()> {
    write(match mouse {
        Mouse::On => MOUSE_ON,
        Mouse::Off => MOUSE_OFF,
    })
}

/// Another program may have it. [`reclaim`] is its end.
pub fn lend() {
    give_back();
}

pub fn reclaim(meter: &Meter) -> io::Result<Screen> {
    take()?;
    screen(meter)
}

/// After the process was stopped and let go on by somebody else: the shell may have set the terminal as it
/// likes it, and raw mode that is taken for granted is taken anew.
pub fn again(meter: &Meter) -> io::Result<Screen> {
    let _ = disable_raw_mode();
    set()?;
    screen(meter)
}

/// Stops the whole process group, as the terminal itself does for other programs, and comes back
/// here when the shell lets it go on. Not by the terminal's own signal, which this process hears.
pub fn suspend(meter: &Meter) -> io::Result<Screen> {
    lend();
    rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
    reclaim(meter)
}
