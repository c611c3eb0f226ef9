//! The timer behind `signal.alarm` and `signal.setitimer`: a thread that waits and then sends SIGALRM.

use rustix::process::{Signal, getpid, kill_process};
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When the timer next fires, and how long it waits after that.
#[derive(Clone, Copy, Debug, Default)]
struct Setting {
    next: Option<Instant>,
    interval: Duration,
}

/// The real-time timer of a runtime. Its thread starts when it is first set.
#[derive(Debug, Default)]
pub(super) struct Timer {
    shared: Option<Arc<(Mutex<Setting>, Condvar)>>,
}

impl Timer {
    /// Sets the timer, or stops it with no time; returns the time that was left and the interval before.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub(super) fn set(
        &mut self,
        first: Duration,
        interval: Duration,
    ) -> io::Result<(Duration, Duration)> {
        let old = self.get();
        if self.shared.is_none() && first.is_zero() {
            return Ok(old);
        }
        let shared = match &self.shared {
            Some(shared) => shared,
            None => self.shared.insert(start()?),
        };
        let next = (!first.is_zero()).then(|| Instant::now() + first);
        *shared.0.lock().unwrap_or_else(PoisonError::into_inner) = Setting { next, interval };
        shared.1.notify_all();
        Ok(old)
    }

    /// The time left, and the interval.
    pub(super) fn get(&self) -> (Duration, Duration) {
        let Some(shared) = &self.shared else {
            return (Duration::ZERO, Duration::ZERO);
        };
        let setting = *shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = setting
            .next
            .map(|next| next.saturating_duration_since(Instant::now()));
        (left.unwrap_or_default(), setting.interval)
    }
}

fn start() -> io::Result<Arc<(Mutex<Setting>, Condvar)>> {
    let shared = Arc::new((Mutex::new(Setting::default()), Condvar::new()));
    let theirs = Arc::downgrade(&shared);
    std::thread::Builder::new()
        .name("timer".to_owned())
        .spawn(move || {
            // The thread ends with the runtime, at the latest when it next looks.
            while let Some(shared) = theirs.upgrade() {
                wait_once(&shared.0, &shared.1);
            }
        })?;
    Ok(shared)
}

/// Waits for the time set, a change of it, or a second; sends the signal if it is time.
fn wait_once(setting: &Mutex<Setting>, changed: &Condvar) {
    let mut setting = setting.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    match setting.next {
        Some(next) if next <= now => {
            setting.next = (!setting.interval.is_zero()).then(|| next + setting.interval);
            // This process exists.
            let _ = kill_process(getpid(), Signal::ALARM);
        }
        next => {
            let most = Duration::from_secs(1);
            let time = next.map_or(most, |next| (next - now).min(most));
            drop(changed.wait_timeout(setting, time));
        }
    }
}
