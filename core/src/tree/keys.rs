//! Names of a tree in one block of text: a million keys cost their bytes, not a million allocations.

/// Where a key stands in its [`KeyTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRange {
    start: u32,
    length: u16,
}

/// Append-only text of all keys of one tree.
#[derive(Clone, Debug, Default)]
pub struct KeyTable {
    text: String,
}

impl KeyTable {
    /// A table with room for keys of so many bytes together.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
        }
    }

    /// Bytes of all keys together.
    pub fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// Appends `key`; `None` when it is longer than 64 KiB or all keys together pass 4 GiB.
    pub fn push(&mut self, key: &str) -> Option<KeyRange> {
        let range = KeyRange {
            start: u32::try_from(self.text.len()).ok()?,
            length: u16::try_from(key.len()).ok()?,
        };
        self.text.push_str(key);
        Some(range)
    }

    /// The key at `range`, which must come from this table.
    pub fn get(&self, range: KeyRange) -> &str {
        let start = range.start as usize;
        self.text
            .get(start..start + usize::from(range.length))
            .unwrap_or_default()
    }

    /// The bytes of the key at `range`, which order keys as the keys themselves do, and faster.
    pub fn bytes(&self, range: KeyRange) -> &[u8] {
        let start = range.start as usize;
        let bytes = self.text.as_bytes();
        bytes
            .get(start..start + usize::from(range.length))
            .unwrap_or_default()
    }

    /// Gives spare capacity back.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::KeyTable;

    #[test]
    fn keys_come_back_as_they_went_in() {
        let mut table = KeyTable::default();
        let ranges: Vec<_> = ["a", "", "日本/ü"]
            .map(|key| table.push(key).unwrap())
            .into();
        table.shrink();
        assert_eq!(
            ranges
                .into_iter()
                .map(|range| table.get(range))
                .collect::<Vec<_>>(),
            ["a", "", "日本/ü"]
        );
        let range = table.push("ü").unwrap();
        assert_eq!(table.bytes(range), "ü".as_bytes());
        assert_eq!(table.push(&"x".repeat(65_536)), None);
    }
}
