//! Requests to a cloud, sent and waited for: the one file that has threads to wait with. What its neighbours
//! await, it calls.
//!
//! Everything else of the crate is synchronous. One runtime per process, made by its first request;
//! after a fork the child makes its own, with clients of its own, and never touches the parent's.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
#[cfg(any(feature = "s3", feature = "gcs"))]
use object_store::ObjectStoreExt;
use object_store::list::PaginatedListOptions;
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, GetOptions, GetRange, ObjectMeta, PutMode, PutOptions, PutPayload,
};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};

use super::answer::{Answer, Asked, Failure, pause};
use super::connection::{Client, Creation, Deletion};
use super::leftover::sweep;
use super::traced;
use crate::error::Error;
use crate::progress::Cancellation;

/// How often whoever waits is asked whether to go on.
const BEAT: Duration = Duration::from_millis(100);

/// For how long a request is sent again.
const PATIENCE: Duration = Duration::from_secs(180);

/// How long a put waits for what is done about the leftovers of others.
const SWEEP_TIME: Duration = Duration::from_secs(2);

/// How long an upload that is given up may take to be aborted, and how long a caller who has stopped
/// waits for that.
const ABORT_TIME: Duration = Duration::from_secs(5);
const STOPPED_TIME: Duration = Duration::from_millis(500);

/// Why there is no request, where a client cannot tell.
const UNMADE: &str =
    "the client can make no request of the options and the credentials that it has";

/// Starts the threads that move bytes for a process; its callers' own threads wait.
pub(super) fn start_runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).thread_name("persist-cloud").enable_all().build()
}

/// Where the bytes of a process move.
pub(super) type Threads = Runtime;

/// One thing to be done to one key.
#[derive(Clone)]
pub(super) struct Call {
    client: Arc<Client>,
    action: &'static str,
    key: Path,
    cancellation: Cancellation,
    /// Whether it was logged that one of its requests, of which there may be thousands, is sent again.
    is_logged: Arc<AtomicBool>,
}

/// A part of an upload that is on its way.
pub(super) struct Part(JoinHandle<Asked<PartId>>);

impl Drop for Part {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What an object was when it was asked for, and some of its bytes.
pub(super) struct Piece {
    pub(super) meta: ObjectMeta,
    pub(super) range: Range<u64>,
    pub(super) bytes: Bytes,
}

/// The rest of an object, as it arrives.
pub(super) type Arriving = BoxStream<'static, object_store::Result<Bytes>>;

impl Call {
    pub(super) fn new(
        client: Arc<Client>,
        action: &'static str,
        key: Path,
        cancellation: &Cancellation,
    ) -> Self {
        let is_logged = Arc::default();
        Self { client, action, key, cancellation: cancellation.clone(), is_logged }
    }

    /// Returns the same for another key.
    pub(super) fn to(&self, key: Path) -> Self {
        Self { key, ..self.clone() }
    }

