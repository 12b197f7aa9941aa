import Columnar

/// A map of known keys that is being read: gives the values by key and reports all that does not belong.
struct YAMLMap {
    /// What the map describes, for messages: `feature view 'driver_stats'`.
    let subject: String
    let place: Place
    let log: MistakeLog
    private let entries: [String: YAMLNode.Entry]
    /// Known keys that were reported as misspelt, and so need not be called missing.
    private let misspelt: Set<String>

    /// Takes `node` for a map with some of `keys`; reports and returns nil if it is anything else.
    ///
    /// Keys of `planned` are known words that this version does not support yet.
    init?(
        _ node: YAMLNode, at place: Place, subject: String, keys: [String], planned: [String] = [], log: MistakeLog
    ) {
        guard case .mapping(let written) = node.content else {
            let example = keys.first.map { ", e.g. '\($0): …'" } ?? ""
            if node.isNull {
                log.report("\(subject) is empty: write its keys below it\(example)", at: place)
            } else {
                log.report(
                    "\(subject) must be a map of keys\(example), not \(node.kind)",
                    at: Place(file: place.file, position: node.position))
            }
            return nil
        }
        self.subject = subject
        self.place = place
        self.log = log
        var entries: [String: YAMLNode.Entry] = [:]
        var misspelt: Set<String> = []
        for entry in written {
            if keys.contains(entry.key) {
                entries[entry.key] = entry
                continue
            }
            let meant = Self.nearest(to: entry.key, in: keys)
            if let meant { misspelt.insert(meant) }
            let message =
                planned.contains(entry.key)
                ? "'\(entry.key)' is not supported in this version yet: remove it"
                : Self.elsewhere[entry.key]
                    ?? "unknown key '\(entry.key.shortened)' in \(subject)"
                    + (meant.map { " (did you mean '\($0)'?)" }
                        ?? " (known: \(keys.joined(separator: ", ")))")
            log.report(message, at: Place(file: place.file, position: entry.keyPosition))
        }
        self.entries = entries
        self.misspelt = misspelt
    }

    private static func nearest(to word: String, in keys: [String]) -> String? {
        if let key = foreignKeys[word], keys.contains(key) { return key }
        return Spelling.nearest(to: word, in: keys)
    }

    /// What is said of a key that another kind of definition has.
    private static let elsewhere = [
        "request": "'request' is what an on-demand view asks for: declare that under 'on_demand_feature_views'"
    ]

    /// What Feast calls our keys.
    private static let foreignKeys = [
        "batch_source": "source", "timestamp_field": "timestamp", "event_timestamp_column": "timestamp",
        "created_timestamp_column": "created", "schema": "features", "fields": "features", "value_type": "join_keys",
        "join_key": "join_keys", "dtype": "type", "on_demand_views": "on_demand_feature_views",
        "input_request": "request",
    ]

    /// Where the written keys stand.
    var keyPlaces: [String: Place] {
        entries.mapValues { Place(file: place.file, position: $0.value.isNull ? $0.keyPosition : $0.value.position) }
    }

    /// The value of `key`; nil if it is absent or nothing is written there.
    func node(_ key: String) -> Located<YAMLNode>? {
        guard let entry = entries[key], !entry.value.isNull else { return nil }
        return Located(value: entry.value, place: Place(file: place.file, position: entry.value.position))
    }

    /// The value of `key`, whose absence is reported with an `example` of what to write.
    func requiredNode(_ key: String, example: String) -> Located<YAMLNode>? {
        if let node = node(key) { return node }
        guard !misspelt.contains(key) else { return nil }
        let place = entries[key].map { Place(file: self.place.file, position: $0.keyPosition) } ?? place
        log.report("\(subject) needs '\(key)', e.g. \(example)", at: place)
        return nil
    }

    /// The text of `key`; a list or map there is reported.
    func text(_ key: String) -> Located<String>? { node(key).flatMap { text(of: $0, key: key) } }

    /// The text of `key`, whose absence is reported with an `example` of what to write.
    func requiredText(_ key: String, example: String) -> Located<String>? {
        requiredNode(key, example: example).flatMap { text(of: $0, key: key) }
    }

    /// The `name: text` pairs of `key`, in order; empty if absent.
    func texts(_ key: String) -> [(key: Located<String>, value: Located<String>)] {
        guard let node = node(key) else { return [] }
        guard case .mapping(let entries) = node.value.content else {
            log.report("'\(key)' must be a map, e.g. {a: b}, not \(node.value.kind)", at: node.place)
            return []
        }
        return entries.compactMap { entry in
            let keyPlace = Place(file: place.file, position: entry.keyPosition)
            let valuePlace = Place(file: place.file, position: entry.value.position)
            guard let value = text(of: Located(value: entry.value, place: valuePlace), key: entry.key) else {
                return nil
            }
            return (Located(value: entry.key, place: keyPlace), value)
        }
    }

    private func text(of node: Located<YAMLNode>, key: String) -> Located<String>? {
        guard case .scalar(let text, _) = node.value.content else {
            log.report("'\(key.shortened)' must be a text, not \(node.value.kind)", at: node.place)
            return nil
        }
        return Located(value: node.value.isNull ? "" : text, place: node.place)
    }
}
