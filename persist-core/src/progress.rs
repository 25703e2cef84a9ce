//! Progress and cancelling: what a caller may watch and stop while bytes move.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// Hears how many bytes have gone by.
///
/// Called on the thread that does the work, a few times per mebibyte at most; a slow listener slows
/// the work down.
pub trait Progress: Sync {
    /// Takes note that `done_bytes` of `total_bytes` are finished.
    ///
    /// `done_bytes` never falls within one call of the product. `total_bytes` is `None` where the
    /// length is not known yet, as when a state is saved from a reader; once all is done, it is.
    fn advanced(&self, done_bytes: u64, total_bytes: Option<u64>);
}

impl<F: Fn(u64, Option<u64>) + Sync> Progress for F {
    fn advanced(&self, done_bytes: u64, total_bytes: Option<u64>) {
        self(done_bytes, total_bytes);
    }
}

/// A switch that stops work in progress; clones share it.
///
/// ```
/// use persist_core::progress::Cancellation;
///
/// let cancellation = Cancellation::new();
/// let elsewhere = cancellation.clone();
/// elsewhere.cancel();
/// assert!(cancellation.is_cancelled());
/// assert!(cancellation.check().is_err());
/// ```
#[derive(Clone, Default)]
pub struct Cancellation(Arc<Switch>);

#[derive(Default)]
struct Switch {
    is_thrown: AtomicBool,
    beat: Option<Box<Beat>>,
}

/// What is asked while work waits for something far away; an error ends the wait with that error.
pub type Beat = dyn Fn() -> io::Result<()> + Send + Sync;

impl Cancellation {
    /// Returns a switch nobody has thrown.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a switch nobody has thrown, whose owner is asked now and then while work waits for a
    /// network: a caller may have signals to look at that nothing else would show it. An error that it
    /// answers with ends the wait and throws the switch, as [`beat`](Self::beat) says.
    pub fn with_beat(beat: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Switch { is_thrown: AtomicBool::new(false), beat: Some(Box::new(beat)) }))
    }

    /// Throws the switch, for good; may be called from any thread, any number of times.
    pub fn cancel(&self) {
        self.0.is_thrown.store(true, Ordering::Release);
    }

    /// Tells whether the switch has been thrown.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_thrown.load(Ordering::Acquire)
    }

    /// Returns normally until the switch is thrown.
    ///
    /// # Errors
    /// [`Error::Interrupted`] once [`cancel`](Self::cancel) has been called.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::interrupted()) } else { Ok(()) }
    }

    /// Returns normally until the switch is thrown or its owner objects; for whoever waits, a few
    /// times per second.
    ///
    /// # Errors
    /// [`Error::Interrupted`] inside the I/O error once [`cancel`](Self::cancel) has been called, and
    /// what the owner's beat returns, which throws the switch.
    pub fn beat(&self) -> io::Result<()> {
        self.check()?;
        let objection = self.0.beat.as_ref().and_then(|beat| beat().err());
        objection.map_or(Ok(()), |objection| {
            self.cancel();
            Err(objection)
        })
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Cancellation").field(&self.is_cancelled()).finish()
    }
}

/// The pair a long call carries along: who listens, and who may stop it.
#[derive(Clone, Copy, Default)]
pub struct Watch<'a> {
    progress: Option<&'a dyn Progress>,
    cancellation: Option<&'a Cancellation>,
}

impl<'a> Watch<'a> {
    /// Returns a watch that hears nothing and never stops the work.
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns a watch over `cancellation` that reports to `progress`, if there is one.
    pub fn new(progress: Option<&'a dyn Progress>, cancellation: &'a Cancellation) -> Self {
        Self { progress, cancellation: Some(cancellation) }
    }

    /// Reports how far the work has come, and stops it when that was asked for.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the work was cancelled, before or during the report.
    pub fn advance(&self, done_bytes: u64, total_bytes: Option<u64>) -> Result<()> {
        self.check()?;
        if let Some(progress) = self.progress {
            progress.advanced(done_bytes, total_bytes);
        }
        self.check()
    }

    /// Stops the work when that was asked for, without reporting.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the work was cancelled.
    pub fn check(&self) -> Result<()> {
        self.cancellation.map_or(Ok(()), Cancellation::check)
    }

    /// Returns the switch that stops the work; one that nobody else holds where there was none.
    pub fn cancellation(&self) -> Cancellation {
        self.cancellation.cloned().unwrap_or_default()
    }

    /// Returns the same cancellation with nobody listening, for work within work.
    #[must_use]
    pub fn silent(self) -> Self {
        Self { progress: None, ..self }
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Watch")
            .field("has_progress", &self.progress.is_some())
            .field("cancellation", &self.cancellation)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_watch_reports_until_it_is_cancelled() {
        let heard = Mutex::new(Vec::new());
        let listener = |done, total| heard.lock().expect("no panic holds it").push((done, total));
        let cancellation = Cancellation::new();
        let watch = Watch::new(Some(&listener), &cancellation);
        watch.advance(3, Some(10)).expect("not cancelled yet");
        cancellation.cancel();
        let error = watch.advance(4, Some(10)).expect_err("cancelled");
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert_eq!(*heard.lock().expect("no panic holds it"), [(3, Some(10))]);
    }

    #[test]
    fn a_listener_may_cancel_the_work_it_hears_of() {
        let cancellation = Cancellation::new();
        let listener = |_, _| cancellation.cancel();
        let watch = Watch::new(Some(&listener), &cancellation);
        assert!(watch.advance(1, None).is_err());
    }

    #[test]
    fn a_wait_ends_with_what_its_owner_says() {
        let cancellation = Cancellation::with_beat(|| Err(io::Error::other("a key was pressed")));
        assert_eq!(cancellation.beat().expect_err("it objects").to_string(), "a key was pressed");
        let cancellation = Cancellation::new();
        cancellation.beat().expect("nobody objects");
        cancellation.cancel();
        let error = Error::from_io(cancellation.beat().expect_err("cancelled"));
        assert_eq!(error.kind(), ErrorKind::Interrupted);
    }

    #[test]
    fn no_watch_never_stops() {
        assert!(Watch::none().advance(1, None).is_ok());
    }
}
