//! The matcher under every kind of pattern with `*`. What stands for one character is the pattern's
//! business.

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<One> {
    /// Any characters, or none.
    Many,
    /// One character.
    One(One),
}

/// Whether `pieces` match the whole of `text`; `fits` says which characters a piece stands for.
/// Takes at most as many steps as pieces times characters.
pub(crate) fn matches<One>(
    pieces: &[Piece<One>],
    text: &str,
    fits: impl Fn(&One, char) -> bool,
) -> bool {
    let (mut pieces, mut text) = (pieces, text.chars());
    // Where to go on when the pieces behind the last star do not fit here.
    let mut retry = None;
    loop {
        match pieces.split_first() {
            Some((Piece::Many, behind)) => {
                pieces = behind;
                retry = Some((behind, text.clone()));
                continue;
            }
            Some((Piece::One(one), behind)) => {
                let mut next = text.clone();
                if next.next().is_some_and(|character| fits(one, character)) {
                    (pieces, text) = (behind, next);
                    continue;
                }
            }
            None if text.as_str().is_empty() => return true,
            None => {}
        }
        // The last star takes one character more; an earlier one need not, for what it could take
        // the last one can take as well.
        let Some((behind, from)) = &mut retry else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        (pieces, text) = (*behind, from.clone());
    }
}
