import Columnar

/// Reads an expression's words by precedence, from weak to strong:
/// `or`, `and`, `not`, comparisons and `in`, `+ -`, `* / // %`, signs, `**`.
struct ExpressionParser {
    private var tokens: [ExpressionToken]
    private var position = 0
    private var nodeCount = 0
    private var depth = 0

    /// An expression is written by a person: longer ones are refused, so that it costs little to look at one.
    static let maximumLength = 10_000
    static let maximumNodes = 1_000
    static let maximumDepth = 100

    /// - Throws: the first thing that is wrong with the text.
    static func parse(_ text: String) throws(ExpressionError) -> ExpressionSyntax {
        guard text.unicodeScalars.count <= maximumLength else {
            throw ExpressionError("an expression may have \(maximumLength) characters at most", at: 0)
        }
        var lexer = ExpressionLexer(text)
        var parser = ExpressionParser(tokens: try lexer.tokens())
        guard parser.next.kind != .end else { throw ExpressionError("there is no expression", at: 0) }
        let root = try parser.disjunction()
        guard parser.next.kind == .end else {
            throw ExpressionError("an operator or the end is missing before \(parser.next)", at: parser.next.offset)
        }
        return root
    }

    private init(tokens: [ExpressionToken]) { self.tokens = tokens }

    private var next: ExpressionToken { tokens[position] }

    /// Takes the next word if it is one of `words`, which are symbols or words of the language.
    private mutating func take(_ words: String...) -> (word: String, offset: Int)? {
        switch next.kind {
        case .symbol(let word) where words.contains(word), .name(let word, isQuoted: false) where words.contains(word):
            defer { position += 1 }
            return (word, next.offset)
        default: return nil
        }
    }

    private mutating func expect(_ symbol: String, after what: String) throws(ExpressionError) {
        guard take(symbol) != nil else {
            throw ExpressionError("'\(symbol)' is missing after \(what), before \(next)", at: next.offset)
        }
    }

    private mutating func call(
        _ function: String, _ arguments: [ExpressionSyntax], at offset: Int
    ) throws(ExpressionError) -> ExpressionSyntax {
        try node(.call(function, arguments), at: offset)
    }

    private mutating func node(
        _ kind: ExpressionSyntax.Kind, at offset: Int
    ) throws(ExpressionError) -> ExpressionSyntax {
        nodeCount += 1
        guard nodeCount <= Self.maximumNodes else {
            throw ExpressionError("an expression may have \(Self.maximumNodes) parts at most", at: offset)
        }
        return ExpressionSyntax(kind: kind, offset: offset)
    }

    private mutating func disjunction() throws(ExpressionError) -> ExpressionSyntax {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw ExpressionError("this is nested more than \(Self.maximumDepth) deep", at: next.offset)
        }
        var left = try conjunction()
        while let or = take("or") { left = try call("or", [left, conjunction()], at: or.offset) }
        return left
    }

    private mutating func conjunction() throws(ExpressionError) -> ExpressionSyntax {
        var left = try negation()
        while let and = take("and") { left = try call("and", [left, negation()], at: and.offset) }
        return left
    }

    private mutating func negation() throws(ExpressionError) -> ExpressionSyntax {
        var offsets: [Int] = []
        while let not = take("not") { offsets.append(not.offset) }
        var operand = try comparison()
        for offset in offsets.reversed() { operand = try call("not", [operand], at: offset) }
        return operand
    }

    private mutating func comparison() throws(ExpressionError) -> ExpressionSyntax {
        let left = try sum()
        if let symbol = take("==", "!=", "<=", ">=", "<", ">") {
            let comparison = try call(symbol.word, [left, sum()], at: symbol.offset)
            if case .symbol(let second) = next.kind, ["==", "!=", "<=", ">=", "<", ">"].contains(second) {
                throw ExpressionError(
                    "comparisons cannot be chained: write 'a < b and b < c'", at: next.offset)
            }
            return comparison
        }
        let start = position
        let not = take("not")
        if let keyword = take("in") {
            try expect("(", after: "'in'")
            let among = try call("in", [left] + list(of: "'in'"), at: keyword.offset)
            guard let not else { return among }
            return try call("not", [among], at: not.offset)
        }
        position = start
        return left
    }

    /// Values up to a closing bracket.
    private mutating func list(of what: String) throws(ExpressionError) -> [ExpressionSyntax] {
        var values: [ExpressionSyntax] = []
        if take(")") != nil { return values }
        while true {
            values.append(try disjunction())
            if take(")") != nil { return values }
            guard take(",") != nil else {
                throw ExpressionError("',' or ')' is missing before \(next), in the values of \(what)", at: next.offset)
            }
        }
    }

    private mutating func sum() throws(ExpressionError) -> ExpressionSyntax {
        var left = try product()
        while let symbol = take("+", "-") { left = try call(symbol.word, [left, product()], at: symbol.offset) }
        return left
    }

    private mutating func product() throws(ExpressionError) -> ExpressionSyntax {
        var left = try signed()
        while let symbol = take("*", "//", "/", "%") {
            left = try call(symbol.word, [left, signed()], at: symbol.offset)
        }
        return left
    }

    private mutating func signed() throws(ExpressionError) -> ExpressionSyntax {
        var minuses: [Int] = []
        while let sign = take("-", "+") { if sign.word == "-" { minuses.append(sign.offset) } }
        var operand = try power()
        for offset in minuses.reversed() { operand = try call("negate", [operand], at: offset) }
        return operand
    }

    /// `a ** b`, which binds stronger than the sign before it, and to the right: `-2 ** 2` is -4.
    private mutating func power() throws(ExpressionError) -> ExpressionSyntax {
        let base = try element()
        guard let symbol = take("**") else { return base }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw ExpressionError("this is nested more than \(Self.maximumDepth) deep", at: next.offset)
        }
        return try call("pow", [base, signed()], at: symbol.offset)
    }

    /// A value with any number of `[index]` behind it.
    private mutating func element() throws(ExpressionError) -> ExpressionSyntax {
        var value = try primary()
        while let bracket = take("[") {
            let index = try disjunction()
            try expect("]", after: "the element's number")
            value = try call("element", [value, index], at: bracket.offset)
        }
        return value
    }

    private mutating func primary() throws(ExpressionError) -> ExpressionSyntax {
        let token = next
        position += token.kind == .end ? 0 : 1
        switch token.kind {
        case .integer(let value): return try node(.constant(.integer(value)), at: token.offset)
        case .float(let value): return try node(.constant(.float(value)), at: token.offset)
        case .string(let text): return try node(.constant(.string(text)), at: token.offset)
        case .duration(let span): return try node(.constant(.duration(span)), at: token.offset)
        case .name("true", isQuoted: false): return try node(.constant(.bool(true)), at: token.offset)
        case .name("false", isQuoted: false): return try node(.constant(.bool(false)), at: token.offset)
        case .name("null", isQuoted: false): return try node(.constant(.null), at: token.offset)
        case .name(let word, isQuoted: false) where ["and", "or", "not", "in"].contains(word):
            throw ExpressionError("a value is missing before '\(word)'", at: token.offset)
        case .name(let name, let isQuoted):
            guard !isQuoted, take("(") != nil else { return try node(.name(name), at: token.offset) }
            return try call(name, list(of: "\(name)()"), at: token.offset)
        case .symbol("("):
            let inner = try disjunction()
            try expect(")", after: "what stands in brackets")
            return inner
        case .symbol, .end:
            throw ExpressionError("a value is missing before \(token)", at: token.offset)
        }
    }
}
