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
    let mut id = String::with_capacity(32);
    push_hex(&mut id, micros);
    for number in [*PROCESS, counter] {
        id.push('-');
        push_hex(&mut id, number.into());
    }
    id
}

/// As `{:X}` writes it; that takes its time, and there is an id for each message.
fn push_hex(out: &mut String, number: u64) {
    let digits = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let digit = usize::try_from(number >> (4 * place) & 0xF).unwrap_or(0);
        out.push(char::from(b"0123456789ABCDEF"[digit]));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn hex() {
        for number in [0, 1, 15, 16, 0xFF, 0x1234_5678_9ABC_DEF0, u64::MAX] {
            let mut out = String::new();
            super::push_hex(&mut out, number);
            assert_eq!(out, format!("{number:X}"));
        }
    }
}
