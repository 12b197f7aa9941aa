/// A place in a text: line and column, both from 1.
public struct TextPosition: Hashable, Comparable, Sendable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (a: TextPosition, b: TextPosition) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// A piece of a YAML document, which knows where it stands; it owns all that it holds.
struct YAMLNode: Hashable, Sendable {
    var content: Content
    var position: TextPosition

    enum Content: Hashable, Sendable {
        /// A text; `isPlain` if it stands without quotes, so that `~` or `7` may mean more than its letters.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the order of the text; no key occurs twice.
        case mapping([Entry])
    }

    /// One `key: value` of a mapping.
    struct Entry: Hashable, Sendable {
        var key: String
        var keyPosition: TextPosition
        var value: YAMLNode
    }

    /// Whether nothing is written here: an empty place, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, for messages: `a list`, `a map`, `'text'`, `nothing`.
    var kind: String {
        switch content {
        case _ where isNull: "nothing"
        case .scalar(let text, _): "'\(text.shortened)'"
        case .sequence: "a list"
        case .mapping: "a map"
        }
    }
}
