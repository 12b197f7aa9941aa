import Columnar

/// What a server needs beside the public doors.
extension FeatureStore {
    /// The version of the definitions in force; 0 if none are.
    package func definitionsVersion() throws -> Int64 { try catalog.definitionsVersion() }

    /// The definitions in force with their version.
    ///
    /// - Throws: `StoreError.nothingApplied` before the first `apply`.
    package func appliedDefinitions() throws -> (version: Int64, definitions: Definitions) { try applied() }

    /// A reader by definitions that the caller holds; views that are not online yet have no rows.
    package func servingReader(
        for selection: FeatureSelection, in definitions: Definitions, fullNames: Bool
    ) throws -> ServiceReader {
        let service = try resolve(selection, in: definitions, fullNames: fullNames)
        return try ServiceReader(
            service, definitions: definitions,
            store: try OnlineStore(path: project.onlineFolder, isReadOnly: isReadOnly))
    }
}

/// Bearer tokens of the server.
extension FeatureStore {
    /// Keeps a token's record.
    public func add(_ token: AccessToken) throws { try catalog.add(token) }

    /// All tokens that were ever made, the oldest first.
    public func accessTokens() throws -> [AccessToken] { try catalog.accessTokens() }

    /// Ends a token; false if there is no valid one of that id.
    public func revokeAccessToken(_ id: String) throws -> Bool { try catalog.revokeAccessToken(id, at: .now) }
}

/// How fresh a view is.
package struct ViewFreshness: Sendable {
    package var view: String
    package var onlineKeys: Int
    /// When its online rows were last written; nil if never.
    package var written: Timestamp?
    /// The newest event in its history; nil for a timeless or empty view.
    package var newestEvent: Timestamp?
    /// Whether all of its history was brought online.
    package var isUpToDate: Bool
}

extension FeatureStore {
    /// How fresh the view named `name` is, online and in history.
    package func freshness(of name: String) throws -> ViewFreshness {
        let online = try onlineState(of: name)
        return ViewFreshness(
            view: name, onlineKeys: online.keys, written: online.updated,
            newestEvent: try catalog.segments(of: name).compactMap(\.timeRange?.upperBound).max(),
            isUpToDate: online.isUpToDate)
    }
}

/// A column that rows pushed into a view have.
package struct PushColumn: Hashable, Sendable {
    /// As the view's source names it.
    package var name: String
    /// As every view names it: `event_timestamp`, `created`, or the key's or feature's own name.
    package var commonName: String
    package var type: FeatureType
    /// Whether it may be left out.
    package var isOptional: Bool

    package init(name: String, commonName: String, type: FeatureType, isOptional: Bool) {
        self.name = name
        self.commonName = commonName
        self.type = type
        self.isOptional = isOptional
    }
}

extension Definitions {
    /// The columns that rows pushed into a view have, in the order of its history.
    package func pushColumns(of view: FeatureView) -> [PushColumn] {
        guard let source = source(named: view.source) else { return [] }
        let layout = ViewLayout(of: view, in: self)
        // An expression that does not compile is told when the rows come.
        guard let columns = try? SourceColumns(of: layout, source) else { return [] }
        let types = Dictionary(
            view.storedFeatures.filter { $0.expression == nil }.map { ($0.name, $0.type) }
                + layout.keys.map { ($0.name, $0.type) },
            uniquingKeysWith: { first, _ in first })
        return columns.readIndices.map { place in
            let field = columns.fields[place]
            let (commonName, isTime) =
                switch place {
                case layout.eventIndex: ("event_timestamp", true)
                case layout.createdIndex: ("created", true)
                case layout.endIndex: ("valid_to", true)
                default: (field.name, false)
                }
            return PushColumn(
                name: columns.names[place], commonName: commonName,
                type: isTime ? .timestamp : types[field.name] ?? source.columns[field.name] ?? .string,
                isOptional: place == layout.createdIndex)
        }
    }

    /// The views that rows pushed under `name` go to: the view of that name, or all views of the source of that name.
    ///
    /// - Throws: `StoreError.unknown` if there is neither.
    package func pushTargets(named name: String) throws(StoreError) -> [FeatureView] {
        if let view = featureView(named: name) { return [view] }
        let ofSource = featureViews.filter { $0.source == name }
        guard !ofSource.isEmpty else {
            throw .unknown(
                kind: "feature view or source", name: name,
                suggestion: Spelling.nearest(to: name, in: featureViews.map(\.name) + sources.map(\.name)))
        }
        return ofSource
    }
}
