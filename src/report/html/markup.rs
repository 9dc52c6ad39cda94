//! HTML as it is written: markup that stands in this program, and text that comes from anywhere. The two
//! cannot be confused, because markup has to be a literal and everything else is escaped.

use std::fmt::{self, Write as _};

use deploy_core::base::printable::{Printable, html};
use deploy_core::base::secret::mask;

/// A document that grows.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

/// Writes markup with texts in place of its `{}`: between tags, or in quoted attributes. It can name no
/// variable, which would not be escaped: `concat!` sees to that.
macro_rules! put {
    ($page:expr, $markup:literal $(, $text:expr)* $(,)?) => {
        $page.write(format_args!(
            concat!($markup),
            $($crate::report::html::markup::Text(&$text)),*
        ))
    };
}
pub(super) use put;

impl Markup {
    /// Writes markup as it is.
    pub(super) fn put(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// For [`put!`] alone, which escapes what is not markup.
    pub(super) fn write(&mut self, escaped: fmt::Arguments<'_>) {
        // Writing into memory cannot fail.
        self.0.write_fmt(escaped).unwrap_or_default();
    }

    /// Writes a link to `url`, or the text alone where that is no address of the web.
    pub(super) fn link(&mut self, url: &str) {
        if url.starts_with("https://") || url.starts_with("http://") {
            put! { self, "<a rel=\"noreferrer\" href=\"{}\">{}</a>", url, url }
        } else {
            put! { self, "{}", url }
        }
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Text without secrets, and without anything that a browser would take for markup, that is invisible, or
/// that turns the text around it.
pub(super) struct Text<'a, T>(pub(super) &'a T);

impl<T: fmt::Display> fmt::Display for Text<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Printable(&mask(&self.0.to_string())).to_string();
        formatter.write_str(&html(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::Markup;

    #[test]
    fn text_is_never_markup() {
        let mut markup = Markup::default();
        let text = "\"><script>alert('&')</script>\n\u{202e}";
        put!(markup, "<b title=\"{}\">", text);
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
