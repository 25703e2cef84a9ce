//! One look over a dict: how it is written, and where its first child is.

use persist_core::json;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::ffi::{self, Builtin};
use super::frame::Form;

/// What one look over a dict tells.
pub(super) struct Look {
    pub(super) form: Form,
    /// A reader would take it for a node or an escape.
    pub(super) is_marked: bool,
    /// Some value is more than a scalar.
    pub(super) has_children: bool,
    /// Where the first such value is.
    pub(super) first_child: isize,
}

impl Look {
    /// A dict can be a JSON object when its keys are strings that JSON gives back unchanged.
    pub(super) fn at(dict: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut look =
            Self { form: Form::Object, is_marked: false, has_children: false, first_child: 0 };
        let is_single = dict.len() == 1;
        let mut position = 0;
        while let Some((key, value)) = ffi::dict_next(dict, &mut position) {
            look.has_children |= !ffi::builtin_of(value).is_scalar();
            if !look.has_children {
                look.first_child = position;
            }
            if ffi::builtin_of(key) != Builtin::Str {
                look.form = Form::Pairs;
                break;
            }
            match ffi::utf8(key) {
                Some(key) => {
                    look.is_marked |= key == "lc" || (is_single && key == "__lc_escaped__");
                }
                None => {
                    let text = ffi::wtf8_of(&ffi::own(dict.py(), key))?;
                    if json::has_split_pair(text.extract()?) {
                        look.form = Form::Pairs;
                        break;
                    }
                }
            }
        }
        look.is_marked &= look.form == Form::Object;
        look.has_children |= look.form == Form::Pairs;
        Ok(look)
    }
}
