//! Fills the texts of the formats in. What is filled in was quoted for its place before; no format here.

use super::facts::Facts;

/// Name of the inline policy with the permissions; setting it up again replaces the policy.
const POLICY_NAME: &str = "aws-oidc-s3-deploy";

/// `template` with `more` in the places of its names, which stand as `__name__`, and with what every
/// format has of the role and its provider, as `quoted` writes it. Lines are indented as their place is.
pub(super) fn fill(
    template: &str,
    facts: &Facts,
    quoted: fn(&str) -> String,
    more: &[(&str, String)],
) -> String {
    let shared = [
        ("policy", POLICY_NAME.to_owned()),
        ("name", quoted(&facts.role.name)),
        ("path", quoted(&facts.role.path)),
        ("url", quoted(facts.issuer.url())),
    ];
    let value_of = |name: &str| {
        let mut values = shared.iter().chain(more);
        let found = values.find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    };
    let mut text = String::with_capacity(template.len());
    for line in template.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let indented = format!("\n{}", " ".repeat(indent));
        for (index, piece) in line.split("__").enumerate() {
            if index % 2 == 0 {
                text.push_str(piece);
            } else {
                text.push_str(&value_of(piece).replace('\n', &indented));
            }
        }
    }
    text
}
