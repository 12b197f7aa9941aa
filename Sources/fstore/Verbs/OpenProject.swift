import FeatureStore
import Foundation

extension ParsedArguments {
    /// The store of `--project`, else of `$FSTORE_PROJECT`, else of the nearest project upwards.
    func openStore() throws -> FeatureStore {
        try FeatureStore(
            opening: value("project") ?? ProcessInfo.processInfo.environment["FSTORE_PROJECT"]
                ?? FileManager.default.currentDirectoryPath)
    }

    /// The views named, or all of them if none is.
    func views(in definitions: Definitions) throws -> [String] {
        for name in positional where definitions.featureView(named: name) == nil {
            throw StoreError.unknown(
                kind: "feature view", name: name,
                suggestion: Spelling.nearest(to: name, in: definitions.featureViews.map(\.name)))
        }
        return positional.isEmpty ? definitions.featureViews.map(\.name) : positional
    }
}
