//! Checks what must hold before setup changes anything on a host. Where an administrator is needed, the
//! refusal has the exact commands.

use super::site::{self, HOOK, PAGE, Site};
use crate::base::shell::quote;
use crate::domain::command::RunAs;
use crate::domain::plan::Refusal;
use crate::domain::target::Carries;
use crate::platform::compose::host::HostView;
use crate::platform::kit::preflight::{DirectoryState, SetupFacts};
use crate::platform::kit::prepare;
use crate::platform::kit::proxy::DumpError;
use crate::platform::kit::remedies::DOCTOR;
use crate::platform::kit::sudoers::sudoers;

/// Returns the site that is still to be served, if setup can do everything.
pub fn check(host: &HostView<'_>) -> Result<Option<Site>, Refusal> {
    foreign_compose_file(host)?;
    for directory in &host.runtime.facts.preflight.host.directories {
        if directory.state == DirectoryState::NotWritable {
            let user = user(host);
            return Err(host.refuse(
                format!("{} exists and is not writable for {user}", directory.path),
                format!(
                    "Run `chown {user} {}` as root, or set `sudo: true` for the app in the inventory.",
                    quote(&directory.path)
                ),
            ));
        }
    }
    prepare::disk(host)?;
    let site = if host.member.carries == Carries::App { proxy(host)? } else { None };
    let commands = by_hand(host, site.as_ref());
    if commands.is_empty() {
        return Ok(site);
    }
    let target = &host.member.target;
    let lines: String = commands.iter().map(|command| format!("\n    {command}")).collect();
    Err(host.refuse(
        format!("setup needs commands that {} may not run, even with sudo", user(host)),
        format!(
            "Have an administrator run this once as root on {target}, then set up again:{lines}"
        ),
    ))
}

fn user<'a>(host: &'a HostView<'_>) -> &'a str {
    let setup_facts = host.runtime.facts.preflight.host.setup_facts.as_ref();
    setup_facts.map_or("the login user", |setup_facts| setup_facts.user.as_str())
}

/// Refuses a compose file that setup must not replace.
fn foreign_compose_file(host: &HostView<'_>) -> Result<(), Refusal> {
    let (dir, facts) = (&host.stack.dir, &host.runtime.facts);
    let adopt = |name: &str| {
        let first = "docker-compose.00000000-000000-first.yml";
        format!(
            "If it is the one that runs: `cd {dir} && mv {name} {first} && ln -s {first} docker-compose.yml`."
        )
    };
    if facts.preflight.plain_compose_file {
        return Err(host.refuse(
            format!("{dir}/docker-compose.yml is a regular file; it must be a link to a compose file beside it"),
            adopt("docker-compose.yml"),
        ));
    }
    if let (Some(path), None) = (&facts.preflight.preferred_compose_file, facts.linked()) {
        let name = path.rsplit('/').next().unwrap_or_default();
        return Err(host.refuse(
            format!("{path} exists, but no link {dir}/docker-compose.yml to the deployed file"),
            adopt(name),
        ));
    }
    if facts.linked().is_none() && facts.link.is_some() {
        let (reason, remedy) = facts.no_compose_file(dir);
        return remedy.map_or(Ok(()), |remedy| Err(host.refuse(reason, remedy)));
    }
    Ok(())
}

/// Checks that nginx can be made to serve both entry points. `Ok(None)`: it does already.
fn proxy(host: &HostView<'_>) -> Result<Option<Site>, Refusal> {
    let facts = &host.runtime.facts;
    let nginx = &host.runtime.spec.proxy.nginx;
    let proxy = &facts.preflight.host.proxy;
    let both =
        facts.host.includes.live_include.is_some() && facts.host.includes.passive_include.is_some();
    can_be_read(host, both)?;
    includes_are_where_named(host)?;
    let site = site::wanted(host)?;
    let asked = !matches!(proxy.dump_error, Some(DumpError::Denied(_)));
    if site.is_none()
        && asked
        && both
        && !facts.host.missing
        && host.observation.live.configured.is_none()
    {
        let why = facts.host.problems.first().map_or("its live color is not known", String::as_str);
        return Err(host.refuse(why, DOCTOR));
    }
    if let Some(site) = &site {
        // The host reports what sudo allows only if something is missing.
        if facts.preflight.host.setup_facts.is_none() {
            return Err(host.refuse(
                format!(
                    "the server was set up before, but nginx passes requests to neither {} nor {}",
                    nginx.live_upstream, nginx.passive_upstream
                ),
                format!(
                    "Make it serve both again, or remove {}/live-color and set up again.",
                    host.stack.dir
                ),
            ));
        }
        readable(host, site)?;
    }
    Ok(site)
}

