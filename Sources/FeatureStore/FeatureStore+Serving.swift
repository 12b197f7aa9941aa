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
