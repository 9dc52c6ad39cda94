//! The code and the message in an error's document, whatever form a server gives it.

use deploy_core::answers::xml::{self, Element, Malformed};

/// What an error's document says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    /// Where the bucket is.
    pub(super) region: Option<String>,
}

impl Told {
    /// Elements of an error's document that stand in one another, at most.
    const DEPTH_MAX: usize = 4;

    /// Looks for a code and a message in `body` whatever they stand in: the SDK reads them only in
    /// the form that AWS's own service uses, and some servers have the form of another one.
    pub(super) fn in_body(body: Option<&[u8]>) -> Self {
        let mut told = Self::default();
        let body = body.unwrap_or_default();
        // What cannot be read tells nothing, or only what came before it broke off.
        drop(xml::root(body, |root| told.take(root, Self::DEPTH_MAX)));
        told
    }

    /// Reads what `element` holds, `depth` deep.
    pub(super) fn take(&mut self, element: Element<'_, '_>, depth: usize) -> Result<(), Malformed> {
        if depth == 0 {
            return element.skip();
        }
        match element.name() {
            "Code" => self.code = non_empty(&element.text()?),
            "Message" => self.message = non_empty(&element.text()?),
            "Region" => self.region = non_empty(&element.text()?),
            _ => element.children_in_text(|child| self.take(child, depth - 1))?,
        }
        Ok(())
    }
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::Told;

    #[test]
    fn code_and_message_are_found_in_whatever_they_stand() {
        let inner = "<Code>AccessDenied</Code><Message>no &quot;x&quot;</Message>";
        for body in [
            format!("<Error>{inner}</Error>"),
            format!("<ErrorResponse><Error><Type>Sender</Type>{inner}</Error></ErrorResponse>"),
            format!("<Response><Errors><Error>{inner}</Error></Errors></Response>"),
            format!("<Error>{inner}"),
        ] {
            let told = Told::in_body(Some(body.as_bytes()));
            assert_eq!(told.code.as_deref(), Some("AccessDenied"), "{body}");
            assert_eq!(told.message.as_deref(), Some("no \"x\""), "{body}");
        }
        for body in [
            "",
            "no XML",
            "<html><body>Sign in</body></html>",
            "<a><Code/></a>",
        ] {
            assert_eq!(Told::in_body(Some(body.as_bytes())).code, None, "{body}");
        }
    }
}
