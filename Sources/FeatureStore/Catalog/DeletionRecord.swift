import Columnar

/// A deletion as the catalog keeps it: of which key is told by a digest only.
struct DeletionRecord: Hashable, Sendable {
    /// Rows that were removed from one view.
    struct Rows: Hashable, Sendable {
        var view: String
        /// From segments.
        var history: Int
        /// From the hot log.
        var hot: Int
        var online: Int
    }

    var id: Int64
    var started: Timestamp
    /// Nil while it is not done: it was cut off, and has to be run again.
    var finished: Timestamp?
    var byWhom: String
    var reason: String?
    /// The view that it is of; nil for all that have these keys, also those that are defined later.
    var view: String?
    /// The names of the keys, in order.
    var keys: [String]
    var types: [FeatureType]
    var digest: String
    /// Whether rows of the key may be stored again.
    var mayReturn: Bool
    var rows: [Rows] = []
}
