//! Which redirects of a site lead back to where they begin: to themselves, to another URL of the
//! same page, or around a circle. No visitor ever arrives there, and a page that such a redirect
//! replaces is gone.

use std::collections::HashMap;

use super::path_pattern::keys_at;
use super::redirects::Redirect;

/// To a URL of its own object.
pub const ITSELF: &str = "leads to itself";
/// Over others back to one that was met before.
pub const CIRCLE: &str = "leads in a circle";

/// For each of `redirects`, why it is to be left out, if it is. `is_file` tells which keys the site
/// has files for: one wins over a redirect that is not forced, and stays where a redirect is left
/// out. `prefix` is that of the destination: whether paths begin at it depends on what stands in
/// front of the bucket. URLs on the host of `site`, the site's own URL, are paths.
pub fn find(
    redirects: &[&Redirect],
    is_file: impl Fn(&str) -> bool,
    prefix: &str,
    site: Option<&str>,
) -> Vec<Option<&'static str>> {
    let host = site.and_then(split_host).map(|(host, _)| host);
    let places = redirects.iter().map(|it| it.key.as_str()).zip(0..);
    let by_key: HashMap<&str, usize> = places.collect();
    let next = (0..).zip(redirects).map(|(index, redirect)| {
        let keys = keys_at(path_on(host, &redirect.location), prefix);
        let mut known = keys.iter().map(String::as_str);
        let met = known.find(|key| by_key.contains_key(key) || is_file(key));
        let next = met.and_then(|key| by_key.get(key)).copied();
        let is_made = redirect.forced || !is_file(&redirect.key);
        next.filter(|next| is_made || *next == index)
    });
    let next: Vec<Option<usize>> = next.collect();
    let stays = |place: usize| redirects.get(place).is_some_and(|it| is_file(&it.key));
    let ends = ends(&next, stays);
    let reasons = (0..).zip(next.iter().zip(ends));
    let reasons = reasons.map(|(place, (leads_to, ends))| match leads_to {
        _ if ends => None,
        Some(itself) if *itself == place => Some(ITSELF),
        _ => Some(CIRCLE),
    });
    reasons.collect()
}

/// The path of `location` if it is on `host`; any other stays as it is.
fn path_on<'a>(host: Option<&str>, location: &'a str) -> &'a str {
    match (host, split_host(location)) {
        (Some(own), Some((host, path))) if own.eq_ignore_ascii_case(host) => {
            if path.starts_with('/') { path } else { "/" }
        }
        _ => location,
    }
}

/// Host and port of an http(s) URL, and what comes behind them.
fn split_host(url: &str) -> Option<(&str, &str)> {
    let rest = url
        .strip_prefix("https://")
        .or(url.strip_prefix("http://"))?;
    Some(rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())))
}

