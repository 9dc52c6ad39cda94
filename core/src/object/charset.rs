//! In which character set a text is, by its bytes: a header wins over what a page says of itself,
//! so `charset=utf-8` over anything else garbles what browsers would have shown right.

/// The character set that a text is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Charset {
    /// UTF-8, or nothing that tells it from others.
    #[default]
    Utf8,
    /// Another one, by the text's own word.
    Declared(Label),
    /// Another one that the text does not name.
    Unknown,
}

/// The name of a character set that browsers know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label(u8);

impl Label {
    /// The name by which `text` means one, in any case.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let index = LABELS.split_whitespace().position(|label| label == text)?;
        u8::try_from(index).ok().map(Self)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        let mut labels = LABELS.split_whitespace();
        labels.nth(self.0.into()).unwrap_or_default()
    }
}

/// Bytes at the beginning in which a text says what it is in. Browsers look at 1024.
/// <https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding>
const DECLARATION_BYTES_MAX: usize = 4096;

/// Names of character sets that browsers know.
/// <https://encoding.spec.whatwg.org/#names-and-labels>
const LABELS: &str = "
    ascii big5 big5-hkscs cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp866
    euc-jp euc-kr gb18030 gb2312 gbk hz-gb-2312 ibm866 iso-2022-jp iso-2022-kr iso-8859-1
    iso-8859-10 iso-8859-11 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 iso-8859-2
    iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-8-i iso-8859-9
    iso8859-1 iso8859-15 iso8859-2 iso_8859-1 iso_8859-15 koi koi8 koi8-r koi8-u ks_c_5601-1987
    latin1 latin2 latin5 macintosh ms_kanji shift-jis shift_jis sjis tis-620 us-ascii utf-16
    utf-16be utf-16le utf-8 utf8 windows-1250 windows-1251 windows-1252 windows-1253
    windows-1254 windows-1255 windows-1256 windows-1257 windows-1258 windows-31j windows-874
    windows-949 x-cp1251 x-cp1252 x-euc-jp x-gbk x-mac-cyrillic x-sjis
";

/// The character set of a text of this type that begins with `head`. `is_utf8` says whether all of it
/// is UTF-8.
pub fn charset(essence: &str, head: &[u8], is_utf8: bool) -> Charset {
    if head.starts_with(b"\xFE\xFF") || head.starts_with(b"\xFF\xFE") {
        return Label::parse("utf-16").map_or(Charset::Unknown, Charset::Declared);
    }
    if head.contains(&0) {
        return Charset::Unknown;
    }
    // What says in one-byte letters that it is UTF-16 cannot be that.
    let declared = declared(essence, head).filter(|label| !label.name().starts_with("utf"));
    // These are written in ASCII, with escapes in between.
    let is_seven_bit = declared.is_some_and(|label| label.name().starts_with("iso-2022-"));
    if is_utf8 && !(is_seven_bit && head.contains(&b'\x1B')) {
        Charset::Utf8
    } else {
        declared.map_or(Charset::Unknown, Charset::Declared)
    }
}

/// What the text says that it is in.
fn declared(essence: &str, head: &[u8]) -> Option<Label> {
    let head = head.get(..DECLARATION_BYTES_MAX).unwrap_or(head);
    // Declarations are ASCII; what is around them need not be.
    let head: String = head.iter().copied().map(char::from).collect();
    let head = head.to_ascii_lowercase();
    let found = if essence == "text/css" {
        quoted(head.strip_prefix("@charset ")?)
    } else if essence.ends_with("xml") && head.trim_start().starts_with("<?xml") {
        let declaration = head.split("?>").next().unwrap_or_default();
        let (_, encoding) = declaration.split_once("encoding")?;
        quoted(encoding.trim_start().strip_prefix('=')?)
    } else if matches!(essence, "text/html" | "application/xhtml+xml") {
        meta(&head)
    } else {
        None
    };
    found.and_then(Label::parse)
}

/// What stands in quotes at the beginning of `text`.
fn quoted(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = ['"', '\'']
        .into_iter()
        .find(|quote| text.starts_with(*quote))?;
    text.strip_prefix(quote)?
        .split_once(quote)
        .map(|(value, _)| value)
}

