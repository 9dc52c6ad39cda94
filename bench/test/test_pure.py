"""The parts of the harness that are functions of values."""

import unittest
from dataclasses import replace

from harness import report, results, targets, trees, workloads
from harness.results import Summary
from harness.runner import Contents, Run, compare
from harness.tools import BARE, CONTENT_TRUE, TUNED
from harness.workloads import Entry, Workload

RUN = Run(0, 2.0, 1.0, 1024, {"PutObject": 3}, 2, 5, 0.01, Contents(0, 0, 0))


def summary(**changes) -> Summary:
    return replace(results.summarise([RUN]), **changes)


def verdicts(workload: Workload, rows: dict[Entry, Summary]) -> dict[str, str]:
    """Texts by name."""
    judged = targets.judge([workload], {workload.name: rows})
    return {verdict.name: verdict.text for verdict in judged}


def named(name: str) -> Workload:
    return next(row for row in workloads.table(20) if row.name == name)


class Pure(unittest.TestCase):
    def test_buckets_are_compared_by_key_and_sum(self):
        folder = {"a": "1", "b": "2", "c": "3"}
        for bucket, expected in [
            (folder, Contents(0, 0, 0)),
            ({}, Contents(3, 0, 0)),
            ({"a": "1", "b": "other", "d": "4"}, Contents(1, 1, 1)),
            (folder | {".aws-oidc-s3-deploy/record": "5"}, Contents(0, 0, 0)),
        ]:
            self.assertEqual(compare(folder, bucket), expected)

    def test_runs_become_medians_and_the_worst(self):
        runs = [
            replace(RUN, wall=9.0),
            replace(RUN, wall=1.0, peak_kib=4096, contents=Contents(0, 2, 0)),
            replace(RUN, exit_code=1),
        ]
        made = results.summarise(runs)
        self.assertEqual((made.wall, made.peak_mib, made.runs), (2.0, 4.0, 3))
        self.assertEqual((made.contents.stale, made.failed), (2, True))

    def test_a_first_deploy_is_judged_by_the_best_peer(self):
        rows = {
            Entry("ours"): summary(wall=1.0, cpu=1.0, peak_mib=50.0),
            Entry("s3sync"): summary(wall=4.0, cpu=4.0),
            Entry("aws"): summary(wall=1.6, cpu=9.0),
            # Not a peer to be compared with: it did not do the work.
            Entry("rclone"): summary(wall=0.1, cpu=0.1, failed=True),
        }
        self.assertEqual(
            verdicts(named("first"), rows),
            {
                "first: wrong in the bucket": "met",
                "first: wall, of best peer (aws)": "missed by 25 %",
                "first: CPU per file, of leanest peer (s3sync)": "met",
                "first: CPU per file, of s3sync": "met",
                "first: peak MiB": "missed by 25 %",
            },
        )

    def test_with_delay_the_connections_are_to_be_used(self):
        counts = {"PutObject": 4999, "ListObjectsV2": 1}
        ours = summary(wall=2.0, counts=counts, in_flight=64)
        name = "first-tls-20ms: requests × delay ÷ connections, of wall"
        rows = {
            Entry("ours"): ours,
            Entry("s5cmd"): summary(wall=9.0),
            Entry("rclone", TUNED): summary(wall=4.0),
        }
        told = verdicts(named("first-tls-20ms"), rows)
        self.assertRegex(told[name], "^missed by 9 %: .*round trips")
        best = [text for name, text in told.items() if "best peer (rclone --" in name]
        self.assertEqual(
            best, ["missed by 25 %: both wait for the delay on as many connections"]
        )
        ours = replace(ours, wall=1.8)
        rows = {Entry("ours"): ours}
        self.assertEqual(verdicts(named("first-tls-20ms"), rows)[name], "met")

    def test_the_record_may_cost_two_round_trips(self):
        name = "changed-tls-20ms: wall, of that without record and grace, and 2 round trips"
        for wall, expected in [(1.09, "^met$"), (1.12, "^missed by 3 %: the record's ")]:
            rows = {
                Entry("ours", CONTENT_TRUE): summary(wall=wall),
                Entry("ours", BARE): summary(wall=1.0),
            }
            told = verdicts(named("changed-tls-20ms"), rows)
            self.assertRegex(told[name], expected)

    def test_a_throttled_deploy_is_judged_by_the_rate(self):
        name = "first-tls-20ms-throttled: wall, of what 500 a second allow"
        for wall, expected in [(12.9, "met"), (26.0, "missed by 100 %")]:
            rows = {Entry("ours"): summary(wall=wall)}
            told = verdicts(named("first-tls-20ms-throttled"), rows)
            self.assertEqual(told[name], expected)
        failed = {Entry("ours"): summary(failed=True)}
        told = verdicts(named("first-tls-20ms-throttled"), failed)
        self.assertEqual(told["first-tls-20ms-throttled: exit code"], "missed")

    def test_names_say_the_conditions(self):
        table = workloads.table(20)
        names = [workload.name for workload in table]
        self.assertEqual(len(names), len(set(names)))
        called = {row.name for row in table if row.is_called("tls")}
        self.assertEqual(called, {row.name for row in table if row.conditions.tls})
        late = named("first-tls-20ms-tail").conditions
        self.assertEqual(
            late.words, "TLS, 20 ms per request, one request of 100 takes 2,000 ms more"
        )
        self.assertEqual(
            late.arguments("ca.pem"),
            ["--delay-ms", "20", "--tls", "ca.pem", "--tail", "100:2000"],
        )

    def test_unchanged_trees_are_judged_by_the_limit_and_requests(self):
        rows = {
            Entry("ours", CONTENT_TRUE): summary(counts={"ListObjectsV2": 10}),
            Entry("limit", CONTENT_TRUE): summary(wall=1.0),
            Entry("rclone", CONTENT_TRUE): summary(wall=1.9),
            # In another mode it did another job.
            Entry("s3sync"): summary(wall=0.1),
        }
        self.assertEqual(
            verdicts(named("unchanged"), rows),
            {
                "unchanged: wrong in the bucket": "met",
                "unchanged: wall, of limit": "missed by 54 %",
                "unchanged: wall, of best peer (rclone --checksum --fast-list)": "missed by 5 %",
                "unchanged: requests beside PUTs": "missed by 25 %: a listing that is read in "
                "parallel has pages that are not full, and a large record is read in ranges",
            },
        )

    def test_a_wrong_bucket_or_a_failure_is_missed(self):
        wrong = summary(contents=Contents(0, 1, 0))
        told = verdicts(named("large"), {Entry("ours"): wrong})
        self.assertEqual(told["large: wrong in the bucket"], "missed")
        told = verdicts(named("large"), {Entry("ours"): summary(failed=True)})
        self.assertEqual(told["large: exit code"], "missed")

    def test_every_workload_is_judged_and_shown(self):
        for workload in workloads.table(20):
            rows = {entry: summary() for entry in workload.entries}
            self.assertGreater(len(verdicts(workload, rows)), 1, workload.name)
            lines = report.tables([workload], {workload.name: rows})
            shown = [line for line in lines if line.startswith("| `")]
            self.assertEqual(len(shown), len(workload.entries))

    def test_a_row_tells_everything(self):
        workload = named("changed")
        rows = {
            Entry("ours", CONTENT_TRUE): summary(),
            Entry("limit", CONTENT_TRUE): summary(wall=1.0, cpu=0.5),
            Entry("s5cmd", "size only"): summary(
                wall=3.0, contents=Contents(0, 50, 0), counts={"A": 1, "B": 2000}
            ),
        }
        last = results.table(workload, rows)[-1]
        self.assertEqual(
            last,
            "| `s5cmd --size-only` | 3.00 | 1.50 | 3.00 | 1.00 | 1.00 | 1 "
            "| 2,000 B, 1 A | 2 | 5 | 50 stale | 1 |",
        )

    def test_changed_files_keep_their_size(self):
        for index, differs in [(0, True), (1, False), (100, True)]:
            key, size, before = trees._file(trees.SITE, index)
            new_key, new_size, after = trees._file(trees.SITE_CHANGED, index)
            self.assertEqual((key, size), (new_key, new_size))
            before, after = b"".join(before), b"".join(after)
            self.assertEqual((len(before), len(after)), (size, size))
            self.assertEqual(before != after, differs)
        self.assertEqual(targets.changed_files(trees.SITE_CHANGED), 50)

    def test_trees_are_scaled(self):
        scaled = [spec.scaled(0.01) for spec in (trees.SITE, trees.LARGE, trees.START)]
        self.assertEqual([spec.files for spec in scaled], [50, 1, 1])
        self.assertEqual(scaled[1].size_max, round(trees.GIB / 100))
