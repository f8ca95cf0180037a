//! Work on many things on all cores, with the results in the order of the things.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

/// At most so many things are handed out at a time: to hand over each result alone costs as much as
/// most of them.
const BLOCK: usize = 32;
/// Blocks of results that may wait for an earlier one.
const WAITING: usize = 64;

/// Gives each thing to `work`, on as many threads as there are cores, and each result to `take`, in
/// order. `take` says whether to go on.
pub fn in_order<T: Sync, R: Send>(
    things: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R) -> bool,
) {
    let cores = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(things.len());
    if cores < 2 {
        // threads would only wait for each other
        let _ = things.iter().all(|thing| take(work(thing)));
        return;
    }
    let block = (things.len() / (cores * 8)).clamp(1, BLOCK);
    let blocks: Vec<&[T]> = things.chunks(block).collect();
    let next = AtomicUsize::new(0);
    let (results, arrived) = sync_channel(WAITING);
    thread::scope(|scope| {
        for _ in 0..cores {
            let (results, blocks, next, work) = (results.clone(), &blocks, &next, &work);
            scope.spawn(move || {
                while let Some((number, block)) = take_next(blocks, next) {
                    let done: Vec<R> = block.iter().map(work).collect();
                    if results.send((number, done)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        let mut waiting = BTreeMap::new();
        let mut due = 0;
        // dropped at the end of this block, it ends the threads
        for (number, results) in arrived {
            waiting.insert(number, results);
            while let Some(results) = waiting.remove(&due) {
                due += 1;
                if !results.into_iter().all(&mut take) {
                    return;
                }
            }
        }
    });
}

fn take_next<'t, T>(things: &'t [T], next: &AtomicUsize) -> Option<(usize, &'t T)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    things.get(number).map(|thing| (number, thing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_stop_when_told() {
        let things: Vec<usize> = (0..5000).collect();
        let mut seen = Vec::new();
        in_order(
            &things,
            |thing| thing * 2,
            |result| {
                seen.push(result);
                seen.len() < 3000
            },
        );
        assert_eq!(seen, (0..3000).map(|thing| thing * 2).collect::<Vec<_>>());
        in_order(&[] as &[u8], |_| 0, |_| panic!("of nothing, nothing comes"));
    }
}
