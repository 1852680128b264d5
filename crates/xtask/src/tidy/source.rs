//! Rust text seen as tokens: comments gone, literals apart, tests known. Not a parser: the rules ask
//! for names, paths and string literals, and these are told apart soundly by the lexer alone.

#[derive(Debug)]
pub struct Token {
    pub line: usize,
    pub kind: Kind,
    /// Inside an item marked `#[cfg(test)]`.
    pub test: bool,
}

#[derive(Debug, PartialEq, Eq, Clone)]
pub enum Kind {
    Name(String),
    /// A string literal's content, escapes as written.
    Text(String),
    Number(String),
    /// `::` is one mark, all others are single characters.
    Mark(String),
}

#[derive(Debug, Default)]
pub struct Source {
    pub tokens: Vec<Token>,
    /// Line comments by line.
    pub comments: Vec<(usize, String)>,
}

impl Source {
    pub fn scan(text: &str) -> Self {
        let mut scanner = Scanner { chars: text.chars().collect(), at: 0, line: 1, source: Self::default() };
        scanner.run();
        let mut source = scanner.source;
        mark_tests(&mut source.tokens);
        source
    }

    pub fn name(&self, i: usize) -> Option<&str> {
        match &self.tokens.get(i)?.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }

    pub fn is(&self, i: usize, mark: &str) -> bool {
        matches!(self.tokens.get(i), Some(Token { kind: Kind::Mark(own), .. }) if own == mark)
    }

    pub fn names(&self) -> impl Iterator<Item = (usize, &Token, &str)> {
        self.tokens.iter().enumerate().filter_map(|(i, token)| match &token.kind {
            Kind::Name(name) => Some((i, token, name.as_str())),
            _ => None,
        })
    }

    pub fn texts(&self) -> impl Iterator<Item = (usize, &Token, &str)> {
        self.tokens.iter().enumerate().filter_map(|(i, token)| match &token.kind {
            Kind::Text(text) => Some((i, token, text.as_str())),
            _ => None,
        })
    }

    /// Whether a comment that begins with these words stands on the line or on the one above.
    pub fn excused(&self, line: usize, words: &str) -> bool {
        self.comments.iter().any(|(at, text)| {
            (*at == line || *at + 1 == line)
                && text
                    .trim_start_matches('/')
                    .trim_start()
                    .strip_prefix(words)
                    .is_some_and(|why| !why.trim().is_empty())
        })
    }
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
    line: usize,
    source: Source,
}

impl Scanner {
    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            match c {
                '/' if self.peek(1) == Some('/') => self.line_comment(),
                '/' if self.peek(1) == Some('*') => self.block_comment(),
                '"' => self.string(),
                '\'' => self.quote(),
                c if c.is_alphabetic() || c == '_' => self.word(),
                c if c.is_ascii_digit() => self.number(),
                c if c.is_whitespace() => self.skip(1),
                ':' if self.peek(1) == Some(':') => {
                    self.push(self.line, Kind::Mark("::".to_owned()));
                    self.skip(2);
                }
                c => {
                    self.push(self.line, Kind::Mark(c.to_string()));
                    self.skip(1);
                }
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            if self.peek(0) == Some('\n') {
                self.line += 1;
            }
            self.at += 1;
        }
    }

    fn push(&mut self, line: usize, kind: Kind) {
        self.source.tokens.push(Token { line, kind, test: false });
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(&keep) {
            self.skip(1);
        }
        self.chars[start..self.at].iter().collect()
    }

    fn line_comment(&mut self) {
        let line = self.line;
        let text = self.take_while(|c| c != '\n');
        self.source.comments.push((line, text));
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.skip(2);
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.skip(2);
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.skip(1),
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        self.skip(1);
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            if c == '"' {
                break;
            }
            let length = if c == '\\' { 2 } else { 1 };
            text.extend((0..length).filter_map(|i| self.peek(i)));
            self.skip(length);
        }
        self.skip(1);
        self.push(line, Kind::Text(text));
    }

    fn raw_string(&mut self, hashes: usize) {
        let line = self.line;
        self.skip(hashes + 1);
        let start = self.at;
        let closes =
            |scanner: &Self| scanner.peek(0) == Some('"') && (1..=hashes).all(|i| scanner.peek(i) == Some('#'));
        while self.at < self.chars.len() && !closes(self) {
            self.skip(1);
        }
        let text = self.chars[start..self.at].iter().collect();
        self.skip(hashes + 1);
        self.push(line, Kind::Text(text));
    }

    /// A character or a lifetime.
    fn quote(&mut self) {
        if self.peek(1) == Some('\\') {
            self.skip(3);
            self.take_while(|c| c != '\'');
            self.skip(1);
        } else if self.peek(2) == Some('\'') {
            self.skip(3);
        } else {
            self.skip(1);
            self.take_while(|c| c.is_alphanumeric() || c == '_');
        }
    }

    fn word(&mut self) {
        let line = self.line;
        let word = self.take_while(|c| c.is_alphanumeric() || c == '_');
        let hashes = (0..).take_while(|i| self.peek(*i) == Some('#')).count();
        let quoted = self.peek(hashes) == Some('"');
        match word.as_str() {
            "r" | "br" | "cr" if quoted => self.raw_string(hashes),
            "b" | "c" if quoted && hashes == 0 => self.string(),
            "b" if self.peek(0) == Some('\'') => self.quote(),
            "r" if hashes == 1 => self.skip(1),
            _ => self.push(line, Kind::Name(word)),
        }
    }

    fn number(&mut self) {
        let line = self.line;
        let mut text = self.take_while(|c| c.is_alphanumeric() || c == '_');
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            self.skip(1);
            text.push('.');
            text += &self.take_while(|c| c.is_alphanumeric() || c == '_');
        }
        self.push(line, Kind::Number(text));
    }
}

