//! HTML as it is written: markup that stands in this program, and text that comes from anywhere. The two
//! cannot be confused, because markup has to be `'static` and everything else is escaped.

use std::fmt;

use deploy_core::base::printable::Printable;
use deploy_core::base::secret::mask;

/// A document that grows.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Writes markup.
    pub(super) fn put(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Writes text, between tags or in a quoted attribute: without secrets, and without anything that a
    /// browser would take for markup, that is invisible, or that turns the text around it.
    pub(super) fn text(&mut self, text: impl fmt::Display) -> &mut Self {
        for character in Printable(&mask(&text.to_string())).to_string().chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                _ => self.0.push(character),
            }
        }
        self
    }

    /// Writes text in an element of its own, for example `<p>` and `</p>`.
    pub(super) fn element(
        &mut self,
        open: &'static str,
        text: impl fmt::Display,
        close: &'static str,
    ) -> &mut Self {
        self.put(open).text(text).put(close)
    }

    /// Writes a link to `url`, or the text alone where that is no address of the web.
    pub(super) fn link(&mut self, url: &str) -> &mut Self {
        if url.starts_with("https://") || url.starts_with("http://") {
            self.put("<a rel=\"noreferrer\" href=\"").text(url);
            self.put("\">").text(url).put("</a>")
        } else {
            self.text(url)
        }
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Markup;

    #[test]
    fn text_is_never_markup() {
        let mut markup = Markup::default();
        markup.element(
            "<b title=\"",
            "\"><script>alert('&')</script>\n\u{202e}",
            "\">",
        );
        assert_eq!(
            markup.finish(),
            "<b title=\"&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;\\n\\u{202e}\">"
        );
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        for (url, is_link) in [
            ("https://www.example.com/?a&b", true),
            ("http://b.s3-website-us-east-1.amazonaws.com/", true),
            ("javascript:alert(1)", false),
            ("//example.com", false),
            ("", false),
        ] {
            let mut markup = Markup::default();
            markup.link(url);
            assert_eq!(markup.finish().contains("href="), is_link, "{url}");
        }
    }
}
