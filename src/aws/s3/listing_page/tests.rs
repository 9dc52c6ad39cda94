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

use super::document::{Unreadable, unescaped};
use super::time::seconds as seconds_of;
use super::{Page, parse};
use crate::aws::s3::list::page_of;
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

/// As the program reads an answer that this reader refuses.
fn read_by_sdk(body: &[u8], prefix: &str) -> Option<Page> {
    let mut settings = ConfigBag::base();
    settings.push_shared_layer(ListObjectsV2::new().config().unwrap());
    let reader = settings.load::<SharedResponseDeserializer>().unwrap();
    let status = StatusCode::try_from(200).unwrap();
    let answer = Response::new(status, SdkBody::from(body));
    let output = reader
        .deserialize_nonstreaming_with_config(&answer, &settings)
        .ok()?;
    let output = output.downcast::<ListObjectsV2Output>().ok()?;
    page_of(&output, prefix).ok()
}

fn read(document: &str, prefix: &str) -> Result<Page, Unreadable> {
    parse(document.as_bytes(), prefix)
}

#[test]
fn a_listing_is_read_as_the_sdk_reads_it() {
    let page = read(DOCUMENT, "site/").unwrap();
    assert_eq!(
        read_by_sdk(DOCUMENT.as_bytes(), "site/").as_ref(),
        Some(&page)
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
        assert_eq!(read(cut, "site/"), Err(Unreadable), "{cut}");
    }
    assert!(read(document, "site/").is_ok());
}

#[test]
fn other_documents_are_left_to_the_sdk() {
    let listing = |inside: &str| format!("<ListBucketResult>{inside}</ListBucketResult>");
    let object = |fields: &str| listing(&format!("<Contents>{fields}</Contents>"));
    assert!(read(&object("<Key>a</Key><Size>1</Size>"), "").is_ok());
    for document in [
        String::new(),
        "Log in".to_owned(),
        "<Error><Code>SlowDown</Code></Error>".to_owned(),
        "<ListBucketResult/>".to_owned(),
        "<ListBucketResults></ListBucketResults>".to_owned(),
        format!("<!DOCTYPE x>{}", listing("")),
        format!("{DECLARATION}{DECLARATION}{}", listing("")),
        format!("{}<a/>", listing("")),
        listing("<!-- -->"),
        listing("text"),
        listing("<Contents/>"),
        listing("<KeyCount>x</KeyCount>"),
        listing("<IsTruncated>yes</IsTruncated>"),
        // Nothing to go on with.
        listing("<IsTruncated>true</IsTruncated>"),
        listing("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"),
        object("<Key>a</Key>"),
        object("<Size>1</Size>"),
        object("<Key>a</Key><Size>-1</Size>"),
        object("<Key>a</Key><Size>9223372036854775808</Size>"),
        object("<Key>a</Key><Size>one</Size>"),
        object("<Key>a</Key><Size>1</Size><LastModified>now</LastModified>"),
        object("<Key>&own;</Key><Size>1</Size>"),
        object("<Key>a\u{1}</Key><Size>1</Size>"),
        object("<Key>a\u{ffff}</Key><Size>1</Size>"),
        object("<Key><![CDATA[a]]></Key><Size>1</Size>"),
        object("<Key>a</Name><Size>1</Size>"),
        object("<Key x=\"y\">a</Key><Size>1</Size>"),
        listing(
            "<EncodingType>url</EncodingType><Contents><Key>%FF</Key><Size>1</Size></Contents>",
        ),
    ] {
        assert_eq!(read(&document, ""), Err(Unreadable), "{document}");
    }
    assert_eq!(
        parse(b"<ListBucketResult>\xff</ListBucketResult>", ""),
        Err(Unreadable)
    );
    // A key that was not asked for.
    assert_eq!(read(DOCUMENT, "other/"), Err(Unreadable));
}

#[test]
fn times_are_read_in_every_form_that_the_sdk_reads() {
    for (text, seconds) in [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("2000-02-29T23:59:59.999Z", Some(951_868_799)),
        ("2026-12-31T00:00:00.000Z", Some(1_798_675_200)),
        ("2100-03-01T00:00:00Z", Some(4_107_542_400)),
        ("2106-02-07T06:28:15Z", Some(u32::MAX)),
        ("2106-02-07T06:28:16Z", Some(0)),
        ("1969-12-31T23:59:59Z", Some(0)),
        ("2026-01-02T03:04:05+01:00", Some(1_767_319_445)),
        ("2026-02-29T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-01-02", None),
        ("", None),
    ] {
        assert_eq!(seconds_of(text).ok(), seconds, "{text}");
    }
}

#[test]
fn references_stand_for_characters() {
    for (text, expected) in [
        ("a&lt;&gt;&amp;&quot;&apos;z", Some("a<>&\"'z")),
        ("&#x41;&#66;&#x1F600;", Some("AB😀")),
        ("&#x;", None),
        ("&#+9;", None),
        ("&#xD800;", None),
        ("&nbsp;", None),
        ("&amp", None),
        ("&a&amp;", None),
    ] {
        assert_eq!(unescaped(text).ok().as_deref(), expected, "{text}");
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
        prop_assert_eq!(page.as_ref().ok(), by_sdk.as_ref());
        let page = page.unwrap();
        let keys: Vec<_> = page.objects().map(|object| object.key).collect();
        let expected: Vec<_> = objects.iter().map(|(key, ..)| key.as_str()).collect();
        prop_assert_eq!(keys, expected);
    }

    /// Whatever is done to a listing: what this reader takes, the SDK takes, and alike.
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
        if let Ok(page) = parse(&document, "site/") {
            let text = String::from_utf8_lossy(&document);
            prop_assert_eq!(read_by_sdk(&document, "site/"), Some(page), "{}", text);
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
