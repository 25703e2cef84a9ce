//! Where a byte of a state text lies in the graph, found by following the text from its beginning.

/// Bytes of a key that a path shows.
const SHOWN_BYTES: usize = 100;

/// What an array or map is to a reader of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Value,
    /// A map whose first key is `lc`.
    Node,
    /// What stands under `state` of a node: an escape around more members of the node.
    Escape,
    State,
    /// A map whose keys are names of attributes.
    Attributes,
    /// An array of names, such as an id.
    Names,
    /// In an escape of the user's data: nothing in it is a node.
    Raw,
}

struct Level {
    role: Role,
    is_array: bool,
    index: usize,
    key: Vec<u8>,
    expects_key: bool,
    /// The kind of a node, once its first member is read.
    kind: Vec<u8>,
}

/// Follows a text; knows where it is.
#[derive(Default)]
pub(super) struct Places {
    levels: Vec<Level>,
    in_text: bool,
    is_key: bool,
    is_escaped: bool,
}

impl Places {
    /// Goes on over more of the text.
    pub(super) fn advance(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.in_text {
                self.in_string(*byte);
            } else {
                self.between(*byte);
            }
        }
    }

    fn in_string(&mut self, byte: u8) {
        if !self.is_escaped && byte == b'"' {
            self.in_text = false;
            return;
        }
        self.is_escaped = !self.is_escaped && byte == b'\\';
        let is_key = self.is_key;
        let Some(level) = self.levels.last_mut() else { return };
        let kept = if is_key {
            &mut level.key
        } else if level.role == Role::Node && level.key == b"lc" {
            &mut level.kind
        } else {
            return;
        };
        if kept.len() < SHOWN_BYTES {
            kept.push(byte);
        }
    }

    fn between(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => self.open(byte == b'['),
            b'}' | b']' => {
                self.levels.pop();
            }
            b'"' => {
                self.in_text = true;
                self.is_key = false;
                if let Some(level) = self.levels.last_mut().filter(|level| level.expects_key) {
                    level.key.clear();
                    (self.is_key, level.expects_key) = (true, false);
                }
            }
            b',' => {
                if let Some(level) = self.levels.last_mut() {
                    level.index += 1;
                    level.expects_key = !level.is_array;
                }
            }
            b':' => self.learn(),
            _ => {}
        }
    }

    /// The first key of a map tells whether it is a node.
    fn learn(&mut self) {
        let Some(level) = self.levels.last_mut() else { return };
        let is_map = matches!(level.role, Role::Value | Role::Attributes);
        if level.index == 0 && level.key == b"lc" && is_map {
            level.role = Role::Node;
        }
    }

    fn open(&mut self, is_array: bool) {
        let role =
            self.levels.last().map_or(Role::Value, |level| match (level.role, &*level.key) {
                (Role::Raw, _) => Role::Raw,
                (Role::Names, _) => Role::Names,
                (Role::Node, b"state") => Role::Escape,
                (Role::Escape, _) => Role::State,
                (
                    Role::Node | Role::State,
                    b"dict" | b"slots" | b"fields" | b"private" | b"shown" | b"kwargs",
                ) => Role::Attributes,
                (
                    Role::Node | Role::State,
                    b"id" | b"set" | b"missing" | b"undeclared" | b"order",
                ) => Role::Names,
                (Role::Value | Role::Attributes, b"__lc_escaped__")
                    if level.index == 0 && !level.is_array =>
                {
                    Role::Raw
                }
                _ => Role::Value,
            });
        self.levels.push(Level {
            role,
            is_array,
            index: 0,
            key: Vec::new(),
            expects_key: !is_array,
            kind: Vec::new(),
        });
    }

    /// Whether what stands here are the names of code, not data of the user's.
    pub(super) fn is_name(&self) -> bool {
        let Some(level) = self.levels.last() else { return false };
        if self.in_text && self.is_key {
            return matches!(level.role, Role::Attributes | Role::Node | Role::State);
        }
        match (level.role, &*level.key) {
            (Role::Names, _) | (Role::Node | Role::State, b"id" | b"class" | b"lc" | b"type") => {
                true
            }
            (Role::Node, b"name") => matches!(&*level.kind, b"secret" | b"enum" | b"method"),
            _ => false,
        }
    }

    /// Whether it is the name of an attribute, which a program may also have been given.
    pub(super) fn is_attribute(&self) -> bool {
        let role = self.levels.last().map(|level| level.role);
        self.in_text && self.is_key && role == Some(Role::Attributes)
    }

    /// The path of what stands here: `$.memory.messages[3]`.
    pub(super) fn path(&self) -> String {
        let mut path = "$".to_owned();
        for (at, level) in self.levels.iter().enumerate() {
            let is_in_key = self.is_key && self.in_text && at + 1 == self.levels.len();
            if level.is_array && level.role != Role::Names {
                path.push_str(&format!("[{}]", level.index));
            }
            let is_map = matches!(level.role, Role::Value | Role::Attributes | Role::Raw);
            let is_escape = level.key == b"__lc_escaped__";
            if !level.is_array && is_map && !is_escape && !is_in_key {
                path.push_str(&segment(&level.key));
            }
        }
        path
    }
}

fn segment(key: &[u8]) -> String {
    let text = String::from_utf8_lossy(key);
    let mut letters = text.chars();
    let is_identifier = letters.next().is_some_and(|it| it.is_alphabetic() || it == '_')
        && letters.all(|it| it.is_alphanumeric() || it == '_');
    if is_identifier { format!(".{text}") } else { format!("[\"{text}\"]") }
}
