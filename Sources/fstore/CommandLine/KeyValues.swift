import Columnar
import FeatureStore
import Foundation

/// Join keys as words of a command line: `driver_id=1001`.
struct KeyValues: CustomStringConvertible {
    private let words: [String]
    /// The texts by name.
    let texts: [String: String]

    init(_ words: some Sequence<String>) throws {
        self.words = Array(words)
        var texts: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw UsageError(description: "'\(word)' is no key=value") }
            if texts.updateValue(parts[1], forKey: parts[0]) != nil {
                throw UsageError(description: "the key '\(parts[0])' is given twice")
            }
        }
        self.texts = texts
    }

    /// The values in the order and types of what a reader is given.
    ///
    /// - Throws: `StoreError.badRequest` if one is missing, is none of them, or does not fit its type.
    func typed(for reader: ServiceReader) throws -> [Value] {
        let names = reader.inputs.map(\.name)
        for name in texts.keys.sorted() where !names.contains(name) {
            throw StoreError.badRequest("'\(name)' is \(reader.unknownInput(name))")
        }
        return try reader.inputs.enumerated().map { place, input in
            let kind = place < reader.joinKeys.count ? "join key" : "request field"
            guard let text = texts[input.name] else {
                throw StoreError.badRequest("the \(kind) '\(input.name)' is missing; add \(input.name)=…")
            }
            guard
                let value = place < reader.joinKeys.count ? input.type.value(parsing: text) : input.value(parsing: text)
            else {
                throw StoreError.badRequest("'\(text)' does not fit the \(kind) \(input.name) of type \(input.type)")
            }
            return value
        }
    }

    /// The values in the order and types of `joinKeys`.
    ///
    /// - Throws: `StoreError.badRequest` if a key is missing, is none of them, or does not fit its type.
    func typed(for joinKeys: [JoinKey]) throws -> [Value] {
        let names = joinKeys.map(\.name)
        for name in texts.keys.sorted() where !names.contains(name) {
            let suggestion = Spelling.nearest(to: name, in: names).map { " (did you mean '\($0)'?)" }
            throw StoreError.badRequest(
                "'\(name)' is no join key\(suggestion ?? ""); the keys are \(names.joined(separator: ", "))")
        }
        return try joinKeys.map { key in
            guard let text = texts[key.name] else {
                throw StoreError.badRequest("the join key '\(key.name)' is missing; add \(key.name)=…")
            }
            return try value(text, of: key)
        }
    }

    /// The values of those of `joinKeys` that are given, by name.
    ///
    /// - Throws: as `typed(for:)`, but for missing keys.
    func some(of joinKeys: [JoinKey]) throws -> [String: Value] {
        let given = joinKeys.filter { texts[$0.name] != nil }
        if given.count < texts.count { _ = try typed(for: joinKeys) }
        return Dictionary(
            try given.map { ($0.name, try value(texts[$0.name] ?? "", of: $0)) },
            uniquingKeysWith: { first, _ in first })
    }

    private func value(_ text: String, of key: JoinKey) throws -> Value {
        guard let value = key.type.value(parsing: text) else {
            throw StoreError.badRequest("'\(text)' does not fit the join key \(key.name) of type \(key.type)")
        }
        return value
    }

    var description: String { words.joined(separator: " ") }
}

extension RequestField {
    /// The value that a word gives; `null` is null but for texts. Nil if it does not fit.
    fileprivate func value(parsing text: String) -> Value? {
        switch type {
        case .string, .bytes: return type.value(parsing: text)
        case _ where text == "null": return .null
        case .float32: return Float(text).map { .float32($0) }
        case .float64: return Double(text).map { .float64($0) }
        case .timestamp: return Timestamp(parsing: text).map { .timestamp($0) }
        case .vector(let count):
            let words = text.trimmingCharacters(in: CharacterSet(charactersIn: "[] ")).split(separator: ",")
            let elements = words.compactMap { Float($0.trimmingCharacters(in: .whitespaces)) }
            return elements.count == words.count && words.count == count ? .list(elements.map { .float32($0) }) : nil
        case .bool, .int32, .int64: return type.value(parsing: text)
        }
    }
}
