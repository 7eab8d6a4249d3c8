//! `flipside doctor`: checks every host for what a release needs.

use crate::base::text::escape_json;
use crate::cli::args::{OutputFormat, ScopeArgs};
use crate::cli::scope::{self, CommandScope};
use crate::cli::{CliError, engine, out};
use crate::domain::event::{Event, What};
use crate::domain::finding::Examination;
use crate::domain::order::Order;
use crate::domain::target::Target;
use crate::headless::doctor;
use crate::headless::exit::Exit;

pub async fn examine(args: &ScopeArgs) -> Result<Exit, CliError> {
    if args.output == OutputFormat::Sh {
        return Err(CliError::Usage(
            "`-o sh` is for plans. doctor writes text or JSON.".to_owned(),
        ));
    }
    let scope = scope::resolve(args)?;
    let targets = scope.targets(args);
    let wanted = targets.len() + 1;
    let order = Order::Examine { app: scope.app.clone(), stack: scope.stack.clone(), targets };
    let mut examinations: Vec<(Option<Target>, Examination)> = Vec::new();
    let examined = |event: Event| match event.what {
        What::Examined { target, examination } => {
            examinations.push((target, examination));
            true
        }
        _ => false,
    };
    engine::run_order(&scope, order, wanted, examined).await;
    examinations.sort_by(|a, b| a.0.cmp(&b.0));
    let mut text = render(args.output, &scope, &examinations);
    let examinations: Vec<&Examination> =
        examinations.iter().map(|(_, examination)| examination).collect();
    if args.output == OutputFormat::Text {
        text.push_str(&doctor::summary(&examinations));
    }
    out::text(text)?;
    Ok(doctor::exit(&examinations))
}

fn render(
    output: OutputFormat,
    scope: &CommandScope,
    examinations: &[(Option<Target>, Examination)],
) -> String {
    let mut text = String::new();
    for (target, examination) in examinations {
        // The app as a whole is listed only if something was found.
        if target.is_none() && *examination == Examination::Examined(Vec::new()) {
            continue;
        }
        match (output, target) {
            (OutputFormat::Json, _) => {
                let row = serde_json::json!({ "target": target, "checkup": examination });
                text.push_str(&escape_json(&row.to_string()));
                text.push('\n');
            }
            (_, Some(target)) => text.push_str(&doctor::text(target.name(), examination)),
            (_, None) => {
                let name = format!("{} in {}", scope.app, scope.environment.name);
                text.push_str(&doctor::text(&name, examination));
            }
        }
    }
    text
}
