//! How an object gets into a cloud: by one request, or in parts and a commit.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::mem;

use bytes::Bytes;
use object_store::GetRange;
use object_store::multipart::PartId;
use sha2::{Digest, Sha256};

use super::answer::{Answer, Asked, Verdict};
use super::connection::temporary_for;
use super::object::{Call, Part, Sweep};
use super::{Fill, PutOptions, cloud};
use crate::error::Result;

/// An object of more bytes goes up in parts of that size: at least 5 MiB for every cloud, and all of
/// one size for some. A cloud takes 10,000 parts, so 78 GiB.
const PART_BYTES: usize = 8 << 20;

/// Parts that are on their way at once.
const PARTS_IN_FLIGHT: usize = 2;

/// Puts what `fill` writes.
pub(super) fn put(call: &Call, options: PutOptions, fill: &mut Fill<'_>) -> Result<()> {
    let raise = |failure| call.error(failure);
    if !options.overwrite {
        match cloud::exists(call) {
            Ok(true) => return Err(call.exists_error(None)),
            // Who may write need not be one who may look: the put itself has the condition.
            Err(failure) if failure.answer.is_forbidden() => {}
            other => {
                other.map_err(raise)?;
            }
        }
    }
    let sweep = call.start_sweep(options.abandoned_after).map_err(|answer| raise(answer.into()))?;
    let mut sink = Sink {
        call,
        overwrite: options.overwrite,
        sweep,
        pending: Vec::new(),
        sent: Vec::new(),
        upload: None,
        before: Before::Unknown,
    };
    fill(&mut sink)?;
    sink.finish()
}

/// Takes the bytes of one object, and gives them up as parts once there are many.
struct Sink<'a> {
    call: &'a Call,
    overwrite: bool,
    sweep: Option<Sweep>,
    pending: Vec<u8>,
    sent: Vec<Print>,
    upload: Option<Upload>,
    before: Before,
}

/// What had the key when the first part went up.
enum Before {
    /// It was not asked for, or the answer was none.
    Unknown,
    /// The object with that tag, or nothing.
    Known(Option<String>),
}

fn before(call: &Call) -> Before {
    match call.head() {
        Ok(found) => Before::Known(found.e_tag),
        Err(failure) if failure.verdict() == Verdict::Missing => Before::Known(None),
        // Who may write need not be one who may look.
        Err(_) => Before::Unknown,
    }
}

/// What tells the bytes of a part, once they are sent and gone, from any others.
struct Print {
    size_bytes: u64,
    hash: [u8; 32],
}

impl Print {
    fn of(bytes: &[u8]) -> Self {
        Self { size_bytes: bytes.len() as u64, hash: Sha256::digest(bytes).into() }
    }
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
        if put.is_err() {
            self.sent.push(Print::of(&bytes));
        }
        self.settle(self.call, put)?;
        // The object is stored, whatever comes of what others left.
        let _ = self.finish_sweep(true);
        Ok(())
    }

    fn put_parts(mut self, mut upload: Upload) -> Result<()> {
        let last = Bytes::from(mem::take(&mut self.pending));
        let raise = |failure| self.call.error(failure);
        if !last.is_empty() {
            self.sent.push(Print::of(&last));
            upload.send(last).map_err(raise)?;
        }
        let is_by_copy = !self.overwrite && self.call.client().creation().is_by_copy();
        let done = upload.complete(self.overwrite || is_by_copy);
        self.settle(&upload.call, done)?;
        upload.is_complete = true;
        if !is_by_copy {
            return Ok(());
        }
        let copied = upload.call.copy_new(self.call.key());
        upload.call.discard();
        self.settle(self.call, copied)
    }

    /// Tells what came of the request that makes the object: one that is refused, because an earlier
    /// try whose answer was lost has made it, has succeeded.
    fn settle(&self, call: &Call, outcome: Asked<()>) -> Result<()> {
        let Err(failure) = outcome else { return Ok(()) };
        let is_refused = matches!(failure.verdict(), Verdict::Unmet | Verdict::Missing);
        let may_be_own = is_refused && failure.is_uncertain;
        let is_own = if may_be_own { Some(self.is_own(call)) } else { None };
        match (failure.verdict(), is_own) {
            (_, Some(Ok(true))) => Ok(()),
            // What lies there may be one's own, and the caller is told so.
            (_, Some(Err(look))) => {
                Err(self.call.error(Answer::Unknown(Box::new(look.answer)).into()))
            }
            (Verdict::Unmet, _) | (_, Some(Ok(false))) if !self.overwrite => {
                Err(self.call.exists_error(Some(failure.answer)))
            }
            (Verdict::Missing, _) if self.is_overtaken() => {
                // The other object came while this one went up: it is as if this one had been there
                // just before, and was replaced at once. The parts are gone, and what gave them too.
                if self.overwrite { Ok(()) } else { Err(self.call.exists_error(None)) }
            }
            _ => Err(self.call.error(failure)),
        }
    }

    /// Tells whether the parts are missing because another writer has made an object meanwhile, which
    /// clears away what others have sent for the same key.
    fn is_overtaken(&self) -> bool {
        let Before::Known(before) = &self.before else { return false };
        self.call.head().is_ok_and(|found| found.e_tag.is_some() && found.e_tag != *before)
    }

    /// Tells whether what lies there is what was put, to the last byte of it.
    fn is_own(&self, call: &Call) -> Asked<bool> {
        let meta = call.head()?;
        if meta.size != self.sent.iter().map(|print| print.size_bytes).sum::<u64>() {
            return Ok(false);
        }
        let mut start = 0;
        for print in self.sent.iter().filter(|print| print.size_bytes > 0) {
            let end = start + print.size_bytes;
            let piece = call.get(GetRange::Bounded(start..end), meta.e_tag.as_deref())?;
            if Print::of(&piece.bytes).hash != print.hash {
                return Ok(false);
            }
            start = end;
        }
        Ok(true)
    }

    fn finish_sweep(&mut self, is_last: bool) -> Asked<()> {
        self.sweep.take().map_or(Ok(()), |sweep| Ok(self.call.finish_sweep(sweep, is_last)?))
    }

    fn send_part(&mut self) -> Asked<()> {
        let part = Bytes::from(mem::replace(&mut self.pending, Vec::with_capacity(PART_BYTES)));
        self.sent.push(Print::of(&part));
        if self.upload.is_none() {
            // A sweep that is still on its way might take the new upload for an old one.
            self.finish_sweep(false)?;
            if self.call.client().creation().has_common_parts() {
                self.before = before(self.call);
            }
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