/// The item after `#[cfg(test)]` ends with its closing brace, or with `;` if none was opened.
fn mark_tests(tokens: &mut [Token]) {
    let pattern = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut i = 0;
    while i < tokens.len() {
        let begins = pattern.iter().enumerate().all(|(k, word)| {
            matches!(tokens.get(i + k).map(|token| &token.kind),
                Some(Kind::Name(own) | Kind::Mark(own)) if own == word)
        });
        if !begins {
            i += 1;
            continue;
        }
        let mut depth = 0_usize;
        while let Some(token) = tokens.get_mut(i) {
            token.test = true;
            i += 1;
            let Kind::Mark(mark) = &token.kind else {
                continue;
            };
            match mark.as_str() {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && matches!(mark.as_str(), "}" | ";") {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let source = Source::scan(text);
        source.names().map(|(_, _, name)| name.to_owned()).collect()
    }

    #[test]
    fn names_in_comments_and_literals_are_no_names() {
        let text = "a /* b /* c */ d */ e // f\n\"g\" r#\"h \" i\"# 'j' '\\n' b'k' b\"l\" m";
        assert_eq!(names(text), ["a", "e", "m"]);
    }

    #[test]
    fn a_lifetime_is_not_an_open_quote() {
        assert_eq!(names("fn f<'a>(x: &'a str) -> 'a' { y }"), ["fn", "f", "x", "str", "y"]);
    }

    #[test]
    fn literals_keep_their_text_and_line() {
        let source = Source::scan("\n\"one \\\" two\"\nr##\"three\"# four\"##");
        let texts: Vec<_> = source.texts().map(|(_, token, text)| (token.line, text)).collect();
        assert_eq!(texts, [(2, "one \\\" two"), (3, "three\"# four")]);
    }

    #[test]
    fn numbers_are_told_from_ranges_and_fields() {
        let numbers: Vec<_> = Source::scan("1.5 0..10 2f64 x.0")
            .tokens
            .into_iter()
            .filter_map(|token| match token.kind {
                Kind::Number(text) => Some(text),
                _ => None,
            })
            .collect();
        assert_eq!(numbers, ["1.5", "0", "10", "2f64", "0"]);
    }

    #[test]
    fn only_the_marked_item_is_a_test() {
        let source = Source::scan("a #[cfg(test)] mod tests { fn b() {} } c #[cfg(test)] use d; e");
        let plain: Vec<_> = source.names().filter(|(_, token, _)| !token.test).map(|(_, _, name)| name).collect();
        assert_eq!(plain, ["a", "c", "e"]);
    }

    #[test]
    fn an_excuse_needs_a_reason_and_stands_near() {
        let source = Source::scan("// clock: latency\na\n\n// clock:\nb");
        assert!(source.excused(2, "clock:"));
        assert!(!source.excused(5, "clock:"));
        assert!(!source.excused(3, "clock:"));
    }
}
