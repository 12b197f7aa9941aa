import Columnar

/// Turns one file's YAML into declarations; what they say about each other is checked later, by `DefinitionsCheck`.
struct DeclarationParser {
    let file: String
    let log: MistakeLog

    /// The sections of a file.
    static let sections = ["entities", "sources", "feature_views", "on_demand_feature_views", "feature_services"]
    /// What every definition may have.
    static let commonKeys = ["description", "owner", "tags"]

    /// Reads the whole file and appends what it declares to `declarations`.
    func parse(_ root: YAMLNode, into declarations: inout Declarations) {
        var map: YAMLMap?
        let isComplete = isSound {
            map = YAMLMap(
                root, at: place(root.position), subject: "a definitions file", keys: Self.sections, log: log)
            for key in Self.sections { checkSection(key, of: map) }
        }
        if !isComplete { declarations.areComplete = false }
        guard let map else { return }
        declarations.entities += section("entities", of: map, parseEntity)
        declarations.sources += section("sources", of: map, parseSource)
        declarations.featureViews += section("feature_views", of: map, parseFeatureView)
        declarations.onDemandViews += section("on_demand_feature_views", of: map, parseOnDemandView)
        declarations.featureServices += section("feature_services", of: map, parseFeatureService)
    }

    private func checkSection(_ key: String, of map: YAMLMap?) {
        guard let node = map?.node(key) else { return }
        if case .mapping = node.value.content { return }
        log.report("'\(key)' must be a map of names to definitions, not \(node.value.kind)", at: node.place)
    }

    private func section<Model>(
        _ key: String, of map: YAMLMap, _ parse: (Located<String>, YAMLNode) -> Declaration<Model>
    ) -> [Declaration<Model>] {
        guard case .mapping(let entries) = map.node(key)?.value.content else { return [] }
        return entries.map { parse(Located(value: $0.key, place: place($0.keyPosition)), $0.value) }
    }

    func place(_ position: TextPosition) -> Place { Place(file: file, position: position) }

    // MARK: - Parts that several kinds share

    /// Runs `parse` and says whether it had nothing to report.
    func isSound(_ parse: () -> Void) -> Bool {
        let before = log.errors.count
        parse()
        return log.errors.count == before
    }

    /// Reports a name that is not made of letters, digits and `_`, or is too long.
    func check(name: Located<String>, of kind: String, isPartOfFullName: Bool = false) {
        let text = name.value
        guard DefinitionName.isValid(text) else {
            log.report(
                "'\(text.shortened)' cannot be \(kind)'s name: use letters, digits and '_', at most "
                    + "\(DefinitionName.maximumLength), not beginning with a digit", at: name.place)
            return
        }
        if isPartOfFullName, text.contains("__") {
            log.report(
                "'\(text)' cannot be \(kind)'s name: '__' separates view and feature in full names", at: name.place)
        }
    }

    func tags(of map: YAMLMap) -> [String: String] {
        Dictionary(map.texts("tags").map { ($0.key.value, $0.value.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads a feature's or join key's type; nil, and reported, if there is none of that name.
    func type(_ text: Located<String>, allowed: [String] = FeatureType.scalarNames + ["float32[N]"]) -> FeatureType? {
        if let type = FeatureType(text.value) { return type }
        if text.value.hasPrefix("float32["), text.value.hasSuffix("]") {
            log.report(
                "'\(text.value.shortened)' is no vector type: write float32[N] with N from 1 to "
                    + "\(FeatureType.maximumVectorCount)", at: text.place)
            return nil
        }
        let hint =
            Self.foreignTypes[text.value.lowercased()] ?? Spelling.nearest(to: text.value, in: FeatureType.scalarNames)
        log.report(
            "unknown type '\(text.value.shortened)'"
                + (hint.map { " (did you mean '\($0)'?)" } ?? " (known: \(allowed.joined(separator: ", ")))"),
            at: text.place)
        return nil
    }

    /// What other systems call our types.
    private static let foreignTypes = [
        "int": "int64", "integer": "int64", "long": "int64", "bigint": "int64", "float": "float32", "double": "float64",
        "boolean": "bool", "str": "string", "text": "string", "varchar": "string", "binary": "bytes",
        "datetime": "timestamp", "unix_timestamp": "timestamp",
    ]

    /// Reads `7d`; nil, and reported, if it is no duration.
    func timeSpan(_ text: Located<String>, key: String) -> TimeSpan? {
        if let span = TimeSpan(text.value) { return span }
        log.report(
            "'\(key)' must be a duration like 90s, 15m, 2h, 7d or 4w, not '\(text.value.shortened)'", at: text.place)
        return nil
    }
}

/// The declarations of all files, in the order of reading.
struct Declarations {
    var entities: [Declaration<Entity>] = []
    var sources: [Declaration<Source>] = []
    var featureViews: [Declaration<FeatureView>] = []
    var onDemandViews: [Declaration<OnDemandView>] = []
    var featureServices: [Declaration<FeatureService>] = []
    /// Whether every section could be read as one; else a name that is not here may still be declared.
    var areComplete = true
}

/// What a definition may be called.
enum DefinitionName {
    static let maximumLength = 64

    /// Whether `text` is made of ASCII letters, digits and `_`, does not begin with a digit and is not too long.
    static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first), text.utf8.count <= maximumLength else { return false }
        return text.utf8.allSatisfy { isDigit($0) || $0 == UInt8(ascii: "_") || isLetter($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
