//! The inventory of a fleet.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::docker::registry::REPOSITORY;
use super::fleet::Fleet;
use super::furnish::{Carries, JOBS, PROJECT, TEMPLATE};
use super::host::Host;
use super::nginx::conf::{Files, LIVE_UPSTREAM, PASSIVE_UPSTREAM};
use super::ssh::keys::USER;
use crate::domain::color::ColorPair;
use crate::domain::command::RunAs;
use crate::domain::names::{AppName, Color, EnvName, HostName, StackName};
use crate::domain::plan::{Batches, FailurePolicy};
use crate::domain::spec::{
    AppSpec, ComposeColor, ComposeSpec, Entrance, Environment, HostSpec, Inventory, Member,
    Migration, NginxSpec, PlatformSpec, SshSpec, Template, Timeouts,
};
use crate::domain::target;

const ENVIRONMENT: &str = "demo";
const ADDRESS: &str = "127.0.0.1";

pub fn of(fleet: &Fleet) -> Result<Inventory, String> {
    let name = EnvName::new(ENVIRONMENT).map_err(|error| error.to_string())?;
    let app = app(fleet)?;
    let mut hosts = BTreeMap::new();
    for host in fleet.hosts() {
        let spec = host_spec(fleet, host)?;
        hosts.insert(spec.name.clone(), spec);
    }
    let environment = Environment {
        name: name.clone(),
        label: "DEMO".to_owned(),
        protected: false,
        read_only: false,
        verify_required: false,
        roll_back_countdown: Duration::from_secs(3),
        hosts,
        apps: BTreeMap::from([(app.name.clone(), app)]),
    };
    let path = fleet.root().join("inventory.yaml");
    Ok(Inventory { path, environments: BTreeMap::from([(name, environment)]) })
}

fn host_spec(fleet: &Fleet, host: &Host) -> Result<HostSpec, String> {
    let role = match host.carries() {
        Carries::App => "app",
        Carries::JobsOnly => "jobs",
    };
    let mut roles = vec![role.to_owned()];
    roles.extend(is_primary(host).then(|| "primary".to_owned()));
    Ok(HostSpec {
        name: HostName::new(&host.name).map_err(|error| error.to_string())?,
        roles,
        groups: Vec::new(),
        ssh: SshSpec {
            address: ADDRESS.to_owned(),
            port: Some(host.ports().ssh().port()),
            user: Some(USER.to_owned()),
            jump: Some(Vec::new()),
            identities: vec![fleet.identity().to_owned()],
            passphrase: None,
            known_hosts: Some(vec![fleet.known_hosts().to_owned()]),
            // Nothing of the operator's own settings, which may send all hosts through another.
            config: Some(fleet.ssh_config()),
            connect_timeout: Duration::from_secs(5),
            keepalive: Duration::from_secs(2),
        },
        vars: BTreeMap::new(),
    })
}

/// What must happen once, happens on the first host.
fn is_primary(host: &Host) -> bool {
    host.name == "web1"
}

fn app(fleet: &Fleet) -> Result<AppSpec, String> {
    let name = AppName::new(PROJECT).map_err(|error| error.to_string())?;
    let color = |name: &str| Color::new(name).map_err(|error| error.to_string());
    let (blue, green) = (color("blue")?, color("green")?);
    let pair = ColorPair::new(blue, green).map_err(|error| error.to_string())?;
    let mut members = Vec::new();
    for host in fleet.hosts() {
        let compose = compose(fleet, host, &pair);
        members.push(Member {
            target: HostName::new(&host.name).map_err(|error| error.to_string())?.into(),
            address: ADDRESS.to_owned(),
            app: name.clone(),
            stack: StackName::main(),
            carries: match host.carries() {
                Carries::App => target::Carries::App,
                Carries::JobsOnly => target::Carries::JobsOnly,
            },
            primary: is_primary(host),
            colors: pair.clone(),
            platform: PlatformSpec::Compose(Box::new(compose)),
            checks: Vec::new(),
            vars: BTreeMap::new(),
        });
    }
    members.sort_by(|a, b| a.target.cmp(&b.target));
    Ok(AppSpec {
        name,
        members,
        batches: Batches::default(),
        on_failure: FailurePolicy::Stop,
        hooks: Vec::new(),
        notifications: Vec::new(),
    })
}

fn compose(fleet: &Fleet, host: &Host, pair: &ColorPair) -> ComposeSpec {
    let ports = host.ports();
    let text = |path: &Path| path.display().to_string();
    let files = Files::under(&host.places.root);
    let side = |color: &Color, address: SocketAddr| {
        let service = format!("{PROJECT}_{color}");
        (color.clone(), ComposeColor { service, address: address.to_string() })
    };
    let entrance = |address: SocketAddr, path: &str| Entrance {
        url: format!("http://{address}{path}"),
        host_header: None,
        color_header: Some("X-Flipside-Color".to_owned()),
        release_header: Some("X-Release".to_owned()),
        public_url: Some(format!("http://{{host}}:{}{path}", address.port())),
    };
    ComposeSpec {
        project: PROJECT.to_owned(),
        dir: text(&host.places.stack),
        image: REPOSITORY.to_owned(),
        template: Template { path: fleet.template(), text: TEMPLATE.to_owned() },
        colors: [side(pair.first(), ports.blue()), side(pair.second(), ports.green())].into(),
        jobs: JOBS.map(str::to_owned).into(),
        migration: Some(Migration {
            service: "migrator".to_owned(),
            command: Vec::new(),
            timeout: Duration::from_secs(60),
        }),
        nginx: NginxSpec {
            command: ["sudo", "-n", "nginx"].map(str::to_owned).into(),
            live_include: text(&files.live_include),
            passive_include: text(&files.passive_include),
            live_upstream: LIVE_UPSTREAM.to_owned(),
            passive_upstream: PASSIVE_UPSTREAM.to_owned(),
            pid_file: text(&host.places.pid_file),
        },
        live: entrance(ports.live(), "/health"),
        passive: entrance(ports.passive(), "/"),
        registry: None,
        docker_socket: text(&host.places.docker_socket),
        run_as: RunAs::LoginUser,
        timeouts: Timeouts {
            pull: Duration::from_secs(60),
            start: Duration::from_secs(20),
            stop: Duration::from_secs(10),
            switch: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        },
        switch_answers: 3,
        keep_releases: 2,
        // Nothing of a demo takes room.
        disk_free_mib: 0,
    }
}
