//! Finished nodes as Python objects, under the strict state rules.

use std::rc::Rc;

use pyo3::PyTypeInfo;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyDict, PyFloat, PyInt, PyList, PySet, PyString, PyTuple, PyType};

use super::decode::{Decoder, Frame};
use super::gathered::{Asked, part};
use super::hashing;
use super::instance;
use super::members::Kind;
use super::moved;
use super::node::Node;
use super::probing::Table;
use super::reach;
use super::refusal;
use super::remake;
use super::resolved::{NameId, Resolved};
use super::trail;

static DEQUE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// What a node kind is that stands in no table of this room: a value, one with an identity, or
/// nothing known.
pub(super) fn value_kind(decoder: &mut Decoder<'_>, kind: &str) -> PyResult<Kind> {
    if let Some(known) = decoder.kinds.get(kind) {
        return Ok(*known);
    }
    let found: Option<bool> = decoder.resolver.call_method1("value_kind", (kind,))?.extract()?;
    let Some(is_array) = found else { return Ok(Kind::Unknown) };
    let found = if is_array { Kind::Array } else { Kind::Value };
    decoder.kinds.insert(kind.to_owned(), found);
    Ok(found)
}

/// Fills a set, dict or bytearray that was made when its node began.
pub(super) fn fill<'py>(
    decoder: &mut Decoder<'py>,
    node: &Node<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let (Some(object), Some(value)) = (&node.object, &node.value) else {
        return Err(decoder.bad("a container has no elements"));
    };
    if let Ok(array) = object.cast::<PyByteArray>() {
        let Some(bytes) = Node::bytes_of(value) else {
            return Err(decoder.bad("bytes are not base64"));
        };
        array.resize(0)?;
        array.call_method1("extend", (bytes,))?;
        return Ok(object.clone());
    }
    let Ok(elements) = value.cast::<PyList>() else {
        return Err(decoder.bad("the elements of a container are no array"));
    };
    if decoder.is_survey() {
        return Ok(object.clone());
    }
    let is_set = object.is_exact_instance_of::<PySet>();
    let keys = if is_set { elements.iter().collect() } else { hashing::keys_of(elements) };
    refuse_costly(decoder, &keys, if is_set { Table::Set } else { Table::Dict })?;
    let outcome = match object.cast::<PySet>() {
        Ok(set) => elements.iter().try_for_each(|element| set.add(element)).map(|()| set.len()),
        Err(_) => fill_dict(decoder, object, elements),
    };
    settle_fill(decoder, outcome, &keys)?;
    if let (Ok(dict), true) = (object.cast::<PyDict>(), node.has_secret) {
        decoder.check_pairs(dict)?;
    }
    Ok(object.clone())
}

/// Makes an empty deque, once it is known how long it may get.
pub(super) fn begin_deque<'py>(decoder: &mut Decoder<'py>, node: &mut Node<'py>) -> PyResult<()> {
    let most = part(node.parts.parts(), Asked::MaxLen)?;
    let is_length = |most: &Bound<'py, PyAny>| {
        most.is_exact_instance_of::<PyInt>() && most.extract::<isize>().is_ok_and(|it| it >= 0)
    };
    if most.as_ref().is_some_and(|most| !is_length(most)) {
        return Err(decoder.bad("the length of a deque is no number"));
    }
    let class = DEQUE.get_or_try_init(decoder.py, || -> PyResult<Py<PyAny>> {
        Ok(decoder.py.import("collections")?.getattr("deque")?.unbind())
    })?;
    let made = class.bind(decoder.py).call1((PyTuple::empty(decoder.py), most))?;
    if let Some(label) = node.label {
        decoder.set_label(label, made.clone())?;
    }
    node.object = Some(made);
    Ok(())
}

