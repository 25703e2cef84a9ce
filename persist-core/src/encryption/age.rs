//! age v1, as <https://age-encryption.org/v1> specifies it and the `age` command reads it.

use std::io::{self, BufRead, BufWriter, Read, Seek, SeekFrom, Write};
use std::iter;

use ::age::stream::StreamReader;
use ::age::{DecryptError, Decryptor, Encryptor};
use age_core::format::{FileKey, Stanza};

use super::{Cipher, Fill, Keys, ReadSeek, Seal};
use crate::error::{Error, Result};
use crate::limits::{HEADER_BYTES, WORK_FACTOR};

/// What every file of this version begins with.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// What a file begins with that holds the same as text; seeking in one takes reading all before.
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE";

/// What the last line of a header begins with.
const LAST_LINE: &[u8] = b"\n---";

/// How much of a header is read at first; most have a few hundred bytes.
const FIRST_BYTES: usize = 4096;

/// What a header of one recipient takes, and more than what each other adds.
const RECIPIENT_BYTES: usize = 1024;

/// The cipher of age v1.
pub(super) struct Age;

impl Cipher for Age {
    fn is_sealed(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    fn unread_form(&self, head: &[u8]) -> Option<&'static str> {
        let is_armored = head.trim_ascii_start().starts_with(ARMOR);
        is_armored.then_some("it is encrypted and armored; only the binary form is read")
    }

    fn seal(&self, keys: &Keys) -> Result<Box<dyn Seal>> {
        keys.check_sealing()?;
        let recipients = keys.sealing();
        let encryptor = Encryptor::with_recipients(recipients.iter().map(|key| &**key));
        let encryptor = encryptor.map_err(|_| {
            Error::bad_argument("encryption", "holds keys that cannot seal together")
        })?;
        let header_bytes = RECIPIENT_BYTES * recipients.len();
        Ok(Box::new(Sealing { encryptor, header_bytes }))
    }

    fn open(&self, mut file: Box<dyn ReadSeek>, keys: &Keys) -> Result<Box<dyn ReadSeek>> {
        keys.check_opening()?;
        let header = read_header(&mut *file)?;
        let decryptor = Decryptor::new_buffered(Input { header, file }).map_err(unopened)?;
        let attempt = Attempt(keys.opening());
        let identity: &dyn ::age::Identity = &attempt;
        let text = decryptor.decrypt(iter::once(identity)).map_err(unopened)?;
        Ok(Box::new(Text(text)))
    }
}

struct Sealing {
    encryptor: Encryptor,
    /// More than the header takes.
    header_bytes: usize,
}

impl Seal for Sealing {
    fn seal(self: Box<Self>, sink: &mut dyn Write, fill: &mut Fill<'_>) -> Result<()> {
        let writing = |error| Error::storage("write", error);
        // The library makes text of an error met while it writes the header, so it meets none.
        let sink = BufWriter::with_capacity(self.header_bytes, sink);
        let mut text = self.encryptor.wrap_output(sink).map_err(writing)?;
        fill(&mut text)?;
        text.finish().and_then(|mut sink| sink.flush()).map_err(writing)
    }
}

/// Reads the header, and leaves `file` behind it.
fn read_header(file: &mut dyn ReadSeek) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    loop {
        // Doubling keeps the repeated search linear.
        let wanted = head.len().max(FIRST_BYTES) as u64;
        let count = (&mut *file).take(wanted).read_to_end(&mut head).map_err(Error::from_io)?;
        if !head.starts_with(MAGIC) {
            let form = Age.unread_form(&head).map(Error::not_a_snapshot);
            return Err(form.unwrap_or_else(|| stranger(&head)));
        }
        if let Some(end) = end_of_header(&head) {
            head.truncate(end);
            file.seek(SeekFrom::Start(end as u64)).map_err(Error::from_io)?;
            return Ok(head);
        }
        if count == 0 {
            return Err(Error::damaged_ciphertext("it ends within its header"));
        }
        if head.len() > HEADER_BYTES {
            return Err(Error::too_large("the header", HEADER_BYTES as u64));
        }
    }
}

fn end_of_header(head: &[u8]) -> Option<usize> {
    let line = memchr::memmem::find(head, LAST_LINE)? + 1;
    Some(line + memchr::memchr(b'\n', &head[line..])? + 1)
}

/// Says what a file is that does not begin as sealed ones do.
fn stranger(head: &[u8]) -> Error {
    let shown = head.len().min(MAGIC.len());
    let differing = head.iter().zip(MAGIC).filter(|(byte, model)| byte != model).count();
    if shown > 0 && differing * 4 <= shown {
        return Error::damaged_ciphertext("it begins almost as an encrypted file does");
    }
    Error::not_encrypted()
}

/// A file whose header has been read.
struct Input {
    header: Vec<u8>,
    file: Box<dyn ReadSeek>,
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(&self.header)
    }

    fn consume(&mut self, count: usize) {
        self.header.drain(..count);
    }

    /// Gives the whole header at once: the library parses all it has anew after each call.
    fn read_until(&mut self, _byte: u8, buffer: &mut Vec<u8>) -> io::Result<usize> {
        let count = self.header.len();
        buffer.append(&mut self.header);
        Ok(count)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Input {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

/// All keys as one: the library gives up at the first wrong passphrase.
struct Attempt(Vec<Box<dyn ::age::Identity>>);

impl ::age::Identity for Attempt {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        let tried = self.0.iter().map(|key| key.unwrap_stanza(stanza));
        tried.flatten().find(|result| !matches!(result, Err(DecryptError::DecryptionFailed)))
    }
}

fn unopened(error: DecryptError) -> Error {
    match error {
        DecryptError::ExcessiveWork { .. } => {
            Error::too_large("the work that the passphrase asks for", 1 << WORK_FACTOR)
        }
        DecryptError::NoMatchingKeys
        | DecryptError::DecryptionFailed
        | DecryptError::KeyDecryptionFailed => Error::wrong_key(),
        DecryptError::Io(error) => Error::from_io(judged(error)),
        _ => Error::damaged_ciphertext("its header is not as it was written"),
    }
}

/// The text of a sealed file.
struct Text(StreamReader<Input>);

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(judged)
    }
}

impl Seek for Text {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.0.seek(position).map_err(judged)
    }
}

/// Tells what the library found wrong from what the file below could not do.
fn judged(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidData => {
            Error::damaged_ciphertext("a part of it is not as it was written").into()
        }
        io::ErrorKind::UnexpectedEof => Error::damaged_ciphertext("its end is missing").into(),
        _ => error,
    }
}
