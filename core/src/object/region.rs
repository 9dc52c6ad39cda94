//! Names of regions: those of AWS by their shape, those of other servers by what a signature can carry.

use crate::base::invalid::Invalid;
use crate::base::{is_made_of, nearest};

/// The regions that AWS has announced, to offer the nearest one and to warn of others; behind each what
/// the console, prices and documents call it. A region that is newer than this list is taken, if it has
/// the shape of one.
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const REGIONS: &str = "
    af-south-1 cape town, ap-east-1 hong kong, ap-east-2 taipei, ap-northeast-1 tokyo,
    ap-northeast-2 seoul, ap-northeast-3 osaka, ap-south-1 mumbai, ap-south-2 hyderabad,
    ap-southeast-1 singapore, ap-southeast-2 sydney, ap-southeast-3 jakarta,
    ap-southeast-4 melbourne, ap-southeast-5 malaysia, ap-southeast-6 new zealand,
    ap-southeast-7 bangkok, ca-central-1 canada, ca-west-1 calgary, cn-north-1 beijing,
    cn-northwest-1 ningxia, eu-central-1 frankfurt, eu-central-2 zurich, eu-isoe-west-1,
    eu-north-1 stockholm, eu-south-1 milan, eu-south-2 spain, eu-west-1 ireland,
    eu-west-2 london, eu-west-3 paris, eusc-de-east-1 brandenburg, il-central-1 tel aviv,
    me-central-1 uae, me-south-1 bahrain, mx-central-1 mexico, sa-east-1 sao paulo,
    us-east-1 virginia, us-east-2 ohio, us-gov-east-1, us-gov-west-1, us-iso-east-1,
    us-iso-west-1, us-isob-east-1, us-isob-west-1, us-isof-east-1, us-isof-south-1,
    us-west-1 california, us-west-2 oregon
";

/// Each region with its place, which is empty where nobody calls it by one.
fn regions() -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = REGIONS.split(',').map(str::trim);
    rows.map(|row| row.split_once(' ').unwrap_or((row, "")))
}

/// Reads the name of one of AWS's regions.
///
/// # Errors
/// When no region can be called so; with the nearest one that is.
pub fn of_aws(value: &str) -> Result<String, Invalid> {
    if has_shape(value) && !value.contains("fips") {
        return Ok(value.to_owned());
    }
    let mut help = match nearest_known(value) {
        Some(region) => format!("did you mean `{region}`?"),
        None => "write it as in the console's address, for example `us-east-1`".to_owned(),
    };
    if value.contains("fips") {
        "name the region alone, and set AWS_USE_FIPS_ENDPOINT: 'true'".clone_into(&mut help);
    }
    Err(Invalid::new(
        format!("`{value}` is not the name of a region"),
        help,
    ))
}

/// Reads the region of another server, which may have any name that a signature and a host name can
/// carry: `auto`, `RegionOne`.
///
/// # Errors
/// When neither can carry it.
pub fn of_another_server(value: &str) -> Result<String, Invalid> {
    if value.len() <= 63 && is_made_of(value, "-") {
        Ok(value.to_owned())
    } else {
        Err(Invalid::new(
            format!("`{value}` is not the name of a region"),
            "write it as the server's documentation does, for example `us-east-1` or `auto`",
        ))
    }
}

/// The doubt about a region that is not known, with the one that may be meant.
pub fn doubt(region: &str) -> Option<String> {
    if regions().any(|(known, _)| known == region) {
        return None;
    }
    let question = match nearest_known(region) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "is it spelled right?".to_owned(),
    };
    Some(format!(
        "`{region}` is no region that this version knows; {question}"
    ))
}

