//! Buckets and containers by their own address on the web: what a host says of itself, as the client
//! reads it.

/// What the host of an `https` URL of S3 says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Site<'a> {
    /// Whether the bucket stands in the host, and all of the path is the key.
    pub(super) has_bucket: bool,
    pub(super) region: Option<&'a str>,
    /// Whether the host is asked as it stands, whatever endpoint an option names.
    pub(super) is_endpoint: bool,
}

/// The hosts that are read, for whoever wrote another.
pub(super) const S3_FORMS: &str = "`https://s3.REGION.amazonaws.com/BUCKET/KEY`, \
    `https://BUCKET.s3.REGION.amazonaws.com/KEY`, both with `s3.dualstack.REGION` too, and \
    `https://ACCOUNT.r2.cloudflarestorage.com/BUCKET/KEY`";
pub(super) const AZURE_FORMS: &str = "`ACCOUNT.blob.core.windows.net`, `ACCOUNT.dfs.core.windows.net` and the same \
    of `fabric.microsoft.com`";

impl<'a> Site<'a> {
    /// Reads a host of S3 or of R2; `None` for a form that no client reads, as of a bucket with dots.
    pub(super) fn of(host: &'a str) -> Option<Self> {
        let mut parts = host.splitn(4, '.');
        let parts = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let site = |has_bucket, region, is_endpoint| Some(Self { has_bucket, region, is_endpoint });
        match parts {
            ["s3", region, "amazonaws", "com"] => site(false, Some(region), false),
            ["s3", "dualstack", region, "amazonaws.com"] => site(false, Some(region), true),
            [_, "s3", "amazonaws", "com"] => site(true, None, false),
            [_, "s3", "dualstack", rest] => {
                site(true, Some(rest.strip_suffix(".amazonaws.com")?), true)
            }
            [_, "s3", region, "amazonaws.com"] => site(true, Some(region), false),
            [_, "r2", "cloudflarestorage", "com"] | [_, _, "r2", "cloudflarestorage.com"] => {
                site(false, Some("auto"), true)
            }
            _ => None,
        }
    }
}

/// Tells whether a client knows the host as one of Azure or of Fabric.
pub(super) fn is_of_azure(host: &str) -> bool {
    let Some((_, rest)) = host.split_once('.') else { return false };
    let known = ["core.windows.net", "fabric.microsoft.com"];
    let is_known = known.iter().any(|known| {
        let service = rest.strip_suffix(known).and_then(|rest| rest.strip_suffix('.'));
        matches!(service, Some("blob" | "dfs"))
    });
    // A private link to a workspace names its zone.
    is_known || rest.starts_with('z') && rest.ends_with("fabric.microsoft.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_says_its_region_and_where_the_bucket_stands() {
        let cases = [
            ("s3.eu-west-1.amazonaws.com", Some((false, Some("eu-west-1"), false))),
            ("s3.dualstack.eu-west-1.amazonaws.com", Some((false, Some("eu-west-1"), true))),
            ("box.s3.amazonaws.com", Some((true, None, false))),
            ("box.s3.eu-west-1.amazonaws.com", Some((true, Some("eu-west-1"), false))),
            ("s3-box.s3.eu-west-1.amazonaws.com", Some((true, Some("eu-west-1"), false))),
            ("box.s3.dualstack.eu-west-1.amazonaws.com", Some((true, Some("eu-west-1"), true))),
            ("account.r2.cloudflarestorage.com", Some((false, Some("auto"), true))),
            ("account.eu.r2.cloudflarestorage.com", Some((false, Some("auto"), true))),
            ("s3.amazonaws.com", None),
            ("my.box.s3.eu-west-1.amazonaws.com", None),
            ("s3-eu-west-1.amazonaws.com", None),
        ];
        for (host, expected) in cases {
            let site = Site::of(host).map(|site| (site.has_bucket, site.region, site.is_endpoint));
            assert_eq!(site, expected, "{host}");
        }
    }

    #[test]
    fn a_host_of_azure_names_one_account() {
        for host in [
            "a.blob.core.windows.net",
            "a.dfs.core.windows.net",
            "onelake.dfs.fabric.microsoft.com",
            "0123.z01.blob.fabric.microsoft.com",
        ] {
            assert!(is_of_azure(host), "{host}");
        }
        for host in ["blob.core.windows.net", "a.b.blob.core.windows.net", "account"] {
            assert!(!is_of_azure(host), "{host}");
        }
    }
}
