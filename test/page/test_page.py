"""The page of REPORT_FILE, as a person with a browser meets it."""

import itertools

import pytest

import tree
from browser import Browser, View
from moto_server import Moto
from pipe import Pipe
from tree import Bucket

bucket_numbers = itertools.count(1)

# Names that would be markup, leave their attribute or turn the text around, were they not escaped.
HOSTILE = {
    "<img src=x onerror=alert(1)>.html": b"<p>",
    "\"><script>alert(1)<\\script>.js": b"1",
    "<": b"<",
    "' onmouseover='alert(1).css": b"p {}",
    "&lt;b&gt;.txt": b"b",
    "\u202egpj.exe": b"x",
    "<style>/<iframe>/a.html": b"a",
    "a" * 200 + ".js": b"long",
    "deep/" * 60 + "file.json": b"{}",
}

# The lowest contrast of any text with what is behind it, and the text.
# https://www.w3.org/TR/WCAG22/#contrast-minimum
CONTRAST = """
(() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  let least = [21, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim()) continue;
    const element = node.parentElement;
    const [low, high] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < least[0]) least = [ratio, node.data];
  }
  return least;
})()
"""


@pytest.fixture(scope="module")
def server():
    server = Moto()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.stop()


@pytest.fixture
def bucket(server) -> Bucket:
    return Bucket(server.client("s3"), f"bucket-{next(bucket_numbers)}")


@pytest.fixture
def deploy(server, bucket, tmp_path):
    """Runs the pipe, and gives the file with its page."""
    folder = tmp_path / "dist"
    folder.mkdir()
    pipe = Pipe(server, tmp_path)

    def deploy(exit_code: int, files: dict[str, bytes] | None = None, **variables):
        tree.write(folder, files or {})
        page = tmp_path / "deploy.html"
        page.unlink(missing_ok=True)
        run = pipe.run(
            **{
                "S3_BUCKET": f"{bucket.name}/docs",
                "LOCAL_PATH": str(folder),
                "REPORT_FILE": str(page),
                **variables,
            }
        )
        assert run.exit_code == exit_code, run.text
        return page

    return deploy


def look(browser, page, scheme="light", width=360) -> str:
    """The text of a page that anybody can read: complete, quiet, narrow enough and in contrast."""
    view = View(browser, page, scheme, width)
    assert view.complaints == []
    assert view.requests == []
    widths = "[document.documentElement.scrollWidth, innerWidth]"
    needed, given = view.tell(widths)
    assert needed <= given == width
    ratio, text = view.tell(CONTRAST)
    assert ratio >= 4.5, text
    assert view.tell("document.querySelectorAll('script, img, iframe, object, form').length") == 0
    assert view.tell("document.querySelectorAll('h1').length") == 1
    assert view.tell("document.documentElement.lang") == "en"
    # Everything with a heading is a place to jump to, and every folder can be opened by its name.
    assert view.tell("[...document.querySelectorAll('section')].every((it) => it.ariaLabel)")
    assert view.tell("[...document.querySelectorAll('details')].every((it) => it.firstElementChild.tagName == 'SUMMARY')")
    told = view.text
    view.close()
    return told


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_deploy_tells_what_changed(browser, deploy, bucket, scheme, width):
    site = {**tree.small_site(), **HOSTILE}
    deploy(0, site)
    bucket.put({"docs/old/gone.js": b"1", "docs/style.css": b"p {}"})
    page = deploy(
        0,
        {"blog/new.html": b"new"},
        DELETE_FLAG="true",
        CACHE_CONTROL="max-age=60",
        COMPARE_HEADERS="true",
        BITBUCKET_COMMIT="c0ffee",
    )
    told = look(browser, page, scheme, width)
    for expected in [
        "Deployed",
        f"s3://{bucket.name}/docs/",
        "c0ffee",
        "https://bitbucket.org/acme/site/pipelines/results/42",
        "1 new",
        "1 deleted",
        "What changed",
        "old/",
        "gone.js",
        "new.html",
        "headers",
        "Timeline",
        "stale-assets",
        "1 of 1 done",
        "Cache-Control: max-age=60",
        "Requests",
        "PutObject",
        # As they are, and not as what they would do.
        "<img src=x onerror=alert(1)>.html",
        "<iframe>/",
        "' onmouseover='alert(1).css",
        "&lt;b&gt;.txt",
        "\\u{202e}gpj.exe",
    ]:
        assert expected in told, told
    assert "What went wrong" not in told


def test_a_dry_run_shows_the_plan(browser, deploy):
    told = look(browser, deploy(0, {"a.html": b"a", "b/c.js": b"b"}, DRY_RUN="true"))
    for expected in ["Plan", "What would change", "a.html", "c.js", "2 new"]:
        assert expected in told, told
    for unexpected in ["not attempted", "Timeline", "failed"]:
        assert unexpected not in told, told


def test_a_failure_tells_what_went_wrong(browser, deploy):
    told = look(browser, deploy(1, {"a.html": b"a", "b.js": b"b"}, CHECKSUM="required"))
    for expected in ["Failed", "What went wrong", "What failed", "b.js", "not attempted"]:
        assert expected in told, told


def test_files_that_stop_it_are_named(browser, deploy):
    told = look(browser, deploy(2, {"<b>.pem": b"x", ".env": b"A_SECRET=hunter2hunter2"}))
    for expected in ["Refused", "Files that stopped it", ".env", "Read more"]:
        assert expected in told, told


def test_a_refused_configuration_has_a_page_too(browser, deploy):
    told = look(browser, deploy(2, {"a": b"a"}, ACL="<script>alert(1)</script>"))
    for expected in ["Refused", "ACL: invalid value `<script>alert(1)</script>`", "Exit code"]:
        assert expected in told, told


def test_nothing_to_do_is_said_in_a_word(browser, deploy):
    deploy(0, {"a": b"a"})
    told = look(browser, deploy(0))
    assert "Already up to date" in told
    assert "What changed" not in told


def test_many_changes_are_bounded(browser, deploy):
    files = {f"{index % 40:02}/{index:05}.txt": b"x" for index in range(10_001)}
    told = look(browser, deploy(0, files, DRY_RUN="true"))
    assert "10001 new" in told
    assert "And 1 more change without a name here." in told