/// Fills a deque that was made when its elements began.
pub(super) fn fill_deque<'py>(
    decoder: &Decoder<'py>,
    node: &Node<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let (Some(made), Some(elements)) = (&node.object, &node.value) else {
        return Err(decoder.bad("a container has no elements"));
    };
    let Ok(elements) = elements.cast::<PyList>() else {
        return Err(decoder.bad("the elements of a container are no array"));
    };
    if !decoder.is_survey() {
        made.call_method1(intern!(decoder.py, "extend"), (elements,))?;
        if made.len()? != elements.len() {
            return Err(decoder.bad("a deque has more elements than its length"));
        }
    }
    Ok(made.clone())
}

pub(super) fn refuse_costly<'py>(
    decoder: &mut Decoder<'py>,
    keys: &[Bound<'py, PyAny>],
    table: Table,
) -> PyResult<()> {
    refuse_hashed(decoder, keys, table)?;
    match decoder.hash_cost.refusal_to_show(keys.len()) {
        Some(reason) => Err(decoder.bad(&reason)),
        None => Ok(()),
    }
}

fn refuse_hashed<'py>(
    decoder: &mut Decoder<'py>,
    keys: &[Bound<'py, PyAny>],
    table: Table,
) -> PyResult<()> {
    decoder.hash_cost.earn(keys.len());
    match decoder.hash_cost.refusal(keys, table) {
        Some(reason) => Err(decoder.bad(&reason)),
        None => Ok(()),
    }
}

fn fill_dict<'py>(
    decoder: &Decoder<'py>,
    object: &Bound<'py, PyAny>,
    pairs: &Bound<'py, PyList>,
) -> PyResult<usize> {
    let dict = object.cast::<PyDict>()?;
    for pair in pairs.iter() {
        match pair.cast_exact::<PyList>() {
            Ok(pair) if pair.len() == 2 => dict.set_item(pair.get_item(0)?, pair.get_item(1)?)?,
            _ => return Err(decoder.bad("an entry of a dict is no pair")),
        }
    }
    Ok(dict.len())
}

/// Judges a filled container: elements that are equal, or that have no hash, were never written.
fn settle_fill<'py>(
    decoder: &mut Decoder<'py>,
    outcome: PyResult<usize>,
    keys: &[Bound<'py, PyAny>],
) -> PyResult<()> {
    match outcome {
        Ok(length) if length == keys.len() => Ok(()),
        Ok(_) => match refusal::equal_by_now(decoder.py, keys) {
            Some(error) => decoder.note_refusal(error),
            None => Err(decoder.bad("two keys or elements of a container are equal")),
        },
        Err(error) if error.is_instance_of::<pyo3::exceptions::PyException>(decoder.py) => {
            if refusal::is_own(decoder.py, &error) {
                return Err(error);
            }
            let reason = format!("a key or element cannot be hashed: {error}");
            decoder.refuse_state(&reason)
        }
        Err(error) => Err(error),
    }
}

/// A frozenset of the elements.
pub(super) fn frozen<'py>(
    decoder: &mut Decoder<'py>,
    elements: &Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyAny>> {
    if decoder.is_survey() {
        return Ok(decoder.py.None().into_bound(decoder.py));
    }
    let keys: Vec<_> = elements.iter().collect();
    refuse_hashed(decoder, &keys, Table::Set)?;
    match Node::frozenset(decoder.py, elements) {
        Ok(made) => {
            settle_fill(decoder, made.len(), &keys)?;
            if let Some(reason) = decoder.hash_cost.refusal_to_keep(&made, elements.len()) {
                return Err(decoder.bad(&reason));
            }
            Ok(made)
        }
        Err(error) => {
            settle_fill(decoder, Err(error), &keys)?;
            Ok(decoder.py.None().into_bound(decoder.py))
        }
    }
}

