//! The ways in. Each carries bytes and asks the annotator once; none decides.

pub mod listener;
pub mod milter;
pub mod pipe;
pub mod relay;

/// Our id of a message, the same in the log and in `Received`: not two in the life of a machine.
fn message_id() -> String {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    static PROCESS: LazyLock<u32> = LazyLock::new(std::process::id);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.unwrap_or_default();
    // Shorter to write than what `as_micros` gives, and good for half a million years.
    let micros = now.as_secs() * 1_000_000 + u64::from(now.subsec_micros());
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{micros:X}-{:X}-{counter:X}", *PROCESS)
}
