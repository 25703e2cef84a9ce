//! Secrets that are left out of the text, and the objects that they lie in.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::ffi::{self, Builtin};
use super::frame::{Frame, Kind, Within, leaf};
use super::note::{Note, Piece};
use super::path;
use super::plan::Plan;
use super::sink::Sink;
use super::trail;
use super::walk::Walk;

impl Walk {
    /// Leaves out an attribute that holds a secret, or writes it where secrets are kept.
    pub(super) fn omit<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        let py = value.py();
        if self.wishes.bind.contains_key(&(value.as_ptr() as usize)) {
            return self.enter(value, within, sink);
        }
        if matches!(ffi::builtin_of(value.as_ptr()), Builtin::Other | Builtin::ByteArray) {
            return self.omit_extended(value, within, sink);
        }
        self.locate(py)?;
        let stack = &self.stack;
        let session = self.wishes.session.bind(py);
        let note = sink.note(value, || {
            let context = trail::of_walk(py, stack, trail::Owners::Components);
            let node = session.call_method1(intern!(py, "leave_out"), (context, value))?;
            Ok(match node.extract::<Option<String>>()? {
                Some(node) => Note::Pieces(vec![Piece::Text(node.into_bytes().into())]),
                None => Note::Flag(false),
            })
        })?;
        if S::SCANS {
            self.tell(py)?;
        }
        match &*note {
            Note::Pieces(pieces) => match pieces.first() {
                Some(Piece::Text(node)) => self.own_node(sink, node),
                _ => Err(super::problem::changed(py)),
            },
            _ if leaf(py, value.as_ptr(), sink)? => Ok(()),
            _ => self.enter(value, within, sink),
        }
    }

    /// A secret of a class that extends `str` or `bytes`, or a `bytearray`: its placeholder would lose
    /// the class. A member of an enumeration is a word of the program's, and no secret.
    fn omit_extended<S: Sink>(
        &mut self,
        value: &Bound<'_, PyAny>,
        within: Within,
        sink: &mut S,
    ) -> PyResult<()> {
        let py = value.py();
        let class = value.get_type();
        let is_kept = self.wishes.session.bind(py).getattr(intern!(py, "keeps_secrets"))?;
        if !S::SCANS || class.hasattr(intern!(py, "__members__"))? || is_kept.is_truthy()? {
            return self.enter(value, within, sink);
        }
        sink.text(b"null");
        let name = format!("{}:{}", class.module()?, class.qualname()?);
        self.refuse(
            sink,
            format!("it is a secret of the class `{name}`, which cannot be left out"),
            "make it a plain str or bytes, or a SecretStr".to_owned(),
        )
    }

    /// Tells the session where the walk stands, where it wants to know.
    pub(super) fn locate(&self, py: Python<'_>) -> PyResult<()> {
        if !self.wishes.wants_paths {
            return Ok(());
        }
        let path = path::of(py, &self.stack);
        self.wishes.session.bind(py).setattr(intern!(py, "path"), path)
    }

    /// Tells the session of the objects around a secret that a hook has just left out.
    pub(super) fn hear(&mut self, py: Python<'_>) -> PyResult<()> {
        let session = self.wishes.session.bind(py);
        if !session.getattr(intern!(py, "has_news"))?.is_truthy()? {
            return Ok(());
        }
        self.tell(py)
    }

    /// Tells the session of the objects around a secret, each once: they may send it somewhere.
    fn tell(&mut self, py: Python<'_>) -> PyResult<()> {
        let session = self.wishes.session.bind(py);
        session.setattr(intern!(py, "has_news"), false)?;
        for frame in &self.stack[self.told.min(self.stack.len())..] {
            if let Some((plan, held)) = held_in(py, frame)? {
                let arguments = (&plan.class, &plan.name, held);
                session.call_method1(intern!(py, "encloses"), arguments)?;
            }
        }
        self.told = self.stack.len();
        let maps = self.stack.iter().rev().map_while(|frame| match &frame.kind {
            Kind::Entries(entries) if entries.owner.is_none() => Some(Some(&entries.dict)),
            Kind::List { .. } | Kind::Tuple { .. } | Kind::Pairs { .. } => Some(None),
            _ => None,
        });
        for map in maps.flatten() {
            session.call_method1(intern!(py, "encloses_map"), (map,))?;
        }
        Ok(())
    }
}

/// The class of the object that a frame walks, and its attributes.
fn held_in<'a, 'py>(
    py: Python<'py>,
    frame: &'a Frame,
) -> PyResult<Option<(&'a Plan, Bound<'py, PyDict>)>> {
    match &frame.kind {
        Kind::Kwargs(kwargs) => Ok(Some((kwargs.plan.get(), kwargs.dict.bind(py).clone()))),
        Kind::Pieces { pieces, owner: Some(plan), .. } => {
            let held = PyDict::new(py);
            let Note::Pieces(pieces) = &**pieces else { return Ok(None) };
            for piece in pieces {
                match piece {
                    Piece::Attributes(dict) => held.update(dict.bind(py).as_mapping())?,
                    Piece::Child(suffix, value) => {
                        held.set_item(suffix.trim_start_matches('.'), value)?;
                    }
                    _ => {}
                }
            }
            Ok(Some((plan.get(), held)))
        }
        _ => Ok(None),
    }
}