/// The `charset` of the first `<meta>` that has one, also within `content`. Comments do not count.
fn meta(mut html: &str) -> Option<&str> {
    while let Some(at) = html.find('<') {
        html = html.get(at..)?;
        if html.starts_with("<!--") {
            html = html.split_once("-->")?.1;
            continue;
        }
        let (tag, rest) = html.split_once('>')?;
        if tag.starts_with("<meta") {
            let value = tag.split_once("charset");
            if let Some(value) = value.and_then(|(_, it)| it.trim_start().strip_prefix('=')) {
                let value = value.trim_start().trim_start_matches(['"', '\'']);
                return value
                    .split(['"', '\'', ';', '/', ' ', '\t', '\n', '\x0C', '\r'])
                    .next();
            }
        }
        html = rest;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Charset, LABELS, Label, charset};

    fn declared(label: &str) -> Charset {
        Charset::Declared(Label::parse(label).unwrap())
    }

    #[test]
    fn bytes_decide() {
        let html = |declaration: &str| [declaration.as_bytes(), b"<p>caf\xE9"].concat();
        for (essence, text, expected) in [
            ("text/plain", "caf\u{e9}".into(), Charset::Utf8),
            ("text/plain", b"cafe".to_vec(), Charset::Utf8),
            ("text/plain", Vec::new(), Charset::Utf8),
            ("text/plain", "\u{feff}caf\u{e9}".into(), Charset::Utf8),
            ("text/plain", b"caf\xE9".to_vec(), Charset::Unknown),
            ("text/csv", b"name;caf\xE9\r\n".to_vec(), Charset::Unknown),
            ("text/plain", b"\xFF\xFEc\0a\0".to_vec(), declared("utf-16")),
            ("text/plain", b"c\0a\0f\0".to_vec(), Charset::Unknown),
            (
                "text/html",
                html("<meta charset=iso-8859-1>"),
                declared("iso-8859-1"),
            ),
            (
                "text/html",
                html("<META CHARSET='ISO-8859-1' />"),
                declared("iso-8859-1"),
            ),
            (
                "text/html",
                html("<meta http-equiv=content-type content=\"text/html; charset = iso-8859-1\">"),
                declared("iso-8859-1"),
            ),
            (
                "text/html",
                html("<!-- <meta charset=big5> --><title>x</title><meta charset=\"iso-8859-1\">"),
                declared("iso-8859-1"),
            ),
            // It says what it is not, or what nothing is.
            ("text/html", html("<meta charset=utf-8>"), Charset::Unknown),
            ("text/html", html("<meta charset=utf-16>"), Charset::Unknown),
            (
                "text/html",
                html("<meta charset=Shift_JIS>"),
                declared("shift_jis"),
            ),
            ("text/html", html("<meta charset=sjis>"), declared("sjis")),
            (
                "text/html",
                html("<meta charset=klingon>"),
                Charset::Unknown,
            ),
            (
                "text/html",
                html("<p>charset=iso-8859-1</p>"),
                Charset::Unknown,
            ),
            // A server has converted it since.
            (
                "text/html",
                "<meta charset=iso-8859-1>caf\u{e9}".into(),
                Charset::Utf8,
            ),
            (
                "image/svg+xml",
                html("<?xml version='1.0' encoding='iso-8859-1'?>"),
                declared("iso-8859-1"),
            ),
            (
                "application/xml",
                html("<?xml version=\"1.0\"?>"),
                Charset::Unknown,
            ),
            (
                "text/css",
                html("@charset \"iso-8859-1\";"),
                declared("iso-8859-1"),
            ),
            (
                "text/css",
                html("/**/@charset \"iso-8859-1\";"),
                Charset::Unknown,
            ),
            (
                "text/html",
                b"<meta charset=iso-2022-jp>\x1B$B$\"\x1B(B".to_vec(),
                declared("iso-2022-jp"),
            ),
            (
                "text/javascript",
                html("<meta charset=iso-8859-1>"),
                Charset::Unknown,
            ),
        ] {
            let shown = String::from_utf8_lossy(&text);
            let is_utf8 = std::str::from_utf8(&text).is_ok();
            assert_eq!(
                charset(essence, &text, is_utf8),
                expected,
                "{essence} {shown}"
            );
        }
    }

    #[test]
    fn labels_are_as_they_are_looked_for() {
        for label in LABELS.split_whitespace() {
            let parsed = Label::parse(&label.to_ascii_uppercase());
            assert_eq!(parsed.map(Label::name), Some(label));
        }
    }
}
