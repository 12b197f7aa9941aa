import Columnar

/// What a comparison of online with offline values has found: the promise of no skew, looked at.
public struct VerifyReport: Hashable, Sendable, Codable {
    /// Values of a feature that were compared, and what came of it.
    public struct FeatureCounts: Hashable, Sendable, Codable {
        /// `view:feature`.
        public var feature: String
        public var compared = 0
        /// The same bits on both sides, or null on both.
        public var equal = 0
        /// A value on both sides, and not the same one.
        public var different = 0
        /// A value in the training set, and null online.
        public var missingOnline = 0
        /// A value online, and null in the training set.
        public var missingOffline = 0
        /// What is online is later than the time that was asked for, so that it cannot be judged.
        public var later = 0
        /// The store changed whenever it was asked, so that the two sides never had the same rows.
        public var unsettled = 0

        public init(feature: String) { self.feature = feature }

        /// Values that are not what they should be.
        public var differences: Int { different + missingOnline + missingOffline }
    }

    /// What probably lies behind a difference.
    public enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
        case notMaterialized = "not materialized yet"
        case leftOut = "older than what is online, by --from or pruning"
        case tooOldOnline = "outside the ttl online"
        case tooOldOffline = "outside the ttl in the training set"
        case notInHistory = "not in the history"
        case olderOnline = "an older row is online"
        case newerOnline = "a newer row is online"
        case otherValue = "the same time, another value"
        case notOnline = "not online"
    }

    /// One value that is not the same on both sides.
    public struct Difference: Hashable, Sendable, Codable {
        public var feature: String
        /// Join keys, and request fields, by name.
        public var key: [String: String]
        /// Nil for null.
        public var online: String?
        public var offline: String?
        public var status: FeatureStatus
        public var onlineTime: Timestamp?
        public var offlineTime: Timestamp?
        public var cause: Cause
    }

    /// The service's name, or the features that were asked for.
    public var service: String
    /// As of when both sides were asked; if it was not given, in the last round.
    public var at: Timestamp
    public var seed: UInt64
    /// Entity rows that were asked for on both sides.
    public var rows = 0
    /// In the service's order.
    public var features: [FeatureCounts] = []
    /// The first of the differences.
    public var differences: [Difference] = []
    /// How often differences were asked for again, because rows came meanwhile.
    public var repetitions = 0
    public var seconds = 0.0

    public var compared: Int { features.reduce(0) { $0 + $1.compared } }
    public var different: Int { features.reduce(0) { $0 + $1.differences } }
    public var later: Int { features.reduce(0) { $0 + $1.later } }
    public var unsettled: Int { features.reduce(0) { $0 + $1.unsettled } }
    /// Whether all values that could be judged are the same.
    public var isSound: Bool { different == 0 }
}
