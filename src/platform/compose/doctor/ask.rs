//! The command of doctor.

use crate::domain::command::{Command, Invocation, Stdin};
use crate::domain::names::EnvName;
use crate::domain::release::Tag;
use crate::domain::spec::Member;
use crate::platform::compose::facts::Head;
use crate::platform::compose::spec::ComposeSpec;
use crate::platform::compose::template::{self, Tags};
use crate::platform::compose::{observe, scripts};

pub fn command(environment: &EnvName, member: &Member, spec: &ComposeSpec) -> Command {
    let observe = observe::command(member, spec, None);
    let arguments = match observe.invocation {
        Invocation::Script(call) => call.argument_words(),
        Invocation::Words(_) => Vec::new(),
    };
    let addresses: Vec<&str> =
        spec.proxy.colors.values().map(|color| color.address.as_str()).collect();
    let login = spec.registry.as_ref();
    let command = scripts::DOCTOR
        .command()
        .run_as(spec.stack.run_as)
        .arg(scripts::OBSERVE.text())
        .args(arguments)
        .arg(addresses.join(" "))
        .arg(login.map_or("", |login| login.server.as_str()))
        .arg(login.map_or("", |login| login.user.as_str()));
    // The file may contain secrets, so it is not on the command line, which everyone on the host can read.
    let text = compose_file(environment, member, spec).unwrap_or_default();
    match login {
        Some(login) => command.stdin(Stdin::SecretLine { secret: login.password.clone(), text }),
        None => command.stdin(Stdin::Text(text)),
    }
}

/// Renders the template with a dummy release: whether the file is valid does not depend on it.
pub fn compose_file(
    environment: &EnvName,
    member: &Member,
    spec: &ComposeSpec,
) -> Result<String, String> {
    let tag = Tag::new("v0").map_err(|bad| bad.to_string())?;
    let tags =
        Tags { colors: spec.proxy.colors.keys().map(|color| (color, &tag)).collect(), jobs: &tag };
    let head = Head { release: tag.clone(), color: None, previous: None };
    template::render(environment, member, spec, &tags, &head)
}
