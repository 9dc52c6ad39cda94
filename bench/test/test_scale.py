"""What docs/scale.md says is what its constants give."""

import unittest

from harness import scale


class Scale(unittest.TestCase):
    def test_the_document_is_as_computed(self):
        text = scale.DOCUMENT.read_text(encoding="utf-8")
        self.assertEqual(
            scale.computed(text),
            text,
            "write it anew: PYTHONPATH=bench python3 -m harness.scale --write",
        )

    def test_a_constant_moves_what_depends_on_it(self):
        text = scale.DOCUMENT.read_text(encoding="utf-8")
        slower = text.replace("| 3,500 |", "| 350 |")
        self.assertNotEqual(slower, text)
        line = "| … by S3's rate for one prefix | 48 min | 7.9 h | 79.4 h |"
        self.assertIn(line, scale.computed(slower))
        self.assertNotIn(line, text)

    def test_units_and_roundings(self):
        self.assertEqual(
            [scale.time(seconds) for seconds in (0.4, 99, 100, 5999, 6000)],
            ["0.4 s", "99 s", "2 min", "100 min", "1.7 h"],
        )
        self.assertEqual(
            [scale.size(count) for count in (1 << 20, 3 << 29, 11 << 30)],
            ["1 MiB", "1.5 GiB", "11 GiB"],
        )
        self.assertEqual(
            [scale.dollars(amount) for amount in (0.005, 0.4, 500.5, 5)],
            ["$0.005", "$0.40", "$500.50", "$5"],
        )


if __name__ == "__main__":
    unittest.main()