/// A float, int, str or bytes that JSON has no form for.
pub(super) fn scalar<'py>(decoder: &Decoder<'py>, node: &Node<'py>) -> PyResult<Bound<'py, PyAny>> {
    let Some(value) = &node.value else { return Err(decoder.bad("a node has no value")) };
    let text = value.cast::<PyString>().ok().and_then(|text| text.to_str().ok());
    let made = match (node.kind, text) {
        (Kind::Float, Some(text)) => float(decoder.py, text),
        (Kind::Int, Some(text)) => int(decoder.py, text)?,
        (Kind::Bytes, Some(_)) => Node::bytes_of(value).map(Bound::into_any),
        (Kind::Str, None) => join(value)?,
        _ => None,
    };
    made.ok_or_else(|| {
        decoder.bad(&format!(
            "a node `{}` has a value that its kind does not have",
            node.described_kind()
        ))
    })
}

fn float<'py>(py: Python<'py>, text: &str) -> Option<Bound<'py, PyAny>> {
    let number = match text {
        "nan" => f64::NAN,
        "inf" => f64::INFINITY,
        "-inf" => f64::NEG_INFINITY,
        _ => {
            let digits = text.strip_prefix("nan:").filter(|digits| digits.len() == 16)?;
            let number = f64::from_bits(u64::from_str_radix(digits, 16).ok()?);
            if !number.is_nan() {
                return None;
            }
            number
        }
    };
    Some(PyFloat::new(py, number).into_any())
}

fn int<'py>(py: Python<'py>, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let digits = text.strip_prefix('-').unwrap_or(text).strip_prefix("0x");
    let is_hex = digits.is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    if !is_hex {
        return Ok(None);
    }
    PyInt::type_object(py).call1((text, 16)).map(Some)
}

/// The pieces of a str that holds split surrogate pairs.
fn join<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Ok(pieces) = value.cast::<PyList>() else { return Ok(None) };
    if !pieces.iter().all(|piece| piece.is_exact_instance_of::<PyString>()) {
        return Ok(None);
    }
    PyString::new(value.py(), "").call_method1("join", (pieces,)).map(Some)
}

/// A secret in LangChain's spelling: it stands only where the class declares one.
pub(super) fn declared_secret<'py>(
    decoder: &mut Decoder<'py>,
    id: NameId,
) -> PyResult<Bound<'py, PyAny>> {
    let names = decoder.names.parts(id).to_vec();
    let outside = || (Some(String::new()), String::new());
    let (class, field) = decoder.secret_place().unwrap_or_else(outside);
    let answer = decoder.resolver.call_method1("declared_secret", (names, class, field));
    decoder.note_secret();
    decoder.settle(answer)
}

/// Everything that Python builds: names, bindings, secrets, enum members and plain values.
pub(super) fn described<'py>(
    decoder: &mut Decoder<'py>,
    node: &Node<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = decoder.py;
    // The class of an object is asked for as one that is to be made instances of.
    let is_class = matches!(decoder.stack.last(), Some(Frame::Node(owner)) if owner.reads_class());
    let kind = match node.kind {
        Kind::Generic if is_class => "parametrized".to_owned(),
        _ => node.described_kind().to_owned(),
    };
    let parts = node.parts.to_dict(py)?;
    if node.kind == Kind::Value && decoder.is_survey() {
        return Ok(py.None().into_bound(py));
    }
    if node.kind == Kind::Secret && reach::is_plain(&parts)? {
        return decoder.plain_secret(&parts);
    }
    let context = if node.kind == Kind::Secret {
        // One whose value stands in the text is nothing that the caller gives.
        if !parts.contains("v")? {
            decoder.note_secret();
        }
        trail::of_decoder(decoder, trail::Owners::All)
    } else {
        String::new()
    };
    let answer =
        decoder.resolver.call_method1("build", (kind, parts, context, decoder.is_survey()));
    decoder.settle(answer)
}

/// What has an identity and holds nothing: a cell, or a bare object.
pub(super) fn lone<'py>(
    decoder: &mut Decoder<'py>,
    node: &Node<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    if node.kind == Kind::Made {
        repeat_classes(decoder, node)?;
    }
    let made = described(decoder, node)?;
    check_cell(decoder, &made)?;
    if let Some(label) = node.label {
        decoder.set_label(label, made.clone())?;
    }
    Ok(made)
}

