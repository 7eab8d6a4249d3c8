//! A roll back while it works, and its end: a claim with its proof, which never says done while
//! something is not known.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::progress::{HostRollback, RollbackStage};
use crate::console::actions::ActionId;
use crate::console::app::state::State;
use crate::console::fleet::{Letters, Status};
use crate::console::screen::glyphs::Mark;
use crate::console::screen::paint;

/// Those that need a word of their own, at most.
const MOST: usize = 4;
/// Cells of the bar.
const BAR: usize = 24;

/// How many rows it wants.
pub fn rows(state: &State) -> u16 {
    u16::try_from(state.rollback_progress().map_or(0, |returns| lines(state, &returns).len() + 1))
        .unwrap_or(0)
}

pub fn draw(state: &State, area: Rect, buf: &mut Buffer) {
    let Some(returns) = state.rollback_progress() else { return };
    let theme = &state.setup.theme;
    let Some(top) = paint::row(area, 0) else { return };
    let running = state.run.deploy.is_running();
    let style = match (running, returns.iter().all(is_verified)) {
        (true, _) => theme.work,
        (false, true) => theme.ok,
        (false, false) => theme.danger,
    };
    paint::rule(state, top, &title(state, &returns), &took(state), style, buf);
    let mut lines = lines(state, &returns);
    // What to press is the last to go.
    let room = usize::from(area.height.saturating_sub(1));
    while lines.len() > room.max(1) {
        lines.remove(lines.len().saturating_sub(2));
    }
    for (index, line) in lines.into_iter().enumerate() {
        if let Some(row) = paint::row(area, index + 1) {
            let line = paint::or_more(state, line, usize::from(row.width));
            paint::line(state, row, line, buf);
        }
    }
}

/// The same in full.
pub fn in_full(state: &State) -> Vec<String> {
    let Some(returns) = state.rollback_progress() else { return Vec::new() };
    let title = title(state, &returns);
    let lines = lines(state, &returns);
    std::iter::once(title).chain(lines.iter().map(paint::text)).collect()
}

fn is_verified(one: &HostRollback<'_>) -> bool {
    one.standing == RollbackStage::Verified
}

fn count(returns: &[HostRollback<'_>], is: impl Fn(RollbackStage<'_>) -> bool) -> usize {
    returns.iter().filter(|one| is(one.standing)).count()
}

/// Its script said so, or it was seen.
fn is_switched(standing: RollbackStage<'_>) -> bool {
    matches!(standing, RollbackStage::Switched | RollbackStage::Verified)
}

fn is_unknown(standing: RollbackStage<'_>) -> bool {
    !matches!(standing, RollbackStage::Verified | RollbackStage::Failed(_) | RollbackStage::Skipped)
}

