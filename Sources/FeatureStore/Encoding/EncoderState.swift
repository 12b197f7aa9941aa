import Columnar
import Foundation

/// A service's encoders, fitted: what turns its features into one vector, always the same.
public struct EncoderState: Hashable, Sendable, Codable {
    public let service: String
    /// From 1, one more for each fit of the service.
    public internal(set) var version: Int
    public let made: Timestamp
    /// Rows that it was fitted on.
    public let rows: Int
    /// What it was fitted on: `training set 7` or a file's path.
    public let fittedOn: String
    /// Checksum of those rows' file, if they were one.
    public let checksum: String?
    let features: [FittedFeature]

    /// The names of the vector's slots, in order; they never change.
    public var slots: [String] {
        let names = features.map(\.slots)
        // Two views may have a feature of one name.
        let counts = Dictionary(names.joined().map { ($0, 1) }, uniquingKeysWith: +)
        return zip(features, names).flatMap { feature, names in
            names.map { counts[$0] == 1 ? $0 : "\(feature.feature.view)__\($0)" }
        }
    }

    public var width: Int { features.reduce(0) { $0 + $1.slots.count } }

    /// The features that it reads, in order.
    public var references: [FeatureReference] { features.map(\.feature) }

    /// A text that differs for any two states that encode differently.
    public var fingerprint: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // These types have no value that JSON cannot write: numbers are checked to be finite when they are fitted.
        let json = (try? encoder.encode(features)) ?? Data()
        return String(json.withUnsafeBytes { XXHash64.hash($0) }, radix: 16)
    }
}
