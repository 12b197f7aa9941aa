import Columnar
import Foundation

/// A service's encoders, fitted: what turns its features into one vector, always the same.
public struct EncoderState: Hashable, Sendable, Codable {
    public let service: String
    /// From 1, one more for each fit of the service.
    public internal(set) var version: Int
    public let made: Timestamp
    /// What it was fitted on.
    public let rows: FittedRows
    let features: [FittedFeature]

    /// `service@version`, by which it is asked for.
    public var name: String { "\(service)@\(version)" }

    /// Numbers of a vector.
    public var width: Int { features.reduce(0) { $0 + $1.width } }

    /// Whether a feature is encoded by what is known of a label.
    var hasTargets: Bool { features.contains { $0.learned != nil } }

    /// The features that it reads, in order.
    public var references: [FeatureReference] { features.map(\.feature) }

    /// The slots of each feature, in order.
    public var slotsByFeature: [(feature: FeatureReference, slots: [String])] {
        // Two views may have a feature of one name.
        let counts = Dictionary(features.map { ($0.feature.feature, 1) }, uniquingKeysWith: +)
        return features.map { fitted in
            let name = fitted.feature.feature ?? ""
            return (
                fitted.feature, fitted.slots(counts[name] == 1 ? name : "\(fitted.feature.view)__\(name)")
            )
        }
    }

    /// The names of the vector's slots, in order; they never change.
    public var slots: [String] { slotsByFeature.flatMap(\.slots) }

    /// A number that differs for any two states that encode differently.
    var fingerprint: UInt64 {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // No value of these types is one that JSON cannot write: what is fitted is finite.
        let json = (try? encoder.encode(features)) ?? Data()
        return json.withUnsafeBytes { StableHash.bytes($0) }
    }
}

/// The rows that encoders were fitted on.
public struct FittedRows: Hashable, Sendable, Codable {
    /// How messages name them: `training set 7`, or a file's path.
    public var origin: String
    public var count: Int
    /// Of the file, if they were one.
    public var checksum: String?
    /// Which of the file's rows, if not all: an expression.
    public var condition: String?
    /// By which split they are those to train with, if they are not all.
    public var split: String?

    public init(
        origin: String, count: Int, checksum: String? = nil, condition: String? = nil, split: String? = nil
    ) {
        self.origin = origin
        self.count = count
        self.checksum = checksum
        self.condition = condition
        self.split = split
    }
}

/// Why encoders cannot be fitted or applied.
public struct EncodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence that says what is wrong and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
