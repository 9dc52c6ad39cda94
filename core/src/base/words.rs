//! Enums whose variants have a word each, declared in one list: what is told of them, and what they all are,
//! cannot be forgotten for one. No words stand here.

/// Declares such an enum, with the name of the method that gives the word of a variant.
#[macro_export]
macro_rules! words {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident, $(#[$word_doc:meta])* $word_of:ident {
            $($(#[$doc:meta])* $variant:ident = $word:literal,)*
        }
    ) => {
        $(#[$attribute])*
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every one, in order.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$variant),*];

            $(#[$word_doc])*
            pub const fn $word_of(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}
pub use words;
