import Columnar

/// A word of an expression's text.
struct ExpressionToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// A name, as it is written or between backquotes; `isQuoted` tells a name from a word of the language.
        case name(String, isQuoted: Bool)
        case integer(Int64)
        case float(Double)
        case string(String)
        case duration(TimeSpan)
        /// An operator, a bracket or a comma.
        case symbol(String)
        case end
    }

    var kind: Kind
    /// In characters from the beginning of the text.
    var offset: Int
}

extension ExpressionToken: CustomStringConvertible {
    /// How it is told in messages.
    var description: String {
        switch kind {
        case .name(let name, _): "'\(name.shortened)'"
        case .integer(let value): "'\(value)'"
        case .float(let value): "'\(value)'"
        case .string(let text): "the text '\(text.shortened)'"
        case .duration(let span): "'\(span)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "the end"
        }
    }
}
