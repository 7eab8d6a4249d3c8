//! The lock of an API: a resource that exists while a run holds it. It is created with `If-None-Match: *` and deleted with
//! `If-Match`, as RFC 9110 has it, so that of two runs one is refused.

#[derive(Debug, Default)]
pub struct Lock {
    holder: Option<String>,
    /// How often it was created: what tells one holder's from the next one's.
    made: u64,
}

/// Why a request of the lock was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is none.
    Absent,
    /// What the request demands of it does not hold.
    Precondition,
}

impl Lock {
    /// Returns its content, if it exists.
    pub fn holder(&self) -> Result<String, Refused> {
        self.holder.clone().ok_or(Refused::Absent)
    }

    pub fn etag(&self) -> String {
        format!("\"{}\"", self.made)
    }

    /// Creates it. `only_new`: the request has `If-None-Match: *`.
    pub fn put(&mut self, holder: String, only_new: bool) -> Result<(), Refused> {
        if !only_new || self.holder.is_some() {
            return Err(Refused::Precondition);
        }
        (self.holder, self.made) = (Some(holder), self.made + 1);
        Ok(())
    }

    /// Deletes it. `wanted`: the `If-Match` of the request.
    pub fn delete(&mut self, wanted: Option<&str>) -> Result<(), Refused> {
        if self.holder.is_none() {
            return Err(Refused::Absent);
        }
        if wanted != Some(self.etag().as_str()) {
            return Err(Refused::Precondition);
        }
        self.holder = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_that_create_it_one_is_refused_and_only_its_holder_deletes_it() {
        let mut lock = Lock::default();
        assert_eq!(lock.put("mara".to_owned(), true), Ok(()));
        let mine = lock.etag();
        assert_eq!(lock.put("li".to_owned(), true), Err(Refused::Precondition));
        assert_eq!(lock.holder(), Ok("mara".to_owned()));
        assert_eq!(lock.delete(None), Err(Refused::Precondition));
        assert_eq!(lock.delete(Some(&mine)), Ok(()));
        assert_eq!(lock.delete(Some(&mine)), Err(Refused::Absent));
        assert_eq!(lock.put("li".to_owned(), true), Ok(()));
        assert_eq!(lock.delete(Some(&mine)), Err(Refused::Precondition), "that was another one");
    }

    #[test]
    fn request_that_would_replace_it_is_refused() {
        assert_eq!(Lock::default().put("mara".to_owned(), false), Err(Refused::Precondition));
    }
}
