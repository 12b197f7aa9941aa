import Columnar

/// A view as the online store keeps it: what identifies its rows, and what they hold.
struct OnlineView: Hashable, Sendable {
    var name: String
    /// The types of its join keys, in the order in which keys are encoded.
    var keyTypes: [FeatureType]
    /// In the order in which rows hold them. Rows of a slowly changing view have `end` behind their features.
    var features: [StoredFeature]

    /// When a row ended; null while it holds.
    static let end = StoredFeature("valid_to_timestamp", .timestamp)

    init(name: String, keyTypes: [FeatureType], features: [StoredFeature]) {
        self.name = name
        self.keyTypes = keyTypes
        self.features = features
    }

    init(_ view: FeatureView, in definitions: Definitions) {
        name = view.name
        keyTypes = definitions.joinKeys(of: view).map(\.type)
        features = view.features.map { StoredFeature($0.name, $0.type) }
        if definitions.source(named: view.source)?.validTo != nil { features.append(Self.end) }
    }
}

/// Rows for one view, column by column, each of as many rows as there are keys.
struct OnlineBatch: Sendable {
    var keys: EncodedKeys
    /// Event times; nil for timeless rows.
    var events: Column?
    /// When each row became known; nil, or null, where that is not recorded.
    var created: Column?
    /// The place of each row in the order of arrival (`RowAge.sequence`); nil where that is not known.
    var sequences: [Int64]?
    /// In the view's order of features.
    var features: [Column]
}

/// How a batch meets the rows that are there.
enum WriteMode: Sendable {
    /// Per key the newest row stays.
    case merging
    /// All rows of the view are replaced; readers see the old ones until the commit.
    case replacing
}

/// What a write did, in rows.
struct WriteSummary: Hashable, Sendable {
    var written = 0
    /// Rows that were older than the row stored under their key.
    var outdated = 0
    /// Rows without a whole key, which nobody could look up.
    var withoutKey = 0
}

/// A request that the online store cannot fulfil, or stored rows that it cannot read, in one sentence.
public struct OnlineError: Error, Hashable, Sendable, CustomStringConvertible {
    public var view: String?
    /// The row of the batch, counted from 1.
    public var row: Int?
    public var message: String

    init(_ message: String, view: String? = nil, row: Int? = nil) {
        self.message = message
        self.view = view
        self.row = row
    }

    public var description: String {
        let place = [view.map { "view '\($0)'" }, row.map { "row \($0)" }].compactMap { $0 }.joined(separator: ", ")
        return place.isEmpty ? message : "\(place): \(message)"
    }
}
