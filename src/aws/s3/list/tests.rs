//! The reader beside the SDK's: what it takes, both read alike, and it takes what S3 writes.

use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2, ListObjectsV2Output};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin as _;
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse as _, SharedResponseDeserializer,
};
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use proptest::prelude::*;

use deploy_core::answers::listing_page::{Page, Times, Unusable, parse};
use deploy_core::object::etag::ETag;

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// As S3 writes it, with what can come beside it.
const DOCUMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>site/</Prefix><StartAfter/><NextContinuationToken>1&amp;2=</NextContinuationToken><KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><Contents><Key>site/a+b%C3%A9.html</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>7</Size><Owner><ID>1</ID><DisplayName>me</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>
  <Contents><Key>site/b</Key><ETag>"d41d8cd98f00b204e9800998ecf8427e-2"</ETag><Size>0</Size></Contents>
  <Contents>
    <Key>site/c</Key><ETag>&#34;kms&#34;</ETag><Size>9223372036854775807</Size>
  </Contents>
</ListBucketResult>
"#;

/// An object as a listing names it: key, size, ETag, time.
type Row = (String, u64, ETag, u32);

fn rows(page: &Page) -> Vec<Row> {
    let objects = page.objects();
    objects
        .map(|it| (it.key.to_owned(), it.size, it.etag, it.modified_secs))
        .collect()
}

/// What the SDK reads: the objects, keys without `prefix`, and what asks for the next page.
fn read_by_sdk(body: &[u8], prefix: &str) -> Option<(Vec<Row>, Option<String>)> {
    let mut settings = ConfigBag::base();
    settings.push_shared_layer(ListObjectsV2::new().config().unwrap());
    let reader = settings.load::<SharedResponseDeserializer>().unwrap();
    let status = StatusCode::try_from(200).unwrap();
    let answer = Response::new(status, SdkBody::from(body));
    let output = reader
        .deserialize_nonstreaming_with_config(&answer, &settings)
        .ok()?;
    let output = output.downcast::<ListObjectsV2Output>().ok()?;
    let is_url = output
        .encoding_type()
        .is_some_and(|it| it.as_str() == "url");
    let row = |object: &aws_sdk_s3::types::Object| -> Option<Row> {
        let mut key = object.key()?.to_owned();
        if is_url {
            let blanks = key.replace('+', " ");
            key = percent_encoding::percent_decode_str(&blanks)
                .decode_utf8()
                .ok()?
                .into_owned();
        }
        let secs = object.last_modified().map(aws_smithy_types::DateTime::secs);
        Some((
            key.strip_prefix(prefix)?.to_owned(),
            u64::try_from(object.size()?).ok()?,
            ETag::parse(object.e_tag().unwrap_or_default()),
            secs.and_then(|secs| u32::try_from(secs).ok())
                .unwrap_or_default(),
        ))
    };
    let rows: Option<Vec<Row>> = output.contents().iter().map(row).collect();
    let next = output.next_continuation_token().map(str::to_owned);
    Some((rows?, next.filter(|_| output.is_truncated() == Some(true))))
}

fn as_sdk(page: &Page) -> (Vec<Row>, Option<String>) {
    (rows(page), page.next().map(str::to_owned))
}

fn read(document: &str, prefix: &str) -> Result<Page, Unusable> {
    parse(document.as_bytes(), prefix, Times::Read)
}

#[test]
fn a_listing_is_read_as_the_sdk_reads_it() {
    let page = read(DOCUMENT, "site/").unwrap();
    assert_eq!(
        read_by_sdk(DOCUMENT.as_bytes(), "site/"),
        Some(as_sdk(&page))
    );
    let objects: Vec<_> = page
        .objects()
        .map(|object| (object.key, object.size, object.modified_secs))
        .collect();
    assert_eq!(
        objects,
        [
            ("a bé.html", 7, 1_767_323_045),
            ("b", 0, 0),
            ("c", i64::MAX as u64, 0)
        ]
    );
    let etags: Vec<ETag> = page.objects().map(|object| object.etag).collect();
    assert!(matches!(
        etags[..],
        [ETag::Md5(_), ETag::Multipart(_, 2), ETag::Opaque]
    ));
    assert_eq!(page.next(), Some("1&2="));
    assert_eq!((page.end().keys, page.end().last), (3, Some("c")));
}

