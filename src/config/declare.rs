//! The macro that makes the table of variables, the struct that `envy` fills and an accessor for each
//! variable of one declaration, so that a name stands in one place and no call can say another.

/// How far a variable must be set, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Always to be given in the pipe's `variables:`; `(*)` in the README.
    Required,
    /// Taken from the step when the pipe's `variables:` do not name it; `(**)` in the README.
    FromContext,
    /// May be left out.
    Optional,
    /// The same; a YAML list (`NAME_COUNT`, `NAME_0`, …) is read beside the plain string.
    List,
}

/// One variable as its users know it.
#[derive(Debug)]
pub struct Variable {
    /// Name in the environment.
    pub name: &'static str,
    /// Whether it has to be set, and whether it may be a list.
    pub need: Need,
    /// What an unset variable means; empty where there is no default.
    pub default: &'static str,
    /// The README's words, one line of Markdown.
    pub usage: &'static str,
}

/// The name of a field in capitals, as its variable is called.
pub(super) const fn uppercase<const N: usize>(field: &str) -> [u8; N] {
    match field.as_bytes().first_chunk::<N>() {
        Some(bytes) => {
            let mut bytes = *bytes;
            bytes.make_ascii_uppercase();
            bytes
        }
        None => [0; N],
    }
}

/// The name of the variable that a field holds.
macro_rules! name {
    ($field:ident) => {{
        const FIELD: &str = stringify!($field);
        const NAME: [u8; FIELD.len()] = crate::config::declare::uppercase(FIELD);
        match str::from_utf8(&NAME) {
            Ok(name) => name,
            Err(_) => FIELD,
        }
    }};
}

/// The method that gives a variable as it was set.
macro_rules! accessor {
    (List $field:ident $usage:literal) => {
        #[doc = $usage]
        pub(super) fn $field(&self) -> List<'_> {
            List {
                name: name!($field),
                text: self.texts.$field.as_deref(),
                items: self.lists.get(name!($field)).map(Vec::as_slice),
                problems: &self.problems,
            }
        }
    };
    ($need:ident $field:ident $usage:literal) => {
        #[doc = $usage]
        pub(super) fn $field(&self) -> Value<'_> {
            Value {
                name: name!($field),
                given: self.texts.$field.as_deref(),
                problems: &self.problems,
            }
        }
    };
}

/// Declares the pipe's own variables, each as `NEED NAME = DEFAULT: USAGE;` in the order of the
/// documents, and those that the CI system sets.
macro_rules! variables {
    (
        declared { $($need:ident $field:ident $(= $default:literal)? : $usage:literal;)* }
        context { $($context:ident;)* }
    ) => {
        /// Every variable of the pipe, in the order in which the documents list them.
        pub const VARIABLES: &[Variable] = &[$(Variable {
            name: name!($field),
            need: Need::$need,
            default: concat!($($default)?),
            usage: $usage,
        },)*];

        /// What the pipe reads of the step beside its own variables: where the token is, which CI
        /// system it is, which build the session's name tells of, which parallel step this is, where
        /// results go, and whose tokens `setup` is about. By hand they are set only for `setup` on
        /// another machine.
        pub const CONTEXT: &[&str] = &[$(name!($context),)*];

        /// The plain variables as `envy` fills them: all optional, all text. It stops at the first
        /// field that does not parse and echoes its value; of these none can fail, so that no secret
        /// can end up in its errors.
        #[derive(Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Texts {
            $($field: Option<String>,)*
            $($context: Option<String>,)*
        }

        impl Input {
            /// Whether the variable called `name` is set to something.
            pub(super) fn is_set(&self, name: &str) -> bool {
                $(if name == name!($field) {
                    return self.$field().is_set();
                })*
                false
            }

            /// The plain text of the variable called `name`.
            pub(super) fn text_of(&self, name: &str) -> Option<&str> {
                $(if name == name!($field) {
                    return self.texts.$field.as_deref().map(str::trim);
                })*
                None
            }

            $(accessor!($need $field $usage);)*
            $(accessor!(context $context "Set by the CI system.");)*
        }
    };
}

pub(super) use {accessor, name, variables};