    pub(super) fn key(&self) -> &Path {
        &self.key
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the error that a failure is, with its place.
    pub(super) fn error(&self, failure: Failure) -> Error {
        self.client.error(self.action, &self.key, failure.answer)
    }

    /// Returns the error that something has the key already, as a refusal says or a look has shown.
    pub(super) fn exists_error(&self, refusal: Option<Answer>) -> Error {
        self.client.exists_error(&self.key, refusal)
    }

    /// Logs that a request is sent again, unless that was logged of another one.
    pub(super) fn log_retry(&self, answer: &Answer) {
        if !self.is_logged.swap(true, Ordering::Relaxed) {
            let location = self.client.location_of(&self.key);
            traced::retried(self.action, &location, &answer.to_string());
        }
    }

    /// Asks what lies there, without its bytes.
    pub(super) fn head(&self) -> Asked<ObjectMeta> {
        let options = GetOptions::new().with_head(true);
        let ask = || self.client.store().get_opts(&self.key, options.clone());
        self.ask(None, || async move { ask().await.map(|result| result.meta) })
    }

    /// Asks for some bytes, and fails with `Unmet` where the object is not the one with that tag.
    pub(super) fn get(&self, range: GetRange, e_tag: Option<&str>) -> Asked<Piece> {
        let options = choose(range, e_tag);
        self.ask(None, || async {
            let result = self.client.store().get_opts(&self.key, options.clone()).await?;
            let (meta, range) = (result.meta.clone(), result.range.clone());
            let bytes = bytes_of(result.into_stream(), &range).await?;
            Ok(Piece { meta, range, bytes })
        })
    }

    /// Asks for the bytes from some place on, as they arrive.
    pub(super) fn open(&self, range: Range<u64>, e_tag: Option<&str>) -> Asked<Arriving> {
        let options = choose(GetRange::Bounded(range), e_tag);
        self.ask(None, || async {
            let result = self.client.store().get_opts(&self.key, options.clone()).await?;
            Ok(result.into_stream())
        })
    }

    /// Waits for the next bytes; the connection may break.
    pub(super) fn next(&self, arriving: &mut Arriving) -> Result<Option<Bytes>, Answer> {
        match self.wait(arriving.next())? {
            Some(Ok(bytes)) => Ok(Some(bytes)),
            Some(Err(error)) => Err(Answer::of(&error, None)),
            None => Ok(None),
        }
    }

    /// Waits before the try with that number, counted from 1.
    pub(super) fn rest(&self, tries: u32) -> Result<(), Answer> {
        // A timer is made where the threads are at hand.
        self.wait(async { sleep(pause(tries, false)).await })
    }

    /// Puts a whole object.
    pub(super) fn put(&self, bytes: &Bytes, overwrite: bool) -> Asked<()> {
        let mode = if overwrite { PutMode::Overwrite } else { PutMode::Create };
        self.ask(None, || async {
            let payload = PutPayload::from(bytes.clone());
            let options = PutOptions::from(mode.clone());
            self.client.store().put_opts(&self.key, payload, options).await.map(drop)
        })
    }

    pub(super) fn delete(&self) -> Asked<()> {
        self.ask(None, || delete(&self.client, &self.key))
    }

    /// Lists what starts with the text of a prefix, to the last page.
    pub(super) fn list(&self, prefix: &str) -> Asked<Vec<ObjectMeta>> {
        let client = &self.client;
        self.ask(None, || list(client, prefix))
    }

    /// Begins an upload, to the end also where the caller stops meanwhile: nobody else would learn what
    /// there is to abort.
    pub(super) fn create_upload(&self) -> Asked<String> {
        let call = self.clone();
        let mut creating = self.threads()?.spawn(async move {
            persevere(&call, None, || call.client.store().create_multipart(&call.key)).await
        });
        match self.wait(&mut creating) {
            Ok(created) => created.expect("creating does not panic, and nobody aborts it"),
            Err(stopped) => {
                let call = self.clone();
                self.clean_up(PATIENCE, async move {
                    if let Ok(Ok(id)) = creating.await {
                        let _ = call.client.store().abort_multipart(&call.key, &id).await;
                    }
                });
                Err(stopped.into())
            }
        }
    }

    /// Sends a part of an upload, while its caller goes on.
    pub(super) fn start_part(&self, id: &str, index: usize, bytes: Bytes) -> Result<Part, Answer> {
        let (call, id) = (self.clone(), id.to_owned());
        let sending = async move {
            let send = || {
                let payload = PutPayload::from(bytes.clone());
                call.client.store().put_part(&call.key, &id, index, payload)
            };
            persevere(&call, None, send).await
        };
        Ok(Part(self.threads()?.spawn(sending)))
    }

    pub(super) fn finish_part(&self, mut part: Part) -> Asked<PartId> {
        self.wait(&mut part.0)?.expect("sending does not panic and is aborted by its owner alone")
    }

    /// Makes the parts one object; with `overwrite` false only where nothing has the key.
    pub(super) fn complete(&self, id: &str, parts: &[PartId], overwrite: bool) -> Asked<()> {
        let creation = (!overwrite).then(|| self.client.creation().clone());
        let id = id.to_owned();
        self.ask(creation, || async {
            let store = self.client.store();
            store.complete_multipart(&self.key, &id, parts.to_vec()).await.map(drop)
        })
    }

    /// Copies the object to where nothing is yet.
    pub(super) fn copy_new(&self, target: &Path) -> Asked<()> {
        let options = CopyOptions::new().with_mode(CopyMode::Create);
        self.ask(None, || self.client.store().copy_opts(&self.key, target, options.clone()))
    }

    /// Aborts an upload, also when the caller has stopped; what that leaves, a later put aborts.
    pub(super) fn abort(&self, id: &str) {
        let (call, id) = (self.clone(), id.to_owned());
        self.clean_up(ABORT_TIME, async move {
            let _ = call.client.store().abort_multipart(&call.key, &id).await;
        });
    }

    /// Deletes what only this caller knows of, also when it has stopped.
    pub(super) fn discard(&self) {
        let call = self.clone();
        self.clean_up(ABORT_TIME, async move {
            let _ = delete(&call.client, &call.key).await;
        });
    }

    /// Starts to abort the uploads to this key that are older than that, unless none can be.
    pub(super) fn start_sweep(&self, age: Duration) -> Result<Option<Sweep>, Answer> {
        if self.client.looks().show_nothing_of_age(&self.key, age) {
            return Ok(None);
        }
        let call = self.clone();
        let sweeping = self.threads()?.spawn(async move { sweep(&call, age).await });
        // Who calls everything old wants all of it gone, and no other writer is there.
        let patience = if age.is_zero() { PATIENCE } else { SWEEP_TIME };
        Ok(Some(Sweep { sweeping, patience }))
    }

    /// Waits for the end of a sweep, and not for long; that it failed is no matter of whoever puts.
    /// One that goes on is ended where `is_last` is false: something comes that it must not find.
    pub(super) fn finish_sweep(&self, mut sweep: Sweep, is_last: bool) -> Result<(), Answer> {
        let sweeping = &mut sweep.sweeping;
        let waited = self.wait(async { timeout(sweep.patience, sweeping).await });
        if !is_last {
            sweep.sweeping.abort();
        }
        waited.map(|_| ())
    }

    /// Does what there is nobody to tell of: the failure that led here is what is reported.
    fn clean_up(&self, limit: Duration, work: impl Future<Output = ()> + Send + 'static) {
        let Ok(threads) = self.threads() else { return };
        let working = threads.spawn(async move { timeout(limit, work).await });
        // Whoever stopped waits no longer, while the work goes on for as long as the process does.
        let patience = if self.cancellation.is_cancelled() { STOPPED_TIME } else { ABORT_TIME };
        let unstopped = Self { cancellation: Cancellation::new(), ..self.clone() };
        let _ = unstopped.wait(async { timeout(patience, working).await });
    }

    fn ask<T: Send, F>(
        &self,
        creation: Option<Creation>,
        send: impl Fn() -> F + Send + Sync,
    ) -> Asked<T>
    where
        F: Future<Output = object_store::Result<T>> + Send,
    {
        self.wait(persevere(self, creation, send))?
    }

    /// Waits until a future is done, or its caller no longer wants it.
    fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> Result<T, Answer> {
        let threads = self.threads()?;
        let waiting = async {
            let mut future = pin!(future);
            self.cancellation.beat()?;
            loop {
                match timeout(BEAT, future.as_mut()).await {
                    Ok(done) => return Ok(done),
                    Err(_) => self.cancellation.beat()?,
                }
            }
        };
        let outcome = if Handle::try_current().is_err() {
            threads.block_on(waiting)
        } else {
            // A thread that runs tasks may not wait itself.
            thread::scope(|scope| scope.spawn(|| threads.block_on(waiting)).join())
                .expect("waiting does not panic")
        };
        outcome.map_err(|error: io::Error| Answer::Stopped(Error::storage(self.action, error)))
    }

    fn threads(&self) -> Result<&'static Threads, Answer> {
        let threads = self.client.threads();
        threads.map_err(|error| Answer::Stopped(Error::storage(self.action, error)))
    }
}

/// A look for what killed writers left, on its way.
pub(super) struct Sweep {
    sweeping: JoinHandle<()>,
    patience: Duration,
}

/// Returns the bytes of a range: a proxy may drop some and count the rest, and a server send for ever.
async fn bytes_of(mut arriving: Arriving, range: &Range<u64>) -> object_store::Result<Bytes> {
    let size_bytes = range.end - range.start;
    let mut whole = BytesMut::new();
    while let Some(bytes) = arriving.next().await.transpose()? {
        if (whole.len() + bytes.len()) as u64 > size_bytes {
            return Err(broken("it is longer than its range"));
        }
        whole.extend_from_slice(&bytes);
    }
    if whole.len() as u64 == size_bytes {
        return Ok(whole.freeze());
    }
    Err(broken("it is shorter than its range"))
}

fn broken(cause: &'static str) -> object_store::Error {
    note(Answer::broken(cause));
    object_store::Error::Generic { store: "body", source: cause.into() }
}

fn choose(range: GetRange, e_tag: Option<&str>) -> GetOptions {
    GetOptions::new().with_range(Some(range)).with_if_match(e_tag)
}

/// What is heard on the wire while one request is answered, and what is demanded of it.
#[derive(Default)]
struct Exchange {
    heard: Mutex<Option<Answer>>,
    /// Who answered last.
    last_host: Mutex<Option<String>>,
    creation: Option<Creation>,
}

/// Asks the system for the addresses of a host, on a thread that may wait.
pub(super) async fn look_up(host: String) -> io::Result<Vec<SocketAddr>> {
    let look = move || (host.as_str(), 0).to_socket_addrs().map(Iterator::collect);
    spawn_blocking(look).await.map_err(io::Error::other)?
}

tokio::task_local! {
    static EXCHANGE: Arc<Exchange>;
}

/// Sends a request until it is answered, or refused, or has failed often enough.
async fn persevere<T, F>(call: &Call, creation: Option<Creation>, send: impl Fn() -> F) -> Asked<T>
where
    F: Future<Output = object_store::Result<T>>,
{
    let started = Instant::now();
    let mut tries = 0;
    let mut has_new_keys = false;
    loop {
        tries += 1;
        let exchange = Arc::new(Exchange { creation: creation.clone(), ..Exchange::default() });
        let sending = AssertUnwindSafe(EXCHANGE.scope(Arc::clone(&exchange), send()));
        let sent = sending.catch_unwind().await;
        let heard = exchange.heard.lock().unwrap_or_else(PoisonError::into_inner).take();
        let last_host = exchange.last_host.lock().unwrap_or_else(PoisonError::into_inner).take();
        let answer = match sent {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => Answer::of(&error, heard),
            // A client ends the thread on what it cannot put into a request; what that is, it may show.
            Err(_) => Answer::Unasked(UNMADE.to_owned()),
        };
        let answer = call.client.sort(answer, last_host.as_deref());
        if !has_new_keys && answer.may_be_of_keys() && renew_keys(call).await {
            // The refused try has done nothing.
            (has_new_keys, tries) = (true, tries - 1);
            continue;
        }
        let is_over = started.elapsed() > PATIENCE || call.cancellation.is_cancelled();
        if is_over || !answer.is_worth_a_try_after(tries) {
            return Err(Failure { answer, is_uncertain: tries > 1 });
        }
        call.log_retry(&answer);
        sleep(pause(tries, answer.is_throttling())).await;
    }
}

/// Takes the keys that stand where the client's come from, if they are others by now.
async fn renew_keys(call: &Call) -> bool {
    let client = Arc::clone(&call.client);
    spawn_blocking(move || client.renew_keys()).await.unwrap_or_default()
}

/// Deletes an object.
pub(super) async fn delete(client: &Client, key: &Path) -> object_store::Result<()> {
    match client.deletion() {
        #[cfg(any(feature = "s3", feature = "gcs"))]
        Deletion::Client => client.store().delete(key).await,
        #[cfg(feature = "azure")]
        Deletion::Blob(container) => container.delete(client.http(), key).await,
    }
}

pub(super) async fn list(client: &Client, prefix: &str) -> object_store::Result<Vec<ObjectMeta>> {
    let mut found = Vec::new();
    let mut page_token = None;
    loop {
        let options = PaginatedListOptions { page_token, ..PaginatedListOptions::default() };
        let page = client.store().list_paginated(Some(prefix), options).await?;
        found.extend(page.result.objects);
        match page.page_token {
            Some(token) => page_token = Some(token),
            None => return Ok(found),
        }
    }
}

/// Returns what is demanded of the commit that this request may be.
pub(super) fn demanded() -> Option<Creation> {
    EXCHANGE.try_with(|exchange| exchange.creation.clone()).ok().flatten()
}

/// Notes who answers; what was heard before of another, as of one of two who may have credentials, no
/// longer matters.
pub(super) fn note_host(host: &str) {
    let _ = EXCHANGE.try_with(|exchange| {
        *exchange.heard.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let mut last_host = exchange.last_host.lock().unwrap_or_else(PoisonError::into_inner);
        *last_host = Some(host.to_owned());
    });
}

pub(super) fn note(answer: Answer) {
    // Outside of a scope nobody asks what was heard.
    let _ = EXCHANGE.try_with(|exchange| {
        *exchange.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    });
}
