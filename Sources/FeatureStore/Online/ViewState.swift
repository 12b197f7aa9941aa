import Columnar

/// How far a view's history is online, committed together with its rows.
///
/// A view's ingestions and pushes share one order of arrival: each has a sequence. The online rows include
///
/// - every sequence up to `position`, ingested or pushed;
/// - beyond it, every push up to `hotPosition`, but for rows that were not available at `caughtUp`: they wait, and their
///   batch holds `position` back.
///
/// Which sequences were pushes, the hot log tells, and of segments those with `SegmentRecord.pushedSince`, whose rows say
/// their sequence each. A compaction may merge these with ingested ones, after which the rows of a segment that reaches
/// beyond `position` cannot be told apart. Newest-wins needs no more: applying a row twice changes nothing. What counts
/// rows (windows) must be brought up to the segment's end before they are merged.
public struct ViewState: Hashable, Sendable, Codable {
    /// All of the history up to this sequence is online.
    public var position: Int64
    /// The last push that was put online; after a crash the hot log is replayed from here.
    public var hotPosition: Int64
    /// When waiting rows of pushes were last looked for.
    public var caughtUp: Timestamp
    /// When the rows were last written.
    public var updated: Timestamp
    /// Rows whose events are before this need not be online: a run left them out, or pruning took them away. Nil for none.
    public var earliest: Timestamp?
    /// Of a view with aggregates: events before this may be gone, so that windows that reach back of it cannot be told.
    var windowsBoundary: Timestamp?

    init(position: Int64 = 0, hotPosition: Int64 = 0, caughtUp: Timestamp = .distantPast, updated: Timestamp) {
        self.position = position
        self.hotPosition = hotPosition
        self.caughtUp = caughtUp
        self.updated = updated
    }

    private enum CodingKeys: CodingKey {
        case position
        case hotPosition
        case caughtUp
        case updated
        case earliest
        case windowsBoundary
    }

    /// Reads records of versions that knew no pushes, too.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        position = try container.decode(Int64.self, forKey: .position)
        hotPosition = try container.decodeIfPresent(Int64.self, forKey: .hotPosition) ?? 0
        caughtUp = try container.decodeIfPresent(Timestamp.self, forKey: .caughtUp) ?? .distantPast
        updated = try container.decode(Timestamp.self, forKey: .updated)
        earliest = try container.decodeIfPresent(Timestamp.self, forKey: .earliest)
        windowsBoundary = try container.decodeIfPresent(Timestamp.self, forKey: .windowsBoundary)
    }
}
