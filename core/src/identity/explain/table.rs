//! The answers of STS that have the same causes whatever the token says. Those that a look into it
//! explains are in `causes`.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors>

use super::Refusal;
use crate::identity::trust_policy::provider_arn;

/// In each block the codes with words of their messages, and the causes; `{name}` stands for what the
/// refusal is about. The first block that fits counts.
pub(super) const ANSWERS: &str = "
InvalidIdentityToken: thumbprint
- is the thumbprint of the provider in IAM the current one of the topmost certificate? `aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn {provider} --thumbprint-list THUMBPRINT` sets it
- is it that of the server's own certificate, which changes, instead of the authority's?

InvalidIdentityToken: verification key
IDPCommunicationError:
- STS could not fetch the provider's keys, several times: usually that passes, so run it again
- can the internet reach the provider's `/.well-known/openid-configuration`, and the keys that it names, within a few seconds?

InvalidIdentityToken: required claim
- STS needs `iss`, `aud` and `sub` in the token: is it an id token, asked for with an audience?

InvalidIdentityToken:
ValidationError: webIdentityToken
InvalidParameterValue: webIdentityToken
- is what is in {token} whole, and an OIDC (id) token, not an access token?
- has the provider changed its keys since it signed the token?

IDPRejectedClaim:
- the identity provider took the token back, or a claim of it is not valid: run the step again for a new one

MalformedPolicyDocument:
- STS did not take the policy that narrows the session: what is wrong in it stands in the message above

PackedPolicyTooLarge:
- STS did not take the policy that narrows the session: it is too large, by the percentage in the message above

RegionDisabledException:
- is the region `{region}` enabled in the account {account}? Opt-in regions are not until someone does
- is STS activated in `{region}` (IAM, account settings)?

NoSuchEntity:
- is `{role}` there, and spelled right?

ValidationError: urationSeconds
InvalidParameterValue: urationSeconds
- does the role allow sessions of {duration} seconds? Lower AWS_ROLE_DURATION_SECONDS, or raise the role's limit: `aws iam update-role --role-name {name} --max-session-duration SECONDS`

ValidationError: 'policy'
InvalidParameterValue: 'policy'
- STS did not take the policy that narrows the session: what is wrong with it stands in the message above

ValidationError: roleArn
InvalidParameterValue: roleArn
ValidationError: ARN is invalid
InvalidParameterValue: ARN is invalid
- is `{role}` the ARN of a role, whole, with the partition of this STS?

ValidationError: roleSessionName
InvalidParameterValue: roleSessionName
- does STS take `{session}` as a session's name? AWS_ROLE_SESSION_NAME sets another: 2 to 64 letters, digits or `_+=,.@-`

ValidationError:
InvalidParameterValue:
- the message above names the parameter: check the variable that sets it

InvalidClientTokenId:
InvalidAccessKeyId:
- was the role made a moment ago? AWS needs some seconds until all of it knows: run it again
";

/// The causes that the table has for `refusal`.
pub(super) fn causes(refusal: &Refusal<'_>) -> Vec<String> {
    let is_answer = |line: &str| {
        line.split_once(':').is_some_and(|(code, words)| {
            refusal.code == Some(code) && refusal.message.contains(words.trim())
        })
    };
    let mut blocks = ANSWERS.split("\n\n");
    let block = blocks.find(|block| block.lines().any(is_answer));
    let causes = block.unwrap_or_default().lines();
    let causes = causes.filter_map(|line| line.strip_prefix("- "));
    causes.map(|cause| filled(cause, refusal)).collect()
}

fn filled(cause: &str, refusal: &Refusal<'_>) -> String {
    let asked = refusal.web_identity;
    let role = &asked.role;
    let provider = refusal
        .claims
        .map(|claims| quoted(&provider_arn(role, claims)));
    let duration = asked.duration_secs.map(|secs| secs.to_string());
    let values = [
        ("{account}", role.account().to_owned()),
        (
            "{duration}",
            duration.unwrap_or_else(|| "AWS's default of 3600".to_owned()),
        ),
        ("{name}", quoted(role.name())),
        ("{provider}", provider.unwrap_or_else(|| "ARN".to_owned())),
        ("{region}", refusal.region.to_owned()),
        ("{role}", role.to_string()),
        ("{session}", asked.session_name.to_string()),
        ("{token}", asked.token.to_string()),
    ];
    let begin = cause.to_owned();
    values
        .iter()
        .fold(begin, |text, (name, value)| text.replace(name, value))
}

/// For a shell, whatever is in a claim.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
