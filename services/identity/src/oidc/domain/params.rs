//! Parameters of a request as a client sends them: each at most once, empty ones as if left out.

/// A parameter came twice: whoever reads the other one sees another request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Twice(pub(crate) String);

/// What came, name by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Takes them as they came; those without a value count as left out (RFC 6749, 3.1), and so do
    /// those with a zero byte, which nobody means and no table holds.
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        let told = |value: &str| !value.is_empty() && !value.contains('\0');
        Self(pairs.into_iter().filter(|(_, value)| told(value)).collect())
    }

    /// Reads a query.
    pub(crate) fn of_query(query: &str) -> Self {
        Self::new(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The name that came more than once, if any did.
    ///
    /// # Errors
    /// [`Twice`].
    pub(crate) fn each_once(&self) -> Result<(), Twice> {
        let seen_before = |at: usize| self.0[..at].iter().any(|(name, _)| *name == self.0[at].0);
        match (0..self.0.len()).find(|at| seen_before(*at)) {
            Some(at) => Err(Twice(self.0[at].0.clone())),
            None => Ok(()),
        }
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The words of a parameter, which stand with blanks between them.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let text = self.get(name).unwrap_or_default();
        text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// The same with this parameter set, or left out.
    pub(crate) fn with(mut self, name: &str, value: Option<String>) -> Self {
        self.0.retain(|(key, _)| key != name);
        self.0.extend(value.map(|value| (name.to_owned(), value)));
        self
    }

    /// As a query: ASCII, and the same for the same parameters.
    pub(crate) fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parameters_are_none_and_doubles_are_told() {
        let params = Params::of_query("state=&scope=openid++email&nonce=a%26b&login_hint=a%00b");
        assert_eq!((params.get("state"), params.get("login_hint")), (None, None));
        assert_eq!(params.words("scope"), ["openid", "email"]);
        assert_eq!(params.get("nonce"), Some("a&b"));
        assert_eq!(params.each_once(), Ok(()));
        let twice = Params::of_query("client_id=a&x=1&client_id=b");
        assert_eq!(twice.each_once(), Err(Twice("client_id".to_owned())));
    }

    #[test]
    fn a_query_is_written_as_it_was_read() {
        let params = Params::of_query("a=1&b=%C3%A4+x").with("a", None);
        assert_eq!(params.with("c", Some("2".to_owned())).query(), "b=%C3%A4+x&c=2");
    }
}
