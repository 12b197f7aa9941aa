import Columnar

/// Cuts an expression's text into words.
struct ExpressionLexer {
    private let characters: [Unicode.Scalar]
    private var position = 0

    /// Two-character symbols come first, so that `<=` is not read as `<`.
    private static let symbols = [
        "==", "!=", "<=", ">=", "//", "**", "<", ">", "+", "-", "*", "/", "%", "(", ")", ",", "[", "]",
    ]
    /// What other languages write, and what it is here.
    private static let foreignSymbols = [
        ("&&", "and"), ("||", "or"), ("<>", "!="), ("=", "=="), ("!", "not"), ("?", "if(condition, then, else)"),
        ("^", "**"),
    ]

    init(_ text: String) { characters = Array(text.unicodeScalars) }

    /// All words of the text, with `end` as the last.
    mutating func tokens() throws(ExpressionError) -> [ExpressionToken] {
        var tokens: [ExpressionToken] = []
        while true {
            while let next = peek, next.properties.isWhitespace { position += 1 }
            let start = position
            let kind = try token()
            tokens.append(ExpressionToken(kind: kind, offset: start))
            if kind == .end { return tokens }
        }
    }

    private var peek: Unicode.Scalar? { position < characters.count ? characters[position] : nil }

    private mutating func token() throws(ExpressionError) -> ExpressionToken.Kind {
        guard let next = peek else { return .end }
        if isDigit(next) || next == "." && position + 1 < characters.count && isDigit(characters[position + 1]) {
            return try number()
        }
        if isLetter(next) { return name() }
        if next == "'" || next == "\"" { return .string(try quoted(by: next, what: "text")) }
        if next == "`" { return .name(try quoted(by: next, what: "name"), isQuoted: true) }
        for symbol in Self.symbols where begins(symbol) {
            position += symbol.unicodeScalars.count
            return .symbol(symbol)
        }
        for (symbol, ours) in Self.foreignSymbols where begins(symbol) {
            throw ExpressionError("'\(symbol)' is written '\(ours)' here", at: position)
        }
        throw ExpressionError("'\(Character(next))' has no meaning here", at: position)
    }

    private func begins(_ symbol: String) -> Bool {
        characters[position...].starts(with: symbol.unicodeScalars)
    }

    /// `fare`, or `view:feature`.
    private mutating func name() -> ExpressionToken.Kind {
        var name = word()
        if peek == ":", position + 1 < characters.count, isLetter(characters[position + 1]) {
            position += 1
            name += ":" + word()
        }
        return .name(name, isQuoted: false)
    }

    private mutating func word() -> String {
        let start = position
        while let next = peek, isLetter(next) || isDigit(next) { position += 1 }
        return text(start..<position)
    }

    /// `12`, `0.5`, `1e-3`, or a duration: `7d`.
    private mutating func number() throws(ExpressionError) -> ExpressionToken.Kind {
        let start = position
        var isInteger = true
        skipDigits()
        if peek == "." {
            isInteger = false
            position += 1
            skipDigits()
        }
        if let next = peek, next == "e" || next == "E" {
            let sign = position + 1 < characters.count && "+-".unicodeScalars.contains(characters[position + 1]) ? 1 : 0
            if position + 1 + sign < characters.count, isDigit(characters[position + 1 + sign]) {
                isInteger = false
                position += 1 + sign
                skipDigits()
            }
        }
        let digits = text(start..<position)
        if let next = peek, isLetter(next) {
            let unit = word()
            guard isInteger, let span = TimeSpan(digits + unit) else {
                throw ExpressionError(
                    "'\((digits + unit).shortened)' is neither a number nor a duration like 90s, 15m, 2h, 7d or 4w",
                    at: start)
            }
            return .duration(span)
        }
        if isInteger {
            guard let value = Int64(digits) else {
                throw ExpressionError("'\(digits.shortened)' does not fit 64 bits; write it with a point", at: start)
            }
            return .integer(value)
        }
        guard let value = Double(digits), value.isFinite else {
            throw ExpressionError("'\(digits.shortened)' is no number of 64 bits", at: start)
        }
        return .float(value)
    }

    private mutating func skipDigits() {
        while let next = peek, isDigit(next) { position += 1 }
    }

    /// The text up to the closing quote; a doubled quote stands for itself.
    private mutating func quoted(by quote: Unicode.Scalar, what: String) throws(ExpressionError) -> String {
        let start = position
        var scalars = String.UnicodeScalarView()
        position += 1
        while let next = peek {
            position += 1
            if next != quote {
                scalars.append(next)
            } else if peek == quote {
                scalars.append(quote)
                position += 1
            } else {
                return String(scalars)
            }
        }
        throw ExpressionError("this \(what) has no closing \(Character(quote))", at: start)
    }

    private func text(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(characters[range]))
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }
}
