//! The condition operators, by name.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

/// A condition operator that this evaluation knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    /// How the values of a key that has several are taken together.
    pub(super) quantifier: Option<Quantifier>,
    /// What is compared.
    pub(super) test: Test,
    /// Whether a key that is not there meets the condition.
    pub(super) if_exists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    ForAnyValue,
    ForAllValues,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// Text.
    Text(TextTest),
    /// Whether the key is there at all.
    Null,
    /// The address that the request comes from.
    Address,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextTest {
    /// Whether the value must not be one of the policy's.
    pub(super) negated: bool,
    /// Whether `*` and `?` are wild.
    pub(super) has_wildcards: bool,
    pub(super) ignores_case: bool,
}

impl Operator {
    /// `None` for operators that are not known, and names that are no operators.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            Some(("ForAnyValue", name)) => (Some(Quantifier::ForAnyValue), name),
            Some(("ForAllValues", name)) => (Some(Quantifier::ForAllValues), name),
            Some(_) => return None,
            None => (None, name),
        };
        let (name, if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let compared = |negated, has_wildcards, ignores_case| {
            Test::Text(TextTest {
                negated,
                has_wildcards,
                ignores_case,
            })
        };
        let test = match name {
            "StringEquals" => compared(false, false, false),
            "StringNotEquals" => compared(true, false, false),
            "StringEqualsIgnoreCase" => compared(false, false, true),
            "StringNotEqualsIgnoreCase" => compared(true, false, true),
            "StringLike" => compared(false, true, false),
            "StringNotLike" => compared(true, true, false),
            "IpAddress" | "NotIpAddress" => Test::Address,
            // IAM has no `NullIfExists`, nor sets of them.
            "Null" if !if_exists && quantifier.is_none() => Test::Null,
            _ => return None,
        };
        Some(Self {
            quantifier,
            test,
            if_exists,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Operator;

    #[test]
    fn what_is_no_known_operator_is_not_taken_for_one() {
        for name in [
            "",
            "stringequals",
            "StringEqualsIfexists",
            "ForAnyValues:StringEquals",
            "ForAnyValue:Null",
            "NullIfExists",
            "Bool",
            "ArnLike",
            "StringLikeIgnoreCase",
        ] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }
}
