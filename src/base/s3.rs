//! Addresses of objects in S3-compatible stores, signed for a while. Such an address lets anyone read the object: it is a
//! secret, and reaches a host only on the standard input of a script.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rusty_s3::actions::{GetObject, S3Action};
use rusty_s3::{Bucket, BucketError, Credentials, UrlStyle};
use serde::{Deserialize, Serialize};

use super::secret_ref::SecretRef;

/// The longest time that a store accepts.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// For an address that is used at once. The clocks of this machine and the store differ.
const ONE_REQUEST: Duration = Duration::from_secs(300);

/// An object in an S3-compatible store. It can be recorded: it holds no secret, only references.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Object {
    /// The store's address: `https://s3.eu-central-1.amazonaws.com`.
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    /// The object's name.
    pub key: String,
    /// The bucket is the first part of the path, and not part of the server's name.
    pub path_style: bool,
    /// `None`: objects can be read without credentials.
    pub credentials: Option<S3Credentials>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Credentials {
    pub key_id: SecretRef,
    pub secret_key: SecretRef,
    /// The session token of temporary credentials.
    pub token: Option<SecretRef>,
}

impl S3Credentials {
    pub fn secrets(&self) -> Vec<&SecretRef> {
        [&self.key_id, &self.secret_key].into_iter().chain(&self.token).collect()
    }
}

/// Credentials, read from their references.
#[derive(Clone)]
pub struct S3Keys {
    pub key_id: String,
    pub secret_key: String,
    pub token: Option<String>,
}

impl S3Keys {
    fn credentials(&self) -> Credentials {
        let Self { key_id, secret_key, token } = self;
        match token {
            Some(token) => Credentials::new_with_token(key_id, secret_key, token),
            None => Credentials::new(key_id, secret_key),
        }
    }
}

fn timestamp(at: DateTime<Utc>) -> Result<jiff::Timestamp, BadAddress> {
    jiff::Timestamp::from_second(at.timestamp()).map_err(|_| BadAddress::Time(at))
}

impl std::fmt::Debug for S3Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("S3Keys(…)")
    }
}

/// Why settings give no address of an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("`{0}` is not the http(s) address of a store")]
    Endpoint(String),
    #[error(
        "the bucket `{bucket}` cannot be part of the server name `{endpoint}`; set `path_style`"
    )]
    Bucket { bucket: String, endpoint: String },
    #[error("the time {0} cannot be signed")]
    Time(DateTime<Utc>),
}

impl std::fmt::Display for S3Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl S3Object {
    /// Returns the same place with another key.
    #[must_use]
    pub fn with_key(&self, key: String) -> Self {
        Self { key, ..self.clone() }
    }

    /// Returns the address for an object that everyone can read.
    pub fn unsigned(&self) -> Result<String, BadAddress> {
        Ok(self.bucket()?.object_url(&self.key).to_string())
    }

    /// Returns the address, signed at this time and valid from then on for as long as `valid`.
    pub fn signed(
        &self,
        keys: &S3Keys,
        at: DateTime<Utc>,
        valid: Duration,
    ) -> Result<String, BadAddress> {
        let (bucket, credentials, time) = (self.bucket()?, keys.credentials(), timestamp(at)?);
        let get = GetObject::new(&bucket, Some(&credentials), &self.key);
        Ok(get.sign_with_time(valid.min(LONGEST), &time).to_string())
    }

    /// Returns the address of one page of the list of objects whose keys begin with `prefix` and have no `/` after it, as
    /// `ListObjectsV2` of Amazon S3 has it. Without keys it is not signed.
    pub fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        keys: Option<&S3Keys>,
        at: DateTime<Utc>,
    ) -> Result<String, BadAddress> {
        let (bucket, time) = (self.bucket()?, timestamp(at)?);
        let credentials = keys.map(S3Keys::credentials);
        let mut get = GetObject::new(&bucket, credentials.as_ref(), "");
        let query = get.query_mut();
        query.insert("list-type", "2");
        query.insert("delimiter", "/");
        query.insert("prefix", prefix);
        if let Some(after) = after {
            query.insert("continuation-token", after);
        }
        Ok(get.sign_with_time(ONE_REQUEST, &time).to_string())
    }

    fn bucket(&self) -> Result<Bucket, BadAddress> {
        let endpoint = || BadAddress::Endpoint(self.endpoint.clone());
        let style = if self.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let url = self.endpoint.parse().map_err(|_| endpoint())?;
        Bucket::new(url, style, self.bucket.clone(), self.region.clone()).map_err(|why| match why {
            BucketError::UnsupportedScheme | BucketError::MissingHost => endpoint(),
            BucketError::ParseError(_) => {
                BadAddress::Bucket { bucket: self.bucket.clone(), endpoint: self.endpoint.clone() }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(endpoint: &str, path_style: bool, key: &str) -> S3Object {
        S3Object {
            endpoint: endpoint.to_owned(),
            region: "us-east-1".to_owned(),
            bucket: "examplebucket".to_owned(),
            key: key.to_owned(),
            path_style,
            credentials: None,
        }
    }

    /// The keys of AWS's examples.
    fn keys() -> S3Keys {
        S3Keys {
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
        }
    }

    /// "Authenticating Requests: Using Query Parameters" of the API reference of Amazon S3.
    #[test]
    fn addresses_are_signed_as_in_the_example_of_aws() {
        let get = object("https://s3.amazonaws.com", false, "test.txt");
        let at = DateTime::parse_from_rfc3339("2013-05-24T00:00:00Z").unwrap().to_utc();
        let url = get.signed(&keys(), at, Duration::from_secs(86400)).unwrap();
        assert_eq!(
            url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
        let other = S3Keys { secret_key: "other".to_owned(), ..keys() };
        assert_ne!(get.signed(&other, at, Duration::from_secs(86400)).unwrap(), url);
    }

    #[test]
    fn list_is_one_signed_page_of_a_directory() {
        let bucket = object("http://127.0.0.1:9000", true, "shop/x");
        let url = bucket.list("shop/", Some("a+b"), Some(&keys()), DateTime::UNIX_EPOCH).unwrap();
        assert!(url.starts_with("http://127.0.0.1:9000/examplebucket/?"), "{url}");
        for part in ["list-type=2", "delimiter=%2F", "prefix=shop%2F", "continuation-token=a%2Bb"] {
            assert!(url.contains(part), "{url}");
        }
        assert!(url.contains("X-Amz-Signature="), "{url}");
        let open = bucket.list("", None, None, DateTime::UNIX_EPOCH).unwrap();
        assert!(!open.contains("X-Amz") && !open.contains("continuation"), "{open}");
    }

    #[test]
    fn a_session_token_is_part_of_the_address_and_no_address_lives_longer_than_a_week() {
        let get = object("http://127.0.0.1:9000", true, "a b/test.txt");
        let keys = S3Keys { token: Some("t/k".to_owned()), ..keys() };
        let url = get.signed(&keys, DateTime::UNIX_EPOCH, Duration::from_secs(10_000_000)).unwrap();
        assert!(url.starts_with("http://127.0.0.1:9000/examplebucket/a%20b/test.txt?"), "{url}");
        assert!(url.contains("&X-Amz-Security-Token=t%2Fk&"), "{url}");
        assert!(url.contains("&X-Amz-Expires=604800&"), "{url}");
        assert_eq!(format!("{keys:?}"), "S3Keys(…)");
    }
}
