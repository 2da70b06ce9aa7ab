//! Runs a list of tasks on a few threads.

use std::sync::Mutex;
use std::thread;

use crate::counters::Counters;
use crate::error::Failure;

/// How many threads `jobs` means: 0 leaves the choice to us.
pub fn threads(jobs: usize) -> usize {
    match jobs {
        0 => thread::available_parallelism().map_or(2, |n| n.get()).clamp(1, 16),
        n => n.min(256),
    }
}

/// Gives every task to `act`, with a state that each thread makes for itself, and returns the answers in the order of the
/// tasks. Stops soon after `counters` is cancelled.
pub fn run<T, S, R>(
    tasks: Vec<T>,
    jobs: usize,
    counters: &Counters,
    state: impl Fn() -> S + Sync,
    act: impl Fn(&mut S, T) -> R + Sync,
) -> Result<Vec<R>, Failure>
where
    T: Send,
    R: Send,
{
    let count = tasks.len();
    let workers = threads(jobs).min(count);
    let mut answers: Vec<(usize, R)> = Vec::with_capacity(count);
    if workers <= 1 {
        let mut own = state();
        for (place, task) in tasks.into_iter().enumerate() {
            counters.check()?;
            answers.push((place, act(&mut own, task)));
        }
    } else {
        let queue = Mutex::new(tasks.into_iter().enumerate());
        let done = Mutex::new(&mut answers);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    let mut own = state();
                    let mut mine = Vec::new();
                    while !counters.cancelled() {
                        let next = queue.lock().expect("no task panics while it holds the queue").next();
                        let Some((place, task)) = next else { break };
                        mine.push((place, act(&mut own, task)));
                    }
                    done.lock().expect("no task panics while it holds the answers").extend(mine);
                });
            }
        });
        answers.sort_unstable_by_key(|(place, _)| *place);
    }
    counters.check()?;
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}
