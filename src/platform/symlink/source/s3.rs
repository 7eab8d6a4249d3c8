//! Addresses of objects in S3-compatible stores, signed for a while. Such an address lets anyone read the object: it is a
//! secret, and reaches a host only on the standard input of a script.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rusty_s3::actions::{GetObject, S3Action};
use rusty_s3::{Bucket, BucketError, Credentials, UrlStyle};
use serde::{Deserialize, Serialize};

use crate::base::secret_ref::SecretRef;
use crate::platform::symlink::spec::S3Source;

/// The longest time that a store accepts.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// A request for one object, without its signature. It can be recorded: it holds no secret, only references.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct S3Get {
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    pub key: String,
    pub path_style: bool,
    /// The key's id, the secret key and, with temporary credentials, the session token. Empty: it is not signed.
    pub credentials: Vec<SecretRef>,
}

/// Credentials, read from their references.
#[derive(Clone)]
pub struct S3Keys {
    pub key_id: String,
    pub secret_key: String,
    pub token: Option<String>,
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

impl S3Get {
    pub fn of(source: &S3Source, key: String) -> Self {
        let credentials = source.credentials.as_ref();
        let credentials = credentials.map(|it| it.secrets().into_iter().cloned().collect());
        Self {
            endpoint: source.endpoint.clone(),
            region: source.region.clone(),
            bucket: source.bucket.clone(),
            key,
            path_style: source.path_style,
            credentials: credentials.unwrap_or_default(),
        }
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
        let S3Keys { key_id, secret_key, token } = keys;
        let credentials = match token {
            Some(token) => Credentials::new_with_token(key_id, secret_key, token),
            None => Credentials::new(key_id, secret_key),
        };
        let time = jiff::Timestamp::from_second(at.timestamp());
        let time = time.map_err(|_| BadAddress::Time(at))?;
        let bucket = self.bucket()?;
        let get = GetObject::new(&bucket, Some(&credentials), &self.key);
        Ok(get.sign_with_time(valid.min(LONGEST), &time).to_string())
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