/// Which of the places come to an end, each with the `next` that it leads to. A place that does not is left
/// out, and is an end for others where something `stays`.
fn ends(next: &[Option<usize>], stays: impl Fn(usize) -> bool) -> Vec<bool> {
    let behind = |place: usize| next.get(place).copied().flatten();
    let mut ways_to = vec![0_usize; next.len()];
    for place in next.iter().flatten() {
        if let Some(ways) = ways_to.get_mut(*place) {
            *ways += 1;
        }
    }
    // Places to which no way is left lead somewhere or into a circle, and are in none.
    let is_outside = |place: &usize| ways_to.get(*place) == Some(&0);
    let mut outside: Vec<usize> = (0..next.len()).filter(is_outside).collect();
    let mut taken = 0;
    while let Some(place) = outside.get(taken) {
        if let Some(place) = behind(*place)
            && let Some(ways) = ways_to.get_mut(place)
        {
            *ways -= 1;
            outside.extend((*ways == 0).then_some(place));
        }
        taken += 1;
    }
    let mut ends = vec![false; next.len()];
    for place in outside.into_iter().rev() {
        let does =
            behind(place).is_none_or(|behind| ends.get(behind) == Some(&true) || stays(behind));
        if let Some(end) = ends.get_mut(place) {
            *end = does;
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::{CIRCLE, ITSELF, find};
    use crate::rules::path_pattern::keys_at;
    use crate::rules::redirects::{Redirect, parse};

    fn left_out(text: &str, files: &[&str], prefix: &str) -> Vec<(usize, &'static str)> {
        let file = parse(text);
        assert!(file.left_out.is_empty(), "{text}: {:?}", file.left_out);
        let redirects: Vec<&Redirect> = file.redirects.iter().collect();
        let site = Some("https://www.example.com/docs/");
        let found = find(&redirects, |key| files.contains(&key), prefix, site);
        let found = redirects.iter().zip(found);
        found
            .filter_map(|(redirect, reason)| Some((redirect.line, reason?)))
            .collect()
    }

    #[test]
    fn a_redirect_to_a_url_of_the_same_object_leads_to_itself() {
        for (line, files) in [
            ("/index.html / 301!", &["index.html"][..]),
            ("/index.html /", &["index.html"]),
            ("/index.html /", &[]),
            ("/ /index.html 301!", &["index.html"]),
            ("/index.html /index 301!", &["index.html"]),
            ("/index.html /?from=old#top 301!", &["index.html"]),
            ("/ /#top 301!", &["index.html"]),
            ("/x/ /x/index.html", &[]),
            ("/x/index.html /x/ 301!", &["x/index.html"]),
            ("/x/index.html /x 301!", &["x/index.html"]),
            ("/x/ /x", &[]),
            ("/x /x/", &[]),
            ("/about.html /about 301!", &["about.html"]),
            ("/about.html /about/ 301!", &["about.html"]),
            ("/about.html /about", &["about.html"]),
            ("/about.html /about", &[]),
            ("/about /about 301!", &["about"]),
            ("/y.html /y.html", &[]),
            ("/caf%C3%A9 /caf\u{e9}", &[]),
            ("/caf\u{e9} /caf%c3%a9", &[]),
            ("/a%2Db /a-b", &[]),
            ("/index.html https://www.example.com/ 301!", &["index.html"]),
            (
                "/index.html https://WWW.example.com?x 301!",
                &["index.html"],
            ),
            ("/a http://www.example.com/a#x", &[]),
            ("/a //www.example.com/a", &[]),
            ("/a /./b/../a", &[]),
            ("/a /%2e/a", &[]),
            ("/x/ /y/../x/.", &[]),
        ] {
            assert_eq!(left_out(line, files, ""), [(1, ITSELF)], "{line}");
        }
    }

    #[test]
    fn a_redirect_to_another_object_stays() {
        for (text, files) in [
            ("/old / 301", &["index.html"][..]),
            ("/about /about.html", &["about.html"]),
            ("/x /x/", &["x/index.html"]),
            ("/x.html /x/ 301!", &["x.html", "x/index.html"]),
            ("/about.html /about", &["about/index.html"]),
            ("/about.html /about 301!", &["about", "about.html"]),
            ("/About /about", &["about"]),
            ("/a https://example.com/a", &[]),
            (
                "/index.html https://www.example.com.evil.example/ 301!",
                &["index.html"],
            ),
            ("/a https://www.example.com/b", &[]),
            ("/a //example.com/a", &[]),
            ("/a /b\n/b /c", &[]),
            ("/a /b\n/b /a", &["a"]),
            ("/about.html /about\n/about /team", &[]),
            ("/a /nowhere", &[]),
        ] {
            assert_eq!(left_out(text, files, ""), [], "{text}");
        }
    }

    #[test]
    fn circles_and_what_leads_into_them_are_found() {
        for (text, files, expected) in [
            ("/a /b\n/b /a", &[][..], &[(1, CIRCLE), (2, CIRCLE)][..]),
            (
                "/a /b 301!\n/b /a 301!",
                &["a", "b"],
                &[(1, CIRCLE), (2, CIRCLE)],
            ),
            (
                "/a /b\n/b /c/\n/c/ /a#x\n/d /e",
                &[],
                &[(1, CIRCLE), (2, CIRCLE), (3, CIRCLE)],
            ),
            (
                "/in /a\n/a /b\n/b /a\n/far /in",
                &[],
                &[(1, CIRCLE), (2, CIRCLE), (3, CIRCLE), (4, CIRCLE)],
            ),
            // The page stays, so that others may lead to it.
            (
                "/in /a\n/a /b 301!\n/b /a",
                &["a"],
                &[(2, CIRCLE), (3, CIRCLE)],
            ),
            ("/in /\n/index.html / 301!", &["index.html"], &[(2, ITSELF)]),
            ("/in /a\n/a /a", &[], &[(1, CIRCLE), (2, ITSELF)]),
            (
                "/about /about.html\n/about.html /about",
                &["about.html"],
                &[],
            ),
            (
                "/about /about.html\n/about.html /about 301!",
                &["about.html"],
                &[(1, CIRCLE), (2, CIRCLE)],
            ),
        ] {
            assert_eq!(left_out(text, files, ""), expected, "{text}");
        }
    }

    #[test]
    fn paths_may_begin_at_the_host_or_at_the_prefix() {
        for (line, files, expected) in [
            (
                "/index.html / 301!",
                &["index.html"][..],
                &[(1, ITSELF)][..],
            ),
            ("/index.html /docs/ 301!", &["index.html"], &[(1, ITSELF)]),
            ("/a /docs/a", &[], &[(1, ITSELF)]),
            ("/a /docs/a", &["docs/a"], &[]),
            ("/a /docsx/a", &[], &[]),
        ] {
            assert_eq!(left_out(line, files, "docs/"), expected, "{line}");
        }
    }

    #[test]
    fn a_long_way_is_walked_once() {
        let lines = (0..50_000).map(|number| format!("/{} /{number}\n", number + 1));
        let text = lines.collect::<Vec<_>>().concat();
        assert_eq!(left_out(&text, &[], ""), []);
        assert_eq!(
            left_out(&format!("{text}/0 /50000\n"), &[], "").len(),
            50_001
        );
    }

    proptest::proptest! {
        /// Whatever is left of the redirects, to follow them comes to an end.
        #[test]
        fn what_stays_ends(
            lines in proptest::collection::vec(
                ("(/(a|b|index)(\\.html)?(/(a|index\\.html)?)?|/)", "(/(a|b|index)(\\.html)?(/(a|index\\.html)?)?|/)", proptest::bool::ANY),
                0..12,
            ),
            files in proptest::collection::vec("(a|b|index)(\\.html)?(/(a|index\\.html))?", 0..6),
        ) {
            let lines: Vec<String> = lines
                .iter()
                .map(|(from, to, forced)| format!("{from} {to} 301{}\n", if *forced { "!" } else { "" }))
                .collect();
            let text = lines.concat();
            let redirects = parse(&text).redirects;
            let all: Vec<&Redirect> = redirects.iter().collect();
            let is_file = |key: &str| files.iter().any(|file| file == key);
            let found = find(&all, is_file, "", None);
            let kept: Vec<&Redirect> = all
                .iter()
                .zip(found)
                .filter(|(redirect, reason)| reason.is_none() && (redirect.forced || !is_file(&redirect.key)))
                .map(|(redirect, _)| *redirect)
                .collect();
            let at = |key: &str| kept.iter().find(|redirect| redirect.key == key);
            for start in &kept {
                let mut here = Some(start);
                for _ in 0..=kept.len() {
                    here = here.and_then(|redirect| {
                        let keys = keys_at(&redirect.location, "");
                        let met = keys.iter().find(|key| at(key).is_some() || is_file(key));
                        met.and_then(|key| at(key))
                    });
                }
                proptest::prop_assert!(here.is_none(), "{} goes round in\n{text}", start.key);
            }
        }
    }
}