/// Has a class, or those of a family, made again at the end where what they hold is not all there.
pub(super) fn repeat_classes<'py>(decoder: &mut Decoder<'py>, node: &Node<'py>) -> PyResult<()> {
    if !node.is_undecided || decoder.is_survey() {
        return Ok(());
    }
    let build = decoder.resolver.getattr(intern!(decoder.py, "build"))?;
    let parts = node.parts.to_dict(decoder.py)?;
    let arguments = (node.described_kind(), parts, "", false).into_pyobject(decoder.py)?;
    decoder.repeat_later(None, (build, arguments));
    Ok(())
}

/// Refuses a cell that is not one of a function's: anywhere else it would be freed with what it holds.
pub(super) fn check_cell<'py>(decoder: &Decoder<'py>, made: &Bound<'py, PyAny>) -> PyResult<()> {
    static CELL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = decoder.py;
    let cell = CELL.import(py, "types", "CellType")?;
    if !made.get_type().is(cell) {
        return Ok(());
    }
    match &decoder.stack[..] {
        [.., Frame::Node(owner), Frame::List(..)] if owner.kind == Kind::Code => Ok(()),
        _ => Err(decoder.bad("a cell stands outside the cells of a function")),
    }
}

/// An object or constructor node, whose class is resolved.
pub(super) fn object<'py>(
    decoder: &mut Decoder<'py>,
    mut node: Node<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = decoder.py;
    let none = || py.None().into_bound(py);
    let Some(resolved) = node.resolved.clone() else {
        if decoder.is_survey() {
            return Ok(none());
        }
        return Err(decoder.bad("a node names no class"));
    };
    if decoder.is_survey() {
        return surveyed(decoder, &node, &resolved);
    }
    if let Some(label) = node.same {
        return remake::made_before(
            decoder,
            label,
            Some(resolved.plan.get().class.bind(py).as_any()),
        );
    }
    let made = match &resolved.build {
        Some(build) => {
            let arguments = (node.parts.dict(py)?.clone(), node.has_secret).into_pyobject(py)?;
            let build = build.bind(py).clone();
            if node.is_undecided {
                let of = Some(Rc::clone(&resolved));
                decoder.repeat_later(of, (build.clone(), arguments.clone()));
            }
            let built = build.call1(arguments);
            let made = built.and_then(|built| moved::settled(&node, resolved.plan.get(), built));
            if node.is_undecided && resolved.may_begin {
                decoder.keep_made(made.as_ref().ok());
            }
            made
        }
        None => instance::set_state(decoder, &mut node, &resolved),
    };
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            let error = refusal::of_state(py, resolved.plan.get(), error);
            decoder.note_refusal(error)?;
            return Ok(none());
        }
    };
    if let Some(label) = node.label
        && matches!(decoder.labels.get(&label), Some(None))
    {
        decoder.labels.insert(label, Some(made.clone()));
    }
    decoder.check_reach(&node, (&resolved, &made))?;
    if resolved.plan.get().check.is_some() {
        let path = refusal::path(&decoder.stack);
        decoder.unchecked.push(Unchecked { path, resolved, made: made.clone() });
    }
    Ok(made)
}

/// A finished object whose class has something to say about it.
pub(super) struct Unchecked<'py> {
    path: String,
    resolved: Rc<Resolved>,
    made: Bound<'py, PyAny>,
}

/// Lets the class check a finished object.
pub(super) fn check<'py>(decoder: &mut Decoder<'py>, waiting: Unchecked<'py>) -> PyResult<()> {
    let py = decoder.py;
    let plan = waiting.resolved.plan.get();
    let Some(check) = &plan.check else { return Ok(()) };
    match check.bind(py).call1((waiting.made,)) {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = refusal::of_state(py, plan, error);
            decoder.note_refusal_at(waiting.path, error)
        }
    }
}