fn nearest_known(value: &str) -> Option<&'static str> {
    let names = || regions().map(|(region, _)| region);
    let plain: String = value
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let spelled = |plain: &str| names().find(|region| region.replace('-', "") == plain);
    // The zone `us-east-1a` is in the region `us-east-1`.
    let zone = plain.trim_end_matches(|last: char| last.is_ascii_lowercase());
    spelled(&plain)
        .or_else(|| spelled(zone))
        .or_else(|| contained(value))
        .or_else(|| nearest::by_letters(&value.to_ascii_lowercase(), names()))
        .or_else(|| names().find(|region| place(region) == place(value)))
}

/// The only region whose name, or whose place, stands in `value`.
fn contained(value: &str) -> Option<&'static str> {
    let lower = value.to_lowercase().replace('ã', "a");
    let stands = |name: &str| !name.is_empty() && lower.contains(name);
    let mut all = regions().filter(|(region, place)| stands(region) || stands(place));
    let (region, _) = all.next()?;
    all.next().is_none().then_some(region)
}

/// The name without its number.
fn place(region: &str) -> Option<&str> {
    region.rsplit_once('-').map(|(place, _)| place)
}

/// Two to four letters, words, and a number of one or two digits.
fn has_shape(value: &str) -> bool {
    let segments: Vec<&str> = value.split('-').collect();
    let is_word = |segment: &&str| {
        !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    match segments.as_slice() {
        [first, words @ .., number] if !words.is_empty() => {
            (2..=4).contains(&first.len())
                && is_word(first)
                && words.iter().all(is_word)
                && (1..=2).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{doubt, of_another_server, of_aws, regions};

    #[test]
    fn every_region_has_the_shape_and_is_not_doubted() {
        assert!(regions().count() >= 46);
        for (region, _) in regions() {
            assert_eq!(of_aws(region).as_deref(), Ok(region));
            assert_eq!(doubt(region), None);
        }
        assert_eq!(of_aws("ap-southeast-12").as_deref(), Ok("ap-southeast-12"));
        assert!(doubt("eu-central-9").unwrap().contains("`eu-central-1`"));
        assert!(doubt("xx-east-1").unwrap().ends_with("spelled right?"));
    }

    #[test]
    fn what_is_no_region_is_answered_with_the_nearest() {
        for (value, nearest) in [
            ("us-east1", "us-east-1"),
            ("useast1", "us-east-1"),
            ("us_east_1", "us-east-1"),
            ("us-east-1a", "us-east-1"),
            ("EU-CENTRAL-1", "eu-central-1"),
            ("eu-cental-1", "eu-central-1"),
            ("us-gov-west1", "us-gov-west-1"),
            ("eu-west1", "eu-west-1"),
            ("Frankfurt", "eu-central-1"),
            ("South America (São Paulo)", "sa-east-1"),
            ("US East (N. Virginia)", "us-east-1"),
            ("s3.eu-west-1.amazonaws.com", "eu-west-1"),
            ("arn:aws:s3:eu-north-1", "eu-north-1"),
        ] {
            match of_aws(value) {
                Ok(_) => {
                    let doubt = doubt(value).unwrap();
                    assert!(doubt.contains(&format!("mean `{nearest}`")), "{doubt}");
                }
                Err(invalid) => {
                    assert_eq!(
                        invalid.help,
                        format!("did you mean `{nearest}`?"),
                        "{value}"
                    );
                }
            }
        }
        for value in [
            "auto",
            "RegionOne",
            "us-east-1,eu-west-1",
            "",
            "us-east-1-fips",
            "fips-us-gov-west-1",
            "-1",
            "a-b-c",
        ] {
            assert!(of_aws(value).is_err(), "{value}");
        }
    }

    #[test]
    fn other_servers_have_names_of_their_own() {
        for value in [
            "auto",
            "RegionOne",
            "us-east-1",
            "fr-par",
            "gra",
            "default",
            "1",
        ] {
            assert_eq!(of_another_server(value).as_deref(), Ok(value));
        }
        for value in ["", "a b", "a/b", "a,b", "é", "a_b"] {
            assert!(of_another_server(value).is_err(), "{value}");
        }
    }
}