/// Checks that nginx's configuration can be read. `both`: both includes exist.
fn can_be_read(host: &HostView<'_>, both: bool) -> Result<(), Refusal> {
    match &host.runtime.facts.preflight.host.proxy.dump_error {
        Some(DumpError::NotInstalled(message)) => Err(host.refuse(
            format!("nginx cannot be run: {message}"),
            "Install it (`apt-get install nginx`), or correct `nginx.command` in the inventory.",
        )),
        // Without the includes, the configuration may be incomplete; with them it is broken.
        Some(DumpError::InvalidConfig(message)) if both => Err(host.refuse(
            format!("nginx rejects its own configuration: {message}"),
            "Fix it until `nginx -t` succeeds, then set up again.",
        )),
        Some(DumpError::Unreadable(message)) => Err(host.refuse(
            format!("the configuration of nginx cannot be parsed: {message}"),
            "Simplify that line, or report it as a bug.",
        )),
        Some(DumpError::InvalidConfig(_) | DumpError::Denied(_)) | None => Ok(()),
    }
}

/// Checks that nginx reads the upstreams from the files that the inventory names.
fn includes_are_where_named(host: &HostView<'_>) -> Result<(), Refusal> {
    let nginx = &host.runtime.spec.proxy.nginx;
    let (facts, served) = (&host.runtime.facts, &host.runtime.facts.preflight.host.proxy.served);
    for (path, upstream, found) in [
        (&nginx.live_include, &nginx.live_upstream, &facts.host.includes.live_include),
        (&nginx.passive_include, &nginx.passive_upstream, &facts.host.includes.passive_include),
    ] {
        let elsewhere = served.upstream(upstream).map(|it| &it.file);
        if let Some(file) = elsewhere.filter(|file| *file != path && found.is_none()) {
            return Err(host.refuse(
                format!("nginx reads `upstream {upstream}` from {file}, and {path} does not exist"),
                format!("Name {file} in the inventory if it contains nothing else, or move that block to {path}."),
            ));
        }
    }
    Ok(())
}

/// Checks that nginx will read the site, which needs a place in its configuration for the hook line.
fn readable(host: &HostView<'_>, site: &Site) -> Result<(), Refusal> {
    let preflight = &host.runtime.facts.preflight;
    let setup_facts = preflight.host.setup_facts.as_ref();
    let line = &site.hook_line;
    if let Some(existing) =
        setup_facts.and_then(|setup_facts| setup_facts.site.as_ref()).filter(|t| **t != site.text)
        && !existing.is_empty()
    {
        return Err(host.refuse(
            format!("{} exists and differs from what setup would write", site.path),
            "Make nginx serve both entry points with it, or move it away.",
        ));
    }
    if !site.needs_hook {
        return Ok(());
    }
    if setup_facts.is_some_and(|setup_facts| setup_facts.hook.is_some()) {
        return Err(host.refuse(
            format!("{HOOK} exists without the line `{line}`"),
            format!("Add that line to it, or anywhere in the `http` block of nginx: `{line}`."),
        ));
    }
    let is_local = matches!(host.runtime.spec.proxy.nginx.command.as_slice(), [.., nginx] if nginx.ends_with("nginx"))
        && !host.runtime.spec.proxy.nginx.command.iter().any(|word| word == "exec");
    let reads = preflight
        .host
        .proxy
        .served
        .includes
        .iter()
        .any(|include| include.ends_with("conf.d/*.conf"));
    if is_local && (reads || preflight.host.proxy.dump_error.is_some()) {
        return Ok(());
    }
    Err(host.refuse(
        format!("nginx does not read {HOOK}, so setup cannot make it serve the app"),
        format!("Add `{line}` to the `http` block of nginx, then set up again."),
    ))
}

/// Returns the commands that need root and that sudo does not allow to the login user.
fn by_hand(host: &HostView<'_>, site: Option<&Site>) -> Vec<String> {
    let unknown = SetupFacts::default();
    let facts = &host.runtime.facts;
    let setup_facts = facts.preflight.host.setup_facts.as_ref().unwrap_or(&unknown);
    let (user, group) = (&setup_facts.user, &setup_facts.group);
    let mut commands = Vec::new();
    for directory in facts
        .preflight
        .host
        .directories
        .iter()
        .filter(|directory| directory.state == DirectoryState::NeedsRoot)
    {
        let words = format!("install -d -o {user} -g {group} {}", directory.path);
        if !setup_facts.may.contains(&words) {
            commands.push(words);
        }
    }
    let mut reload = false;
    if let Some(site) = site {
        let hook = format!("install -m 644 {}/.flipside/hook {HOOK}", host.stack.dir);
        if site.needs_hook && !setup_facts.may.contains(&hook) {
            commands.push(format!("echo {} >{HOOK}", quote(&site.hook_line)));
            reload = true;
        }
        if site.removes_page && !setup_facts.may.contains(&format!("rm {PAGE}")) {
            commands.push(format!("rm {PAGE}"));
            reload = true;
        }
    }
    if reload {
        commands.push("nginx -t && nginx -s reload".to_owned());
    }
    if matches!(facts.preflight.host.proxy.dump_error, Some(DumpError::Denied(_))) {
        commands.push(sudoers(
            user,
            &host.runtime.spec.proxy.nginx,
            &host.runtime.spec.project,
            None,
        ));
    }
    if let Some(why) = &facts.engine
        && host.stack.run_as == RunAs::LoginUser
    {
        let command = if why.contains("ermission denied") {
            format!(
                "usermod -aG docker {user}   # {user} has no access to Docker Engine; log in again afterwards"
            )
        } else {
            format!("systemctl enable --now docker   # {why}")
        };
        commands.push(command);
    }
    commands
}