/// `ROLLING BACK 9/12 switched, 7/12 verified`, or `ROLLED BACK 11/12, 1 UNKNOWN`.
pub fn title(state: &State, returns: &[HostRollback<'_>]) -> String {
    let of = returns.len();
    let verified = count(returns, |it| it == RollbackStage::Verified);
    if state.run.deploy.is_running() {
        let switched = count(returns, is_switched);
        return format!("ROLLING BACK {switched}/{of} switched, {verified}/{of} verified");
    }
    let failed =
        count(returns, |it| matches!(it, RollbackStage::Failed(_) | RollbackStage::Skipped));
    let unknown = count(returns, is_unknown);
    let mut words = format!("ROLLED BACK {verified}/{of}");
    if failed > 0 {
        words.push_str(&format!(", {failed} FAILED"));
    }
    if unknown > 0 {
        words.push_str(&format!(", {unknown} UNKNOWN"));
    }
    words
}

fn took(state: &State) -> String {
    let end = state.run.deploy.ended_at.unwrap_or(state.now.at);
    state.run.deploy.started_at.map_or(String::new(), |from| paint::span(paint::since(from, end)))
}

fn lines(state: &State, returns: &[HostRollback<'_>]) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if state.run.deploy.is_running() {
        lines.push(bar(state, returns));
        // The desk below has the words.
        if state.stuck().next().is_some() {
            return lines;
        }
    } else {
        lines.extend(proof(state, returns));
    }
    let pressing: Vec<&HostRollback<'_>> =
        returns.iter().filter(|one| needs_words(state, one.standing)).collect();
    lines.extend(pressing.iter().take(MOST).map(|one| one_host(state, one)));
    if pressing.len() > MOST {
        let more = format!("   and {} more", pressing.len() - MOST);
        lines.push(Line::styled(more, state.setup.theme.muted));
    }
    if !state.access.is_replay() {
        lines.push(last(state, returns));
    }
    lines
}

fn needs_words(state: &State, standing: RollbackStage<'_>) -> bool {
    match standing {
        RollbackStage::Unknown(..) | RollbackStage::Failed(_) | RollbackStage::Skipped => true,
        // When nothing is at work any more, whatever was not seen is not known.
        standing => !state.run.deploy.is_running() && standing != RollbackStage::Verified,
    }
}

fn bar(state: &State, returns: &[HostRollback<'_>]) -> Line<'static> {
    let (theme, glyphs) = (&state.setup.theme, &state.setup.glyphs);
    let full = BAR * count(returns, is_switched) / returns.len().max(1);
    let bar = format!(" {}{} ", glyphs.full.repeat(full), glyphs.empty.repeat(BAR - full));
    let at_work: Vec<String> = returns
        .iter()
        .filter_map(|one| match one.standing {
            RollbackStage::Works(step) => Some(format!("{} {step}", one.host.name())),
            _ => None,
        })
        .collect();
    Line::from(vec![Span::styled(bar, theme.work), Span::styled(at_work.join(", "), theme.text)])
}

/// What was seen, of those that are back.
fn proof(state: &State, returns: &[HostRollback<'_>]) -> Option<Line<'static>> {
    let back: Vec<_> = returns.iter().filter(|one| is_verified(one)).collect();
    let first = back.first()?;
    let oldest = back.iter().filter_map(|one| one.host.age()).max().unwrap_or_default();
    let slowest = back
        .iter()
        .filter_map(|one| Some(one.host.observation()?.live.answer.as_ref()?.took))
        .max()
        .unwrap_or_default();
    let words = format!(
        "{} live {}, correct answers through the live entry point, slowest {}ms, seen {} ago",
        back.len(),
        first.host.live().words(Letters::Long),
        slowest.as_millis(),
        paint::age(oldest)
    );
    let status = Status::new(Mark::Ok, words);
    Some(Line::from(vec![Span::raw(" "), paint::status(state, &status)]))
}

fn one_host(state: &State, one: &HostRollback<'_>) -> Line<'static> {
    let name = one.host.name();
    let (mark, words) = match one.standing {
        RollbackStage::Failed(why) => (Mark::Bad, format!("{name} FAILED: {why}")),
        RollbackStage::Skipped => (Mark::Skip, format!("{name} was skipped")),
        RollbackStage::Unknown(why, 0) => (Mark::Unknown, format!("{name} UNKNOWN: {why}")),
        RollbackStage::Unknown(why, observations) => {
            (Mark::Unknown, format!("{name} UNKNOWN: {why}; observed {observations} times since"))
        }
        RollbackStage::Switched => (
            Mark::Unknown,
            format!("{name} UNKNOWN: it switched, but no healthy answer was observed since"),
        ),
        _ => (Mark::Unknown, format!("{name} UNKNOWN: not observed on the old release")),
    };
    let words = state.in_keys(&words);
    Line::from(vec![Span::raw(" "), paint::status(state, &Status::new(mark, words))])
}

/// What to press, or that there is nothing to.
fn last(state: &State, returns: &[HostRollback<'_>]) -> Line<'static> {
    let theme = &state.setup.theme;
    if state.run.deploy.is_running() {
        let words = " A host that fails stops no other.";
        return Line::styled(words, theme.muted);
    }
    let open = count(returns, |it| it != RollbackStage::Verified);
    let key = |id| state.key_word(id);
    if open > 0 {
        let (observe, back) = (key(ActionId::Observe), key(ActionId::Rollback));
        let hosts = if open == 1 { "1 host is".to_owned() } else { format!("{open} hosts are") };
        let words = format!(
            " NOT DONE until {hosts} confirmed: {observe} observes again, {back} does what is left"
        );
        return Line::styled(words, theme.danger);
    }
    let frozen = state.freeze().map_or("", |_| "; go-live is FROZEN, :unfreeze lifts it");
    let words = format!(" {} copies the summary, Esc dismisses this{frozen}", key(ActionId::Copy));
    Line::styled(words, theme.muted)
}