/// What Python built of parts that were not all there.
pub(super) struct Unfinished<'py> {
    path: String,
    /// The class of an object.
    of: Option<Rc<Resolved>>,
    build: Bound<'py, PyAny>,
    arguments: Bound<'py, PyTuple>,
    /// What was made, where code that is newer than the state has made it.
    made: Option<Bound<'py, PyAny>>,
}

/// Builds such things once more: a container that a constructor was shown, or a class was made of,
/// has been filled since, and what was put in would be taken on trust. What a changed class makes
/// must be the same by then, or it was made of what was not all there. Stops at a refusal.
pub(super) fn repeat_unfinished(decoder: &mut Decoder<'_>) -> PyResult<()> {
    for thing in std::mem::take(&mut decoder.unfinished) {
        let Unfinished { path, of, build, arguments, made } = thing;
        if decoder.is_survey() {
            break;
        }
        let again = || build.call1(&arguments);
        let outcome = match (&made, &of) {
            (Some(made), Some(resolved)) => again().and_then(|again| {
                let name = resolved.plan.get().name.as_str();
                let asked = (name, made, again, &build, &arguments);
                decoder.resolver.call_method1("check_repeated", asked)
            }),
            _ => again(),
        };
        if let Err(mut error) = outcome {
            if let Some(resolved) = of {
                error = refusal::of_state(decoder.py, resolved.plan.get(), error);
            }
            decoder.note_refusal_at(path, error)?;
        }
    }
    Ok(())
}

/// An object in a survey: it is not built. Its class stands in for it, so that the method of an
/// object is judged as well.
fn surveyed<'py>(
    decoder: &mut Decoder<'py>,
    node: &Node<'py>,
    resolved: &Rc<Resolved>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = decoder.py;
    let plan = resolved.plan.get();
    if node.has_secret || resolved.reads_secrets || node.is_around_secret {
        let parts = node.parts.to_dict(py)?;
        let kwargs = PyDict::new(py);
        for (field, value) in plan.fields.iter().zip(node.fields.iter().flatten()) {
            kwargs.set_item(&field.name, value)?;
        }
        if node.fields.is_some() {
            parts.set_item("kwargs", kwargs)?;
        }
        decoder.check_reach(node, (resolved, &parts.into_any()))?;
    }
    Ok(plan.class.bind(py).clone().into_any())
}

impl<'py> Decoder<'py> {
    /// Keeps what is to be built again once all is read.
    fn repeat_later(
        &mut self,
        of: Option<Rc<Resolved>>,
        (build, arguments): (Bound<'py, PyAny>, Bound<'py, PyTuple>),
    ) {
        let path = refusal::path(&self.stack);
        self.unfinished.push(Unfinished { path, of, build, arguments, made: None });
    }

    /// Keeps what was made of parts that are to be built again, to be compared.
    fn keep_made(&mut self, made: Option<&Bound<'py, PyAny>>) {
        if let Some(unfinished) = self.unfinished.last_mut() {
            unfinished.made = made.cloned();
        }
    }

    /// What a label stands for.
    pub(super) fn labelled(&mut self, label: u64) -> PyResult<Bound<'py, PyAny>> {
        match self.labels.get(&label) {
            Some(Some(value)) => Ok(value.clone()),
            Some(None) => {
                if self.is_survey() {
                    return Ok(self.py.None().into_bound(self.py));
                }
                if let Some(object) = self.begun(label)? {
                    return Ok(object);
                }
                match self.class_of_label(label) {
                    Some(name) => self.note_refusal(refusal::needed_early(self.py, &name))?,
                    None => self.refuse_state("what it refers to is needed before it is read")?,
                }
                Ok(self.py.None().into_bound(self.py))
            }
            None if self.is_survey() => Ok(self.py.None().into_bound(self.py)),
            None => Err(self.bad(&format!("nothing has the label {label}"))),
        }
    }
}
