//! Sources among what is deployed: a folder that is a repository, and not what it was built to.

use crate::base::units::listed;

/// Names at the top of a repository that no site has to have. Those that end in `/` are folders; a `*`
/// in front stands for any name.
const SOURCES: &str = "\
    .dockerignore .editorconfig .eslintrc.json .gitattributes .gitignore .github/ *.csproj *.sln \
    *.tf *.tfvars Cargo.toml Dockerfile Gemfile Makefile Pipfile build.gradle bun.lockb \
    composer.json composer.lock docker-compose.yml go.mod go.sum node_modules/ package-lock.json \
    package.json pnpm-lock.yaml pom.xml pyproject.toml requirements.txt tsconfig.json \
    vite.config.js vite.config.ts yarn.lock";

/// A warning of the sources among `names`, relative to the folder that is deployed, with the line that
/// leaves them out.
pub fn warning<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        let source = SOURCES
            .split_whitespace()
            .find(|source| is_at_top(name, source));
        if let Some(source) = source.filter(|source| !found.contains(source)) {
            found.push(source);
        }
    }
    if found.is_empty() {
        return None;
    }
    let patterns: Vec<String> = found.iter().map(|source| format!("/{source}")).collect();
    let told = listed(found.iter().map(|source| format!("`{source}`")));
    Some(format!(
        "LOCAL_PATH holds sources ({told}) that visitors would get: if it is the repository, name the folder that it is built to; otherwise leave them out with EXCLUDE: '{}'",
        patterns.join(" ")
    ))
}

fn is_at_top(name: &str, source: &str) -> bool {
    match (source.strip_suffix('/'), source.strip_prefix('*')) {
        (Some(folder), _) => name
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/')),
        (None, Some(end)) => !name.contains('/') && name.ends_with(end),
        (None, None) => name == source,
    }
}

#[cfg(test)]
mod tests {
    use super::warning;

    #[test]
    fn sources_are_told_once_with_the_line_to_paste() {
        let names = [
            "Dockerfile",
            "index.html",
            "main.tf",
            "node_modules/a/b.js",
            "node_modules/c.js",
            "vars.tf",
        ];
        let told = warning(names).unwrap();
        assert!(
            told.contains("(`Dockerfile`, `*.tf`, `node_modules/`)"),
            "{told}"
        );
        assert!(
            told.ends_with("EXCLUDE: '/Dockerfile /*.tf /node_modules/'"),
            "{told}"
        );
    }

    #[test]
    fn what_sites_have_is_no_source() {
        let names = [
            "index.html",
            "assets/package.json",
            "docs/Dockerfile",
            "assets/node_modules/x.js",
            "node_modules.html",
            "manifest.json",
            "robots.txt",
            ".well-known/security.txt",
        ];
        assert_eq!(warning(names), None);
        assert_eq!(warning([]), None);
    }
}
