//! Threads that carry sessions, one for each core: both sides of a session are heard by the same
//! thread, so that no other is to be woken for them.

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

/// Without threads, sessions stay where their connections are taken.
#[derive(Default)]
pub struct Workers(Vec<Worker>);

struct Worker {
    handle: Handle,
    /// Dropped, it stops the thread.
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Workers {
    pub fn start() -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (0..cores)
            .map(|_| Worker::start())
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Where the next session goes.
    pub fn least_busy(&self) -> Handle {
        let handles = self.0.iter().map(|worker| &worker.handle);
        let least = handles.min_by_key(|handle| handle.metrics().num_alive_tasks());
        least.cloned().unwrap_or_else(Handle::current)
    }

    /// Whatever still runs there ends where it is.
    pub fn stop(self) {
        let threads: Vec<_> = self
            .0
            .into_iter()
            .map(|worker| {
                drop(worker.stop);
                worker.thread
            })
            .collect();
        for thread in threads {
            let _ = thread.join();
        }
    }
}

impl Worker {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("sessions".into())
            .spawn(move || work(runtime, stopped))?;
        Ok(Self {
            handle,
            stop,
            thread,
        })
    }
}

fn work(runtime: Runtime, stopped: oneshot::Receiver<()>) {
    let _ = runtime.block_on(stopped);
    // An annotator past its time limit is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
}
