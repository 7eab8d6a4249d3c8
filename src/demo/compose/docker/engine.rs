//! The engine of one host: its images and its containers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::container::{Container, Fixed};
use super::filter::Filter;
use super::image::Images;
use super::life;
use super::registry;
use crate::demo::pace::Pace;
use crate::demo::ports;
use crate::demo::release::Release;
use crate::demo::tasks::Tasks;

#[derive(Debug)]
pub struct Engine {
    stock: Mutex<Stock>,
    pace: Pace,
    tasks: Tasks,
    host: String,
}

#[derive(Debug, Default)]
struct Stock {
    images: Images,
    /// In the order in which they were made.
    containers: Vec<Arc<Container>>,
    made: u64,
}

/// Why an image was not removed.
#[derive(Debug)]
pub enum Kept {
    Unknown,
    UsedBy(Arc<Container>),
}

impl Engine {
    pub fn new(host: &str, pace: Pace, tasks: Tasks) -> Self {
        Self { stock: Mutex::default(), pace, tasks, host: host.to_owned() }
    }

    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn image(&self, reference: &str) -> Option<Release> {
        self.stock().images.find(reference)
    }

    pub fn images(&self) -> Vec<Release> {
        self.stock().images.all().collect()
    }

    /// `false`: it was there already.
    pub fn add_image(&self, release: Release) -> bool {
        self.stock().images.add(release)
    }

    pub fn has_layer(&self, layer: &str) -> bool {
        self.stock().images.has_layer(layer)
    }

    pub fn remove_image(&self, reference: &str) -> Result<Release, Kept> {
        let mut stock = self.stock();
        let release = stock.images.find(reference).ok_or(Kept::Unknown)?;
        if let Some(user) = stock.containers.iter().find(|c| c.fixed.release == release) {
            return Err(Kept::UsedBy(Arc::clone(user)));
        }
        stock.images.remove(release);
        Ok(release)
    }

    /// The newest first, as Docker lists them.
    pub fn containers(&self, filter: &Filter) -> Vec<Arc<Container>> {
        let stock = self.stock();
        stock.containers.iter().rev().filter(|c| filter.takes(c)).map(Arc::clone).collect()
    }

    /// By name, by id, or by the beginning of an id that is nobody else's.
    pub fn find(&self, name: &str) -> Option<Arc<Container>> {
        let stock = self.stock();
        let exact = stock.containers.iter().find(|c| c.fixed.name == name || c.fixed.id == name);
        let mut begins = stock.containers.iter().filter(|c| c.fixed.id.starts_with(name));
        exact.or_else(|| begins.next().filter(|_| begins.next().is_none())).map(Arc::clone)
    }

    /// A new container, not started. The id is given here.
    pub fn create(&self, fixed: Fixed) -> Arc<Container> {
        let mut stock = self.stock();
        stock.made += 1;
        let id = registry::hash(&format!("{} {} {}", self.host, fixed.name, stock.made));
        let container = Arc::new(Container::new(Fixed { id, ..fixed }));
        stock.containers.push(Arc::clone(&container));
        container
    }

    /// Starts it; what runs already goes on. `Err`: the daemon's own words.
    pub async fn start(&self, container: &Arc<Container>) -> Result<(), String> {
        if container.is_alive() {
            return Ok(());
        }
        let listener = match container.fixed.address {
            None => None,
            Some(address) => Some(ports::listen(address).await.map_err(|_| {
                format!(
                    "Error response from daemon: driver failed programming external connectivity on endpoint {}: Bind for {address} failed: port is already allocated",
                    container.fixed.name
                )
            })?),
        };
        container.set(life::running(container));
        let ends = container.begin();
        let life = life::live(Arc::clone(container), ends, listener, self.pace, self.host.clone());
        self.tasks.spawn(life);
        Ok(())
    }

    /// Only what does not run can go.
    pub fn remove(&self, container: &Arc<Container>) {
        self.stock().containers.retain(|known| !Arc::ptr_eq(known, container));
    }

    pub async fn remove_by_force(&self, container: &Arc<Container>) {
        container.stop(Duration::ZERO).await;
        self.remove(container);
    }
}
