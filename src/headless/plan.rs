//! A plan as text.

use std::fmt::Write as _;

use crate::domain::change::DiffLine;
use crate::domain::plan::{Gate, Pause, Plan, Stage, Step, StepState, Track};
use crate::domain::target::Target;

/// Returns the whole plan as text.
pub fn text(plan: &Plan) -> String {
    let intent = &plan.intent;
    let release = intent.subject();
    let mut text = format!(
        "{}{release}: {} in {}, plan {}\n",
        intent.phase.title(),
        intent.app,
        intent.environment,
        plan.basis
    );
    for warning in &plan.warnings {
        line(&mut text, format_args!("  ⚠ {warning}"));
    }
    for left in &plan.left_out {
        line(&mut text, format_args!("  ? {}", left.in_words()));
    }
    let mut forecast = false;
    for (index, stage) in plan.stages.iter().enumerate() {
        stage_text(&mut text, index, plan.stages.len(), stage, forecast);
        forecast |= stage.has_work() && matches!(stage.gate, Gate::Observe { .. });
    }
    files(&mut text, plan);
    for hook in &plan.hooks {
        line(&mut text, format_args!("hook {}", hook.in_words()));
    }
    if plan.is_complete() {
        line(&mut text, format_args!("nothing is left to do{}", plan.except_left_out()));
    }
    text
}

/// Lists the files that change. A change that is the same on many targets is listed once.
fn files(text: &mut String, plan: &Plan) {
    let changes = plan.file_changes();
    if !changes.is_empty() {
        line(text, format_args!("files that change"));
    }
    for (targets, change) in changes {
        let names: Vec<&str> = targets.into_iter().map(Target::name).collect();
        line(text, format_args!("  {}  on {}", change.heading(), names.join(", ")));
        for DiffLine { sign, text: content } in change.diff() {
            line(text, format_args!("    {}", format!("{}{content}", sign.mark()).trim_end()));
        }
    }
}

fn stage_text(text: &mut String, index: usize, of: usize, stage: &Stage, forecast: bool) {
    let forecast =
        if forecast { "  (forecast: planned again after the observation before it)" } else { "" };
    match stage.pause {
        Some(Pause::For(wait)) => line(text, format_args!("  pause for {} s", wait.as_secs())),
        Some(Pause::UntilResumed) => line(text, format_args!("  pause until resumed")),
        None => {}
    }
    line(text, format_args!("{}/{of} {}{forecast}", index + 1, stage.name));
    for Track { target, steps, begin } in &stage.tracks {
        let waits = begin.waits_for().map_or_else(String::new, |words| format!(", {words}"));
        for Step { title, state, .. } in steps {
            match state {
                StepState::ToDo => {
                    line(text, format_args!("  {:<10} ▶ {title}{waits}", target.name()));
                }
                StepState::AlreadyDone(why) => {
                    line(
                        text,
                        format_args!("  {:<10} = {title} (already done: {why})", target.name()),
                    );
                }
            }
        }
    }
    match &stage.gate {
        Gate::Barrier => {}
        Gate::Everyone => {
            line(text, format_args!("  all of these must succeed before the next stage"));
        }
        Gate::Observe { what, .. } => line(text, format_args!("  then observe again: {what}")),
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{arguments}");
}
