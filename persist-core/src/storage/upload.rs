//! How an object gets into a cloud: by one request, or in parts and a commit.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::mem;

use bytes::Bytes;
use object_store::GetRange;
use object_store::multipart::PartId;

use super::answer::Verdict;
use super::connection::temporary_for;
use super::object::{Asked, Call, Part, Sweep};
use super::{Fill, PutOptions, cloud};
use crate::error::{Error, Result};

/// An object of more bytes goes up in parts of that size: at least 5 MiB for every cloud, and all of
/// one size for some. A cloud takes 10,000 parts, so 78 GiB.
const PART_BYTES: usize = 8 << 20;

/// Parts that are on their way at once.
const PARTS_IN_FLIGHT: usize = 2;

/// How much of an object's end tells whose it is: a snapshot ends with its own id and hashes.
const SIGN_BYTES: usize = 64 << 10;

/// Puts what `fill` writes.
pub(super) fn put(call: &Call, options: PutOptions, fill: &mut Fill<'_>) -> Result<()> {
    let raise = |failure| call.error(failure);
    if !options.overwrite && cloud::exists(call).map_err(raise)? {
        return Err(Error::exists());
    }
    let sweep = call.start_sweep(options.abandoned_after).map_err(|answer| raise(answer.into()))?;
    let mut sink = Sink {
        call,
        overwrite: options.overwrite,
        sweep,
        pending: Vec::new(),
        sent_bytes: 0,
        upload: None,
    };
    fill(&mut sink)?;
    sink.finish()
}

/// Takes the bytes of one object, and gives them up as parts once there are many.
struct Sink<'a> {
    call: &'a Call,
    overwrite: bool,
    sweep: Sweep,
    pending: Vec<u8>,
    sent_bytes: u64,
    upload: Option<Upload>,
}

/// Parts that are not an object yet; aborted when dropped before.
struct Upload {
    call: Call,
    id: String,
    sending: VecDeque<Part>,
    sent: Vec<PartId>,
    is_complete: bool,
}

impl Drop for Upload {
    fn drop(&mut self) {
        // What is on its way would come after the end.
        self.sending.clear();
        if !self.is_complete {
            self.call.abort(&self.id);
        }
    }
}

impl Upload {
    fn create(call: Call) -> Asked<Self> {
        let id = call.create_upload()?;
        Ok(Self { call, id, sending: VecDeque::new(), sent: Vec::new(), is_complete: false })
    }

    fn send(&mut self, bytes: Bytes) -> Asked<()> {
        while self.sending.len() >= PARTS_IN_FLIGHT {
            self.finish_one()?;
        }
        let index = self.sent.len() + self.sending.len();
        self.sending.push_back(self.call.start_part(&self.id, index, bytes)?);
        Ok(())
    }

    fn finish_one(&mut self) -> Asked<()> {
        if let Some(part) = self.sending.pop_front() {
            self.sent.push(self.call.finish_part(part)?);
        }
        Ok(())
    }

    fn complete(&mut self, overwrite: bool) -> Asked<()> {
        while !self.sending.is_empty() {
            self.finish_one()?;
        }
        self.call.complete(&self.id, &self.sent, overwrite)
    }
}

impl Sink<'_> {
    fn finish(mut self) -> Result<()> {
        match self.upload.take() {
            None => self.put_whole(),
            Some(upload) => self.put_parts(upload),
        }
    }

    fn put_whole(mut self) -> Result<()> {
        let bytes = Bytes::from(mem::take(&mut self.pending));
        let put = self.call.put(&bytes, self.overwrite);
        self.settle(put, bytes.len() as u64, &bytes)?;
        self.call.finish_sweep(&mut self.sweep).map_err(|answer| self.call.error(answer.into()))
    }

    fn put_parts(mut self, mut upload: Upload) -> Result<()> {
        let last = Bytes::from(mem::take(&mut self.pending));
        let size_bytes = self.sent_bytes + last.len() as u64;
        let raise = |failure| self.call.error(failure);
        if !last.is_empty() {
            upload.send(last.clone()).map_err(raise)?;
        }
        // The last part may be short, and what is before it is gone: then less tells whose it is.
        let is_by_copy = !self.overwrite && self.call.client().creation().is_by_copy();
        let done = upload.complete(self.overwrite || is_by_copy);
        if !is_by_copy {
            self.settle(done, size_bytes, &last)?;
            upload.is_complete = true;
            return Ok(());
        }
        done.map_err(raise)?;
        upload.is_complete = true;
        let copied = upload.call.copy_new(self.call.key());
        upload.call.discard();
        self.settle(copied, size_bytes, &last)
    }

    /// Tells what came of the request that makes the object: one that is refused, because an earlier
    /// try whose answer was lost has made it, has succeeded.
    fn settle(&self, outcome: Asked<()>, size_bytes: u64, end: &Bytes) -> Result<()> {
        let Err(failure) = outcome else { return Ok(()) };
        let is_refused = matches!(failure.verdict(), Verdict::Unmet | Verdict::Missing);
        if is_refused && failure.is_uncertain && self.is_own(size_bytes, end) {
            return Ok(());
        }
        match failure.verdict() {
            Verdict::Unmet if !self.overwrite => Err(Error::exists()),
            _ => Err(self.call.error(failure)),
        }
    }

    /// Tells whether what lies there is what was put.
    fn is_own(&self, size_bytes: u64, end: &Bytes) -> bool {
        let sign = &end[end.len().saturating_sub(SIGN_BYTES)..];
        if sign.is_empty() {
            return self.call.head().is_ok_and(|meta| meta.size == size_bytes);
        }
        let range = GetRange::Bounded(size_bytes - sign.len() as u64..size_bytes);
        let piece = self.call.get(range, None);
        piece.is_ok_and(|piece| piece.meta.size == size_bytes && piece.bytes == sign)
    }

    fn send_part(&mut self) -> Asked<()> {
        let part = Bytes::from(mem::replace(&mut self.pending, Vec::with_capacity(PART_BYTES)));
        self.sent_bytes += part.len() as u64;
        if self.upload.is_none() {
            // A sweep that is still on its way might take the new upload for an old one.
            self.call.finish_sweep(&mut self.sweep)?;
            self.upload = Some(Upload::create(self.target())?);
        }
        self.upload.as_mut().map_or(Ok(()), |upload| upload.send(part))
    }

    /// Returns the call for the key that the parts go to.
    fn target(&self) -> Call {
        if !self.overwrite && self.call.client().creation().is_by_copy() {
            self.call.to(temporary_for(self.call.key()))
        } else {
            self.call.clone()
        }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.pending.len() >= PART_BYTES {
            self.send_part().map_err(|failure| self.call.error(failure))?;
        }
        let room = bytes.len().min(PART_BYTES - self.pending.len());
        self.pending.extend_from_slice(&bytes[..room]);
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
