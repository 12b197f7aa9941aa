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
        return try ServiceReader(service, definitions: definitions, store: try OnlineStore(path: project.onlineFolder))
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
