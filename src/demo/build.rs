//! Builds one host of a fleet, with its first release live.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::header::HeaderValue;
use tokio::net::{TcpListener, UnixListener};

use super::docker::engine::Engine;
use super::docker::{api, orders, registry};
use super::furnish::{self, Carries, FIRST_TAG, JOBS, PROJECT};
use super::host::{Host, Parts, Places};
use super::nginx::conf::Files;
use super::nginx::proxy::{Proxy, Side};
use super::pace::Pace;
use super::ports::Ports;
use super::ssh;
use super::ssh::keys::Keys;
use super::standin::desk;
use super::standin::voice::{Exit, Voice};
use super::standin::wire::{Call, Program};
use super::tasks::Tasks;

pub struct Builder {
    pub root: PathBuf,
    /// `PATH` on every host.
    pub path: String,
    pub keys: Keys,
    pub pace: Pace,
    pub tasks: Tasks,
}

impl Builder {
    pub async fn host(
        &self,
        name: String,
        ports: Ports,
        carries: Carries,
    ) -> io::Result<Arc<Host>> {
        let places = Places::under(self.root.join(&name));
        furnish::stack(&places, &name, ports, carries)?;
        let engine = Arc::new(Engine::new(&name, self.pace, self.tasks.clone()));
        first_release(&engine, &places, carries).await?;
        let nginx = match carries {
            Carries::App => Some(self.proxy(&places, ports).await?),
            Carries::JobsOnly => None,
        };
        let host = Arc::new(Host::new(Parts {
            name,
            engine,
            nginx,
            places,
            ports,
            operator: self.keys.operator.clone(),
            path: self.path.clone(),
            tasks: self.tasks.clone(),
        }));
        self.serve(&host).await?;
        Ok(host)
    }

    async fn proxy(&self, places: &Places, ports: Ports) -> io::Result<Arc<Proxy>> {
        let files = Files::under(&places.root);
        furnish::nginx(&files, ports)?;
        let colors = BTreeMap::from([
            (ports.blue(), HeaderValue::from_static("blue")),
            (ports.green(), HeaderValue::from_static("green")),
        ]);
        let proxy = Proxy::new(files, colors, self.pace.old_workers, self.tasks.clone());
        let proxy = Arc::new(proxy.map_err(io::Error::other)?);
        for (address, side) in [(ports.live(), Side::Live), (ports.passive(), Side::Passive)] {
            let listener = TcpListener::bind(address).await?;
            self.tasks.spawn(Arc::clone(&proxy).serve(listener, side));
        }
        Ok(proxy)
    }

    async fn serve(&self, host: &Arc<Host>) -> io::Result<()> {
        let socket = UnixListener::bind(&host.places.docker_socket)?;
        self.tasks.spawn(api::serve(socket, Arc::clone(&host.engine), self.tasks.clone()));
        let socket = UnixListener::bind(&host.places.desk)?;
        self.tasks.spawn(desk::serve(socket, Arc::clone(host)));
        let listener = TcpListener::bind(host.ports().ssh()).await?;
        let config = Arc::new(ssh::config(&self.keys));
        self.tasks.spawn(ssh::serve(listener, config, Arc::clone(host)));
        Ok(())
    }
}

/// The first release was brought up by the same orders as any other.
async fn first_release(engine: &Arc<Engine>, places: &Places, carries: Carries) -> io::Result<()> {
    engine.add_image(registry::RELEASES[0]);
    let project_directory = places.stack.display().to_string();
    let file = places.stack.join(furnish::FIRST_FILE).display().to_string();
    let mut words = vec!["compose", "-p", PROJECT, "--project-directory", &project_directory];
    words.extend(["-f", &file, "up", "-d", "--no-deps", "--no-build", "--pull", "never"]);
    if carries == Carries::App {
        words.push("shop_blue");
    }
    words.extend(JOBS);
    let call = Call {
        program: Program::Docker,
        words: Vec::new(),
        directory: places.stack.clone(),
        stdin: None,
    };
    match orders::carry_out(engine, &words, &call, &mut Voice::silent()).await {
        Exit::OK => Ok(()),
        Exit(code) => Err(io::Error::other(format!("{FIRST_TAG} did not start: {code}"))),
    }
}
