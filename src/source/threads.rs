//! Threads for what there is to do with many files. What they do is their callers' matter.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::fault::Fault;

/// Threads that run at a time on this machine.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Does `work` with every batch, on `threads_max` threads at most, each with a buffer of its own. After a
/// failure no other batch is begun. Blocks.
///
/// # Errors
/// The first, in the order of the batches.
pub(super) fn each<B: Send>(
    batches: impl ExactSizeIterator<Item = B> + Send,
    threads_max: usize,
    work: impl Fn(B, &mut Vec<u8>) -> Result<(), Fault> + Sync,
) -> Result<(), Fault> {
    let threads = threads_max.min(batches.len());
    let batches = Mutex::new(batches.enumerate());
    let failed = AtomicBool::new(false);
    let run = || {
        let mut buffer = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let next = batches
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next();
            let Some((index, batch)) = next else { break };
            work(batch, &mut buffer).map_err(|fault| {
                failed.store(true, Ordering::Relaxed);
                (index, fault)
            })?;
        }
        Ok(())
    };
    let first = if threads <= 1 {
        run().err()
    } else {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
            let panicked = |_| Err((usize::MAX, Fault::Interrupted));
            let ended = threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(panicked));
            ended
                .filter_map(Result::err)
                .min_by_key(|(index, _)| *index)
        })
    };
    first.map_or(Ok(()), |(_, fault)| Err(fault))
}

#[cfg(test)]
mod tests {
    use super::each;
    use crate::source::Fault;
    use std::io;
    use std::path::Path;

    #[test]
    fn each_batch_is_worked_on_once_and_the_first_failure_counts() {
        for threads in [1, 4] {
            let mut numbers: Vec<usize> = (0..100).collect();
            let doubled = each(numbers.chunks_mut(7), threads, |batch, _| {
                for number in batch {
                    *number *= 2;
                }
                Ok(())
            });
            doubled.unwrap();
            assert!(
                numbers
                    .iter()
                    .enumerate()
                    .all(|(index, it)| *it == 2 * index)
            );
            let failed = each(numbers.iter(), threads, |number, _| {
                if *number < 60 {
                    return Ok(());
                }
                Err(Fault::read(
                    Path::new(&number.to_string()),
                    io::ErrorKind::Other.into(),
                ))
            });
            assert_eq!(failed.unwrap_err().to_string(), "cannot read `60`");
        }
    }
}
