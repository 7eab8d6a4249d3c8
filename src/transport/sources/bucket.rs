//! The objects of a bucket, page by page: `ListObjectsV2` of Amazon S3.

use chrono::{DateTime, Utc};

use super::listed::Listed;
use super::xml::{elements, text};
use crate::domain::catalog::ListedName;

/// One page of the list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub releases: Vec<Listed>,
    /// Where the next page begins. `None`: this is the last one.
    pub next: Option<String>,
}

/// Reads a page. `Err`: it is no list of objects.
pub fn read(xml: &str, listed: ListedName<'_>) -> Result<Page, String> {
    if !xml.contains("<ListBucketResult") {
        return Err("its answer is not a list of objects".to_owned());
    }
    let name = |key: &str| key.strip_prefix(listed.directory).map(str::to_owned);
    let mut releases = Vec::new();
    if listed.is_directory {
        for prefix in elements(xml, "CommonPrefixes") {
            let key = text(prefix, "Prefix").and_then(|key| name(key.strip_suffix('/')?));
            let tag = key.and_then(|name| listed.release(&name));
            releases.extend(tag.map(|tag| Listed { tag, made_at: None }));
        }
    } else {
        for object in elements(xml, "Contents") {
            let tag = text(object, "Key").and_then(|key| listed.release(&name(&key)?));
            let made_at = text(object, "LastModified")
                .and_then(|at| DateTime::parse_from_rfc3339(&at).ok())
                .map(|at| at.with_timezone(&Utc));
            releases.extend(tag.map(|tag| Listed { tag, made_at }));
        }
    }
    let more = text(xml, "IsTruncated").as_deref() == Some("true");
    let next = text(xml, "NextContinuationToken").filter(|_| more);
    if more && next.is_none() {
        return Err("it has more objects, and does not say where they begin".to_owned());
    }
    Ok(Page { releases, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::Template;

    const LIST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>artifacts</Name><Prefix>shop/</Prefix><KeyCount>4</KeyCount><MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><IsTruncated>true</IsTruncated><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
<Contents><Key>shop/shop-v1.tgz</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified><ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag><Size>1111</Size><StorageClass>STANDARD</StorageClass></Contents>
<Contents><Key>shop/shop-v1.tgz.sha256</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified></Contents>
<Contents><Key>shop/other&amp;v2.tgz</Key></Contents>
<CommonPrefixes><Prefix>shop/v3/</Prefix></CommonPrefixes></ListBucketResult>"#;

    #[test]
    fn objects_and_directories_that_fit_are_releases() {
        let read = |template: &str| {
            let template = Template::new(template);
            read(LIST, template.listed_name().unwrap()).unwrap()
        };
        let page = read("shop/shop-{release}.tgz");
        assert_eq!(page.releases.len(), 1);
        assert_eq!(page.releases[0].tag.as_str(), "v1");
        assert_eq!(page.releases[0].made_at.unwrap().to_rfc3339(), "2026-11-01T10:00:00+00:00");
        assert_eq!(page.next.as_deref(), Some("1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM="));
        let page = read("shop/{release}/shop.tgz");
        assert_eq!(page.releases, [Listed { tag: "v3".parse().unwrap(), made_at: None }]);
    }

    #[test]
    fn answer_that_is_no_list_is_refused() {
        let template = Template::new("shop/{release}.tgz");
        let listed = template.listed_name().unwrap();
        assert!(read("<html></html>", listed).is_err());
        assert!(read("<ListBucketResult><IsTruncated>true</IsTruncated>", listed).is_err());
    }
}
