//! The colours of marks and level words. Each can be read on black and on white.

/// A colour of the 256 that terminals agree on; the first sixteen are whatever the user's theme says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Green,
    Yellow,
    Red,
    Blue,
    Grey,
}

impl Paint {
    /// Its number, by <https://en.wikipedia.org/wiki/ANSI_escape_code#8-bit>.
    fn number(self) -> u8 {
        match self {
            Self::Green => 28,
            Self::Yellow => 130,
            Self::Red => 131,
            Self::Blue => 63,
            Self::Grey => 243,
        }
    }

    /// `text` in this colour.
    pub(super) fn on(self, text: &str) -> String {
        format!("\u{1b}[38;5;{}m{text}\u{1b}[0m", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::Paint;

    /// Red, green and blue of a colour of the cube or of the greys.
    fn channels(number: u8) -> [f64; 3] {
        const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let level = |index: u8| f64::from(LEVELS[usize::from(index)]);
        match number {
            16..=231 => {
                let index = number - 16;
                [index / 36, index / 6 % 6, index % 6].map(level)
            }
            232.. => [f64::from(8 + 10 * (number - 232)); 3],
            _ => panic!("a theme's own"),
        }
    }

    /// <https://www.w3.org/TR/WCAG21/#dfn-relative-luminance>
    fn luminance(channels: [f64; 3]) -> f64 {
        let linear = channels.map(|channel| {
            let share = channel / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn every_colour_is_read_on_black_and_on_white() {
        for paint in [
            Paint::Green,
            Paint::Yellow,
            Paint::Red,
            Paint::Blue,
            Paint::Grey,
        ] {
            let luminance = luminance(channels(paint.number()));
            let on_white = 1.05 / (luminance + 0.05);
            let on_black = (luminance + 0.05) / 0.05;
            assert!(
                on_white > 4.4 && on_black > 4.4,
                "{paint:?}: {on_white} {on_black}"
            );
        }
    }
}
