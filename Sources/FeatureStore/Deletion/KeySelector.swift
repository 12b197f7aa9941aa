import Columnar

/// Whose rows are meant: values of some join keys, by name.
public struct KeySelector: Hashable, Sendable {
    /// In the order of their names.
    let keys: [(name: String, text: String)]

    /// - Throws: `StoreError.badRequest` if there is no key.
    public init(_ values: [String: String]) throws(StoreError) {
        guard !values.isEmpty else { throw .badRequest("no key is given; add one as name=value") }
        keys = values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    var names: [String] { keys.map(\.name) }

    public static func == (a: KeySelector, b: KeySelector) -> Bool { a.keys.elementsEqual(b.keys, by: ==) }

    public func hash(into hasher: inout Hasher) {
        for key in keys {
            hasher.combine(key.name)
            hasher.combine(key.text)
        }
    }

    /// The values in the types that a view declares, in the order of their names; nil if it has not all of the keys.
    ///
    /// - Throws: `StoreError.badRequest` if a value does not fit.
    func typed(for layout: ViewLayout) throws(StoreError) -> [(key: JoinKey, value: Value)]? {
        var typed: [(key: JoinKey, value: Value)] = []
        for (name, text) in keys {
            guard let key = layout.keys.first(where: { $0.name == name }) else { return nil }
            guard let value = key.type.value(parsing: text) else {
                throw .badRequest("'\(text)' does not fit \(name) of '\(layout.view.name)', which is \(key.type)")
            }
            typed.append((key, value))
        }
        return typed
    }
}