#[test]
fn every_cut_is_refused() {
    let document = DOCUMENT.trim_end();
    for end in 0..document.len() {
        let Some(cut) = document.get(..end) else {
            continue;
        };
        assert!(read(cut, "site/").is_err(), "{cut}");
    }
    assert!(read(document, "site/").is_ok());
}

#[test]
fn a_listing_is_known_by_what_it_holds() {
    let object = "<Contents><Key>a</Key><Size>1</Size></Contents>";
    for (document, objects) in [
        ("<ListBucketResult/>".to_owned(), 0),
        (format!("<ListBucketResult>{object}</ListBucketResult>"), 1),
        (
            format!("<ListObjectsV2Output>{object}</ListObjectsV2Output>"),
            1,
        ),
        (
            "<Result><IsTruncated>false</IsTruncated></Result>".to_owned(),
            0,
        ),
        (
            format!("<!-- x --><a:ListBucketResult>{object}</a:ListBucketResult> "),
            1,
        ),
    ] {
        let page = read(&document, "");
        assert_eq!(page.map(|page| page.count()), Ok(objects), "{document}");
    }
}

#[test]
fn what_is_no_listing_is_refused() {
    let listing = |inside: &str| format!("<ListBucketResult>{inside}</ListBucketResult>");
    let object = |fields: &str| listing(&format!("<Contents>{fields}</Contents>"));
    for document in [
        String::new(),
        "Log in".to_owned(),
        "<html><body>Log in</body></html>".to_owned(),
        "<Error><Code>SlowDown</Code></Error>".to_owned(),
        "<Other/>".to_owned(),
        format!("<!DOCTYPE x>{}", listing("")),
        format!("{}<a/>", listing("")),
        listing("<Contents/>"),
        listing("<IsTruncated>yes</IsTruncated>"),
        // Nothing to go on with.
        listing("<IsTruncated>true</IsTruncated>"),
        object("<Key>a</Key>"),
        object("<Size>1</Size>"),
        object("<Key>a</Key><Size>-1</Size>"),
        object("<Key>a</Key><Size>one</Size>"),
        object("<Key>a</Key><Size>1</Size><LastModified>now</LastModified>"),
        object("<Key>&own;</Key><Size>1</Size>"),
        object("<Key>a</Name><Size>1</Size>"),
        listing("<<Key/>/Name><Prefix>site/</Prefix>"),
        listing("<Prefix>site/</Prefix>]]><StartAfter/>"),
        object("<Key><b>a</b></Key><Size>1</Size>"),
        listing(
            "<EncodingType>url</EncodingType><Contents><Key>%FF</Key><Size>1</Size></Contents>",
        ),
    ] {
        assert!(read(&document, "").is_err(), "{document}");
    }
    let damaged =
        b"<ListBucketResult><Contents><Key>\xff</Key><Size>1</Size></Contents></ListBucketResult>";
    assert!(parse(damaged, "", Times::Ignored).is_err());
    // A key that was not asked for.
    assert!(read(DOCUMENT, "other/").is_err());
}

#[test]
fn times_are_read_where_they_are_asked_for() {
    for (text, seconds) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T23:59:59.999Z", 951_868_799),
        ("2106-02-07T06:28:15Z", u32::MAX),
        ("2106-02-07T06:28:16Z", 0),
        ("1969-12-31T23:59:59Z", 0),
        ("2026-01-02T03:04:05+01:00", 1_767_319_445),
    ] {
        let document = format!(
            "<ListBucketResult><Contents><Key>a</Key><LastModified>{text}</LastModified><Size>1</Size></Contents></ListBucketResult>"
        );
        for (times, expected) in [(Times::Read, seconds), (Times::Ignored, 0)] {
            let page = parse(document.as_bytes(), "", times).unwrap();
            let secs = page.objects().map(|object| object.modified_secs);
            assert_eq!(secs.collect::<Vec<_>>(), [expected], "{text}");
        }
    }
}

