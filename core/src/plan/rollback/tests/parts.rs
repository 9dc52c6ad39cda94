//! Which versions are copied part by part, and which only as a whole.

use super::{COPY_BYTES_MAX, Content, Difference, ETag, Restore, Stored, plan, record, restore};

/// One request copies up to 5 GiB, with tags and headers that nobody is told; parts make the ETag that was.
#[test]
fn what_was_uploaded_in_parts_is_copied_in_parts() {
    let (whole, parts) = (ETag::Md5([1; 16]), ETag::Multipart([1; 16], 3));
    let plain = Stored {
        expires: Some("Tue, 01 Jan 2030 00:00:00 GMT".to_owned()),
        ..Stored::default()
    };
    let odd = [
        Stored {
            tags: 1,
            ..Stored::default()
        },
        Stored {
            more_metadata: true,
            ..Stored::default()
        },
        Stored {
            expires: Some("tomorrow".to_owned()),
            ..Stored::default()
        },
    ];
    let in_parts = |etag, size, stored: &Stored| {
        let restore = Restore {
            etag,
            ..restore("a", size, true)
        };
        let difference = Difference {
            restores: vec![restore],
            ..Difference::default()
        };
        let planned = plan(difference, vec![Some(stored.clone())], &record(&[]));
        let planned = planned.ok()?;
        let upload = planned.uploads().next()?;
        let Content::Version(kept) = &upload.content else {
            return None;
        };
        Some(kept.in_parts)
    };
    assert_eq!(in_parts(whole, COPY_BYTES_MAX, &plain), Some(false));
    assert_eq!(in_parts(parts, 1, &plain), Some(true));
    assert_eq!(
        in_parts(ETag::Opaque, COPY_BYTES_MAX + 1, &plain),
        Some(true)
    );
    for odd in &odd {
        assert_eq!(in_parts(parts, COPY_BYTES_MAX, odd), Some(false));
        assert_eq!(in_parts(parts, COPY_BYTES_MAX + 1, odd), None);
    }
}
