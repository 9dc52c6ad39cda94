//! Whether a name carries a fingerprint of the content, so that other content has another name.
//!
//! Such an object never changes and may be cached for ever. To miss a fingerprint costs a visitor a
//! request; to see one where there is none keeps an old file in browsers for a year. So a digest is
//! believed where a bundler writes it: in its folders, in its file types, and, where it could be a
//! word or a number as well, beside others of the same form that could not. What the files hold is
//! not looked at: that a page refers to a name says nothing of whether the name changes, and to read
//! all pages would cost a deploy more than to list them.

mod digest;
mod name;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use digest::{Form, Grade};
use name::{Kind, Name, Suspect, folders};

/// Folders whose whole content is fingerprinted, whatever the names: those that build them serve
/// them as immutable themselves.
/// <https://nextjs.org/docs/app/guides/self-hosting>, <https://svelte.dev/docs/kit/adapter-static>,
/// <https://docs.astro.build/en/reference/configuration-reference/#buildassets>,
/// <https://nuxt.com/docs/api/nuxt-config#buildassetsdir>,
/// <https://docs.expo.dev/guides/customizing-metro/>
const IMMUTABLE_FOLDERS: &[&str] = &[
    "_next/static/",
    "_app/immutable/",
    "_astro/",
    "_nuxt/",
    "_expo/static/",
];

/// What changes in such a folder: the number of Nuxt's latest build.
const MUTABLE_NAMES: &[&str] = &["_nuxt/builds/latest.json"];

/// Where the bundlers of a deploy have written, as its names show. The default knows of no other
/// name than the one it is asked about.
#[derive(Clone, Debug, Default)]
pub struct Fingerprints {
    /// With whether most pictures there have a digest.
    places: HashMap<Place, bool>,
    /// .NET spreads its files over all folders, one or two to each.
    blazor: bool,
}

/// Where digests of one form stand in names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    folder: Box<str>,
    form: Form,
    separator: char,
}

impl Place {
    fn of(name: &Name<'_>, suspect: Suspect, separator: char) -> Self {
        Self {
            folder: name.folder.into(),
            form: suspect.form,
            separator,
        }
    }
}

/// How many files of each kind a folder has.
#[derive(Clone, Copy, Default)]
struct Census {
    code: usize,
    media: usize,
}

impl Census {
    fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Media => self.media += 1,
            Kind::Code | Kind::Blazor | Kind::Other => self.code += 1,
        }
    }
}

/// The names of one place that could have a digest there.
#[derive(Default)]
struct Company {
    /// Those that surely have one.
    sure: usize,
    /// Scripts that are none, unless programmers named them.
    likely: usize,
    /// Those that could be words.
    plain: usize,
    /// All, by their kinds.
    files: Census,
    /// Pictures whose names are no words.
    random_media: usize,
}

impl Company {
    fn add(&mut self, name: &Name<'_>, suspect: Suspect) {
        let is_sure = name.is_believed_alone(suspect)
            || (suspect.grade == Grade::Sure && name.kind == Kind::Code);
        self.sure += usize::from(is_sure);
        let is_likely = suspect.grade >= Grade::Likely
            && name.kind == Kind::Code
            && matches!(suspect.form, Form::Base32 | Form::Crockford);
        self.likely += usize::from(is_likely && !is_sure);
        self.plain += usize::from(suspect.grade == Grade::Plain);
        let is_random = name.kind == Kind::Media && suspect.grade > Grade::Plain;
        self.random_media += usize::from(is_random);
        self.files.count(name.kind);
    }

    /// Whether a bundler made these. Of random digests fewer look like words than do not, and of
    /// words nearly all do; and a bundler that gives one file a digest gives it to most.
    fn is_bundled(&self, form: Form, folder: Census) -> bool {
        let common = |these: usize, all: usize| these * 4 >= all;
        let sure = self.sure + self.likely / 2;
        let random = sure > 0 && self.plain <= sure * 3;
        // Codes and part numbers have these forms too.
        let is_common = !matches!(form, Form::Base32 | Form::Crockford)
            || if self.files.code > 0 {
                common(self.files.code, folder.code)
            } else {
                common(self.files.media, folder.media)
            };
        random && is_common
    }
}

impl Fingerprints {
    /// Learns from the names of a deploy where bundlers write.
    pub fn of<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        let mut companies: HashMap<Place, Company> = HashMap::new();
        let mut censuses: HashMap<&str, Census> = HashMap::new();
        let names = keys.into_iter().filter(|key| !is_immutable(key));
        for name in names.filter_map(Name::parse) {
            if name.kind == Kind::Other {
                continue;
            }
            censuses.entry(name.folder).or_default().count(name.kind);
            for suspect in name.suspects() {
                let place = Place::of(&name, suspect, suspect.separator);
                companies.entry(place).or_default().add(&name, suspect);
            }
        }
        let mut places = HashMap::new();
        for (place, company) in companies {
            let census = censuses.get(&*place.folder).copied().unwrap_or_default();
            if company.is_bundled(place.form, census) {
                places.insert(place, company.random_media * 2 >= census.media);
            }
        }
        let blazor = places.keys().any(|place| {
            let mut parts = folders(&place.folder);
            place.form == Form::Base36 && parts.any(|part| part == name::BLAZOR_FOLDER)
        });
        Self { places, blazor }
    }

    /// Whether the object `key` has a fingerprint in its name.
    pub fn has(&self, key: &str) -> bool {
        if is_immutable(key) {
            return true;
        }
        let Some(name) = Name::parse(key) else {
            return false;
        };
        let is_digest = |suspect| name.is_believed_alone(suspect) || self.keeps(&name, suspect);
        name.is_of_gatsby() || name.is_of_hugo() || name.suspects().any(is_digest)
    }

    /// Whether a digest that could be something else is believed for the company that it keeps.
    fn keeps(&self, name: &Name<'_>, suspect: Suspect) -> bool {
        let Suspect {
            form,
            grade,
            separator,
        } = suspect;
        if self.blazor && form == Form::Base36 && grade >= Grade::Likely {
            return true;
        }
        let at = |separator| self.places.get(&Place::of(name, suspect, separator));
        match name.kind {
            Kind::Other => false,
            Kind::Code | Kind::Blazor => at(separator).is_some(),
            // A picture that is named by nothing but its digest lies beside scripts that are not.
            Kind::Media if separator == name::WHOLE && form != Form::Width => {
                at('.').or_else(|| at('-')).is_some()
            }
            // People put pictures beside those of a bundler: `icon-MyButton`, `photo-20481234`.
            Kind::Media => at(separator).is_some_and(|most| *most || grade >= Grade::Probable),
        }
    }
}

/// Whether `key` is below a folder of which everything is fingerprinted.
fn is_immutable(key: &str) -> bool {
    let is_below = |folder: &&str| {
        let mut places = key.match_indices(*folder);
        places.any(|(at, _)| at == 0 || key.as_bytes().get(at - 1) == Some(&b'/'))
    };
    // Most keys have none, and are known by it at once.
    (key.starts_with('_') || key.contains("/_"))
        && IMMUTABLE_FOLDERS.iter().any(is_below)
        && !MUTABLE_NAMES.iter().any(|name| key.ends_with(name))
}