/// Text as XML and forms write it.
fn escaped(text: &str) -> String {
    let form = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
    form.to_string().replace("%20", "+").replace("%2F", "/")
}

fn document_of(objects: &[(String, u64, u32, u8)], token: Option<&str>, encoded: bool) -> String {
    let mut document = format!("{DECLARATION}\n<ListBucketResult>");
    if encoded {
        document += "<EncodingType>url</EncodingType>";
    }
    for (key, size, seconds, form) in objects {
        let key = if encoded {
            escaped(key)
        } else {
            key.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        };
        let time = aws_smithy_types::DateTime::from_secs(i64::from(*seconds));
        let time = time
            .fmt(aws_smithy_types::date_time::Format::DateTime)
            .unwrap();
        let digest = format!("{:032x}", u128::from(*size) * 0x1234_5678_9abc_def1);
        let etag = match form % 4 {
            0 => format!("&quot;{digest}&quot;"),
            1 => format!("\"{digest}-{form}\""),
            2 => format!("&#34;{digest}&#34;"),
            _ => digest,
        };
        document = format!(
            "{document}<Contents><Key>p/{key}</Key><LastModified>{time}</LastModified><ETag>{etag}</ETag><Size>{size}</Size></Contents>"
        );
    }
    if let Some(token) = token {
        document += "<IsTruncated>true</IsTruncated>";
        document = format!("{document}<NextContinuationToken>{token}</NextContinuationToken>");
    }
    document + "</ListBucketResult>"
}

proptest! {
    #[test]
    fn listings_are_read_as_the_sdk_reads_them(
        objects in prop::collection::vec(("[a-c +%&<>/é😀]{1,8}", 0..1_u64 << 40, any::<u32>(), any::<u8>()), 0..6),
        token in prop::option::of("[a-z0-9=+/]{1,12}"),
        encoded in any::<bool>(),
    ) {
        let document = document_of(&objects, token.as_deref(), encoded);
        let page = read(&document, "p/");
        let by_sdk = read_by_sdk(document.as_bytes(), "p/");
        prop_assert_eq!(page.as_ref().ok().map(as_sdk), by_sdk);
        let page = page.unwrap();
        let keys: Vec<_> = page.objects().map(|object| object.key).collect();
        let expected: Vec<_> = objects.iter().map(|(key, ..)| key.as_str()).collect();
        prop_assert_eq!(keys, expected);
    }

    /// Whatever is done to a listing: of what this reader takes, the SDK reads the same, as far as it
    /// reads.
    #[test]
    fn mutated_listings_are_read_alike_or_refused(
        places in prop::collection::vec((any::<prop::sample::Index>(), 0..PIECES.len(), 0..12_usize), 1..4),
    ) {
        let mut document = DOCUMENT.trim_end().as_bytes().to_vec();
        for (place, piece, taken) in places {
            let start = place.index(document.len());
            let end = (start + taken).min(document.len());
            document.splice(start..end, PIECES[piece].bytes());
        }
        // The SDK recovers from damage by taking what follows for not being there, and insists on
        // one name of the root.
        if let (Ok(page), Some((listed, _))) = (
            parse(&document, "site/", Times::Read),
            read_by_sdk(&document, "site/"),
        ) {
            let text = String::from_utf8_lossy(&document);
            prop_assert!(rows(&page).starts_with(&listed), "{:?} {}", listed, text);
        }
    }
}

/// What mutations put in.
const PIECES: &[&str] = &[
    "",
    "<",
    ">",
    "/",
    "&",
    ";",
    "\"",
    " ",
    "\n",
    "+",
    "%",
    "7",
    "-",
    "x",
    "é",
    "\u{1}",
    "<!--",
    "-->",
    "]]>",
    "<a>",
    "</a>",
    "<Key>",
    "</Key>",
    "<Key/>",
    "<Size>3</Size>",
    "</Contents>",
    "<Contents>",
    "&#x41;",
    "&amp;",
    "<?xml?>",
    "\u{feff}",
];
